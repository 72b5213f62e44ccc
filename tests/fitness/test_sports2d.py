import numpy as np
import pytest

from vitpose_live.data import load_skeleton
from vitpose_live.fitness.sports2d import SPORTS2D_ANGLES, Sports2DAngles

SKELETON = load_skeleton("blazepose33")
UPRIGHT = {
    "shoulder": (0, -100), "elbow": (0, -70), "wrist": (0, -40), "index": (0, -30), "hip": (0, -50), "knee": (0, -25),
    "ankle": (0, 0), "heel": (-3, 3), "foot_index": (10, 3),
}  # fmt: skip


def measured(changes=(), *, mirror=False, angles=None, hidden=()):
    """Degrees by name of somebody upright who looks to the right, but for `changes`; all on both sides."""
    points, scores = np.full((len(SKELETON), 2), np.nan), np.zeros(len(SKELETON))
    for twin, place in {**UPRIGHT, **dict(changes)}.items():
        for side in ("left", "right"):
            joint = SKELETON.index(f"{side}_{twin}")
            points[joint] = (-place[0] if mirror else place[0]), place[1]
            scores[joint] = 0.1 if twin in hidden else 0.8
    angles = angles or Sports2DAngles(SKELETON)
    return {name: value for name, (value, _) in angles.observe(points, scores, -1.0 if mirror else 1.0).items()}


def test_upright_is_zero_and_segments_are_vertical():
    found = measured()
    for name in ("knee", "hip", "shoulder", "elbow", "wrist", "ankle"):
        assert found[f"right {name}"] == pytest.approx(0, abs=1e-6), name
    assert found["trunk"] == pytest.approx(90)
    assert found["left thigh"] == pytest.approx(-90) or found["left thigh"] == pytest.approx(90)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("knee", {"ankle": (-25, -25)}),
        ("hip", {"knee": (25, -50), "ankle": (25, -25)}),
        ("elbow", {"wrist": (30, -70), "index": (40, -70)}),
        ("shoulder", {"elbow": (30, -100), "wrist": (60, -100), "index": (70, -100)}),
    ],
)
def test_a_right_angle_is_ninety_degrees_of_flexion_whichever_way_one_looks(name, changes):
    for mirror in (False, True):
        assert measured(changes, mirror=mirror)[f"left {name}"] == pytest.approx(90), mirror


def test_toes_up_is_dorsiflexion():
    assert measured({"foot_index": (10, -6)})["left ankle"] > 20


def test_unwrapped():
    angles = Sports2DAngles(SKELETON)
    values = []
    for turn in range(0, 721, 20):
        up = np.radians(turn - 180)
        wrist = (30 * np.sin(up), -70 - 30 * np.cos(up))
        values.append(measured({"wrist": wrist}, angles=angles)["right forearm"])
    assert np.abs(np.diff(values)).max() < 21
    assert abs(values[-1] - values[0]) == pytest.approx(720)
    angles.reset()
    assert abs(measured(angles=angles)["right forearm"]) <= 180


def test_what_is_not_visible_is_nan_and_has_its_score():
    angles = Sports2DAngles(SKELETON)
    found = measured(hidden=("knee",), angles=angles)
    assert np.isnan(found["right knee"])
    assert np.isnan(found["left thigh"])
    assert found["trunk"] == pytest.approx(90)


def test_only_what_the_skeleton_has():
    assert "right knee" in Sports2DAngles(load_skeleton("coco17")).names
    assert "right ankle" not in Sports2DAngles(load_skeleton("coco17")).names
    assert set(Sports2DAngles(load_skeleton("blazepose33")).names) == {row.name for row in SPORTS2D_ANGLES}
