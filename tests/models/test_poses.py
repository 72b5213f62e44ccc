"""What every pose model of the catalogue keeps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitpose_live.data import Frame, Tracks, load_skeleton
from vitpose_live.models.crops import cut, windows_around
from vitpose_live.models.movenet import decode, turned_back

ALONE = 343803
BOX = np.array([[19, 135, 334, 609]], np.float32)


def tracks(boxes, first_id=0):
    boxes = np.asarray(boxes, np.float32).reshape(-1, 4)
    return Tracks(boxes, np.arange(len(boxes)) + first_id, np.ones(len(boxes), bool))


def test_nobody_in_nobody_out(pose, noise):
    poses = pose.estimate(noise(48, 64), Tracks.empty())
    assert len(poses) == 0
    assert poses.keypoints.shape == (0, len(pose.skeleton), 2)
    assert poses.skeleton == pose.skeleton


@pytest.mark.parametrize("people", [1, 2, 16])
def test_one_row_per_track_in_their_order(pose, noise, people):
    frame = noise(120, 160)
    boxes = np.array([[row, row, row + 40, row + 80] for row in range(people)], np.float32)
    given_tracks = Tracks(boxes, np.arange(people)[::-1] * 7, np.zeros(people, bool))
    poses = pose.estimate(frame, given_tracks)
    np.testing.assert_array_equal(poses.track_ids, given_tracks.ids)
    np.testing.assert_array_equal(poses.boxes, given_tracks.boxes)
    assert np.isfinite(poses.keypoints).all()


def test_a_persons_pose_does_not_depend_on_the_others(pose, coco_frame):
    frame = coco_frame(ALONE)
    others = [[0, 0, 50, 90], [100, 300, 300, 640]]
    alone = pose.estimate(frame, tracks(BOX))
    among = pose.estimate(frame, tracks([others[0], *BOX, others[1]]))
    assert among.keypoints[1].tobytes() == alone.keypoints[0].tobytes()
    assert among.scores[1].tobytes() == alone.scores[0].tobytes()
    again = pose.estimate(frame, tracks(BOX))
    assert again.keypoints.tobytes() == alone.keypoints.tobytes()


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 2000), (2000, 3), (33, 31)])
def test_any_size_of_picture_is_taken(pose, noise, height, width):
    poses = pose.estimate(noise(height, width), tracks([[0, 0, width, height]]))
    assert np.isfinite(poses.keypoints).all()


@pytest.mark.parametrize(
    "box",
    [
        [-50, -80, 40, 60],
        [150, 100, 400, 500],
        [-1e6, -1e6, 1e6, 1e6],
        [10, 10, 10, 10],
        [10, 10, 10, 90],
        [10.2, 10.2, 10.3, 10.4],
        [160, 120, 160, 120],
    ],
    ids=str,
)
def test_a_box_partly_outside_or_without_area_gives_finite_keypoints(pose, noise, box):
    poses = pose.estimate(noise(120, 160), tracks([box]))
    assert np.isfinite(poses.keypoints).all()


@pytest.mark.parametrize("box", [[-90, 10, -40, 100], [300, 10, 400, 100], [10, 500, 60, 600], [10, -90, 40, -50]])
def test_a_person_wholly_outside_the_picture_has_no_keypoints(pose, noise, box):
    poses = pose.estimate(noise(120, 160), tracks([[10, 10, 60, 100], box]))
    assert np.isnan(poses.keypoints[1]).all()
    assert (poses.scores[1] == 0).all()
    assert np.isfinite(poses.keypoints[0]).all()


def test_the_joints_of_a_person_are_where_they_were_annotated(pose, coco_frame, annotated):
    poses = pose.estimate(coco_frame(ALONE), tracks(BOX))
    where, visible = annotated(ALONE)
    distance = np.linalg.norm(poses.keypoints[0] - where, axis=1)[visible]
    size = np.linalg.norm(BOX[0, 2:] - BOX[0, :2])
    assert np.median(distance) < 0.04 * size
    assert poses.mean_scores()[0] > 0.4


def test_a_mirrored_picture_gives_mirrored_joints_with_left_and_right_in_their_places(pose, coco_frame, mirrored):
    frame = coco_frame(ALONE)
    straight = pose.estimate(frame, tracks(BOX))
    box = BOX[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + [frame.width, 0, frame.width, 0]
    turned = pose.estimate(mirrored(frame), tracks(box))
    back = turned.keypoints[0, pose.skeleton.mirror_order]
    back = np.stack([frame.width - back[:, 0], back[:, 1]], axis=1)
    sure = straight.scores[0] > 0.4
    assert sure.sum() >= 8
    difference = np.linalg.norm(back - straight.keypoints[0], axis=1)[sure]
    assert np.median(difference) < 0.02 * np.linalg.norm(BOX[0, 2:] - BOX[0, :2])


def test_a_shifted_person_gives_shifted_joints(pose, coco_frame):
    frame = coco_frame(ALONE)
    moved = Frame(np.pad(frame.image, ((64, 0), (32, 0), (0, 0))))
    here = pose.estimate(frame, tracks(BOX))
    there = pose.estimate(moved, tracks(BOX + np.array([32, 64, 32, 64])))
    sure = here.scores[0] > 0.4
    difference = there.keypoints[0] - here.keypoints[0] - [32, 64]
    assert np.abs(difference[sure]).max() < 3


sides = st.floats(0, 500, width=32)


@given(sides, sides, sides, sides, st.sampled_from([0.75, 1.0, 2.0]), st.sampled_from([1.0, 1.25]))
def test_a_window_holds_its_box_and_has_the_shape_asked_for(x, y, width, height, aspect, padding):
    box = np.array([[x, y, x + width, y + height]], np.float32)
    window = windows_around(box, aspect, padding)
    assert (window[:, :2] <= box[:, :2] + 1e-2).all()
    assert (window[:, 2:] >= box[:, 2:] - 1e-2).all()
    sizes = window[0, 2:] - window[0, :2]
    assert sizes[0] / sizes[1] == pytest.approx(aspect, rel=1e-2)


def test_a_window_of_the_crops_own_size_is_cut_to_the_bit_and_black_outside():
    image = np.random.default_rng(0).integers(1, 256, (40, 50, 3), np.uint8)
    inside, outside = cut(image, np.array([[5, 3, 37, 27], [-8, 30, 24, 54]], np.float32), 32, 24)
    np.testing.assert_array_equal(inside, image[3:27, 5:37])
    np.testing.assert_array_equal(outside[:10, 8:], image[30:, :24])
    assert (outside[10:] == 0).all()
    assert (outside[:, :8] == 0).all()


@pytest.mark.parametrize("factor", [2, 3, 5])
def test_a_window_that_shrinks_by_a_whole_factor_is_averaged_over_blocks(factor):
    image = np.random.default_rng(0).integers(0, 256, (24 * factor, 32 * factor, 3), np.uint8)
    (crop,) = cut(image, np.array([[0, 0, 32 * factor, 24 * factor]], np.float32), 32, 24)
    blocks = image.reshape(24, factor, 32, factor, 3).mean(axis=(1, 3))
    assert np.abs(crop - blocks).max() <= 1


def test_decoding_finds_the_planted_joints_of_the_person_in_the_middle():
    k, rows, columns = 17, 16, 12
    heads = {
        "centers": np.zeros((1, 1, rows, columns), np.float32),
        "heatmaps": np.full((1, k, rows, columns), 0.01, np.float32),
        "regressed": np.zeros((1, 2 * k, rows, columns), np.float32),
        "offsets": np.zeros((1, 2 * k, rows, columns), np.float32),
    }
    heads["centers"][0, 0, 8, 6] = 0.6
    heads["centers"][0, 0, 0, 0] = 0.9  # a bystander, stronger but in the corner
    rng = np.random.default_rng(1)
    y, x = rng.integers(0, rows, k), rng.integers(0, columns, k)
    heads["regressed"][0, 0::2, 8, 6], heads["regressed"][0, 1::2, 8, 6] = y - 8, x - 6
    heads["heatmaps"][0, np.arange(k), y, x] = 0.7
    heads["offsets"][0, 2 * np.arange(k), y, x] = 0.25
    heads["offsets"][0, 2 * np.arange(k) + 1, y, x] = 0.75
    cells, scores = decode(heads)
    np.testing.assert_allclose(cells[0], np.stack([x + 0.75, y + 0.25], axis=1), atol=1e-6)
    np.testing.assert_allclose(scores, 0.7, atol=1e-6)


def test_turning_heads_back_twice_changes_nothing():
    rng = np.random.default_rng(2)
    shapes = {"centers": 1, "heatmaps": 17, "regressed": 34, "offsets": 34}
    heads = {name: rng.random((2, channels, 6, 5), np.float32) for name, channels in shapes.items()}
    skeleton = load_skeleton("coco17")
    twice = turned_back(turned_back(heads, skeleton), skeleton)
    for name, head in heads.items():
        np.testing.assert_allclose(twice[name], head, atol=1e-6)
