"""Lines break where somebody is away, and long ones keep their peaks and their gaps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sinks.exports.recordings import COCO17, recording, two_people

from vitpose_live.data import load_skeleton
from vitpose_live.rendering.plots.series import BODY, pairs_of, series_of, thinned, visible_points


def test_a_line_breaks_where_the_person_is_away():
    sequence = two_people()
    rows = sequence.of(3)
    series = series_of(sequence, 3, rows[:, None])
    assert series.unit == "s"
    assert np.isnan(series.values[:, 0]).tolist() == [False, False, True, False]
    assert (np.diff(series.times) > 0).all()
    assert series.times[[0, 1, 3]].tolist() == sequence.times[[1, 2, 4]].tolist()


def test_a_line_breaks_where_the_recording_does():
    times = np.array([0, 0.04, 0.08, 1.0, 1.04, 1.08])
    sequence = recording({1: list(range(6))}, times=times)
    series = series_of(sequence, 1, np.ones((6, 2)))
    assert np.isnan(series.values[:, 1]).tolist() == [False] * 3 + [True] + [False] * 3


def test_long_recordings_are_told_in_minutes():
    sequence = recording({1: list(range(6))}, times=np.arange(6) * 200.0)
    series = series_of(sequence, 1, np.ones((6, 1)))
    assert series.unit == "min"
    assert series.times[-1] == pytest.approx(1000 / 60)


@given(st.integers(0, 10**6), st.integers(20, 400))
def test_thinning_keeps_peaks_and_order(seed, most):
    random = np.random.default_rng(seed)
    times = np.cumsum(random.uniform(0.5, 1.5, 3000))
    values = random.normal(size=3000)
    values[random.random(3000) < 0.3] = np.nan
    thin_times, thin_values = thinned(times, values, most)
    assert len(thin_times) == len(thin_values) <= most
    assert (np.diff(thin_times) > 0).all()
    assert np.nanmax(thin_values) == np.nanmax(values)
    assert np.nanmin(thin_values) == np.nanmin(values)
    known = np.isfinite(thin_values)
    assert np.isin(thin_values[known], values).all()


def test_thinning_keeps_a_gap_even_when_one_row_stands_for_it():
    times = np.concatenate([np.arange(5000.0), [5500.0], np.arange(6000.0, 9000.0)])
    values = np.ones(len(times))
    values[5000] = np.nan
    thin_times, thin_values = thinned(times, values, 1000)
    known = thin_times[np.isfinite(thin_values)]
    assert not ((known > 5000) & (known < 5990)).any()
    gap = thin_times[np.isnan(thin_values)]
    assert ((gap > 4999) & (gap < 6000)).all()
    assert len(gap)


def test_short_lines_are_left_alone():
    times, values = np.arange(5.0), np.array([1, np.nan, 3, 4, 5])
    assert thinned(times, values)[1] is values


def test_left_and_right_go_together_by_name():
    pairs = dict(pairs_of(COCO17))
    assert list(pairs) == ["nose", "eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle"]
    assert pairs["knee"] == [(13, "left"), (14, "right")]
    assert pairs["nose"] == [(0, "")]
    many = [column for _, columns in pairs_of(load_skeleton("wholebody133")) for column, _ in columns]
    assert {load_skeleton("wholebody133").keypoints[column] for column in many} == BODY


def test_what_scores_too_little_is_not_visible():
    sequence = recording({1: [0]}, missing=0, scores=np.array([[0.29] * 8 + [0.31] * 9]))
    assert np.isnan(visible_points(sequence, 1)[0, :, 0]).tolist() == [True] * 8 + [False] * 9
