#!/usr/bin/env python3
"""Let the window watch a 30 fps camera with a model slower than it, for minutes, and say whether it keeps up.

    .venv/bin/python scripts/soak_live.py [--minutes 10] [--pose-ms 100] [--source CLIP] [--pose NAME] [--offscreen]

Method: the clip, scaled to 720p, is played to and fro behind the interface of OpenCV's capture: a picture every 1/30 s,
by the clock. From there on everything is the app's own: the camera source, the session, the window, shown on the
display there is, else on Xvfb. The pose model takes at least `--pose-ms`: slower than the camera, and at a pace that
does not depend on how many people there are. A picture's age is counted from its capture
to the end of its first painting; a period is the median time between two of them. Exit status 1 when a limit is
passed:

- 95 of 100 ages are below two periods and 50 ms;
- nothing keeps the window's thread for over 50 ms (gaps in which its own thread, or the others of this process, used
  most of the time; the others are the machine's, and only told);
- pictures that the camera gave = pictures shown + pictures dropped, but for those on their way;
- memory grows by less than 10 MB from the first minute on, and threads and open files not at all.
"""

from __future__ import annotations

import argparse
import itertools
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QEventLoop, QTimer
from PyQt6.QtGui import QPaintEvent
from PyQt6.QtWidgets import QApplication
from window_tools import STALL_MS, Gap, Heartbeat, display

from vitpose_live.app.live import LiveSession
from vitpose_live.app.live_models import ModelShelf
from vitpose_live.app.session import Get, load_pose_estimator_of
from vitpose_live.app.settings import Settings
from vitpose_live.bundled import bundled_path
from vitpose_live.data import Frame, FrameResult, Poses, Tracks
from vitpose_live.sources import open_source
from vitpose_live.sources.camera import open_camera
from vitpose_live.ui.collector import Collector
from vitpose_live.ui.main_window import MainWindow
from vitpose_live.ui.output_files import OutputFiles
from vitpose_live.ui.picture import Picture
from vitpose_live.ui.preferences import Preferences
from vitpose_live.ui.theme import choose_font
from vitpose_live.ui.video_view import VideoView

SIZE = (1280, 720)
FPS = 30.0
CLIP_FRAMES = 60
GROWTH_MB = 10.0
SETTLED_SECONDS = 60.0
ON_THEIR_WAY = 6


class LoopCamera:
    """A camera by OpenCV's interface that shows a clip to and fro."""

    def __init__(self, frames: list[NDArray[np.uint8]]) -> None:
        self._frames = frames
        self._started = time.monotonic()
        self._number = 0
        self.given = 0

    def isOpened(self) -> bool:  # noqa: N802  OpenCV's name
        """Say that it is, as always."""
        return True

    def grab(self) -> bool:
        """Wait for the next picture; one that nobody waited for is lost, as in a driver."""
        now = time.monotonic() - self._started
        self._number = max(self._number + 1, int(now * FPS))
        time.sleep(max(0.0, self._number / FPS - now))
        self.given += 1
        return True

    def retrieve(self) -> tuple[bool, NDArray[np.uint8]]:
        """Return it."""
        there = self._number % (2 * len(self._frames) - 2)
        return True, self._frames[there if there < len(self._frames) else 2 * len(self._frames) - 2 - there]

    def get(self, prop: int, /) -> float:
        """Tell its format."""
        width, height = SIZE
        known = {cv2.CAP_PROP_FRAME_WIDTH: width, cv2.CAP_PROP_FRAME_HEIGHT: height, cv2.CAP_PROP_FPS: FPS}
        return float(known.get(prop, 0))

    def set(self, prop: int, value: float, /) -> bool:
        """Change nothing."""
        del prop, value
        return False

    def release(self) -> None:
        """Nothing is held."""


class Slow:
    """A pose model that takes its time."""

    def __init__(self, inner: Any, seconds: float) -> None:
        self._inner = inner
        self._seconds = seconds

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def estimate(self, frame: Frame, tracks: Tracks) -> Poses:
        """Estimate, and be back no sooner than that."""
        until = time.monotonic() + self._seconds
        poses: Poses = self._inner.estimate(frame, tracks)
        time.sleep(max(0.0, until - time.monotonic()))
        return poses


