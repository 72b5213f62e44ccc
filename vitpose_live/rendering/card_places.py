"""Where a card goes in a picture: near its person, off faces and other cards, and where it was before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Poses

Rectangle = tuple[int, int, int, int]
"""x1, y1, x2, y2 in pixels."""

_ON_FACE, _ON_CARD, _ON_OTHER, _ON_SELF = 200.0, 60.0, 4.0, 3.0
"""Cost of a card that lies wholly on such a thing; being as far from its person as it is wide costs 1."""
_LAZINESS = 1.0
"""How much better another place must be."""
_OFF_LABEL = 0.16
"""Room for the label of the box, in widths of the card."""
_FACE_WORDS = frozenset({"nose", "eye", "ear", "head", "mouth", "forehead", "face"})
_FACE_PER_PERSON = 0.07
"""Least half side of a face as a fraction of the longer side of the person's box."""
_HEAD_PER_BOX = 1 / 6
"""Where no joint tells of a face, this much of the box's top is taken for it."""


def faces(poses: Poses, threshold: float) -> NDArray[np.float64]:
    """Return a rectangle around each person's face, (n, 4) x1, y1, x2, y2 in pixels."""
    names = poses.skeleton.keypoints
    chosen = [index for index, name in enumerate(names) if _FACE_WORDS & set(name.split("_"))]
    found = np.zeros((len(poses), 4))
    for row, (x1, y1, x2, y2) in enumerate(poses.boxes.tolist()):
        points = poses.keypoints[row, chosen].astype(np.float64)
        points = points[(poses.scores[row, chosen] >= threshold) & np.isfinite(points).all(axis=1)]
        if len(points):
            middle = (points.min(axis=0) + points.max(axis=0)) / 2
            half = max(0.7 * float(np.ptp(points, axis=0).max()), _FACE_PER_PERSON * max(x2 - x1, y2 - y1))
            found[row] = *(middle - half), *(middle + half)
        else:
            found[row] = x1, y1, x2, y1 + _HEAD_PER_BOX * (y2 - y1)
    return found


def best_place(
    size: tuple[int, int],
    own: Sequence[float],
    others: Sequence[Sequence[float]],
    hidden: NDArray[np.float64],
    cards: Sequence[Rectangle],
    area: tuple[int, int],
    before: tuple[int, int] | None = None,
) -> tuple[int, int]:
    """Choose where a card does least harm.

    Parameters
    ----------
    size
        Width and height of the card, which fits in the picture.
    own, others
        Boxes, x1, y1, x2, y2, of its person and of the others.
    hidden
        (m, 4) faces.
    cards
        Those there already.
    area
        Width and height of the picture.
    before
        Where it was in the picture before; it stays there unless another place is clearly better.

    Returns
    -------
    x, y of its top left corner; all of it is inside the picture.
    """
    places = _candidates(size, own, area)
    if before is not None:
        places = np.concatenate([_inside(np.array([before], np.float64), size, area), places])
    rectangles = np.concatenate([places, places + size], axis=1)
    costs = _distance(rectangles, np.array(own, np.float64)) / size[0]
    for weight, obstacles in ((_ON_FACE, hidden), (_ON_CARD, cards), (_ON_OTHER, others), (_ON_SELF, [own])):
        costs += weight * _covered(rectangles, np.array(obstacles, np.float64).reshape(-1, 4))
    if before is not None:
        costs[1:] += _LAZINESS
    x, y = places[int(np.argmin(costs))].tolist()
    return int(x), int(y)


def _candidates(size: tuple[int, int], own: Sequence[float], area: tuple[int, int]) -> NDArray[np.float64]:
    """(c, 2) places to try: both sides of the person, above, below, and the corners of the picture."""
    width, height = size
    x1, y1, x2, y2 = own
    gap = 0.04 * width
    sides = [(x, y) for y in (y1, (y1 + y2 - height) / 2, y2 - height) for x in (x2 + gap, x1 - gap - width)]
    ends = [((x1 + x2 - width) / 2, y) for y in (y1 - _OFF_LABEL * width - height, y2 + gap)]
    corners = [(x, y) for x in (0, area[0]) for y in (0, area[1])]
    return _inside(np.array([*sides, *ends, *corners], np.float64), size, area)


def _inside(places: NDArray[np.float64], size: tuple[int, int], area: tuple[int, int]) -> NDArray[np.float64]:
    """Move `places` so that the card is inside the picture, off its edge where there is room."""
    room = np.array(area, np.float64) - size
    margin = np.minimum(round(0.02 * min(area)), np.floor(room / 2))
    return np.asarray(np.round(np.clip(places, margin, room - margin)), np.float64)


def _covered(rectangles: NDArray[np.float64], obstacles: NDArray[np.float64]) -> NDArray[np.float64]:
    """(c,) how much of each of (c, 4) `rectangles` lies on (m, 4) `obstacles`, as shares of its own area, added up."""
    low = np.maximum(rectangles[:, None, :2], obstacles[:, :2])
    high = np.minimum(rectangles[:, None, 2:], obstacles[:, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2).sum(axis=1)
    return np.asarray(shared / (rectangles[:, 2:] - rectangles[:, :2]).prod(axis=1))


def _distance(rectangles: NDArray[np.float64], box: NDArray[np.float64]) -> NDArray[np.float64]:
    """(c,) pixels between each of (c, 4) `rectangles` and `box`."""
    apart = np.maximum(np.maximum(rectangles[:, :2] - box[2:], box[:2] - rectangles[:, 2:]), 0)
    return np.asarray(np.hypot(apart[:, 0], apart[:, 1]))
