"""Skeletons that do not shake."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tracking.scenes import COCO17, body_boxes, squats

from vitpose_live.data import Poses, Skeleton
from vitpose_live.errors import SettingsError
from vitpose_live.tracking import KeypointSmoother

STANDING = np.stack([np.tile([100.0, 130, 160], 6)[:17], np.linspace(50, 350, 17)], axis=-1)


def posed(points, *, scores=0.9, track=1):
    """One person's pose."""
    points = np.asarray(points, float)
    given_scores = np.where(np.isnan(points).any(-1), 0, np.broadcast_to(scores, 17))
    box = body_boxes(STANDING)
    return Poses(points[None], given_scores[None], [track], box[None], COCO17)


def run(points, *, fps=100 / 3, boxes=None, **options):
    """Smooth (t, p, 17, 2) keypoints of p people; return the same shape."""
    smoother, results = KeypointSmoother(**options), []
    boxes = body_boxes(points) if boxes is None else boxes
    for step, frame in enumerate(points):
        p = len(frame)
        poses = Poses(frame, np.full((p, 17), 0.9), np.arange(p), boxes[step], COCO17)
        results.append(smoother.smooth(poses, step / fps).keypoints)
    return np.stack(results).astype(float)


def knee_angles(points):
    """Left and right knee angles in degrees of (..., 17, 2)."""
    thigh = points[..., [11, 12], :] - points[..., [13, 14], :]
    shank = points[..., [15, 16], :] - points[..., [13, 14], :]
    cross = thigh[..., 0] * shank[..., 1] - thigh[..., 1] * shank[..., 0]
    return np.degrees(np.arctan2(np.abs(cross), (thigh * shank).sum(-1)))


@pytest.fixture(scope="module")
def bodies(shared_data):
    """(400, 4, 17, 2) px: squats of two people from two sides, 500 px tall."""
    names = ("deep_squat_correct_s01", "deep_squat_incorrect_s04")
    return np.stack([squats(shared_data, n, view=v, height=500.0) for n in names for v in (60, 90)], axis=1)


def rms(values):
    return float(np.sqrt(np.mean(np.square(values))))


@pytest.mark.parametrize("noise", [2, 6])
def test_knee_angles_come_out_better_than_they_went_in(bodies, noise):
    noisy = bodies + np.random.default_rng(0).normal(0, noise, bodies.shape)
    truth = knee_angles(bodies)
    assert rms(knee_angles(run(noisy)) - truth) < 0.9 * rms(knee_angles(noisy) - truth)


def test_there_is_less_jitter(bodies):
    noisy = bodies + np.random.default_rng(0).normal(0, 3, bodies.shape)
    jitter = rms(np.diff(run(noisy) - bodies, axis=0))
    assert jitter < 0.8 * rms(np.diff(noisy - bodies, axis=0))


def test_it_lags_by_less_than_a_frame(bodies):
    angles, truth = knee_angles(run(bodies)), knee_angles(bodies)
    slope = np.gradient(truth, axis=0)
    lag = -(slope * (angles - truth)).sum(axis=(0, 2)) / (slope**2).sum(axis=(0, 2))
    assert lag.max() < 1.0


def test_the_first_pose_passes_unchanged():
    pose = posed(STANDING)
    np.testing.assert_array_equal(KeypointSmoother().smooth(pose, 3.0).keypoints, pose.keypoints)


def test_who_holds_still_stays_put():
    smoother = KeypointSmoother()
    for step in range(50):
        np.testing.assert_allclose(smoother.smooth(posed(STANDING), step / 30).keypoints[0], STANDING, rtol=1e-6)


def test_only_keypoints_change():
    smoother = KeypointSmoother()
    smoother.smooth(posed(STANDING), 0.0)
    pose = posed(STANDING + 5, scores=0.7, track=1)
    result = smoother.smooth(pose, 0.03)
    np.testing.assert_array_equal(result.scores, pose.scores)
    np.testing.assert_array_equal(result.boxes, pose.boxes)
    assert result.track_ids.tolist() == [1]
    assert result.skeleton == COCO17


