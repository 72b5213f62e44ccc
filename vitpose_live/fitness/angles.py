"""Joint angles by the joints' names: a table of rows, measured in the picture for everybody at once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Poses
from vitpose_live.data.checks import frozen_array, same_length, unit_scores
from vitpose_live.errors import InvalidArrayError

THRESHOLD = 0.3
"""Joints that score less are taken for not visible."""

Point = tuple[str, ...]
"""A keypoint by its name, or the mean of several; `UP` is none of them."""
UP: Point = ()
"""Straight up in the picture from the angle's corner."""


class AngleKind(StrEnum):
    """How the size of an angle is told."""

    INCLUDED = "included"
    """Between the two limbs, 0..180: a straight joint has 180."""
    FLEXION = "flexion"
    """180 less the included angle: a straight joint has 0."""


@dataclass(frozen=True, slots=True)
class JointAngle:
    """One angle: its corner, and where its two sides lead.

    Parameters
    ----------
    name
        What it is called, ``left_`` and ``right_`` being the person's own.
    first, at, last
        The angle is at `at`, between the directions of `first` and of `last`.
    kind
        How its size is told.
    """

    name: str
    first: Point
    at: Point
    last: Point
    kind: AngleKind = AngleKind.INCLUDED

    @property
    def keypoints(self) -> frozenset[str]:
        """Names of the keypoints that it takes."""
        return frozenset((*self.first, *self.at, *self.last))


_LIMBS = (
    ("knee", "hip", "knee", "ankle"),
    ("hip", "shoulder", "hip", "knee"),
    ("elbow", "shoulder", "elbow", "wrist"),
    ("shoulder", "elbow", "shoulder", "hip"),
    ("ankle", "knee", "ankle", "big_toe"),
    ("ankle", "knee", "ankle", "foot_index"),
)
ANGLES: tuple[JointAngle, ...] = (
    *(
        JointAngle(f"{side}_{name}", (f"{side}_{first}",), (f"{side}_{at}",), (f"{side}_{last}",))
        for name, first, at, last in _LIMBS
        for side in ("left", "right")
    ),
    JointAngle("trunk_lean", UP, ("left_hip", "right_hip"), ("left_shoulder", "right_shoulder")),
)
"""All as included angles.

Knees, hips and elbows have 180 when straight, shoulders 0 with the arm hanging and 180 with it overhead, ankles about
110 on standing; the trunk has 0 upright, 90 lying and 180 upside down, whichever way it leans. Where a name is there
twice, the first row counts for which a skeleton has the keypoints.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Angles:
    """The angles of n people in one frame.

    Parameters
    ----------
    table
        What each of the a columns is.
    degrees
        (n, a) float32, 0..180; NaN where a joint is missing or scores too little, or a limb has no length.
    scores
        (n, a) float32, 0..1: the least score of the joints that it rests on, also where `degrees` is NaN.
    corners
        (n, a, 3, 2) float32, x, y in pixels of `first`, `at` and `last`; NaN where missing. For `UP` a point as far
        above the corner as the other side is long.
    track_ids
        (n,) int64: whose each row is.
    """

    table: tuple[JointAngle, ...]
    degrees: NDArray[np.float32]
    scores: NDArray[np.float32]
    corners: NDArray[np.float32]
    track_ids: NDArray[np.int64]

    def __post_init__(self) -> None:
        a = len(self.table)
        degrees = frozen_array("degrees", self.degrees, ("n", a), np.float32)
        if ((degrees < 0) | (degrees > 180)).any():
            raise InvalidArrayError("degrees: expected 0..180, or NaN")
        object.__setattr__(self, "degrees", degrees)
        object.__setattr__(self, "scores", unit_scores("scores", self.scores, ("n", a)))
        object.__setattr__(self, "corners", frozen_array("corners", self.corners, ("n", a, 3, 2), np.float32))
        object.__setattr__(self, "track_ids", frozen_array("track_ids", self.track_ids, ("n",), np.int64))
        same_length("Angles", degrees=degrees, scores=self.scores, corners=self.corners, track_ids=self.track_ids)

    def __len__(self) -> int:
        return len(self.degrees)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the a columns."""
        return tuple(row.name for row in self.table)


def measure(poses: Poses, table: tuple[JointAngle, ...] = ANGLES, *, threshold: float = THRESHOLD) -> Angles:
    r"""Measure the angles of `table` that the skeleton of `poses` has the keypoints for.

    With the directions :math:`u` and :math:`v` from the corner along the two sides, the included angle is

    .. math:: \operatorname{atan2}(|u_x v_y - u_y v_x|,\; u_x v_x + u_y v_y)

    which is as exact near 0 and 180 degrees as anywhere, where the arc cosine is not. Pixels are taken as square. What
    is measured is the angle in the picture: limbs that point at the camera look bent or straight when they are not.

    Parameters
    ----------
    poses
        The people, in pixels.
    table
        What to measure.
    threshold
        Least score of a joint, 0..1.

    Returns
    -------
    A row per person, a column per angle that can be measured on this skeleton, in the order of `table`.
    """
    rows, points, vertical = _resolved(table, poses.skeleton.keypoints)
    joints = poses.keypoints.astype(np.float64)[:, points].mean(axis=3)
    # the vertical has no keypoints of its own, so those of the corner stand for it
    scores = poses.scores[:, points].min(axis=(2, 3))
    at, last = joints[:, :, 1], joints[:, :, 2]
    length = np.hypot(*np.moveaxis(last - at, 2, 0))
    joints[:, vertical, 0] = at[:, vertical] - length[:, vertical, None] * (0, 1)
    u, v = joints[:, :, 0] - at, last - at
    cross = u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]
    dot = (u * v).sum(axis=2)
    included = np.degrees(np.arctan2(np.abs(cross), dot))
    flexed = np.array([row.kind is AngleKind.FLEXION for row in rows], np.bool_)
    degrees = np.where(flexed, 180 - included, included)
    measurable = (scores >= threshold) & (u.any(axis=2) & v.any(axis=2))
    return Angles(
        table=rows,
        degrees=np.where(measurable, degrees, np.nan).astype(np.float32),
        scores=scores,
        corners=joints.astype(np.float32),
        track_ids=poses.track_ids,
    )


@lru_cache(maxsize=64)
def _resolved(
    table: tuple[JointAngle, ...], keypoints: tuple[str, ...]
) -> tuple[tuple[JointAngle, ...], NDArray[np.intp], NDArray[np.bool_]]:
    """Return the rows for which all `keypoints` are there, (a, 3, m) indices to take the mean of, and (a,) verticals.

    Points of fewer than m keypoints repeat theirs, which leaves their mean as it is because m is a multiple.
    """
    places = {name: place for place, name in enumerate(keypoints)}
    rows: dict[str, JointAngle] = {}
    for row in table:
        if row.keypoints <= places.keys():
            rows.setdefault(row.name, row)
    sizes = {len(point) for row in rows.values() for point in (row.first, row.at, row.last) if point}
    m = int(np.lcm.reduce(list(sizes))) if sizes else 1
    points = np.zeros((len(rows), 3, m), np.intp)
    for number, row in enumerate(rows.values()):
        for corner, point in enumerate((row.first or row.at, row.at, row.last)):
            points[number, corner] = [places[name] for name in point] * (m // len(point))
    vertical = np.array([row.first == UP for row in rows.values()], np.bool_)
    return tuple(rows.values()), points, vertical
