"""Movements there and back: as they are counted, and when they are over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

EDGE = 0.1
"""Share of the range at its ends that counts as being there."""


@dataclass(frozen=True, slots=True)
class Swing:
    """One movement there and back.

    Parameters
    ----------
    start, end
        Seconds: leaving the near end and being back.
    out_s, far_s, back_s
        Seconds on the way there, at the far end and on the way back.
    size
        How far it went, in the signal's unit.
    complete
        False when it went less far than this person does.
    """

    start: float
    end: float
    out_s: float
    far_s: float
    back_s: float
    size: float
    complete: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """A repetition at the moment it is counted, on the way back.

    Parameters
    ----------
    low, high
        The signal where the movement began and at its far end.
    half_time, peak_time, time
        Seconds: halfway there, at the far end, and now.
    complete
        As of `Swing`.
    """

    low: float
    high: float
    half_time: float
    peak_time: float
    time: float
    complete: bool

    @property
    def near(self) -> float:
        """The signal below which the movement has not begun or is over."""
        return self.low + EDGE * (self.high - self.low)

    def swing(self, trace: Iterable[tuple[float, float]]) -> Swing:
        """Take the times from `trace`, the (seconds, signal) up to the end of the movement."""
        trace = list(trace)
        far = self.high - EDGE * (self.high - self.low)
        before = [time for time, value in trace if time <= self.peak_time and value <= self.near]
        start, end = (before or [trace[0][0]])[-1], trace[-1][0]
        beyond = [time for time, value in trace if time >= start and value >= far] or [self.peak_time]
        there, leaves = beyond[0], beyond[-1]
        return Swing(start, end, there - start, leaves - there, end - leaves, self.high - self.low, self.complete)
