"""The motion model against filterpy's own prediction, and the geometry."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitpose_live.tracking.geometry import coverage, iou, keypoint_similarity
from vitpose_live.tracking.matching import assign
from vitpose_live.tracking.motion import MotionModel, to_boxes, to_measurement

MODEL = MotionModel()


@given(st.floats(0, 20), st.floats(0, 20))
def test_two_steps_equal_one(first, second):
    """Which is why the frame rate cannot matter."""
    one, noise_one = MODEL.step(first)
    two, noise_two = MODEL.step(second)
    both, noise_both = MODEL.step(first + second)
    np.testing.assert_allclose(two @ one, both, atol=1e-4)
    np.testing.assert_allclose(two @ noise_one @ two.T + noise_two, noise_both, atol=1e-3)


@given(st.floats(0, 1e6))
def test_the_noise_is_a_covariance_and_bounded_velocity(elapsed):
    transition, noise = MODEL.step(elapsed)
    assert np.linalg.eigvalsh(noise).min() > -1e-9
    assert noise[1, 1] <= MODEL.speed**2 + 1e-9
    assert np.isfinite(transition).all()


def test_no_time_changes_nothing():
    transition, noise = MODEL.step(0.0)
    np.testing.assert_array_equal(transition, np.eye(4))
    np.testing.assert_array_equal(noise, 0)


def test_short_steps_are_white_acceleration():
    """For times much shorter than the memory: the textbook constant-velocity model."""
    transition, noise = MODEL.step(0.01)
    density = 2 * MODEL.speed**2 / MODEL.speed_memory
    assert transition[0, 1] == pytest.approx(0.01, rel=0.01)
    assert noise[1, 1] == pytest.approx(density * 0.01, rel=0.02)
    assert noise[0, 0] == pytest.approx(density * 0.01**3 / 3, rel=0.02)


def test_the_forecast_is_filterpys_prediction():
    filters = [MODEL.start(np.array(box, float)) for box in ((0, 0, 50, 100), (300, 20, 420, 400))]
    filters[0].x[1] = (30.0, -4.0)
    states, covariances = MODEL.forecast(
        np.stack([one.x for one in filters]), np.stack([one.P for one in filters]), [0.3, 1.1], 2.0
    )
    for row, (one, elapsed) in enumerate(zip(filters, (0.3, 1.1), strict=True)):
        transition, noise = MODEL.step(elapsed, 2.0)
        one.predict(F=transition, Q=noise)
        np.testing.assert_allclose(states[row], one.x)
        np.testing.assert_allclose(covariances[row], one.P)


def test_boxes_survive_the_round_trip():
    boxes = np.array([[0, 0, 50, 100], [-20, 5, 300, 6.5]], float)
    measured = to_measurement(boxes)
    states = np.zeros((2, 4, 2))
    states[:, [0, 2]] = measured
    np.testing.assert_allclose(to_boxes(states), boxes, atol=1e-9)


@given(st.floats(-1e4, 1e4), st.floats(-50, 50))
def test_no_state_inverts_a_box(centre, log_size):
    box = to_boxes(np.array([[[centre] * 2, [0, 0], [log_size] * 2, [0, 0]]]))[0]
    assert np.isfinite(box).all()
    assert (box[2:] >= box[:2]).all()


def test_overlaps():
    first = np.array([[0, 0, 10, 10], [0, 0, 0, 0]], float)
    second = np.array([[5, 0, 15, 10], [2, 2, 4, 4], [50, 50, 60, 60]], float)
    np.testing.assert_allclose(iou(first, second), [[1 / 3, 0.04, 0], [0, 0, 0]])
    np.testing.assert_allclose(coverage(second, first)[:, 0], [0.5, 1, 0])


def test_keypoint_similarity_is_one_for_the_same_and_falls_with_distance():
    pose = np.random.default_rng(0).uniform(0, 200, (17, 2))
    points = np.stack([pose, pose, pose + 10, pose + 500])
    good = np.ones((4, 17), bool)
    pairs = np.array([[0, 1], [0, 2], [0, 3]])
    same, near, far = keypoint_similarity(points, good, np.full(4, 150.0), np.full(17, 0.08), pairs)
    assert same == 1
    assert 0.5 < near < 1
    assert far < 0.01
    good[1, 2:] = False
    assert keypoint_similarity(points, good, np.full(4, 150.0), np.full(17, 0.08), pairs)[0] == 0


def test_as_many_as_possible_are_matched_at_the_least_cost():
    cost = np.array([[0.0, 1.0], [0.1, 9.0]])
    assert assign(cost, np.ones((2, 2), bool)) == [(0, 1), (1, 0)]
    assert assign(cost, np.array([[True, False], [True, False]])) == [(0, 0)]
    assert assign(cost, np.zeros((2, 2), bool)) == []
