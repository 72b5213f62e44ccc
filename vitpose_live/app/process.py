"""The main job: one source in, annotated video and keypoint table out, and a report of what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from time import perf_counter
from types import MappingProxyType
from typing import Any

from vitpose_live.app.annotate import ContactSheet, RecordedVideo
from vitpose_live.app.exercises import check_exercise, coach_of, last_word
from vitpose_live.app.interrupt import interruptible
from vitpose_live.app.keep_session import keep_session
from vitpose_live.app.listening import Listening, listening
from vitpose_live.app.models import fetch
from vitpose_live.app.outputs import Outputs
from vitpose_live.app.privacy import Veil, Veiled, privacy_of
from vitpose_live.app.record import Recorder, check_recording, record, shortage
from vitpose_live.app.session import Get, build_analyzer, describe, first_pass
from vitpose_live.app.settings import Settings, Smoothing
from vitpose_live.app.training import TrainingLog, own_history
from vitpose_live.app.two_passes import Step, run_twice
from vitpose_live.app.watched import Watch, run_watched
from vitpose_live.data import Feedback, SourceInfo
from vitpose_live.data.training import TrainingSession
from vitpose_live.errors import SettingsError
from vitpose_live.fitness.logbook import Said
from vitpose_live.pipeline import Analyzer, Runner, Status
from vitpose_live.pipeline.protocols import Coach, Sink, Source
from vitpose_live.rendering import SkeletonRenderer
from vitpose_live.sinks import open_keypoint_writer
from vitpose_live.sinks.history_files import set_json
from vitpose_live.sinks.session_folder import SessionWriter
from vitpose_live.sources import open_source


@dataclass(frozen=True, slots=True)
class Report:
    """What a finished run has to say; `as_json` is the object `process --json` prints.

    `duration` is the processed seconds of the source, `seconds` those it took; `problems` are the source's and the
    recording's, `notices` what there is to know of the models, such as a fallback to the CPU. `training` is what was
    coached, None without an exercise, `repetitions` the complete ones by the track id of who did them, and `cues` what
    was said to whom. `videos` are the files of the recording, each read back and found whole; several when it is split.
    """

    status: Status
    info: SourceInfo
    detector: str
    pose: str
    device: str
    precision: str
    duration: float
    seconds: float
    outputs: Outputs
    problems: tuple[str, ...]
    notices: tuple[str, ...]
    interrupted: bool
    training: TrainingSession | None = None
    repetitions: Mapping[int, int] = field(default_factory=dict)
    cues: tuple[Said, ...] = ()
    videos: tuple[Path, ...] = ()

    @property
    def written(self) -> Outputs:
        """The outputs that there are, `videos` aside: without any frame no video, no contact sheet and no session."""
        return self.outputs if self.status.delivered else replace(self.outputs, video=None, sheet=None, session=None)

    def as_json(self) -> dict[str, Any]:
        """Return plain values under the names of the public contract."""
        written = self.written
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
            "detector_runs_per_s": round(self.status.detected / self.duration, 3) if self.duration else 0.0,
            "timings_ms": {
                stage: {"p50": round(time.p50, 3), "p95": round(time.p95, 3)}
                for stage, time in self.status.timings.items()
            },
            "repetitions": {str(track_id): count for track_id, count in self.repetitions.items()},
            **self._trained(),
            "outputs": {
                "video": _one_or_all(self.videos),
                "keypoints": _one_or_all(written.keypoints),
                **({"report": str(written.report)} if written.report else {}),
                **({"session": str(written.session)} if written.session else {}),
            },
            "verified": True if self.videos else None,
            "problems": list(self.problems),
            "notices": list(self.notices),
            "interrupted": self.interrupted,
        }

    def _trained(self) -> dict[str, Any]:
        if self.training is None:
            return {}
        return {"sets": [set_json(one) for one in self.training.sets], "cues": [asdict(said) for said in self.cues]}


def process_source(
    source: Any,
    settings: Settings,
    outputs: Outputs,
    *,
    duration: float | None = None,
    microphone: str | None = None,
    options: Mapping[str, Any] = MappingProxyType({}),
    watch: Watch | None = None,
    get: Get = fetch,
    tell: Callable[[str], object] = lambda _: None,
    step: Step = lambda *_: None,
) -> Report:
    """Run `source` through the pipeline into `outputs`.

    With smoothing that needs the whole recording, the source is analysed first and then gone over again to write the
    outputs.

    Parameters
    ----------
    source
        What `vitpose_live.open_source` takes.
    duration
        Stop after this many seconds of the source; None runs to its end.
    microphone
        Record a live source with the sound of the microphone of that name, ``"default"`` for the system's own.
    options
        More of what `vitpose_live.open_source` takes.
    watch
        Called a few times a second on this thread with the status of the run.
    get
        Called with the name and kind of each model that must be downloaded first, to do so.
    tell
        Called with each notice of the models: of their choice once they are loaded, of a fallback at the end.
    step
        Called before each pass over the source with what is done in it, in a few words, and with the share of the whole
        work that is done at its end.

    Returns
    -------
    Report
        With `interrupted` set when Ctrl-C or a polite kill ended the run; the outputs are then finished and valid.

    Raises
    ------
    VitposeLiveError
        When anything goes wrong. The outputs are then as they were before. But when one of them cannot be written, as
        on a full disk, each ends with what was analysed until then, beside what was there before, and the error says
        where.
    """
    outputs.check(source)
    check_recording(source, settings, outputs)
    if outputs.report is not None and settings.exercise is None:
        raise SettingsError("report: nothing is trained without an exercise", hint="add --exercise NAME or auto")
    check_exercise(settings)
    with (
        open_source(source, duration=duration, **options) as opened,
        listening(microphone, opened.info, outputs) as ear,
    ):
        first, afterwards = first_pass(settings, opened.info)
        analyzer = build_analyzer(first, opened.info, get)
        told = (*_notices(analyzer), *shortage(opened.info, settings, outputs, duration))
        for notice in told:
            tell(notice)
        recorder = record(opened.info, settings, outputs, ear.sound if ear is not None else None)
        sinks = _open_sinks(opened, analyzer, settings, outputs, recorder, ear)
        # what is smoothed afterwards is coached then
        coach = coach_of(settings, analyzer.pose_estimator.skeleton) if afterwards else analyzer.coach
        last = cache(last_word(coach))
        log = _open_log(opened.info, settings, outputs, coach, last)
        if log is not None:
            sinks.append(log)
        session = None
        if outputs.session is not None:
            session = keep_session(
                opened.info,
                settings,
                analyzer,
                outputs.session,
                video=outputs.session_video,
                overwrite=outputs.overwrite,
                last=last,
            )
            sinks.append(session)
        veil = Veil(privacy_of(settings))
        if sinks and veil.privacy != "off":
            sinks = [Veiled(sinks, veil)]
        started = perf_counter()
        with interruptible() as asked:
            run = partial(run_watched, asked=asked, watch=watch)
            if afterwards:
                status, problems = run_twice(
                    opened, analyzer, sinks, run, asked, step=step, pictures=outputs.need_pictures, coach=coach
                )
            else:
                step("processing", 1.0)
                status = run(Runner(opened, analyzer, sinks), opened.info)
                problems = opened.problems
        interrupted = asked.is_set()
        seconds = perf_counter() - started
        for notice in _notices(analyzer):
            if notice not in told:
                tell(notice)
        return Report(
            status=status,
            info=opened.info,
            detector=analyzer.detector.name,
            pose=analyzer.pose_estimator.name,
            device=analyzer.pose_estimator.device,
            precision=analyzer.pose_estimator.precision,
            duration=_duration(status, opened.info, whole=duration is None and not interrupted),
            seconds=seconds,
            outputs=outputs,
            problems=(*problems, *_problems(recorder, veil, log, session, ear)),
            notices=_notices(analyzer),
            interrupted=interrupted,
            training=log.session if log is not None else None,
            repetitions=log.counts if log is not None else {},
            cues=log.cues if log is not None else (),
            videos=recorder.files if recorder else (),
        )


def _problems(*parts: Recorder | Veil | TrainingLog | SessionWriter | Listening | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(problem for part in parts if part is not None for problem in part.problems))


def _one_or_all(paths: Sequence[Path]) -> str | list[str] | None:
    texts = [str(path) for path in paths]
    return texts[0] if len(texts) == 1 else (texts or None)


def _notices(analyzer: Analyzer) -> tuple[str, ...]:
    """Return what there is to know of both models, nothing twice."""
    return tuple(dict.fromkeys((*analyzer.detector.notices, *analyzer.pose_estimator.notices)))


def _duration(status: Status, info: SourceInfo, *, whole: bool) -> float:
    """Seconds of the source that were processed, the last frame's own duration included."""
    if not status.delivered:
        return 0.0
    if whole and info.duration is not None:
        return info.duration
    return status.time + (1 / info.fps if info.fps else 0.0)


