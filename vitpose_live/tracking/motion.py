"""How a person's box moves: a Kalman filter in seconds and body heights.

The state has two columns, one per image axis, which share one covariance::

    x axis: centre, velocity, log width,  its rate
    y axis: centre, velocity, log height, its rate

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
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from filterpy.kalman import KalmanFilter

Floats = NDArray[np.float64]

OBSERVE = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]])


@dataclass(frozen=True, slots=True)
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
        """(4, 4) transition and (4, 4) process noise over `elapsed` seconds; `unrest` scales `speed`. Read-only."""
        return _step(self, round(elapsed, 6), round(unrest, 2))

    def forecast(
        self, states: Floats, covariances: Floats, elapsed: Sequence[float], unrest: float = 1.0
    ) -> tuple[Floats, Floats]:
        """Predict n filters at once: (n, 4, 2) states and (n, 4, 4) covariances after `elapsed` (n,) seconds.

        The prediction step of the filter, which filterpy would do for one at a time.
        """
        steps = {seconds: self.step(seconds, unrest) for seconds in set(elapsed)}
        transition = np.array([steps[seconds][0] for seconds in elapsed])
        noise = np.array([steps[seconds][1] for seconds in elapsed])
        return transition @ states, transition @ covariances @ transition.transpose(0, 2, 1) + noise

    def measurement_noise(self, factor: float = 1.0) -> Floats:
        """(2, 2) variance of a measured centre (body heights²) and log size; `factor` scales the deviations."""
        return np.diag([(factor * self.position_noise) ** 2, (factor * self.size_noise) ** 2])

    def start(self, box: Floats) -> KalmanFilter:
        """Return a filter for a person first seen at `box`, (4,) xyxy px, whose velocity nobody knows yet."""
        # filterpy brings scipy.stats along, half a second that only those who track should pay
        from filterpy.kalman import KalmanFilter  # noqa: PLC0415

        filter_ = KalmanFilter(dim_x=4, dim_z=2)
        filter_.inv = _invert_diagonal
        filter_.x = np.zeros((4, 2))
        filter_.x[[0, 2]] = to_measurement(box)
        filter_.P = np.diag([self.position_noise**2, self.speed**2, self.size_noise**2, self.growth**2])
        return filter_


@lru_cache(maxsize=4096)
def _step(model: MotionModel, elapsed: float, unrest: float) -> tuple[Floats, Floats]:
    transition, noise = np.zeros((4, 4)), np.zeros((4, 4))
    for at, spread, memory in ((0, unrest * model.speed, model.speed_memory), (2, model.growth, model.growth_memory)):
        keep = exp(-elapsed / memory)
        travel = memory * (1 - keep)
        part = slice(at, at + 2)
        transition[part, part] = (1, travel), (0, keep)
        shared = memory * (1 - keep) ** 2
        wander = 2 * memory * elapsed - 4 * memory * travel + memory**2 * (1 - keep**2)
        noise[part, part] = spread**2 * np.array([[max(wander, 0.0), shared], [shared, 1 - keep**2]])
    transition.flags.writeable = noise.flags.writeable = False
    return transition, noise


def _invert_diagonal(matrix: Floats) -> Floats:
    """Inverse of the innovation covariance, diagonal because centre and size never mix; 4x faster than LAPACK."""
    return np.array([[1.0 / matrix[0, 0], 0.0], [0.0, 1.0 / matrix[1, 1]]])


def to_measurement(boxes: Floats) -> Floats:
    """Boxes (..., 4) xyxy px to (..., 2, 2): centre and log size in rows, x and y in columns."""
    low, high = boxes[..., :2], boxes[..., 2:]
    sizes = np.maximum(high - low, 1.0)  # a box thinner than a pixel has no logarithm worth tracking
    return np.stack([(low + high) / 2, np.log(sizes)], axis=-2)


def to_boxes(states: Floats) -> Floats:
    """States (n, 4, 2) to boxes (n, 4), xyxy px."""
    centres, halves = states[:, 0], np.exp(np.minimum(states[:, 2], 12.0)) / 2
    return np.concatenate([centres - halves, centres + halves], axis=1)
