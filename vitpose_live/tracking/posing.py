"""What a frame's poses say: who is somebody, whose limbs those are, and where everybody went."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Poses
from vitpose_live.tracking.bodies import Bodies
from vitpose_live.tracking.carrying import carry, teach
from vitpose_live.tracking.duplicates import find_doubles
from vitpose_live.tracking.limbs import disown
from vitpose_live.tracking.options import TrackerOptions
from vitpose_live.tracking.scene import Scene
from vitpose_live.tracking.track import Track

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

HOPELESS_JOINTS = 3
"""A pose with fewer trusted joints shows no person; a face alone has five."""


def take_poses(scene: Scene, options: TrackerOptions, poses: Poses) -> Flags:
    """Take in the poses of the people emitted on the latest frame.

    Returns
    -------
    (n,) bool
        False for the people whom this frame's pose has shown to be none.
    """
    believed = np.array([True] * len(poses), np.bool_)
    scene.foreign = {}
    scene.judge.sees_poses = True
    if poses.skeleton != scene.skeleton:
        scene.skeleton = poses.skeleton
        for track in scene.tracks:
            track.build = None
    bodies, rows = Bodies.of(poses, scene.emitted, options.keypoint_score)
    if scene.time is None or not rows:
        return believed
    doubles = find_doubles(scene, options, bodies, scene.time)
    bodies, robbed = disown(scene, bodies, doubles, scene.time)
    _judge(scene, options, bodies, doubles, robbed, scene.time)
    # whoever was taken over by an older track is marked as a double of itself
    scene.tracks = [track for track in scene.tracks if not track.id or track.double_of != track.id]
    _move(scene, options, bodies, scene.time)
    gone = [row for row, track in zip(rows, bodies.tracks, strict=True) if track.evidence <= 0]
    if gone:
        believed[gone] = False
    return believed


def _judge(
    scene: Scene, options: TrackerOptions, bodies: Bodies, doubles: set[int], robbed: list[bool], time: float
) -> None:
    """Let the poses speak for and against the people; `robbed` (n,) are those too much of whose pose was another's."""
    judge, least = scene.judge, bodies.least
    totals = np.add.reduce(bodies.scores * bodies.good.astype(np.float64), axis=1).tolist()
    for track, joints, total, hidden in zip(bodies.tracks, bodies.count.tolist(), totals, robbed, strict=True):
        elapsed, track.pose_time = time - track.pose_time, time
        double = track.id in doubles
        track.posed = joints >= least and not hidden and not double
        hopeless = joints < HOPELESS_JOINTS and options.new_track_score is None
        if hopeless and judge.reject(track):
            continue
        if not hidden or double:  # whoever stands before somebody says nothing against them
            judge.pose(track, elapsed, total / joints if track.posed else 0.0)


def _move(scene: Scene, options: TrackerOptions, bodies: Bodies, time: float) -> None:
    """Learn from the good poses of those detected on this frame, and move everybody else by theirs."""
    posed = [row for row, track in enumerate(bodies.tracks) if track.posed]
    seen = [row for row in posed if bodies.tracks[row] in scene.observed]
    if seen:
        teach(*_chosen(bodies, seen), time)
    unseen = [row for row in posed if row not in seen] if seen else posed
    if unseen:
        tracks, points, good = _chosen(bodies, unseen)
        carry(tracks, points, good, scene.forecast(options.motion, tracks, time), options, time)


def _chosen(bodies: Bodies, rows: list[int]) -> tuple[list[Track], Floats, Flags]:
    """Return tracks, points (2, m, k) and good joints (m, k) of the m `rows`."""
    if len(rows) == len(bodies.tracks):
        return bodies.tracks, bodies.points, bodies.good
    tracks = [bodies.tracks[row] for row in rows]
    return tracks, bodies.points.take(rows, axis=1), bodies.good.take(rows, axis=0)
