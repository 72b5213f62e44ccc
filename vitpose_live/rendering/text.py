"""Text and labels as opacity masks, in the variable font that OpenCV carries (Unicode; no font file needed)."""

from __future__ import annotations

from functools import cache, lru_cache
from threading import Lock

import cv2
import numpy as np
from numpy.typing import NDArray

from vitpose_live.rendering.style import Colour, ink_on

CAP_HEIGHT = 0.76
"""Height of a capital letter over the font's size, measured."""

_font_lock = Lock()
"""OpenCV changes a font's weight in place, so that two threads must not draw text at once."""


@cache
def _font() -> cv2.FontFace:
    return cv2.FontFace("sans")


def text_width(text: str, size: int, weight: int = 400) -> int:
    """Width in pixels of one line of `text` at `size` pixels."""
    with _font_lock:
        return int(cv2.getTextSize((0, 0), text, (0, 0), _font(), size, weight)[2])


def fit_text(text: str, width: int, size: int, weight: int = 400) -> str:
    """Return `text`, shortened with an ellipsis where it is wider than `width` pixels; empty when nothing fits."""
    if text_width(text, size, weight) <= width:
        return text
    for length in range(len(text) - 1, 0, -1):
        shorter = text[:length].rstrip() + "…"
        if text_width(shorter, size, weight) <= width:
            return shorter
    return ""


def text_mask(text: str, size: int, weight: int = 400) -> NDArray[np.uint8]:
    """Opacity of one line of `text`: (1.5 size, width) uint8, the baseline `size` below the top."""
    mask = np.zeros((size + size // 2, text_width(text, size, weight) + 2), np.uint8)
    with _font_lock:
        cv2.putText(mask, text, (0, size), (255, 255, 255), _font(), size, weight)
    return mask


def draw_text(image: NDArray[np.uint8], text: str, x: int, baseline: int, size: int, weight: int, ink: Colour) -> None:
    """Write one line of `text` into `image` from `x` on the `baseline`, clipped at the picture's edges."""
    mask = text_mask(text, size, weight)
    paste(image, np.broadcast_to(np.array(ink, np.uint8), (*mask.shape, 3)), mask, x, baseline - size)


@lru_cache(maxsize=512)
def label_chip(
    text: str, size: int, ground: Colour, ink: Colour | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Make a rounded label: its (h, w, 3) RGB picture and (h, w) opacity, uint8; both shared, so read-only.

    Without `ink` the letters are dark or light, whichever reads better on `ground`.
    """
    letters = text_mask(text, size, 650)
    cap = round(CAP_HEIGHT * size)
    margin_x, margin_y = max(2, round(0.45 * size)), max(2, round(0.36 * size))
    height, width = cap + 2 * margin_y, letters.shape[1] + 2 * margin_x
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = ground
    draw_text(picture, text, margin_x, margin_y + cap, size, 650, ink or ink_on(ground))
    opacity = rounded_mask(width, height, round(0.3 * height))
    picture.flags.writeable = opacity.flags.writeable = False
    return picture, opacity


def rounded_mask(width: int, height: int, radius: int) -> NDArray[np.uint8]:
    """Opacity of a (height, width) rectangle with round corners, antialiased by drawing it four times as large."""
    large = np.zeros((4 * height, 4 * width), np.uint8)
    r = 4 * radius
    right, bottom = 4 * width - 1, 4 * height - 1
    large[r : bottom - r + 1] = 255
    large[:, r : right - r + 1] = 255
    for x in (r, right - r):
        for y in (r, bottom - r):
            cv2.circle(large, (x, y), r, (255,), -1)
    return cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def paste(image: NDArray[np.uint8], picture: NDArray[np.uint8], opacity: NDArray[np.uint8], x: int, y: int) -> None:
    """Blend `picture` (h, w, 3) into `image` with its top left corner at `x`, `y`, clipped at the edges."""
    height, width = opacity.shape
    top, left = max(y, 0), max(x, 0)
    bottom, right = min(y + height, image.shape[0]), min(x + width, image.shape[1])
    if top >= bottom or left >= right:
        return
    part = np.s_[top - y : bottom - y, left - x : right - x]
    alpha = opacity[part][..., None].astype(np.uint16)
    under = image[top:bottom, left:right]
    # in place, rounded: 255 times 255 fits in 16 bits
    under[:] = (under * (255 - alpha) + picture[part] * alpha + 127) // 255
