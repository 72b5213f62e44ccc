"""Cut windows out of a picture, all to one size."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vitpose_live.models.boxes import FARTHEST, Boxes


def windows_around(boxes: Boxes, aspect: float, padding: float) -> Boxes:
    """Return (n, 4) windows of one shape, centred on `boxes` and holding them.

    Parameters
    ----------
    boxes
        (n, 4), x1, y1, x2, y2 in pixels.
    aspect
        Width over height of the windows.
    padding
        How many times larger than the box, in its tighter direction, a window is.
    """
    boxes = np.clip(boxes, -FARTHEST, FARTHEST)
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    # a box without extent still gets a window of one pixel
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 1) * padding
    widths = np.maximum(sides[:, 0], sides[:, 1] * aspect)
    halves = np.stack([widths, widths / aspect], axis=1) / 2
    return np.concatenate([centres - halves, centres + halves], axis=1).astype(np.float32)


def cut(image: NDArray[np.uint8], windows: Boxes, width: int, height: int) -> NDArray[np.uint8]:
    """Return `windows` of `image` scaled to `width` x `height`, black outside the picture.

    Parameters
    ----------
    image
        (rows, columns, 3) uint8.
    windows
        (n, 4), x1, y1, x2, y2 in pixels, where pixel i covers i..i+1.

    Returns
    -------
    (n, height, width, 3) uint8
    """
    crops = np.empty((len(windows), height, width, 3), np.uint8)
    for crop, window in zip(crops, windows.astype(np.float64), strict=True):
        _cut_one(image, window, crop)
    return crops


def _cut_one(image: NDArray[np.uint8], window: NDArray[np.float64], crop: NDArray[np.uint8]) -> None:
    height, width = crop.shape[:2]
    low, high = window[:2], window[2:]
    # bilinear sampling skips pixels when it shrinks by more than two: average whole blocks first
    block = int(max((high[0] - low[0]) / width, 1))
    if block > 1:
        image, low, high = _averaged(image, low, high, block)
    scale = np.array([width, height]) / (high - low)
    # pixel centres: crop + 0.5 = (picture + 0.5 - low) * scale
    shift = (0.5 - low) * scale - 0.5
    matrix = np.array([[scale[0], 0, shift[0]], [0, scale[1], shift[1]]])
    cv2.warpAffine(image, matrix, (width, height), dst=crop, flags=cv2.INTER_LINEAR)


def _averaged(
    image: NDArray[np.uint8], low: NDArray[np.float64], high: NDArray[np.float64], block: int
) -> tuple[NDArray[np.uint8], NDArray[np.float64], NDArray[np.float64]]:
    """Shrink the part of `image` that the window needs by a whole factor; return it and the window in its pixels."""
    rows, columns = image.shape[:2]
    limits = np.array([columns, rows])
    first = np.clip(np.floor(low), 0, limits - 1).astype(int)
    blocks = np.maximum((np.clip(np.ceil(high), 1, limits).astype(int) - first) // block, 1)
    last = np.minimum(first + blocks * block, limits)
    part = image[first[1] : last[1], first[0] : last[0]]
    shrunk = cv2.resize(part, (int(blocks[0]), int(blocks[1])), interpolation=cv2.INTER_AREA)
    factor = (last - first) / blocks
    return np.asarray(shrunk, np.uint8), (low - first) / factor, (high - first) / factor
