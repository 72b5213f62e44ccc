import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitpose_live.data import Frame, FrameResult, Poses, Tracks, load_skeleton
from vitpose_live.fitness import measure
from vitpose_live.rendering import SkeletonRenderer
from vitpose_live.rendering.anatomy import anatomy_of
from vitpose_live.rendering.angle_marks import angle_marks
from vitpose_live.rendering.style import CENTRE, LEFT, PLATE, RIGHT

COCO = load_skeleton("coco17")
LABEL = (40.0, 16.0)
NOTHING = np.zeros((1, 0, 2, 2))


def lay_out(*corners, degrees=90.0, names=None, bones=NOTHING, stroke=4.0):
    """Marks of one person of whom each angle has three `corners`."""
    corners = np.array([corners], np.float64)
    names = names or [f"left_{number}" for number in range(corners.shape[1])]
    values = np.broadcast_to(np.asarray(degrees, float), corners.shape[:2])
    return angle_marks(names, values, corners, bones=bones, label=LABEL, strokes=np.array([stroke]))[0]


def distance(point, start, end):
    """Pixels from `point` to the line from `start` to `end`."""
    start, end, point = (np.asarray(value, float) for value in (start, end, point))
    share = np.clip((point - start) @ (end - start) / ((end - start) @ (end - start)), 0, 1)
    return np.hypot(*(point - start - share * (end - start)))


@given(st.floats(0, 2 * np.pi), st.floats(0.05, np.pi - 0.01))
def test_a_label_is_off_the_limbs_whose_angle_it_tells(turn, opening):
    at = np.array([500.0, 400.0])
    first, last = (at + 100 * np.array([np.cos(way), np.sin(way)]) for way in (turn, turn + opening))
    (mark,) = lay_out((first, at, last), degrees=np.degrees(opening))
    for end in (first, last):
        samples = at + np.linspace(0, 1, 200)[:, None] * (end - at)
        covered = (np.abs(samples - mark.label) < np.array(LABEL) / 2 + 1).all(axis=1)
        assert not covered.any()
    assert np.hypot(*(np.array(mark.label) - at)) < 45
    assert mark.text == f"{np.degrees(opening):.0f}°"


def test_the_arc_goes_from_limb_to_limb():
    (mark,) = lay_out(((100, 0), (100, 100), (200, 100)))
    assert mark.corner == (100, 100)
    assert (mark.start, mark.span) == pytest.approx((-90, 90))
    (back,) = lay_out(((200, 100), (100, 100), (100, 0)))
    assert (back.start, back.span) == pytest.approx((0, -90))
    assert 0 < mark.radius < 50


def test_a_straight_limb_has_no_arc_that_noise_could_throw_over():
    for x in (99.5, 100.5):
        (mark,) = lay_out(((100, 0), (x, 100), (100, 200)), degrees=179)
        assert mark.radius == 0


def test_values_of_straight_limbs_are_on_the_side_away_from_the_body():
    legs = [((x, 0), (x + jitter, 100), (x, 200)) for x, jitter in ((100, 1), (200, -1))]
    right, left = lay_out(*legs, degrees=178, names=["right_knee", "left_knee"])
    assert right.label[0] < 100 - LABEL[0] / 2
    assert left.label[0] > 200 + LABEL[0] / 2
    assert (right.colour, left.colour) == (RIGHT, LEFT)
    assert lay_out(legs[0], names=["trunk_lean"])[0].colour == CENTRE


def test_small_people_and_what_cannot_be_measured_are_left_out():
    assert lay_out(((0, 0), (0, 30), (0, 130))) == []
    assert lay_out(((0, 0), (0, 100), (0, 200)), degrees=np.nan) == []
    assert lay_out(((np.nan, np.nan), (0, 100), (0, 200)), degrees=np.nan) == []
    assert angle_marks(
        ("left_knee",), np.zeros((0, 1)), np.zeros((0, 1, 3, 2)),
        bones=np.zeros((0, 3, 2, 2)), label=LABEL, strokes=np.zeros(0),
    ) == []  # fmt: skip


