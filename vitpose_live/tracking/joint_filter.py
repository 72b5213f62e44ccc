"""Follows points that rest, move and jerk: several Kalman filters per point, weighed by how well each foretells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WEIGHT = 0
MEAN, POSITION, VELOCITY = slice(1, 5), slice(1, 3), slice(3, 5)
COVARIANCE = slice(5, 8)
"""What is believed of n x k points by each of m models is one array (8, m, n, k); NaN where a point is unknown.

Its fields are the probability of the model; x, y in px and their velocities in px/s; and, each summed over x and y,
variance of the position, its covariance with the velocity, variance of the velocity.
"""

LEAST_WEIGHT = 1e-9
"""No model is ever ruled out for good."""


@dataclass(frozen=True, slots=True)
class JointFilter:
    """Interacting multiple models (Blom and Bar-Shalom, IEEE Trans. Autom. Control 33(8), 1988) of moving points.

    Every model says that velocities wander (white-noise acceleration) and die down by themselves (Singer's model, IEEE
    Trans. Aerosp. Electron. Syst. 6(4), 1970, one order lower), since no limb goes on for ever. They differ in how far
    velocities wander, so that the still ones hold on and the agile ones follow.

    Parameters
    ----------
    agility
        (m,) how far a velocity wanders in one second, in body sizes per second; ascending.
    hold_seconds
        How long, on average, a point stays with one model before it goes over to a neighbouring one.
    decay_seconds
        Time in which a velocity that no measurement bears out falls to 1/e.
    start_speed
        Deviation of the velocity of a point not seen before, in body sizes per second.
    """

    agility: tuple[float, ...]
    hold_seconds: float
    decay_seconds: float
    start_speed: float

    def unknown(self, n: int, k: int) -> Floats:
        """Return beliefs, (8, m, n, k), of people nobody has seen."""
        return np.full((8, len(self.agility), n, k), np.nan)

    def start(self, measured: Floats, variance: Floats, size: Floats) -> Floats:
        """Return beliefs, (8, m, n, k), after a first measurement.

        Parameters
        ----------
        measured
            (2, n, k) x, y in px.
        variance
            (n, k) px^2, of x and y together.
        size
            (n, 1) body size in px.
        """
        beliefs = np.zeros((8, len(self.agility), *variance.shape))
        beliefs[WEIGHT] = 1 / len(self.agility)
        beliefs[POSITION] = measured[:, None]
        beliefs[5] = variance
        beliefs[7] = 2 * np.square(self.start_speed * size)
        return beliefs

    def update(self, past: Floats, elapsed: Floats, measured: Floats, variance: Floats, size: Floats) -> Floats:
        """Return beliefs, (8, m, n, k), after a further measurement.

        Parameters
        ----------
        past
            (8, m, n, k), not changed.
        elapsed
            (n, k) seconds since each point was last measured.
        measured, variance, size
            As for `start`.
        """
        if elapsed.size and (elapsed == elapsed[0, 0]).all():
            elapsed = elapsed[0, 0]  # one number for all, as nearly always, is less work
        beliefs = self._mix(past, elapsed)
        weight, position, velocity = beliefs[WEIGHT], beliefs[POSITION], beliefs[VELOCITY]
        pp, pv, vv = beliefs[5], beliefs[6], beliefs[7]

        decay = np.exp(elapsed * (-1 / self.decay_seconds))
        reach = self.decay_seconds * (1 - decay)
        position += velocity * reach
        velocity *= decay
        carried = vv * reach
        carried += pv
        pv += carried
        pv *= reach
        pp += pv
        np.multiply(carried, decay, out=pv)
        vv *= decay * decay
        wander = _restlessness(self.agility) * (size * size * elapsed)
        pp += wander * (elapsed * elapsed / 3)
        pv += wander * (elapsed / 2)
        vv += wander

        total = pp + variance
        error = measured[:, None] - position
        square = error * error
        certainty = 1.0 / total
        surprise = (square[0] + square[1]) * certainty
        surprise += np.log(total)
        weight *= np.exp(np.minimum.reduce(surprise) - surprise)
        weight += LEAST_WEIGHT
        weight /= np.add.reduce(weight)
        gains = beliefs[5:7] * certainty
        velocity += gains[1] * error
        position += np.multiply(gains[0], error, out=error)
        vv -= gains[1] * pv
        beliefs[5:7] -= gains[0] * beliefs[5:7]
        return beliefs

    def _mix(self, past: Floats, elapsed: Floats) -> Floats:
        """Let points change their model: each model goes on from the mean of what it and its neighbours believed.

        The covariances are left as they are; mixing them as well costs twice the time and changes no figure.
        """
        mixed = past.copy()
        weighed = mixed[: MEAN.stop]
        weighed[MEAN] *= weighed[WEIGHT]
        models = len(self.agility)
        flow = (_neighbours(models) @ weighed.reshape(len(weighed), models, -1)).reshape(weighed.shape)
        flow *= np.expm1(elapsed * (-1 / self.hold_seconds))
        weighed -= flow
        weighed[MEAN] *= 1.0 / weighed[WEIGHT]
        return mixed


def position(beliefs: Floats) -> Floats:
    """(2, n, k) x, y in px: the models' opinions, weighed."""
    return np.asarray(np.add.reduce(beliefs[WEIGHT] * beliefs[POSITION], axis=1))


@cache
def _restlessness(agility: tuple[float, ...]) -> Floats:
    """(m, 1, 1) variance, x and y together, that velocities of bodies of size 1 gain in one second."""
    return 2.0 * np.square(agility)[:, None, None]


@cache
def _neighbours(models: int) -> Floats:
    """(m, m) flow of probability, from columns to rows, when every point goes over to a neighbouring model."""
    chain = np.eye(models, k=1) + np.eye(models, k=-1)
    return np.asarray(chain / np.maximum(chain.sum(axis=0), 1) - np.eye(models) * (models > 1))
