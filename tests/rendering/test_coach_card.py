"""The coach's cards in pictures."""

import numpy as np
import pytest

from vitpose_live.app.live_record import mirrored
from vitpose_live.data import Feedback, Frame, FrameResult, Poses, Skeleton, Tracks, load_skeleton
from vitpose_live.rendering import SkeletonRenderer
from vitpose_live.rendering.card_places import best_place, faces
from vitpose_live.rendering.coach_card import CUE_SECONDS, PHASES, card, exercise_title
from vitpose_live.rendering.style import CARD_OPACITY, PLATE

COCO = load_skeleton("coco17")
ALONE = (500, 160, 640, 600)
_FACE = [(0, 0), (4, -4), (-4, -4), (9, 0), (-9, 0)]


def said(track=1, **options):
    return Feedback(track, **({"exercise": "squat", "phase": "down", "repetitions": 3} | options))


def scene(*boxes, feedback=(), size=(1280, 720), time=0.0, colour=(90, 110, 130), seed=None, missing=()):
    """Standing figures in `boxes`, numbered from 1; no joint at all of those `missing`."""
    image = np.empty((size[1], size[0], 3), np.uint8)
    image[:] = colour
    if seed is not None:
        image[:] = np.random.default_rng(seed).integers(0, 256, image.shape)
    boxes = np.array(boxes, np.float32).reshape(-1, 4)
    n = len(boxes)
    points = np.full((n, 17, 2), np.nan, np.float32)
    for row, (x1, y1, x2, y2) in enumerate(boxes):
        if row + 1 not in missing:
            points[row] = np.stack([np.linspace(x1, x2, 17), np.linspace(y1, y2, 17)], axis=1)
            points[row, :5] = np.add([(x1 + x2) / 2, y1 + 0.08 * (y2 - y1)], _FACE)
    scores = np.where(np.isnan(points[..., 0]), 0, 0.9)
    ids = np.arange(1, n + 1)
    tracks = Tracks(boxes, ids, np.ones(n, np.bool_))
    return FrameResult(Frame(image, 0, time), tracks, Poses(points, scores, ids, boxes, COCO), feedback)


def drawn(result, renderer=None):
    """The picture, and (h, w) where the coach's words changed it."""
    without = FrameResult(result.frame, result.tracks, result.poses)
    picture = (renderer or SkeletonRenderer()).draw(result)
    return picture, (picture != SkeletonRenderer().draw(without)).any(axis=2)


def extent(changed):
    ys, xs = np.nonzero(changed)
    return xs.min(), ys.min(), xs.max() + 1, ys.max() + 1


def apart(one, other):
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


# --- what is drawn ---------------------------------------------------------------------------------------------------


def test_without_feedback_or_without_the_person_the_picture_is_untouched():
    nobody = scene(feedback=(said(1),))
    np.testing.assert_array_equal(SkeletonRenderer().draw(nobody), nobody.frame.image)
    for feedback in ((), (said(7),)):
        _, changed = drawn(scene(ALONE, feedback=feedback))
        assert not changed.any()


def test_only_the_card_changes_beside_its_person_and_inside_the_picture():
    _, changed = drawn(scene(ALONE, feedback=(said(),)))
    x1, y1, x2, y2 = extent(changed)
    assert changed[y1:y2, x1:x2].mean() > 0.97  # its corners are round
    assert 1 < x1 < x2 < 1279
    assert 1 < y1 < y2 < 719
    assert apart((x1, y1, x2, y2), ALONE)
    assert min(abs(x1 - ALONE[2]), abs(ALONE[0] - x2)) < 40


@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (255, 200, 60), (60, 70, 80)])
def test_it_reads_on_every_ground(colour):
    picture, changed = drawn(scene(ALONE, feedback=(said(cues=("Go deeper",)),), colour=colour))
    x1, y1, x2, y2 = extent(changed)
    light = picture[y1:y2, x1:x2].max(axis=2)
    assert (light > 200).sum() > 300  # letters
    assert (light < 70).mean() > 0.5  # plate
    assert CARD_OPACITY >= 0.85


