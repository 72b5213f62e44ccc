#!/usr/bin/env python3
"""Measure a live source on this machine, with and without a detector in the way, and print a Markdown table.

    .venv/bin/python scripts/bench_live.py [--source CLIP] [--seconds 20] [--det-frequency 5] [--detector NAME]

Method: the clip (the bundled one: 720p) is decoded into memory and played round and round as a camera gives frames:
by the clock, whether or not anybody is ready. It is analysed as `vitpose-live` does live, with the embedded models
unless others are named. "free" is a camera faster than the analysis, so that an interval is what a frame costs; 30 fps
is a usual one. One person is followed, so that every frame has the same work to do. An interval is the time between
two results handed over; the first two seconds do not count. "with / without" compares the median interval of the
frames that took a detection in with that of the others. "plain" runs the detector on the analysis thread, every so
many frames, as a file does: what the interval would be.
"""

from __future__ import annotations

import argparse
import platform
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, monotonic_ns, sleep

import cv2
import numpy as np
from numpy.typing import NDArray

from vitpose_live.app.session import build_analyzer
from vitpose_live.app.settings import Settings
from vitpose_live.bundled import bundled_path
from vitpose_live.data import Frame, FrameResult, SourceInfo
from vitpose_live.pipeline import Analyzer, Runner
from vitpose_live.pipeline.analyzer import Look
from vitpose_live.sources import open_source

WARM_UP_SECONDS = 2.0
FREE_FPS = 120.0


class Loop:
    """A clip as a camera: a frame when its time has come, for ever."""

    problems: tuple[str, ...] = ()
    trouble = ""

    def __init__(self, frames: list[Frame], fps: float, seconds: float) -> None:
        self._frames = frames
        self._fps = fps
        self._seconds = seconds
        self._closed = threading.Event()
        self.info = SourceInfo("loop", frames[0].width, frames[0].height, fps, live=True)

    def close(self) -> None:
        """End the iteration."""
        self._closed.set()

    def __iter__(self) -> Iterator[Frame]:
        started = monotonic()
        for index in range(int(self._seconds * self._fps)):
            time = index / self._fps
            sleep(max(0.0, started + time - monotonic()))
            if self._closed.is_set() or monotonic() - started > self._seconds:
                return
            # the people move at their own pace whatever the camera's
            picture = self._frames[int((monotonic() - started) * 30) % len(self._frames)]
            yield Frame(picture.image, index, time, monotonic_ns())


class Intervals:
    """When results come."""

    def __init__(self) -> None:
        self.at: list[float] = []
        self.detected: list[bool] = []

    def write(self, result: FrameResult) -> None:
        """Note one."""
        self.at.append(monotonic())
        self.detected.append("detect" in result.timings)

    def close(self) -> None:
        """Nothing to finish."""

    def abort(self) -> None:
        """Nothing to give up."""

    def milliseconds(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """All but the first, and which of them had a detection."""
        at = np.array(self.at)
        late = at[1:] - at[0] > WARM_UP_SECONDS
        return np.diff(at)[late] * 1e3, np.array(self.detected[1:])[late]


class Waiting:
    """The analysis as it would be if every frame waited for its own detection."""

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self.detect = self._analyzer.detect
        self.look = self._analyzer.look
        self.fuse = self._analyzer.fuse

    def ask(self, frame: Frame) -> bool:
        """Nobody is asked beside."""
        del frame
        return False

    def follow(self, look: Look) -> FrameResult:
        """Do both halves."""
        return self._analyzer.analyze(look.frame)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--source", type=Path, default=bundled_path("demo.mp4"))
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--detector", default="embedded")
    parser.add_argument("--pose", default="embedded")
    parser.add_argument("--det-frequency", type=int, default=5)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    settings = Settings.of(
        detector=given.detector, pose=given.pose, det_frequency=given.det_frequency, number_people_max=1
    )
    with open_source(given.source, duration=10) as opened:
        frames = list(opened)
        info = opened.info
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, ", end="")
    print(f"{info.width}x{info.height}, detector every {given.det_frequency} frames, {given.seconds:g} s each\n")
    print("| camera | detector | p50 ms | p95 ms | p95 / p50 | with / without | age p50 ms | age p95 ms | dropped |")
    print("|---|---|---|---|---|---|---|---|---|")
    for camera, fps in (("free", FREE_FPS), ("30 fps", 30.0)):
        for way in ("plain", "beside"):
            analyzer = build_analyzer(settings, info)
            meter = Intervals()
            runner = Runner(
                Loop(frames, fps, given.seconds), Waiting(analyzer) if way == "plain" else analyzer, [meter]
            )
            runner.run()
            status, (intervals, detected) = runner.status(), meter.milliseconds()
            middle, high = np.percentile(intervals, (50, 95))
            share = np.median(intervals[detected]) / np.median(intervals[~detected])
            print(
                f"| {camera} | {way}, {detected.sum()} runs | {middle:.1f} | {high:.1f} | {high / middle:.2f} | "
                f"{share:.2f} | {status.age.p50:.1f} | {status.age.p95:.1f} | {status.dropped} |"
            )


if __name__ == "__main__":
    main()
