"""The batched Kalman filter against filterpy's, and the geometry."""

from __future__ import annotations

import numpy as np
import pytest
from filterpy.kalman import KalmanFilter
from hypothesis import given
from hypothesis import strategies as st

from vitpose_live.tracking.geometry import coverage, iou, keypoint_similarity
from vitpose_live.tracking.matching import assign
from vitpose_live.tracking.motion import MotionModel, correct, to_boxes, to_measurement

MODEL = MotionModel()


def in_filterpy(belief):
    """One person's belief (14,) as filterpy has it: (4, 2) centre, velocity, log size, its rate; (4, 4) covariance."""
    one = KalmanFilter(dim_x=4, dim_z=2)
    one.x = belief[:8].reshape(4, 2)[[0, 2, 1, 3]]
    own, shared, rate = belief[8:].reshape(3, 2)
    one.P = np.zeros((4, 4))
    for part, at in ((0, slice(0, 2)), (1, slice(2, 4))):
        one.P[at, at] = [[own[part], shared[part]], [shared[part], rate[part]]]
    return one


def change(elapsed, unrest=1.0):
    """(4, 4) transition and (4, 4) process noise over `elapsed` seconds, as filterpy has them."""
    transition, noise = MODEL.step(elapsed, unrest)
    along_x = [0, 4, 2, 6]
    return transition[np.ix_(along_x, along_x)], in_filterpy(noise[:, 0]).P


@given(st.floats(0, 20), st.floats(0, 20))
def test_two_steps_equal_one(first, second):
    """Which is why the frame rate cannot matter."""
    one, noise_one = MODEL.step(first)
    two, noise_two = MODEL.step(second)
    both, noise_both = MODEL.step(first + second)
    np.testing.assert_allclose(two @ one, both, atol=1e-3)
    np.testing.assert_allclose(two @ noise_one + noise_two, noise_both, atol=1e-3)


@given(st.floats(0, 1e6))
def test_the_noise_is_a_covariance_and_bounded_velocity(elapsed):
    transition, noise = change(elapsed)
    assert np.linalg.eigvalsh(noise).min() > -1e-9
    assert noise[1, 1] <= MODEL.speed**2 + 1e-9
    assert np.isfinite(transition).all()


def test_no_time_changes_nothing():
    transition, noise = MODEL.step(0.0)
    np.testing.assert_array_equal(transition, np.eye(14))
    np.testing.assert_array_equal(noise, 0)


def test_short_steps_are_white_acceleration():
    """For times much shorter than the memory: the textbook constant-velocity model."""
    transition, noise = change(0.01)
    density = 2 * MODEL.speed**2 / MODEL.speed_memory
    assert transition[0, 1] == pytest.approx(0.01, rel=0.01)
    assert noise[1, 1] == pytest.approx(density * 0.01, rel=0.02)
    assert noise[0, 0] == pytest.approx(density * 0.01**3 / 3, rel=0.02)


def test_filterpy_says_the_same():
    """A whole life of four people, of whom one is not measured every time."""
    random = np.random.default_rng(3)
    boxes = np.array([[0, 0, 50, 100], [300, 20, 420, 400], [-50, -80, 10, 90], [9, 9, 12, 12]], float)
    beliefs = np.stack([MODEL.start(box) for box in boxes], axis=1)
    filters = [in_filterpy(belief) for belief in beliefs.T]
    noise = MODEL.measurement_noise(0.5)
    for elapsed in random.uniform(0, 0.7, 30):
        several = [elapsed, elapsed, 2 * elapsed, 0.0]
        beliefs = MODEL.forecast(beliefs, several, 2.0)
        measured = to_measurement(boxes + random.normal(0, 5, boxes.shape))
        rows = np.flatnonzero(random.random(4) < 0.8)
        beliefs[:, rows] = correct(beliefs[:, rows], measured[:, rows], noise)
        for row, (one, seconds) in enumerate(zip(filters, several, strict=True)):
            transition, wander = change(seconds, 2.0)
            one.predict(F=transition, Q=wander)
            if row in rows:
                one.update(measured[:, row].reshape(2, 2), R=np.diag(noise[:, 0]), H=np.eye(4)[::2])
            ours = in_filterpy(beliefs[:, row])
            np.testing.assert_allclose(ours.x, one.x, rtol=1e-7, atol=1e-9)
            np.testing.assert_allclose(ours.P, one.P, rtol=1e-6, atol=1e-9)


