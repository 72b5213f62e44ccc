import bench_counting as bench
import numpy as np
import pytest
from fitness.figures import COCO, POSTURES, drawn, film, movement, poses_of
from fitness_people import BLAZE

from vitpose_live.fitness.coach import Coach
from vitpose_live.fitness.exercise_files import exercise_names
from vitpose_live.fitness.recognition import UNKNOWN, Recogniser


def named(exercise, around, *, fps=20.0, noise=1.5, **options):
    """What the recogniser says of a figure doing `exercise`, and when."""
    recogniser = Recogniser(COCO)
    for poses, time in film(exercise, around, fps=fps, noise=noise, **options):
        name = recogniser.observe(poses.keypoints[0], poses.scores[0], time)
        if name != UNKNOWN:
            return name, time
    return UNKNOWN, None


@pytest.mark.parametrize(
    ("exercise", "around"),
    [
        ("squat", 20), ("squat", 80), ("lunge", 90), ("push_up", 80), ("sit_up", 100), ("pull_up", 10),
        ("shoulder_press", 0), ("jumping_jack", 0), ("jumping_jack", 35), ("front_raise", 80), ("lateral_raise", 10),
        ("biceps_curl", 80), ("deadlift", 80), ("leg_raise", 90), ("glute_bridge", 90),
    ],
)  # fmt: skip
def test_named_after_two_or_three_repetitions(exercise, around):
    name, time = named(exercise, around)
    assert name == exercise
    assert 4 <= time <= 8.5


def test_a_mirrored_person_does_the_same():
    for around in (70, -70):
        assert named("squat", around)[0] == "squat"


@pytest.mark.parametrize("fps", [10, 60])
def test_frame_rates_do_not_matter(fps):
    assert named("squat", 80, fps=fps)[0] == "squat"


def test_standing_walking_and_waving_are_unknown():
    recogniser, random = Recogniser(COCO), np.random.default_rng(0)
    for step in range(300):
        time = step / 30
        wave = {"trunk": 0, "far_arm": [20 * np.sin(5 * time), 10], "thigh": [25 * np.sin(6 * time), 5],
                "far_thigh": [-25 * np.sin(6 * time), 5], "arm": [-15 * np.sin(6 * time), 8]}  # fmt: skip
        points, scores = drawn(movement("squat", 0.0) if step < 150 else wave, 60)
        points += random.normal(0, 1.5, points.shape)
        assert recogniser.observe(points, scores, time) == UNKNOWN


def test_nobody_is_unknown():
    recogniser = Recogniser(COCO)
    for step in range(100):
        assert recogniser.observe(np.full((17, 2), np.nan), np.zeros(17), step / 30) == UNKNOWN


def test_every_posture_is_of_an_exercise():
    assert set(POSTURES) <= set(exercise_names())


def test_auto_counts_from_the_first_repetition_on():
    coach, said = Coach("auto", COCO), []
    for poses, time in film("squat", 85, noise=1.0):
        feedback = coach.observe(poses, time)[0]
        said.append((feedback.exercise, feedback.repetitions, len(feedback.finished)))
    assert said[0] == ("unknown", 0, 0)
    assert said[-1][:2] == ("squat", 5)
    assert sum(finished for *_, finished in said) == 5
    first = next(count for name, count, _ in said if name == "squat")
    assert first >= 2


@pytest.mark.parametrize("exercise", sorted(set(POSTURES) - {"high_knees"}))
@pytest.mark.parametrize("around", [0, 90])
def test_nothing_is_called_something_else_from_anywhere(exercise, around):
    assert named(exercise, around, seconds=9.0)[0] in (exercise, UNKNOWN)


@pytest.mark.parametrize("exercise", sorted(set(POSTURES) - {"squat"}))
def test_what_it_may_not_be_is_unknown(exercise):
    recogniser = Recogniser(COCO, among=["squat"])
    for poses, time in film(exercise, 60, noise=1.5):
        assert recogniser.observe(poses.keypoints[0], poses.scores[0], time) == UNKNOWN


@pytest.mark.parametrize("around", [0, 60])
def test_walking_and_waving_with_one_arm_is_unknown(around):
    recogniser, random = Recogniser(COCO), np.random.default_rng(1)
    for step in range(400):
        time = step / 30
        swing = 25 * np.sin(6 * time)
        legs = {"thigh": [swing, 4], "far_thigh": [-swing, 4]}
        shanks = {"shank": [min(swing, 0) - 5, 4], "far_shank": [min(-swing, 0) - 5, 4]}
        walk = {"trunk": 2, **legs, **shanks, "arm": [-0.8 * swing, 8], "far_arm": [0.8 * swing, 8]}
        wave = {
            "trunk": 0,
            "thigh": [0, 5],
            "shank": [0, 5],
            "arm": [90 - 70 * np.cos(5 * time), 20],
            "far_arm": [0, 8],
        }
        points, scores = drawn(walk if step < 200 else wave, around)
        points += random.normal(0, 1.5, points.shape)
        assert recogniser.observe(points, scores, time) == UNKNOWN


@pytest.mark.parametrize(("exercise", "around"), [("squat", 30), ("push_up", 80), ("jumping_jack", 0)])
def test_counts_are_those_of_the_exercise_had_it_been_named(exercise, around):
    ends = []
    for name in ("auto", exercise):
        coach, finished, last = Coach(name, COCO), [], None
        for poses, time in film(exercise, around, noise=1.0):
            last = coach.observe(poses, time)[0]
            finished += last.finished
        finished += [record for one in coach.close() for record in one.finished]
        ends.append((last.exercise, last.repetitions, last.partial_repetitions, [one.end for one in finished]))
    assert ends[0] == ends[1]
    assert ends[0][1] == 5


def test_recordings_of_home_exercises_are_named_and_none_wrongly(shared_data):
    """The first ten seconds of two recordings of each, told from each other; the script says more."""
    named_right = dict.fromkeys(bench.HOME, 0)
    tried = dict.fromkeys(bench.HOME, 0)
    for name, exercise, _, points in bench.recordings(shared_data / "reps"):
        if exercise not in bench.HOME or tried[exercise] == 2 or not np.isfinite(points).any():
            continue
        tried[exercise] += 1
        recogniser = Recogniser(BLAZE, among=bench.HOME)
        for index, frame in enumerate(points[:300]):
            scores = np.where(np.isfinite(frame).all(axis=1), 0.9, 0.0)
            if recogniser.observe(frame, scores, index / bench.VIDEO_RATE) != UNKNOWN:
                assert recogniser.name == exercise, name
                named_right[exercise] += 1
                break
    assert sum(named_right.values()) >= 0.5 * sum(tried.values())


def test_auto_is_per_person():
    coach = Coach("auto", COCO)
    squats, jacks = film("squat", 85), film("jumping_jack", 0, at=(900.0, 240.0))
    for (one, time), (other, _) in zip(squats, jacks, strict=True):
        people = {1: (one.keypoints[0], one.scores[0]), 2: (other.keypoints[0], other.scores[0])}
        found = {feedback.track_id: feedback for feedback in coach.observe(poses_of(people), time)}
    assert {track: (one.exercise, one.repetitions) for track, one in found.items()} == {
        1: ("squat", 5), 2: ("jumping_jack", 5),
    }  # fmt: skip
