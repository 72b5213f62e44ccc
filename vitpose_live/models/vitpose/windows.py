"""Windows around people, and the pictures cut out of them.

As transformers' ``VitPoseImageProcessor`` does it: a window of the network's aspect, 1.25 times the box, mapped so that
the corners' pixel centres meet (UDP); bilinear; black where a sample lies outside the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vitpose_live.models.boxes import FARTHEST

if TYPE_CHECKING:
    import torch

_PADDING = 1.25
_UNIT = 200.0
"""Pixels in which the reference measures a window, rounding to float32 in between."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Where n pictures lie in a frame.

    Parameters
    ----------
    centres, sizes
        (n, 2) float32, x, y in pixels of the frame.
    width, height
        Of the pictures, in pixels.
    """

    centres: NDArray[np.float32]
    sizes: NDArray[np.float32]
    width: int
    height: int

    def select(self, chosen: NDArray[np.bool_]) -> Windows:
        """Return the rows where `chosen` (n,) is True."""
        return Windows(self.centres[chosen], self.sizes[chosen], self.width, self.height)

    def seen(self, width: int, height: int) -> NDArray[np.bool_]:
        """Return (n,) whether a part of the window lies in a frame of `width` x `height` pixels."""
        low, high = self.centres - self.sizes / 2, self.centres + self.sizes / 2
        return np.asarray((low < (width, height)).all(axis=1) & (high > 0).all(axis=1))

    def samples(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the frame's (n, width) x and (n, height) y that the pictures' columns and rows show."""
        last = np.array([self.width - 1.0, self.height - 1.0])
        # the reference keeps its matrix in float32
        scale = (last / self.sizes).astype(np.float32)
        shift = (last / self.sizes * (self.sizes * np.float32(0.5) - self.centres)).astype(np.float32)
        step = 1 / scale.astype(np.float64)
        start = -shift.astype(np.float64) * step
        x = start[:, :1] + step[:, :1] * np.arange(self.width)
        y = start[:, 1:] + step[:, 1:] * np.arange(self.height)
        return x, y

    def to_frame(self, cells: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
        """Return (n, k, 2) `cells` of heatmaps of `rows` x `columns` as x, y in pixels of the frame."""
        step = self.sizes / np.array([columns - 1, rows - 1], np.float32)
        low = self.centres - self.sizes * np.float32(0.5)
        return np.asarray(cells * step[:, None] + low[:, None], np.float32)


def windows_around(boxes: NDArray[np.float32], width: int, height: int) -> Windows:
    """Return the windows of pictures of `width` x `height` pixels around (n, 4) `boxes`, x1, y1, x2, y2 in pixels."""
    boxes = np.clip(boxes.astype(np.float64), -FARTHEST, FARTHEST)
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 1)  # a box without extent still gets a window
    centres = (boxes[:, :2] + (boxes[:, 2:] - boxes[:, :2]) * 0.5).astype(np.float32)
    aspect = width / height
    widths = np.maximum(sides[:, 0], sides[:, 1] * aspect)
    sizes = np.stack([widths, np.maximum(sides[:, 1], sides[:, 0] / aspect)], axis=1)
    units = (sizes / _UNIT).astype(np.float32) * np.float32(_PADDING)
    return Windows(centres, units * np.float32(_UNIT), width, height)


def cut_on_host(image: NDArray[np.uint8], windows: Windows) -> NDArray[np.uint8]:
    """Return the (n, height, width, 3) pictures that `windows` show of (rows, columns, 3) `image`."""
    pictures = np.empty((len(windows.centres), windows.height, windows.width, 3), np.uint8)
    for picture, x, y in zip(pictures, *windows.samples(), strict=True):
        matrix = np.array([[x[1] - x[0], 0, x[0]], [0, y[1] - y[0], y[0]]])
        size, how = (windows.width, windows.height), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cv2.warpAffine(image, matrix, size, dst=picture, flags=how)
        # OpenCV blends what lies less than a pixel outside with black; the reference takes black
        picture[:, (x < 0) | (x > image.shape[1] - 1)] = 0
        picture[(y < 0) | (y > image.shape[0] - 1)] = 0
    return pictures


def cut_on_device(image: torch.Tensor, windows: Windows) -> torch.Tensor:
    """Return the (n, height, width, 3) uint8 pictures that `windows` show of a (rows, columns, 3) `image`.

    Everything is done where `image` lies; what goes there are a few thousand numbers, and nothing waits for it.
    """
    rows, columns = image.shape[:2]
    x, y = windows.samples()
    left, right, x_share, x_inside = _taps(x, columns, image)
    top, bottom, y_share, y_inside = _taps(y, rows, image)
    pixels = image.reshape(-1, 3)
    top, bottom = top[:, :, None] * columns, bottom[:, :, None] * columns
    left, right = left[:, None], right[:, None]
    x_share, y_share = x_share[:, None, :, None], y_share[:, :, None, None]
    above = pixels[top + left].float().lerp(pixels[top + right].float(), x_share)
    below = pixels[bottom + left].float().lerp(pixels[bottom + right].float(), x_share)
    blended = above.lerp(below, y_share).add(0.5).byte()
    pictures: torch.Tensor = blended * (x_inside[:, None, :, None] & y_inside[:, :, None, None])
    return pictures


def _taps(samples: NDArray[np.float64], size: int, image: torch.Tensor) -> tuple[Any, Any, Any, Any]:
    """Return on `image`'s device the two pixels of each sample, the second's share, and whether it lies inside."""
    import torch  # noqa: PLC0415  the host's way does without

    first = np.clip(np.floor(samples), 0, size - 1)
    numbers = np.stack(
        [first, np.minimum(first + 1, size - 1), samples - first, (samples >= 0) & (samples <= size - 1)]
    )
    packed = torch.from_numpy(numbers.astype(np.float32))
    if image.is_cuda:
        packed = packed.pin_memory()
    packed = packed.to(image.device, non_blocking=image.is_cuda)
    return packed[0].long(), packed[1].long(), packed[2], packed[3].bool()
