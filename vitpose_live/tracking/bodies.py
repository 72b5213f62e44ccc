"""The people of one frame and the joints that the pose network found of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Poses, Skeleton
from vitpose_live.tracking.geometry import areas, grow, touching
from vitpose_live.tracking.pose_box import LEAST_JOINTS, LEAST_SHARE
from vitpose_live.tracking.track import Track

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]

CROP = 0.25
"""The pose network sees this much beyond the box, as a share of its sides."""

PLAIN_SIGMA = 0.08
"""OKS deviation of every joint of a skeleton that publishes none."""


@dataclass(frozen=True, eq=False)  # without slots: what is asked several times is kept
class Bodies:
    """n people with k joints each.

    Parameters
    ----------
    tracks
        Who they are.
    points, scores
        (2, n, k) x, y of the joints in px and (n, k).
    good
        (n, k) which joints to trust.
    boxes
        (n, 4) xyxy px, in which they were looked for.
    skeleton
        What the joints are.
    """

    tracks: list[Track]
    points: Floats
    scores: Floats
    good: Flags
    boxes: Floats
    skeleton: Skeleton

    @classmethod
    def of(cls, poses: Poses, emitted: Mapping[int, Track], keypoint_score: float) -> tuple[Self, list[int]]:
        """Return those of `poses` who are `emitted`, oldest first, and their rows.

        Joints scored above `keypoint_score` are good.
        """
        ids = poses.track_ids.tolist()
        rows = [row for row, identity in enumerate(ids) if identity in emitted]
        rows.sort(key=ids.__getitem__)
        points, boxes = poses.keypoints.transpose(2, 0, 1), poses.boxes.T
        scores = poses.scores
        if rows != list(range(len(ids))):
            points, boxes, scores = points.take(rows, axis=1), boxes.take(rows, axis=1), scores.take(rows, axis=0)
        bodies = cls(
            [emitted[ids[row]] for row in rows],
            points.astype(np.float64, order="C"),
            scores.astype(np.float64),
            scores > keypoint_score,  # never of a missing one: it has no score
            boxes.astype(np.float64, order="C").T,
            poses.skeleton,
        )
        return bodies, rows

    @cached_property
    def count(self) -> Indices:
        """(n,) how many of their joints to trust."""
        return np.asarray(np.add.reduce(self.good, axis=1, dtype=np.intp))

    @cached_property
    def scale(self) -> Floats:
        """(n,) roots of the areas of their boxes."""
        return np.asarray(np.sqrt(areas(self.boxes)))

    @cached_property
    def neighbours(self) -> Indices:
        """(2, p) rows of those whose crops overlap, the lower row first: nobody else can have joints in common."""
        return touching(grow(self.boxes, CROP))

    @property
    def least(self) -> float:
        """How many joints to trust make a skeleton fit to measure a box."""
        return max(LEAST_JOINTS, LEAST_SHARE * len(self.skeleton))

    @property
    def sigmas(self) -> Floats:
        """(k,) OKS deviations of the joints."""
        published = self.skeleton.sigmas.astype(np.float64)
        return published if len(published) else np.full(len(self.skeleton), PLAIN_SIGMA)

    @property
    def mirror(self) -> tuple[Indices, Flags]:
        """(2, k) every joint, and below it the one on the other side of the body; and where these two differ."""
        return _mirror(self.skeleton)

    def without(self, joints: Flags) -> Self:
        """Return them without trust in the `joints` (n, k)."""
        return replace(self, good=self.good & ~joints)


@lru_cache(maxsize=8)
def _mirror(skeleton: Skeleton) -> tuple[Indices, Flags]:
    joints = np.array([np.arange(len(skeleton)), skeleton.mirror_order])
    return joints, joints != joints[0]
