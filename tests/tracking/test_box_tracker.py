"""Who is who, and where."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from contracts.tracker_contract import TrackerContract, people, poses_in
from hypothesis import given, settings
from hypothesis import strategies as st
from tracking.scenes import COCO17, body_boxes, follow, id_of, iou, poses_of, squats

from vitpose_live.data import Detections, Poses
from vitpose_live.errors import InvalidArrayError, SettingsError
from vitpose_live.registry import trackers
from vitpose_live.tracking import BoxTracker


class TestContract(TrackerContract):
    @pytest.fixture
    def make(self):
        return BoxTracker


def walkers(frames=120, fps=30.0):
    """Three people walking at constant speed: right, left and towards the camera."""
    time = np.arange(frames)[:, None] / fps
    first = np.hstack([100 + 80 * time, 100 + 0 * time, 180 + 80 * time, 340 + 0 * time])
    second = np.hstack([1200 - 110 * time, 120 + 0 * time, 1270 - 110 * time, 330 + 0 * time])
    third = np.hstack([600 - 6 * time, 200 - 15 * time, 660 + 6 * time, 400 + 15 * time])
    return np.stack([first, second, third], axis=1)


def ids(results):
    return [tracks.ids.tolist() for tracks in results]


# --- what must not matter -------------------------------------------------------------------------------------------


def test_the_order_of_detections_does_not_matter():
    boxes = walkers()
    turned = [np.roll(frame, 1, axis=0) if step else frame for step, frame in enumerate(boxes)]
    for plain, other in zip(follow(boxes, every=3), follow(turned, every=3), strict=True):
        assert plain.ids.tolist() == other.ids.tolist()
        np.testing.assert_allclose(plain.boxes, other.boxes, atol=1e-3)


@pytest.mark.parametrize(("scale", "shift"), [(0.5, 0.0), (3.0, 0.0), (1.0, -5000.0)])
def test_neither_size_nor_place_matters(scale, shift):
    boxes = walkers()
    plain = follow(boxes, every=5, noise=0.01)
    other = follow(boxes * scale + shift, every=5, noise=0.01)
    assert ids(plain) == ids(other)
    for before, after in zip(plain, other, strict=True):
        np.testing.assert_allclose(before.boxes * scale + shift, after.boxes, atol=0.02 * scale)


def test_the_frame_rate_does_not_matter():
    """The same second, detected five times, filmed at 15, 30 and 60 frames per second."""
    runs = {fps: follow(walkers(2 * fps, fps), fps=fps, every=fps // 5) for fps in (15, 30, 60)}
    for fps, run in runs.items():
        assert ids(run) == [[1, 2, 3]] * (2 * fps)
        at_15 = [tracks.boxes for tracks in run[:: fps // 15]]
        np.testing.assert_allclose(at_15, [tracks.boxes for tracks in runs[15]], atol=0.01)


def test_the_detector_rate_hardly_matters():
    """A detector on every frame, at 15, 30 and 60 frames per second and with noise: same ids, same boxes within it."""
    for fps in (15, 30, 60):
        boxes = walkers(2 * fps, fps)
        run = follow(boxes, fps=fps, noise=0.02)
        assert ids(run) == [[1, 2, 3]] * (2 * fps)
        error = np.abs(np.stack([tracks.boxes for tracks in run[fps // 2 :]]) - boxes[fps // 2 :])
        assert error.mean() < 0.02 * 230


@pytest.mark.parametrize("every_frame", [True, False])
def test_people_who_meet_get_the_same_ids_at_any_frame_rate(every_frame):
    """Filmed at 15, 30 and 60 frames per second: two cross, one hidden meanwhile, and a third comes in later."""
    seen = {}
    for fps in (15, 30, 60):
        time = np.arange(4 * fps)[:, None] / fps
        left = np.hstack([100 + 150 * time, 100 + 0 * time, 180 + 150 * time, 340 + 0 * time])
        right = np.hstack([700 - 150 * time, 110 + 0 * time, 780 - 150 * time, 350 + 0 * time])
        late = np.hstack([1500 - 100 * time, 90 + 0 * time, 1590 - 100 * time, 360 + 0 * time])
        boxes = np.stack([left, right, late], axis=1)
        covered = np.array([iou(first, second) > 0.4 for first, second, _ in boxes])
        hidden = np.stack([np.zeros(4 * fps, bool), covered, time[:, 0] < 1], axis=1)
        run = follow(boxes, fps=fps, every=1 if every_frame else fps // 5, noise=0.01, hidden=hidden)
        assert covered.any()
        assert {i for tracks in run for i in tracks.ids.tolist()} == {1, 2, 3}
        seen[fps] = [[id_of(tracks, box) for box in truth] for tracks, truth in zip(run, boxes, strict=True)]
        assert seen[fps][-1] == [1, 2, 3]
    for fps in (30, 60):
        for frame, at_15 in enumerate(seen[15]):
            both = zip(at_15, seen[fps][frame * fps // 15], strict=True)
            hid = covered[frame * 4]  # of the latest run, at 60: the two boxes are as good as one
            assert hid or all(one == other for one, other in both if one and other)


boxes_strategy = st.lists(
    st.tuples(st.floats(-300, 2000), st.floats(-300, 2000), st.floats(0, 900), st.floats(0, 900), st.floats(0, 1)),
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), boxes_strategy),
            st.one_of(st.floats(-0.5, 4), st.sampled_from([0.0, 1 / 30, 1 / 30])),
            st.sampled_from(["none", "good", "poor", "wild"]),
        ),
        max_size=25,
    )
)
def test_no_input_breaks_it(frames):
    tracker, time, known = BoxTracker(), 0.0, set()
    random = np.random.default_rng(0)
    for found, elapsed, kind in frames:
        time += elapsed
        detections = None
        if found is not None:
            corners = np.array([[x, y, x + w, y + h] for x, y, w, h, _ in found]).reshape(-1, 4)
            detections = Detections(corners, np.array([score for *_, score in found]))
        tracks = tracker.update(detections, time)  # Tracks refuses NaN, inverted boxes and double ids
        assert tracks.observed.sum() <= (0 if found is None else len(found))
        new = set(tracks.ids.tolist()) - known
        assert not new or min(new) > max(known, default=0) or found is None or known
        known |= new
        if kind != "none":
            poses = poses_in(tracks, 0.1 if kind == "poor" else 0.9)
            if kind == "wild":
                points = np.where(
                    random.random((len(tracks), 17, 1)) < 0.3, np.nan, random.normal(0, 1e4, (len(tracks), 17, 2))
                )
                scores = np.where(np.isnan(points).any(-1), 0, random.random((len(tracks), 17)))
                poses = Poses(points, scores, tracks.ids, tracks.boxes, COCO17)
            tracker.correct(poses)


def test_ids_are_never_used_again():
    tracker, seen = BoxTracker(), []
    for scene in range(5):
        for step in range(3):
            tracks = tracker.update(people((scene * 500, 0, scene * 500 + 50, 100)), 10.0 * scene + step / 30)
        seen += tracks.ids.tolist()
        tracker.reset()
    assert seen == [1, 2, 3, 4, 5]


# --- time -----------------------------------------------------------------------------------------------------------


def test_stills_two_seconds_apart_share_nobody():
    tracker = BoxTracker()
    assert [tracker.update(people((0, 0, 50, 100)), 2.0 * still).ids.tolist() for still in range(3)] == [[1], [2], [3]]


def test_repeating_a_time_changes_nothing():
    once, twice = BoxTracker(), BoxTracker()
    for step in range(30):
        detections = people((3 * step, 0, 50 + 3 * step, 100)) if step % 5 == 0 else None
        expected = once.update(detections, step / 30)
        twice.update(detections, step / 30)
        repeated = twice.update(None, step / 30)
        assert repeated.ids.tolist() == expected.ids.tolist()
        np.testing.assert_allclose(repeated.boxes, expected.boxes)


def test_time_must_be_finite():
    with pytest.raises(InvalidArrayError, match="time"):
        BoxTracker().update(None, float("nan"))


def test_a_short_gap_is_survived():
    boxes = walkers()
    tracker = BoxTracker()
    for step in (*range(30), *range(50, 60)):
        tracks = tracker.update(people(*boxes[step]), step / 30)
    assert tracks.ids.tolist() == [1, 2, 3]


def test_long_coasting_comes_to_rest():
    tracker = BoxTracker(coast_seconds=100.0, missed_seconds=100.0, coast_blur=100.0)
    for step in range(30):
        tracker.update(people((20.0 * step, 0, 50 + 20.0 * step, 100)), step / 30)
    places = [tracker.update(None, 1 + second).boxes[0] for second in np.arange(0, 60, 1.0)]
    assert np.isfinite(places).all()
    assert abs(places[-1] - places[-2]).max() < 1.0
    assert places[-1][3] - places[-1][1] == pytest.approx(100, abs=30)


# --- skipping the detector ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("every", [1, 2, 5, 10])
def test_people_are_carried_between_detections(every):
    boxes = walkers()
    results = follow(boxes, every=every, noise=0.01)
    for step, tracks in enumerate(results):
        assert tracks.ids.tolist() == [1, 2, 3]
        assert tracks.observed.all() == (step % every == 0)
        if step > 40:
            assert min(iou(tracks.boxes[p], boxes[step, p]) for p in range(3)) > 0.8


@pytest.mark.parametrize("seed", range(3))
def test_before_a_shaking_camera_detections_count_for_more(seed):
    """There it is the predictions that are wrong, of everybody at once; who is seen is shown where they are seen."""
    shaken = np.cumsum(np.random.default_rng(seed).normal(0, 25, 60))
    boxes = walkers(60, fps=10.0) + shaken[:, None, None] * [1, 0, 1, 0]
    off = [
        np.abs(np.sort(tracks.boxes[:, 0]) - np.sort(truth[:, 0])).mean() / 210
        for tracks, truth in zip(follow(boxes, fps=10.0, noise=0.02), boxes, strict=True)
        if len(tracks) == len(truth)
    ]
    assert len(off) > 50
    assert np.mean(off[20:]) < 0.048


def test_a_missed_detection_is_survived():
    boxes = walkers()
    hidden = np.zeros(boxes.shape[:2], bool)
    hidden[60:63] = True
    assert ids(follow(boxes, hidden=hidden))[-1] == [1, 2, 3]


def test_who_vanished_comes_back_with_the_same_id():
    boxes = walkers()
    hidden = np.zeros(boxes.shape[:2], bool)
    hidden[50:80, 0] = True
    results = follow(boxes, hidden=hidden)
    assert results[75].ids.tolist() == [2, 3]
    assert results[-1].ids.tolist() == [1, 2, 3]


@pytest.mark.parametrize("poses", [True, False])
def test_who_was_lost_is_shown_no_later_than_a_stranger(poses):
    """With poses, which will soon tell, at the first detection, as a stranger there would be."""
    tracker, shown = BoxTracker(), []
    for step in range(60):
        found = Detections.empty() if 20 <= step < 45 else people((100, 100, 180, 340))
        tracks = tracker.update(found if step % 5 == 0 else None, step / 30)
        if poses:
            tracker.correct(poses_in(tracks, 0.9 if step < 20 or step >= 45 else 0.1))
        shown.append(tracks.ids.tolist())
    assert shown[44] == []
    assert shown[45] == ([1] if poses else [])
    assert shown[-1] == [1]


def test_a_flash_of_false_detection_is_gone_soon():
    tracker = BoxTracker()
    for step in range(30):
        boxes = [(100, 100, 180, 340)] + ([(900, 100, 980, 340)] if step == 10 else [])
        tracks = tracker.update(people(*boxes), step / 30)
        if step > 20:
            assert tracks.ids.tolist() == [1]


def test_a_weak_newcomer_waits_for_a_second_look_unless_poses_tell():
    def newcomers(*, poses=False, place=(900, 100, 980, 340), **options):
        tracker, counts = BoxTracker(**options), []
        alone = people((100, 100, 180, 340), score=0.97)
        both = Detections([(100, 100, 180, 340), place], [0.97, 0.5])
        for step in range(60):
            tracks = tracker.update(None if step % 5 else alone if step < 20 else both, step / 30)
            if poses:
                tracker.correct(poses_in(tracks))
            counts.append(len(tracks))
        return counts[20:]

    assert newcomers(new_track_score=0.3) == [2] * 40
    assert newcomers(poses=True) == [2] * 40
    for patient in (newcomers(), newcomers(poses=True, place=(120, 100, 175, 220))):
        assert patient[0] == 1
        assert patient[-1] == 2


def test_a_limited_number_of_people_is_a_stable_choice():
    results = follow(walkers(), every=2, noise=0.02, tracker=BoxTracker(number_people_max=2))
    assert {tuple(tracks.ids.tolist()) for tracks in results} == {(1, 2)}


# --- meeting --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("every", [1, 2, 5, 10])
def test_crossing_people_keep_their_ids(every):
    time = np.arange(120)[:, None] / 30
    left = np.hstack([100 + 150 * time, 100 + 0 * time, 180 + 150 * time, 340 + 0 * time])
    right = np.hstack([700 - 150 * time, 110 + 0 * time, 780 - 150 * time, 350 + 0 * time])
    boxes = np.stack([left, right], axis=1)
    results = follow(boxes, every=every, noise=0.005)
    assert [id_of(results[-1], boxes[-1, person]) for person in (0, 1)] == [1, 2]


@pytest.mark.parametrize("every", [1, 2, 5, 10])
def test_crossing_bodies_keep_their_ids(shared_data, every):
    """Two people squatting while they slide past each other; the one behind is hidden from the detector meanwhile."""
    slide = (np.arange(120) / 30 * 160)[:, None, None] * [1.0, 0.0]
    front = squats(shared_data, frames=120, at=(300.0, 500.0)) + slide
    behind = squats(shared_data, "deep_squat_correct_s03", frames=120, at=(900.0, 480.0), height=360.0) - slide
    points = np.stack([front, behind], axis=1)
    boxes = body_boxes(points)
    covered = np.array([iou(first, second) > 0.5 for first, second in boxes])
    hidden = np.stack([np.zeros(120, bool), covered], axis=1)
    assert covered.any()
    results = follow(boxes, every=every, points=points, noise=0.01, hidden=hidden)
    assert [id_of(results[-1], boxes[-1, person]) for person in (0, 1)] == [1, 2]
    assert {i for tracks in results for i in tracks.ids.tolist()} == {1, 2}


def test_a_ghost_takes_no_detection_from_a_person():
    """A false detection beside somebody, then one between the two, nearer to the ghost: it is the person's."""
    tracker = BoxTracker()
    for step in range(30):
        tracker.update(people((100, 100, 180, 340)), step / 30)
    both = Detections([(100, 100, 180, 340), (125, 100, 205, 340)], [0.9, 0.7])
    tracker.update(both, 1.0)
    for step in range(31, 40):
        tracks = tracker.update(people((118, 100, 198, 340)), step / 30)
        assert tracks.ids.tolist() == [1]
        assert tracks.observed.all()


