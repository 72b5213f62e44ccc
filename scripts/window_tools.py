"""What the scripts that measure the window share: a display to show it on, and a heartbeat that tells of stalls."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from PyQt6.QtCore import QObject, Qt, QTimer

BEAT_MS = 5
STALL_MS = 50.0
_SERVER = ("-screen", "0", "1280x800x24", "-nolisten", "tcp")


@contextlib.contextmanager
def display(*, needed: bool = False) -> Iterator[str]:
    """Have a display while this lasts: the one there is, else an Xvfb of its own; yields what it is.

    Parameters
    ----------
    needed
        Whether to end the program with a line that says what is missing, instead of drawing offscreen.
    """
    if os.environ.get("QT_QPA_PLATFORM") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        yield os.environ.get("QT_QPA_PLATFORM") or "the desktop"
        return
    if not sys.platform.startswith("linux"):
        yield "the desktop"
        return
    if shutil.which("Xvfb") is None:
        if needed:
            sys.exit("there is no display, and no Xvfb to stand in for one: apt install xvfb libxcb-cursor0")
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        yield "offscreen"
        return
    server, number = start_server()
    os.environ["DISPLAY"] = number
    try:
        yield "Xvfb"
    finally:
        del os.environ["DISPLAY"]
        server.terminate()
        server.wait(10)


def start_server() -> tuple[subprocess.Popen[bytes], str]:
    """Start an X server without a screen; return it and its DISPLAY."""
    receive, send = os.pipe()
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123  a stream for another process
        server = subprocess.Popen(["Xvfb", "-displayfd", str(send), *_SERVER], pass_fds=(send,), stderr=nowhere)
    os.close(send)
    with os.fdopen(receive) as told:
        return server, f":{told.readline().strip()}"


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which the window answered nobody.

    Parameters
    ----------
    doing
        What was going on when it began.
    at
        Seconds since the heartbeat was started.
    wall_ms, thread_ms, process_ms
        How long it was, and how much processor time the window's thread and the whole process used in it.
    """

    doing: str
    at: float
    wall_ms: float
    thread_ms: float
    process_ms: float

    @property
    def whose(self) -> str:
        """Where the time went: ``window``, ``threads`` (ours, behind Python's lock or on every core) or ``machine``."""
        if self.thread_ms > 0.5 * self.wall_ms:
            return "window"
        return "threads" if self.process_ms > 0.5 * self.wall_ms else "machine"


class Heartbeat(QObject):
    """Beats every 5 ms on the window's thread, and notes the gaps.

    Parameters
    ----------
    stacks
        Where to write what every thread was doing 50 ms into a gap; None writes nothing.
    """

    def __init__(self, stacks: TextIO | None = None) -> None:
        super().__init__()
        self.doing = "nothing"
        self.worst: dict[str, Gap] = {}
        """The longest of those over twice the beat, by what was being done."""
        self._stalls: list[Gap] = []
        self._stacks = stacks
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._begun = self._last = self._now()
        self._label = self.doing

    def start(self) -> None:
        """Begin."""
        self._begun = self._last = self._now()
        self._label = self.doing
        self._timer.start()

    def stop(self) -> None:
        """End."""
        self._timer.stop()
        self._watch(on=False)

    def stalls(self, doing: str | None = None) -> list[Gap]:
        """Return the gaps over 50 ms; those while `doing`, if it is given."""
        return [gap for gap in self._stalls if doing in (None, gap.doing)]

    def _beat(self) -> None:
        now = self._now()
        wall, thread, process = ((new - old) / 1e6 for new, old in zip(now, self._last, strict=True))
        if wall > 2 * BEAT_MS:
            at = (self._last[0] - self._begun[0]) / 1e9
            gap = Gap(self._label, at, wall, thread, process)
            if wall > STALL_MS:
                self._stalls.append(gap)
            # only the worst of the others is kept: a soak must not take its own notes for a leak
            if self._label not in self.worst or wall > self.worst[self._label].wall_ms:
                self.worst[self._label] = gap
        self._last, self._label = now, self.doing
        self._watch(on=True)

    def _watch(self, *, on: bool) -> None:
        if self._stacks is None:
            return
        import faulthandler

        faulthandler.cancel_dump_traceback_later()
        if on:  # looks from outside Python, so that a thread that holds its lock cannot keep it from looking
            faulthandler.dump_traceback_later(STALL_MS / 1e3, file=self._stacks)

    @staticmethod
    def _now() -> tuple[int, int, int]:
        return time.monotonic_ns(), time.thread_time_ns(), time.process_time_ns()
