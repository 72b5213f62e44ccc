import numpy as np
import pytest
from fitness.figures import COCO, POSTURES, SCALE, drawn, film, movement

from vitpose_live.fitness.angles import ANGLES
from vitpose_live.fitness.body import BodyReader
from vitpose_live.fitness.measures import MEASURES, Measurer
from vitpose_live.fitness.view import UNKNOWN_VIEW, View, ViewEstimator

READER = BodyReader(COCO)
STANDING = POSTURES["squat"]["rest"]
SQUAT = {"trunk": 40, "thigh": [80, 0], "shank": [-30, 0]}


def measured(posture, around, *, hidden=(), standing=True):
    """Readings by name of somebody who stood before, and whose view is known for long."""
    views, measurer = ViewEstimator(), Measurer()
    for step in range(90):
        now = STANDING if step < 60 and standing else posture
        points, scores = drawn(now, around)
        for name in hidden:
            scores[COCO.index(name)] = 0.2
        body = READER.read(points, scores)
        measurer.look(body, views.observe(body, step / 30), step / 30)
    return {name: measurer.read(name) for name in MEASURES}


@pytest.mark.parametrize("around", [60, 75, 90, 105, 120, -60, -90, -120])
def test_from_about_the_side_flexions_are_those_in_space(around):
    found = measured(SQUAT, around)
    assert found["knee_flexion"].value == pytest.approx(110, abs=5)
    assert found["hip_flexion"].value == pytest.approx(120, abs=5)
    assert found["trunk_lean"].value == pytest.approx(40, abs=5)


@pytest.mark.parametrize("around", [55, 60, 75, 105, 120, -60, -75])
def test_knees_turned_out_are_measured_in_space(around):
    found = measured({**SQUAT, "thigh": [80, 30], "shank": [-30, -5]}, around)
    # from the figure's limbs: forwards, outwards and upwards
    thigh, shank = (
        np.array([np.sin(pitch) * np.cos(out), np.sin(out), -np.cos(pitch) * np.cos(out)])
        for pitch, out in np.radians([[80, 30], [-30, -5]])
    )
    true = np.degrees(np.arccos(thigh @ shank))
    for name in ("knee_flexion", "left_knee_flexion", "right_knee_flexion"):
        assert found[name].value == pytest.approx(true, abs=8), name


@pytest.mark.parametrize("around", [55, 60, 75, 90, -60])
def test_each_knee_of_a_lunge_is_measured_in_space(around):
    lunge = {"trunk": 0, "thigh": [80, 3], "shank": [-5, 3], "far_thigh": [-5, 3], "far_shank": [-75, 3]}
    found = measured(lunge, around)
    assert found["left_knee_flexion"].value == pytest.approx(85, abs=8)
    assert found["right_knee_flexion"].value == pytest.approx(70, abs=8)
    assert found["knee_flexion"].value == pytest.approx(77.5, abs=5)


def test_joints_are_the_measures_as_included_angles():
    views, measurer = ViewEstimator(), Measurer()
    for step in range(60):
        body = READER.read(*drawn(SQUAT, 65))
        measurer.look(body, views.observe(body, step / 30), step / 30)
    joints = measurer.joints()
    for side in ("left", "right"):
        for joint in ("knee", "hip", "elbow"):
            flexion = measurer.read(f"{side}_{joint}_flexion").value
            assert joints[f"{side}_{joint}"] == pytest.approx(180 - flexion)
        assert joints[f"{side}_shoulder"] == pytest.approx(measurer.read(f"{side}_arm_raise").value)
    assert set(joints) < {row.name for row in ANGLES}
    measurer.look(body, UNKNOWN_VIEW, 2.0)
    assert measurer.joints() == {}


def test_what_is_told_is_not_always_judged_and_never_the_other_way():
    seen = {around: measured(SQUAT, around)["knee_flexion"] for around in range(0, 91, 5)}
    assert all(reading.told for reading in seen.values() if reading.valid)
    assert seen[55].told
    assert not seen[55].valid
    assert not seen[30].told


@pytest.mark.parametrize("around", [0, 60, 90])
def test_legs_shrink_with_whoever_walks_back(around):
    views, measurer = ViewEstimator(), Measurer()
    for step in range(15 * 30):
        time = step / 30
        near = 2.5 - 1.5 * min(time / 2, 1.0)
        points, scores = drawn(movement("squat", time - 4), around)
        body = READER.read(points * near, scores)
        measurer.look(body, views.observe(body, time), time)
        if 4.5 < time < 5:
            assert measurer.read("hip_drop").value == pytest.approx(0, abs=0.05)
        if time > 4.5:
            assert measurer.sight.leg == pytest.approx(1.7 * SCALE, rel=0.06), time


@pytest.mark.parametrize("around", [0, 90])
def test_legs_are_as_long_while_they_are_bent(around):
    measurer = Measurer()
    for step in range(20 * 30):
        body = READER.read(*drawn(STANDING if step < 60 else SQUAT, around))
        measurer.look(body, UNKNOWN_VIEW, step / 30)
        if step == 59:
            straight = measurer.sight.leg
    assert measurer.sight.leg > 0.75 * straight
    assert measurer.read("hip_drop").value > 0.35


@pytest.mark.parametrize("around", [0, 30, 45, 135, 180, -45])
def test_nothing_sagittal_is_believed_from_nearer_the_front(around):
    found = measured(SQUAT, around)
    sagittal = [name for name, row in MEASURES.items() if row.least >= 60]
    assert "knee_flexion" in sagittal
    assert not any(found[name].valid for name in sagittal)


