from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitpose_live.data import Poses, Skeleton, load_skeleton, skeleton_names
from vitpose_live.errors import InvalidArrayError
from vitpose_live.fitness import ANGLES, AngleKind, Angles, measure

COCO = load_skeleton("coco17")
WIDTH = 640


def poses_of(points, skeleton=COCO, scores=None):
    """Poses of (n, k, 2) points, everything well visible unless `scores` (n, k) say otherwise."""
    points = np.asarray(points, np.float32)
    n = len(points)
    scores = np.full(points.shape[:2], 0.9, np.float32) if scores is None else scores
    return Poses(points, scores, np.arange(n) + 5, np.tile([0, 0, 9, 9], (n, 1)), skeleton)


def somebody(seed=0, people=1, skeleton=COCO):
    points = np.random.default_rng(seed).uniform(50, 590, (people, len(skeleton), 2))
    return poses_of(points, skeleton)


def one(places, skeleton=COCO, threshold=0.3, low=(), table=ANGLES):
    """Angles by name of somebody of whom only `places` are to be seen; the joints in `low` score 0.2."""
    points = np.full((1, len(skeleton), 2), np.nan)
    scores = np.zeros((1, len(skeleton)))
    for name, place in places.items():
        points[0, skeleton.index(name)] = place
        scores[0, skeleton.index(name)] = 0.2 if name in low else 0.9
    angles = measure(poses_of(points, skeleton, scores), table, threshold=threshold)
    return dict(zip(angles.names, angles.degrees[0].tolist(), strict=True))


@pytest.mark.parametrize(
    ("hip", "knee", "ankle", "expected"),
    [
        ((100, 100), (100, 200), (100, 300), 180),
        ((100, 100), (100, 200), (200, 200), 90),
        ((100, 100), (100, 200), (0, 100), 45),
        ((100, 100), (100, 200), (150, 113.3975), 30),
        ((100, 100), (100, 200), (150, 286.6025), 150),
        ((100, 100), (100, 200), (100, 100), 0),
    ],
)
def test_knees_by_hand(hip, knee, ankle, expected):
    found = one({"left_hip": hip, "left_knee": knee, "left_ankle": ankle})
    assert found["left_knee"] == pytest.approx(expected, abs=1e-3)
    assert np.isnan(found["right_knee"])


@pytest.mark.parametrize(
    ("shoulders", "expected"), [((100, 50), 0), ((200, 150), 90), ((0, 150), 90), ((50, 100), 45), ((100, 250), 180)]
)
def test_the_trunk_leans_from_the_vertical_whichever_way(shoulders, expected):
    x, y = shoulders
    found = one({
        "left_hip": (110, 150), "right_hip": (90, 150), "left_shoulder": (x + 20, y), "right_shoulder": (x - 20, y),
    })  # fmt: skip
    assert found["trunk_lean"] == pytest.approx(expected, abs=1e-3)


def test_a_hanging_arm_and_one_overhead():
    body = {"right_shoulder": (100, 100), "right_hip": (100, 300)}
    assert one({**body, "right_elbow": (100, 200)})["right_shoulder"] == pytest.approx(0)
    assert one({**body, "right_elbow": (100, 0)})["right_shoulder"] == pytest.approx(180)
    assert one({**body, "right_elbow": (0, 100)})["right_shoulder"] == pytest.approx(90)


def test_flexion_is_what_is_missing_from_straight():
    table = tuple(replace(row, kind=AngleKind.FLEXION) for row in ANGLES)
    included, flexion = measure(somebody(people=3)), measure(somebody(people=3), table)
    np.testing.assert_allclose(included.degrees + flexion.degrees, 180, atol=1e-4)
    assert {row.kind for row in flexion.table} == {AngleKind.FLEXION}


def test_as_exact_where_limbs_are_straight_as_anywhere():
    # the arc cosine of a float32 cannot tell these from 180
    found = one({"left_hip": (0, 0), "left_knee": (1000, 0), "left_ankle": (2000, 0.1)})
    assert found["left_knee"] == pytest.approx(180 - np.degrees(0.0001), abs=2e-5)


@given(seed=st.integers(0, 2**32 - 1))
def test_a_mirrored_picture_swaps_left_and_right(seed):
    poses = somebody(seed, people=2)
    mirrored = poses_of((poses.keypoints * [-1, 1] + [WIDTH - 1, 0])[:, COCO.mirror_order])
    angles, swapped = measure(poses), measure(mirrored)
    other = {"left": "right", "right": "left", "trunk": "trunk"}
    for column, name in enumerate(angles.names):
        side, _, joint = name.partition("_")
        partner = angles.names.index(f"{other[side]}_{joint}")
        np.testing.assert_allclose(swapped.degrees[:, partner], angles.degrees[:, column], atol=0.01)


@given(seed=st.integers(0, 2**32 - 1), turn=st.floats(0, 2 * np.pi), scale=st.floats(0.2, 5))
def test_turning_moving_and_scaling_the_picture_changes_no_joint(seed, turn, scale):
    poses = somebody(seed)
    rotation = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    turned = measure(poses_of(poses.keypoints @ rotation.T + [30, -70]))
    joints = [name != "trunk_lean" for name in turned.names]
    np.testing.assert_allclose(turned.degrees[:, joints], measure(poses).degrees[:, joints], atol=0.05)


