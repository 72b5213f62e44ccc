#!/usr/bin/env python3
"""Measure the window on this machine: its start, its painting, and how long it ever keeps a person waiting.

    .venv/bin/python scripts/bench_window.py [--source CLIP] [--only start,paint,stalls] [--starts 3] [--stacks FILE]

Needs a display, or Xvfb to stand in for one. Method:

*start*: the command is started as a person does, and the time is taken from then to the end of the painting of the
first picture of the file, with the embedded models; each start is a new process.

*paint*: four people over a 720p picture, in a window that shows it at its size; the time from the beginning of
`paintEvent` to its end, and the processor time of the same (which other programs do not lengthen), once with each
thing that can be drawn and with all of them.

*stalls*: a heartbeat of 5 ms on the window's thread while the window is used with a file that plays. Gaps over 50 ms
are counted by what was being done, the longest one with the processor time that the window's thread used in it:
little of that in a long gap means that it waited, for our other threads or for other programs. Until its first
painting there is no window to wait for; "start-up" is what follows.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from PyQt6.QtCore import QEventLoop, QTimer
from PyQt6.QtWidgets import QApplication
from window_tools import STALL_MS, Heartbeat, display

from vitpose_live.app.settings import Settings
from vitpose_live.bundled import bundled_path
from vitpose_live.data import Frame, FrameResult, Poses, Tracks, load_skeleton
from vitpose_live.ui.collector import Collector
from vitpose_live.ui.main_window import MainWindow
from vitpose_live.ui.output_files import OutputFiles
from vitpose_live.ui.picture import Picture
from vitpose_live.ui.preferences import Preferences
from vitpose_live.ui.theme import choose_font
from vitpose_live.ui.video_view import VideoView

PARTS = ("start", "paint", "stalls")
EMBEDDED = Settings.of(detector="embedded", pose="embedded")
# what `vitpose-live ui` does, and a line when the first picture is painted
_START = """
import sys, time
import vitpose_live.ui.video_view as shown
paint = shown.VideoView.paintEvent
def paint_and_tell(view, event):
    paint(view, event)
    if view.picture is not None:
        print(time.monotonic(), flush=True)
        view.window().close()
