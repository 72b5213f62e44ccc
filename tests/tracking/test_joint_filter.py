"""Points that rest, move and jerk."""

from __future__ import annotations

import numpy as np
import pytest

from vitpose_live.tracking.joint_filter import COVARIANCE, WEIGHT, JointFilter, position

FILTER = JointFilter(agility=(0.03, 0.3, 3.0), hold_seconds=1.0, decay_seconds=0.5, start_speed=1.0)
SIZE = np.array([[500.0]])


def follow(track, *, times, deviation=3.0, model=FILTER):
    """Filter a (t, 2) px track; return (t, 2) px and the final beliefs."""
    variance = np.full((1, 1), 2 * deviation**2)
    beliefs = model.start(track[0][:, None, None], variance, SIZE)
    found = [track[0]]
    for place, elapsed in zip(track[1:], np.diff(times), strict=True):
        beliefs = model.update(beliefs, np.full((1, 1), elapsed), place[:, None, None], variance, SIZE)
        found.append(position(beliefs)[:, 0, 0])
    return np.array(found), beliefs


def test_one_model_is_the_kalman_filter_of_its_equations():
    """Against the textbook's matrices, with filterpy's own integration of the noise left out: van Loan's, by scipy."""
    from scipy.linalg import expm

    model = JointFilter(agility=(0.3,), hold_seconds=1.0, decay_seconds=0.5, start_speed=1.0)
    times = np.cumsum([0, 0.03, 0.01, 0.02, 0.005, 0.03, 0.03])
    track = np.cumsum(np.random.default_rng(0).normal(0, 5, (len(times), 2)), axis=0)
    found, beliefs = follow(track, times=times, model=model)
    state, covariance = np.array([track[0], [0, 0]]), np.diag([9.0, 500.0**2])
    for place, dt in zip(track[1:], np.diff(times), strict=True):
        carry = expm(np.array([[0, 1], [0, -2.0]]) * dt)
        wander = (0.3 * 500) ** 2 * np.array([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]])
        state, covariance = carry @ state, carry @ covariance @ carry.T + wander
        gain = covariance[:, 0] / (covariance[0, 0] + 9)
        state = state + np.outer(gain, place - state[0])
        covariance = covariance - np.outer(gain, covariance[0])
    np.testing.assert_allclose(found[-1], state[0])
    np.testing.assert_allclose(beliefs[COVARIANCE, 0, 0, 0] / 2, [covariance[0, 0], covariance[0, 1], covariance[1, 1]])


@pytest.mark.parametrize(("agility", "best"), [(0.01, 0), (0.3, 1), (10.0, 2)])
def test_the_right_model_has_most_to_say(agility, best):
    random = np.random.default_rng(1)
    times = np.arange(200) / 30
    speed = np.cumsum(random.normal(0, agility * 500 * np.sqrt(1 / 30), (200, 2)), axis=0)
    track = np.cumsum(speed / 30, axis=0) + random.normal(0, 3, (200, 2))
    _, beliefs = follow(track, times=times)
    assert beliefs[WEIGHT, :, 0, 0].argmax() == best


def test_weights_stay_a_distribution_and_variances_positive():
    track = np.random.default_rng(0).normal(0, 300, (50, 2))  # nothing any model expects
    _, beliefs = follow(track, times=np.arange(50) / 30)
    assert beliefs[WEIGHT].sum(axis=0) == pytest.approx(1)
    assert (beliefs[COVARIANCE][[0, 2]] > 0).all()
    assert np.isfinite(beliefs).all()


def test_a_sudden_stop_is_hardly_overshot():
    times = np.arange(60) / 30
    track = np.stack([np.minimum(times, 1.0) * 500, np.zeros(60)], axis=1)  # one body size per second, then rest
    found, _ = follow(track, times=times, deviation=1.0)
    assert found[:, 0].max() < 500 + 0.02 * 500
    assert abs(found[45, 0] - 500) < 1.0
