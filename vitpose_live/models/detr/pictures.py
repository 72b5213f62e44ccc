"""Scale a frame to what a detector wants to see, to the bit as Pillow does it.

Pillow is the reference of transformers' image processors: each output pixel is a weighted mean of all input pixels
within reach (so nothing is skipped when shrinking), in 22-bit fixed point, in one pass for the width and one for the
height, rounded to 8 bits after each.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    import torch

_BITS = 22
"""Of the fixed-point weights: 32, less 8 for the pixel and 2 for the sum."""


def scaled_on_host(image: NDArray[np.uint8], size: tuple[int, int], resample: int) -> NDArray[np.uint8]:
    """Return (rows, columns, 3) uint8 `image` scaled to `size`, (height, width); `resample` is Pillow's number."""
    height, width = size
    picture = Image.fromarray(np.ascontiguousarray(image))
    return np.asarray(picture.resize((width, height), Image.Resampling(resample)))


def scaled_on_device(image: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Return (rows, columns, 3) uint8 `image` scaled to `size`, (height, width), bilinear, where it lies."""
    height, width = size
    rows, columns = image.shape[:2]
    # the order that Pillow has taken since 13; before, the width always came first, at most a level's difference
    height_first = height < rows and 2 * (columns - width) < rows - height
    if height_first:
        return _pass(_pass(image, 0, height), 1, width)
    return _pass(_pass(image, 1, width), 0, height)


def _pass(pixels: torch.Tensor, axis: int, size: int) -> torch.Tensor:
    import torch  # noqa: PLC0415  the host's way does without

    if pixels.shape[axis] == size:
        return pixels
    places, weights = _taps(pixels.shape[axis], size, pixels.device)
    shape = [-1 if each == axis else 1 for each in range(3)]
    total = torch.full((), 1 << (_BITS - 1), dtype=torch.int32, device=pixels.device)
    for place, weight in zip(places, weights, strict=True):
        total = total + pixels.index_select(axis, place).int() * weight.view(shape)
    return (total >> _BITS).byte()


@lru_cache(maxsize=8)
def _taps(before: int, after: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    import torch  # noqa: PLC0415

    places, weights = bilinear_taps(before, after)
    return torch.from_numpy(places).to(device), torch.from_numpy(weights).to(device)


def bilinear_taps(before: int, after: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return which of `before` pixels each of `after` is made of, and in what shares.

    Returns
    -------
    places : (taps, after) int64
    weights : (taps, after) int32
        In units of 2**-22; 0 where a pixel has fewer taps than others.
    """
    scale = before / after
    reach = max(scale, 1.0)
    centres = (np.arange(after) + 0.5) * scale
    first = np.maximum((centres - reach + 0.5).astype(np.int64), 0)
    last = np.minimum((centres + reach + 0.5).astype(np.int64), before)
    places = first + np.arange((last - first).max())[:, None]
    shares = np.maximum(1 - np.abs((places - centres + 0.5) * (1 / reach)), 0) * (places < last)
    shares /= shares.sum(axis=0)
    weights = (0.5 + shares * (1 << _BITS)).astype(np.int32)
    return np.minimum(places, before - 1), weights