def test_a_label_goes_where_no_other_bone_is():
    limb = ((100, 0), (100, 100), (100, 200))
    (free,) = lay_out(limb)
    x, y = free.label
    bone = ((x, y - 60), (x, y + 60))
    (moved,) = lay_out(limb, bones=np.array([[bone]]))
    assert distance(moved.label, *bone) > LABEL[0] / 2
    # where bones are on all sides, it stays beside its joint
    cage = [((x, -500), (x, 700)) for x in range(-100, 301, 10)]
    assert lay_out(limb, bones=np.array([cage]))[0].label == free.label
    missing = np.full((1, 1, 2, 2), np.nan)
    assert lay_out(limb, bones=missing)[0].label == free.label


def test_labels_do_not_cover_each_other():
    limb = ((100, 0), (100, 100), (200, 100))
    marks = lay_out(*[limb] * 9)
    assert 2 <= len(marks) < 9  # as many as there are places
    for number, one in enumerate(marks):
        for other in marks[:number]:
            apart = np.abs(np.subtract(one.label, other.label))
            assert (apart >= LABEL).any()


# --- in a picture ----------------------------------------------------------------------------------------------------


def somebody(background, size=400.0):
    """A person in profile with a bent knee, whose other side is hidden."""
    points = np.full((1, 17, 2), np.nan)
    for name, place in {"shoulder": (0.3, 0.1), "hip": (0.3, 0.5), "knee": (0.7, 0.6), "ankle": (0.5, 1.0)}.items():
        points[0, COCO.index(f"left_{name}")] = np.array(place) * size + 40
    scores = np.where(np.isnan(points[..., 0]), 0, 0.9)
    box = np.array([[40, 40, 40 + size, 40 + size]])
    image = np.empty((500, 500, 3), np.uint8)
    image[:] = background
    poses = Poses(points, scores, np.array([1]), box, COCO)
    return FrameResult(Frame(image), Tracks(box, np.array([1]), np.array([True])), poses)


@pytest.mark.parametrize("background", [(255, 255, 255), (0, 0, 0), (90, 140, 70)])
def test_values_read_on_every_ground_and_are_off_the_bones(background):
    result = somebody(background)
    bare = SkeletonRenderer().draw(result)
    drawn = SkeletonRenderer(measure_angles=measure).draw(result)
    plates = (drawn == np.array(PLATE)).all(axis=2) & (bare != np.array(PLATE)).any(axis=2)
    assert plates.sum() > 300
    ends = result.poses.keypoints[0][anatomy_of(COCO).edges]
    for y, x in np.argwhere(plates)[::7]:
        assert min(distance((x, y), *bone) for bone in ends if np.isfinite(bone).all()) > 1
    if background != (255, 255, 255):
        # the tint of the angle of a knee is between its limbs
        knee, hip, ankle = (result.poses.keypoints[0, COCO.index(f"left_{name}")] for name in ("knee", "hip", "ankle"))
        inward = (hip - knee) / np.hypot(*(hip - knee)) + (ankle - knee) / np.hypot(*(ankle - knee))
        x, y = (knee + 11 * inward / np.hypot(*inward)).round().astype(int)
        assert (drawn[y, x] != bare[y, x]).any()


def test_without_angles_nothing_changes_and_with_nobody_nothing_is_drawn():
    result = somebody((9, 9, 9))
    nobody = FrameResult(result.frame, Tracks.empty(), Poses.empty(COCO))
    renderer = SkeletonRenderer(measure_angles=measure)
    np.testing.assert_array_equal(renderer.draw(nobody), result.frame.image)
    far = somebody((9, 9, 9), size=60)
    np.testing.assert_array_equal(renderer.draw(far), SkeletonRenderer().draw(far))
