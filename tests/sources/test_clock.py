from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitpose_live.sources.clock import PresentationClock

MS = Fraction(1, 1000)


def times(stamps, lasts=None):
    clock = PresentationClock(MS, Fraction(1, 25))
    return [clock.advance(stamp, lasts) for stamp in stamps]


@given(st.lists(st.one_of(st.none(), st.integers(-(2**40), 2**40)), min_size=1, max_size=40), st.integers(0, 100))
def test_time_starts_at_zero_and_strictly_increases_whatever_the_stamps(stamps, lasts):
    got = times(stamps, lasts)
    assert got[0] == 0
    assert all(earlier < later for earlier, later in itertools.pairwise(got))


@given(st.lists(st.integers(1, 10_000), max_size=40), st.integers(-(10**9), 10**9))
def test_good_stamps_are_kept_exactly_from_any_origin(steps, origin):
    stamps = list(itertools.accumulate(steps, initial=origin))
    assert times(stamps) == [float((stamp - origin) * MS) for stamp in stamps]


def test_without_stamps_each_picture_follows_the_one_before():
    assert times([None] * 4) == pytest.approx([0, 0.04, 0.08, 0.12])
    assert times([None] * 3, lasts=50) == pytest.approx([0, 0.05, 0.1])


def test_a_missing_stamp_does_not_move_the_good_ones():
    assert times([100, None, 200, 240]) == pytest.approx([0, 0.04, 0.1, 0.14])


def test_a_repeated_stamp_moves_by_a_millisecond_and_the_next_one_holds():
    assert times([0, 40, 40, 40, 80]) == pytest.approx([0, 0.04, 0.041, 0.042, 0.08])


def test_a_jump_back_continues_from_there():
    assert times([5000, 5040, 0, 40, 80]) == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])


def test_repairs_are_counted_and_the_first_is_placed():
    clock = PresentationClock(MS, Fraction(1, 25))
    for stamp in (0, 40, 40, 80, 70):
        clock.advance(stamp)
    assert clock.repaired == 2
    assert clock.first_repair == pytest.approx(0.08)


def test_end_is_where_the_latest_picture_ends():
    clock = PresentationClock(MS, Fraction(1, 25))
    assert clock.end == 0
    clock.advance(7, 100)
    assert clock.end == Fraction(1, 10)


def test_ntsc_does_not_drift():
    clock = PresentationClock(Fraction(1001, 30000), Fraction(1001, 30000))
    assert [clock.advance(n) for n in range(20_000)][-1] == float(Fraction(19_999 * 1001, 30000))
