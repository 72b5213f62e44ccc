"""How much keypoints shake, told from the keypoints themselves."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MEDIAN_SQUARE = log(2)
"""Median of the squared length of a two-dimensional normal vector, of which the mean is 1."""


def shake(earlier: Floats, latest: Floats, times: Sequence[float], scores: Floats) -> Floats:
    """Variance of people's keypoints in px^2, of x and y together, from a few frames.

    What the curve through a joint's earlier measurements (a parabola, for three) misses the latest one by is hardly
    movement, but noise amplified by a known factor. The median over the joints does not mind a limb that is flung
    about.

    Parameters
    ----------
    earlier
        (t, 2, n, k) x, y in px, oldest first; NaN where missing.
    latest
        (2, n, k) x, y in px; NaN where missing.
    times
        t + 1 different seconds, theirs.
    scores
        (n, k): the deviation of a joint is taken to be the inverse of its score times the person's own.

    Returns
    -------
    (n,) for a joint of score 1; NaN where all joints are missing.
    """
    weights = _carry(times)
    miss = latest - (weights @ earlier.reshape(len(earlier), -1)).reshape(latest.shape)
    miss *= scores
    miss *= miss
    square = miss[0] + miss[1]
    square.sort(axis=1)  # NaN comes last
    n, k = square.shape
    count = np.add.reduce(np.isfinite(square), axis=1, dtype=np.intp)
    middle = square.ravel().take(np.arange(0, n * k, k) + np.maximum(count - 1, 0) // 2)
    return np.asarray(middle / (MEDIAN_SQUARE * (1 + weights @ weights)))


def _carry(times: Sequence[float]) -> Floats:
    """Weights of values at all but the last of `times` that give their polynomial's value at the last (Lagrange)."""
    *earlier, latest = times
    weights = []
    for one in earlier:
        weight = 1.0
        for other in earlier:
            if other != one:
                weight *= (latest - other) / (one - other)
        weights.append(weight)
    return np.array(weights)
