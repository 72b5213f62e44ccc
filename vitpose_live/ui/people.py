"""Following people on the screen: whom a click means, the one locked on to, and where their limbs were. No Qt."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import hypot

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import FrameResult

TRAIL_SECONDS = 1.2
_TRAIL_STEP = 0.06
"""Seconds between its corners: half the lines of every picture's, and nobody sees the difference."""
TRAIL_JOINTS = ("left_wrist", "right_wrist", "left_ankle", "right_ankle")
"""Whose way tells most of a movement."""
_RETURN_SECONDS = 5.0
"""How long somebody locked on to may be out of sight and still be taken for the same when someone appears there."""
_RETURN_REACH = 0.75
"""How far from where they were, in lengths of their box."""


Way = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Where a joint was: (m, 2) points, oldest first, and their (m,) ages, 0 for now and 1 for about to be forgotten."""


def boxes_by_id(result: FrameResult) -> dict[int, list[float]]:
    """Return everybody's box, x1, y1, x2, y2; the track's where there is one, else the one the pose was found in."""
    boxes = dict(zip(result.poses.track_ids.tolist(), result.poses.boxes.tolist(), strict=True))
    return boxes | dict(zip(result.tracks.ids.tolist(), result.tracks.boxes.tolist(), strict=True))


def person_at(result: FrameResult, x: float, y: float) -> int | None:
    """Return the id of the person at `x`, `y` of the picture; of several the one whose box is smallest."""
    hits = [
        ((x2 - x1) * (y2 - y1), track)
        for track, (x1, y1, x2, y2) in boxes_by_id(result).items()
        if x1 <= x <= x2 and y1 <= y <= y2
    ]
    return min(hits)[1] if hits else None


class PersonLock:
    """Keeps to one person, also through a gap in which the tracker lost them and gave them a new id."""

    def __init__(self) -> None:
        self.person: int | None = None
        self._box: list[float] | None = None
        self._seen_at = 0.0
        self._others: frozenset[int] = frozenset()

    def choose(self, person: int | None) -> None:
        """Lock on to `person`; None lets go."""
        self.person = person
        self._box = None
        self._others = frozenset()

    def follow(self, result: FrameResult) -> None:
        """Note where the person is now; take up somebody new who appears where they were lost."""
        if self.person is None:
            return
        boxes = boxes_by_id(result)
        time = result.frame.time
        if self.person in boxes:
            self._box, self._seen_at = boxes[self.person], time
            self._others = frozenset(boxes)
            return
        if self._box is None or not 0 <= time - self._seen_at <= _RETURN_SECONDS:
            return
        newcomers = {track: box for track, box in boxes.items() if track not in self._others}
        reach = _RETURN_REACH * max(self._box[2] - self._box[0], self._box[3] - self._box[1])
        near = [(gap, track) for track, box in newcomers.items() if (gap := _distance(box, self._box)) <= reach]
        if near:
            self.person = min(near)[1]
            self._box, self._seen_at, self._others = boxes[self.person], time, frozenset(boxes)


def _distance(one: list[float], other: list[float]) -> float:
    """Pixels between the centres of two boxes."""
    across, down = (((one[i] + one[i + 2]) - (other[i] + other[i + 2])) / 2 for i in (0, 1))
    return hypot(across, down)


@dataclass(slots=True)
class Trails:
    """Where the wrists and ankles of each person were over the last moments.

    Parameters
    ----------
    seconds
        How far back they reach.
    """

    seconds: float = TRAIL_SECONDS
    _points: dict[tuple[int, str], deque[tuple[float, float, float]]] = field(default_factory=dict)
    _time: float = -np.inf

    def clear(self) -> None:
        """Forget everything."""
        self._points.clear()
        self._time = -np.inf

    def follow(self, result: FrameResult, threshold: float) -> None:
        """Add the joints of `result` that score at least `threshold`; a jump in time starts afresh."""
        time, poses = result.frame.time, result.poses
        if not 0 <= time - self._time <= self.seconds:
            self.clear()
        self._time = time
        joints = [(poses.skeleton.index(name), name) for name in TRAIL_JOINTS if name in poses.skeleton.keypoints]
        for row, track in enumerate(poses.track_ids.tolist()):
            for joint, name in joints:
                if poses.scores[row, joint] >= threshold:
                    x, y = poses.keypoints[row, joint].tolist()
                    points = self._points.setdefault((track, name), deque())
                    if len(points) > 1 and points[-1][0] - points[-2][0] < _TRAIL_STEP:
                        points.pop()  # the newest corner moves on until it is far enough from the one before
                    points.append((time, x, y))
        for key in list(self._points):
            points = self._points[key]
            while points and time - points[0][0] > self.seconds:
                points.popleft()
            if not points:
                del self._points[key]

    def lines(self) -> dict[int, list[Way]]:
        """Return the way of each joint of each person, by the person's id."""
        found: dict[int, list[Way]] = {}
        for (track, _), points in self._points.items():
            table = np.array(points, np.float64)
            if len(table) >= 2:
                found.setdefault(track, []).append((table[:, 1:], (self._time - table[:, 0]) / self.seconds))
        return found
