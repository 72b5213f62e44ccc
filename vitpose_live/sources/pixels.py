"""From a decoded picture to upright RGB."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, VideoReformatter
from numpy.typing import NDArray

_UNSPECIFIED = 2
_BT709 = 1
_BT601 = 6
_CONVERTIBLE = {0, 1, 4, 5, 6, 7, 9}  # colour matrices (AVColorSpace) that swscale knows
_HD_WIDTH, _HD_HEIGHT = 1280, 720


@dataclass(frozen=True, slots=True)
class Orientation:
    """How a stored picture is turned upright: first transposed, then mirrored.

    The display matrix of the container maps a stored x, y to x' = a x + c y, y' = b x + d y (y points down);
    for the eight upright positions only one of (a, d) and (b, c) is not zero.

    Parameters
    ----------
    transpose
        Exchange rows and columns.
    mirror_x, mirror_y
        Then exchange left and right, top and bottom.
    """

    transpose: bool = False
    mirror_x: bool = False
    mirror_y: bool = False

    @classmethod
    def from_matrix(cls, a: float, b: float, c: float, d: float) -> Orientation:
        """Read a display matrix; a slanted one is taken to the next quarter turn."""
        if abs(b) > abs(a):
            return cls(True, c < 0, b < 0)
        return cls(False, a < 0, d < 0)

    @classmethod
    def of(cls, frame: av.VideoFrame) -> Orientation:
        """Read what the container says of `frame`."""
        try:
            side_data: Any = frame.side_data
        except ValueError:
            # one kind of side data that PyAV has no name for hides all others; the angle is still there
            quarter = round(frame.rotation / 90) % 4
            return cls.from_matrix(*((1, 0, 0, 1), (0, -1, 1, 0), (-1, 0, 0, -1), (0, 1, -1, 0))[quarter])
        matrix = side_data.get("DISPLAYMATRIX")
        if matrix is None:
            return cls()
        a, b, _, c, d = struct.unpack_from("=5i", bytes(matrix))
        return cls.from_matrix(a, b, c, d)

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Upright width and height of a stored `width` x `height` picture."""
        return (height, width) if self.transpose else (width, height)

    def apply(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Turn `image` (h, w, 3) upright; the same array when it is already."""
        turned: Any = cv2.transpose(image) if self.transpose else image
        if self.mirror_x and self.mirror_y:
            turned = cv2.flip(turned, -1)
        elif self.mirror_x or self.mirror_y:
            turned = cv2.flip(turned, 1 if self.mirror_x else 0)
        return np.asarray(turned, np.uint8)


class RgbConverter:
    """Converts decoded pictures of one video to RGB, honouring range and colour matrix.

    Where a file does not name its matrix, players take BT.709 for HD (from 1280 x 720 on, either way up) and
    BT.601 below, and so does this. HDR is converted by its matrix, without tone mapping. Alpha is dropped.
    """

    def __init__(self) -> None:
        # kept for the whole video: building the conversion costs as much as running it
        self._reformatter = VideoReformatter()

    def __call__(self, frame: av.VideoFrame) -> NDArray[np.uint8]:
        """Return (height, width, 3) uint8 as stored, not yet upright; its memory belongs to the array alone."""
        if frame.colorspace == _UNSPECIFIED or frame.colorspace not in _CONVERTIBLE:
            long, short = max(frame.width, frame.height), min(frame.width, frame.height)
            frame.colorspace = _BT709 if long >= _HD_WIDTH or short >= _HD_HEIGHT else _BT601
        rgb = self._reformatter.reformat(frame, format="rgb24", dst_color_range=ColorRange.JPEG, threads=1)
        return np.asarray(rgb.to_ndarray(), np.uint8)
