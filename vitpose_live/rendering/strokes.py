"""Antialiased shapes with sub-pixel positions and widths. OpenCV's own thick lines only come in whole pixels."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vitpose_live.rendering.style import OUTLINE, Colour

Rectangle = tuple[int, int, int, int]
"""x1, y1, x2, y2 in whole pixels, the last ones outside."""

_SHIFT = 4
_SUBPIXELS = 1 << _SHIFT
_POLYGON_BLEED = 1.4
"""Pixels by which OpenCV's antialiased outline widens a filled polygon, measured; 1.0 for a circle."""
_CIRCLE_BLEED = 1.0
FAR_AWAY = 1e6
"""Coordinates beyond this, in pixels, do not fit OpenCV's fixed-point numbers; nothing of them is in a picture."""


def bone_quads(
    starts: NDArray[np.float64],
    ends: NDArray[np.float64],
    start_widths: NDArray[np.float64],
    end_widths: NDArray[np.float64],
) -> NDArray[np.int32]:
    """Corners of straight strokes that may taper, as `fill_quads` takes them.

    Parameters
    ----------
    starts, ends
        (..., 2) x, y in pixels, at most `FAR_AWAY` from 0.
    start_widths, end_widths
        (...) widths in pixels.

    Returns
    -------
    (..., 4, 2) int32
    """
    along = ends - starts
    across = np.stack([-along[..., 1], along[..., 0]], axis=-1)
    across /= np.maximum(np.hypot(along[..., 0], along[..., 1]), 1e-6)[..., None]
    at_start, at_end = (
        across * (np.maximum(widths - _POLYGON_BLEED, 0.2) / 2)[..., None] for widths in (start_widths, end_widths)
    )
    corners = np.stack([starts - at_start, ends - at_end, ends + at_end, starts + at_start], axis=-2)
    return np.round(corners * _SUBPIXELS).astype(np.int32)


def discs(centres: NDArray[np.float64], radii: NDArray[np.float64]) -> NDArray[np.int32]:
    """Pack (..., 2) centres and (...) radii in pixels as `fill_discs` takes them: (..., 3) int32 x, y, radius."""
    inner = np.maximum(radii - _CIRCLE_BLEED / 2, 1 / _SUBPIXELS)
    return np.round(np.concatenate([centres, inner[..., None]], axis=-1) * _SUBPIXELS).astype(np.int32)


def fill_quads(
    image: NDArray[np.uint8], quads: NDArray[np.int32], chosen: NDArray[np.bool_], colours: Sequence[Colour]
) -> None:
    """Fill the `chosen` ones of (m, 4, 2) `quads`, each in its own of the `colours`."""
    for which in np.flatnonzero(chosen).tolist():
        cv2.fillConvexPoly(image, quads[which], colours[which], cv2.LINE_AA, _SHIFT)


def fill_discs(
    image: NDArray[np.uint8], packed: NDArray[np.int32], chosen: NDArray[np.bool_], colours: Sequence[Colour]
) -> None:
    """Fill the `chosen` ones of (k, 3) discs, each in its own of the `colours`."""
    rows = packed.tolist()
    for which in np.flatnonzero(chosen).tolist():
        x, y, radius = rows[which]
        cv2.circle(image, (x, y), radius, colours[which], -1, cv2.LINE_AA, _SHIFT)


def corner_marks(box: Rectangle, arm: int, width: int) -> list[Rectangle]:
    """Bars that mark the corners of `box` from within, with arms of `arm` pixels, shorter where it is small."""
    x1, y1, x2, y2 = box
    dx, dy = max(min(arm, (x2 - x1) // 3), width), max(min(arm, (y2 - y1) // 3), width)
    across = [(x, y, x + dx, y + width) for x in (x1, x2 - dx) for y in (y1, y2 - width)]
    upright = [(x, y, x + width, y + dy) for x in (x1, x2 - width) for y in (y1, y2 - dy)]
    return across + upright


def dashes(box: Rectangle, dash: int, width: int) -> list[Rectangle]:
    """Bars that trace `box` from within in dashes of about `dash` pixels, beginning and ending at its corners."""
    x1, y1, x2, y2 = box
    across = [(a, y, b, y + width) for a, b in _dashed(x1, x2, dash) for y in (y1, y2 - width)]
    upright = [(x, a, x + width, b) for a, b in _dashed(y1, y2, dash) for x in (x1, x2 - width)]
    return across + upright


def _dashed(start: int, end: int, dash: int) -> list[tuple[int, int]]:
    count = 2 * ((end - start) // (2 * dash)) + 1
    steps = np.linspace(start, end, count + 1).round().astype(int).tolist()
    return list(zip(steps[::2], steps[1::2], strict=True))


def bars(image: NDArray[np.uint8], rectangles: list[Rectangle], rim: int, colour: Colour) -> None:
    """Fill `rectangles` in `colour` with a rim of `rim` pixels around them; clipped at the picture's edges."""
    for grown, ink in ((rim, OUTLINE), (0, colour)):
        for x1, y1, x2, y2 in rectangles:
            image[max(y1 - grown, 0) : max(y2 + grown, 0), max(x1 - grown, 0) : max(x2 + grown, 0)] = ink
