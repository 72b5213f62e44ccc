"""Skeletons that do not shake."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tracking.scenes import COCO17, body_boxes, squats

from vitpose_live.data import Poses, Skeleton
from vitpose_live.errors import SettingsError
from vitpose_live.tracking import KeypointSmoother, OneEuroSmoother

STANDING = np.stack([np.tile([100.0, 130, 160], 6)[:17], np.linspace(50, 350, 17)], axis=-1)


def posed(points, *, scores=0.9, track=1):
    """One person's pose."""
    points = np.asarray(points, float)
    given_scores = np.where(np.isnan(points).any(-1), 0, np.broadcast_to(scores, 17))
    box = body_boxes(STANDING)
    return Poses(points[None], given_scores[None], [track], box[None], COCO17)


@pytest.fixture(scope="module", params=[KeypointSmoother, OneEuroSmoother])
def make(request):
    """The smoothers that work frame by frame."""
    return request.param


def run(points, make=KeypointSmoother, *, fps=100 / 3, times=None, boxes=None, scores=0.9):
    """Smooth (t, p, 17, 2) keypoints of p people; return the same shape."""
    smoother, results = make(), []
    times = np.arange(len(points)) / fps if times is None else times
    boxes = body_boxes(points) if boxes is None else boxes
    for step, frame in enumerate(points):
        p = len(frame)
        poses = Poses(frame, np.full((p, 17), scores), np.arange(p), boxes[step], COCO17)
        results.append(smoother.smooth(poses, times[step]).keypoints)
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
def test_knee_angles_come_out_better_than_they_went_in(make, bodies, noise):
    noisy = bodies + np.random.default_rng(0).normal(0, noise, bodies.shape)
    truth = knee_angles(bodies)
    assert rms(knee_angles(run(noisy, make)) - truth) < 0.9 * rms(knee_angles(noisy) - truth)


def test_there_is_less_jitter(make, bodies):
    noisy = bodies + np.random.default_rng(0).normal(0, 3, bodies.shape)
    jitter = rms(np.diff(run(noisy, make) - bodies, axis=0))
    assert jitter < 0.8 * rms(np.diff(noisy - bodies, axis=0))


def test_it_lags_by_less_than_a_frame(make, bodies):
    angles, truth = knee_angles(run(bodies, make)), knee_angles(bodies)
    slope = np.gradient(truth, axis=0)
    lag = -(slope * (angles - truth)).sum(axis=(0, 2)) / (slope**2).sum(axis=(0, 2))
    assert lag.max() < 1.0


@pytest.fixture(scope="module")
def from_the_side(shared_data):
    """(500, 8, 17, 2) px: squats and lunges of four subjects from the side, 500 px tall, at 33 frames per second."""
    names = [f"{kind}_correct_s{who:02}" for kind in ("deep_squat", "inline_lunge") for who in (1, 2, 4, 5)]
    # in the first few frames of one recording the markers jump by a metre
    clips = [squats(shared_data, name, frames=504, view=90, height=500.0)[4:] for name in names]
    return np.stack([clip[np.minimum(np.arange(500), len(clip) - 1)] for clip in clips], axis=1)


@pytest.mark.parametrize(("noise", "most"), [(1, 0.85), (2, 0.75), (4, 0.66), (6, 4.0 / 6.7)])
def test_knee_angles_of_squats_and_lunges(from_the_side, noise, most):
    """At most 4.0 degrees where the raw error is 6.7, and no worse than raw at 1 px."""
    noisy = from_the_side + np.random.default_rng(0).normal(0, noise, from_the_side.shape)
    found, truth = knee_angles(run(noisy)), knee_angles(from_the_side)
    assert rms(found - truth) < most * rms(knee_angles(noisy) - truth)
    slope = np.gradient(truth, axis=0)
    assert -(slope * (found - truth)).sum() / (slope**2).sum() < 0.6  # frames of lag


