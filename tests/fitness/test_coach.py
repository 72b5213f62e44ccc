"""What users of `Coach` rely on, whichever exercise, skeleton, view or frame rate."""

import numpy as np
import pytest
from fitness.figures import COCO, drawn, film, movement, poses_of

from vitpose_live.data import Poses, load_skeleton
from vitpose_live.errors import SettingsError, SettingsFileError, UnknownNameError
from vitpose_live.fitness.angles import measure
from vitpose_live.fitness.coach import FORGET_S, Coach
from vitpose_live.fitness.exercise_files import load_exercise
from vitpose_live.fitness.logbook import Logbook


def last(coach, pictures):
    """Feedback on everybody, by track id, as of the last time each was seen; and all cues that were given."""
    found, said = {}, []
    for poses, time in pictures:
        for feedback in coach.observe(poses, time):
            found[feedback.track_id] = feedback
            said += [(round(time, 3), cue) for cue in feedback.cues]
    return found, said


def count(pictures, exercise="squat", skeleton=COCO, track_id=1):
    return last(Coach(exercise, skeleton), pictures)[0][track_id].repetitions


def test_nobody_is_nothing():
    coach = Coach("squat", COCO)
    assert coach.observe(Poses.empty(COCO), 0.0) == []
    assert coach.observe(Poses.empty(COCO), 5.0) == []


@pytest.mark.parametrize("fps", [10, 15, 30, 120])
def test_frame_rates_do_not_matter(fps):
    found, _ = last(Coach("squat", COCO), film(fps=fps))
    assert found[1].repetitions == 5
    assert found[1].view == "side"


@pytest.mark.parametrize("around", [0, 45, 90, 135, 180, -45, -90])
def test_views_do_not_matter_to_the_count(around):
    assert count(film(around=around)) == 5


@pytest.mark.parametrize(
    ("exercise", "name"), [("squat", "blazepose33"), ("squat", "wholebody133"), ("push_up", "synthpose52")]
)
def test_any_skeleton_with_the_joints_will_do(exercise, name):
    skeleton = load_skeleton(name)
    assert count(film(exercise, skeleton=skeleton), exercise, skeleton) == 5


def test_a_skeleton_without_the_joints_is_refused():
    with pytest.raises(SettingsError, match=r"calf_raise.*coco17"):
        Coach("calf_raise", COCO)


def test_an_unknown_exercise_gets_a_hint():
    with pytest.raises(UnknownNameError) as caught:
        Coach("squad", COCO)
    assert "squat" in caught.value.hint


def test_a_mirrored_person_hears_the_same():
    said = []
    for sign in (1, -1):
        pictures = list(film("squat", 75 * sign, depth=0.6))
        found, cues = last(Coach("squat", COCO), pictures)
        said.append((cues, found[1].repetitions, found[1].phase, found[1].view))
    assert said[0] == said[1]
    assert any("deeper" in cue for _, cue in said[0][0])


def test_order_of_people_does_not_matter():
    one, other = list(film(track_id=1)), list(film(track_id=2, period=2.5, at=(900.0, 240.0)))
    straight, swapped = Coach("squat", COCO), Coach("squat", COCO)
    for number, ((first, time), (second, _)) in enumerate(zip(one, other, strict=True)):
        rows = [(first.keypoints[0], first.scores[0]), (second.keypoints[0], second.scores[0])]
        forward = straight.observe(poses_of({1: rows[0], 2: rows[1]}), time)
        shuffled = poses_of({2: rows[1], 1: rows[0]}) if number % 3 else poses_of({1: rows[0], 2: rows[1]})
        backward = sorted(swapped.observe(shuffled, time), key=lambda feedback: feedback.track_id)
        assert [(f.track_id, f.repetitions, f.cues, f.phase) for f in forward] == [
            (f.track_id, f.repetitions, f.cues, f.phase) for f in backward
        ]
    assert [feedback.repetitions for feedback in forward] == [5, 4]


def test_somebody_walking_through_changes_nothing():
    coach = Coach("squat", COCO)
    standing = movement("squat", 0.0)
    for poses, time in film():
        people = {1: (poses.keypoints[0], poses.scores[0])}
        if 3 < time < 8:  # walks across the picture, over the other one
            people[7] = drawn(standing, 90, at=(100 + 100 * (time - 3), 240.0))
        found = {feedback.track_id: feedback for feedback in coach.observe(poses_of(people), time)}
    assert found[1].repetitions == 5
    assert set(found) == {1}