def test_who_is_looked_for_seldom_is_found_without_any_overlap():
    """Three quarters of a second between looks, in which a slim walker covers twice his width."""
    tracker, shown = BoxTracker(), set()
    for look in range(8):
        x = 100 + 140 * look
        shown |= set(tracker.update(people((x, 100, x + 70, 340)), 0.75 * look).ids.tolist())
    assert shown == {1}


def test_nobody_is_shown_where_nobody_knows_any_more():
    shown = [len(tracks) for tracks in coasting()]
    assert shown[:8] == [1] * 8
    assert shown[-1] == 0
    assert shown == sorted(shown, reverse=True)
    assert sum(shown) < sum(len(one) for one in coasting(coast_blur=3.0))


def coasting(**options):
    """What is emitted of a walker in the two seconds after the latest of 30 detections."""
    tracker = BoxTracker(coast_seconds=100.0, missed_seconds=100.0, **options)
    for step in range(30):
        tracker.update(people((4.0 * step, 0, 80 + 4.0 * step, 240)), step / 30)
    return [tracker.update(None, 1 + step / 30) for step in range(60)]


def test_two_boxes_on_one_body_become_one(shared_data):
    points = squats(shared_data, frames=90)[:, None]
    whole = body_boxes(points)
    half = whole - [0, 0, 0, 60]
    results = follow(np.concatenate([whole, half], axis=1), every=5, points=points)
    assert results[0].ids.tolist() == [1, 2]
    assert ids(results[45:]) == [[1]] * 45


