"""The One Euro filter on every joint."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

import numpy as np
from numpy.typing import NDArray

from vitpose_live.errors import SettingsError
from vitpose_live.tracking.causal import CausalSmoother, Floats, Look, Memory, require_positive


@dataclass(slots=True)
class _Memory(Memory):
    raw: Floats  # (2, n, k) latest measurement in px
    smooth: Floats  # (2, n, k) latest result in px
    velocity: Floats  # (2, n, k) body sizes per second
    trust: Floats  # (n, k) running mean of the score


class OneEuroSmoother(CausalSmoother[_Memory]):
    """Steadier keypoints by the One Euro filter (Casiez, Roussel, Vogel, CHI 2012).

    A first-order low-pass whose cutoff frequency rises with speed, ``cutoff = min_cutoff + beta * |velocity|``, the
    velocity itself low-passed at ``d_cutoff``. Speed is measured in body sizes (longer side of the box) per second, as
    MediaPipe does, so that the strength depends neither on how near a person is nor on the resolution, and it is the
    speed of the point, not of each coordinate, so that the result does not depend on the direction. The low-pass is
    discretised exactly, ``alpha = 1 - exp(-2 pi cutoff dt)``, with the time that passed since that joint's previous
    measurement, so that the frame rate does not matter either. A joint whose score falls below its own average moves
    less. For missing joints, absences and seeks see `CausalSmoother`.

    Parameters
    ----------
    min_cutoff
        Cutoff in Hz of a joint at rest: lower is steadier.
    beta
        Rise of the cutoff in Hz per body size per second: higher lags less.
    d_cutoff
        Cutoff in Hz of the velocity.
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
        min_cutoff: float = 1.0,
        beta: float = 40.0,
        d_cutoff: float = 1.0,
        keypoint_score: float = 0.1,
        gap_seconds: float = 0.5,
    ) -> None:
        require_positive(min_cutoff=min_cutoff, d_cutoff=d_cutoff)
        if not beta >= 0:
            raise SettingsError(f"beta: expected at least 0, got {beta}")
        self._min_cutoff = min_cutoff
        self._beta = beta
        self._d_cutoff = d_cutoff
        super().__init__(keypoint_score=keypoint_score, gap_seconds=gap_seconds)

    def _unknown(self, ids: NDArray[np.int64], k: int) -> _Memory:
        n = len(ids)
        joints, points = np.full((n, k), np.nan), np.full((2, n, k), np.nan)
        return _Memory(ids, np.full((n, 1), np.nan), joints, points, points, np.zeros((2, n, k)), joints)

    def _advance(self, past: _Memory, look: Look) -> Floats:
        good, known = look.good, look.known
        dt = np.where(known, look.elapsed, 0.0)
        rate = np.divide(1.0, dt, out=np.zeros_like(dt), where=dt > 0)
        step = np.where(known, look.measured - past.raw, 0.0) / past.size
        gain = _gain(self._d_cutoff, dt)
        velocity = past.velocity + gain * (step * rate - past.velocity)
        trust = np.where(known, past.trust, look.scores)
        doubt = np.minimum(look.scores / np.maximum(trust, 1e-6), 1.0)
        cutoff = (self._min_cutoff + self._beta * np.hypot(*velocity)) * doubt
        alpha = np.where(known, _gain(cutoff, dt), 1.0)
        start = np.where(known, past.smooth, look.measured)
        smooth = start + alpha * (look.measured - start)

        past.velocity = np.where(known, velocity, np.where(good, 0.0, past.velocity))
        past.trust = np.where(good, trust + gain * (look.scores - trust), past.trust)
        past.smooth = np.where(good, smooth, past.smooth)
        past.raw = np.where(good, look.measured, past.raw)
        return smooth


def _gain(cutoff: Floats | float, dt: Floats) -> Floats:
    """Share of the way a first-order low-pass of `cutoff` Hz goes towards a constant input in `dt` seconds."""
    return np.asarray(-np.expm1(-2 * pi * cutoff * dt))
