"""Skeletons that do not shake: a causal One Euro filter on every joint."""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import inf, pi

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Poses, Skeleton
from vitpose_live.errors import SettingsError

Floats = NDArray[np.float64]

SHRINK = 0.1
"""Per second: how fast the body size follows a box that gets smaller; one that grows it follows at once."""


@dataclass(slots=True)
class _State:
    """What is remembered of n people with k joints; NaN where a joint has not been seen."""

    ids: NDArray[np.int64]  # (n,)
    size: Floats  # (n,) body size in px
    raw: Floats  # (n, k, 2) latest measurement
    smooth: Floats  # (n, k, 2) latest result
    velocity: Floats  # (n, k, 2) body sizes per second
    time: Floats  # (n, k) when each joint was last measured
    trust: Floats  # (n, k) running mean of the score

    @classmethod
    def unknown(cls, ids: NDArray[np.int64], k: int) -> _State:
        n = len(ids)
        points = np.full((n, k, 2), np.nan)
        joints = np.full((n, k), np.nan)
        return cls(ids, np.full(n, np.nan), points, points.copy(), np.zeros((n, k, 2)), joints, joints.copy())

    def take(self, rows: NDArray[np.intp]) -> _State:
        return _State(*(getattr(self, entry.name)[rows] for entry in fields(self)))

    def join(self, other: _State) -> _State:
        return _State(*(np.concatenate([getattr(self, e.name), getattr(other, e.name)]) for e in fields(self)))