@pytest.mark.parametrize("fps", [10, 15, 60, 120])
@pytest.mark.parametrize("noise", [1, 6])
def test_no_frame_rate_makes_it_worse(noise, fps):
    times = np.arange(4 * fps) / fps
    truth = np.repeat(STANDING[None, None], len(times), axis=0)
    truth[..., 13:15, 0] += 30 * np.sin(2 * np.pi * times)[:, None, None]  # knees
    truth[..., :13, 1] += 20 * np.cos(2 * np.pi * times)[:, None, None]  # and all above go up and down
    boxes = np.broadcast_to(body_boxes(STANDING), (len(times), 1, 4))
    noisy = truth + np.random.default_rng(0).normal(0, noise, truth.shape)
    assert rms(run(noisy, fps=fps, boxes=boxes) - truth) < rms(noisy - truth)


def test_times_need_not_be_regular(from_the_side):
    """Half of the frames are lost, at random."""
    kept = np.sort(np.random.default_rng(1).choice(500, 250, replace=False))
    truth = from_the_side[kept]
    noisy = truth + np.random.default_rng(0).normal(0, 4, truth.shape)
    right, wrong = (rms(run(noisy, times=times) - truth) for times in (kept * 0.03, np.arange(250) * 0.06))
    assert right < 0.8 * rms(noisy - truth)
    assert right < wrong


@pytest.mark.parametrize(("noise", "most"), [(1, 6), (6, 30)])
def test_a_kick_is_followed(noise, most):
    """The foot flies over 250 px within a sixth of a second and back; 500 px tall."""
    times = np.arange(120) / 33
    truth = np.repeat(1.5 * STANDING[None, None], len(times), axis=0)
    truth[..., 16, 0] += (250 * np.exp(-(((times - 2) / 0.12) ** 2)))[:, None]
    boxes = np.broadcast_to(body_boxes(1.5 * STANDING), (len(times), 1, 4))
    noisy = truth + np.random.default_rng(0).normal(0, noise, truth.shape)
    found = run(noisy, boxes=boxes, fps=33)
    assert np.abs(found - truth)[..., 16, :].max() < most
    slope = np.gradient(truth[..., 16, 0], axis=0)
    assert -(slope * (found - truth)[..., 16, 0]).sum() / (slope**2).sum() < 0.25  # frames of lag


def test_it_smooths_as_much_as_keypoints_shake():
    """Also when that changes on the way."""
    noise = np.repeat([1.0, 8.0, 1.0], 200)[:, None, None, None] * np.random.default_rng(0).normal(size=(600, 1, 17, 2))
    boxes = np.broadcast_to(body_boxes(STANDING), (600, 1, 4))
    left = run(STANDING + noise, boxes=boxes) - STANDING
    for part in (slice(150, 200), slice(350, 400), slice(550, 600)):
        assert rms(left[part]) < 0.5 * rms(noise[part])


def test_nobody_at_all(make):
    smoother = make()
    for step in range(6):
        assert len(smoother.smooth(Poses.empty(COCO17), step / 30)) == 0
    pose = posed(STANDING)
    np.testing.assert_array_equal(smoother.smooth(pose, 0.3).keypoints, pose.keypoints)


def test_the_first_pose_passes_unchanged(make):
    pose = posed(STANDING)
    np.testing.assert_array_equal(make().smooth(pose, 3.0).keypoints, pose.keypoints)


def test_who_holds_still_stays_put(make):
    smoother = make()
    for step in range(50):
        np.testing.assert_allclose(smoother.smooth(posed(STANDING), step / 30).keypoints[0], STANDING, rtol=1e-6)


def test_only_keypoints_change(make):
    smoother = make()
    smoother.smooth(posed(STANDING), 0.0)
    pose = posed(STANDING + 5, scores=0.7, track=1)
    result = smoother.smooth(pose, 0.03)
    np.testing.assert_array_equal(result.scores, pose.scores)
    np.testing.assert_array_equal(result.boxes, pose.boxes)
    assert result.track_ids.tolist() == [1]
    assert result.skeleton == COCO17


