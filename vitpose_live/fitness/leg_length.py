"""How long a person's legs are in the picture, straight or bent, near or far."""

from __future__ import annotations

from collections import deque
from math import exp, isfinite, nan
from statistics import median

from vitpose_live.fitness.body import Body, norm
from vitpose_live.fitness.view import trunk_length

_MOMENT_S = 0.5
_LATELY_S = 2.0
_FORGET_S = 300.0


class LegLength:
    """Follows the length of one person's legs.

    It is the longest that was seen, slowly forgotten, for people bend their legs; and it shrinks as the whole body
    does when they walk away from the camera: with the largest trunk length (`trunk_length`) of the last seconds, which
    nobody who bends makes much smaller.
    """

    def __init__(self) -> None:
        self._moment: deque[tuple[float, float, float]] = deque()  # time, legs and trunk, of the last moment
        self._sizes: deque[tuple[float, float]] = deque()  # time and trunk, of the last seconds
        self._longest = (0.0, 0.0, nan)  # legs, trunk and time when they looked longest

    def observe(self, body: Body, time: float) -> float:
        """Return the length in px at `time` seconds; 0 until legs have been seen."""
        lengths = [
            norm(body.joints[f"{side}_hip"] - body.joints[f"{side}_knee"])
            + norm(body.joints[f"{side}_knee"] - body.joints[f"{side}_ankle"])
            for side in ("left", "right")
        ]
        seen = [length for length in lengths if isfinite(length)]
        if seen:
            self._moment.append((time, max(seen), trunk_length(body)))
            while not 0 <= time - self._moment[0][0] <= _MOMENT_S:
                self._moment.popleft()
            # the median: one misplaced ankle makes no leg longer
            usual, size = (median(row[column] for row in self._moment) for column in (1, 2))
            self._sizes.append((time, size))
            while not 0 <= time - self._sizes[0][0] <= _LATELY_S:
                self._sizes.popleft()
            size = max(one for _, one in self._sizes)
            if usual >= self._now(time, size):
                self._longest = usual, size, time
        return self._now(time, max((one for _, one in self._sizes), default=0.0))

    def _now(self, time: float, size: float) -> float:
        length, then, when = self._longest
        if not length:
            return 0.0
        return length * min(1.0, size / then) * exp(-max(time - when, 0.0) / _FORGET_S)
