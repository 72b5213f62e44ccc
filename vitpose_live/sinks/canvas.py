"""Pictures on a canvas of one even size."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def even_size(image: NDArray[np.uint8]) -> tuple[int, int]:
    """Return the width and height of `image`, each rounded up to an even number."""
    height, width = image.shape[:2]
    return width + width % 2, height + height % 2


def fit(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return `image` on a canvas of `size`.

    One whose size is `size`, or is once made even by repeating its last row or column, keeps its pixels where they
    are. Another is scaled to fit, centred, on black.

    Parameters
    ----------
    image
        (height, width, 3) uint8, RGB.
    size
        Even width and height in pixels.

    Returns
    -------
    (height, width, 3) uint8
        Contiguous; `image` itself where nothing is to do.
    """
    width, height = size
    if even_size(image) == size:
        if image.shape[:2] != (height, width):
            bottom, right = height - image.shape[0], width - image.shape[1]
            image = np.pad(image, ((0, bottom), (0, right), (0, 0)), mode="edge")
        return np.ascontiguousarray(image)
    scale = min(width / image.shape[1], height / image.shape[0])
    inner = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    scaled = cv2.resize(image, inner, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    canvas = np.zeros((height, width, 3), np.uint8)
    canvas[top : top + inner[1], left : left + inner[0]] = scaled
    return canvas


def beside(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return two pictures of one height, (height, width, 3) uint8 each, as one."""
    return np.concatenate([left, right], axis=1)
