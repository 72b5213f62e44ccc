"""Time of a live source: even where the stamps are, near real time whatever they are."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from vitpose_live.sources.live import LiveClock

steps = st.lists(st.tuples(st.none() | st.fractions(-(10**6), 10**6), st.integers(0, 10**9)), min_size=1, max_size=40)


@given(steps)
def test_any_stamps_give_strictly_increasing_times_near_real_time(steps):
    clock, now, before = LiveClock(), 10**12, -1.0
    for number, (stamp, step) in enumerate(steps):
        now += step if number else 0
        time = clock.advance(stamp, now)
        assert time > before
        # a nudge for each that would stand still is all that it may be further off than a second
        assert abs(time - (now - 10**12) / 1e9) <= 1.001 + number * 0.001
        before = time
        if not number:
            assert time == 0


@given(st.lists(st.integers(0, 400), min_size=2, max_size=40), st.fractions(-(10**5), 10**5))
def test_even_stamps_stay_even_while_the_network_is_late(delays_ms, start):
    clock = LiveClock()
    times = []
    for number, delay in enumerate(delays_ms):
        captured = 10**12 + number * 40 * 10**6 + delay * 10**6
        times.append(clock.advance(start + Fraction(number, 25), captured))
    assert times == [float(Fraction(number, 25)) for number in range(len(times))]


def test_without_stamps_time_is_real_time():
    clock = LiveClock()
    assert [clock.advance(None, ns) for ns in (5, 5 + 10**9, 5 + 3 * 10**9)] == [0.0, 1.0, 3.0]


def test_a_new_connection_goes_on_in_real_time():
    clock = LiveClock()
    clock.advance(Fraction(900), 0)
    assert clock.advance(Fraction(901), 10**9) == 1
    assert clock.advance(Fraction(3), 6 * 10**9) == 6
    assert clock.advance(Fraction(4), 7 * 10**9) == 7