@given(st.floats(-300, 300), st.floats(0.3, 3))
def test_doubt_makes_room_for_what_was_measured_and_no_more(away, growth):
    """Whoever is far off is moved further; whoever is near moves as without doubt."""
    sure = MODEL.start(np.array([0, 0, 50, 100], float))[:, None]
    sure[8:] *= 0.01
    noise = MODEL.measurement_noise()
    measured = to_measurement(np.array([[away, 0, away + 50 * growth, 100 * growth]]))
    plain, same, doubted = (
        correct(sure, measured, noise, doubt) for doubt in (None, np.array([False]), np.array([True]))
    )
    np.testing.assert_array_equal(plain, same)
    left, more = np.abs(measured - plain[:4]), np.abs(measured - doubted[:4])
    assert (more <= left + 1e-9).all()
    off = measured - sure[:4]
    square = ((off[:2] / 100) ** 2).sum() / 2, (off[2:] ** 2).sum() / 2
    for part, rows in ((0, slice(0, 2)), (1, slice(2, 4))):
        if square[part] <= sure[8 + part, 0] + noise[part, 0]:
            np.testing.assert_allclose(doubted[rows], plain[rows])
        else:
            assert doubted[8 + part] > plain[8 + part]


def test_boxes_survive_the_round_trip():
    boxes = np.array([[0, 0, 50, 100], [-20, 5, 300, 6.5]], float)
    np.testing.assert_allclose(to_boxes(to_measurement(boxes)), boxes, atol=1e-9)


@given(st.floats(-1e4, 1e4), st.floats(-50, 50))
def test_no_state_inverts_a_box(centre, log_size):
    box = to_boxes(np.array([[centre] * 2 + [log_size] * 2]).T)[0]
    assert np.isfinite(box).all()
    assert (box[2:] >= box[:2]).all()


def test_overlaps():
    first = np.array([[0, 0, 10, 10], [0, 0, 0, 0]], float)
    second = np.array([[5, 0, 15, 10], [2, 2, 4, 4], [50, 50, 60, 60]], float)
    np.testing.assert_allclose(iou(first, second), [[1 / 3, 0.04, 0], [0, 0, 0]])
    np.testing.assert_allclose(coverage(second, first)[:, 0], [0.5, 1, 0])


def test_keypoint_similarity_is_one_for_the_same_and_falls_with_distance():
    pose = np.random.default_rng(0).uniform(0, 200, (17, 2))
    points = np.stack([pose, pose, pose + 10, pose + 500]).transpose(2, 0, 1)
    good = np.ones((4, 17), bool)
    pairs = np.array([[0, 0, 0], [1, 2, 3]])
    same, near, far = keypoint_similarity(points, good, np.full(4, 150.0), np.full(17, 0.08), pairs)
    assert same == 1
    assert 0.5 < near < 1
    assert far < 0.01
    good[1, 2:] = False
    assert keypoint_similarity(points, good, np.full(4, 150.0), np.full(17, 0.08), pairs)[0] == 0


def test_as_many_as_possible_are_matched_the_most_alike():
    alike = -np.array([[0.0, 1.0], [0.1, 9.0]])
    assert assign(lambda: alike, np.ones((2, 2), bool)) == [(0, 1), (1, 0)]
    assert assign(lambda: alike, np.array([[True, False], [True, False]])) == [(0, 0)]
    assert assign(lambda: alike, np.zeros((2, 2), bool)) == []
