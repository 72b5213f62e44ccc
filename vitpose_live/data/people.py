"""People in one frame, as detected, tracked and posed.

All are struct-of-arrays with one row per person; nobody is shape ``(0, ...)``, never None. Boxes are
x1, y1, x2, y2 and keypoints x, y, in pixels of the upright frame; a missing keypoint is NaN with score 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data.checks import boxes_xyxy, frozen_array, same_length, unit_scores
from vitpose_live.data.skeleton import Skeleton
from vitpose_live.errors import InvalidArrayError


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Person boxes found by a detector in one frame.

    Parameters
    ----------
    boxes
        (n, 4) float32, x1, y1, x2, y2 in pixels.
    scores
        (n,) float32, 0..1.
    """

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]

    def __post_init__(self) -> None:
        object.__setattr__(self, "boxes", boxes_xyxy("boxes", self.boxes))
        object.__setattr__(self, "scores", unit_scores("scores", self.scores, ("n",)))
        same_length("Detections", boxes=self.boxes, scores=self.scores)

    def __len__(self) -> int:
        return len(self.boxes)

    @classmethod
    def empty(cls) -> Detections:
        """Nobody there."""
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """People followed through time, as they stand in one frame.

    Parameters
    ----------
    boxes
        (n, 4) float32, x1, y1, x2, y2 in pixels.
    ids
        (n,) int64, unique; one that a tracker still believes in after `correct` is never given to anybody else.
    observed
        (n,) bool; False where the box is predicted or carried by the pose, not seen by the detector now.
    scores
        (n,) float32, 0..1: the detector's score when it last saw the person; 1 when not given.
    """

    boxes: NDArray[np.float32]
    ids: NDArray[np.int64]
    observed: NDArray[np.bool_]
    scores: NDArray[np.float32] = field(default=None)  # type: ignore[arg-type]  # filled in below

    def __post_init__(self) -> None:
        object.__setattr__(self, "boxes", boxes_xyxy("boxes", self.boxes))
        object.__setattr__(self, "ids", _unique_ids("ids", self.ids))
        object.__setattr__(self, "observed", frozen_array("observed", self.observed, ("n",), np.bool_))
        scores = np.ones(len(self.boxes), np.float32) if self.scores is None else self.scores
        object.__setattr__(self, "scores", unit_scores("scores", scores, ("n",)))
        same_length("Tracks", boxes=self.boxes, ids=self.ids, observed=self.observed, scores=self.scores)

    def __len__(self) -> int:
        return len(self.boxes)

    @classmethod
    def empty(cls) -> Tracks:
        """Nobody there."""
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.int64), np.zeros(0, np.bool_))

    @classmethod
    def trusted(
        cls,
        boxes: NDArray[np.float32],
        ids: NDArray[np.int64],
        observed: NDArray[np.bool_],
        scores: NDArray[np.float32],
    ) -> Tracks:
        """Build from arrays that are right and nobody else's, unchecked: checks take as long as tracking a few."""
        tracks = object.__new__(cls)
        for name, value in (("boxes", boxes), ("ids", ids), ("observed", observed), ("scores", scores)):
            value.flags.writeable = False
            object.__setattr__(tracks, name, value)
        return tracks

    def select(self, chosen: NDArray[np.bool_]) -> Tracks:
        """Return the rows where `chosen` (n,) is True."""
        return _rows(self, chosen)