def test_the_frame_rate_hardly_matters(make):
    """A joint swings at 1 Hz, filmed at 15, 30 and 60 frames per second."""
    ends = {}
    for fps in (15, 30, 60):
        swing = 40 * np.sin(2 * np.pi * np.arange(2 * fps + 1) / fps)[:, None, None, None] * [1.0, 0.0]
        points = STANDING + swing
        boxes = np.broadcast_to(body_boxes(STANDING), (len(points), 1, 4))
        ends[fps] = run(points, make, fps=fps, boxes=boxes)[:: fps // 15] - points[:: fps // 15]
    assert rms(ends[15] - ends[60]) < 0.06 * 40
    assert rms(ends[30] - ends[60]) < 0.03 * 40


@given(st.floats(0.1, 10), st.floats(-2000, 2000))
@settings(max_examples=20, deadline=None)
def test_neither_size_nor_place_matters(make, scale, shift):
    points = STANDING + np.random.default_rng(0).normal(0, 5, (10, 1, 17, 2))
    boxes = np.broadcast_to(body_boxes(STANDING), (10, 1, 4))
    plain = run(points, make, boxes=boxes)
    other = run(points * scale + shift, make, boxes=boxes * scale + shift)
    np.testing.assert_allclose(other, plain * scale + shift, atol=0.02 * scale + 0.01)


def test_a_missing_joint_is_not_invented_and_does_no_harm(make):
    smoother, reference = make(), make()
    hidden = STANDING.copy()
    hidden[9] = np.nan
    for step in range(10):
        points = STANDING + 3 * np.sin(step)
        shown = np.where(np.isnan(hidden), np.nan, points) if step in (4, 5) else points
        result = smoother.smooth(posed(shown), step / 30).keypoints[0]
        expected = reference.smooth(posed(points), step / 30).keypoints[0]
        assert np.isnan(result[9]).all() == (step in (4, 5))
        # only the person's noise, the median over all joints, knows that one was missing
        np.testing.assert_allclose(np.delete(result, 9, 0), np.delete(expected, 9, 0), atol=0.05)
    assert np.isfinite(result).all()


def test_a_joint_with_a_low_score_passes_through_and_does_no_harm(make):
    smoother = make()
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


def test_a_joint_whose_score_drops_moves_less(make):
    def moved(score):
        smoother, random = make(), np.random.default_rng(0)
        for step in range(30):
            before = smoother.smooth(posed(STANDING + random.normal(0, 3, (17, 2))), step / 30)
        scores = np.full(17, 0.9)
        scores[9] = score
        after = smoother.smooth(posed(STANDING + 10, scores=scores), 1.0)
        return (after.keypoints - before.keypoints)[0, 9, 0]

    assert 0 < moved(0.2) < 0.7 * moved(0.9)


def test_after_a_gap_a_person_starts_anew(make):
    smoother = make(gap_seconds=0.5)
    for step in range(10):
        smoother.smooth(posed(STANDING), step / 30)
    smoother.smooth(Poses.empty(COCO17), 0.5)
    late = posed(STANDING + 100)
    np.testing.assert_array_equal(smoother.smooth(late, 1.0).keypoints, late.keypoints)


def test_a_short_absence_is_bridged(make):
    smoother = make(gap_seconds=0.5)
    for step in range(10):
        smoother.smooth(posed(STANDING), step / 30)
    smoother.smooth(Poses.empty(COCO17), 0.35)
    late = smoother.smooth(posed(STANDING + 2), 0.4).keypoints[0]
    assert (late < STANDING + 2).all()
    assert (late > STANDING).all()


def test_people_are_told_apart_by_id_whatever_their_row(make):
    random = np.random.default_rng(0)
    one, other, both = make(), make(), make()
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
def test_the_past_is_forgotten(make, again):
    smoother = make()
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


def test_repeating_a_time_returns_the_same(make):
    smoother = make()
    smoother.smooth(posed(STANDING), 0.0)
    first = smoother.smooth(posed(STANDING + 5), 0.1).keypoints
    np.testing.assert_array_equal(smoother.smooth(posed(STANDING + 5), 0.1).keypoints, first)


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (OneEuroSmoother, {"min_cutoff": 0}),
        (OneEuroSmoother, {"beta": -1}),
        (OneEuroSmoother, {"d_cutoff": float("nan")}),
        (OneEuroSmoother, {"keypoint_score": 2}),
        (KeypointSmoother, {"agility": ()}),
        (KeypointSmoother, {"agility": (0.3, 0.03)}),
        (KeypointSmoother, {"hold_seconds": 0}),
        (KeypointSmoother, {"decay_seconds": -1}),
        (KeypointSmoother, {"noise_seconds": 0}),
        (KeypointSmoother, {"gap_seconds": 0}),
    ],
)
def test_options_out_of_range_are_refused(make, options):
    with pytest.raises(SettingsError, match=next(iter(options))):
        make(**options)
