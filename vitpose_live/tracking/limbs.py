"""Whose joint is it? Where two people's crops overlap the pose network may draw one's limbs in both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import expm1

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Poses
from vitpose_live.tracking.bodies import Bodies
from vitpose_live.tracking.geometry import squared_length
from vitpose_live.tracking.pose_box import Build
from vitpose_live.tracking.scene import Scene

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]

SAME = 0.07
"""Two joints nearer than this share of the smaller body (root of the box's area) are one, drawn twice."""

FEW = 3
"""Fewer joints than this in the same place may be a coincidence: hands that meet, ankles that pass."""

BLUR = 0.12
"""Deviation of a joint from where it was expected, as a share of the body: limbs swing, boxes are predicted."""

EXPECTED = 1.0
"""A joint that costs less is where its person's was expected to be."""

UNKNOWN, WORST, OUTSIDE = 2.0, 6.0, 2.0
"""Cost of a joint of which nothing is expected yet; the highest cost of one far from there; what adds to either where
the joint lies outside the person's own box."""

SUSPECT = 4.0
"""What it costs to have been drawn with nothing but somebody else's joints lately."""

SUSPECT_SECONDS = 0.5
"""How long that is remembered."""

ROBBED = 0.3
"""A pose that has lost this share of its joints, and not just a few, says nothing about where the person is."""

BORROWED = 0.5
"""A newcomer so much of whose first pose is another person's is nobody."""

MARGIN = 0.05
"""Share of the box's sides that is still inside."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected of n people with k joints, from their own past.

    Parameters
    ----------
    boxes
        (n, 4) xyxy px, where they were expected in this frame before it was looked at.
    where
        (n, 2, k) where in its box each joint was last, in x and y, 0..1; NaN where never seen.
    doubt
        (n,) what it costs to be weakly detected, never to have had a pose, to have had somebody else's, now or lately.
    """

    boxes: Floats
    where: Floats
    doubt: Floats

    @classmethod
    def of(cls, bodies: Bodies, doubles: set[int]) -> Expectation:
        """Return what the people's past leads to expect of them in their boxes; `doubles` are ids."""
        unknown = Build.unknown(len(bodies.skeleton))
        known = [(track.build or unknown).joints[:2] for track in bodies.tracks]
        doubt = [
            1.0 - track.score + SUSPECT * track.theft + WORST * ((not track.proven) + (track.id in doubles))
            for track in bodies.tracks
        ]
        return cls(bodies.boxes, np.array(known), np.array(doubt))


@dataclass(frozen=True, slots=True)
class Claims:
    """Whose joints those are that two people claim.

    Parameters
    ----------
    foreign
        (n, k) joints that are somebody else's.
    owner
        (n,) row of who owns most of those; the person's own row where there are none.
    """

    foreign: Flags
    owner: Indices


def settle(bodies: Bodies, expect: Callable[[], Expectation]) -> Claims | None:
    """Give each joint that two people claim to the better owner; None where nobody claims another's.

    Claimed are joints of one name, or of one name on opposite sides of the body, in the same place. They go to the
    person whose own past foretells them better, each by itself and, as whoever was given one of somebody else's joints
    was given more, all that the two claim together. Joints just where both were expected stay with both if they are few
    or on opposite sides: bodies do pass each other.

    Parameters
    ----------
    bodies
        The people.
    expect
        Says where their joints would be; only asked where some are claimed.
    """
    points, good = bodies.points, bodies.good
    joints, opposite = bodies.mirror  # joints of the first of a pair and of the second
    first, second = bodies.neighbours[0], bodies.neighbours[1]
    near = (SAME * np.minimum(bodies.scale.take(first), bodies.scale.take(second))) ** 2
    # indexing with two arrays is several times slower than taking twice
    apart = squared_length(points.take(first, axis=1)[:, :, None] - points.take(second, axis=1).take(joints, axis=2))
    claimed = apart < near[:, None, None]
    claimed &= good.take(first, axis=0)[:, None]
    claimed &= good.take(second, axis=0).take(joints, axis=1)
    claimed[:, 1] &= opposite[1]
    if not claimed.any():
        return None
    rivals = claimed.any(axis=(1, 2))
    (n, k), first, second, claimed = good.shape, first[rivals], second[rivals], claimed[rivals]
    foreign, owner = np.zeros((n, k), np.bool_), np.arange(n)
    cost = _cost(points, bodies.scale, expect())
    costs = np.stack(np.broadcast_arrays(cost[first][:, None], cost[second][:, joints]))
    count = claimed.sum(axis=-1, keepdims=True)
    total = costs + np.where(claimed, costs, 0.0).sum(axis=-1, keepdims=True) / np.maximum(count, 1)
    claimed &= ~((costs < EXPECTED).all(axis=0) & (opposite | (count < FEW)))
    keeps = total[0] <= total[1]
    given = np.zeros((n, n), np.intp)  # how many joints of whom
    for lost, loser, winner, its in (
        (claimed & ~keeps, first, second, joints[[0, 0]]),
        (claimed & keeps, second, first, joints),
    ):
        row, way, joint = lost.nonzero()
        foreign[loser[row], its[way, joint]] = True
        np.add.at(given, (loser[row], winner[row]), 1)
    # of several who take it from each other in a circle, the best owner keeps it
    row, way, joint = claimed.nonzero()
    its_first, its_second = (first[row], joint), (second[row], joints[way, joint])
    kept, rival = np.zeros((n, k), np.bool_), np.full((n, k), np.inf)
    for one, other in ((its_first, its_second), (its_second, its_first)):
        np.logical_or.at(kept, one, ~foreign[other])
        np.minimum.at(rival, one, cost[other])
    foreign &= kept | (cost > rival)
    return Claims(foreign, np.where(given.any(axis=1), given.argmax(axis=1), owner))


def disown(scene: Scene, bodies: Bodies, doubles: set[int], time: float) -> tuple[Bodies, list[bool]]:
    """Find the joints that are another's and note them in `scene`; a newcomer made of them is nobody.

    Parameters
    ----------
    doubles
        Ids of those on another's body.
    time
        Seconds of this frame.

    Returns
    -------
    bodies
        Without trust in those joints.
    robbed
        (n,) whose pose says nothing any more without them.
    """
    claims, tracks = settle(bodies, lambda: Expectation.of(bodies, doubles)), bodies.tracks
    shares, robbed = [0.0] * len(tracks), [False] * len(tracks)
    if claims is not None:
        lost = claims.foreign.sum(axis=1)
        share = lost / np.maximum(bodies.count, 1)
        shares, robbed = share.tolist(), ((lost >= FEW) & (share >= ROBBED)).tolist()
        bodies = bodies.without(claims.foreign)
    for row, (track, taken) in enumerate(zip(tracks, shares, strict=True)):
        if taken or track.theft:
            track.theft += (taken - track.theft) * -expm1(-(time - track.pose_time) / SUSPECT_SECONDS)
        if taken and claims is not None:
            scene.foreign[track.id] = claims.foreign[row]
            if taken >= BORROWED and not track.proven:
                track.evidence, track.double_of = 0.0, tracks[claims.owner[row]].id
    return bodies, robbed


def _cost(points: Floats, scale: Floats, expected: Expectation) -> Floats:
    """(n, k) how far each joint is from what is expected of the person: half the squared distance in deviations."""
    low, high = expected.boxes.T[:2, :, None], expected.boxes.T[2:, :, None]
    there = low + expected.where.swapaxes(0, 1) * (high - low)
    away = squared_length(points - there) / (2 * (BLUR * scale[:, None]) ** 2)
    cost = np.where(np.isnan(away), UNKNOWN, np.minimum(away, WORST)) + expected.doubt[:, None]
    edge = MARGIN * (high - low)
    costs: Floats = cost + OUTSIDE * ((points < low - edge) | (points > high + edge)).any(axis=0)
    return costs


def without(poses: Poses, foreign: dict[int, Flags]) -> Poses:
    """Return `poses` without the joints (k,) that are `foreign` to the person of that id: missing, not guessed."""
    rows = [row for row, identity in enumerate(poses.track_ids.tolist()) if identity in foreign]
    if not rows:
        return poses
    keypoints, scores = poses.keypoints.copy(), poses.scores.copy()
    taken = np.zeros(scores.shape, np.bool_)
    taken[rows] = [foreign[int(poses.track_ids[row])] for row in rows]
    keypoints[taken], scores[taken] = np.nan, 0.0
    return Poses(keypoints, scores, poses.track_ids, poses.boxes, poses.skeleton)