def test_dropped_frames_change_nothing():
    kept = np.random.default_rng(3).random(1000) > 0.3
    pictures = [picture for picture, keep in zip(film(), kept, strict=False) if keep]
    assert count(pictures) == 5
    empty = [(poses if keep else Poses.empty(COCO), time) for (poses, time), keep in zip(film(), kept, strict=False)]
    assert count(empty) == 5


@pytest.mark.parametrize("start", [2.0, 2.5, 3.3, 4.1, 5.6])
def test_legs_out_of_sight_for_a_second_change_nothing(start):
    hidden = [COCO.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("knee", "ankle")]

    def pictures():
        for poses, time in film():
            points, scores = poses.keypoints[0].copy(), poses.scores[0].copy()
            if start <= time < start + 1:
                points[hidden], scores[hidden] = np.nan, 0
            yield poses_of({1: (points, scores)}), time

    assert count(pictures()) == 5


def test_the_count_goes_on_under_another_id():
    coach = Coach("squat", COCO)
    for poses, time in film():
        if 4.9 < time < 5.3:
            continue  # lost, and found again as somebody else
        points, scores = poses.keypoints[0], poses.scores[0]
        feedback = coach.observe(poses_of({1 if time < 5 else 4: (points, scores)}), time)
    assert [(one.track_id, one.repetitions) for one in feedback] == [(4, 5)]


def test_people_of_equal_counts_who_are_lost_at_once_are_not_exchanged():
    coach, log = Coach("squat", COCO), Logbook()
    for (one, time), (other, _) in zip(film(), film(at=(900.0, 240.0)), strict=True):
        if 4.9 < time < 5.3:
            continue
        left, right = ((one.keypoints[0], one.scores[0]), (other.keypoints[0], other.scores[0]))
        people = {1: left, 2: right} if time < 5 else {4: right, 5: left}
        feedback = coach.observe(poses_of(people), time)
        log.observe(feedback, time)
        assert {said.track_id: said.person for said in feedback} == ({1: 1, 2: 2} if time < 5 else {4: 2, 5: 1})
    assert log.counts == {1: 5, 2: 5}


def test_whoever_comes_back_after_two_changes_of_track_is_still_the_same():
    coach = Coach("squat", COCO)
    for poses, time in film():
        first = poses.keypoints[0], poses.scores[0]
        # one after the other is taken for somebody who is hidden
        people = {9: first} if 5 < time < 5.5 else {12: first} if 5.5 <= time < 6 else {1: first}
        if time >= 6:
            people[12] = drawn(movement("squat", 0.0), 90, at=(700.0, 240.0))
        found = {said.track_id: (said.person, said.repetitions) for said in coach.observe(poses_of(people), time)}
        assert len({person for person, _ in found.values()}) == len(found)
    assert found[1] == (1, 5)
    assert found[12][1] == 0


def test_a_persons_number_is_nobody_elses():
    """A tracker may give the number of somebody gone to somebody new."""
    coach = Coach("squat", COCO)
    for poses, time in film():
        person = poses.keypoints[0], poses.scores[0]
        people = {1: person} if time < 5 else {7: person}
        if time >= 6:
            people[3] = people.pop(7)  # 3 is who was 7, who was 1
            people[7] = drawn(movement("squat", 0.0), 90, at=(900.0, 240.0))
        found = {said.track_id: said.person for said in coach.observe(poses_of(people), time)}
        assert len(set(found.values())) == len(found)


def test_who_is_back_gets_the_count_back():
    coach = Coach("squat", COCO)
    for poses, time in film():
        first = poses.keypoints[0], poses.scores[0]
        # somebody steps in front of the other for a moment and is taken for them
        people = {9: first} if 5 < time < 5.5 else {1: first}
        if time >= 5.5:
            people[9] = drawn(movement("squat", 0.0), 90, at=(700.0, 240.0))
        found = {feedback.track_id: feedback.repetitions for feedback in coach.observe(poses_of(people), time)}
    assert found == {1: 5, 9: 0}


