"""Two tracks on one person: found by their poses, which the pose network makes the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Poses
from vitpose_live.tracking.geometry import areas, borrowed, keypoint_similarity, touching
from vitpose_live.tracking.options import TrackerOptions
from vitpose_live.tracking.track import Track

PLAIN_SIGMA = 0.08
"""OKS deviation of every joint of a skeleton that publishes none."""

YOUNG_SECONDS = 1.0
"""A track this young that coincides with an older one the detector has lost is that person, found again."""


BORROWED = 0.7
"""A newcomer so much of whose skeleton is other people's is a box around several of them, not somebody."""


class Duplicates:
    """Watches for tracks whose poses coincide.

    When one person passes behind another the pose network may draw the front one in both boxes. That pose must not
    move the hidden person's box, and only if it goes on for longer is a track taken for a double and no longer
    emitted. Of two tracks the double is the one that the latest detector run did not find; if it found both, or
    neither, the younger.

    Parameters
    ----------
    options
        `duplicate_similarity` and `duplicate_seconds` count here.
    """

    def __init__(self, options: TrackerOptions) -> None:
        self._options = options

    def find(
        self,
        tracks: list[Track],
        points: NDArray[np.float64],
        good: NDArray[np.bool_],
        fit: NDArray[np.bool_],
        poses: Poses,
        rows: list[int],
        detected: float | None,
        time: float,
    ) -> set[int]:
        """Return the ids of the tracks whose pose is another's, and mark those that are doubles.

        Parameters
        ----------
        tracks
            The n people with a pose, of which `points` (n, k, 2) px are the joints, `good` (n, k) the trusted ones,
            `fit` (n,) says whether these suffice, and `rows` are the rows of `poses`.
        detected, time
            Seconds of the latest detector run and of this frame.
        """
        if len(tracks) < 2:
            self._settle(tracks, set(), time)
            return set()
        boxes = poses.boxes[rows].astype(np.float64)
        sigmas = poses.skeleton.sigmas.astype(np.float64)
        if not len(sigmas):
            sigmas = np.full(len(poses.skeleton), PLAIN_SIGMA)
        scale = np.sqrt(areas(boxes))
        pairs = touching(boxes)
        pairs = pairs[fit[pairs].all(axis=1)]
        alike = keypoint_similarity(points, good, scale, sigmas, pairs) if len(pairs) else np.zeros(0)
        doubles: set[int] = set()
        same = pairs[alike >= self._options.duplicate_similarity]
        for first, second in same:
            older, younger = sorted((tracks[first], tracks[second]), key=lambda track: track.id)
            if older.id not in doubles and younger.id not in doubles:
                doubles.add(self._judge(older, younger, detected, time))
        paired = set(same.ravel().tolist())  # like one person: judged above
        unproven = [row for row, track in enumerate(tracks) if not track.proven and row not in paired]
        known = np.array([row for row, track in enumerate(tracks) if track.proven], np.intp)
        for row in unproven:
            if borrowed(points, good, scale, sigmas, row, known) >= BORROWED:
                tracks[row].evidence, tracks[row].double_of = 0.0, tracks[known[-1]].id
                doubles.add(tracks[row].id)
        self._settle(tracks, doubles, time)
        return doubles

    def _judge(self, older: Track, younger: Track, detected: float | None, time: float) -> int:
        """Return the id of the double of two tracks with one pose."""
        lost = older.seen != detected and younger.seen == detected
        double, other = (older, younger) if lost else (younger, older)
        if lost and time - younger.born <= YOUNG_SECONDS:
            older.take_over(younger)
            younger.evidence, younger.double_of = 0.0, younger.id  # gone: `BoxTracker.correct` drops it
            return younger.id
        double.doubled += min(time - double.pose_time, 0.2)
        if not double.proven or double.doubled >= self._options.duplicate_seconds:
            double.evidence, double.double_of = 0.0, other.id
        return double.id

    def _settle(self, tracks: list[Track], doubles: set[int], time: float) -> None:
        """Let the suspicion against everybody else fade."""
        for track in tracks:
            if track.id not in doubles:
                track.doubled = max(track.doubled - min(time - track.pose_time, 0.2), 0.0)
