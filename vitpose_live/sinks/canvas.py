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
    left, top, *inner = _placed(image.shape[1], image.shape[0], size)
    canvas = np.zeros((height, width, 3), np.uint8)
    canvas[top : top + inner[1], left : left + inner[0]] = _scaled(image, inner[0], inner[1])
    return canvas


def unfit(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Return of `image`, as `fit` made it from one of `width` and `height`, that one; what was scaled is scaled back.

    Parameters
    ----------
    image
        (h, w, 3) uint8, RGB.

    Returns
    -------
    (height, width, 3) uint8
        A part of `image` where nothing was scaled.
    """
    size = image.shape[1], image.shape[0]
    if size == (width + width % 2, height + height % 2):
        return image[:height, :width]
    left, top, *inner = _placed(width, height, size)
    return _scaled(image[top : top + inner[1], left : left + inner[0]], width, height)


def _placed(width: int, height: int, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, width and height of a picture of `width` and `height` on a canvas of `size`."""
    scale = min(size[0] / width, size[1] / height)
    inner = max(1, round(width * scale)), max(1, round(height * scale))
    return (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2, *inner


def _scaled(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    smaller = width < image.shape[1] or height < image.shape[0]
    scaled = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    return np.asarray(scaled, np.uint8)