def _open_log(
    info: SourceInfo, settings: Settings, outputs: Outputs, coach: Coach | None, last: Callable[[], Iterable[Feedback]]
) -> TrainingLog | None:
    if coach is None:
        return None
    history = own_history() if settings.history else None
    if history is not None:
        history.check()  # better now than at the first repetition
    return TrainingLog(
        info.uri,
        history,
        enduring=True,
        exercise=settings.exercise,
        report=outputs.report,
        overwrite=outputs.overwrite,
        kpt_thr=settings.kpt_thr,
        last=last,
    )


def _open_sinks(
    source: Source,
    analyzer: Analyzer,
    settings: Settings,
    outputs: Outputs,
    recorder: Recorder | None,
    ear: Listening | None,
) -> list[Sink]:
    info = source.info
    renderer = SkeletonRenderer(kpt_thr=settings.kpt_thr)
    saw = None if ear is None else ear.see
    sinks: list[Sink] = [RecordedVideo(renderer, recorder, settings.layout, saw)] if recorder else []
    origin = describe(settings, analyzer, info)
    skeleton = analyzer.pose_estimator.skeleton
    raw = settings.smoothing is not Smoothing.NONE
    sinks += [
        open_keypoint_writer(path, skeleton, origin, overwrite=outputs.overwrite, raw=raw) for path in outputs.keypoints
    ]
    if outputs.sheet:
        title = f"{Path(info.uri).name}   {analyzer.detector.name} + {analyzer.pose_estimator.name}"
        sinks.append(ContactSheet(renderer, outputs.sheet, duration=info.duration, title=title))
    return sinks
