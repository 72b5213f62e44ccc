"""How much keypoints shake."""

from __future__ import annotations

import numpy as np
import pytest

from vitpose_live.tracking.keypoint_noise import shake

HOME = np.random.default_rng(5).uniform(0, 300, (2, 20, 17))


def typical(frames, times, scores=1.0):
    """Median over people of what is found in the fourth frame."""
    return np.median(shake(frames[:3], frames[3], times, np.full(frames.shape[2:], scores)))


@pytest.mark.parametrize("times", [(0, 0.03, 0.06, 0.09), (0, 0.02, 0.07, 0.08), (1.0, 1.1, 1.15, 1.3)])
@pytest.mark.parametrize("deviation", [0.5, 6.0])
def test_the_variance_of_noise_is_found_whatever_the_times(times, deviation):
    frames = HOME + np.random.default_rng(0).normal(0, deviation, (400, 4, 2, 20, 17))
    found = np.mean([typical(frame, times) for frame in frames])
    assert found == pytest.approx(2 * deviation**2, rel=0.1)


def test_steady_acceleration_is_no_noise():
    times = np.array([0, 0.03, 0.08, 0.1])
    frames = HOME + (300 * times + 4000 * times**2)[:, None, None, None]
    assert typical(frames, tuple(times)) < 1e-12


def test_a_limb_flung_about_or_missing_does_not_matter():
    frames = np.stack([HOME] * 4) + np.random.default_rng(0).normal(0, 2, (4, 2, 20, 17))
    times, scores = (0, 0.03, 0.06, 0.09), np.ones((20, 17))
    before = shake(frames[:3], frames[3], times, scores)
    frames[3, :, :, :3] += 500
    frames[1, :, :, 3:5] = np.nan
    after = shake(frames[:3], frames[3], times, scores)
    assert (after < 8 * before).all()
    assert np.median(after) < 2 * np.median(before)


def test_scores_say_how_much_more_a_joint_may_shake():
    scores = np.tile(np.linspace(0.3, 0.9, 17), (20, 1))
    frames = HOME + np.random.default_rng(0).normal(0, 1, (300, 4, 2, 20, 17)) * 2 / scores
    found = np.mean([shake(f[:3], f[3], (0, 0.03, 0.06, 0.09), scores).mean() for f in frames])
    assert found == pytest.approx(2 * 2**2, rel=0.1)


def test_nothing_is_said_of_nobody():
    frames = np.full((4, 2, 3, 17), np.nan)
    assert np.isnan(shake(frames[:3], frames[3], (0, 1, 2, 3), np.ones((3, 17)))).all()
    assert shake(frames[:3, :, :0], frames[3, :, :0], (0, 1, 2, 3), np.ones((0, 17))).shape == (0,)
