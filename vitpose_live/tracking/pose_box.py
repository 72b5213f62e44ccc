"""The person box that a skeleton implies, once it has been seen how this person's box and skeleton relate.

The tight box around the joints is not a person's box (no scalp, no shoes, no flesh), so the margin on each side, in
units of the joints' larger extent, is averaged over the frames that have both a detection and a pose. A joint that
was there while learning and is hidden now is put where it last was within the box: the box does not jump when an
ankle goes out of sight. A joint that appears counts only from the next detection on. Of somebody of whom nothing is
known, or not any more, the joints in sight are all there is, with the margins that people usually have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

REMEMBER_SECONDS = 1.0
"""A joint hidden for longer than this no longer takes part."""

LEAST_JOINTS = 4
LEAST_SHARE = 0.3
"""A skeleton with fewer trusted joints, or a smaller share of them, says nothing about the box."""

SLOWEST = 0.1
"""Weight of the newest frame in the average once many have been seen."""

USUAL_MARGINS = np.array([[0.08, 0.08], [0.12, 0.06]])
"""How far a standing person's box reaches beyond the joints of the coco skeleton: arms' flesh, scalp, shoes."""

OUTWARDS = np.array([[[-1.0]], [[1.0]]])
"""Which way is out on the low and the high side."""


@dataclass(slots=True)
class Build:
    """How one person's box and joints relate.

    Parameters
    ----------
    numbers
        (3 k + 5,) where the k joints lie within the box, 0..1, NaN where never seen, first all x and then all y; the
        seconds at which each was last trusted; how far the box reaches beyond the joints on its low side in x and y
        and on its high side; and from how many frames that was learned. Replaced, never written into.
    """

    numbers: Floats

    @classmethod
    def unknown(cls, k: int) -> Build:
        """Nothing learned yet of the `k` joints."""
        return cls(np.concatenate([np.full(2 * k, np.nan), np.full(k, -np.inf), USUAL_MARGINS.T.ravel(), [0.0]]))

    @property
    def joints(self) -> Floats:
        """(3, k) where the joints lie within the box in x and y, and when each was last trusted."""
        return self.numbers[:-5].reshape(3, -1)


def learn(builds: Sequence[Build], points: Floats, good: Flags, boxes: Floats, time: float) -> None:
    """Take in that `boxes` (n, 4) were detected while the joints `good` (n, k) were at `points` (2, n, k), px."""
    numbers, joints, margins, count = _stack(builds)
    corners = _corners(boxes)
    _place(joints, points, good, corners, time)
    edges = _edges(joints[:2], time - joints[2] <= REMEMBER_SECONDS, corners)
    seen = (corners - edges) * OUTWARDS / _extent(edges)
    count += 1
    margins += np.maximum(1.0 / count, SLOWEST) * (seen - margins)
    for build, its in zip(builds, numbers, strict=True):
        build.numbers = its


def measure(
    builds: Sequence[Build], points: Floats, good: Flags, predicted: Floats, time: float
) -> tuple[Floats, Flags]:
    """Boxes that the joints imply.

    Parameters
    ----------
    builds
        What is known of the n people.
    points, good
        (2, n, k) x, y of the joints in px and (n, k) which of them to trust.
    predicted
        (n, 4) boxes, xyxy px, in which the hidden joints are imagined.

    Returns
    -------
    boxes
        (n, 4) xyxy px.
    valid
        (n,) False when too few joints are in sight.
    """
    numbers, joints, margins, _ = _stack(builds)
    corners = _corners(predicted)
    known = time - joints[2] <= REMEMBER_SECONDS
    used = known & good
    count = np.add.reduce(used, axis=1, dtype=np.intp)
    strangers = count < LEAST_JOINTS
    if strangers.any():
        known[strangers] = used[strangers] = good[strangers]
        count = np.add.reduce(used, axis=1, dtype=np.intp)
    edges = _edges(np.where(good, _within(points, corners), joints[:2]), known, corners)
    corners = edges + OUTWARDS * margins * _extent(edges)
    low, high = corners
    valid: Flags = (count >= LEAST_JOINTS) & np.logical_and.reduce(high > low)
    if not valid.all():
        used &= valid[:, None]
    _place(joints, points, used, corners, time)
    for build, its in zip(builds, numbers, strict=True):
        build.numbers = its
    return corners.reshape(4, -1).T, valid


def _stack(builds: Sequence[Build]) -> tuple[Floats, Floats, Floats, Floats]:
    """(n, 3 k + 5) numbers of n builds; in these (3, n, k) of joints, (2, 2, n) of margins and (n,) how many frames."""
    numbers = np.array([build.numbers for build in builds])
    n, columns = len(builds), numbers.T
    return numbers, numbers[:, :-5].reshape(n, 3, -1).swapaxes(0, 1), columns[-5:-1].reshape(2, 2, n), columns[-1]


def _corners(boxes: Floats) -> Floats:
    """(2, 2, n) of boxes (n, 4): x and y of the low corner, of the high corner."""
    return boxes.T.reshape(2, 2, -1)


def _extent(edges: Floats) -> Floats:
    """(n,) larger side in px, at least 1, of what lies between the `edges` (2, 2, n)."""
    sides = edges[1] - edges[0]
    return np.asarray(np.maximum(np.maximum(sides[0], sides[1]), 1.0))


def _place(joints: Floats, points: Floats, good: Flags, corners: Floats, time: float) -> None:
    """Note in `joints` (3, n, k) where the `good` ones of the `points` (2, n, k) lie in the boxes, and when."""
    np.copyto(joints[:2], _within(points, corners), where=good)
    np.copyto(joints[2], time, where=good)


def _within(points: Floats, corners: Floats) -> Floats:
    """(2, n, k) where the `points` (2, n, k) lie in the boxes, 0..1."""
    inside = points - corners[0, ..., None]
    inside /= np.maximum(corners[1] - corners[0], 1.0)[..., None]
    return inside


def _edges(inside: Floats, known: Flags, corners: Floats) -> Floats:
    """(2, 2, n) px, lowest and highest x and y of the known joints, that lie `inside` (2, n, k) the boxes, 0..1.

    NaN where none is known.
    """
    placed = np.where(known, inside, np.nan)
    edges = np.empty(corners.shape)
    np.fmin.reduce(placed, axis=-1, out=edges[0])
    np.fmax.reduce(placed, axis=-1, out=edges[1])
    edges *= np.maximum(corners[1] - corners[0], 1.0)
    edges += corners[0]
    return edges