shown.VideoView.paintEvent = paint_and_tell
from vitpose_live.__main__ import main
sys.argv[0] = "vitpose-live"
main()
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--source", type=Path, default=bundled_path("demo.mp4"))
    parser.add_argument("--only", default=",".join(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--stacks", type=Path, help="write what all threads did 50 ms into each gap")
    given = parser.parse_args()
    with ExitStack() as stack:
        where = stack.enter_context(display(needed=True))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, ", end="")
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, shown on {where}\n")
        wanted = given.only.split(",")
        if "start" in wanted:
            start(given.source, given.starts, folder)
        app = QApplication(sys.argv[:1])
        choose_font(app)
        if "paint" in wanted:
            paint()
        if "stalls" in wanted:
            log = None if given.stacks is None else stack.enter_context(given.stacks.open("w", encoding="utf-8"))
            stalls(given.source, folder, Heartbeat(log))


def start(source: Path, times: int, folder: Path) -> None:
    """Print how long it takes from the command to the first picture."""
    seconds = []
    for _ in range(times):
        line = [sys.executable, "-c", _START, "ui", str(source), "--detector", "embedded", "--pose", "embedded"]
        began = time.monotonic()
        told = subprocess.run(
            line, env={**os.environ, "XDG_CONFIG_HOME": str(folder)}, capture_output=True, text=True, check=True
        ).stdout
        seconds.append(float(told.split()[0]) - began)
    print("| from the command to the first painted picture of a file | s |\n|---|---|")
    for number, second in enumerate(seconds, 1):
        print(f"| start {number} | {second:.2f} |")
    print()


def crowd(count: int) -> list[FrameResult]:
    """Return pictures in which four people move their arms and legs."""
    skeleton = load_skeleton("coco17")
    figure = np.array(
        [
            (0.5, 0.08), (0.53, 0.06), (0.47, 0.06), (0.57, 0.08), (0.43, 0.08), (0.65, 0.22), (0.35, 0.22),
            (0.78, 0.38), (0.22, 0.38), (0.85, 0.52), (0.15, 0.52), (0.6, 0.54), (0.4, 0.54), (0.63, 0.75),
            (0.37, 0.75), (0.65, 0.96), (0.35, 0.96),
        ]
    )  # fmt: skip
    image = np.full((720, 1280, 3), (60, 90, 120), np.uint8)
    ids = np.arange(1, 5)
    results = []
    for index in range(count):
        left = 80 + 290 * np.arange(4) + 30 * np.sin(index / 9 + np.arange(4))
        boxes = np.stack((left, np.full(4, 120), left + 230, np.full(4, 640)), 1).astype(np.float32)
        points = (boxes[:, None, :2] + figure * (boxes[:, None, 2:] - boxes[:, None, :2])).astype(np.float32)
        points[:, 9:11] += 70 * np.array((math.sin(index / 4), math.cos(index / 4)))
        points[:, 15:17] += 25 * np.array((math.sin(index / 5), math.cos(index / 5)))
        poses = Poses(points, np.full((4, 17), 0.9, np.float32), ids, boxes, skeleton)
        tracks = Tracks(boxes, ids, np.ones(4, np.bool_))
        results.append(FrameResult(Frame(image, index, index / 30, time.monotonic_ns()), tracks, poses))
    return results


def paint() -> None:
    """Print what it costs to paint a picture, with each thing that is drawn over it."""
    results = crowd(200)
    parts = ("skeletons", "boxes", "ids", "trails", "angles")
    nothing = dict.fromkeys(parts, False)
    usual = nothing | dict.fromkeys(parts[:3], True)
    rows = {"the picture": nothing} | {f"+ {name}": nothing | {name: True} for name in parts}
    rows |= {"skeletons, boxes, ids": usual, "and trails": usual | {"trails": True}, "all": dict.fromkeys(parts, True)}
    print("| painting 720p with 4 people | p50 ms | p95 ms | processor p50 ms | processor p95 ms |")
    print("|---|---|---|---|---|")
    for name, options in rows.items():
        view = VideoView()
        view.resize(1280, 720)
        view.show()
        view.options = view.options.with_(**options)
        wait(0.1)
        pictures = [Picture.of(result, view.fit) for result in results]
        taken = []
        for picture in pictures:
            view.show_picture(picture)
            before = time.perf_counter(), time.thread_time()
            view.repaint()
            taken.append((time.perf_counter() - before[0], time.thread_time() - before[1]))
        wall, used = (np.percentile(column, (50, 95)) for column in np.array(taken[40:]).T * 1e3)  # trails are full
        print(f"| {name} | {wall[0]:.1f} | {wall[1]:.1f} | {used[0]:.1f} | {used[1]:.1f} |")
        view.close()
        view.deleteLater()
    print()


def stalls(source: Path, folder: Path, beat: Heartbeat) -> None:
    """Use the window and print when it kept a person waiting."""
    window = MainWindow(Preferences(folder / "window.ini"), EMBEDDED, files=OutputFiles(folder, folder))
    collector = Collector()
    window.controller.refreshed.connect(collector.follow)
    collector.start()
    window.show()
    wait_until(lambda: not window.visibleRegion().isEmpty())
    window.repaint()
    beat.start()
    done = use(window, source, beat)
    beat.stop()
    began = time.monotonic()
    window.close()
    closing = time.monotonic() - began
    collector.stop()
    window.deleteLater()
    wait(0.1)
    print(f"| doing | gaps over {STALL_MS:.0f} ms | longest gap ms | window's processor time in it ms | lost to |")
    print("|---|---|---|---|---|")
    for doing in done:
        worst = beat.worst.get(doing)
        if worst is None:
            print(f"| {doing} | 0 | below 10 | | |")
            continue
        whose = worst.whose if worst.wall_ms > STALL_MS else ""
        print(f"| {doing} | {len(beat.stalls(doing))} | {worst.wall_ms:.0f} | {worst.thread_ms:.0f} | {whose} |")
    print(f"\nclosing while a file plays: {closing:.2f} s")


def use(window: MainWindow, source: Path, beat: Heartbeat) -> tuple[str, ...]:
    """Do what people do with a window; return what that was."""
    control, press = window.controller, window.actions_by_name

    def play() -> None:
        window.open_source(str(source))

    def seek(seconds: float) -> Callable[[], None]:
        return lambda: control.seek(seconds)

    def take(pose: str) -> Callable[[], None]:
        return lambda: control.change(Settings.of(detector="embedded", pose=pose))

    course: list[tuple[str, Callable[[], object], float]] = [
        ("start-up", lambda: None, 2.5),
        ("opening", play, 4.0),
        ("playing", lambda: None, 3.0),
        *(("seeking", seek(seconds), 1.2) for seconds in (1.0, 3.5, 0.5)),
        ("trails", press["trails"].trigger, 1.0),
        *(("theme", press["theme"].trigger, 1.0) for _ in range(4)),
        *(("side panel", press["panel"].trigger, 0.5) for _ in range(2)),
        *(("help sheet", press["help"].trigger, 0.5) for _ in range(2)),
        *(("model change", take(pose), 2.0) for pose in ("embedded-fast", "embedded")),
        ("seeking", seek(0.0), 0.5),
        *((name, press["record"].trigger, 1.5) for name in ("recording", "end of recording") * 2),
        ("screenshot", press["screenshot"].trigger, 1.0),
        *(("full screen", press["fullscreen"].trigger, 1.0) for _ in range(2)),
        ("closing the source", press["close_source"].trigger, 1.0),
        ("opening again", play, 2.0),
    ]
    for doing, work, seconds in course:
        wait(0.05)  # what was before ends in a gap of its own name
        beat.doing = doing
        wait(0.05)
        work()
        wait(seconds)
    return tuple(dict.fromkeys(doing for doing, _, _ in course))


def wait(seconds: float) -> None:
    """Let the window live for so long."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1e3), loop.quit)
    loop.exec()


def wait_until(true: Callable[[], object], within: float = 10.0) -> None:
    """Let the window live until something is so."""
    until = time.monotonic() + within
    while not true() and time.monotonic() < until:
        wait(0.01)


if __name__ == "__main__":
    main()
