"""The first pose decides whether a newcomer is anybody."""

import numpy as np
import pytest
from contracts.tracker_contract import people

from vitpose_live.data import Poses, load_skeleton
from vitpose_live.tracking import BoxTracker

COCO17 = load_skeleton("coco17")
ANNA, BEN, COAT = (100, 100, 200, 400), (500, 100, 600, 400), (900, 100, 1000, 400)


def standing(box):
    """17 joints spread over `box`, as no two people have them in two boxes."""
    x1, y1, x2, y2 = box
    return np.stack([np.linspace(x1 + 5, x2 - 5, 17), np.linspace(y1 + 5, y2 - 5, 17)], axis=1)


def posed(tracks, shapes):
    """Poses of `tracks`: (joints, score) per row."""
    points = np.array([points for points, _ in shapes]).reshape(-1, 17, 2)
    scores = np.array([np.full(17, score) for _, score in shapes]).reshape(-1, 17)
    return Poses(points, scores, tracks.ids, tracks.boxes, COCO17)


def follow(tracker, boxes, time, quality, score=0.5):
    """One frame with a detection; `quality` by box. Return the boxes still believed in, by id."""
    tracks = tracker.update(people(*boxes, score=score), time)
    near = [min(quality, key=lambda box, row=row: abs(box[0] - tracks.boxes[row, 0])) for row in range(len(tracks))]
    believed = tracker.correct(posed(tracks, [(standing(box), quality[box]) for box in near]))
    assert believed.shape == (len(tracks),)
    return dict(zip(tracks.ids[believed].tolist(), np.array(near)[believed].tolist(), strict=True))


def test_a_newcomer_without_a_pose_is_not_shown_and_uses_no_id_up():
    tracker = BoxTracker()
    assert follow(tracker, [COAT], 0.0, {COAT: 0.02}) == {}
    assert list(follow(tracker, [COAT, ANNA], 0.2, {COAT: 0.02, ANNA: 0.8})) == [1]


def test_one_who_is_detected_beyond_doubt_is_shown_without_a_pose():
    assert list(follow(BoxTracker(), [COAT], 0.0, {COAT: 0.02}, score=0.95)) == [1]


def test_a_person_keeps_the_place_when_the_pose_fails_for_a_moment():
    tracker = BoxTracker()
    follow(tracker, [ANNA], 0.0, {ANNA: 0.8})
    assert list(follow(tracker, [ANNA], 0.03, {ANNA: 0.02})) == [1]


def test_a_coat_stand_beside_people_stays_hidden_however_often_it_is_detected():
    tracker = BoxTracker()
    for step in range(60):
        shown = follow(tracker, [ANNA, BEN, COAT], step / 6, {ANNA: 0.8, BEN: 0.7, COAT: 0.02})
        assert list(shown) == [1, 2]


def test_a_newcomer_with_somebody_elses_pose_is_not_shown():
    tracker = BoxTracker()
    follow(tracker, [ANNA], 0.0, {ANNA: 0.8})
    second = (115, 90, 215, 390)
    tracks = tracker.update(people(ANNA, second, score=0.6), 0.2)
    believed = tracker.correct(posed(tracks, [(standing(ANNA), 0.8)] * len(tracks)))
    assert tracks.ids[believed].tolist() == [1]


def test_a_box_around_two_people_is_nobody():
    tracker = BoxTracker()
    follow(tracker, [ANNA, BEN], 0.0, {ANNA: 0.8, BEN: 0.8})
    around = (100, 100, 600, 400)
    tracks = tracker.update(people(ANNA, BEN, around, score=0.6), 0.2)
    assert len(tracks) == 3
    mixed = np.concatenate([standing(ANNA)[:9], standing(BEN)[9:]])
    believed = tracker.correct(posed(tracks, [(standing(ANNA), 0.8), (standing(BEN), 0.8), (mixed, 0.8)]))
    assert tracks.ids[believed].tolist() == [1, 2]


def test_boxes_alone_need_no_pose():
    tracker = BoxTracker()
    shown = [tracker.update(people(ANNA, BEN), step / 10).ids.tolist() for step in range(5)]
    assert shown == [[1, 2]] * 5


@pytest.mark.parametrize("calls", [1, 2])
def test_correcting_twice_changes_no_ids(calls):
    tracker = BoxTracker()
    tracks = tracker.update(people(ANNA, COAT, score=0.5), 0.0)
    poses = posed(tracks, [(standing(ANNA), 0.8), (standing(COAT), 0.02)])
    for _ in range(calls):
        believed = tracker.correct(poses)
    assert believed.tolist() == [True, False]
    assert list(follow(tracker, [ANNA, BEN], 0.2, {ANNA: 0.8, BEN: 0.8})) == [1, 2]