# --- poses ----------------------------------------------------------------------------------------------------------


def dashing(shared_data, frames=90):
    """Somebody who stands for a second and then accelerates sideways to two body heights per second."""
    points = squats(shared_data, frames=frames, at=(400.0, 500.0))[:1].repeat(frames, axis=0)
    late = np.clip(np.arange(frames) / 30 - 31 / 30, 0, None)
    return points + (400 * late**2)[:, None, None] * [1.0, 0.0]


def test_the_pose_keeps_up_with_somebody_who_starts_to_run(shared_data):
    points = dashing(shared_data, 41)[:, None]
    boxes = body_boxes(points)
    blind, seeing = follow(boxes, every=30), follow(boxes, every=30, points=points)
    step = 40  # ten frames after the latest detection
    with_pose, without = (iou(run[step].boxes[0], boxes[step, 0]) for run in (seeing, blind))
    assert with_pose > 0.85
    assert with_pose > without


def test_the_box_neither_shrinks_nor_drifts_while_only_the_pose_moves_it(shared_data):
    points = squats(shared_data, frames=150)[:, None]
    boxes = body_boxes(points)
    random = np.random.default_rng(1)
    noisy = points + random.normal(0, 3, points.shape)
    tracker = BoxTracker()
    for step in range(150):
        detections = people(*boxes[step]) if step < 30 and step % 5 == 0 else None
        tracks = tracker.update(detections, step / 30)
        tracker.correct(poses_of(tracks, noisy[step]))
        assert iou(tracks.boxes[0], boxes[step, 0]) > 0.75
    assert tracks.ids.tolist() == [1]


