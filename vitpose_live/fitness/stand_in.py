"""Carrying a signal over a moment in which its joints are hidden."""

from __future__ import annotations

from math import exp, inf, isnan, nan

MEMORY = 8.0
"""Seconds over which signal and height are compared."""
ENOUGH = 2.0
"""Seconds of comparison before it is trusted."""
ALIKE = 0.8
"""Least share of the signal's variance that the height has to tell."""
LONGEST = 1.5
"""Seconds for which the height may stand in for the signal."""


class StandIn:
    """Guesses a signal from how high in the picture the person is, as long as the one has followed the other.

    When the legs of somebody who squats are hidden for a second, the shoulders still tell how deep the squat is. The
    height is that of any joint that moves along; the relation is a running least-squares line.
    """

    def __init__(self) -> None:
        self._known = -inf
        self._weight = self._value = self._height = 0.0
        self._values = self._heights = self._both = 0.0

    def fill(self, value: float, height: float, time: float) -> float:
        """Return `value`, or where it is NaN what `height` makes likely; NaN when that cannot be told either.

        Parameters
        ----------
        value
            The signal.
        height
            In pixels, in either direction; NaN when not visible.
        time
            Seconds.
        """
        if isnan(value):
            trusted = self._weight >= ENOUGH and time - self._known <= LONGEST
            alike = self._both**2 >= ALIKE * self._values * self._heights > 0
            return self._value + self._both / self._heights * (height - self._height) if trusted and alike else nan
        if not isnan(height):
            self._compare(value, height, min(time - self._known, 1.0))
        self._known = time
        return value

    def _compare(self, value: float, height: float, share: float) -> None:
        """Update means, variances and covariance, to which this frame adds `share` seconds (West 1979)."""
        keep = exp(-share / MEMORY)
        self._weight = self._weight * keep + share
        part = share / self._weight
        beyond, above = value - self._value, height - self._height
        self._value += part * beyond
        self._height += part * above
        self._values = (1 - part) * (self._values + part * beyond * beyond)
        self._heights = (1 - part) * (self._heights + part * above * above)
        self._both = (1 - part) * (self._both + part * beyond * above)
