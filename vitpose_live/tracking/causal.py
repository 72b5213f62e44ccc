"""What smoothers that know only the past have in common: who is who, since when, and how large."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from math import exp, inf
from typing import Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Poses, Skeleton
from vitpose_live.errors import SettingsError

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SHRINK = 0.1
"""Per second: how fast the body size follows a box that gets smaller; one that grows it follows at once."""

LEAST_SCORE = 1e-3
"""A joint scored below it is missing, whatever else is set."""


@dataclass(slots=True)
class Memory:
    """What is remembered of n people with k joints, NaN where nothing is; all arrays end with the axes n, k or n, 1.

    Attributes
    ----------
    ids
        (n, 1)
    size
        (n, 1) body size in px: the longer side of the box, for a squat makes nobody smaller.
    seen
        (n, k) seconds when each joint was last measured.
    """

    ids: NDArray[np.int64]
    size: Floats
    seen: Floats

    def take(self, rows: NDArray[np.intp]) -> Self:
        """Return the people at `rows`."""
        return type(self)(*(getattr(self, entry.name)[..., rows, :] for entry in fields(self)))

    def join(self, other: Self) -> Self:
        """Return these people and then the `other`."""
        pairs = ((getattr(self, entry.name), getattr(other, entry.name)) for entry in fields(self))
        return type(self)(*(np.concatenate(pair, axis=-2) for pair in pairs))


@dataclass(frozen=True, slots=True)
class Look:
    """One frame as a filter sees it.

    Attributes
    ----------
    measured
        (2, n, k) x, y in px; NaN where not `good`.
    scores
        (n, k), above 0.
    elapsed
        (n, k) seconds since each joint was last measured; NaN for one never seen.
    good
        (n, k) joints that were measured.
    known
        (n, k) those of them that were measured not long ago; the other ones start anew.
    time
        Seconds.
    since
        Seconds since the previous frame; 0 when it is repeated, infinite when there is none.
    """

    measured: Floats
    scores: Floats
    elapsed: Floats
    good: Flags
    known: Flags
    time: float
    since: float


M = TypeVar("M", bound=Memory)


class CausalSmoother(ABC, Generic[M]):
    """Steadier keypoints, frame by frame.

    A joint that is missing stays missing, and a joint whose score is too low is passed through as it is; neither
    touches what is remembered of it. A joint absent for longer than `gap_seconds` starts anew, and its first
    measurement passes unchanged. People are told apart by `Poses.track_ids` and forgotten after the same absence. Time
    running backwards (a seek) and another skeleton forget everybody.

    Parameters
    ----------
    keypoint_score
        Joints scored below it are passed through.
    gap_seconds
        Absence after which a joint starts anew.

    Raises
    ------
    SettingsError
        When an option is out of range.
    """

    def __init__(self, *, keypoint_score: float, gap_seconds: float) -> None:
        if not 0 <= keypoint_score <= 1:
            raise SettingsError(f"keypoint_score: expected 0 to 1, got {keypoint_score}")
        require_positive(gap_seconds=gap_seconds)
        self._keypoint_score = max(keypoint_score, LEAST_SCORE)
        self._gap = gap_seconds
        self.reset()

    def reset(self) -> None:
        """Forget the past."""
        self._memory: M | None = None
        self._skeleton: Skeleton | None = None
        self._time = -inf

    def smooth(self, poses: Poses, time: float) -> Poses:
        """Return `poses` at `time` seconds with steadier keypoints; same rows, scores and boxes.

        Repeating a time returns the previous result for the joints that were good then.
        """
        if time < self._time or poses.skeleton != self._skeleton:
            self.reset()
        self._skeleton = poses.skeleton
        past, absent = self._recall(poses.track_ids[:, None], len(poses.skeleton), time)

        scores = np.maximum(poses.scores, LEAST_SCORE, dtype=np.float64)
        given = poses.keypoints.transpose(2, 0, 1).astype(np.float64, order="C")
        good = poses.scores >= self._keypoint_score
        elapsed = time - past.seen
        known = good & (elapsed <= self._gap)
        since = time - self._time
        sides = poses.boxes[:, 2:] - poses.boxes[:, :2]
        size = np.maximum(np.maximum(sides[:, :1], sides[:, 1:]), 1.0)
        past.size = np.fmax(past.size * exp(-SHRINK * since), size)
        result = self._advance(past, Look(np.where(good, given, np.nan), scores, elapsed, good, known, time, since))
        past.seen = np.where(good, time, past.seen)

        self._time = time
        self._memory = past if absent is None else past.join(absent)
        keypoints = np.where(good, result, given).transpose(1, 2, 0).astype(np.float32, order="C")
        return poses.with_keypoints(keypoints)

    @abstractmethod
    def _unknown(self, ids: NDArray[np.int64], k: int) -> M:
        """Return the memory of people, `ids` (n, 1), whom nobody has seen."""

    @abstractmethod
    def _advance(self, past: M, look: Look) -> Floats:
        """Change `past`, the memory of the people in `look`, by what is seen; return (2, n, k) x, y in px.

        Results for joints that are not good do not matter. The size in `past` is that of now.
        """

    def _recall(self, ids: NDArray[np.int64], k: int, time: float) -> tuple[M, M | None]:
        """Memory of the people called `ids` (n, 1), row by row, and of those who are absent but not yet forgotten."""
        memory = self._memory
        if memory is None:
            return self._unknown(ids, k), None
        if memory.ids.tobytes() == ids.tobytes():
            return memory, None
        rows = {identity: row for row, identity in enumerate(memory.ids[:, 0].tolist())}
        index = np.array([rows.pop(identity, -1) for identity in ids[:, 0].tolist()], np.intp)
        # row -1 of the widened memory is a person nobody has seen
        past = memory.join(self._unknown(np.zeros((1, 1), np.int64), k)).take(index)
        past.ids = ids
        absent = memory.take(np.array(list(rows.values()), np.intp))
        recent = time - np.fmax.reduce(absent.seen, axis=1, initial=-inf) <= self._gap
        return past, absent.take(np.flatnonzero(recent)) if recent.any() else None


def require_positive(**options: float) -> None:
    """Check that all `options` are above 0.

    Raises
    ------
    SettingsError
        Naming the first that is not.
    """
    for name, value in options.items():
        if not 0 < value < inf:
            raise SettingsError(f"{name}: expected more than 0, got {value}")
