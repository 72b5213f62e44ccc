"""Nobody is drawn with somebody else's limbs, and nobody is led away by them."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tracking.scenes import COCO17, body_boxes, squats

from vitpose_live.data import Detections, Poses
from vitpose_live.tracking import BoxTracker
from vitpose_live.tracking.bodies import Bodies
from vitpose_live.tracking.limbs import Expectation, settle

MIRROR = COCO17.mirror_order
STANDING = np.stack([np.tile([0.3, 0.5, 0.7], 6)[:17], np.linspace(0.05, 0.95, 17)], axis=1)
LEFT_ARM = [COCO17.index(name) for name in ("left_shoulder", "left_elbow", "left_wrist")]


def standing(boxes):
    return boxes[:, None, :2] + STANDING * (boxes[:, 2:] - boxes[:, :2])[:, None]


def known(boxes, doubt=None):
    """What is expected of people who have always stood like that in their boxes."""
    return Expectation(boxes, np.repeat(STANDING.T[None], len(boxes), axis=0), np.zeros(len(boxes)))


def claims(points, expected, good=None):
    """Who is given the joints `good` (n, k), or all of them, at `points` (n, k, 2)."""
    good = np.ones(points.shape[:2], bool) if good is None else good
    bodies = Bodies([], points.transpose(2, 0, 1), good.astype(float), good, expected.boxes, COCO17)
    return settle(bodies, lambda: expected)


# --- whose joint it is ----------------------------------------------------------------------------------------------

BESIDE = np.array([[100, 100, 200, 400], [170, 100, 270, 400]], float)


@pytest.mark.parametrize("thief", [0, 1])
def test_a_stolen_arm_is_its_owners(thief):
    points = standing(BESIDE)
    points[thief, LEFT_ARM] = points[1 - thief, LEFT_ARM] + 2
    claimed = claims(points, known(BESIDE))
    assert np.flatnonzero(claimed.foreign[thief]).tolist() == LEFT_ARM
    assert not claimed.foreign[1 - thief].any()
    assert claimed.owner[thief] == 1 - thief


def test_an_arm_stolen_the_other_way_round_is_its_owners():
    """The left arm of one is drawn where the right one of the other is."""
    points = standing(BESIDE)
    points[0, LEFT_ARM] = points[1, MIRROR[LEFT_ARM]]
    claimed = claims(points, known(BESIDE))
    assert np.flatnonzero(claimed.foreign[0]).tolist() == LEFT_ARM
    assert not claimed.foreign[1].any()


def test_hands_that_meet_are_nobodys_loss():
    boxes = BESIDE + np.array([[0, 0, 0, 0], [-40, 0, -40, 0]])
    points = standing(boxes)
    hand = COCO17.index("left_wrist")
    where = known(boxes).where.copy()
    points[:, hand] = points[0, hand]
    where[:, :, hand] = (points[:, hand] - boxes[:, :2]) / (boxes[:, 2:] - boxes[:, :2])
    claimed = claims(points, Expectation(boxes, where, np.zeros(2)))
    assert not claimed.foreign[:, hand].any()


def test_who_stand_apart_lose_nothing():
    boxes = np.array([[100, 100, 200, 400], [600, 100, 700, 400]], float)
    points = standing(boxes)
    assert claims(points, known(boxes)) is None


def test_who_stand_shoulder_to_shoulder_lose_nothing():
    boxes = BESIDE + np.array([[0, 0, 0, 0], [-10, 0, -10, 0]])
    points = standing(boxes)
    assert claims(points, known(boxes)) is None


def whose(points, good, boxes):
    """(n, k) whose joints are another's."""
    claimed = claims(points, known(boxes), good)
    return np.zeros_like(good) if claimed is None else claimed.foreign


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5))
@example(1395, 5)  # three take it from each other in a circle
def test_a_claimed_joint_stays_with_somebody(seed, n):
    random = np.random.default_rng(seed)
    low = random.uniform(0, 200, (n, 2))
    boxes = np.hstack([low, low + random.uniform(50, 300, (n, 2))])
    points = standing(boxes)
    for person in range(n):
        joints = random.random(17) < 0.5
        points[person, joints] = points[random.integers(n), joints]
    good = random.random((n, 17)) < 0.8
    points[~good] = np.nan
    foreign = whose(points, good, boxes)
    assert not (foreign & ~good).any()
    for joint in range(17):  # somebody of any name, for a mirrored claim may win
        here = points[good[:, joint], joint]
        kept = points[good & ~foreign]
        assert all((np.linalg.norm(kept - point, axis=1) < 0.14 * 300).any() for point in here)
    order = random.permutation(n)
    again = whose(points[order], good[order], boxes[order])
    if n == 2:
        assert (again == foreign[order]).all()


# --- in the tracker -------------------------------------------------------------------------------------------------


def test_a_second_box_on_somebody_shows_no_second_skeleton(shared_data):
    """Suppressed by keypoint similarity in the end, and until then it has no joints of its own."""
    points = squats(shared_data, frames=60)
    tracker, random = BoxTracker(), np.random.default_rng(0)
    for step, body in enumerate(points):
        box = body_boxes(body[None])
        twice = np.concatenate([box, box - [0, 0, 0, 60]])[: 1 if step < 10 else 2]
        found = Detections(twice, [0.9, 0.8][: len(twice)])
        tracks = tracker.update(found if step % 5 == 0 else None, step / 30)
        shown = np.repeat(body[None], len(tracks), axis=0) + random.normal(0, 2, (len(tracks), 17, 2))
        poses = Poses(shown, np.full((len(tracks), 17), 0.8), tracks.ids, tracks.boxes, COCO17)
        believed = tracker.correct(poses)
        poses = tracker.own(poses).select(believed)
        assert (poses.track_ids == 1).sum() == 1
        assert np.isfinite(poses.keypoints[poses.track_ids == 1]).mean() > 0.95
        assert np.isnan(poses.keypoints[poses.track_ids != 1]).mean() > 0.6 if len(poses) > 1 else True
    assert tracks.select(believed).ids.tolist() == [1]


def test_a_strong_detection_brings_back_who_was_led_away():
    """Poses that all err alike make the filter sure; a detection of a person beside is believed all the same."""
    box = np.array([[100, 100, 200, 400]], float)
    tracker = BoxTracker()
    for step in range(40):
        found = Detections(box, [0.9]) if step in (0, 5) or step == 39 else None
        tracks = tracker.update(found, step / 30)
        led = box + [3.0, 0, 3.0, 0] * np.array(max(step - 6, 0)) if step < 39 else box
        poses = Poses(standing(led), np.full((1, 17), 0.8), tracks.ids, tracks.boxes, COCO17)
        tracker.correct(poses)
        if step == 38:
            assert tracks.boxes[0, 0] > 160
    assert tracks.boxes[0, 0] < 125
