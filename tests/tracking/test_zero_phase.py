"""Whole recordings smoothed without any lag."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import sosfreqz
from tracking.scenes import COCO17, squats

from vitpose_live.errors import InvalidArrayError, SettingsError
from vitpose_live.tracking.zero_phase import butterworth, zero_phase

PAIRS = COCO17.mirror_pairs
STANDING = np.stack([np.tile([100.0, 130, 160], 6)[:17], np.linspace(50, 350, 17)], axis=-1)
LEGS = [COCO17.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("knee", "ankle")]


def smooth(times, points, *, scores=0.9, pairs=PAIRS, **options):
    return zero_phase(times, points, np.broadcast_to(scores, np.shape(points)[:2]), pairs, **options)


def clock(fps, seconds=3.0):
    return np.arange(round(fps * seconds) + 1) / fps


def swing(times, hertz=1.0, size=40.0):
    """(t, 17, 2) px: everything swings sideways."""
    return STANDING + size * np.sin(2 * np.pi * hertz * times)[:, None, None] * [1.0, 0.0]


def walk(times):
    """(t, 17, 2) px: legs that cross once a second, seen from the side."""
    points = np.repeat(STANDING[None], len(times), axis=0)
    stride = 60 * np.sin(2 * np.pi * times)
    left_knee, left_ankle, right_knee, right_ankle = LEGS
    for joint, share in ((left_knee, 0.5), (left_ankle, 1), (right_knee, -0.5), (right_ankle, -1)):
        points[:, joint] = STANDING[COCO17.index("left_ankle" if abs(share) == 1 else "left_knee")]
        points[:, joint, 0] += share * stride
    return points


def rms(values):
    return float(np.sqrt(np.mean(np.square(values))))


@given(st.floats(-300, 300), st.floats(-300, 300), st.sampled_from([15, 29.97, 60, 120]))
@settings(max_examples=15, deadline=None)
def test_what_moves_at_constant_speed_stays_as_it_is(across, down, fps):
    times = clock(fps)
    points = STANDING + times[:, None, None] * [across, down]
    np.testing.assert_allclose(smooth(times, points).points, points, atol=0.3)
    inner = slice(len(times) // 4, -(len(times) // 4))
    np.testing.assert_allclose(smooth(times, points).points[inner], points[inner], atol=0.01)


def test_noise_above_the_cutoff_goes():
    times = clock(100)
    shake = 5 * np.sin(2 * np.pi * 20 * times)[:, None, None]
    assert rms((smooth(times, STANDING + shake).points - STANDING)[30:-30]) < 0.02 * rms(shake)


@pytest.mark.parametrize("rate", [15, 33.3, 60, 240])
def test_the_power_is_halved_at_the_cutoff_by_both_passes_together(rate):
    _, response = sosfreqz(butterworth(6.0, rate), worN=[6.0], fs=rate)
    assert abs(response[0]) ** 4 == pytest.approx(0.5)


def test_there_is_no_lag():
    times = clock(60)
    points = swing(times, hertz=2.0)
    result = smooth(times, points).points[:, 0, 0]
    slope = np.gradient(points[:, 0, 0])
    lag = -(slope * (result - points[:, 0, 0]))[30:-30].sum() / (slope**2)[30:-30].sum()
    assert abs(lag) < 0.01


def test_backwards_in_is_backwards_out():
    times = clock(60, 2.0)
    points = swing(times) + np.random.default_rng(0).normal(0, 3, (len(times), 17, 2))
    forwards = smooth(times, points, pairs=()).points
    backwards = smooth(times, points[::-1], pairs=()).points[::-1]
    np.testing.assert_allclose(forwards[20:-20], backwards[20:-20], atol=0.05)


@pytest.mark.parametrize("fps", [30, 60, 120])
def test_a_step_is_as_far_from_before_as_from_after(fps):
    times = clock(fps, 4.0)
    points = np.repeat(STANDING[None], len(times), axis=0)
    points[len(times) // 2 + 1 :, 9, 0] += 40
    points[len(times) // 2, 9, 0] += 20
    rise = smooth(times, points).points[:, 9, 0] - STANDING[9, 0]
    np.testing.assert_allclose(rise + rise[::-1], 40, atol=0.01)
    assert rise[len(times) // 2 - fps // 30] > 1  # a filter that knows the future


def test_a_twitch_too_small_for_an_outlier_stays_where_it_was():
    times = clock(60)
    points = np.repeat(STANDING[None], len(times), axis=0) + np.random.default_rng(0).normal(0, 2, (1, 17, 2))
    twitch = points.copy()
    twitch[90, 9, 0] += 1
    left = smooth(times, twitch).points[:, 9, 0] - points[0, 9, 0]
    assert left.argmax() == 90
    np.testing.assert_allclose(left, left[::-1], atol=1e-3)


def test_squats_come_out_better_than_they_went_in(shared_data):
    truth = squats(shared_data, view=90, height=500.0)
    noisy = truth + np.random.default_rng(0).normal(0, 6, truth.shape)
    result = smooth(np.arange(len(truth)) * 0.03, noisy).points
    assert rms(result - truth) < 0.65 * rms(noisy - truth)


def test_an_impulse_goes():
    times = clock(30)
    points = swing(times)
    glitch = points.copy()
    glitch[40, 9] += [150, -80]
    glitch[41, 9] += [140, -90]
    np.testing.assert_allclose(smooth(times, glitch).points, smooth(times, points).points, atol=2)


def test_a_kick_is_no_outlier():
    times = clock(60)
    kick = 200 * np.exp(-(((times - 1.5) / 0.08) ** 2))
    points = np.repeat(STANDING[None], len(times), axis=0)
    points[:, 15, 0] += kick
    assert smooth(times, points).points[:, 15, 0].max() > STANDING[15, 0] + 0.85 * 200


def test_short_gaps_are_filled_and_long_ones_stay():
    times = clock(30)
    points, scores = STANDING + 80 * times[:, None, None], np.full((len(times), 17), 0.9)
    hidden = points.copy()
    hidden[20:30, 9] = np.nan  # a third of a second
    hidden[50:70, 10] = np.nan  # two thirds
    scores[np.isnan(hidden[..., 0])] = 0
    scores[30:, 9] = 0.6
    result = smooth(times, hidden, scores=scores)
    np.testing.assert_allclose(result.points[20:30, 9], points[20:30, 9], atol=0.3)
    assert (result.scores[20:30, 9] == np.float32(0.6)).all()
    assert np.isnan(result.points[50:70, 10]).all()
    assert (result.scores[50:70, 10] == 0).all()
    assert np.isfinite(np.delete(result.points, 10, axis=1)).all()
    np.testing.assert_array_equal(np.isnan(result.points[..., 0]), result.scores == 0)


def test_nothing_is_invented_before_the_first_and_after_the_last():
    times = clock(30)
    points = np.full((len(times), 17, 2), np.nan)
    points[10:60] = STANDING
    result = smooth(times, points, scores=np.where(np.isnan(points[..., 0]), 0, 0.9))
    np.testing.assert_array_equal(
        np.isfinite(result.points[:, 0, 0]), (np.arange(len(times)) // 10 < 6) & (times >= 1 / 3)
    )
    np.testing.assert_allclose(result.points[10:60], np.broadcast_to(STANDING, (50, 17, 2)))


def test_joints_with_low_scores_are_not_believed():
    times = clock(30)
    points, scores = swing(times), np.full((len(times), 17), 0.9)
    astray = points.copy()
    astray[30:36, 9] += 100
    scores[30:36, 9] = 0.05
    np.testing.assert_allclose(smooth(times, astray, scores=scores).points, smooth(times, points).points, atol=4)


@pytest.mark.parametrize("noise", [0.0, 3.0])
@pytest.mark.parametrize("start", [9, 39, 69])
def test_swapped_legs_come_back(start, noise):
    times = clock(30)
    points = walk(times) + np.random.default_rng(0).normal(0, noise, (len(times), 17, 2))
    tangled = points.copy()
    tangled[start : start + 12] = points[start : start + 12][:, COCO17.mirror_order]
    np.testing.assert_allclose(smooth(times, tangled).points[:, LEGS], smooth(times, points).points[:, LEGS], atol=0.1)


@pytest.mark.parametrize("fps", [15, 30, 60])
def test_legs_that_cross_are_not_taken_for_swapped(fps):
    times = clock(fps)
    points = walk(times) + np.random.default_rng(0).normal(0, 2, (len(times), 17, 2))
    np.testing.assert_array_equal(smooth(times, points).points, smooth(times, points, pairs=()).points)


def test_who_turns_round_is_not_turned_back():
    times = clock(30)
    points = walk(times)
    points[45:] = points[45:][:, COCO17.mirror_order]
    np.testing.assert_array_equal(smooth(times, points).points, smooth(times, points, pairs=()).points)


def test_the_frame_rate_does_not_matter():
    ends = [smooth(clock(fps), swing(clock(fps), 2.0)).points[:: fps // 30] for fps in (30, 60, 120)]
    for other in ends[1:]:
        assert rms((ends[0] - other)[15:-15]) < 0.01 * 40


def test_irregular_times_do_not_matter():
    random = np.random.default_rng(0)
    times = np.sort(random.choice(np.arange(300), 200, replace=False)) / 100
    even = smooth(clock(100), swing(clock(100), 1.0)).points[:, 0, 0]
    uneven = smooth(times, swing(times, 1.0)).points[:, 0, 0]
    assert rms((uneven - np.interp(times, clock(100), even))[30:-30]) < 0.01 * 40


def test_too_few_frames_for_the_cutoff_are_not_filtered():
    times = clock(10)
    points = swing(times)
    np.testing.assert_allclose(smooth(times, points).points, points, atol=1e-9)


@pytest.mark.parametrize("frames", [0, 1, 2, 3, 5])
def test_hardly_any_frames(frames):
    points = np.repeat(STANDING[None], frames, axis=0)
    result = smooth(np.arange(frames) / 30, points)
    np.testing.assert_allclose(result.points, points)
    assert result.scores.shape == (frames, 17)


def test_nobody():
    missing = np.full((30, 17, 2), np.nan)
    result = smooth(np.arange(30) / 30, missing, scores=0.0)
    assert np.isnan(result.points).all()
    assert not result.scores.any()
    assert smooth([], np.zeros((0, 17, 2))).points.shape == (0, 17, 2)


def test_what_is_given_stays_untouched():
    times = clock(30)
    points, scores = swing(times), np.full((len(times), 17), 0.9)
    points[20, 3] += 500
    before = points.copy()
    zero_phase(times, points, scores, PAIRS)
    np.testing.assert_array_equal(points, before)
    assert (scores == 0.9).all()


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"times": np.zeros(10)}, "times"),
        ({"times": np.arange(9)}, "points"),
        ({"points": np.zeros((10, 17))}, "points"),
        ({"scores": np.zeros((10, 3))}, "scores"),
    ],
)
def test_what_does_not_fit_is_refused(changed, error):
    given_arrays = {"times": np.arange(10) / 30, "points": np.zeros((10, 17, 2)), "scores": np.ones((10, 17))}
    with pytest.raises(InvalidArrayError, match=error):
        zero_phase(**{**given_arrays, **changed})


@pytest.mark.parametrize("option", ["cutoff", "gap_seconds"])
def test_options_out_of_range_are_refused(option):
    with pytest.raises(SettingsError, match=option):
        zero_phase(np.arange(3), np.zeros((3, 1, 2)), np.ones((3, 1)), **{option: 0})
