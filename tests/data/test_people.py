import numpy as np
import pytest

import vitpose_live as vl
from vitpose_live.errors import InvalidArrayError, VitposeLiveError

COCO = vl.load_skeleton("coco17")
BOX = [[1, 2, 3, 4]]


def poses(**changes):
    values = {
        "keypoints": np.zeros((1, 17, 2)),
        "scores": np.ones((1, 17)),
        "track_ids": [7],
        "boxes": BOX,
        "skeleton": COCO,
    }
    return vl.Poses(**{**values, **changes})


@pytest.mark.parametrize("value", [vl.Detections.__name__, vl.Tracks.__name__])
def test_nobody_is_empty_not_none(value):
    nobody = getattr(vl, value).empty()
    assert len(nobody) == 0
    assert nobody.boxes.shape == (0, 4)


def test_empty_lists_stand_for_nobody():
    assert vl.Detections([], []).boxes.shape == (0, 4)
    assert vl.Tracks([], [], []).ids.dtype == np.int64
    assert vl.Poses([], [], [], [], COCO).keypoints.shape == (0, 17, 2)
    assert vl.Poses.empty(COCO).scores.shape == (0, 17)


def test_values_are_cast_and_read_only_and_the_callers_array_is_not():
    boxes = np.array(BOX, np.float32)
    found = vl.Detections(boxes, [0.5])
    assert found.boxes.dtype == found.scores.dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        found.boxes[0, 0] = 0
    boxes[0, 0] = 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: vl.Detections(np.zeros((2, 5)), [0, 0]), r"boxes: expected shape \(n, 4\), got \(2, 5\)"),
        (lambda: vl.Detections(np.zeros(4), [0]), r"boxes: expected shape \(n, 4\), got \(4,\)"),
        (lambda: vl.Detections(BOX, [0.5, 0.5]), "boxes has 1, scores has 2"),
        (lambda: vl.Detections(BOX, [1.5]), r"scores: expected scores in 0\.\.1, got 1\.5"),
        (lambda: vl.Detections(BOX, [np.nan]), r"scores: expected scores in 0\.\.1"),
        (lambda: vl.Detections([[3, 4, 1, 2]], [0.5]), r"boxes: expected x1 <= x2 .* row 0"),
        (lambda: vl.Detections([[0, 0, np.nan, 1]], [0.5]), "boxes: expected finite"),
        (lambda: vl.Detections(["x"], [0.5]), "boxes: expected numbers"),
        (lambda: vl.Detections([[1, 2], [1, 2, 3]], [0.5]), "boxes: rows of different lengths"),
        (lambda: vl.Tracks(BOX, [0.5], [True]), "ids: expected integers, got dtype float64"),
        (lambda: vl.Tracks(BOX * 2, [1, 1], [True, True]), "ids: expected a different id per person"),
        (lambda: poses(keypoints=np.zeros((1, 16, 2))), r"keypoints: expected shape \(n, 17, 2\), got \(1, 16, 2\)"),
        (lambda: poses(scores=np.ones((1, 16))), r"scores: expected shape \(n, 17\)"),
        (lambda: poses(keypoints=np.full((1, 17, 2), np.nan)), "NaN with score 0"),
        (lambda: poses(keypoints=np.full((1, 17, 2), np.inf)), "expected finite x, y"),
        (lambda: poses(boxes=np.zeros((2, 4))), "boxes has 2"),
    ],
)
def test_errors_name_argument_expected_and_given(make, message):
    with pytest.raises(InvalidArrayError, match=message) as caught:
        make()
    assert isinstance(caught.value, ValueError | VitposeLiveError)


def test_missing_keypoints_are_nan_with_score_zero():
    keypoints, scores = np.zeros((1, 17, 2)), np.ones((1, 17))
    keypoints[0, 3], scores[0, 3] = np.nan, 0
    assert np.isnan(poses(keypoints=keypoints, scores=scores).keypoints[0, 3]).all()


def test_track_scores_are_one_unless_given():
    assert vl.Tracks(BOX, [1], [True]).scores.tolist() == [1.0]
    assert vl.Tracks(BOX, [1], [True], [0.25]).scores.tolist() == [0.25]


def test_mean_scores_leave_weak_joints_out():
    scores = np.zeros((2, 17))
    scores[0, :3] = [0.5, 0.7, 0.1]
    both = poses(keypoints=np.zeros((2, 17, 2)), scores=scores, track_ids=[1, 2], boxes=BOX * 2).mean_scores(
        threshold=0.2
    )
    np.testing.assert_allclose(both, [0.6, 0.0], atol=1e-6)


def test_rows_are_selected_together():
    tracks = vl.Tracks([[0, 0, 1, 1], [2, 2, 3, 3]], [5, 6], [True, False], [0.5, 0.75]).select(np.array([False, True]))
    assert (tracks.ids.tolist(), tracks.observed.tolist(), tracks.scores.tolist()) == ([6], [False], [0.75])
    nobody = poses().select(np.array([False]))
    assert (len(nobody), nobody.skeleton) == (0, COCO)


def test_selected_rows_are_read_only_too():
    chosen = poses().select(np.array([True]))
    assert chosen.skeleton is poses().skeleton
    for array in (chosen.keypoints, chosen.scores, chosen.track_ids, chosen.boxes):
        assert not array.flags.writeable


def test_other_keypoints_keep_the_rest_and_are_checked():
    people = poses()
    moved = people.with_keypoints(people.keypoints + 1)
    np.testing.assert_array_equal(moved.keypoints, people.keypoints + 1)
    assert not moved.keypoints.flags.writeable
    assert all(getattr(moved, name) is getattr(people, name) for name in ("scores", "track_ids", "boxes", "skeleton"))
    np.testing.assert_array_equal(people.keypoints, poses().keypoints)
    for wrong in (people.keypoints[:, :-1], np.full_like(people.keypoints, np.inf), people.keypoints * np.nan):
        with pytest.raises(InvalidArrayError, match="keypoints"):
            people.with_keypoints(wrong)


def test_trusted_tracks_are_the_checked_ones_and_cannot_be_written():
    boxes, ids = np.array([[1, 2, 3, 4]], np.float32), np.array([7], np.int64)
    seen, scores = np.array([True]), np.array([0.5], np.float32)
    checked, trusted = (
        vl.Tracks(boxes, ids, seen, scores),
        vl.Tracks.trusted(boxes.copy(), ids.copy(), seen.copy(), scores),
    )
    for name in ("boxes", "ids", "observed", "scores"):
        one, other = getattr(checked, name), getattr(trusted, name)
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype
        assert not other.flags.writeable