@pytest.mark.parametrize(
    "change",
    [
        {"repetitions": 4},
        {"partial_repetitions": 1},
        {"phase": "up"},
        {"exercise": "lunge"},
        {"cues": ("Go deeper",)},
        {"held_s": 12.4},
    ],
    ids=str,
)
def test_each_thing_is_on_it(change):
    before, _ = drawn(scene(ALONE, feedback=(said(),)))
    after, _ = drawn(scene(ALONE, feedback=(said(**change),)))
    assert (before != after).any()


def test_what_is_not_known_does_no_harm():
    angles = {"left_knee": float("nan")}
    for phase in ("", "rest", "somewhere else"):
        picture, changed = drawn(scene(ALONE, feedback=(said(phase=phase, angles=angles),), missing=(1,)))
        assert changed.any()
        assert picture.dtype == np.uint8
    assert len(set(PHASES)) == 4


def test_numbers_and_cues_of_any_length_stay_on_the_card():
    short = card(said(), "", 20)[1].shape
    assert card(said(repetitions=99), "", 20)[1].shape == short
    for cue in ("Down", "Keep your chest up and your weight on your heels all the way down and up again", "W" * 90):
        height, width = card(said(), cue, 20)[1].shape
        assert width == short[1]
        assert short[0] < height <= short[0] + 70
    picture, opacity = card(said(repetitions=10_000, partial_repetitions=1234), "x" * 400, 20)
    assert opacity.shape == picture.shape[:2]
    # nothing but the plate, and the person's colour on the left, at the very edges
    assert (picture[:, -6:] == np.array(PLATE)).all()
    assert (picture[:3, 30:] == np.array(PLATE)).all()
    assert (picture[-3:, 30:] == np.array(PLATE)).all()


def test_a_cue_stays_a_while_and_goes():
    renderer = SkeletonRenderer()
    heights = []
    for time in np.arange(0, CUE_SECONDS + 1, 0.1):
        cues = ("Go deeper",) if time < 0.05 else ()
        x = extent(drawn(scene(ALONE, feedback=(said(cues=cues),), time=time), renderer)[1])
        heights.append((time, x[3] - x[1]))
    tall = [time for time, height in heights if height == heights[0][1]]
    assert max(tall) == pytest.approx(CUE_SECONDS, abs=0.11)
    assert heights[-1][1] < heights[0][1]


def test_a_mirrored_card_can_be_read():
    feedback = (said(cues=("Go deeper",)),)
    pictures = []
    for result in (scene(ALONE, feedback=feedback), mirrored(scene(ALONE, feedback=feedback))):
        picture, changed = drawn(result)
        x1, y1, x2, y2 = extent(changed)
        pictures.append(picture[y1:y2, x1:x2])
    np.testing.assert_array_equal(*pictures)


def test_the_name_of_an_exercise_is_written_for_people():
    assert exercise_title("front_squat") == "Front squat"
    assert exercise_title("") == ""


# --- where it is -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_cards_are_inside_off_faces_and_off_each_other(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 5))
    width = 1280 / n
    boxes = []
    for number in range(n):
        x = number * width + rng.uniform(0, max(0.0, width - 180))
        y = rng.uniform(-20, 250)
        boxes.append((x, y, x + rng.uniform(90, 170), y + rng.uniform(250, 480)))
    taken = []
    result = scene(*boxes)
    hidden = faces(result.poses, 0.3)
    for number, box in enumerate(boxes):
        others = boxes[:number] + boxes[number + 1 :]
        x, y = best_place((240, 120), box, others, hidden, taken, (1280, 720))
        spot = (x, y, x + 240, y + 120)
        assert 0 <= x <= 1040
        assert 0 <= y <= 600
        assert all(apart(spot, face) for face in hidden)
        assert all(apart(spot, other) for other in taken)
        taken.append(spot)


