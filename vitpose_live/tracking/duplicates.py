"""Two tracks on one person: found by their poses, which the pose network makes the same.

When one person passes behind another the pose network may draw the front one in both boxes. That pose must not move
the hidden person's box, and only if it goes on for longer is a track taken for a double and no longer emitted. Of two
tracks the double is the one that the latest detector run did not find; if it found both, or neither, the younger.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vitpose_live.tracking.bodies import Bodies
from vitpose_live.tracking.geometry import borrowed, keypoint_similarity, overlapping
from vitpose_live.tracking.options import TrackerOptions
from vitpose_live.tracking.scene import Scene
from vitpose_live.tracking.track import Track

YOUNG_SECONDS = 1.0
"""A track this young that coincides with an older one the detector has lost is that person, found again."""

BORROWED = 0.7
"""A newcomer so much of whose skeleton is other people's is a box around several of them, not somebody."""

LONGEST = 0.2
"""Seconds for which one frame may count: frames that far apart do not vouch for what was between them."""


def find_doubles(scene: Scene, options: TrackerOptions, bodies: Bodies, time: float) -> set[int]:
    """Return the ids of the tracks whose pose is another's, and mark those that are doubles.

    `time` is that of this frame in seconds.
    """
    tracks, pairs = bodies.tracks, bodies.neighbours
    doubles: set[int] = set()
    pairs = pairs[:, overlapping(bodies.boxes, pairs)]
    if pairs.size:
        pairs = pairs[:, (bodies.count[pairs] >= bodies.least).all(axis=0)]
        alike = keypoint_similarity(bodies.points, bodies.good, bodies.scale, bodies.sigmas, pairs)
        pairs = pairs[:, alike >= options.duplicate_similarity]
    for first, second in pairs.T.tolist():
        older, younger = sorted((tracks[first], tracks[second]), key=lambda track: track.id)
        if older.id not in doubles and younger.id not in doubles:
            doubles.add(_judge(older, younger, scene.detected, options.duplicate_seconds, time))
    unproven = [row for row, track in enumerate(tracks) if not track.proven]
    if unproven:
        paired = set(pairs.ravel().tolist())  # like one person: judged above
        known = np.array([row for row, track in enumerate(tracks) if track.proven], np.intp)
        for row in unproven:
            if row not in paired and _loan(bodies, row, known) >= BORROWED:
                tracks[row].evidence, tracks[row].double_of = 0.0, tracks[known[-1]].id
                doubles.add(tracks[row].id)
    for track in tracks:  # the suspicion against everybody else fades
        if track.doubled and track.id not in doubles:
            track.doubled = max(track.doubled - min(time - track.pose_time, LONGEST), 0.0)
    return doubles


def _loan(bodies: Bodies, row: int, known: NDArray[np.intp]) -> float:
    """How much of the skeleton at `row` is made of joints of those at the rows `known`, 0..1."""
    return borrowed(bodies.points, bodies.good, bodies.scale, bodies.sigmas, row, known)


def _judge(older: Track, younger: Track, detected: float | None, seconds: float, time: float) -> int:
    """Return the id of the double of two tracks with one pose, which it is not for longer than `seconds`."""
    lost = older.seen != detected and younger.seen == detected
    double, other = (older, younger) if lost else (younger, older)
    if lost and time - younger.born <= YOUNG_SECONDS:
        older.take_over(younger)
        younger.evidence, younger.double_of = 0.0, younger.id  # gone: `take_poses` drops it
        return younger.id
    double.doubled += min(time - double.pose_time, LONGEST)
    if not double.proven or double.doubled >= seconds:
        double.evidence, double.double_of = 0.0, other.id
    return double.id
