from math import cos, hypot, isnan, radians, sin

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitpose_live.fitness.body import NOWHERE
from vitpose_live.fitness.depth import LEVEL, Limb, bend, in_space, stride
from vitpose_live.fitness.view import UNKNOWN_VIEW, View

AROUND = st.floats(50, 89)
ANGLE = st.floats(-80, 80)


def reaching(pitch, out, side=1):
    """Ahead, to the left and upwards: a limb that hangs, raised forwards by `pitch` and outwards by `out` degrees."""
    pitch, out = radians(pitch), radians(out)
    return np.array([sin(pitch) * cos(out), side * sin(out), -cos(pitch) * cos(out)])


def seen(limb, around):
    """How a limb looks from so many degrees to the person's right of the front."""
    return complex(limb[0] * sin(radians(around)) + limb[1] * cos(radians(around)), -limb[2])


def view(around, near="right"):
    return View(around, 5.0, None, near, 1)


def between(first, second):
    cross = np.linalg.norm(np.cross(first, second))
    return float(np.degrees(np.arctan2(cross, first @ second)))


@given(around=AROUND, thigh=ANGLE, shank=ANGLE, out=st.floats(0, 60), turned=st.floats(-30, 30))
def test_limbs_that_mirror_each_other_are_as_they_are_in_space(around, thigh, shank, out, turned):
    pairs = [[reaching(pitch, apart, side) for side in (1, -1)] for pitch, apart in ((thigh, out), (shank, turned))]
    found = [in_space(tuple(seen(limb, around) for limb in pair), view(around), stride=0) for pair in pairs]
    for side in (0, 1):
        assert bend(found[0][side], found[1][side]) == pytest.approx(between(pairs[0][side], pairs[1][side]), abs=0.01)


@given(around=AROUND, ahead=ANGLE, behind=ANGLE, shank=ANGLE)
def test_limbs_one_ahead_of_the_other_are_as_they_are_in_space(around, ahead, behind, shank):
    pairs = [[reaching(ahead, 0), reaching(behind, 0)], [reaching(shank, 0), reaching(-shank, 0)]]
    found = [in_space(tuple(seen(limb, around) for limb in pair), view(around), stride=1e9) for pair in pairs]
    for side in (0, 1):
        assert bend(found[0][side], found[1][side]) == pytest.approx(between(pairs[0][side], pairs[1][side]), abs=0.01)


@given(around=st.floats(0, 90), left=st.tuples(ANGLE, ANGLE), right=st.tuples(ANGLE, ANGLE))
def test_a_mirrored_picture_bends_alike(around, left, right):
    pair = tuple(seen(reaching(*limb), around) for limb in (left, right))
    one = in_space(pair, view(around), below=(0.1, 0.2))
    mirrored = in_space(tuple(-limb.conjugate() for limb in reversed(pair)), view(around, "left"), below=(0.2, 0.1))
    assert bend(*one) == pytest.approx(bend(*mirrored), abs=1e-6)


@pytest.mark.parametrize("around", [0, 15, 30, 90])
def test_from_the_front_and_from_the_side_limbs_are_taken_as_they_look(around):
    for limb in in_space((3 + 4j, -2 + 4j), view(around)):
        assert limb.away == pytest.approx(0, abs=1e-9)
    assert [limb.away for limb in in_space((3 + 4j, -2 + 4j), UNKNOWN_VIEW)] == [0, 0]


@pytest.mark.parametrize("around", [55, 65, 75])
def test_one_leg_alone_reaches_forwards(around):
    limb = reaching(60, 0)
    alone, hidden = in_space((seen(limb, around), NOWHERE), view(around))
    assert hypot(abs(alone.flat), alone.away) == pytest.approx(1)
    assert isnan(bend(alone, hidden))


def test_depth_comes_gradually():
    looks = [in_space((3 + 4j, -2 + 4j), view(around))[0].away for around in np.arange(0, 90, 0.25)]
    assert np.max(np.abs(np.diff(looks))) < 0.3
    assert max(map(abs, looks)) > 1


@pytest.mark.parametrize("near", ["left", "right"])
@pytest.mark.parametrize("around", [55, 65, 75])
def test_the_end_of_a_limb_that_is_nearer_looks_lower_and_is_put_back(around, near):
    side = 1 if near == "right" else -1
    pair = [reaching(70, 30, one) for one in (1, -1)]
    towards = [limb[0] * cos(radians(around)) - side * limb[1] * sin(radians(around)) for limb in pair]
    across = [complex(side * seen(limb * (1, side, 1), around).real, seen(limb, around).imag) for limb in pair]
    below = 0.3  # both ends are that far below the camera, in distances
    distance = 10.0
    pictured = tuple(
        look + 1j * below * distance * (distance / (distance - near_by) - 1)
        for look, near_by in zip(across, towards, strict=True)
    )
    lateral = View(around, 5.0, None, near, 1)
    for flat, found in zip(across, in_space(pictured, lateral, 0.0, (below, below)), strict=True):
        without = abs(pictured[0] - across[0]) + abs(pictured[1] - across[1])
        assert abs(found.flat - flat) < 0.3 * without + 0.01


def test_what_has_no_length_or_is_nowhere_does_not_bend():
    assert isnan(bend(Limb(0j, 0.0), Limb(1j, 0.0)))
    assert isnan(bend(Limb(NOWHERE, 0.0), Limb(1j, 0.0)))
    assert bend(Limb(1j, 0.0), Limb(1 + 0j, 0.0)) == pytest.approx(90)
    assert bend(Limb(1j, 1.0), Limb(-1j, -1.0)) == pytest.approx(180)


def test_legs_that_spread_are_level_and_a_lunge_is_not():
    squat = [tuple(seen(reaching(*limb, side), 65) for side in (1, -1)) for limb in ((80, 30), (-30, 0))]
    assert stride(*squat) == pytest.approx(LEVEL)
    lunge = [tuple(seen(reaching(pitch, 3), 65) for pitch in pitches) for pitches in ((80, -10), (0, -80))]
    assert stride(*lunge) > 1
    assert stride((0j, 0j), (0j, 0j)) == LEVEL
    assert stride((1j, NOWHERE), (1j, 1j)) == LEVEL
