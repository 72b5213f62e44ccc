"""Presentation time: from a container's stamps to seconds since the first picture."""

from __future__ import annotations

from fractions import Fraction

NUDGE = Fraction(1, 1000)
DISCONTINUITY = 1


class PresentationClock:
    """Gives every picture its seconds since the first one, strictly increasing.

    A good stamp is kept exactly. The rest is repaired:

    - no stamp: the picture follows the one before by that one's duration;
    - a stamp that cannot be, a second or more outside of `span`: as if there were none;
    - a stamp that does not advance (twice the same, or a little back): 1 ms after the picture before, so that
      the next good stamp still holds;
    - a jump back of a second or more (joined recordings, a clock that wrapped): the picture follows the one
      before by that one's duration, and later stamps count from there.

    Times are rational until they leave, so nothing drifts.

    Parameters
    ----------
    time_base
        Seconds per unit of the stamps.
    interval
        Seconds a picture lasts when it does not say.
    span
        Container time in seconds of the whole video, from its start to its end; None when unknown.
    begin
        Seconds of the first picture it is given: 0 where reading begins with the first one of all.
    """

    def __init__(
        self,
        time_base: Fraction,
        interval: Fraction,
        span: tuple[Fraction, Fraction] | None = None,
        begin: Fraction = Fraction(0),
    ) -> None:
        self._time_base = time_base
        self._interval = interval
        self._span = span
        self._begin = begin
        self._origin: Fraction | None = None
        self._time: Fraction | None = None
        self._lasts = interval
        self.repaired = 0
        self.first_repair = 0.0

    @property
    def end(self) -> Fraction:
        """Seconds at which the latest picture ends, and where reading begins before the first."""
        return self._begin if self._time is None else self._time + self._lasts

    def advance(self, stamp: int | None, lasts: int | None = None) -> float:
        """Return the time in seconds of the next picture.

        Parameters
        ----------
        stamp
            Its presentation stamp, in units of the time base; None when it has none.
        lasts
            Its duration, in units of the time base; None or 0 when it does not say.
        """
        expected = self.end
        time = expected if stamp is None else self._place(stamp * self._time_base, expected)
        self._time = time
        self._lasts = lasts * self._time_base if lasts else self._interval
        return float(time)

    def _place(self, stamp: Fraction, expected: Fraction) -> Fraction:
        if self._span and not self._span[0] - DISCONTINUITY < stamp < self._span[1] + DISCONTINUITY:
            self._note_repair(expected)
            return expected
        if self._origin is None:
            self._origin = stamp - expected
        time = stamp - self._origin
        if self._time is None or time > self._time:
            return time
        self._note_repair(expected)
        if self._time - time < DISCONTINUITY:
            return self._time + NUDGE
        self._origin = stamp - expected
        return expected

    def _note_repair(self, time: Fraction) -> None:
        if not self.repaired:
            self.first_repair = float(time)
        self.repaired += 1
