"""The joint angles of a whole recording."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Poses, PoseSequence
from vitpose_live.fitness.angles import measure
from vitpose_live.fitness.body import BodyReader
from vitpose_live.fitness.sports2d import Sports2DAngles
from vitpose_live.fitness.view import ViewEstimator


def sports2d_angles(sequence: PoseSequence, person: int) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Measure one person as Sports2D does.

    Returns
    -------
    Names of the angles, and (m, a) degrees in the rows of `person`; NaN where a joint is not visible.
    """
    rows = sequence.of(person)
    angles = Sports2DAngles(sequence.skeleton)
    ahead = looking_ahead(sequence, person)
    degrees = np.full((len(rows), len(angles.names)), np.nan)
    for place, row in enumerate(rows.tolist()):
        measured = angles.observe(sequence.keypoints[row], sequence.scores[row], float(ahead[place]))
        degrees[place] = [measured[name][0] for name in angles.names]
    return angles.names, degrees


def looking_ahead(sequence: PoseSequence, person: int) -> NDArray[np.float64]:
    """Return (m,) 1 where the person looks to the right of the picture, -1 where to the left.

    Where that cannot be told, as from the front, it is what it was before, at the beginning what it is first. Somebody
    who never looks to a side looks to the right.
    """
    rows = sequence.of(person)
    reader, views = BodyReader(sequence.skeleton), ViewEstimator()
    signs = np.zeros(len(rows))
    for place, row in enumerate(rows.tolist()):
        body = reader.read(sequence.keypoints[row], sequence.scores[row])
        view = views.observe(body, float(sequence.times[sequence.rows[row]]))
        # who turns the right side to the camera looks to the right
        signs[place] = {"right": 1.0, "left": -1.0}.get(view.near_side, 0.0)
    told = np.flatnonzero(signs)
    if not len(told):
        return np.ones(len(rows))
    latest = np.maximum.accumulate(np.where(signs != 0, np.arange(len(rows)), told[0]))
    return np.asarray(signs[latest], np.float64)


def included_angles(sequence: PoseSequence, person: int) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Measure one person as the window and the reports do: as included angles, a straight limb having 180 degrees.

    Returns
    -------
    As `sports2d_angles`.
    """
    rows = sequence.of(person)
    moments = Poses(
        sequence.keypoints[rows], sequence.scores[rows], np.arange(len(rows)), sequence.boxes[rows], sequence.skeleton
    )
    measured = measure(moments)
    return measured.names, measured.degrees.astype(np.float64)
