"""People made of sticks who exercise, for any skeleton."""

from __future__ import annotations

import numpy as np

from vitpose_live.data import load_skeleton

UPRIGHT = {
    "nose": (0, -180), "shoulder": (20, -150), "elbow": (22, -120), "wrist": (24, -92), "hip": (12, -90),
    "knee": (13, -45), "ankle": (14, 0), "heel": (13, 6), "foot_index": (20, 8),
}  # fmt: skip


def person(skeleton, **moved):
    """(k, 2) points of somebody upright, 1.8 m tall in cm, right side at negative x; `moved` joints are elsewhere.

    A joint without side is put on both sides, mirrored. Joints that the sticks lack are NaN.
    """
    points = np.full((len(skeleton), 2), np.nan)
    for name, (x, y) in UPRIGHT.items():
        for side, sign in (("left", 1), ("right", -1)):
            full = f"{side}_{name}" if name != "nose" else name
            if full in skeleton.keypoints:
                x_, y_ = moved.get(f"{side}_{name}", moved.get(name, (x, y)))
                points[skeleton.index(full)] = sign * x_, y_
    return points


def squat(skeleton, depth):
    """Somebody seen from the front who is `depth` 0..1 of the way to level thighs."""
    down = 45 * depth
    return person(
        skeleton,
        nose=(0, -180 + down), shoulder=(20, -150 + down), elbow=(30, -135 + down), wrist=(10, -140 + down),
        hip=(12, -90 + down), knee=(13 + 10 * depth, -45),
    )  # fmt: skip


def curl(skeleton, left, right):
    """Somebody whose forearms are raised by `left` and `right` 0..1 of 135 degrees."""

    def wrist(share):
        angle = np.radians(135 * share)
        return 22 + 2 + 26 * np.sin(angle), -120 + 28 * np.cos(angle)

    return person(skeleton, left_wrist=wrist(left), right_wrist=wrist(right))


def mirrored(points, skeleton):
    """The same picture in a mirror."""
    return (points * (-1, 1))[skeleton.mirror_order]


def bells(t, count, seconds=2.0, rest=1.0):
    """`count` movements there and back by time `t`, each after a rest."""
    number, within = divmod(t, seconds + rest)
    if number >= count or within < rest:
        return 0.0
    return float(1 - np.cos(2 * np.pi * (within - rest) / seconds)) / 2


COCO, BLAZE = load_skeleton("coco17"), load_skeleton("blazepose33")
