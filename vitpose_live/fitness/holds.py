"""Timing how long a position is held."""

from __future__ import annotations

from math import isnan

from vitpose_live.fitness.exercise import Timing

ENTER, LEAVE = 0.55, 0.4
"""Of the way from rest to the position: more is in it, less is out of it, between the two nothing changes."""
GRACE = 1.0
"""Seconds out of position, or out of view, that do not end a hold."""


class HoldTimer:
    """Times the holds in a signal that is about 0 out of the position and about 1 in it.

    Parameters
    ----------
    timing
        Its `minimum_s` is the shortest hold that is counted.
    """

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self.holds = 0
        """Holds so far that lasted at least the minimum; counted when they have."""
        self.held_s = 0.0
        """Seconds that the present hold has lasted, up to when the position was last seen; 0 between holds."""
        self._start: float | None = None
        self._seen = 0.0

    def observe(self, value: float, time: float) -> tuple[float, float] | None:
        """Take the signal at `time` seconds; NaN stands for "cannot be told".

        Returns
        -------
        Start and end of the hold that is over, in seconds; mostly None.
        """
        over = None
        if self._start is not None and time - self._seen > GRACE:
            over = self.close()
        if isnan(value) or value < (ENTER if self._start is None else LEAVE):
            return over
        if self._start is None:
            self._start = time
        short = self.held_s < self._timing.minimum_s
        self._seen, self.held_s = time, time - self._start
        self.holds += short and self.held_s >= self._timing.minimum_s
        return over

    def close(self) -> tuple[float, float] | None:
        """End the present hold and return its start and end in seconds; None when it was too short or there is none."""
        start, held, self._start, self.held_s = self._start, self.held_s, None, 0.0
        return (start, self._seen) if start is not None and held >= self._timing.minimum_s else None
