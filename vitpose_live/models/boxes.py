"""Arithmetic on boxes, x1, y1, x2, y2 in pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]

FARTHEST = 1e6
"""Pixels beyond which nothing is seen anyway, and numbers would overflow."""


def clipped(boxes: Boxes, width: int, height: int) -> Boxes:
    """Return (n, 4) `boxes` cut to a picture of `width` x `height` pixels."""
    return np.clip(boxes, 0, np.array([width, height, width, height], np.float32))


def overlaps(first: Boxes, second: Boxes) -> NDArray[np.float32]:
    """Return the (n, m) intersection over union of (n, 4) `first` and (m, 4) `second`; 0 where both are empty."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=2)
    union = _areas(first)[:, None] + _areas(second)[None] - shared
    return np.asarray(shared / np.maximum(union, np.finfo(np.float32).tiny), np.float32)


def strongest_of_each(boxes: Boxes, scores: NDArray[np.float32], threshold: float) -> NDArray[np.intp]:
    """Return the rows that non-maximum suppression keeps, strongest first.

    A box that overlaps a stronger kept one by more than `threshold` is the same person seen twice. Equal scores keep
    the order of the rows.
    """
    order = np.argsort(-scores, kind="stable")
    twice = np.triu(overlaps(boxes[order], boxes[order]) > threshold, 1)
    kept = np.ones(len(order), bool)
    for row in range(len(order)):
        if kept[row]:
            kept &= ~twice[row]
    return order[kept]


def _areas(boxes: Boxes) -> NDArray[np.float32]:
    return np.asarray(np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 0), axis=1), np.float32)
