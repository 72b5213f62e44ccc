"""The person box that a skeleton implies, once it has been seen how this person's box and skeleton relate.

The tight box around the joints is not a person's box (no scalp, no shoes, no flesh), so the margin on each side, in
units of the joints' larger extent, is averaged over the frames that have both a detection and a pose. A joint that
was there while learning and is hidden now is put where it last was within the box: the box does not jump when an
ankle goes out of sight. A joint that appears counts only from the next detection on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

REMEMBER_SECONDS = 1.0
"""A joint hidden for longer than this no longer takes part."""

LEAST_JOINTS = 4
LEAST_SHARE = 0.3
"""A skeleton with fewer trusted joints, or a smaller share of them, says nothing about the box."""

SLOWEST = 0.1
"""Weight of the newest frame in the average once many have been seen."""


@dataclass(slots=True)
class Build:
    """How one person's box and joints relate.

    Parameters
    ----------
    where
        (k, 2) where the joints lie within the box, 0..1; NaN where never seen.
    seen
        (k,) seconds at which each was last trusted.
    margins
        (2, 2) how far the box reaches beyond the joints on its low and high side, in x and y.
    count
        Frames from which the margins were learned.
    """

    where: Floats
    seen: Floats
    margins: Floats
    count: int = 0

    @classmethod
    def unknown(cls, k: int) -> Build:
        """Nothing learned yet of the `k` joints."""
        return cls(np.full((k, 2), np.nan), np.full(k, -np.inf), np.zeros((2, 2)))


def usable(good: Flags) -> Flags:
    """(n,) whether each of the skeletons with trusted joints `good` (n, k) is fit to measure a box."""
    count = good.sum(axis=-1)
    return np.asarray((count >= LEAST_JOINTS) & (count >= LEAST_SHARE * good.shape[-1]))


def learn(builds: Sequence[Build], points: Floats, good: Flags, boxes: Floats, time: float) -> None:
    """Take in that `boxes` (n, 4) were detected while the joints `good` (n, k) were at `points` (n, k, 2), px."""
    where, seen = _place(builds, points, good, boxes, time)
    low, high = _edges(points, good, time - seen <= REMEMBER_SECONDS, where, boxes)
    extent = np.maximum((high - low).max(axis=1), 1.0)[:, None, None]
    margins = np.stack([low - boxes[:, :2], boxes[:, 2:] - high], axis=1) / extent
    for row, build in enumerate(builds):
        build.count += 1
        build.margins += max(1.0 / build.count, SLOWEST) * (margins[row] - build.margins)


def measure(
    builds: Sequence[Build], points: Floats, good: Flags, predicted: Floats, time: float
) -> tuple[Floats, Flags]:
    """Boxes that the joints imply.

    Parameters
    ----------
    builds
        What is known of the n people.
    points, good
        (n, k, 2) joints in px and (n, k) which of them to trust.
    predicted
        (n, 4) boxes, xyxy px, in which the hidden joints are imagined.

    Returns
    -------
    boxes
        (n, 4) xyxy px.
    valid
        (n,) False while nothing has been learned of somebody or too few of the learned joints are in sight.
    """
    where, seen = np.array([build.where for build in builds]), np.array([build.seen for build in builds])
    margins = np.array([build.margins for build in builds])
    known = time - seen <= REMEMBER_SECONDS
    valid = (known & good).sum(axis=1) >= LEAST_JOINTS
    low, high = _edges(points, good, known, where, predicted)
    extent = np.maximum((high - low).max(axis=1), 1.0)[:, None]
    boxes = np.concatenate([low - margins[:, 0] * extent, high + margins[:, 1] * extent], axis=1)
    valid &= (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    _place(builds, points, good & known & valid[:, None], boxes, time)
    return boxes, valid


def _place(builds: Sequence[Build], points: Floats, good: Flags, boxes: Floats, time: float) -> tuple[Floats, Floats]:
    """Remember where the `good` joints lie in `boxes`; return where (n, k, 2) all do and when (n, k) they were seen."""
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 1.0)
    now = (points - boxes[:, None, :2]) / sides[:, None]
    where = np.where(good[..., None], now, np.array([build.where for build in builds]))
    seen = np.where(good, time, np.array([build.seen for build in builds]))
    for build, its_where, its_seen in zip(builds, where, seen, strict=True):
        build.where, build.seen = its_where, its_seen
    return where, seen


def _edges(points: Floats, good: Flags, known: Flags, where: Floats, boxes: Floats) -> tuple[Floats, Floats]:
    """(n, 2) lower and upper corners of the known joints; the hidden ones are where they were within `boxes`."""
    imagined = boxes[:, None, :2] + where * (boxes[:, 2:] - boxes[:, :2])[:, None]
    placed = np.where(good[..., None], points, imagined)
    low = np.where(known[..., None], placed, np.inf).min(axis=1)
    high = np.where(known[..., None], placed, -np.inf).max(axis=1)
    # nobody's joints are known: any finite corner will do, the box is not valid
    empty = ~known.any(axis=1)
    low[empty] = high[empty] = 0.0
    return low, high
