"""How long something takes, on a machine that may have other things to do."""

from __future__ import annotations

import threading
from time import monotonic
from types import TracebackType
from typing import Self

_TICK = 0.01


class Stopwatch:
    """Counts seconds, but not those in which the machine had no time for us.

    A thread sleeps for a hundredth of a second over and over. By as much as it oversleeps others had the processor, or
    the whole machine stood still: that is left out. Whoever waits for something that does not come waits as long by
    this watch as by any other.
    """

    def __init__(self) -> None:
        self._overslept = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sleep, daemon=True)

    def __enter__(self) -> Self:
        self._begun = self._ended = monotonic()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended = monotonic()
        self._stop.set()
        self._thread.join()

    @property
    def seconds(self) -> float:
        """What it took, once the block is left."""
        return max(0.0, self._ended - self._begun - self._overslept)

    def _sleep(self) -> None:
        before = monotonic()
        while not self._stop.wait(_TICK):
            now = monotonic()
            self._overslept += max(0.0, now - before - _TICK)
            before = now