def test_where_there_is_no_free_place_it_covers_the_legs_and_not_the_face():
    full = (0, 0, 1280, 720)
    result = scene(full)
    hidden = faces(result.poses, 0.3)
    x, y = best_place((260, 140), full, [], hidden, [], (1280, 720))
    assert apart((x, y, x + 260, y + 140), hidden[0])


def test_it_stands_still_while_the_person_moves_up_and_down():
    renderer = SkeletonRenderer()
    places = set()
    for step in range(40):
        sunk = 90 * (1 - np.cos(step / 3))
        box = (ALONE[0], ALONE[1] + sunk, ALONE[2] + 0.3 * sunk, ALONE[3])
        places.add(tuple(extent(drawn(scene(box, feedback=(said(),), time=step / 30), renderer)[1])[:2]))
    assert len(places) == 1


def test_it_goes_along_with_one_who_walks_away():
    renderer = SkeletonRenderer()
    for step in range(60):
        box = (100 + 15 * step, 160, 240 + 15 * step, 600)
        x1, _, x2, _ = extent(drawn(scene(box, feedback=(said(),), time=step / 30), renderer)[1])
        assert max(x1 - box[2], box[0] - x2) < 1.5 * (x2 - x1)


def test_a_jump_in_time_forgets_where_it_was_and_what_was_said():
    renderer = SkeletonRenderer()
    drawn(scene((60, 160, 200, 600), feedback=(said(cues=("Go deeper",)),), time=9.0), renderer)
    for time in (3.0, 900.0):
        after = drawn(scene(ALONE, feedback=(said(),), time=time), renderer)[0]
        np.testing.assert_array_equal(after, drawn(scene(ALONE, feedback=(said(),)))[0])


def test_the_order_of_the_others_does_not_change_a_card():
    boxes = ((100, 160, 240, 600), (900, 160, 1040, 600))
    first, second = said(1), said(2, repetitions=8)
    one = SkeletonRenderer().draw(scene(*boxes, feedback=(first, second)))
    other = SkeletonRenderer().draw(scene(*boxes, feedback=(second, first)))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("size", [(40, 30), (200, 120), (320, 240), (90, 800), (3840, 2160)])
def test_pictures_of_any_size(size):
    box = (0.3 * size[0], 0.2 * size[1], 0.6 * size[0], 0.9 * size[1])
    picture, changed = drawn(scene(box, feedback=(said(cues=("Go deeper",)),), size=size))
    assert picture.shape == (size[1], size[0], 3)
    assert changed.any() == (min(size) >= 120)  # half a card would be worse than none


def test_more_people_have_smaller_cards():
    boxes = [(10 + 210 * number, 200, 110 + 210 * number, 500) for number in range(6)]
    one = drawn(scene(*boxes, feedback=(said(),)))[1].sum()
    six = drawn(scene(*boxes, feedback=[said(number) for number in range(1, 7)]))[1].sum()
    assert 2 * one < six < 5 * one


def test_a_face_is_found_by_its_joints_or_else_at_the_top_of_the_box():
    known, unknown = scene(ALONE), scene(ALONE, missing=(1,))
    (x1, y1, x2, y2) = faces(known.poses, 0.3)[0]
    nose = known.poses.keypoints[0, 0]
    assert x1 < nose[0] < x2
    assert y1 < nose[1] < y2
    assert faces(unknown.poses, 0.3)[0] == pytest.approx((500, 160, 640, 160 + 440 / 6))
    legs = Skeleton("legs", ("left_knee", "right_knee"))
    only = Poses(np.full((1, 2, 2), 9.0), np.ones((1, 2)), np.array([1]), np.array([ALONE]), legs)
    assert faces(only, 0.3)[0] == pytest.approx((500, 160, 640, 160 + 440 / 6))
