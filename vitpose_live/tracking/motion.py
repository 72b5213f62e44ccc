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

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

OBSERVED = slice(0, None, 2)
"""Rows of the state that are measured: centre and log size."""


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
        """Predict n filters at once: (n, 4, 2) states and (n, 4, 4) covariances after `elapsed` (n,) seconds."""
        transition, noise = self._steps(elapsed, unrest)
        return transition @ states, transition @ covariances @ transition.swapaxes(-1, -2) + noise

    def expect(self, states: Floats, elapsed: Sequence[float]) -> Floats:
        """(n, 4, 2) where n filters are expected after `elapsed` (n,) seconds; the states alone of `forecast`."""
        return self._steps(elapsed)[0] @ states

    def blur(self, states: Floats, covariances: Floats, elapsed: Sequence[float]) -> Floats:
        """(n,) standard deviations of the centre after `elapsed` (n,) seconds, in widths of the box."""
        transition, noise = self._steps(elapsed)
        travel = transition[..., 0, 1]
        spread = covariances[:, 0, 0] + travel * (2 * covariances[:, 0, 1] + travel * covariances[:, 1, 1])
        blur: Floats = np.sqrt(spread + noise[..., 0, 0]) * np.exp(states[:, 2, 1] - states[:, 2, 0])
        return blur

    def _steps(self, elapsed: Sequence[float], unrest: float = 1.0) -> tuple[Floats, Floats]:
        """(n, 4, 4) transitions and noises over `elapsed` (n,) seconds, or (4, 4) where they are all the same."""
        steps = {seconds: self.step(seconds, unrest) for seconds in set(elapsed)}
        if len(steps) == 1:
            return next(iter(steps.values()))
        return np.array([steps[seconds][0] for seconds in elapsed]), np.array(
            [steps[seconds][1] for seconds in elapsed]
        )

    def measurement_noise(self, factor: float = 1.0) -> Floats:
        """(2,) variance of a measured centre (body heights²) and log size; `factor` scales the deviations."""
        return np.array([(factor * self.position_noise) ** 2, (factor * self.size_noise) ** 2])

    def start(self, box: Floats) -> tuple[Floats, Floats]:
        """(4, 2) state and (4, 4) covariance of a person first seen at `box`, (4,) xyxy px, of unknown velocity."""
        state = np.zeros((4, 2))
        state[OBSERVED] = to_measurement(box)
        return state, np.diag([self.position_noise**2, self.speed**2, self.size_noise**2, self.growth**2])


def correct(states: Floats, covariances: Floats, measured: Floats, noise: Floats) -> tuple[Floats, Floats]:
    """Pull n filters at once to what was measured: the update step of the Kalman filter.

    `filterpy.kalman.KalmanFilter.update` does the same for one filter, in 25 µs each, which for twenty people is half
    a frame's time. Nothing need be inverted, as centre and size never mix.

    Parameters
    ----------
    states, covariances
        (n, 4, 2) and (n, 4, 4), predicted.
    measured, noise
        (n, 2, 2) as `to_measurement` gives it, and (2,) its variances.

    Returns
    -------
    states, covariances
        (n, 4, 2) and (n, 4, 4).
    """
    cross = covariances[:, :, OBSERVED]
    gain = cross / (cross[:, OBSERVED].diagonal(axis1=1, axis2=2) + noise)[:, None]
    return (
        states + gain @ (measured - states[:, OBSERVED]),
        covariances - gain @ cross.transpose(0, 2, 1),
    )


@lru_cache(maxsize=256)
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


def to_measurement(boxes: Floats) -> Floats:
    """Boxes (..., 4) xyxy px to (..., 2, 2): centre and log size in rows, x and y in columns."""
    low, high = boxes[..., :2], boxes[..., 2:]
    sizes = np.maximum(high - low, 1.0)  # a box thinner than a pixel has no logarithm worth tracking
    measured = np.empty((*boxes.shape[:-1], 2, 2))
    measured[..., 0, :] = (low + high) / 2
    measured[..., 1, :] = np.log(sizes)
    return measured


def to_boxes(states: Floats) -> Floats:
    """States (n, 4, 2) to boxes (n, 4), xyxy px."""
    centres, halves = states[:, 0], np.exp(np.minimum(states[:, 2], 12.0)) / 2
    boxes = np.empty((len(states), 4))
    np.subtract(centres, halves, out=boxes[:, :2])
    np.add(centres, halves, out=boxes[:, 2:])
    return boxes