@dataclass(frozen=True, slots=True, eq=False)
class Poses:
    """Keypoints of the people in one frame.

    Parameters
    ----------
    keypoints
        (n, k, 2) float32, x, y in pixels; NaN where missing.
    scores
        (n, k) float32, 0..1; 0 where missing.
    track_ids
        (n,) int64, unique: the track each row belongs to.
    boxes
        (n, 4) float32, x1, y1, x2, y2 in pixels: the box each pose was estimated in.
    skeleton
        Names and order of the k keypoints.
    """

    keypoints: NDArray[np.float32]
    scores: NDArray[np.float32]
    track_ids: NDArray[np.int64]
    boxes: NDArray[np.float32]
    skeleton: Skeleton

    def __post_init__(self) -> None:
        k = len(self.skeleton.keypoints)
        keypoints = frozen_array("keypoints", self.keypoints, ("n", k, 2), np.float32)
        scores = unit_scores("scores", self.scores, ("n", k))
        object.__setattr__(self, "keypoints", keypoints)
        object.__setattr__(self, "scores", scores)
        object.__setattr__(self, "track_ids", _unique_ids("track_ids", self.track_ids))
        object.__setattr__(self, "boxes", boxes_xyxy("boxes", self.boxes))
        same_length("Poses", keypoints=keypoints, scores=scores, track_ids=self.track_ids, boxes=self.boxes)
        _finite_unless_missing(keypoints, scores)

    def __len__(self) -> int:
        return len(self.keypoints)

    @classmethod
    def empty(cls, skeleton: Skeleton) -> Poses:
        """Nobody there."""
        k = len(skeleton.keypoints)
        return cls(
            np.zeros((0, k, 2), np.float32),
            np.zeros((0, k), np.float32),
            np.zeros(0, np.int64),
            np.zeros((0, 4), np.float32),
            skeleton,
        )

    def select(self, chosen: NDArray[np.bool_]) -> Poses:
        """Return the rows where `chosen` (n,) is True."""
        return _rows(self, chosen)

    def with_keypoints(self, keypoints: NDArray[np.float32]) -> Poses:
        """Return the same people with other `keypoints` (n, k, 2); the rest is not checked again."""
        keypoints = frozen_array("keypoints", keypoints, self.keypoints.shape, np.float32)
        _finite_unless_missing(keypoints, self.scores)
        return _unchecked(self, lambda name, value: keypoints if name == "keypoints" else value)

    def mean_scores(self, threshold: float = 0.2) -> NDArray[np.float32]:
        """Mean score of each person's keypoints above `threshold`, 0 where none is.

        Times the box score, this ranks people as top-down COCO evaluation does.

        Returns
        -------
        (n,) float32
        """
        good = self.scores > threshold
        total = np.where(good, self.scores, 0).sum(axis=1)
        return np.asarray(total / np.maximum(good.sum(axis=1), 1), np.float32)


P = TypeVar("P", Tracks, Poses)


def _rows(people: P, chosen: NDArray[np.bool_]) -> P:
    """Return those of `people` where `chosen` (n,) is True."""

    def pick(_: str, value: Any) -> Any:
        if isinstance(value, np.ndarray):
            value = value[chosen]
            value.flags.writeable = False
        return value

    return _unchecked(people, pick)


def _unchecked(people: P, change: Callable[[str, Any], Any]) -> P:
    """Return a copy whose fields `change` has made of the old ones, by name; what was checked once is not again."""
    changed: P = object.__new__(type(people))
    for name in people.__slots__:
        object.__setattr__(changed, name, change(name, getattr(people, name)))
    return changed


def _finite_unless_missing(keypoints: NDArray[np.float32], scores: NDArray[np.float32]) -> None:
    if np.isfinite(keypoints).all():
        return
    if np.isinf(keypoints).any() or (scores[np.isnan(keypoints).any(axis=2)] > 0).any():
        raise InvalidArrayError(
            "keypoints: expected finite x, y, or NaN with score 0", hint="a missing keypoint is NaN with score 0"
        )


def _unique_ids(name: str, value: object) -> NDArray[np.int64]:
    ids: NDArray[np.int64] = frozen_array(name, value, ("n",), np.int64)
    if len(set(ids.tolist())) != len(ids):  # for a handful ten times faster than numpy.unique
        raise InvalidArrayError(f"{name}: expected a different id per person, got {ids.tolist()}")
    return ids
