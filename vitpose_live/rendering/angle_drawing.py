"""Draws joint angles on pixels: a tinted wedge under the skeleton, the value on a dark plate over it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vitpose_live.rendering import style
from vitpose_live.rendering.angle_marks import AngleMark, AngleValues, angle_marks
from vitpose_live.rendering.text import label_chip, paste

_SHIFT = 4
_WIDEST = "180°"


def letters_of(image: NDArray[np.uint8]) -> int:
    """Height in pixels of the letters that suit `image`."""
    return max(style.LABEL_MIN, round(style.VALUE_SIZE * int(min(image.shape[:2]))))


def marks_on(
    image: NDArray[np.uint8], angles: AngleValues, bones: NDArray[np.floating], strokes: NDArray[np.floating]
) -> list[list[AngleMark]]:
    """Lay out the marks of everybody; `bones` and `strokes` are as `angle_marks` takes them."""
    height, width = label_chip(_WIDEST, letters_of(image), style.PLATE, style.CENTRE)[1].shape
    return angle_marks(
        angles.names, angles.degrees, angles.corners, bones=bones, label=(width, height), strokes=strokes
    )


def draw_wedges(image: NDArray[np.uint8], marks: list[AngleMark]) -> None:
    """Tint the angle between the limbs, and draw its arc."""
    thickness = max(1, round(letters_of(image) / 7))
    for mark in marks:
        if mark.radius > 0:
            left, top = (int(np.floor(place - mark.radius)) - thickness for place in mark.corner)
            side = int(np.ceil(2 * mark.radius)) + 2 * thickness + 1
            opacity = np.zeros((side, side), np.uint8)
            x, y = (round((place - edge) * (1 << _SHIFT)) for place, edge in zip(mark.corner, (left, top), strict=True))
            radius = round(mark.radius * (1 << _SHIFT))
            tint = round(255 * style.WEDGE_OPACITY)
            for strength, width in ((tint, cv2.FILLED), (255, thickness)):
                cv2.ellipse(
                    opacity, (x, y), (radius, radius), 0, mark.start, mark.start + mark.span,
                    (strength,), width, cv2.LINE_AA, _SHIFT,
                )  # fmt: skip
            paste(image, np.broadcast_to(np.array(mark.colour, np.uint8), (side, side, 3)), opacity, left, top)


def draw_values(image: NDArray[np.uint8], marks: list[AngleMark]) -> None:
    """Write the values."""
    size = letters_of(image)
    for mark in marks:
        picture, opacity = label_chip(mark.text, size, style.PLATE, mark.colour)
        height, width = opacity.shape
        paste(image, picture, opacity, round(mark.label[0] - width / 2), round(mark.label[1] - height / 2))
