"""The main job: one source in, annotated video and keypoint table out, and a report of what happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from vitpose_live.app.annotate import AnnotatedVideo, ContactSheet
from vitpose_live.app.session import build_analyzer, describe
from vitpose_live.app.settings import Settings
from vitpose_live.data import SourceInfo
from vitpose_live.pipeline import Analyzer, Runner, Status
from vitpose_live.pipeline.protocols import Sink, Source
from vitpose_live.rendering import SkeletonRenderer
from vitpose_live.sinks import VideoRecorder, check_output, open_keypoint_writer
from vitpose_live.sources import open_source

Watch = Callable[[Status, SourceInfo], None]


@dataclass(frozen=True, slots=True)
class Outputs:
    """Files to write; None leaves one out.

    Parameters
    ----------
    video
        Annotated MP4.
    keypoints
        Tables, told apart by suffix: Parquet, CSV, JSON.
    sheet
        Contact sheet PNG.
    overwrite
        Whether files that exist may be replaced.
    """

    video: Path | None = None
    keypoints: tuple[Path, ...] = ()
    sheet: Path | None = None
    overwrite: bool = False

    def check(self, source: Any) -> None:
        """Refuse, before any work, what could not be written at the end or would overwrite the source."""
        for path, suffixes in self._targets():
            check_output(path, overwrite=self.overwrite, suffixes=suffixes, source=source)

    def _targets(self) -> list[tuple[Path, tuple[str, ...]]]:
        targets: list[tuple[Path, tuple[str, ...]]] = []
        if self.video:
            targets.append((self.video, (".mp4",)))
        targets += [(path, (".parquet", ".csv", ".json")) for path in self.keypoints]
        if self.sheet:
            targets.append((self.sheet, (".png",)))
        return targets


@dataclass(frozen=True, slots=True)
class Report:
    """What a finished run has to say; `as_json` is the object `process --json` prints."""

    status: Status
    info: SourceInfo
    detector: str
    pose: str
    device: str
    precision: str
    seconds: float
    outputs: Outputs
    problems: tuple[str, ...]
    interrupted: bool

    @property
    def duration(self) -> float:
        """Seconds of the source that were processed, the last frame's own duration included."""
        if not self.status.delivered:
            return 0.0
        return self.status.time + (1 / self.info.fps if self.info.fps else 0.0)

    def as_json(self) -> dict[str, Any]:
        """Return plain values under the names of the public contract."""
        keypoints = [str(path) for path in self.outputs.keypoints]
        return {
            "frames": self.status.delivered,
            "duration_s": round(self.duration, 6),
            "width": self.info.width,
            "height": self.info.height,
            "people": self.status.people_seen,
            "dropped": self.status.dropped,
            "fps": round(self.status.delivered / self.seconds, 3) if self.seconds else 0.0,
            "detector": self.detector,
            "pose": self.pose,
            "device": self.device,
            "precision": self.precision,
            "timings_ms": {
                stage: {"p50": round(time.p50, 3), "p95": round(time.p95, 3)}
                for stage, time in self.status.timings.items()
            },
            "repetitions": {},
            "outputs": {
                "video": str(self.outputs.video) if self.outputs.video else None,
                "keypoints": keypoints[0] if len(keypoints) == 1 else (keypoints or None),
            },
            "problems": list(self.problems),
            "interrupted": self.interrupted,
        }


def process_source(
    source: Any,
    settings: Settings,
    outputs: Outputs,
    *,
    duration: float | None = None,
    watch: Watch | None = None,
) -> Report:
    """Run `source` through the pipeline into `outputs`.

    Parameters
    ----------
    source
        What `vitpose_live.open_source` takes.
    duration
        Stop after this many seconds of the source; None runs to its end.
    watch
        Called a few times a second on this thread with the status of the run.

    Returns
    -------
    Report
        With `interrupted` set when Ctrl-C ended the run; the outputs are then finished and valid.

    Raises
    ------
    VitposeLiveError
        When anything goes wrong; the outputs are then as they were before.
    """
    outputs.check(source)
    with open_source(source, duration=duration) as opened:
        analyzer = build_analyzer(settings, opened.info)
        sinks = _open_sinks(opened, analyzer, settings, outputs)
        runner = Runner(opened, analyzer, sinks)
        started = perf_counter()
        interrupted = _run(runner, opened.info, watch)
        seconds = perf_counter() - started
        return Report(
            status=runner.status(),
            info=opened.info,
            detector=analyzer.detector.name,
            pose=analyzer.pose_estimator.name,
            device=analyzer.pose_estimator.device,
            precision=analyzer.pose_estimator.precision,
            seconds=seconds,
            outputs=outputs,
            problems=(*opened.problems, *(problem for sink in sinks for problem in getattr(sink, "problems", ()))),
            interrupted=interrupted,
        )


def _run(runner: Runner, info: SourceInfo, watch: Watch | None) -> bool:
    """Run to the end; return whether Ctrl-C brought it about."""
    interrupted = False
    runner.start()
    try:
        while not runner.join(timeout=0.1):
            if watch is not None:
                watch(runner.status(), info)
    except KeyboardInterrupt:
        interrupted = True
        runner.stop()
        runner.join()
    if watch is not None:
        watch(runner.status(), info)
    return interrupted


def _open_sinks(source: Source, analyzer: Analyzer, settings: Settings, outputs: Outputs) -> Sequence[Sink]:
    info = source.info
    sinks: list[Sink] = []
    renderer = SkeletonRenderer(kpt_thr=settings.kpt_thr)
    if outputs.video:
        recorder = VideoRecorder(
            outputs.video,
            fps_hint=info.fps,
            audio_path=info.audio_path,
            audio_start=info.start_time,
            duration=info.duration,
            overwrite=outputs.overwrite,
        )
        sinks.append(AnnotatedVideo(renderer, recorder))
    origin = describe(settings, analyzer, info)
    skeleton = analyzer.pose_estimator.skeleton
    sinks += [
        open_keypoint_writer(path, skeleton, metadata=origin, overwrite=outputs.overwrite) for path in outputs.keypoints
    ]
    if outputs.sheet:
        title = f"{Path(info.uri).name}   {analyzer.detector.name} + {analyzer.pose_estimator.name}"
        sinks.append(ContactSheet(renderer, outputs.sheet, duration=info.duration or 0.0, title=title))
    return sinks