def test_somebody_elsewhere_is_somebody_else():
    coach = Coach("squat", COCO)
    for poses, time in film():
        person = poses.keypoints[0], poses.scores[0]
        if time >= 6:
            person = drawn(movement("squat", 0.0), 90, at=(900.0, 240.0))
        feedback = coach.observe(poses_of({1 if time < 6 else 2: person}), time)
    assert [(one.track_id, one.repetitions) for one in feedback] == [(2, 0)]


def test_reset_and_a_jump_back_begin_anew():
    coach = Coach("squat", COCO)
    pictures = list(film())
    assert last(coach, pictures)[0][1].repetitions == 5
    assert last(coach, pictures)[0][1].repetitions == 5
    coach.reset()
    assert coach.observe(*pictures[0])[0].repetitions == 0


def test_every_repetition_is_recorded_once():
    coach, records = Coach("squat", COCO), []
    for poses, time in film():
        records += coach.observe(poses, time)[0].finished
    assert len(records) == 5
    for number, record in enumerate(records):
        assert record.exercise == "squat"
        assert record.complete
        assert 1 + 2 * number - 0.2 < record.start < record.end < 3 + 2 * number + 0.3
        assert record.view == "side"
        assert record.eccentric_s > 0.3
        assert record.concentric_s > 0.3
        assert record.measures["knee_flexion"] == pytest.approx(110, abs=8)


def test_shallow_squats_are_told_from_the_side_once_a_repetition_and_never_from_the_front():
    for around, expected in ((90, 5), (75, 5), (0, 0), (30, 0), (45, 0), (180, 0), (135, 0)):
        _, said = last(Coach("squat", COCO), film(around=around, depth=0.55, noise=2.0))
        assert sum("deeper" in cue for _, cue in said) == expected, around


@pytest.mark.parametrize("around", [60, 75, 90, -60, 120])
def test_the_knees_told_in_every_frame_and_of_a_repetition_agree(around):
    coach, records, lowest = Coach("squat", COCO), [], []
    for poses, time in film(around=around, fps=30):
        (feedback,) = coach.observe(poses, time)
        angles, velocities = feedback.angles, feedback.velocities
        assert velocities.keys() == angles.keys()
        both = (angles["left_knee"] + angles["right_knee"]) / 2
        if time > 1:
            assert both == pytest.approx(180 - angles["knee_flexion"])
            assert feedback.measures["knee_flexion"] == angles["knee_flexion"]
            lowest.append((time, both))
        records += feedback.finished
    assert len(records) == 5
    for record in records:
        bottom = min(both for time, both in lowest if record.start <= time <= record.end)
        assert record.measures["knee_flexion"] == pytest.approx(180 - bottom, abs=2)


def test_from_the_front_knees_are_as_in_the_picture_and_their_flexion_is_not_told():
    for poses, time in film(around=0, seconds=3):
        (feedback,) = Coach("squat", COCO).observe(poses, time)
        for name, degrees in zip(measure(poses).names, measure(poses).degrees[0].tolist(), strict=True):
            if name != "trunk_lean":  # of which the exercise has its own
                assert feedback.angles[name] == degrees
        assert "knee_flexion" not in feedback.measures


def test_velocities_have_the_direction_and_size_of_the_movement():
    coach, down, up = Coach("squat", COCO), [], []
    for poses, time in film(fps=30):
        (feedback,) = coach.observe(poses, time)
        speed = feedback.velocities["knee_flexion"]
        if 1.4 < time < 1.7:
            down.append(speed)
        if 2.4 < time < 2.7:
            up.append(speed)
    # 110 degrees there and back in two seconds
    assert np.mean(down) == pytest.approx(110 * np.pi / 2, rel=0.25)
    assert np.mean(up) == pytest.approx(-110 * np.pi / 2, rel=0.25)


def test_deep_squats_are_not_criticised():
    for around in (0, 45, 90, 180):
        _, said = last(Coach("squat", COCO), film(around=around, noise=2.0))
        assert {cue for _, cue in said} <= {"turn side-on for depth"}


def test_feet_out_of_the_picture():
    feet = [COCO.index("left_ankle"), COCO.index("right_ankle")]
    coach, said = Coach("squat", COCO), []
    for poses, time in film():
        points, scores = poses.keypoints[0].copy(), poses.scores[0].copy()
        points[feet], scores[feet] = np.nan, 0
        said += [(time, cue) for cue in coach.observe(poses_of({1: (points, scores)}), time)[0].cues]
    assert [cue for _, cue in said] == ["step back: feet are out of the picture"]
    assert said[0][0] >= 2