@pytest.mark.parametrize("around", [0, 45, 90, 180, -90])
def test_hip_drop_is_the_same_from_all_around(around):
    assert measured(STANDING, around)["hip_drop"].value == pytest.approx(0, abs=0.03)
    found = measured(SQUAT, around)["hip_drop"]
    expected = 1 - (0.9 * np.cos(np.radians(80)) + 0.8 * np.cos(np.radians(30))) / 1.7
    assert found.value == pytest.approx(expected, abs=0.05)
    assert found.valid


def test_leaning_back_is_negative_whichever_way_one_looks():
    for around in (90, -90):
        leaning = measured({"trunk": -20, "thigh": [0, 5], "shank": [0, 5]}, around)["trunk_lean"].value
        assert leaning == pytest.approx(-20, abs=2)


def test_knees_ahead_of_the_feet_are_positive_whichever_way_one_looks():
    for around in (90, -90):
        found = measured(SQUAT, around)["knee_travel"].value
        assert found == pytest.approx(0.8 * np.sin(np.radians(30)) / 1.7, abs=0.03)


@pytest.mark.parametrize("side", [90, -90])
def test_hips_sag_and_pike(side):
    def push_up(trunk, thigh):
        posture = {"trunk": trunk, "thigh": [thigh, 3], "shank": [thigh, 3], "arm": [0, 5], "forearm": [0, 5]}
        return measured(posture, side, standing=False)["hip_sag"].value

    assert push_up(80, -80) == pytest.approx(0, abs=25)
    assert push_up(95, -65) < -20 or push_up(95, -65) > 20
    assert push_up(100, -60) * push_up(60, -100) < 0
    assert push_up(60, -100) > 0  # chest up, legs down to the hips: the hips hang


def test_nobody_upright_sags():
    assert np.isnan(measured(STANDING, 90)["hip_sag"].value)


def test_knees_inwards_show_from_the_front():
    apart = measured({**STANDING, "thigh": [3, 10], "shank": [0, 2]}, 0)["knee_width"]
    inwards = measured({**STANDING, "thigh": [3, 2], "shank": [0, 12]}, 0)["knee_width"]
    assert inwards.value < 0.75 * apart.value
    assert not measured(STANDING, 90)["knee_width"].valid


def test_a_mirrored_person_measures_the_same():
    uneven = {**SQUAT, "far_thigh": [60, 10]}
    mirrored = {**SQUAT, "thigh": [60, 10], "far_thigh": [80, 0]}
    one, other = measured(uneven, 75), measured(mirrored, -75)
    for name in MEASURES:
        swapped = {"left": "right", "right": "left"}.get(name.split("_")[0])
        twin = name.replace(name.split("_")[0], swapped, 1) if swapped else name
        assert one[name].value == pytest.approx(other[twin].value, abs=1e-3, nan_ok=True), name
        assert one[name].valid == other[twin].valid


def test_one_leg_will_do_from_the_side_and_not_obliquely():
    far = ["right_knee", "right_ankle"]
    assert measured(SQUAT, 90, hidden=far)["knee_flexion"].value == pytest.approx(110, abs=3)
    assert np.isnan(measured(SQUAT, 60, hidden=far)["knee_flexion"].value)
    assert np.isnan(measured(SQUAT, 90, hidden=far)["right_knee_flexion"].value)


def test_each_reading_has_the_least_score_that_it_rests_on():
    found = measured(SQUAT, 90, hidden=["left_ankle"])
    assert found["left_knee_flexion"].score == pytest.approx(0.2)
    assert found["knee_flexion"].score == pytest.approx(0.9)
    assert found["hip_drop"].score == pytest.approx(0.2)
    assert np.isnan(found["hip_drop"].value)


def test_whoever_is_not_visible_has_no_measures():
    measurer = Measurer()
    measurer.look(READER.read(np.full((17, 2), np.nan), np.zeros(17)), UNKNOWN_VIEW, 0.0)
    for name in MEASURES:
        reading = measurer.read(name)
        assert np.isnan(reading.value)
        assert reading.score == 0
        assert not reading.valid


def test_joints_that_lie_on_each_other_are_no_measure():
    body = READER.read(np.full((17, 2), 7.0), np.ones(17))
    measurer = Measurer()
    measurer.look(body, View(90.0, 5.0, None, "left", 1), 0.0)
    for name in MEASURES:
        assert np.isnan(measurer.read(name).value), name


def test_one_misplaced_ankle_makes_no_leg_longer():
    measurer, tall = Measurer(), []
    for index, (poses, time) in enumerate(film(around=0, seconds=3)):
        points = poses.keypoints[0].copy()
        if index == 10:
            points[COCO.index("left_ankle")] += 900
        measurer.look(BodyReader(COCO).read(points, poses.scores[0]), UNKNOWN_VIEW, time)
        tall.append(measurer.sight.leg)
    assert max(tall) < 1.1 * tall[5]


@pytest.mark.parametrize("name", MEASURES)
def test_a_hidden_shoulder_in_the_very_first_picture_is_no_trouble(name):
    """Python 3.11 takes an underflow before, as of how long ago the legs were seen, for one of `abs(nan)`."""
    measurer = Measurer()
    points, scores = drawn(STANDING, 0)
    scores[COCO.index("left_shoulder")] = 0.1
    measurer.look(READER.read(points, scores), UNKNOWN_VIEW, 0.0)
    assert isinstance(measurer.read(name).value, float)
