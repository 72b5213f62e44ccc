"""Skeletons that do not shake: as much smoothing as the keypoints need, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from math import expm1, inf

import numpy as np
from numpy.typing import NDArray

from vitpose_live.errors import SettingsError
from vitpose_live.tracking.causal import CausalSmoother, Floats, Look, Memory, require_positive
from vitpose_live.tracking.joint_filter import JointFilter, position
from vitpose_live.tracking.keypoint_noise import shake

NOISE_PRIOR, NOISE_LEAST, NOISE_MOST = 2 * 0.005**2, 2 * 0.0005**2, 2 * 0.04**2
"""Variance, x and y together, of a keypoint of score 1 for a body of size 1: before it is measured; its limits."""

START_SPEED = 0.3
"""Deviation of the velocity of a joint not seen before, in body sizes per second."""


@dataclass(slots=True)
class _Memory(Memory):
    noise: Floats  # (n, 1) variance, x and y together, of a joint of score 1 for a body of size 1
    noise_count: Floats  # (n, 1) in how many frames it was measured
    latest: Floats  # (3, 2, n, k) x, y in px in the latest frames, oldest first
    present: Floats  # (n, 1) seconds of the latest frame with this person
    beliefs: Floats  # (8, m, n, k) of the `JointFilter`


class KeypointSmoother(CausalSmoother[_Memory]):
    """Steadier keypoints, smoothed by as much as they shake and let go as soon as they really move.

    How strongly a person's keypoints shake is measured from themselves all the time (`keypoint_noise`), so that good
    keypoints pass almost unchanged and bad ones are smoothed strongly, without a setting. Every joint is followed by
    three Kalman filters at once, for a joint that rests, moves and is flung about (`joint_filter`); each has a say
    according to how well it has been foretelling the measurements. Everything is counted in seconds and body sizes
    (longer side of the box), so that neither the frame rate, regular or not, nor the distance nor the resolution
    matters. A joint's deviation is taken to be inverse to its score. For missing joints, absences and seeks see
    `CausalSmoother`.

    Parameters
    ----------
    agility
        How far the velocity of a joint that rests, moves, is flung about wanders in one second, in body sizes per
        second; ascending. Results hardly depend on it.
    hold_seconds
        How long a joint stays with one of these, on average.
    decay_seconds
        Time in which a velocity that no measurement bears out falls to 1/e.
    noise_seconds
        Time over which the noise is averaged.
    keypoint_score, gap_seconds
        See `CausalSmoother`.

    Raises
    ------
    SettingsError
        When an option is out of range.
    """

    def __init__(
        self,
        *,
        agility: tuple[float, ...] = (0.03, 0.3, 3.0),
        hold_seconds: float = 4.0,
        decay_seconds: float = 0.5,
        noise_seconds: float = 1.0,
        keypoint_score: float = 0.1,
        gap_seconds: float = 0.5,
    ) -> None:
        if not agility or not agility[0] > 0 or list(agility) != sorted(agility):
            raise SettingsError(f"agility: expected ascending numbers above 0, got {agility}")
        require_positive(hold_seconds=hold_seconds, decay_seconds=decay_seconds, noise_seconds=noise_seconds)
        self._filter = JointFilter(tuple(agility), hold_seconds, decay_seconds, START_SPEED)
        self._noise_seconds = noise_seconds
        super().__init__(keypoint_score=keypoint_score, gap_seconds=gap_seconds)

    def reset(self) -> None:
        """Forget the past."""
        super().reset()
        self._times = (-inf, -inf, -inf)

    def _unknown(self, ids: NDArray[np.int64], k: int) -> _Memory:
        n = len(ids)
        person = np.full((n, 1), np.nan)
        return _Memory(
            ids,
            size=person,
            seen=np.full((n, k), np.nan),
            noise=np.full((n, 1), NOISE_PRIOR),
            noise_count=np.zeros((n, 1)),
            latest=np.full((3, 2, n, k), np.nan),
            present=person,
            beliefs=self._filter.unknown(n, k),
        )

    def _advance(self, past: _Memory, look: Look) -> Floats:
        variance = self._noise(past, look) / np.square(look.scores)
        beliefs = self._filter.update(past.beliefs, look.elapsed, look.measured, variance, past.size)
        if not look.known.all():
            start = self._filter.start(look.measured, variance, past.size)
            np.copyto(beliefs, start, where=look.good & ~look.known)
            np.copyto(beliefs, past.beliefs, where=~look.good)
        if look.since == 0:
            np.copyto(beliefs, past.beliefs, where=look.known & (look.elapsed <= 0))
        past.beliefs = beliefs
        return position(beliefs)

    def _noise(self, past: _Memory, look: Look) -> Floats:
        """(n, 1) variance in px^2, of x and y together, of a joint of score 1."""
        area = np.square(past.size)
        if look.since > 0:
            missed = past.present != self._times[-1]
            if missed.any():
                past.latest = np.where(missed, np.nan, past.latest)
            times = (*self._times, look.time)
            if times[-1] - times[0] <= self._gap:
                found = shake(past.latest, look.measured, times, look.scores)[:, None] / area
                gain = np.maximum(-expm1(-look.since / self._noise_seconds), 1 / (past.noise_count + 1))
                # averaging the logarithm cares little about a moment in which everything moved
                noise = past.noise * (np.maximum(found, NOISE_LEAST) / past.noise) ** gain
                measured = np.isfinite(found)
                past.noise = np.where(measured, np.minimum(noise, NOISE_MOST), past.noise)
                past.noise_count = past.noise_count + measured
            past.latest = np.concatenate([past.latest[1:], look.measured[None]])
            past.present = np.full(past.present.shape, look.time)
            self._times = times[1:]
        return past.noise * area
