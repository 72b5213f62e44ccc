"""The people of a result as rows of a table, the same for every format."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import FrameResult, Poses, Skeleton
from vitpose_live.errors import InvalidArrayError

FIXED_COLUMNS = ("frame", "time_s", "track_id", "box_x1", "box_y1", "box_x2", "box_y2", "box_score")


def column_names(skeleton: Skeleton, *, raw: bool = False) -> list[str]:
    """Return the table's columns: the fixed ones, then x, y and score of each keypoint in skeleton order.

    With `raw` the same of the keypoints before smoothing follow.
    """
    kinds = ("", "_raw") if raw else ("",)
    keypoints = [
        f"{keypoint}_{part}{kind}" for kind in kinds for keypoint in skeleton.keypoints for part in ("x", "y", "score")
    ]
    return [*FIXED_COLUMNS, *keypoints]


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """The people of one frame.

    Parameters
    ----------
    ids
        (n,) int64 track ids.
    boxes
        (n, 5) float32: x1, y1, x2, y2 in pixels and the score; the score is NaN for a pose without a track.
    keypoints
        (n, k, 3) float32: x, y in pixels and the score; NaN, NaN, 0 where missing.
    raw
        The same before smoothing; (n, 0, 3) in a table without.
    """

    ids: NDArray[np.int64]
    boxes: NDArray[np.float32]
    keypoints: NDArray[np.float32]
    raw: NDArray[np.float32]

    @property
    def flat(self) -> NDArray[np.float32]:
        """All but the ids as (n, c), in the order of the columns."""
        n, joints = len(self.ids), self.keypoints.shape[1] + self.raw.shape[1]
        return np.concatenate(
            [self.boxes, np.concatenate([self.keypoints, self.raw], axis=1).reshape(n, joints * 3)], axis=1
        )


def people_of(result: FrameResult, skeleton: Skeleton, *, raw: bool = False) -> People:
    """Return one row per person: the tracks in their order, then poses that belong to no track.

    With `raw`, what was not smoothed is the same before.

    Raises
    ------
    InvalidArrayError
        When the poses have another skeleton than the table.
    """
    tracks, poses = result.tracks, result.poses
    if poses.skeleton.keypoints != skeleton.keypoints:
        raise InvalidArrayError(
            f"poses: expected the keypoints of skeleton {skeleton.name}, got those of {poses.skeleton.name}"
        )
    untracked = ~np.isin(poses.track_ids, tracks.ids)
    ids = np.concatenate([tracks.ids, poses.track_ids[untracked]])
    known = np.concatenate([tracks.boxes, tracks.scores[:, None]], axis=1)
    unknown = np.concatenate([poses.boxes[untracked], np.full((untracked.sum(), 1), np.nan)], axis=1)
    unsmoothed = poses if result.raw is None else result.raw
    return People(
        ids,
        np.concatenate([known, unknown]).astype(np.float32),
        _keypoints(ids, poses),
        _keypoints(ids, unsmoothed) if raw else np.zeros((len(ids), 0, 3), np.float32),
    )


def _keypoints(ids: NDArray[np.int64], poses: Poses) -> NDArray[np.float32]:
    """(n, k, 3) x, y, score of the people called `ids` (n,), as far as they have a pose."""
    keypoints = np.full((len(ids), len(poses.skeleton), 3), (np.nan, np.nan, 0), np.float32)
    for row, track_id in enumerate(poses.track_ids):
        place = np.flatnonzero(ids == track_id)
        keypoints[place, :, :2] = poses.keypoints[row]
        keypoints[place, :, 2] = poses.scores[row]
    return keypoints
