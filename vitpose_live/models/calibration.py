"""What a network sees when its numbers' ranges are measured for int8: two people, from the bundled clip."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from vitpose_live.bundled import bundled_path
from vitpose_live.errors import WeightsError

_PEOPLE = np.array([[405, 35, 520, 345], [775, 375, 875, 700]], np.float32)
"""Their boxes in the picture, x1, y1, x2, y2."""
_VIEWS = 24
"""Boxes drawn around each, as wide and narrow as detectors draw them."""


def calibration_picture() -> NDArray[np.uint8]:
    """Return the bundled picture, (720, 1280, 3) RGB.

    Raises
    ------
    WeightsError
        When the file is damaged.
    """
    path = bundled_path("calibration.jpg")
    picture = cv2.imread(str(path))
    if picture is None:
        raise WeightsError(f"{path} is damaged", hint="install vitpose-live again")
    return np.ascontiguousarray(picture[..., ::-1])


def calibration_boxes() -> Iterator[NDArray[np.float32]]:
    """Yield (2, 4) boxes around the two people, each time a little different; always the same ones."""
    rng = np.random.default_rng(0)
    sides = np.tile(_PEOPLE[:, 2:] - _PEOPLE[:, :2], 2)
    for _ in range(_VIEWS):
        yield (_PEOPLE + rng.uniform(-0.2, 0.2, (2, 4)) * sides).astype(np.float32)
