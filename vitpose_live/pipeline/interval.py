"""When the detector should look next: soon while things happen, late while they do not."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Poses, Tracks

CALM_SECONDS = 0.7
"""The longest interval: a newcomer waits no longer. The tracker carries people over more than twice that."""
EMPTY_SECONDS = 0.25
"""While nobody is followed, which makes pictures cheap and the first person news."""
WEAK_SECONDS = 0.2
"""While a pose that should carry somebody does not."""
SOON_SECONDS = 0.1
"""After somebody was lost, or found and not believed in yet: further looks settle it."""

REACH, REACH_NEAR = 0.3, 0.1
"""How far, in body sizes, somebody may go unwatched; where others or the border of the picture are touched."""
SPEED_SECONDS = 0.25
"""Time over which speeds are taken: the detector moves a box that a pose has carried by some percent at once."""
USUAL_SECONDS = 1.0
FALLEN = 0.75
"""Share of the usual score of a person's joints beneath which something has happened."""
TRUSTED, FEWEST_JOINTS = 0.3, 4
"""Fewer joints than that, scored above the former, do not carry a box."""
BORDER = 0.01
"""Share of the picture's shorter side."""


class AdaptiveInterval:
    """Decides, frame by frame, whether the detector is due.

    The interval follows from what the latest frame showed, and never is longer than `CALM_SECONDS`: short when somebody
    is fast for their size, the more so where boxes overlap or touch the border, when scores fall, when somebody was
    lost or is not settled yet, and when nobody is there. Everything is counted in seconds and body sizes (longer side
    of the box), so that neither the frame rate nor the resolution matters, and follows from times and results alone.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the past: the next frame is due."""
        self._looked: float | None = None
        self._wanted = 0.0
        self._lost = False
        self._doubt = SOON_SECONDS
        self._doubtful = False
        self._past: deque[tuple[float, dict[int, tuple[float, float]]]] = deque()
        self._usual: dict[int, float] = {}

    def due(self, time: float) -> bool:
        """Whether the detector should look at the frame of `time` seconds; if so, that is taken for done.

        Where time stands still, as of frames nobody gave one, every frame is due: nothing is known of how long it was.
        """
        since = np.inf if self._looked is None else time - self._looked
        if 0 < since < self._wanted - 1e-6:
            return False
        self._looked = time
        self._lost = False
        return True

    def observe(self, time: float, size: tuple[int, int], tracks: Tracks, poses: Poses, found: int | None) -> None:
        """Take in what the frame of `time` seconds showed.

        Parameters
        ----------
        size
            Width and height of the picture in pixels.
        tracks, poses
            The people in it, row by row.
        found
            How many the detector found, if it has just answered; else None.
        """
        if self._past and not 0 <= time - self._past[-1][0] <= CALM_SECONDS:
            self._past.clear()
            self._usual.clear()
        centres = (tracks.boxes[:, :2] + tracks.boxes[:, 2:]) / 2
        here = {i: (x, y) for i, (x, y) in zip(tracks.ids.tolist(), centres.tolist(), strict=True)}
        if self._past and found is None and not self._past[-1][1].keys() <= here.keys():
            self._lost = True
        self._past.append((time, here))
        while len(self._past) > 2 and time - self._past[1][0] >= SPEED_SECONDS:
            self._past.popleft()
        if found is not None:
            self._doubtful = found > len(tracks)
            self._doubt = min(2 * self._doubt, CALM_SECONDS) if self._doubtful else SOON_SECONDS
        wanted = [CALM_SECONDS, *self._by_speed(tracks, size), *self._by_score(time, poses)]
        if not len(tracks):
            wanted.append(EMPTY_SECONDS)
        if self._lost:
            wanted.append(SOON_SECONDS)
        if self._doubtful:
            wanted.append(self._doubt)
        self._wanted = min(wanted)

    def _by_speed(self, tracks: Tracks, size: tuple[int, int]) -> Iterable[float]:
        """Seconds in which people go as far as they may unwatched."""
        (then, before), (now, here) = self._past[0], self._past[-1]
        if not len(tracks) or now <= then:
            return ()
        away = np.array([np.subtract(here[i], before.get(i, here[i])) for i in tracks.ids.tolist()])
        body = np.maximum((tracks.boxes[:, 2:] - tracks.boxes[:, :2]).max(axis=1), 1.0)
        speed = np.hypot(*away.T) / body / (now - then)
        reach = np.where(_touching(tracks.boxes) | _at_border(tracks.boxes, size), REACH_NEAR, REACH)
        return [float(seconds) for seconds in reach / np.maximum(speed, 1e-3)]

    def _by_score(self, time: float, poses: Poses) -> Iterable[float]:
        """Seconds to wait for people whose poses are poor, or worse than they used to be."""
        since = time - self._past[-2][0] if len(self._past) > 1 else 0.0
        gain = 1 - np.exp(-since / USUAL_SECONDS)
        means = poses.scores.mean(axis=1).tolist() if len(poses) else []
        carried = (poses.scores > TRUSTED).sum(axis=1) >= FEWEST_JOINTS
        usual = {}
        wanted = []
        for identity, score, carries in zip(poses.track_ids.tolist(), means, carried.tolist(), strict=True):
            before = self._usual.get(identity, score)
            usual[identity] = before + gain * (score - before)
            if not carries or score < FALLEN * before:
                wanted.append(WEAK_SECONDS)
        self._usual = usual
        return wanted


def _touching(boxes: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(n,) whether a box overlaps another one."""
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    both = np.asarray((high > low).all(axis=2)) & ~np.eye(len(boxes), dtype=np.bool_)
    return np.asarray(both.any(axis=1))


def _at_border(boxes: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.bool_]:
    """(n,) whether a box reaches to the border of a picture of that width and height."""
    margin = BORDER * min(size)
    return np.asarray((boxes[:, :2] <= margin).any(axis=1) | (boxes[:, 2:] >= np.array(size) - margin).any(axis=1))
