"""One person's values at a steady rate, which the formats of motion capture need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import PoseSequence
from vitpose_live.errors import OutputError

TOLERANCE = 0.1
"""Frames may be early or late by this share of the time from one to the next, or by `ROUNDING`, and still be steady."""
ROUNDING = 0.001
"""Seconds to which some containers round times."""
BRIDGED = 0.2
"""Seconds between two frames across which values are interpolated, more at low rates; else they are missing."""
MOST_TIMES = 2_000_000
"""Eighteen hours at 30 Hz."""


@dataclass(frozen=True, slots=True, eq=False)
class Clock:
    """The times at which a recording is exported.

    Parameters
    ----------
    times
        (n,) seconds.
    rate
        Per second.
    exact
        Whether these are the times of the recording's own frames.
    """

    times: NDArray[np.float64]
    rate: float
    exact: bool


def steady_clock(sequence: PoseSequence) -> Clock:
    """Return the recording's own times where they are steady, else ones as far apart as its frames mostly are.

    Steady frames may be `TOLERANCE` early or late.

    Raises
    ------
    OutputError
        When there would be more than `MOST_TIMES`: a few frames close together, and others ages away.
    """
    times = sequence.times
    if len(times) < 2:
        return Clock(times, sequence.fps or 1.0, exact=True)
    span = times[-1] - times[0]
    apart = span / (len(times) - 1)
    late = np.abs(times - (times[0] + apart * np.arange(len(times))))
    if late.max() <= max(TOLERANCE * apart, ROUNDING):
        return Clock(times, _nice(1 / apart, sequence.fps), exact=True)
    rate = _nice(1 / float(np.median(np.diff(times))), sequence.fps)
    if span * rate > MOST_TIMES:
        raise OutputError(
            f"{len(times)} frames over {span:.0f} s are too few for a steady rate of {rate:g} Hz",
            hint="npz and the tables keep the frames as they are",
        )
    return Clock(times[0] + np.arange(int(span * rate + TOLERANCE) + 1) / rate, rate, exact=False)


def steadied(
    sequence: PoseSequence, person: int, values: NDArray[np.floating], clock: Clock
) -> tuple[slice, NDArray[np.float64]]:
    """Return the values of a person at the times of a clock, from the first to the last time the person is there.

    Parameters
    ----------
    values
        (m, ...) one for each row of `person`, NaN where missing.
    clock
        From `steady_clock` of the same recording.

    Returns
    -------
    slice
        Which of the clock's times these are.
    (n, ...) float64
        The values, interpolated linearly where the clock's times are not the frames'; NaN where missing.
    """
    places = sequence.rows[sequence.of(person)]
    first, last = int(places[0]), int(places[-1])
    dense = np.full((last - first + 1, *values.shape[1:]), np.nan)
    dense[places - first] = values
    if clock.exact:
        return slice(first, last + 1), dense
    times = sequence.times[first : last + 1]
    slack = TOLERANCE / clock.rate
    begin, end = np.searchsorted(clock.times, (times[0] - slack, times[-1] + slack))
    span = slice(int(begin), max(int(end), int(begin) + 1))
    bridged = max(BRIDGED, 1.5 / clock.rate)
    return span, _interpolated(clock.times[span], times, dense, slack, bridged)


def _interpolated(
    wanted: NDArray[np.float64],
    times: NDArray[np.float64],
    values: NDArray[np.float64],
    slack: float,
    bridged: float,
) -> NDArray[np.float64]:
    """(n, ...) `values` at the `wanted` times; those less than `slack` beside a frame whose neighbour is missing."""
    after = np.clip(np.searchsorted(times, wanted), 1, max(len(times) - 1, 1)) if len(times) > 1 else None
    if after is None:
        return np.repeat(values, len(wanted), axis=0)
    before = after - 1
    gap = times[after] - times[before]
    share = np.clip((wanted - times[before]) / gap, 0, 1)
    shape = (-1,) + (1,) * (values.ndim - 1)
    weight = share.reshape(shape)
    between = (1 - weight) * values[before] + weight * values[after]
    between[gap > bridged] = np.nan
    nearest = np.where(share < 0.5, before, after)
    close = (np.abs(wanted - times[nearest]) <= slack).reshape(shape)
    return np.asarray(np.where(np.isnan(between) & close, values[nearest], between), np.float64)


def _nice(rate: float, nominal: float) -> float:
    """Return the rate that the source gives where it is the measured one, else the measured one to six digits."""
    if nominal and abs(rate - nominal) <= 0.002 * nominal:
        return nominal
    return float(f"{rate:.6g}")