class Witness:
    """Notes how old each picture is when it is first on the screen, and what the process holds."""

    def __init__(self) -> None:
        self.ages: list[float] = []
        self.at: list[float] = []
        self.memory: list[tuple[float, float]] = []
        self._last: Picture | None = None
        self._begun = time.monotonic()

    def watch(self) -> None:
        """Look over the shoulder of every painting."""
        paint = VideoView.paintEvent

        def painted(view: VideoView, event: QPaintEvent | None) -> None:
            paint(view, event)
            if view.picture is not None and view.picture.result is not self._result():
                self._last = view.picture
                self.ages.append((time.monotonic_ns() - view.picture.result.frame.captured_ns) / 1e6)
                self.at.append(time.monotonic())

        VideoView.paintEvent = painted  # type: ignore[method-assign, assignment]

    def _result(self) -> FrameResult | None:
        return None if self._last is None else self._last.result

    def note_memory(self) -> None:
        """Note the memory in use."""
        self.memory.append((time.monotonic() - self._begun, held()[0]))

    def growth(self) -> tuple[float, float]:
        """Return MB gained since the first minute (the first third of a shorter run), and MB per hour of a line."""
        times, memory = np.array(self.memory).T
        late = times > min(SETTLED_SECONDS, times[-1] / 3)
        early = memory[late][:5].mean()
        return float(memory[-5:].mean() - early), float(np.polyfit(times[late], memory[late], 1)[0] * 3600)


def held() -> tuple[float, int, int]:
    """Return this process's memory in MB, its threads and its open files (Linux)."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    threads, files = (len(list(Path(f"/proc/self/{what}").iterdir())) for what in ("task", "fd"))
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6, threads, files


def main() -> None:
    """Watch and judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--pose-ms", type=float, default=100.0)
    parser.add_argument("--source", type=Path, default=bundled_path("demo.mp4"))
    parser.add_argument("--pose", default="embedded")
    parser.add_argument("--detector", default="embedded")
    parser.add_argument("--offscreen", action="store_true", help="draw without any display")
    given = parser.parse_args()
    if not sys.platform.startswith("linux"):
        sys.exit("reads what the process holds from /proc, which only Linux has")
    if given.offscreen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with ExitStack() as stack:
        where = stack.enter_context(display())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, ", end="")
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, shown on {where}, {given.minutes:g} minutes\n")
        camera = LoopCamera(clip(given.source))
        settings = Settings.of(detector=given.detector, pose=given.pose)
        sys.exit(soak(camera, settings, given.minutes * 60, given.pose_ms / 1e3, folder))


def clip(source: Path) -> list[NDArray[np.uint8]]:
    """Return pictures of the clip as a camera gives them."""
    with open_source(source) as opened:
        frames = list(itertools.islice(opened, CLIP_FRAMES))
    return [np.asarray(cv2.resize(frame.image[..., ::-1], SIZE), np.uint8) for frame in frames]


def soak(camera: LoopCamera, settings: Settings, seconds: float, slow: float, folder: Path) -> int:
    """Watch `camera` for so long; print what was seen; return the exit status."""
    app = QApplication(sys.argv[:1])
    choose_font(app)
    sessions: list[LiveSession] = []

    def slowed(wanted: Settings, get: Get) -> Slow:
        return Slow(load_pose_estimator_of(wanted, get), slow)

    def factory(
        wanted: Settings, on_result: Callable[[FrameResult], None], on_change: Callable[[], None]
    ) -> LiveSession:
        session = LiveSession(
            wanted,
            on_result=on_result,
            on_change=on_change,
            open_source=lambda _source, **_options: open_camera(0, factory=lambda _index: camera),
            models=ModelShelf(pose_estimator=slowed),
        )
        sessions.append(session)
        return session

    witness, beat, collector = Witness(), Heartbeat(), Collector()
    witness.watch()
    window = MainWindow(
        Preferences(folder / "window.ini"), settings, factory=factory, files=OutputFiles(folder, folder)
    )
    window.controller.refreshed.connect(collector.follow)
    collector.start()
    window.show()
    window.open_source("0")
    wait_for(lambda: len(witness.ages) > 30, 60)
    beat.doing = "watching"
    witness.ages.clear()
    witness.at.clear()
    before, counted = held(), count(camera, sessions[0], window)
    beat.start()
    memory = QTimer()
    memory.timeout.connect(witness.note_memory)
    memory.start(1000)
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1e3), loop.quit)
    loop.exec()
    beat.stop()
    memory.stop()
    after, counts = held(), np.subtract(count(camera, sessions[0], window), counted)
    shown = len(witness.ages)
    window.close()
    collector.stop()
    return report(witness, beat.stalls(), (before, after), (int(counts[0]), int(counts[1]), shown))


