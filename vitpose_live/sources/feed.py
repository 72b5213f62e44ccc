"""The pictures of a camera or stream, read on a thread of their own that is started again whenever it gets lost.

::

    opening --first picture--> reading --an error, the end, nothing for too long--> waiting --back-off over--> opening

A read that hangs inside a driver cannot be ended from outside: its thread is left behind, lets go of what it has as
soon as it returns, and another one takes its place.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from vitpose_live.errors import SourceError

_MOST_STUCK = 3
_TICK = 1.0
_GAPS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One upright picture as it was read.

    Parameters
    ----------
    image
        (height, width, 3) uint8, RGB; its memory belongs to it alone.
    captured_ns
        `time.monotonic_ns()` at which it was captured or decoded.
    stamp
        Presentation time in seconds by the sender's clock, which may jump; None when there is none.
    fresh
        False for the very same picture once more.
    """

    image: NDArray[np.uint8]
    captured_ns: int
    stamp: Fraction | None = None
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for what, in seconds.

    Parameters
    ----------
    opening
        For the first picture, from the start.
    silent
        For the next picture before it is said that there is trouble.
    stuck
        For the next picture before the reading thread is given up.
    waits
        Before it is opened again: after the first loss, the second in a row, ...; the last one repeats.
    release
        For the reading thread to let go when it is closed.
    """

    opening: float = 10.0
    silent: float = 1.5
    stuck: float = 1.75
    waits: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0)
    release: float = 1.0


Connect = Callable[[threading.Event], Generator[Picture]]
"""Opens, and yields pictures until it is lost (raises `SourceError`), ends, or the event is set."""


class Feed:
    """Keeps the newest picture for whoever takes it.

    Nothing in here refers to the source that owns the feed, so that a source nobody has any more can be collected,
    and closes its feed then.

    Parameters
    ----------
    name
        What it is called in messages.
    connect
        Opens and reads; called again after each loss, on one thread at a time.
    patience
        How long to wait for what.
    """

    def __init__(self, name: str, connect: Connect, patience: Patience) -> None:
        self._name = name
        self._connect = connect
        self._patience = patience
        self._changed = threading.Condition()
        self._slot: tuple[int, Picture] | None = None
        self._count = 0
        self._seen = monotonic()  # when a fresh picture came last
        self._deadline = math.inf  # by when the reading thread must show that it is alive
        self._reason = ""  # why it is lost; empty while it is not
        self._gaps: deque[float] = deque(maxlen=_GAPS)  # seconds between the latest fresh pictures
        self._losses = 0  # in a row
        self._outages = 0
        self._outage_seconds = 0.0
        self._refusal: SourceError | None = None
        self._failure: BaseException | None = None
        self._closed = False
        self._quit = threading.Event()
        self._thread: threading.Thread | None = None
        self._stuck: list[threading.Thread] = []

    def open(self) -> Picture:
        """Start to read and return the first picture.

        Raises
        ------
        SourceError
            When it cannot be opened, or nothing comes in time.
        """
        try:
            with self._changed:
                self._begin(0.0)
                until = monotonic() + self._patience.opening
                while self._slot is None and self._refusal is None and self._failure is None and monotonic() < until:
                    self._changed.wait(max(0.0, until - monotonic()))
                slot, error = self._slot, self._failure or self._refusal
        except BaseException:  # Ctrl-C; nobody could close it any more
            self.close()
            raise
        if slot is not None:
            return slot[1]
        self.close()
        raise error or SourceError(f"{self._name} does not answer", hint="is it switched on, and in nobody else's use?")

    def take(self, until: float = math.inf) -> tuple[int, Picture] | None:
        """Wait for a picture that was not taken yet.

        Parameters
        ----------
        until
            `time.monotonic()` at which to give up.

        Returns
        -------
        tuple or None
            Its number and itself; None once it is closed, or nothing came in time.
        """
        with self._changed:
            while not self._closed:
                if self._failure is not None:
                    raise self._failure
                if self._slot is not None:
                    taken, self._slot = self._slot, None
                    return taken
                now = monotonic()
                if now >= until:
                    return None
                if now < self._deadline:
                    self._changed.wait(min(self._deadline - now, until - now, _TICK))
                else:
                    self._replace_reader()
            return None

    def clear(self) -> None:
        """Forget the picture that waits to be taken."""
        with self._changed:
            self._slot = None

    def close(self) -> None:
        """Wake who waits, and stop reading; a thread stuck in a driver lets go later, by itself."""
        with self._changed:
            self._closed = True
            self._slot = None
            self._quit.set()
            self._changed.notify_all()
        if self._thread not in (None, threading.current_thread()):
            self._thread.join(self._patience.release)

    @property
    def trouble(self) -> str:
        """Why no pictures come just now, one line; empty when they come."""
        with self._changed:
            if self._closed:
                return ""
            if self._reason:
                return f"lost: {self._reason}; trying again"
            if not self._silent(now := monotonic()):
                return ""
            return f"lost: no new picture from {self._name} for {now - self._seen:.0f} s"

    @property
    def outages(self) -> tuple[int, float]:
        """How often it was lost and came back, and how many seconds that took together."""
        with self._changed:
            return self._outages, self._outage_seconds

    def _begin(self, delay: float) -> None:
        self._quit = threading.Event()
        self._deadline = math.inf
        self._thread = threading.Thread(
            target=self._read, args=(self._quit, delay), name="vitpose-live-reader", daemon=True
        )
        self._thread.start()

    def _replace_reader(self) -> None:
        assert self._thread is not None
        self._quit.set()
        self._stuck = [thread for thread in {*self._stuck, self._thread} if thread.is_alive()]
        self._note_loss(SourceError(f"{self._name} does not answer"))
        if len(self._stuck) < _MOST_STUCK:
            self._begin(self._wait())
        else:
            self._deadline = monotonic() + _TICK

    def _read(self, quit_: threading.Event, delay: float) -> None:
        while not quit_.wait(delay):
            self._expect(quit_, self._patience.opening)
            try:
                with closing(self._connect(quit_)) as pictures:
                    for picture in pictures:
                        if not self._put(picture, quit_):
                            return
                error = SourceError(f"{self._name} has ended")
            except SourceError as caught:
                error = caught
            except BaseException as caught:  # noqa: BLE001  raised by take, to whoever iterates
                self._fail(caught, quit_)
                return
            delay = self._lose(error, quit_)

    def _expect(self, quit_: threading.Event, within: float) -> None:
        with self._changed:
            if not quit_.is_set():
                self._deadline = monotonic() + within
                self._changed.notify_all()

    def _put(self, picture: Picture, quit_: threading.Event) -> bool:
        with self._changed:
            if quit_.is_set():
                return False
            now = monotonic()
            self._deadline = now + self._patience.stuck
            self._count += 1
            self._slot = self._count, picture
            if picture.fresh:
                if self._count > 1:
                    self._note_gap(now)
                self._seen, self._reason, self._losses = now, "", 0
            self._changed.notify_all()
            return True

    def _lose(self, error: SourceError, quit_: threading.Event) -> float:
        with self._changed:
            if quit_.is_set():
                return 0.0
            self._deadline = math.inf
            self._note_loss(error)
            self._changed.notify_all()
            return self._wait()

    def _fail(self, error: BaseException, quit_: threading.Event) -> None:
        with self._changed:
            if not quit_.is_set():
                self._failure = error
                self._changed.notify_all()

    def _silent(self, now: float) -> bool:
        """Whether the next picture should have come by now; one that sends a picture every few seconds has longer."""
        usual = 2 * min(self._gaps) if len(self._gaps) == self._gaps.maxlen else 0.0
        return now - self._seen >= max(self._patience.silent, usual)

    def _note_gap(self, now: float) -> None:
        if self._reason or self._silent(now):
            self._outages += 1
            self._outage_seconds += now - self._seen
        if not self._reason:
            self._gaps.append(now - self._seen)

    def _note_loss(self, error: SourceError) -> None:
        self._reason = str(error)
        self._refusal = None if self._count else error
        self._losses += 1

    def _wait(self) -> float:
        waits = self._patience.waits
        return waits[min(self._losses, len(waits)) - 1]
