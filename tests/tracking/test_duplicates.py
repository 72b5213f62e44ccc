"""One person is one, however many boxes; two people are two, however close."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tracking.scenes import COCO17, body_boxes, squats

from vitpose_live.data import Detections, Poses
from vitpose_live.tracking import BoxTracker

MIRROR = COCO17.mirror_order
STANDING = np.stack([np.tile([0.3, 0.5, 0.7], 6)[:17], np.linspace(0.05, 0.95, 17)], axis=1)
ANNA = np.array([100, 100, 220, 400], float)
BESIDE, SHORTER = np.array([15, 0, 15, 0]), np.array([0, 0, 0, -60])


def standing(boxes):
    """(n, 17, 2) joints spread over the boxes (n, 4)."""
    return boxes[:, None, :2] + STANDING * (boxes[:, 2:] - boxes[:, :2])[:, None]


def shown(frames, *, every=5, order=None, tracker=None, skeleton=COCO17):
    """Ids and joints still shown on each frame.

    `frames` are (boxes, scores, pose): no boxes where the detector does not run, and `pose(tracks)` gives (n, 17, 2)
    joints. `order(n)` shuffles the poses.
    """
    tracker, seen = tracker or BoxTracker(), []
    for step, (boxes, scores, pose) in enumerate(frames):
        looked = boxes is not None and step % every == 0
        found = Detections(np.asarray(boxes).reshape(-1, 4), scores) if looked else None
        tracks = tracker.update(found, step / 30)
        rows = np.arange(len(tracks)) if order is None else order(len(tracks))
        points = np.asarray(pose(tracks)).reshape(-1, 17, 2)[rows]
        certain = np.where(np.isnan(points).any(-1), 0.0, 0.8)
        poses = Poses(points, certain, tracks.ids[rows], tracks.boxes[rows], skeleton)
        believed = tracker.correct(poses)
        kept = tracker.own(poses).select(believed)
        back = np.argsort(kept.track_ids)
        seen.append((kept.track_ids[back].tolist(), kept.keypoints[back]))
    return seen


def nearest(bodies):
    """A pose network that draws the body whose middle is nearest to that of each box."""
    middles = np.nanmean(bodies, axis=1)

    def pose(tracks):
        centres = (tracks.boxes[:, :2] + tracks.boxes[:, 2:]) / 2
        return bodies[np.linalg.norm(centres[:, None] - middles[None], axis=-1).argmin(axis=1)]

    return pose


def twice(box, other, count=40):
    """Somebody standing in `box` whom the detector finds in the box `other`, too, from the eleventh frame on."""
    both, pose = np.stack([box, other]), nearest(standing(box[None]))
    return [(both[: 1 if step < 10 else 2], [0.9, 0.8][: 1 if step < 10 else 2], pose) for step in range(count)]


# --- one person -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("other", [[0, 0, 0, -90], [15, 0, 15, 0], [-40, -20, 40, 20], [30, 30, -30, -100]])
@pytest.mark.parametrize("every", [1, 5])
def test_who_has_two_boxes_is_one(other, every):
    seen = shown(twice(ANNA, ANNA + other), every=every)
    assert all(ids[:1] == [1] for ids, _ in seen)
    assert all(ids == [1] for ids, _ in seen[25:])
    assert all(np.isfinite(points[0]).all() for _, points in seen)


def test_it_stays_one_while_both_boxes_go_on():
    seen = shown(twice(ANNA, ANNA + BESIDE, count=150))
    assert all(ids == [1] for ids, _ in seen[25:])


def test_who_was_found_twice_at_once_is_one():
    frames = [(boxes, [0.9, 0.8], pose) for boxes, _, pose in twice(ANNA, ANNA + SHORTER)[10:]]
    assert shown(frames)[-1][0] == [1]


def test_without_poses_two_boxes_are_two():
    """It is the poses that tell."""
    tracker = BoxTracker()
    for step, (boxes, scores, _) in enumerate(twice(ANNA, ANNA + 3 * BESIDE)):
        tracks = tracker.update(Detections(boxes, scores) if step % 5 == 0 else None, step / 30)
    assert len(tracks) == 2


# --- two people -----------------------------------------------------------------------------------------------------


def pair(gap):
    """Two people of different build side by side, `gap` px between their boxes, less than 0 where they overlap."""
    return np.stack([ANNA, [ANNA[2] + gap, 110, ANNA[2] + gap + 110, 405]])


@pytest.mark.parametrize("gap", [40, 0, -15, -40, -60])
def test_two_in_contact_stay_two_and_lose_no_joint(gap):
    boxes = pair(gap)
    seen = shown([(boxes, [0.9, 0.8], nearest(standing(boxes)))] * 90)
    for ids, points in seen:
        assert ids == [1, 2]
        assert np.isfinite(points).all()


def test_two_who_move_alike_and_touch_stay_two(shared_data):
    """The same movement twice, half a shoulder's width apart."""
    one = squats(shared_data, frames=90)
    bodies = np.stack([one, one + np.array([100.0, 6.0])], axis=1)
    seen = shown([(body_boxes(both), [0.9, 0.8], nearest(both)) for both in bodies])
    assert all(ids == [1, 2] for ids, _ in seen)
    assert np.mean([np.isfinite(points).mean() for _, points in seen]) > 0.995


