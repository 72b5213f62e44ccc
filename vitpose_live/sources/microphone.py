"""A microphone as it happens: blocks of sound, each with the moment at which it was captured."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from time import monotonic, monotonic_ns
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vitpose_live.errors import SourceError

RATE = 48_000
"""Samples a second that are asked for, the rate that sound cards work at."""

DEFAULT = "default"
"""Name of whichever microphone the system's settings say."""

_FALL = 0.93
"""Of the level, with each block: it falls to a tenth in two thirds of a second, so that nobody overlooks a clap."""

_LONGEST_STALL = 2.0
"""Seconds that a block may be late without being taken for later sound."""


class Capture(Protocol):
    """A microphone that is open."""

    @property
    def running(self) -> bool:
        """False once it has stopped by itself."""

    def close(self) -> None:
        """Let go of it."""


Put = Callable[[bytes | bytearray], object]
"""Takes a block as it comes: float32, mono, `RATE` a second; on a thread that must not wait."""

OpenMicrophone = Callable[[str, Put], Capture]
"""Opens the microphone of that name and has its blocks put; raises `SourceError`, and may take long."""


_Blocks = SimpleQueue[tuple[bytes | bytearray, int]]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a microphone may take, in seconds.

    Parameters
    ----------
    opening
        Until its first sound; a system that is asleep takes a second.
    settling
        Until its first blocks have told how late they come.
    stuck
        From block to block; then it is opened anew.
    silent
        Without anything but zeros, as from one that is muted or forbidden, until that is told.
    again
        Until it is tried again.
    """

    opening: float = 5.0
    settling: float = 0.3
    stuck: float = 1.5
    silent: float = 5.0
    again: float = 1.0


class SampleClock:
    """Tells when each block was captured: late as a block may arrive, it is never there before its sound.

    Blocks follow each other without a gap, so the one that came soonest of late tells of all when they were captured.
    """

    def __init__(self) -> None:
        self._count = 0
        self._origins: deque[tuple[int, int]] = deque()

    def captured(self, count: int, arrived_ns: int) -> int:
        """Return the moment, in ns, of the first of `count` samples that are all there at `arrived_ns`."""
        begin = self._count * 1_000_000_000 // RATE
        self._count += count
        self._origins.append((arrived_ns, arrived_ns - self._count * 1_000_000_000 // RATE))
        while arrived_ns - self._origins[0][0] > _LONGEST_STALL * 1e9:
            self._origins.popleft()
        return begin + min(origin for _, origin in self._origins)


class Microphone:
    """Listens on a thread of its own, and listens again when the microphone was lost.

    Opening and closing may hang with the system's sound server; nobody waits for that but this thread.

    Parameters
    ----------
    name
        One of `vitpose_live.sources.list_microphones`, or `DEFAULT`.
    heard
        Called on this thread with each block, (n, 1) float32, -1..1, at `RATE`, and the `time.monotonic_ns()` at which
        its first sample was captured.
    changed
        Called, on this thread, when `trouble` has changed.
    open_
        Opens it; None does so with the system's sound.
    patience
        How long it may take.
    """

    def __init__(
        self,
        name: str,
        heard: Callable[[NDArray[np.float32], int], object],
        *,
        changed: Callable[[], object] = lambda: None,
        open_: OpenMicrophone | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.name = name
        self.level = 0.0
        """How loud it is, 0..1: the highest sample, fading."""
        self._heard = heard
        self._changed = changed
        self._open = open_ or _open_system
        self._patience = patience or Patience()
        self._quit = threading.Event()
        self._arrived = threading.Event()
        self._trouble: SourceError | None = None
        self._outages = 0
        self._began = monotonic()
        # a daemon: a sound server that hangs must not keep the program from ending
        self._thread = threading.Thread(target=self._guard, name="vitpose-microphone", daemon=True)
        self._thread.start()

    @property
    def arrives(self) -> bool:
        """Whether sound comes."""
        return self._arrived.is_set()

    @property
    def trouble(self) -> SourceError | None:
        """Why no sound comes, or nothing but silence; None while all is well or it is being opened."""
        if self._trouble is not None or self.arrives or monotonic() - self._began < self._patience.opening:
            return self._trouble
        return SourceError("the system's sound does not answer", hint="log out and in again, or restart its service")

    @property
    def problems(self) -> tuple[str, ...]:
        """How often it was lost."""
        times = f"{self._outages} {'time' if self._outages == 1 else 'times'}"
        return (f"{self._label} was lost {times}; it is silent there",) if self._outages else ()

    def wait(self, timeout: float) -> bool:
        """Wait until sound comes, or why not is known; return whether it comes."""
        until = monotonic() + timeout
        while not self._arrived.wait(0.02) and self.trouble is None and monotonic() < until:
            pass
        return self.arrives

    def close(self, timeout: float = 0.0) -> None:
        """Stop listening; nothing is heard any more. Waits at most `timeout` seconds until it is let go of."""
        self._quit.set()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout)

    @property
    def _label(self) -> str:
        return "the microphone" if self.name == DEFAULT else f"the microphone {self.name}"

    def _guard(self) -> None:
        while not self._quit.is_set():
            self._began = monotonic()
            blocks: _Blocks = SimpleQueue()
            try:
                with closing(self._open(self.name, partial(_stamp, blocks))) as capture:
                    self._listen(capture, blocks)
            except SourceError as error:
                self._lose(error)
            except Exception as error:  # noqa: BLE001  the guard of this thread: whoever looks at `trouble` says it
                failure = SourceError(f"{type(error).__name__}: {error}", hint="this is a fault of the program")
                failure.__cause__ = error
                self._lose(failure)
            self._quit.wait(self._patience.again)

    def _listen(self, capture: Capture, blocks: _Blocks) -> None:
        """Hand on what comes, until it stays away."""
        clock = SampleClock()
        begun = loud = monotonic()
        deadline = begun + self._patience.opening
        while not self._quit.is_set():
            try:
                data, arrived_ns = blocks.get(timeout=0.05)
            except Empty:
                if not capture.running or monotonic() > deadline:
                    gone = "was lost" if self.arrives else "gives no sound"
                    # told now: to close it may take as long as the sound server hangs
                    self._lose(SourceError(f"{self._label} {gone}", hint="is it plugged in? it is tried again"))
                    return
                continue
            now = monotonic()
            deadline = now + self._patience.stuck
            samples = np.frombuffer(data, np.float32)
            captured_ns = clock.captured(len(samples), arrived_ns)
            peak = float(np.abs(samples).max(initial=0.0))
            self.level = min(1.0, max(peak, _FALL * self.level))
            loud = now if peak else loud
            if not self.arrives:
                begun = now
                self._arrived.set()
            self._tell(self._silence() if now - loud > self._patience.silent else None)
            if now - begun >= self._patience.settling and not self._quit.is_set():
                self._heard(samples[:, None], captured_ns)

    def _lose(self, error: SourceError) -> None:
        lost = self.arrives
        self._arrived.clear()
        self.level = 0.0
        self._outages += lost
        # that it is not there is no news of one that was lost
        self._tell(error if lost or self._trouble is None else self._trouble)

    def _silence(self) -> SourceError:
        if self._trouble is not None:
            return self._trouble
        return SourceError(
            f"only silence comes from {self._label}",
            hint="is it muted? may this program use it, by the system's privacy settings?",
        )

    def _tell(self, trouble: SourceError | None) -> None:
        before, self._trouble = self._trouble, trouble
        if str(before) != str(trouble) and not self._quit.is_set():
            self._changed()


def _stamp(blocks: _Blocks, data: bytes | bytearray) -> None:
    blocks.put((data, monotonic_ns()))


def _open_system(name: str, put: Put) -> Capture:
    from vitpose_live.sources.sound_system import open_microphone  # noqa: PLC0415  only where one is listened to

    return open_microphone(name, put)
