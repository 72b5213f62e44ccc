"""How a person's box moves: a Kalman filter in seconds and body heights.

What is believed of n people is one array (14, n), a row for each number, so that those of all people lie side by side::

    0 - 3    centre x, y, log width, log height
    4 - 7    their rates
    8, 9     variance of the centre and of the log size, each the same along both image axes
    10, 11   their covariance with the rate
    12, 13   variance of the rate

Centres are in pixels but their covariance is in body heights squared, and sizes are logarithms, so every noise below
is relative to the person's size, the gain has no unit, and a box can neither invert nor collapse. Velocities are
Ornstein-Uhlenbeck processes: they wander and die away, so that a person carried through a long absence comes to rest
instead of running off. Transition and noise are that process's exact discretisation (Gardiner, Handbook of Stochastic
Methods, 4.4; for white acceleration the limit of an infinite memory), hence two half steps equal one whole step and
the frame rate does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NUMBERS = 14
"""How many make up what is believed of a person."""

CENTRE, SIZE, PLACE = slice(0, 2), slice(2, 4), slice(0, 4)
WIDTH, HEIGHT = 2, 3
STATE, VARIANCE, COVARIANCE = slice(0, 8), slice(8, 10), slice(8, 14)
"""Rows of a belief."""


@dataclass(frozen=True, slots=True, eq=False)  # found in a cache by what it is, not by its numbers
class MotionModel:
    """Noises of the box filter.

    Parameters
    ----------
    speed, speed_memory
        Standard deviation of a person's velocity in body heights per second, and the seconds it persists.
    growth, growth_memory
        The same for the rate of the log size, per second, and seconds.
    position_noise, size_noise
        Standard deviation of a detected centre in body heights and of a detected log size.
    """

    speed: float = 0.55
    speed_memory: float = 5.3
    growth: float = 0.4
    growth_memory: float = 1.1
    position_noise: float = 0.062
    size_noise: float = 0.127

    def step(self, elapsed: float, unrest: float = 1.0) -> tuple[Floats, Floats]:
        """(14, 14) by which `elapsed` seconds multiply a belief, and (14, 1) what they add to it; both read-only.

        `unrest` scales `speed`.
        """
        return _step(self, round(elapsed, 6), round(unrest, 2))

    def forecast(self, beliefs: Floats, elapsed: Sequence[float], unrest: float = 1.0) -> Floats:
        """Predict n filters at once: beliefs (14, n) after `elapsed` (n,) seconds."""
        different = set(elapsed)
        if len(different) == 1:
            transition, noise = self.step(different.pop(), unrest)
            return transition @ beliefs + noise
        ahead = np.empty(beliefs.shape)
        for seconds in different:
            transition, noise = self.step(seconds, unrest)
            columns = [column for column, its in enumerate(elapsed) if its == seconds]
            ahead[:, columns] = transition @ beliefs.take(columns, axis=1) + noise
        return ahead

    def measurement_noise(self, factor: float = 1.0) -> Floats:
        """(2, 1) variance of a measured centre (body heights²) and log size; `factor` scales the deviations."""
        return _noise(self, factor)

    def start(self, box: Floats) -> Floats:
        """(14,) belief of a person first seen at `box`, (4,) xyxy px, of unknown velocity."""
        belief = np.zeros(NUMBERS)
        belief[PLACE] = to_measurement(box[None])[:, 0]
        belief[COVARIANCE] = (self.position_noise**2, self.size_noise**2, 0, 0, self.speed**2, self.growth**2)
        return belief


def correct(beliefs: Floats, measured: Floats, noise: Floats, doubt: NDArray[np.bool_] | None = None) -> Floats:
    """Pull n filters at once to what was measured: the update step of the Kalman filter.

    `filterpy.kalman.KalmanFilter.update` does the same for one filter, in 25 µs each, which for twenty people is half
    a frame's time. Nothing need be inverted, as centre and size never mix.

    The errors of poses on consecutive frames are nearly the same, which the filter, counting them as independent,
    takes for certainty. So where there is `doubt` and the measurement lies further from the prediction than both
    uncertainties explain, the prediction's is first raised to the least that does, the maximum likelihood estimate of
    an unknown constant error (innovation-based adaptive estimation; Mohamed and Schwarz 1999). Velocities keep theirs.

    Parameters
    ----------
    beliefs
        (14, n), predicted.
    measured, noise
        (4, n) as `to_measurement` gives it, and (2, 1) its variances.
    doubt
        (n,) which measurements to believe rather than the filter; None for none.

    Returns
    -------
    (14, n)
    """
    n = beliefs.shape[1]
    error = measured - beliefs[PLACE]
    before = beliefs[COVARIANCE].reshape(3, 2, n)
    if doubt is not None:
        off = error * error
        off[CENTRE] /= np.exp(2 * beliefs[HEIGHT])
        excess = off[::2] + off[1::2]
        excess *= 0.5
        excess -= before[0] + noise
        before = before.copy()
        before[0] += np.maximum(excess, 0.0) * doubt
    cross = before[:2]
    gain = cross / (cross[0] + noise)  # of centre and size, and of their rates
    pulled = np.empty(beliefs.shape)
    np.multiply(gain[:, :, None], error.reshape(2, 2, n), out=pulled[STATE].reshape(2, 2, 2, n))
    pulled[STATE] += beliefs[STATE]
    after = pulled[COVARIANCE].reshape(3, 2, n)
    np.multiply(gain[0], cross, out=after[:2])
    np.multiply(gain[1], cross[1], out=after[2])
    np.subtract(before, after, out=after)
    return pulled


def blur(beliefs: Floats, forecast: Floats) -> Floats:
    """(n,) standard deviations of the centres in the `forecast` (14, n) in widths of the boxes believed in before."""
    return np.asarray(np.sqrt(forecast[VARIANCE.start]) * np.exp(beliefs[HEIGHT] - beliefs[WIDTH]))


@lru_cache(maxsize=256)
def _step(model: MotionModel, elapsed: float, unrest: float) -> tuple[Floats, Floats]:
    transition, noise = np.eye(NUMBERS), np.zeros((NUMBERS, 1))
    for part, spread, memory in ((0, unrest * model.speed, model.speed_memory), (1, model.growth, model.growth_memory)):
        keep = exp(-elapsed / memory)
        travel = memory * (1 - keep)
        for place in (2 * part, 2 * part + 1):
            rate = place + 4
            transition[place, rate], transition[rate, rate] = travel, keep
        own, shared, its = 8 + part, 10 + part, 12 + part
        transition[own, [shared, its]] = 2 * travel, travel**2
        transition[shared, [shared, its]] = keep, keep * travel
        transition[its, its] = keep**2
        wander = 2 * memory * elapsed - 4 * memory * travel + memory**2 * (1 - keep**2)
        noise[[own, shared, its], 0] = max(wander, 0.0), memory * (1 - keep) ** 2, 1 - keep**2
        noise[[own, shared, its]] *= spread**2
    transition.flags.writeable = noise.flags.writeable = False
    return transition, noise


@lru_cache(maxsize=8)
def _noise(model: MotionModel, factor: float) -> Floats:
    noise = np.array([[(factor * model.position_noise) ** 2], [(factor * model.size_noise) ** 2]])
    noise.flags.writeable = False
    return noise


def to_measurement(boxes: Floats) -> Floats:
    """Boxes (n, 4) xyxy px to (4, n): centre x, y and log width, height."""
    low, high = boxes.T[:2], boxes.T[2:]
    measured = np.empty((4, len(boxes)))
    np.add(low, high, out=measured[CENTRE])
    measured[CENTRE] *= 0.5
    sizes = np.maximum(high - low, 1.0)  # a box thinner than a pixel has no logarithm worth tracking
    np.log(sizes, out=measured[SIZE])
    return measured


def to_boxes(places: Floats) -> Floats:
    """Centres and log sizes (4, n), or whole beliefs, to boxes (n, 4), xyxy px, in memory column by column."""
    halves = np.exp(np.minimum(places[SIZE], 12.0))
    halves *= 0.5
    boxes = np.empty((4, places.shape[1]))
    np.subtract(places[CENTRE], halves, out=boxes[:2])
    np.add(places[CENTRE], halves, out=boxes[2:])
    return boxes.T
