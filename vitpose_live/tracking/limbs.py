"""Whose joint is it? Where two people's crops overlap the pose network may draw one's limbs in both."""

from __future__ import annotations

from dataclasses import dataclass
from math import expm1

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Poses
from vitpose_live.tracking.bodies import Bodies
from vitpose_live.tracking.geometry import areas, grow, squared_length, touching
from vitpose_live.tracking.scene import Scene

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]

CROP = 0.25
"""The pose network sees this much beyond the box, as a share of its sides."""

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
        k = len(bodies.skeleton)
        unknown = np.full((2, k), np.nan)
        builds = [track.build for track in bodies.tracks]
        known = [build.where if build is not None else unknown for build in builds]
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

    def share(self, good: Flags) -> Floats:
        """(n,) how much of each pose, of which the joints `good` (n, k) are trusted, is somebody else's."""
        share: Floats = self.foreign.sum(axis=1) / np.maximum(good.sum(axis=1), 1)
        return share

    def robbed(self, good: Flags) -> Flags:
        """(n,) whose pose says nothing any more."""
        return np.asarray((self.foreign.sum(axis=1) >= FEW) & (self.share(good) >= ROBBED))


def settle(points: Floats, good: Flags, mirror: Indices, expected: Expectation) -> Claims:
    """Give each joint that two people claim to the better owner.

    Claimed are joints of one name, or of one name on opposite sides of the body, in the same place. They go to the
    person whose own past foretells them better, each by itself and, as whoever was given one of somebody else's joints
    was given more, all that the two claim together. Joints just where both were expected stay with both if they are few
    or on opposite sides: bodies do pass each other.

    Parameters
    ----------
    points, good
        (n, k, 2) joints in px and (n, k) which of them to trust.
    mirror
        (k,) the joint on the other side of the body.
    expected
        Where the joints would be.
    """
    n, k = good.shape
    foreign, owner = np.zeros((n, k), np.bool_), np.arange(n)
    scale = np.sqrt(areas(expected.boxes))
    joints = np.array([np.arange(k), mirror])  # of the first of a pair and of the second
    first, second = touching(grow(expected.boxes, CROP)).T
    near = (SAME * np.minimum(scale[first], scale[second])[:, None]) ** 2
    # indexing with two arrays is several times slower than taking twice
    apart = squared_length(points.take(first, axis=0)[:, None] - points.take(second, axis=0).take(joints, axis=1))
    claimed = (apart < near[:, None]) & good.take(first, axis=0)[:, None]
    claimed &= good.take(second, axis=0).take(joints, axis=1)
    opposite = joints != joints[0]
    claimed[:, 1] &= opposite[1]
    rivals = claimed.any(axis=(1, 2))
    if not rivals.any():
        return Claims(foreign, owner)
    first, second, claimed = first[rivals], second[rivals], claimed[rivals]
    cost = _cost(points, scale, expected)
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


def disown(scene: Scene, bodies: Bodies, doubles: set[int], time: float) -> Claims:
    """Find the joints that are another's and note them in `scene`; a newcomer made of them is nobody.

    Parameters
    ----------
    doubles
        Ids of those on another's body.
    time
        Seconds of this frame.
    """
    tracks = bodies.tracks
    claims = settle(bodies.points, bodies.good, bodies.skeleton.mirror_order, Expectation.of(bodies, doubles))
    shares = claims.share(bodies.good).tolist()
    for track, foreign, share, owner in zip(tracks, claims.foreign, shares, claims.owner.tolist(), strict=True):
        if share:
            scene.foreign[track.id] = foreign
        if share or track.theft:
            track.theft += (share - track.theft) * -expm1(-(time - track.pose_time) / SUSPECT_SECONDS)
        if share >= BORROWED and not track.proven:
            track.evidence, track.double_of = 0.0, tracks[owner].id
    return claims


def _cost(points: Floats, scale: Floats, expected: Expectation) -> Floats:
    """(n, k) how far each joint is from what is expected of the person: half the squared distance in deviations."""
    low, high = expected.boxes[:, None, :2], expected.boxes[:, None, 2:]
    there = low + expected.where.swapaxes(1, 2) * (high - low)
    away = ((points - there) ** 2).sum(-1) / (2 * (BLUR * scale[:, None]) ** 2)
    cost = np.where(np.isnan(away), UNKNOWN, np.minimum(away, WORST)) + expected.doubt[:, None]
    edge = MARGIN * (high - low)
    costs: Floats = cost + OUTSIDE * ((points < low - edge) | (points > high + edge)).any(axis=-1)
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
