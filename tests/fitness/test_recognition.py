import numpy as np
import pytest
from fitness.figures import COCO, POSTURES, drawn, film, movement, poses_of

from vitpose_live.fitness.coach import Coach
from vitpose_live.fitness.exercise_files import exercise_names
from vitpose_live.fitness.recognition import UNKNOWN, Recogniser, mirrored, signature

PIXELS = {
    name: complex(x, y)
    for name, (x, y) in zip(COCO.keypoints, np.random.default_rng(2).uniform(0, 99, (17, 2)), strict=True)
}


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


def test_a_signature_forgets_size_and_place():
    stretched = {name: 3 * place + complex(40, -7) for name, place in PIXELS.items()}
    np.testing.assert_allclose(signature(PIXELS, arms=True), signature(stretched, arms=True))


def test_a_mirrored_picture_has_the_mirrored_signature():
    sides = {"left": "right", "right": "left"}
    swapped = {
        "_".join([sides.get(name.split("_")[0], name.split("_")[0]), *name.split("_")[1:]]): complex(
            -place.real, place.imag
        )
        for name, place in PIXELS.items()
    }
    for arms in (True, False):
        np.testing.assert_allclose(signature(swapped, arms=arms), mirrored(signature(PIXELS, arms=arms)))


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


def test_auto_is_per_person():
    coach = Coach("auto", COCO)
    squats, jacks = film("squat", 85), film("jumping_jack", 0, at=(900.0, 240.0))
    for (one, time), (other, _) in zip(squats, jacks, strict=True):
        people = {1: (one.keypoints[0], one.scores[0]), 2: (other.keypoints[0], other.scores[0])}
        found = {feedback.track_id: feedback for feedback in coach.observe(poses_of(people), time)}
    assert {track: (one.exercise, one.repetitions) for track, one in found.items()} == {
        1: ("squat", 5), 2: ("jumping_jack", 5),
    }  # fmt: skip
