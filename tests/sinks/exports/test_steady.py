"""Times at a steady rate: the recording's own where they are steady, else interpolated and never across a gap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sinks.exports.recordings import recording, two_people

from vitpose_live.errors import OutputError
from vitpose_live.sinks.exports.steady import BRIDGED, steadied, steady_clock


def line(sequence, person):
    """Values that grow with time, one for each row of `person`."""
    return sequence.times[sequence.rows[sequence.of(person)]][:, None] * 100 + 7


@pytest.mark.parametrize("places", [3, 6])
def test_a_steady_recording_keeps_its_times_and_values(places):
    times = np.round(np.arange(200) * 1001 / 30000, places)
    sequence = recording({1: list(range(3, 200))}, count=200, times=times, fps=30000 / 1001)
    clock = steady_clock(sequence)
    assert clock.exact
    assert clock.rate == 30000 / 1001
    assert clock.times is sequence.times
    values = line(sequence, 1)
    span, found = steadied(sequence, 1, values, clock)
    assert (span.start, span.stop) == (3, 200)
    assert np.array_equal(found, values)


def test_who_is_away_has_no_values_meanwhile():
    sequence = two_people()
    clock = steady_clock(sequence)
    span, found = steadied(sequence, 3, line(sequence, 3), clock)
    assert (span.start, span.stop) == (1, 5)
    assert np.isnan(found[:, 0]).tolist() == [False, False, True, False]


@given(st.integers(0, 10**6))
def test_what_moves_evenly_still_does_when_frames_jitter(seed):
    random = np.random.default_rng(seed)
    times = np.cumsum(random.uniform(1 / 30, 1 / 12, 120))
    sequence = recording({1: list(range(120))}, count=120, times=times, fps=0)
    clock = steady_clock(sequence)
    assert not clock.exact
    assert np.diff(clock.times) == pytest.approx(1 / clock.rate)
    span, found = steadied(sequence, 1, line(sequence, 1), clock)
    assert clock.times[span][0] >= times[0] - 0.2 / clock.rate
    assert times[-1] - clock.times[span][-1] < 1 / clock.rate
    assert found[:, 0] == pytest.approx(np.clip(clock.times[span], times[0], times[-1]) * 100 + 7)


def test_a_dropped_frame_is_bridged_and_a_long_gap_is_not():
    places = [place for place in range(60) if place not in (10, *range(30, 40))]
    times = np.array(places) / 30
    sequence = recording({1: list(range(len(places)))}, count=len(places), times=times, fps=30.0)
    clock = steady_clock(sequence)
    assert (clock.exact, clock.rate) == (False, 30.0)
    _, found = steadied(sequence, 1, line(sequence, 1), clock)
    assert len(found) == 60
    missing = np.flatnonzero(np.isnan(found[:, 0])).tolist()
    assert missing == list(range(30, 40))
    assert BRIDGED < 11 / 30
    there = np.setdiff1d(np.arange(60), missing)
    assert found[there, 0] == pytest.approx(there / 30 * 100 + 7)


def test_slow_recordings_are_bridged_as_well():
    times = np.array([0, 1.0, 1.7, 3.0, 4.0, 5.1])
    sequence = recording({1: list(range(6))}, times=times, fps=1.0)
    clock = steady_clock(sequence)
    assert (clock.exact, clock.rate) == (False, 1.0)
    _, found = steadied(sequence, 1, line(sequence, 1), clock)
    assert found[:, 0] == pytest.approx(clock.times * 100 + 7)


def test_frames_that_are_ages_apart_are_refused_not_filled_in():
    sequence = recording({1: list(range(6))}, times=[0, 0.01, 0.02, 0.03, 0.04, 1e6], fps=100.0)
    with pytest.raises(OutputError, match="6 frames over 1000000 s"):
        steady_clock(sequence)


def test_a_missing_value_spoils_only_what_lies_beside_it():
    times = np.array([0, 0.04, 0.09, 0.13, 0.17, 0.2])
    sequence = recording({1: list(range(6))}, times=times, fps=25.0)
    values = line(sequence, 1)
    values[3] = np.nan
    clock = steady_clock(sequence)
    assert not clock.exact
    _, found = steadied(sequence, 1, values, clock)
    assert np.isnan(found[:, 0]).tolist() == [False, False, False, True, True, False]


@pytest.mark.parametrize("count", [1, 2])
def test_very_short_recordings(count):
    sequence = recording({1: [0]}, count=count)
    clock = steady_clock(sequence)
    assert clock.exact
    _, found = steadied(sequence, 1, line(sequence, 1), clock)
    assert found.tolist() == [[7]]
