"""What people wear: the colours of the torso, found by the skeleton."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Frame, Poses

Floats = NDArray[np.floating[Any]]

HUES = 12
"""Bins of hue; saturated and pale colours have these each."""

GREYS = 3
"""Bins of brightness for what has no colour."""

LENGTH = 2 * HUES + GREYS
"""Numbers that describe a person."""

ALONG, ACROSS = 20, 8
"""Points looked at on the torso, from one end to the other and from one side to the other."""

INNER = (0.12, 0.88)
"""Share of the torso looked at each way: its edge is arms and background."""

DOWN = np.linspace(*INNER, ALONG)

SLIM = 0.2
"""Half the width of a torso seen from the side, where shoulders and hips coincide, in torso lengths."""

KEYPOINT_SCORE = 0.3
"""Least score of shoulders and hips."""

LEAST_LENGTH = 6.0
"""A torso shorter than this in px has no colours of its own."""

SHADE, PALE, VIVID = 0.12, 0.12, 0.45
"""Brightness below which hue means little; saturation up to which it means nothing, and from which it is vivid."""

CORNERS = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")


class ClothingColours:
    """Describes people by the colours of their clothes.

    The quadrilateral between shoulders and hips is looked at in a fixed number of points, so that neither distance nor
    resolution changes the cost. Hue and saturation say what colour it is whatever the exposure; what has none counts by
    its brightness relative to the picture's. Bins are soft, as on a boundary a little noise would change everything.
    A description is the root of a histogram: the scalar product of two of them is their Bhattacharyya coefficient, 1
    for the same colours and 0 for none in common.
    """

    def describe(self, frame: Frame, poses: Poses) -> NDArray[np.float32]:
        """Return (n, d) float32, one unit vector per row of `poses`; NaN where the torso cannot be seen."""
        looks = np.full((len(poses), LENGTH), np.nan, np.float32)
        if not len(poses) or not set(CORNERS) <= set(poses.skeleton.keypoints):
            return looks
        corners = np.array([poses.skeleton.index(name) for name in CORNERS])
        rows = np.flatnonzero((poses.scores[:, corners] > KEYPOINT_SCORE).all(axis=1))
        places, length = _torsos(poses.keypoints[np.ix_(rows, corners)])
        x, y = np.rint(places).astype(np.intp)
        inside = (x >= 0) & (x < frame.width) & (y >= 0) & (y < frame.height)
        clear = (length >= LEAST_LENGTH) & (2 * inside.sum(axis=1) >= inside.shape[1])
        if clear.any():
            x, y, inside = x[clear], y[clear], inside[clear]
            pixels = frame.image[np.where(inside, y, 0), np.where(inside, x, 0)]
            exposure = max(float(frame.image[::32, ::32].mean()), 1.0)
            looks[rows[clear]] = _histograms(pixels, inside, exposure)
        return looks


def _torsos(corners: Floats) -> tuple[Floats, Floats]:
    """Points x and y (2, n, ALONG * ACROSS) on the torsos of four `corners` (n, 4, 2), px, and their lengths (n,)."""
    top, bottom = corners[:, :2].mean(axis=1), corners[:, 2:].mean(axis=1)
    axis = bottom - top
    length = np.hypot(*axis.T)
    aside = np.stack([axis[:, 1], -axis[:, 0]], axis=1) / np.maximum(length, 1.0)[:, None]
    halves = []
    for first in (0, 2):
        half = (corners[:, first + 1] - corners[:, first]) / 2
        half *= np.where((half * aside).sum(axis=1) < 0, -1, 1)[:, None]  # one way round, above and below
        slim = np.hypot(*half.T) < SLIM * length
        halves.append(np.where(slim[:, None], aside * SLIM * length[:, None], half))
    over = np.linspace(*INNER, ACROSS) * 2 - 1
    middle = top[..., None] + axis[..., None] * DOWN
    half = halves[0][..., None] + (halves[1] - halves[0])[..., None] * DOWN  # (n, 2, ALONG)
    points: Floats = middle[..., None] + half[..., None] * over
    return points.transpose(1, 0, 2, 3).reshape(2, -1, ALONG * ACROSS), length


def _histograms(pixels: NDArray[np.uint8], inside: NDArray[np.bool_], exposure: float) -> Floats:
    """(n, d) roots of the soft histograms of `pixels` (n, p, 3), RGB, those `inside`, in a picture of this mean."""
    red, green, blue = rgb = pixels.transpose(2, 0, 1).astype(np.float32)
    high, low = rgb.max(axis=0), rgb.min(axis=0)
    chroma = high - low
    saturation = chroma / np.maximum(high, 1.0)
    steps = np.maximum(chroma, 1e-3)
    # the sixth of the circle of hues, https://en.wikipedia.org/wiki/HSL_and_HSV
    hue = np.where(high == red, (green - blue) / steps % 6, np.where(high == green, blue - red, red - green) / steps)
    hue += np.where(high == red, 0, np.where(high == green, 2, 4))
    coloured = np.clip((saturation - PALE) / PALE, 0, 1) * np.clip(high / (255 * SHADE) - 0.5, 0, 1) * inside
    vivid = np.clip((saturation - PALE) / (VIVID - PALE), 0, 1)
    bright = np.clip(high / exposure * (GREYS / 2) - 0.5, 0, GREYS - 1)
    histograms = np.concatenate(
        [
            _soft(hue * (HUES / 6), coloured * vivid, HUES, around=True),
            _soft(hue * (HUES / 6), coloured * (1 - vivid), HUES, around=True),
            _soft(bright, inside - coloured, GREYS, around=False),
        ],
        axis=1,
    )
    looks: Floats = np.sqrt(histograms / histograms.sum(axis=1, keepdims=True))
    return looks


def _soft(position: Floats, weight: Floats, bins: int, *, around: bool) -> Floats:
    """(n, bins) weights (n, p) shared by the two bins next to each `position`; `around`, the first follows the last."""
    low = position.astype(np.intp)
    part = position - low
    high = (low + 1) % bins if around else np.minimum(low + 1, bins - 1)
    start = bins * np.arange(len(position))[:, None]
    index = np.concatenate([start + low % bins, start + high], axis=1)
    share = np.concatenate([weight * (1 - part), weight * part], axis=1)
    counts: Floats = np.bincount(index.ravel(), share.ravel(), bins * len(position)).astype(np.float64)
    return counts.reshape(-1, bins)
