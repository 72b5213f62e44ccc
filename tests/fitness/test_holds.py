import math

import pytest

from vitpose_live.fitness.exercise import Timing
from vitpose_live.fitness.holds import HoldTimer


def observe(signal, seconds, fps=30.0):
    timer, holds, longest = HoldTimer(Timing(2.0)), [], 0.0
    for index in range(round(seconds * fps)):
        over = timer.observe(signal(index / fps), index / fps)
        holds += [over] if over else []
        longest = max(longest, timer.held_s)
    return timer, holds, longest


@pytest.mark.parametrize("fps", [10, 30, 120])
def test_a_hold_is_timed_at_any_rate(fps):
    timer, ((start, end),), longest = observe(lambda t: 1.0 if 2 <= t <= 12 else 0.0, 16, fps)
    assert timer.holds == 1
    assert start == pytest.approx(2, abs=0.11)
    assert end == pytest.approx(12, abs=0.11)
    assert longest == pytest.approx(10, abs=0.21)
    assert timer.held_s == 0


@pytest.mark.parametrize("gap", [0.0, math.nan])
def test_a_moment_out_of_it_or_out_of_sight_does_not_end_it(gap):
    timer, holds, _ = observe(lambda t: gap if 5 <= t < 5.8 else 1.0, 12)
    assert holds == []
    assert timer.holds == 1
    assert timer.held_s == pytest.approx(12, abs=0.1)


@pytest.mark.parametrize("gap", [0.0, math.nan])
def test_a_longer_one_does(gap):
    timer, holds, _ = observe(lambda t: gap if 5 <= t < 7 else 1.0, 12)
    assert len(holds) == 1
    assert timer.holds == 2
    assert timer.held_s == pytest.approx(5, abs=0.1)


def test_a_short_one_does_not_count():
    timer, holds, longest = observe(lambda t: 1.0 if 2 <= t <= 3 else 0.0, 8)
    assert (timer.holds, holds) == (0, [])
    assert longest == pytest.approx(1, abs=0.1)


def test_what_is_between_in_and_out_changes_nothing():
    assert observe(lambda t: 0.5, 8)[2] == 0
    assert observe(lambda t: 1.0 if t < 1 else 0.5, 8)[2] == pytest.approx(8, abs=0.1)


def test_the_last_one_is_closed():
    timer, holds, _ = observe(lambda t: 1.0, 5)
    assert holds == []
    assert timer.close() == (0.0, pytest.approx(5, abs=0.1))
    assert timer.close() is None