def test_nothing_visible_says_nothing_of_form():
    coach = Coach("squat", COCO)
    points, scores = np.full((17, 2), 5.0), np.full(17, 0.1)
    for step in range(200):
        feedback = coach.observe(poses_of({1: (points, scores)}), step / 30)[0]
    assert (feedback.repetitions, feedback.phase, feedback.view) == (0, "", "")
    assert np.isnan(list(feedback.angles.values())).all()


def test_a_hold_is_timed():
    coach = Coach("wall_sit", COCO)
    posture = {"trunk": 0, "thigh": [88, 5], "shank": [0, 5]}
    for step in range(301):
        feedback = coach.observe(poses_of({1: drawn(posture, 90)}), step / 30)[0]
    assert feedback.held_s == pytest.approx(10, abs=0.5)
    assert feedback.cues == ()


def test_an_exercise_of_ones_own_is_read_again_when_it_changes(tmp_path):
    mine = tmp_path / "mine.toml"
    mine.write_text('like = "squat"\ntitle = "Mine"\n', "utf-8")
    coach = Coach("mine", COCO, folder=tmp_path)
    changed = False
    for poses, time in film(depth=0.55):
        feedback = coach.observe(poses, time)[0]
        if time > 6 and not changed:
            changed = True
            mine.write_text('like = "squat"\ncues = []\n[measures]\nhip_drop = {}\n', "utf-8")
            assert "knee_flexion" in coach.targets
    assert set(coach.targets) == {"hip_drop"}
    assert feedback.repetitions >= 4
    mine.write_text("like = 3", "utf-8")
    assert coach.observe(poses, time + 2)[0].repetitions == feedback.repetitions
    assert "like" in coach.problems[0]
    with pytest.raises(SettingsFileError):
        Coach("mine", COCO, folder=tmp_path)


def test_another_model_in_mid_set_goes_on_counting():
    whole = load_skeleton("wholebody133")
    coach = Coach(load_exercise("squat"), COCO)
    for poses, time in film():
        if time < 5:
            feedback = coach.observe(poses, time)[0]
            continue
        drawn_again = drawn(movement("squat", time), 90, skeleton=whole)
        feedback = coach.observe(poses_of({1: drawn_again}, whole), time)[0]
    assert feedback.repetitions >= 4


def test_a_recording_cut_on_the_way_back_has_as_many_records_as_repetitions():
    coach, finished, counted = Coach("squat", COCO), 0, 0
    for poses, time in film(seconds=1 + 4 * 2 + 1.75):  # the fifth is nearly over
        for feedback in coach.observe(poses, time):
            finished, counted = finished + len(feedback.finished), feedback.repetitions
    assert (counted, finished) == (5, 4)
    (last_said,) = coach.close()
    assert (last_said.repetitions, len(last_said.finished)) == (5, 1)
    assert coach.close() == []


def test_what_is_counted_only_at_the_end_is_counted_and_recorded():
    late = 0
    for pictures in range(48, 60):  # the only squat goes from 1 s to 2 s
        coach, log = Coach("squat", COCO), Logbook()
        for poses, time in film(fps=30, period=1.0, repetitions=1, seconds=pictures / 30):
            log.observe(coach.observe(poses, time), time)
        before = log.counts[1]
        log.observe(coach.close(), time)
        assert log.counts[1] == sum(len(one.repetitions) for one in log.sets)
        late += log.counts[1] - before
    assert late > 0


SITTING = {"trunk": 0, "thigh": [88, 0], "shank": [0, 0]}


@pytest.mark.parametrize("leaves", [False, True])
def test_a_hold_that_goes_on_to_the_end_is_recorded_once(leaves):
    coach = Coach("wall_sit", COCO)
    for step in range(100):
        assert not coach.observe(poses_of({1: drawn(SITTING, 90)}), step / 20)[0].finished
    if leaves:
        coach.observe(Poses.empty(COCO), 5 + FORGET_S)
    (last,) = coach.close()
    (hold,) = last.finished
    assert (last.person, last.repetitions) == (1, 1)
    assert (hold.start, hold.end, hold.pause_s) == pytest.approx((0, 4.95, 4.95))
    assert coach.close() == []