def test_a_joint_out_of_sight_does_not_move_the_box(shared_data):
    points = squats(shared_data, frames=1)
    box = body_boxes(points)[0]
    tracker = BoxTracker()
    for step in range(20):
        tracks = tracker.update(people(box) if step == 0 else None, step / 30)
        poses = poses_of(tracks, points)
        if step > 5:
            shown, scores = poses.keypoints.copy(), poses.scores.copy()
            shown[:, 13:], scores[:, 13:] = np.nan, 0  # knees and ankles
            poses = Poses(shown, scores, poses.track_ids, poses.boxes, COCO17)
        tracker.correct(poses)
    assert iou(tracks.boxes[0], box) > 0.95


def test_a_wild_pose_is_not_believed(shared_data):
    points = squats(shared_data, frames=1)
    box = body_boxes(points)[0]
    tracker = BoxTracker()
    for step in range(6):
        tracks = tracker.update(people(box) if step == 0 else None, step / 30)
        poses = poses_of(tracks, points)
        if step:
            poses = Poses(poses.keypoints + 600, poses.scores, poses.track_ids, poses.boxes, COCO17)
        tracker.correct(poses)
    assert iou(tracks.boxes[0], box) > 0.95


def lifetime(tracker, score, *, detections=None, seconds=4):
    """Frames for which somebody seen once is emitted while the pose has this `score`."""
    shown = 0
    for step in range(30 * seconds):
        found = people((0, 0, 100, 300)) if step == 0 else detections if step % 10 == 0 else None
        tracks = tracker.update(found, step / 30)
        tracker.correct(poses_in(tracks, score))
        shown += len(tracks)
    return shown


