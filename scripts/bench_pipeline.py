#!/usr/bin/env python3
"""Measure the main job on this machine and print a Markdown table.

    .venv/bin/python scripts/bench_pipeline.py [--source CLIP] [--rounds 3]

Method: the bundled clip (720p) is analysed with the embedded models while the annotated video and the keypoint table
are written, as `vitpose-live process` does. Each stage is then timed alone, on pictures held in memory, in the same
process and between the rounds of the whole pipeline, so that a noisy machine is noisy to both sides. The analysis is
timed both as users call it, a plain loop, and as its two halves, each of which has a thread in the pipeline. Medians
over the rounds are printed, with the spread (lowest to highest). Memory is the peak resident size of a fresh process
per length.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

import av
import cv2
import numpy as np

from vitpose_live.app.outputs import Outputs
from vitpose_live.app.process import process_source
from vitpose_live.app.session import build_analyzer
from vitpose_live.app.settings import Settings
from vitpose_live.bundled import bundled_path
from vitpose_live.data import Frame, FrameResult
from vitpose_live.pipeline.analyzer import Look
from vitpose_live.rendering import SkeletonRenderer
from vitpose_live.sinks import VideoRecorder
from vitpose_live.sources import open_source

MEMORY_PROBE = """
import resource, sys
from pathlib import Path
import cv2
from vitpose_live.app.outputs import Outputs
from vitpose_live.app.process import process_source
from vitpose_live.app.settings import Settings
cv2.setNumThreads(1)
outputs = Outputs(Path(sys.argv[2]), (Path(sys.argv[2] + ".parquet"),), None, True)
process_source(sys.argv[1], Settings.of(number_people_max=1), outputs)
status = Path("/proc/self/status")
if status.exists():  # Linux hands getrusage's peak on from the parent process
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    print(int(line.split()[1]) / 1024)
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10))
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--source", type=Path, default=bundled_path("demo.mp4"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        rows = [
            *throughput(given.source, Path(folder), given.rounds),
            *memory(given.source, Path(folder)),
            *start_up(given.rounds),
        ]
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, rounds: {given.rounds}\n")
    print("| figure | median | spread |\n|---|---|---|")
    for name, values, unit in rows:
        print(f"| {name} | {median(values):.2f} {unit} | {min(values):.2f} - {max(values):.2f} |")
    if given.json:
        given.json.write_text(json.dumps({name: values for name, values, _ in rows}, indent=1))


LOOK, FOLLOW = "detect (every 5 frames)", "track, pose, smooth"
Row = tuple[str, list[float], str]


def throughput(source: Path, folder: Path, rounds: int) -> Iterable[Row]:
    """Frames per second of the whole and of each stage alone, one person."""
    settings = Settings.of(number_people_max=1)
    with open_source(source) as opened:
        info = opened.info
        frames = list(opened)
    whole: list[float] = []
    alone: dict[str, list[float]] = {}
    for _ in range(rounds):
        outputs = Outputs(folder / "out.mp4", (folder / "out.parquet",), None, overwrite=True)
        report = process_source(source, settings, outputs)
        whole.append(report.status.delivered / report.seconds)
        for stage, rate in stages_alone(source, frames, settings, folder, info.fps):
            alone.setdefault(stage, []).append(rate)
    yield f"whole pipeline, one person, {info.width}x{info.height}, recording", whole, "fps"
    for stage, rates in alone.items():
        yield f"{stage} alone", rates, "fps"
    for what, left_out in (("stage", (LOOK, FOLLOW)), ("thread", ("analyse as a plain loop (both of these)",))):
        slowest = min((each for each in alone if each not in left_out), key=lambda each: median(alone[each]))
        ratios = [both / one for both, one in zip(whole, alone[slowest], strict=True)]
        yield f"whole / slowest {what} alone ({slowest})", ratios, ""


def stages_alone(
    source: Path, frames: list[Frame], settings: Settings, folder: Path, fps: float
) -> Iterable[tuple[str, float]]:
    """Run each thread's work with nothing beside it."""

    def decode() -> None:
        with open_source(source) as opened:
            for _ in opened:
                pass

    with open_source(source) as opened:
        analyzer = build_analyzer(settings, opened.info)
    looks: list[Look] = []
    results: list[FrameResult] = []

    def detect() -> None:
        looks.extend(analyzer.look(frame) for frame in frames)

    def analyze() -> None:
        results.extend(analyzer.follow(look) for look in looks)

    def draw_and_record() -> None:
        renderer = SkeletonRenderer(kpt_thr=settings.kpt_thr)
        recorder = VideoRecorder(folder / "alone.mp4", fps_hint=fps, overwrite=True)
        for result in results:
            recorder.write(renderer.draw(result), result.frame.time)
        recorder.close()

    def analyze_plainly() -> None:
        analyzer.reset()
        for frame in frames:
            analyzer.analyze(frame)

    for name, work in (
        ("decode", decode),
        (LOOK, detect),
        (FOLLOW, analyze),
        ("analyse as a plain loop (both of these)", analyze_plainly),
        ("draw and record", draw_and_record),
    ):
        yield name, len(frames) / timed(work)


def timed(work: Callable[[], object]) -> float:
    """Return the seconds `work` takes."""
    started = perf_counter()
    work()
    return perf_counter() - started


def memory(source: Path, folder: Path) -> Iterable[Row]:
    """Peak resident memory for 10 s and 60 s of video, each in a process of its own."""
    peaks = {}
    for seconds in (10, 60):
        clip = looped(source, folder / f"{seconds}s.mp4", seconds)
        out = str(folder / f"memory_{seconds}.mp4")
        done = subprocess.run(
            [sys.executable, "-c", MEMORY_PROBE, str(clip), out], check=True, capture_output=True, text=True
        )
        peaks[seconds] = float(done.stdout.split()[-1])
        yield f"peak memory, {seconds} s", [peaks[seconds]], "MB"
    yield "growth from 10 s to 60 s", [peaks[60] - peaks[10]], "MB"


def looped(source: Path, target: Path, seconds: int) -> Path:
    """Write the first `seconds` of `source`, repeated end to end, as a video of its own."""
    with av.open(str(source)) as given, av.open(str(target), "w") as made:
        stream = given.streams.video[0]
        rate = stream.average_rate or 30
        images = [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in given.decode(stream)]
        out = made.add_stream("libx264", rate=rate, options={"preset": "ultrafast"})
        out.height, out.width = images[0].shape[:2]
        out.pix_fmt = "yuv420p"
        for position in range(int(seconds * rate)):
            made.mux(out.encode(av.VideoFrame.from_ndarray(images[position % len(images)], "rgb24")))
        made.mux(out.encode(None))
    return target


def start_up(rounds: int) -> Iterable[Row]:
    """Seconds to the help text and to a bare import."""
    for name, line in (
        ("vitpose-live --help", ["-m", "vitpose_live", "--help"]),
        ("import vitpose_live", ["-c", "import vitpose_live"]),
    ):
        run = partial(subprocess.run, [sys.executable, *line], check=True, capture_output=True)
        yield name, [timed(run) for _ in range(max(rounds, 5))], "s"


if __name__ == "__main__":
    main()