def test_turning_the_picture_turns_the_trunk():
    x, y = 100.0, 100.0
    turn = np.radians(30)
    shoulders = (x + 100 * np.sin(turn), y - 100 * np.cos(turn))
    places = {"left_hip": (x, y), "right_hip": (x, y), "left_shoulder": shoulders, "right_shoulder": shoulders}
    assert one(places)["trunk_lean"] == pytest.approx(30, abs=1e-4)


def test_people_are_measured_each_for_themselves():
    everybody = somebody(people=5)
    together = measure(everybody)
    for row in range(5):
        alone = measure(everybody.select(np.arange(5) == row))
        np.testing.assert_array_equal(alone.degrees[0], together.degrees[row])
        assert alone.track_ids.tolist() == [row + 5]


@pytest.mark.parametrize("name", skeleton_names())
def test_nobody_is_empty(name):
    angles = measure(Poses.empty(load_skeleton(name)))
    a = len(angles.names)
    assert len(angles) == 0
    assert angles.degrees.shape == angles.scores.shape == (0, a)
    assert angles.corners.shape == (0, a, 3, 2)


def test_a_missing_or_doubtful_joint_leaves_no_angle_and_says_how_doubtful():
    places = {"left_hip": (100, 100), "left_knee": (100, 200), "left_ankle": (200, 200)}
    assert one(places)["left_knee"] == 90
    assert np.isnan(one(places, low=["left_knee"])["left_knee"])
    assert one(places, low=["left_knee"], threshold=0.1)["left_knee"] == 90
    for name in places:
        assert np.isnan(one({key: place for key, place in places.items() if key != name})["left_knee"])
    points = np.random.default_rng(1).uniform(0, 100, (1, 17, 2))
    scores = np.linspace(0.1, 0.9, 17)[None]
    angles = measure(poses_of(points, scores=scores))
    for column, row in enumerate(angles.table):
        least = min(scores[0, COCO.index(keypoint)] for keypoint in row.keypoints)
        assert angles.scores[0, column] == pytest.approx(least)
        assert np.isnan(angles.degrees[0, column]) == (least < 0.3)


def test_a_limb_without_length_has_no_direction():
    assert np.isnan(one({"left_hip": (9, 9), "left_knee": (9, 9), "left_ankle": (20, 20)})["left_knee"])


def test_corners_are_where_the_joints_are():
    poses = somebody(people=2)
    angles = measure(poses)
    knee = angles.names.index("left_knee")
    joints = [COCO.index(name) for name in ("left_hip", "left_knee", "left_ankle")]
    np.testing.assert_array_equal(angles.corners[:, knee], poses.keypoints[:, joints])
    up, hips, shoulders = angles.corners[0, angles.names.index("trunk_lean")]
    np.testing.assert_allclose(hips, poses.keypoints[0, [11, 12]].mean(axis=0))
    assert up[0] == hips[0]
    assert hips[1] - up[1] == pytest.approx(np.hypot(*(shoulders - hips)), rel=1e-5)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("coco17", 9),  # knees, hips, elbows, shoulders and the trunk
        ("mpii16", 9),
        ("aic14", 9),
        ("wholebody133", 11),  # and the ankles
        ("synthpose52", 11),
        ("ap10k17", 5),  # an animal has paws: hips, shoulders and the trunk
    ],
)
def test_every_skeleton_has_what_its_joints_allow(name, expected):
    skeleton = load_skeleton(name)
    angles = measure(somebody(skeleton=skeleton))
    assert len(angles.names) == len(set(angles.names)) == expected
    assert np.isfinite(angles.degrees).all()


def test_the_order_of_the_joints_does_not_matter():
    poses = somebody()
    order = np.random.default_rng(3).permutation(17)
    shuffled = Skeleton("shuffled", tuple(COCO.keypoints[joint] for joint in order))
    np.testing.assert_array_equal(
        measure(poses_of(poses.keypoints[:, order], shuffled)).degrees, measure(poses).degrees
    )


def test_a_foot_goes_by_either_name():
    skeleton = Skeleton("leg", ("left_knee", "left_ankle", "left_foot_index"))
    places = {"left_knee": (0, 0), "left_ankle": (0, 100), "left_foot_index": (50, 100)}
    assert one(places, skeleton) == {"left_ankle": pytest.approx(90)}


def test_a_skeleton_without_limbs_has_no_angles():
    angles = measure(poses_of([[(1, 2)]], Skeleton("dot", ("nose",))))
    assert angles.names == ()
    assert angles.degrees.shape == (1, 0)


def test_angles_are_frozen_and_checked():
    angles = measure(somebody())
    with pytest.raises(FrozenInstanceError):
        angles.degrees = None
    with pytest.raises(ValueError, match="read-only"):
        angles.degrees[0, 0] = 1
    with pytest.raises(InvalidArrayError, match=r"0\.\.180"):
        Angles(angles.table, angles.degrees + 200, angles.scores, angles.corners, angles.track_ids)
    with pytest.raises(InvalidArrayError, match="degrees: expected shape"):
        Angles(angles.table[:2], angles.degrees, angles.scores, angles.corners, angles.track_ids)


def test_left_and_right_come_in_pairs():
    names = {row.name for row in ANGLES}
    for name in names - {"trunk_lean"}:
        assert name.replace("left_", "right_") in names
        assert name.replace("right_", "left_") in names