class KeypointSmoother:
    """Steady keypoints from noisy ones, frame by frame, with little lag when they really move.

    The One Euro filter (Casiez, Roussel, Vogel, CHI 2012): a first-order low-pass whose cutoff frequency rises with
    speed, ``cutoff = min_cutoff + beta * |velocity|``, the velocity itself low-passed at ``d_cutoff``. Speed is
    measured in body sizes (longer side of the box) per second, as MediaPipe does (its pose landmarks use 0.1, 40, 1;
    1 Hz at rest measures no worse on still joints and better on slow ones), so that the strength depends neither on
    how near a person is nor on the resolution, and it is the speed of the point, not of each coordinate, so that the
    result does not depend on the direction. The low-pass is discretised exactly, ``alpha = 1 - exp(-2 pi cutoff
    dt)``, with the time that passed since that joint's previous measurement, so that the frame rate does not matter
    either.

    A joint that is missing stays missing, and a joint whose score is too low is passed through as it is; neither
    touches what is remembered of it. A joint whose score falls below its own average moves less. A joint absent for
    longer than `gap_seconds` starts anew, and its first measurement passes unchanged. People are told apart by
    `Poses.track_ids` and forgotten after the same absence. Time running backwards (a seek) and another skeleton
    forget everybody.

    Parameters
    ----------
    min_cutoff
        Cutoff in Hz of a joint at rest: lower is steadier.
    beta
        Rise of the cutoff in Hz per body size per second: higher lags less.
    d_cutoff
        Cutoff in Hz of the velocity.
    keypoint_score
        Joints scored below it are passed through.
    gap_seconds
        Absence after which a joint starts anew.

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
        for name, value, most in (
            ("min_cutoff", min_cutoff, inf),
            ("d_cutoff", d_cutoff, inf),
            ("gap_seconds", gap_seconds, inf),
            ("beta", beta, inf),
            ("keypoint_score", keypoint_score, 1.0),
        ):
            positive = name not in ("beta", "keypoint_score")
            if not (0 < value <= most or (value == 0 and not positive)):
                expected = "more than 0" if positive else f"0 to {most:g}"
                raise SettingsError(f"{name}: expected {expected}, got {value}")
        self._min_cutoff = min_cutoff
        self._beta = beta
        self._d_cutoff = d_cutoff
        self._keypoint_score = keypoint_score
        self._gap = gap_seconds
        self.reset()

    def reset(self) -> None:
        """Forget the past."""
        self._state: _State | None = None
        self._skeleton: Skeleton | None = None
        self._time = -inf

    def smooth(self, poses: Poses, time: float) -> Poses:
        """Return `poses` at `time` seconds with steadier keypoints; same rows, scores and boxes.

        Repeating a time returns the previous result for the joints that were good then.
        """
        if time < self._time or poses.skeleton != self._skeleton:
            self.reset()
        self._time, self._skeleton = time, poses.skeleton
        past, others = self._recall(poses, time)
        keypoints = self._filter(poses, time, past)
        self._state = past if others is None else past.join(others)
        return Poses(keypoints.astype(np.float32), poses.scores, poses.track_ids, poses.boxes, poses.skeleton)

    def _recall(self, poses: Poses, time: float) -> tuple[_State, _State | None]:
        """State of the people in `poses`, row by row, and of those who are absent but not yet forgotten."""
        k = len(poses.skeleton)
        state = self._state
        if state is None:
            return _State.unknown(poses.track_ids, k), None
        rows = {int(identity): row for row, identity in enumerate(state.ids)}
        wanted = [rows.pop(int(identity), -1) for identity in poses.track_ids]
        index = np.array(wanted, np.intp)
        # row -1 of the widened state is a person nobody has seen
        past = state.join(_State.unknown(np.zeros(1, np.int64), k)).take(index)
        past.ids = poses.track_ids
        absent = np.array(list(rows.values()), np.intp)
        if not len(absent):
            return past, None
        recent = time - np.fmax.reduce(state.time[absent], axis=1, initial=-inf) <= self._gap
        return past, state.take(absent[recent])

    def _filter(self, poses: Poses, time: float, past: _State) -> NDArray[np.float64]:
        """Advance `past` in place by one measurement; return (n, k, 2) keypoints."""
        measured = poses.keypoints.astype(np.float64)
        scores = poses.scores.astype(np.float64)
        elapsed = time - past.time
        good = np.isfinite(measured).all(-1) & (scores >= self._keypoint_score) & (scores > 0)
        known = good & (elapsed <= self._gap)  # False for a joint not yet seen: its elapsed time is NaN
        fresh = good & ~known

        sides = poses.boxes[:, 2:] - poses.boxes[:, :2]
        size = np.maximum(sides.max(axis=1), 1.0).astype(np.float64)
        since = time - np.fmax.reduce(past.time, axis=1)  # NaN for a person nobody has seen, as is their size
        past.size = np.fmax(past.size * np.exp(-SHRINK * since), size)  # a squat makes nobody smaller

        dt = np.where(known, elapsed, 0.0)
        rate = np.divide(1.0, dt, out=np.zeros_like(dt), where=dt > 0)
        step = np.where(known[..., None], measured - past.raw, 0.0) / past.size[:, None, None]
        gain = _gain(self._d_cutoff, dt)[..., None]
        velocity = past.velocity + gain * (step * rate[..., None] - past.velocity)
        trust = np.where(known, past.trust, scores)
        doubt = np.minimum(scores / np.maximum(trust, 1e-6), 1.0)
        cutoff = (self._min_cutoff + self._beta * np.hypot(velocity[..., 0], velocity[..., 1])) * doubt
        alpha = np.where(fresh, 1.0, _gain(cutoff, dt))[..., None]
        start = np.where(known[..., None], past.smooth, measured)
        smooth = start + alpha * (measured - start)

        past.velocity = np.where(known[..., None], velocity, np.where(fresh[..., None], 0.0, past.velocity))
        past.trust = np.where(
            known, trust + _gain(self._d_cutoff, dt) * (scores - trust), np.where(fresh, scores, past.trust)
        )
        past.smooth = np.where(good[..., None], smooth, past.smooth)
        past.raw = np.where(good[..., None], measured, past.raw)
        past.time = np.where(good, time, past.time)
        return np.where(good[..., None], smooth, measured)


def _gain(cutoff: Floats | float, dt: Floats) -> Floats:
    """Share of the way a first-order low-pass of `cutoff` Hz goes towards a constant input in `dt` seconds."""
    return np.asarray(-np.expm1(-2 * pi * cutoff * dt))
