"""What the traces show: the joint angles of one person over the latest moments. No Qt."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import FrameResult
from vitpose_live.fitness import ANGLES, measure
from vitpose_live.ui.people import boxes_by_id

SECONDS = 10.0
"""How far back the traces reach."""
NAMES = tuple(dict.fromkeys(row.name for row in ANGLES))
"""Every angle that may be traced."""
JOINTS = {
    joint: tuple(name for name in NAMES if name.endswith(f"_{joint}"))
    for joint in dict.fromkeys(name.partition("_")[2] for name in NAMES)
}
"""The angles that belong together: the left and the right one of each joint."""
DEFAULT = (*JOINTS["knee"], *JOINTS["elbow"])
_GAP = 1.0
"""Seconds without a picture after which the line breaks."""
_LARGER = 1.5
"""How many times as large as the one shown somebody else must be to be shown instead, so that two do not take turns."""
_PATIENCE = 1.0
"""Seconds after which somebody who is gone is given up for somebody else."""
_CAPACITY = 2400
"""Samples kept: 10 s at 240 pictures a second."""


def side_of(name: str) -> str:
    """Return whether the angle called `name` is of the ``left``, the ``right`` or the ``centre``."""
    side = name.partition("_")[0]
    return side if side in ("left", "right") else "centre"


class Traces:
    """Follows one person: the one locked on to, else the largest.

    The traces are always what led to the picture on show. Going back in time takes away what comes after it, and a
    leap forward leaves a gap. Another person starts afresh, except when the one locked on to was lost and is taken up
    again under another id.

    Parameters
    ----------
    seconds
        How far back they reach.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self.person: int | None = None
        """Whose traces they are."""
        self.known: frozenset[str] = frozenset(NAMES)
        """Names of the angles that the skeleton has the joints for."""
        self._locked: int | None = None
        self._seen_at = -np.inf
        self._present: frozenset[int] = frozenset()
        self._times = np.zeros(_CAPACITY)
        self._degrees = np.zeros((_CAPACITY, len(NAMES)), np.float32)
        self._next = 0
        self._count = 0

    def clear(self) -> None:
        """Forget everything."""
        self.person = self._locked = None
        self._seen_at = -np.inf
        self._present = frozenset()
        self._count = 0

    def follow(self, result: FrameResult, locked: int | None, threshold: float) -> None:
        """Add the picture `result`, in which the person is `locked` on to `locked`.

        Parameters
        ----------
        threshold
            Least score of the joints that an angle rests on; the line has a gap where one scores less.
        """
        time = result.frame.time
        self._choose(result, locked)
        self._rewind(time)
        if self._count and time - self._times[self._next - 1] > _GAP:
            self._add(np.nextafter(time, -np.inf), np.full(len(NAMES), np.nan, np.float32))
        degrees = np.full(len(NAMES), np.nan, np.float32)
        chosen = result.poses.track_ids == self.person
        if chosen.any():
            angles = measure(result.poses.select(chosen), threshold=threshold)
            self.known = frozenset(angles.names)
            degrees[[NAMES.index(name) for name in angles.names]] = angles.degrees[0]
        self._add(time, degrees)

    def curves(self) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Return (m,) seconds before the latest picture, from -`seconds` to 0, and (m, a) degrees in order of `NAMES`.

        NaN is where there is nothing to draw.
        """
        kept = np.arange(self._next - self._count, self._next) % _CAPACITY
        times = self._times[kept] - (self._times[kept[-1]] if self._count else 0.0)
        recent = times >= -self.seconds
        return times[recent], self._degrees[kept[recent]]

    def _choose(self, result: FrameResult, locked: int | None) -> None:
        """Decide whose angles are shown; forget the traces of anybody else."""
        boxes = boxes_by_id(result)
        time = result.frame.time
        sizes = {track: (x2 - x1) * (y2 - y1) for track, (x1, y1, x2, y2) in boxes.items()}
        person = self.person
        if locked is not None:
            person = locked
        elif person is not None and person in boxes:
            largest = max(boxes, key=lambda track: sizes[track])
            person = largest if sizes[largest] > _LARGER * sizes[person] else person
        elif boxes and not 0 <= time - self._seen_at <= _PATIENCE:
            person = max(boxes, key=lambda track: sizes[track])
        if person != self.person:
            # somebody who was not there when the one before was last seen, and now is in their place
            handed_over = (
                None not in (self._locked, locked) and self.person not in boxes and person not in self._present
            )
            if not handed_over:
                self._count = 0
            self.person = person
        self._locked = locked
        if person in boxes:
            self._seen_at, self._present = time, frozenset(boxes)

    def _rewind(self, time: float) -> None:
        """Drop what is not earlier than `time`."""
        kept = np.arange(self._next - self._count, self._next) % _CAPACITY
        earlier = int(np.searchsorted(self._times[kept], time))
        self._next = (self._next - self._count + earlier) % _CAPACITY
        self._count = earlier

    def _add(self, time: float, degrees: NDArray[np.float32]) -> None:
        self._times[self._next], self._degrees[self._next] = time, degrees
        self._next = (self._next + 1) % _CAPACITY
        self._count = min(self._count + 1, _CAPACITY)
