"""The boxes that skeletons imply."""

import numpy as np

from vitpose_live.tracking.pose_box import Build, measure


def implied(points):
    """The box of a stranger whose joints are at `points` (k, 2)."""
    good = np.ones((1, len(points)), bool)
    boxes, valid = measure([Build.unknown(len(points))], points.T[:, None], good, np.array([[0.0, 0.0, 1.0, 1.0]]), 0.0)
    assert valid.all()
    return boxes[0]


def test_a_strangers_box_is_the_same_to_the_left_and_the_right():
    joints = np.array([[0.0, 0.0], [30.0, 60.0], [10.0, 140.0], [44.0, 200.0]])
    left, top, right, bottom = implied(joints)
    assert np.allclose(implied(joints * [-1.0, 1.0]), [-right, top, -left, bottom])


def test_a_strangers_box_reaches_further_beyond_the_eyes_than_to_the_sides():
    left, top, right, _ = implied(np.array([[0.0, 0.0], [30.0, 60.0], [10.0, 140.0], [44.0, 200.0]]))
    assert -top > -left > 0
    assert -top > right - 44.0 > 0
