import numpy as np
import pytest
from fitness.figures import COCO, POSTURES, drawn, movement

from vitpose_live.fitness.body import BodyReader
from vitpose_live.fitness.view import UNKNOWN_VIEW, View, ViewEstimator, ViewKind

READER = BodyReader(COCO)


def watched(around, *, posture=None, fps=30, seconds=2.0, noise=0.0, hidden=(), seed=0):
    """The view of somebody after `seconds`; the joints in `hidden` are not visible."""
    estimator, random = ViewEstimator(), np.random.default_rng(seed)
    for step in range(round(seconds * fps) + 1):
        now = movement("squat", step / fps) if posture is None else posture
        points, scores = drawn(now, around)
        points += random.normal(0, noise, points.shape).astype(np.float32) if noise else 0
        for name in hidden:
            scores[COCO.index(name)] = 0.1
        view = estimator.observe(READER.read(points, scores), step / fps)
    return view


@pytest.mark.parametrize("around", [*range(-165, 181, 15)])
def test_all_around(around):
    view = watched(around, noise=2.0)
    from_front = 90 - abs(90 - abs(around))
    assert abs(view.from_front - from_front) <= view.uncertainty
    if from_front >= 15:
        assert view.near_side == ("left" if around > 0 else "right")
    if from_front <= 75:
        assert view.facing == (abs(around) < 90)
        wrapped = (view.degrees - around + 180) % 360 - 180
        assert abs(wrapped) <= 20


@pytest.mark.parametrize(
    ("around", "kind"), [(0, "front"), (45, "oblique"), (90, "side"), (135, "oblique"), (180, "front")]
)
def test_kinds(around, kind):
    assert watched(around).kind == ViewKind(kind)


@pytest.mark.parametrize("name", ["push_up", "sit_up", "glute_bridge"])
@pytest.mark.parametrize("side", [90, -90])
def test_whoever_lies_is_seen_from_the_side_too(name, side):
    view = watched(side, posture=POSTURES[name]["rest"])
    assert view.kind is ViewKind.SIDE
    assert view.near_side == ("left" if side > 0 else "right")


def test_a_mirrored_person_has_a_mirrored_view():
    one, other = watched(50), watched(-50)
    assert one.degrees == pytest.approx(-other.degrees)
    assert one.uncertainty == pytest.approx(other.uncertainty)


def test_frame_rates_and_sizes_do_not_matter():
    views = [watched(40, fps=fps) for fps in (10, 30, 120)]
    assert np.ptp([view.from_front for view in views]) < 1


def test_unknown_without_shoulders_and_hips():
    trunk = [f"{side}_{twin}" for side in ("left", "right") for twin in ("shoulder", "hip")]
    assert watched(0, hidden=trunk) == UNKNOWN_VIEW
    assert UNKNOWN_VIEW.kind is ViewKind.UNKNOWN
    assert np.isnan(UNKNOWN_VIEW.degrees)
    assert not UNKNOWN_VIEW.surely()


def test_shoulders_alone_will_do_with_legs_for_the_size():
    view = watched(90, hidden=["left_hip"])
    assert view.kind is ViewKind.SIDE


def test_remembered_for_a_while_and_no_longer():
    estimator = ViewEstimator(memory_s=2.0)
    points, scores = drawn(movement("squat", 0), 90)
    nothing = READER.read(points, scores * 0)
    known = estimator.observe(READER.read(points, scores), 0.0)
    assert known.kind is ViewKind.SIDE
    assert estimator.observe(nothing, 1.9) == known
    assert estimator.observe(nothing, 2.1) == UNKNOWN_VIEW


def test_a_turn_is_followed():
    estimator = ViewEstimator()
    for step in range(90):
        view = estimator.observe(READER.read(*drawn(movement("squat", 0), 90 if step < 30 else 0)), step / 30)
    assert view.kind is ViewKind.FRONT


def test_surely_allows_for_the_uncertainty():
    view = View(from_front=70, uncertainty=8, lateral=1)
    assert view.surely(60, 90)
    assert not view.surely(65, 90)
    assert not view.surely(0, 75)
    assert view.surely(0, 80)


def test_motion_capture_from_all_around(shared_data):
    """Perspective, other people's build, 6 px of noise; depth is never judged from nearer the front than 60 degrees."""
    for name in ("deep_squat_correct_s02", "inline_lunge_correct_s05"):
        joints = np.load(shared_data / "mocap" / f"{name}.npz")["keypoints_mm"][::10].astype(float)
        for around in range(0, 181, 15):
            true = 90 - abs(90 - around)
            views = list(_captured(joints, around))
            middle = float(np.median([view.from_front for view in views]))
            assert abs(middle - true) < (32 if true < 60 else 12)
            sure = np.mean([view.surely(least=60) for view in views])
            assert sure > 0.9 if true == 90 else sure == 0 if true <= 45 else True, around


@pytest.mark.parametrize("noise", [2, 6])
def test_the_uncertainty_holds_in_nine_of_ten_frames(shared_data, noise):
    held = []
    for path in sorted((shared_data / "mocap").glob("*_s0[14].npz")):
        joints = np.load(path)["keypoints_mm"][10::20].astype(float)
        for around in range(0, 91, 15):
            held += [abs(view.from_front - around) <= view.uncertainty for view in _captured(joints, around, noise, 5)]
    assert 0.85 <= np.mean(held) <= 0.97


def _captured(joints, around, noise=6, fps=10):
    hips, shoulders = joints[:, 11:13], joints[:, 5:7]
    left = np.median(hips[:, 0] - hips[:, 1] + shoulders[:, 0] - shoulders[:, 1], axis=0) * (1, 1, 0)
    left /= np.linalg.norm(left)
    ahead = np.cross(left, (0, 0, 1))
    towards = np.cos(np.radians(around)) * ahead + np.sin(np.radians(around)) * left
    eye = np.median(hips.mean(axis=1), axis=0) * (1, 1, 0) + (0, 0, 1000) + 4000 * towards
    rays = joints - eye
    depth = rays @ -towards
    pixels = 1000 * np.stack([rays @ np.cross(-towards, (0, 0, 1)), -rays[..., 2]], axis=-1) / depth[..., None]
    pixels += np.random.default_rng(1).normal(0, noise, pixels.shape)
    estimator = ViewEstimator()
    for step, points in enumerate(pixels):
        view = estimator.observe(READER.read(points, np.full(17, 0.9)), step / fps)
        if step >= fps:
            yield view
