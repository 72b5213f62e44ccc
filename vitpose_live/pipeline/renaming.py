"""People under other ids: a newcomer turned out to be somebody known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Poses, Tracks

People = TypeVar("People", Tracks, Poses)


def renamed(people: People, names: Mapping[int, int]) -> People:
    """Return `people` with those ids that are in `names` changed and whose is 0 there left out, lowest id first."""
    before = people.ids if isinstance(people, Tracks) else people.track_ids
    ids = np.array([names.get(identity, identity) for identity in before.tolist()], np.int64)
    rows: NDArray[np.intp] = np.argsort(ids, kind="stable")
    rows = rows[ids[rows] > 0]
    if isinstance(people, Tracks):
        return Tracks(people.boxes[rows], ids[rows], people.observed[rows], people.scores[rows])
    return Poses(people.keypoints[rows], people.scores[rows], ids[rows], people.boxes[rows], people.skeleton)
