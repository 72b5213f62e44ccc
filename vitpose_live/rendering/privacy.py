"""What hides people: a veil over their heads, or a canvas in place of the picture.

The veil is not a blur, a mosaic or anything else that is made of what it hides: such pictures can be sharpened, or
matched with those of known faces, the better the more of them there are. Its colours are those of the surroundings,
spread inwards; nothing under it has any influence on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Area = tuple[float, float, float, float, float]

_CANVAS = (16, 17, 21)
_GREY = 128.0
"""Of a veil that has no surroundings."""
_HAZE = 0.35
"""Share of grey, so that a veil is seen to be one."""
_EDGE = 0.18
"""Width of the soft edge, outside the area, as a share of its radius."""
_CELL = 16
"""Pixels of a picture whose colours are one, where its shorter side has `_USUAL`."""
_USUAL = 720
_SPREADS = (1.5, 4.0, 12.0, 40.0)
"""How far colours are spread inwards, in cells: no further than is needed."""
_ENOUGH = 0.1
"""Share of a neighbourhood that must be seen to tell its colour."""
_FAR = 30000.0
"""Pixels; what lies further out is nearer to infinity than to the picture."""


@lru_cache(maxsize=2)
def canvas(height: int, width: int) -> Image:
    """Return an empty picture, read-only, to draw skeletons on."""
    image = np.full((height, width, 3), _CANVAS, np.uint8)
    image.flags.writeable = False
    return image


def veiled(image: Image, areas: Sequence[Area]) -> Image:
    """Return a copy of `image` (h, w, 3) in which the `areas` are hidden; `image` itself when none is in it.

    Parameters
    ----------
    areas
        Capsules: all points within r of the line from (x1, y1) to (x2, y2), in pixels.
    """
    height, width = image.shape[:2]
    shapes = [_Shape(area, height, width) for area in areas]
    shapes = [shape for shape in shapes if shape.within]
    if not shapes:
        return image
    hidden = np.zeros((height, width), np.uint8)
    for shape in shapes:
        shape.draw(hidden, 255)
    veil = np.array(image, order="C")
    colours = _Surroundings(image, hidden)
    for shape in shapes:
        shape.cover(veil, colours)
    return veil


class _Surroundings:
    """The colours of a picture, spread from where nothing is `hidden` to where something is."""

    def __init__(self, image: Image, hidden: NDArray[np.uint8]) -> None:
        height, width = hidden.shape
        self._cell = max(1.0, _CELL * min(height, width) / _USUAL)
        cells = ceil(width / self._cell), ceil(height / self._cell)
        step = max(1, round(self._cell / 4))
        open_ = (hidden[::step, ::step] == 0).astype(np.float32)
        share = cv2.resize(open_, cells, interpolation=cv2.INTER_AREA)
        total = cv2.resize(image[::step, ::step] * open_[..., None], cells, interpolation=cv2.INTER_AREA)
        total = total.reshape(*share.shape, 3)
        colour = np.full_like(total, _GREY)
        for sigma in reversed(_SPREADS):
            near = cv2.GaussianBlur(share, (0, 0), sigma)[..., None]
            mean = cv2.GaussianBlur(total, (0, 0), sigma).reshape(total.shape) / np.maximum(near, 1e-6)
            trust = np.clip(near / _ENOUGH, 0, 1)
            colour += trust * (mean - colour)
        colour = cv2.GaussianBlur(colour, (0, 0), 1.0).reshape(total.shape)  # no borders between those of two spreads
        self._colour = np.clip((1 - _HAZE) * colour + _HAZE * _GREY, 0, 255).astype(np.uint8)

    def part(self, left: int, top: int, width: int, height: int) -> Image:
        """(height, width, 3) those of a part of the picture."""
        scale = 1 / self._cell
        offsets = (left + 0.5) * scale - 0.5, (top + 0.5) * scale - 0.5
        matrix = np.array([[scale, 0, offsets[0]], [0, scale, offsets[1]]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        smooth = cv2.warpAffine(self._colour, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(smooth, np.uint8)


class _Shape:
    """One area of one picture."""

    def __init__(self, area: Area, height: int, width: int) -> None:
        self._ends = np.round(np.clip(area[:4], -_FAR, _FAR)).astype(int).reshape(2, 2)
        self._radius = ceil(min(area[4], _FAR / 3)) + 1  # ends are rounded
        self._edge = max(2, round(_EDGE * self._radius))
        around = self._radius + self._edge + 1
        (left, top), (right, bottom) = self._ends.min(axis=0) - around, self._ends.max(axis=0) + around + 1
        self._left, self._top = max(0, int(left)), max(0, int(top))
        self._right, self._bottom = min(width, int(right)), min(height, int(bottom))

    @property
    def within(self) -> bool:
        """Whether anything of it is in the picture."""
        return self._left < self._right and self._top < self._bottom

    def draw(self, mask: NDArray[np.uint8], value: int, *, wider: int = 0, corner: tuple[int, int] = (0, 0)) -> None:
        """Fill it in `mask`, whose pixel (0, 0) is the picture's at `corner` (x, y)."""
        start, end = (self._ends - np.array(corner)).tolist()
        radius = self._radius + wider
        cv2.line(mask, start, end, value, 2 * radius + 1)
        for centre in (start, end):
            cv2.circle(mask, centre, radius, value, cv2.FILLED)

    def cover(self, veil: Image, colours: _Surroundings) -> None:
        """Draw it into `veil`."""
        part = (slice(self._top, self._bottom), slice(self._left, self._right))
        target = veil[part]
        fill = colours.part(self._left, self._top, target.shape[1], target.shape[0])
        opacity = self._opacity(target.shape[:2])
        weight = cv2.merge([opacity] * 3)
        above, below = cv2.multiply(fill, weight, scale=1 / 255), cv2.multiply(target, 255 - weight, scale=1 / 255)
        target[:] = cv2.add(above, below)

    def _opacity(self, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        """(h, w) 255 within the area, less and less within its edge, 0 outside."""
        corner = (self._left, self._top)
        core, soft = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
        self.draw(core, 255, corner=corner)
        half = self._edge // 2
        self.draw(soft, 255, wider=half, corner=corner)
        size = 2 * half + 1
        return np.asarray(cv2.max(core, cv2.blur(soft, (size, size))), np.uint8)