def test_the_frame_rate_hardly_matters():
    """A joint swings at 1 Hz, filmed at 15, 30 and 60 frames per second."""
    ends = {}
    for fps in (15, 30, 60):
        swing = 40 * np.sin(2 * np.pi * np.arange(2 * fps + 1) / fps)[:, None, None, None] * [1.0, 0.0]
        points = STANDING + swing
        boxes = np.broadcast_to(body_boxes(STANDING), (len(points), 1, 4))
        ends[fps] = run(points, fps=fps, boxes=boxes)[:: fps // 15] - points[:: fps // 15]
    assert rms(ends[15] - ends[60]) < 0.06 * 40
    assert rms(ends[30] - ends[60]) < 0.03 * 40


@given(st.floats(0.1, 10), st.floats(-2000, 2000))
@settings(max_examples=20, deadline=None)
def test_neither_size_nor_place_matters(scale, shift):
    points = STANDING + np.random.default_rng(0).normal(0, 5, (10, 1, 17, 2))
    boxes = np.broadcast_to(body_boxes(STANDING), (10, 1, 4))
    plain = run(points, boxes=boxes)
    other = run(points * scale + shift, boxes=boxes * scale + shift)
    np.testing.assert_allclose(other, plain * scale + shift, atol=0.02 * scale + 0.01)


def test_a_missing_joint_is_not_invented_and_does_no_harm():
    smoother, reference = KeypointSmoother(), KeypointSmoother()
    hidden = STANDING.copy()
    hidden[9] = np.nan
    for step in range(10):
        points = STANDING + 3 * np.sin(step)
        shown = np.where(np.isnan(hidden), np.nan, points) if step in (4, 5) else points
        result = smoother.smooth(posed(shown), step / 30).keypoints[0]
        expected = reference.smooth(posed(points), step / 30).keypoints[0]
        assert np.isnan(result[9]).all() == (step in (4, 5))
        np.testing.assert_array_equal(np.delete(result, 9, 0), np.delete(expected, 9, 0))
    assert np.isfinite(result).all()


def test_a_joint_with_a_low_score_passes_through_and_does_no_harm():
    smoother = KeypointSmoother()
    scores = np.full(17, 0.9)
    scores[9] = 0.01
    for step in range(5):
        smoother.smooth(posed(STANDING), step / 30)
    astray = STANDING.copy()
    astray[9] += 300
    result = smoother.smooth(posed(astray, scores=scores), 5 / 30)
    np.testing.assert_array_equal(result.keypoints[0, 9], astray[9].astype(np.float32))
    after = smoother.smooth(posed(STANDING), 6 / 30)
    np.testing.assert_allclose(after.keypoints[0, 9], STANDING[9], atol=1e-3)


def test_a_joint_whose_score_drops_moves_less():
    def moved(score):
        smoother = KeypointSmoother()
        for step in range(10):
            smoother.smooth(posed(STANDING), step / 30)
        scores = np.full(17, 0.9)
        scores[9] = score
        return smoother.smooth(posed(STANDING + 10, scores=scores), 10 / 30).keypoints[0, 9, 0] - STANDING[9, 0]

    assert 0 < moved(0.2) < 0.7 * moved(0.9)


def test_after_a_gap_a_person_starts_anew():
    smoother = KeypointSmoother(gap_seconds=0.5)
    for step in range(10):
        smoother.smooth(posed(STANDING), step / 30)
    smoother.smooth(Poses.empty(COCO17), 0.5)
    late = posed(STANDING + 100)
    np.testing.assert_array_equal(smoother.smooth(late, 1.0).keypoints, late.keypoints)


def test_a_short_absence_is_bridged():
    smoother = KeypointSmoother(gap_seconds=0.5)
    for step in range(10):
        smoother.smooth(posed(STANDING), step / 30)
    smoother.smooth(Poses.empty(COCO17), 0.35)
    late = smoother.smooth(posed(STANDING + 2), 0.4).keypoints[0]
    assert (late < STANDING + 2).all()
    assert (late > STANDING).all()


def test_people_are_told_apart_by_id_whatever_their_row():
    random = np.random.default_rng(0)
    one, other, both = KeypointSmoother(), KeypointSmoother(), KeypointSmoother()
    for step in range(8):
        first = posed(STANDING + random.normal(0, 3, (17, 2)), track=4)
        second = posed(STANDING + 500 + random.normal(0, 3, (17, 2)), track=7)
        pair = (first, second) if step % 2 else (second, first)
        together = Poses(
            *(np.concatenate([getattr(p, n) for p in pair]) for n in ("keypoints", "scores", "track_ids", "boxes")),
            COCO17,
        )
        result = both.smooth(together, step / 30)
        rows = {int(i): row for row, i in enumerate(result.track_ids)}
        np.testing.assert_array_equal(result.keypoints[rows[4]], one.smooth(first, step / 30).keypoints[0])
        np.testing.assert_array_equal(result.keypoints[rows[7]], other.smooth(second, step / 30).keypoints[0])


@pytest.mark.parametrize("again", ["seek", "reset", "skeleton"])
def test_the_past_is_forgotten(again):
    smoother = KeypointSmoother()
    for step in range(5):
        smoother.smooth(posed(STANDING), 10 + step / 30)
    pose, time = posed(STANDING + 50), 10.2
    if again == "seek":
        time = 2.0
    elif again == "reset":
        smoother.reset()
    else:
        other = Skeleton("other", tuple(f"joint_{joint}" for joint in range(17)))
        pose = Poses(pose.keypoints, pose.scores, pose.track_ids, pose.boxes, other)
    np.testing.assert_array_equal(smoother.smooth(pose, time).keypoints, pose.keypoints)


def test_repeating_a_time_returns_the_same():
    smoother = KeypointSmoother()
    smoother.smooth(posed(STANDING), 0.0)
    first = smoother.smooth(posed(STANDING + 5), 0.1).keypoints
    np.testing.assert_array_equal(smoother.smooth(posed(STANDING + 5), 0.1).keypoints, first)


@pytest.mark.parametrize(
    "options", [{"min_cutoff": 0}, {"beta": -1}, {"d_cutoff": float("nan")}, {"keypoint_score": 2}]
)
def test_options_out_of_range_are_refused(options):
    with pytest.raises(SettingsError, match=next(iter(options))):
        KeypointSmoother(**options)
