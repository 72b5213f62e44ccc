"""Boxes and skeletons against each other, vectorised: overlap, nested boxes, keypoint similarity."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEAST_AREA = 1e-9
"""px²; no box is smaller, but for those without any."""


def intersections(first: Floats, second: Floats) -> Floats:
    """(n, m) areas in px² that boxes (n, 4) and (m, 4), xyxy, have in common."""
    return _common(_corners(first), _corners(second))


def _common(first: Floats, second: Floats) -> Floats:
    """(n, m) areas in px² that boxes with these corners, (2, 2, n) and (2, 2, m), have in common."""
    sides = np.minimum(first[1, ..., None], second[1, :, None])
    sides -= np.maximum(first[0, ..., None], second[0, :, None])
    np.maximum(sides, 0.0, out=sides)
    return np.asarray(sides[0] * sides[1])


def _corners(boxes: Floats) -> Floats:
    """(2, 2, n) x and y of the low and of the high corners of boxes (n, 4): numbers side by side take half the time."""
    return np.ascontiguousarray(boxes.T).reshape(2, 2, -1)


def areas(boxes: Floats) -> Floats:
    """(n,) areas in px² of boxes (n, 4), xyxy."""
    return _areas(_corners(boxes))


def _areas(corners: Floats) -> Floats:
    """(n,) areas in px² of boxes with these corners, (2, 2, n)."""
    sides = corners[1] - corners[0]
    return np.asarray(sides[0] * sides[1])


def touching(boxes: Floats) -> NDArray[np.intp]:
    """(2, p) rows of the boxes (n, 4), xyxy, that have an area in common, the lower row first."""
    corners = _corners(boxes)
    before = corners[0, ..., None] < corners[1, :, None]
    common = before[0] & before[1]
    return np.array((common & common.T & _above_diagonal(len(boxes))).nonzero())


@lru_cache(maxsize=64)
def _above_diagonal(n: int) -> NDArray[np.bool_]:
    return np.tri(n, k=-1, dtype=np.bool_).T


def overlapping(boxes: Floats, pairs: NDArray[np.intp]) -> NDArray[np.bool_]:
    """(p,) whether each of the pairs (2, p) of rows of the boxes (n, 4), xyxy, have an area in common."""
    first, second = boxes.T.take(pairs[0], axis=1), boxes.T.take(pairs[1], axis=1)
    common = np.maximum(first[:2], second[:2]) < np.minimum(first[2:], second[2:])
    return np.asarray(common[0] & common[1])


def iou(first: Floats, second: Floats) -> Floats:
    """(n, m) intersection over union of boxes (n, 4) and (m, 4), xyxy; 0 for boxes without area."""
    corners, its_corners = _corners(first), _corners(second)
    common = _common(corners, its_corners)
    union = _areas(corners)[:, None] + _areas(its_corners)
    union -= common
    return np.asarray(common / np.maximum(union, LEAST_AREA, out=union))


def coverage(first: Floats, second: Floats) -> Floats:
    """(n, m) share of each box of `first` (n, 4) that lies inside each box of `second` (m, 4)."""
    common = intersections(first, second)
    return np.divide(common, areas(first)[:, None], out=np.zeros_like(common), where=common > 0)


def nesting(first: Floats, second: Floats) -> Floats:
    """(n, m) share of the smaller of each box of `first` (n, 4) and of `second` (m, 4) that lies inside the other."""
    smaller = np.minimum(areas(first)[:, None], areas(second)[None, :])
    common = intersections(first, second)
    return np.divide(common, smaller, out=np.zeros_like(common), where=common > 0)


def keypoint_similarity(
    points: Floats, good: NDArray[np.bool_], scale: Floats, sigmas: Floats, pairs: NDArray[np.intp]
) -> Floats:
    """(p,) object keypoint similarity of pairs of skeletons in one frame, 0 where too little is shared.

    The OKS of the COCO keypoint evaluation, ``mean(exp(-d² / (2 s² (2 sigma)²)))``, over the joints that are good
    in both skeletons; at least half the joints of the one with fewer must be.

    Parameters
    ----------
    points
        (2, n, k) x, y of the keypoints in px.
    good
        (n, k) joints to trust.
    scale
        (n,) square root of each person's box area in px; the smaller of a pair counts.
    sigmas
        (k,) per-joint OKS deviations.
    pairs
        (2, p) rows of the skeletons to compare.
    """
    first, second = pairs
    both = good.take(first, axis=0) & good.take(second, axis=0)
    likeness = np.where(both, _joint_likeness(points, scale, sigmas, pairs), 0.0)
    count, shared = good.sum(axis=1), both.sum(axis=1)
    fewer = np.minimum(count[first], count[second])
    mean: Floats = likeness.sum(axis=1) / np.maximum(shared, 1)
    return np.where((shared >= 3) & (2 * shared >= fewer), mean, 0.0)


def borrowed(
    points: Floats, good: NDArray[np.bool_], scale: Floats, sigmas: Floats, row: int, others: NDArray[np.intp]
) -> float:
    """How much of the skeleton at `row` is made of joints of the `others`, perhaps of several: 0 none, 1 all.

    The mean over its good joints of the likeness to the nearest same joint; arguments as for `keypoint_similarity`.
    """
    if not len(others) or not good[row].any():
        return 0.0
    pairs = np.stack([np.full(len(others), row), others])
    likeness = _joint_likeness(points, scale, sigmas, pairs) * good[others]
    return float(likeness.max(axis=0)[good[row]].mean())


def _joint_likeness(points: Floats, scale: Floats, sigmas: Floats, pairs: NDArray[np.intp]) -> Floats:
    """(p, k) ``exp(-d² / (2 s² (2 sigma)²))`` of each joint, 0 where either is missing."""
    first, second = pairs
    away = points.take(first, axis=1) - points.take(second, axis=1)
    spread = 2.0 * sigmas * np.minimum(scale[first], scale[second])[:, None]
    likeness: Floats = np.exp(-squared_length(away) / np.maximum(2.0 * spread**2, 1e-9))
    likeness[np.isnan(likeness)] = 0.0
    return likeness


def squared_length(vectors: Floats) -> Floats:
    """(...,) squared lengths of vectors (2, ...); `sum` over an axis that short takes ten times as long."""
    squares: Floats = vectors * vectors
    return np.asarray(squares[0] + squares[1])


def grow(boxes: Floats, share: float) -> Floats:
    """Boxes (n, 4), xyxy, widened about their centres by `share` of their sides."""
    low, high = boxes[:, :2], boxes[:, 2:]
    margin = (high - low) * (share / 2)
    return np.concatenate([(low - margin).T, (high + margin).T]).T