def test_a_ghost_over_the_background_dies_and_a_posing_person_does_not():
    assert lifetime(BoxTracker(), 0.9) == 120
    assert lifetime(BoxTracker(), 0.1) < 45


def test_a_weak_detection_without_a_pose_is_no_person_however_often_it_comes():
    tracker = BoxTracker()
    found = Detections([(100, 100, 180, 340), (900, 100, 980, 340)], [0.9, 0.4])
    for step in range(120):
        tracks = tracker.update(found if step % 5 == 0 else None, step / 30)
        poses = poses_in(tracks)
        scores = np.where((tracks.ids == 2)[:, None], 0.1, poses.scores)
        tracker.correct(Poses(poses.keypoints, scores, poses.track_ids, poses.boxes, COCO17))
        assert 1 in tracks.ids
    assert tracks.ids.tolist() == [1]


def test_a_good_pose_outlives_a_few_missed_detections_but_not_many():
    shown = lifetime(BoxTracker(), 0.9, detections=Detections.empty())
    assert 15 < shown < 90


# --- options --------------------------------------------------------------------------------------------------------


def test_it_is_registered():
    assert isinstance(trackers.create("box"), BoxTracker)


@pytest.mark.parametrize("options", [{"coast_seconds": -1}, {"new_track_score": 2}, {"number_people_max": 0}])
def test_options_out_of_range_are_refused(options):
    with pytest.raises(SettingsError, match=next(iter(options))):
        BoxTracker(**options)


def test_an_unknown_option_is_refused_with_a_hint():
    with pytest.raises(SettingsError, match="no option 'max_age'") as caught:
        BoxTracker(max_age=3)
    assert "coast_seconds" in caught.value.hint


def test_importing_and_constructing_is_cheap():
    code = (
        "import sys; from vitpose_live.tracking import BoxTracker; BoxTracker();"
        "assert not {'filterpy', 'scipy', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
