"""How fast angles change."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

WINDOW_S = 0.2
"""Over so many seconds, up to now, the velocity is an average: what is told is that of half as long ago."""
_LEAST_S = 0.1
"""Values that span less tell none."""
_SLACK = 1e-6


class Velocities:
    """Follows how fast the angles of one person change.

    The slope of the line that fits the values of the last `WINDOW_S` best, in seconds of presentation time, so that it
    is the same at every frame rate and frames may be missing. A movement there and back in two seconds looks 1 % slower
    at its fastest than it is.
    """

    def __init__(self) -> None:
        self._names: tuple[str, ...] = ()
        self._past: deque[tuple[float, NDArray[np.float64]]] = deque()

    def observe(self, angles: Mapping[str, float], time: float) -> dict[str, float]:
        """Return degrees per second of each of `angles`, degrees by name, at `time` seconds.

        NaN where the angle is NaN now, or was seen too short a time. A jump back in time, or other angles than
        before, begin anew.
        """
        names = tuple(angles)
        if names != self._names or (self._past and time <= self._past[-1][0]):
            self._names = names
            self._past.clear()
        self._past.append((time, np.array([angles[name] for name in names], np.float64)))
        # the window reaches back to the last value that is as old as it is long, unless that is of long ago
        while len(self._past) > 1 and time - self._past[1][0] >= WINDOW_S - _SLACK:
            self._past.popleft()
        if time - self._past[0][0] > 2 * WINDOW_S:
            self._past.popleft()
        return dict(zip(names, self._slopes().tolist(), strict=True))

    def _slopes(self) -> NDArray[np.float64]:
        values = np.array([row for _, row in self._past])
        known = np.isfinite(values)
        times = np.where(known, np.array([[time] for time, _ in self._past]), np.nan)
        enough = known[-1] & (
            np.max(times, axis=0, initial=-np.inf, where=known) - _LEAST_S + _SLACK
            >= np.min(times, axis=0, initial=np.inf, where=known)
        )
        n = np.maximum(known.sum(axis=0), 1)
        off = times - times.sum(axis=0, where=known) / n
        spread = (off**2).sum(axis=0, where=known)
        slope = (off * values).sum(axis=0, where=known) / np.where(enough, spread, 1.0)
        return np.where(enough, slope, np.nan)
