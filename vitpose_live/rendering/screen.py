"""Pictures as a window paints them fastest: at the size they are shown in, in the byte order of the screen."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_AREA_BELOW = 0.5
"""Below this factor, bilinear interpolation skips pixels; averaging areas costs more and is worth it."""


def screen_picture(image: NDArray[np.uint8], width: int, height: int, *, mirrored: bool = False) -> NDArray[np.uint8]:
    """Scale an RGB picture for a window.

    A toolkit that scales while it paints takes ten times as long, on the thread that must stay free.

    Parameters
    ----------
    image
        (h, w, 3) uint8 RGB.
    width, height
        Of the result in pixels.
    mirrored
        Whether left and right change places.

    Returns
    -------
    (height, width, 4) uint8, contiguous: blue, green, red, 255.
    """
    if (height, width) != image.shape[:2]:
        shrinks = width / image.shape[1] < _AREA_BELOW
        image = cv2.resize(
            image, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        ).astype(np.uint8, copy=False)
    picture = cv2.cvtColor(image, cv2.COLOR_RGB2BGRA)
    if mirrored:
        picture = cv2.flip(picture, 1)
    return np.ascontiguousarray(picture, np.uint8)
