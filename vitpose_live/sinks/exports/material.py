"""What every export is made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import PoseSequence
from vitpose_live.errors import OutputError

PIXEL_DECIMALS = 3
"""Of pixels in texts, as in the tables."""
SCORE_DECIMALS = 4
"""Of scores in texts, as in the tables."""

Measure = Callable[[PoseSequence, int], tuple[tuple[str, ...], NDArray[np.float64]]]
"""Measures the joint angles of a person: names, and (m, a) degrees of their rows, NaN where not visible."""


@dataclass(frozen=True, slots=True)
class Material:
    """A recording and what was asked of its export.

    Parameters
    ----------
    sequence
        The poses.
    name
        What the names of the files begin with.
    measure
        Measures joint angles.
    height
        Of the one person in `sequence`, in metres; None leaves lengths in pixels.
    image_ids
        (f,) int64 number of each frame's picture in its data set; None stands for the numbers of the frames.
    sizes
        (f, 2) int64 width and height in pixels of each frame's picture; None where all are of the sequence's.
    """

    sequence: PoseSequence
    name: str
    measure: Measure
    height: float | None = None
    image_ids: NDArray[np.int64] | None = None
    sizes: NDArray[np.int64] | None = None

    @property
    def ids_of_images(self) -> NDArray[np.int64]:
        """(f,) `image_ids`, or the numbers of the frames."""
        return self.sequence.frames if self.image_ids is None else self.image_ids


def only(sequence: PoseSequence, person: int) -> PoseSequence:
    """Return `sequence` with nobody in it but `person`; every frame is still there.

    Raises
    ------
    OutputError
        When there is no such person; the hint names those there are.
    """
    rows = sequence.of(person)
    if not len(rows):
        people = ", ".join(map(str, sequence.people)) or "nobody"
        raise OutputError(f"there is no person {person}", hint=f"there is {people}")
    raw, raw_scores = sequence.raw_keypoints, sequence.raw_scores
    return replace(
        sequence,
        rows=sequence.rows[rows],
        ids=sequence.ids[rows],
        boxes=sequence.boxes[rows],
        box_scores=sequence.box_scores[rows],
        keypoints=sequence.keypoints[rows],
        scores=sequence.scores[rows],
        raw_keypoints=None if raw is None else raw[rows],
        raw_scores=None if raw_scores is None else raw_scores[rows],
        observed=sequence.observed[rows],
    )


def unsmoothed(sequence: PoseSequence) -> PoseSequence:
    """Return `sequence` with its keypoints as they were before smoothing.

    Raises
    ------
    OutputError
        When they were not kept.
    """
    if sequence.raw_keypoints is None or sequence.raw_scores is None:
        raise OutputError(
            "the keypoints before smoothing were not kept",
            hint="they are in sessions, and in tables whose keypoints were smoothed",
        )
    return replace(
        sequence,
        keypoints=sequence.raw_keypoints,
        scores=sequence.raw_scores,
        raw_keypoints=None,
        raw_scores=None,
    )


def known(points: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Return (...,) whether each of `points` (..., 2) is not missing."""
    return np.asarray(np.isfinite(points).all(axis=-1), np.bool_)


def rounded(points: NDArray[np.floating], scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return (..., 3) x, y in pixels and the score, rounded as in the tables; 0, 0, 0 where missing.

    Parameters
    ----------
    points
        (..., 2), NaN where missing.
    scores
        (...,) 0..1.
    """
    both = np.concatenate(
        [
            points.astype(np.float64).round(PIXEL_DECIMALS),
            scores.astype(np.float64).round(SCORE_DECIMALS)[..., None],
        ],
        axis=-1,
    )
    both[~known(points)] = 0.0
    return both
