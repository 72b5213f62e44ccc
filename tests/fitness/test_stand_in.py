import math

import numpy as np
import pytest

from vitpose_live.fitness.stand_in import LONGEST, StandIn


def squat(t):
    return (1 - math.cos(2 * math.pi * t / 3)) / 2


def taught(height, seconds=9.0):
    stand_in = StandIn()
    for index in range(round(seconds * 30)):
        assert stand_in.fill(squat(index / 30), height(index / 30), index / 30) == squat(index / 30)
    return stand_in


@pytest.mark.parametrize("scale", [-80.0, 1.0, 0.1, 300.0])
def test_what_has_moved_along_stands_in(scale):
    stand_in = taught(lambda t: 400 + scale * squat(t))
    for index in range(30):
        time = 9 + index / 30
        assert stand_in.fill(math.nan, 400 + scale * squat(time), time) == pytest.approx(squat(time), abs=0.02)


def test_not_for_long():
    stand_in = taught(lambda t: 400 + 80 * squat(t))
    assert not math.isnan(stand_in.fill(math.nan, 440, 9 + LONGEST - 0.1))
    assert math.isnan(stand_in.fill(math.nan, 440, 9 + LONGEST + 0.1))


def test_what_has_not_moved_along_does_not():
    rng = np.random.default_rng(0)
    assert math.isnan(taught(lambda t: rng.normal(400, 80)).fill(math.nan, 440, 9.1))
    assert math.isnan(taught(lambda t: 400.0).fill(math.nan, 440, 9.1))


def test_nothing_stands_in_for_what_was_never_seen():
    stand_in = StandIn()
    assert all(math.isnan(stand_in.fill(math.nan, 400 + index, index / 30)) for index in range(300))
    assert math.isnan(taught(lambda t: 400 + 80 * squat(t), 1.0).fill(math.nan, 440, 1.1))
    assert math.isnan(taught(lambda t: math.nan).fill(math.nan, 440, 9.1))


def test_a_height_that_is_hidden_tells_nothing():
    assert math.isnan(taught(lambda t: 400 + 80 * squat(t)).fill(math.nan, math.nan, 9.1))