def test_a_hand_on_the_others_shoulder_is_no_theft():
    boxes = pair(-20)
    bodies = standing(boxes)
    bodies[0, COCO17.index("left_wrist")] = bodies[1, COCO17.index("right_shoulder")]
    seen = shown([(boxes, [0.9, 0.8], nearest(bodies))] * 60)
    assert all(ids == [1, 2] and np.isfinite(points).all() for ids, points in seen)


def test_who_is_hidden_for_a_moment_is_no_double():
    """For a fifth of a second the front one is drawn in both boxes."""
    boxes = pair(-70)
    apart, one = nearest(standing(boxes)), nearest(standing(boxes)[:1])
    seen = shown([(boxes, [0.9, 0.8], one if 30 <= step < 36 else apart) for step in range(60)])
    assert all(ids == [1, 2] for ids, _ in seen)


def test_who_is_drawn_as_the_other_for_long_is_not_there_any_more():
    boxes = pair(-70)
    apart, one = nearest(standing(boxes)), nearest(standing(boxes)[:1])
    frames = [
        (boxes if step < 30 and step % 5 == 0 else None, [0.9, 0.8], apart if step < 30 else one) for step in range(48)
    ]
    seen = [ids for ids, _ in shown(frames, every=1)]
    assert seen[:36] == [[1, 2]] * 36
    assert seen[44:] == [[1]] * 4


# --- what must not matter -------------------------------------------------------------------------------------------


def group(random, count=4):
    """Frames of `count` people standing about, who overlap; some are drawn with others' limbs, or found twice."""
    corner = random.uniform(0, 250, (count, 2))
    boxes = np.hstack([corner, corner + random.uniform([80, 240], [140, 340], (count, 2))])
    bodies = standing(boxes) + random.normal(0, 3, (count, 17, 2))
    mixed = bodies.copy()
    for person in range(count):
        joints = random.random(17) < 0.4
        mixed[person, joints] = bodies[random.integers(count), joints]
    extra = np.vstack([boxes, boxes[:1] + SHORTER])
    return extra, np.append(random.uniform(0.7, 0.95, count), 0.75), bodies, mixed


def watch(boxes, scores, bodies, mixed, **options):
    return shown([(boxes, scores, nearest(mixed if 12 <= step < 24 else bodies)) for step in range(36)], **options)


def same(seen, other):
    return all(
        ids == others and np.array_equal(points, there, equal_nan=True)
        for (ids, points), (others, there) in zip(seen, other, strict=True)
    )


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_the_order_of_the_poses_does_not_matter(seed):
    scene = group(np.random.default_rng(seed))
    shuffle = np.random.default_rng(seed)
    assert same(watch(*scene), watch(*scene, order=shuffle.permutation))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_a_mirror_image_is_treated_alike(seed):
    """Left becomes right: the same people, and the same joints on the other side."""
    boxes, scores, bodies, mixed = group(np.random.default_rng(seed))

    def turned(points):
        return (points * [-1, 1])[:, MIRROR] + [1024, 0]

    mirrored = np.stack([1024 - boxes[:, 2], boxes[:, 1], 1024 - boxes[:, 0], boxes[:, 3]], axis=1)
    straight, other = watch(boxes, scores, bodies, mixed), watch(mirrored, scores, turned(bodies), turned(mixed))
    for (ids, points), (others, there) in zip(straight, other, strict=True):
        assert ids == others
        np.testing.assert_array_equal(np.isnan(points), np.isnan(turned(there)))


@pytest.mark.parametrize("scale", [0.25, 4.0])
@pytest.mark.parametrize("seed", range(4))
def test_neither_size_nor_place_matters(scale, seed):
    boxes, scores, bodies, mixed = group(np.random.default_rng(seed))
    plain = watch(boxes, scores, bodies, mixed)
    other = watch(boxes * scale + 300, scores, bodies * scale + 300, mixed * scale + 300)
    for (ids, points), (others, there) in zip(plain, other, strict=True):
        assert ids == others
        np.testing.assert_array_equal(np.isnan(points), np.isnan(there))


def test_nobody_is_nobody():
    nothing = (np.zeros((0, 4)), np.zeros(0), lambda tracks: np.zeros((0, 17, 2)))
    assert all(ids == [] and points.shape == (0, 17, 2) for ids, points in shown([nothing] * 10))
