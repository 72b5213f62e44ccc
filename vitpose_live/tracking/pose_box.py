"""The person box that a skeleton implies, once it has been seen how this person's box and skeleton relate.

The tight box around the joints is not a person's box (no scalp, no shoes, no flesh), so the margin on each side, in
units of the joints' larger extent, is averaged over the frames that have both a detection and a pose. A joint that
was there while learning and is hidden now is put where it last was within the box: the box does not jump when an
ankle goes out of sight. A joint that appears counts only from the next detection on. Of somebody of whom nothing is
known, or not any more, the joints in sight are all there is, with the margins that people usually have.
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

USUAL_MARGINS = np.array([[0.08, 0.08], [0.12, 0.06]])
"""How far a standing person's box reaches beyond the joints of the coco skeleton: arms' flesh, scalp, shoes."""

OUTWARDS = np.array([-1.0, 1.0])
"""Which way is out on the low and the high side."""


@dataclass(slots=True)
class Build:
    """How one person's box and joints relate; the arrays are replaced, never written into.

    Parameters
    ----------
    joints
        (3, k) where the joints lie within the box in x and y, 0..1, NaN where never seen; and the seconds at which each
        was last trusted.
    margins
        (2, 2) in x and y, how far the box reaches beyond the joints on its low and high side.
    count
        Frames from which the margins were learned.
    """

    joints: Floats
    margins: Floats
    count: int = 0

    @classmethod
    def unknown(cls, k: int) -> Build:
        """Nothing learned yet of the `k` joints."""
        return cls(np.repeat([[np.nan], [np.nan], [-np.inf]], k, axis=1), USUAL_MARGINS)


def learn(builds: Sequence[Build], points: Floats, good: Flags, boxes: Floats, time: float) -> None:
    """Take in that `boxes` (n, 4) were detected while the joints `good` (n, k) were at `points` (n, k, 2), px."""
    axes, corners = _by_axis(points), _by_axis(boxes.reshape(-1, 2, 2))
    joints = _joints(builds)
    _place(builds, joints, axes, good, corners, time)
    edges = _edges(axes, good, time - joints[2] <= REMEMBER_SECONDS, joints[:2], corners)
    seen = (corners - edges) * OUTWARDS / _extent(edges)[:, None]
    margins = np.array([build.margins for build in builds])
    weights = np.array([max(1.0 / (build.count + 1), SLOWEST) for build in builds])
    margins += weights[:, None, None] * (seen.swapaxes(0, 1) - margins)
    for build, its_margins in zip(builds, margins, strict=True):
        build.margins = its_margins
        build.count += 1


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
        (n,) False when too few joints are in sight.
    """
    joints, margins = _joints(builds), np.array([build.margins for build in builds])
    axes, corners = _by_axis(points), _by_axis(predicted.reshape(-1, 2, 2))
    known = time - joints[2] <= REMEMBER_SECONDS
    used = known & good
    count = used.sum(axis=1)
    strangers = count < LEAST_JOINTS
    if strangers.any():
        known[strangers] = used[strangers] = good[strangers]
        count = used.sum(axis=1)
    edges = _edges(axes, good, known, joints[:2], corners)
    corners = edges + OUTWARDS * margins.swapaxes(0, 1) * _extent(edges)[:, None]
    boxes = corners.transpose(1, 2, 0).reshape(-1, 4)
    valid: Flags = (count >= LEAST_JOINTS) & (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    used &= valid[:, None]
    _place(builds, joints, axes, used, corners, time)
    return boxes, valid


def _by_axis(points: Floats) -> Floats:
    """(2, n, k) of points (n, k, 2): x and y apart, which numpy is several times faster with."""
    return points.transpose(2, 0, 1).copy()


def _joints(builds: Sequence[Build]) -> Floats:
    """(3, n, k) of n builds: where their joints were in the boxes, in x and y, and when they were seen."""
    return np.array([build.joints for build in builds]).swapaxes(0, 1).copy()


def _extent(edges: Floats) -> Floats:
    """(n,) larger side in px, at least 1, of what lies between the `edges` (2, n, 2)."""
    extent: Floats = np.maximum((edges[..., 1] - edges[..., 0]).max(axis=0), 1.0)
    return extent


def _place(builds: Sequence[Build], joints: Floats, axes: Floats, good: Flags, corners: Floats, time: float) -> None:
    """Remember where the `good` joints lie in the boxes: in `joints`, which were those of the `builds` so far.

    `axes` (2, n, k) and `corners` (2, n, 2) hold x and y apart.
    """
    low, high = corners[..., :1], corners[..., 1:]
    np.copyto(joints[:2], (axes - low) / np.maximum(high - low, 1.0), where=good)
    np.copyto(joints[2], time, where=good)
    for build, its in zip(builds, joints.swapaxes(0, 1), strict=True):
        build.joints = its


def _edges(axes: Floats, good: Flags, known: Flags, where: Floats, corners: Floats) -> Floats:
    """(2, n, 2) lowest and highest x and y of the known joints; the hidden ones are where they were in the boxes.

    NaN where none is known.
    """
    low, high = corners[..., :1], corners[..., 1:]
    placed = np.where(good, axes, low + where * (high - low))
    np.copyto(placed, np.nan, where=~known)
    edges = np.empty_like(corners)
    np.fmin.reduce(placed, axis=-1, out=edges[..., 0])
    np.fmax.reduce(placed, axis=-1, out=edges[..., 1])
    return edges
