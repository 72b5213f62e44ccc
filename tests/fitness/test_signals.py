import math

import numpy as np
import pytest
from fitness_people import COCO, mirrored, person, squat
from hypothesis import given
from hypothesis import strategies as st

from vitpose_live.data import Skeleton
from vitpose_live.fitness.exercise import Effort, Exercise, ExerciseKind, Sides, Term, TermKind
from vitpose_live.fitness.exercise_files import exercise_names, load_exercise
from vitpose_live.fitness.signals import BEYOND, Signal, joint_names

SEEN = np.full(17, 0.9)


def exercise(*terms, sides=Sides.TOGETHER, kind=ExerciseKind.REPETITIONS):
    return Exercise("odd", "Odd", kind, sides, Effort.BOTTOM, terms)


def knee(rest=180.0, effort=0.0, weight=1.0):
    return Term(TermKind.ANGLE, ("hip", "knee", "ankle"), rest, effort, weight=weight)


def read(points, *terms, scores=SEEN, **options):
    return Signal(exercise(*terms, **options), COCO).read(points, scores)


@pytest.mark.parametrize(
    ("kind", "joints", "over", "expected"),
    [
        (TermKind.ANGLE, ("left_shoulder", "left_hip", "left_knee"), (), 90.0),
        (TermKind.LEAN, ("left_hip", "left_shoulder"), (), 0.0),
        (TermKind.LEAN, ("left_hip", "left_knee"), (), 90.0),
        (TermKind.LEAN, ("left_shoulder", "left_hip"), (), 180.0),
        (TermKind.RISE, ("left_hip", "left_shoulder"), ("left_hip", "left_shoulder"), 1.0),
        (TermKind.RISE, ("left_shoulder", "left_hip"), ("left_hip", "left_shoulder"), -1.0),
        (TermKind.RISE, ("left_ankle", "left_hip"), ("left_hip", "left_knee", "left_ankle"), 1.0),
        (TermKind.HEIGHT, ("left_ankle", "left_hip"), ("left_hip", "left_knee", "left_ankle"), 0.5),
        (TermKind.DISTANCE, ("left_hip", "left_ankle"), ("left_hip", "left_knee"), math.sqrt(2)),
    ],
)
def test_measures_by_hand(kind, joints, over, expected):
    """Somebody who sits upright: the shoulder above the hip, the thigh level, the shank hanging."""
    points = np.full((17, 2), np.nan)
    for name, place in {"shoulder": (100, 60), "hip": (100, 100), "knee": (140, 100), "ankle": (140, 140)}.items():
        points[COCO.index(f"left_{name}")] = place
    scores = np.where(np.isfinite(points).all(axis=1), 0.9, 0.0)
    found = read(points, Term(kind, joints, 0.0, 1000.0, over), scores=scores)
    assert found == (pytest.approx(expected / 1000),)


def test_rest_is_0_and_effort_is_1_and_far_beyond_is_cut_off():
    assert read(person(COCO), knee(180, 90)) == (pytest.approx(0, abs=0.02),)
    assert read(person(COCO), knee(90, 180)) == (pytest.approx(1, abs=0.02),)
    assert read(person(COCO), knee(0, 10)) == (1 + BEYOND,)
    assert read(person(COCO), knee(10, 0)) == (-BEYOND,)


def test_both_sides_are_the_mean_and_one_stands_for_a_hidden_other():
    points = person(COCO, left_ankle=(58, -45))
    left, right = read(points, knee(), sides=Sides.LEFT)[0], read(points, knee(), sides=Sides.RIGHT)[0]
    assert left == pytest.approx(0.5, abs=0.02)
    assert right == pytest.approx(0, abs=0.02)
    assert read(points, knee()) == (pytest.approx((left + right) / 2),)
    assert read(points, knee(), sides=Sides.EACH) == (left, right)
    hidden = SEEN.copy()
    hidden[COCO.index("left_knee")] = 0.1
    assert read(points, knee(), scores=hidden) == (right,)
    assert math.isnan(read(points, knee(), scores=hidden, sides=Sides.EACH)[0])


def test_terms_are_weighed_and_half_of_them_have_to_be_seen():
    lean = Term(TermKind.LEAN, ("hip", "shoulder"), 0.0, 900.0, weight=3.0)
    straight = read(person(COCO), knee(0, 180, weight=1.0), lean)
    assert straight == (pytest.approx(0.25, abs=0.02),)
    legs = SEEN.copy()
    legs[[COCO.index("left_knee"), COCO.index("right_knee")]] = 0
    trunk = SEEN.copy()
    trunk[[COCO.index("left_shoulder"), COCO.index("right_shoulder")]] = 0
    assert not math.isnan(read(person(COCO), knee(), lean, scores=legs)[0])
    assert math.isnan(read(person(COCO), knee(), lean, scores=trunk)[0])


def test_all_of_a_hold_has_to_be_seen_and_met():
    terms = knee(0, 180), Term(TermKind.LEAN, ("hip", "shoulder"), 0.0, 90.0)
    hidden = SEEN.copy()
    hidden[[COCO.index("left_knee"), COCO.index("right_knee")]] = 0
    low = read(person(COCO), *terms, kind=ExerciseKind.HOLD)[0]
    assert low == pytest.approx(0.1, abs=0.1)
    assert math.isnan(read(person(COCO), *terms, kind=ExerciseKind.HOLD, scores=hidden)[0])


@given(depth=st.floats(0, 1), factor=st.floats(0.1, 20), x=st.floats(-999, 999), y=st.floats(-999, 999))
def test_size_and_place_change_nothing_and_a_mirror_changes_sides(depth, factor, x, y):
    points = squat(COCO, depth)
    for name in exercise_names():
        if name == "calf_raise":
            continue
        signal = Signal(load_exercise(name), COCO)
        plain = signal.read(points, SEEN)
        assert signal.read(points * factor + (x, y), SEEN) == pytest.approx(plain, abs=1e-5)
        turned = signal.read(mirrored(points, COCO), SEEN)
        assert turned == pytest.approx(plain[::-1], abs=1e-9)


@given(wide=st.floats(0.2, 5), tall=st.floats(0.2, 5))
def test_a_rise_survives_stretching(wide, tall):
    rise = Term(TermKind.RISE, ("knee", "hip"), 0.5, 0.0, ("hip", "knee", "ankle"))
    points = squat(COCO, 0.6)
    assert read(points * (wide, tall), rise) == pytest.approx(read(points, rise))


def test_joints_on_each_other_tell_nothing():
    for name in exercise_names():
        if name != "calf_raise":
            assert all(map(math.isnan, Signal(load_exercise(name), COCO).read(np.zeros((17, 2)), SEEN)))


def test_joints_that_are_nan_are_not_seen_whatever_they_score():
    points = person(COCO)
    points[COCO.index("left_knee")] = np.nan
    assert read(points, knee(), sides=Sides.EACH) == (pytest.approx(math.nan, nan_ok=True), pytest.approx(0, abs=0.02))


def test_names_without_side_are_found_on_a_side():
    odd = Skeleton("odd", ("nose", "left_big_toe", "right_big_toe", "left_hip"))
    assert joint_names(("nose", "foot_index|big_toe"), odd, "left") == ("nose", "left_big_toe")
    assert joint_names(("big_toe",), odd, "right") == ("right_big_toe",)
    assert joint_names(("hip",), odd, "right") is None