def count(camera: LoopCamera, session: LiveSession, window: MainWindow) -> tuple[int, int]:
    """Return how many pictures the camera has given, and how many were dropped before the screen."""
    return camera.given, session.status().dropped + window.controller.pictures.replaced


def report(
    witness: Witness,
    stalls: list[Gap],
    holds: tuple[tuple[float, int, int], tuple[float, int, int]],
    counts: tuple[int, int, int],
) -> int:
    """Print a table; return 1 when a limit was passed."""
    (_, threads, files), (_, threads_after, files_after) = holds
    given, dropped, shown = counts
    period = float(np.median(np.diff(witness.at)) * 1e3)
    middle, high = np.percentile(witness.ages, (50, 95))
    gained, slope = witness.growth()
    ours = [gap for gap in stalls if gap.whose != "machine"]
    worst = max((gap.wall_ms for gap in stalls), default=0.0)
    minute = float(np.interp(min(SETTLED_SECONDS, witness.memory[-1][0]), *np.array(witness.memory).T))
    rows = [
        ("capture to screen, p50", f"{middle:.0f} ms", "", True),
        ("capture to screen, p95", f"{high:.0f} ms", f"2 x {period:.0f} + 50 = {2 * period + 50:.0f} ms",
         high < 2 * period + 50),
        ("pictures given, shown, dropped", f"{given}, {shown}, {dropped}", f"given = shown + dropped, +-{ON_THEIR_WAY}",
         abs(given - shown - dropped) <= ON_THEIR_WAY and dropped > 0),
        ("heartbeat gaps over 50 ms, ours", f"{len(ours)}", "0", not ours),
        ("heartbeat gaps over 50 ms, the machine's", f"{len(stalls) - len(ours)}, longest {worst:.0f} ms", "", True),
        ("memory after a minute, at the end", f"{minute:.0f}, {witness.memory[-1][1]:.0f} MB", "", True),
        ("memory gained since, slope", f"{gained:.1f} MB, {slope:.0f} MB per hour", f"{GROWTH_MB:.0f} MB",
         gained < GROWTH_MB),
        ("threads", f"{threads}, {threads_after}", "no more", threads_after <= threads),
        ("open files", f"{files}, {files_after}", "no more", files_after <= files),
    ]  # fmt: skip
    print("| | measured | limit | |\n|---|---|---|---|")
    for name, measured, limit, good in rows:
        print(f"| {name} | {measured} | {limit} | {('ok' if good else 'FAILED') if limit else ''} |")
    for gap in ours[:10]:
        print(
            f"\nat {gap.at:.1f} s the window waited {gap.wall_ms:.0f} ms (limit {STALL_MS:.0f}), {gap.whose}: its "
            f"thread used {gap.thread_ms:.0f} ms, the process {gap.process_ms:.0f} ms"
        )
    return int(not all(good for *_, good in rows))


def wait_for(true: Callable[[], object], within: float) -> None:
    """Let the window live until something is so; give up with a line."""
    until = time.monotonic() + within
    loop = QEventLoop()
    timer = QTimer()

    def look() -> None:
        if true() or time.monotonic() > until:
            loop.quit()

    timer.timeout.connect(look)
    timer.start(20)
    loop.exec()
    if not true():
        sys.exit(f"no pictures came within {within:.0f} s")


if __name__ == "__main__":
    main()
