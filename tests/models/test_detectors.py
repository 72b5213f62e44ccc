"""What every detector of the catalogue keeps."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitpose_live.data import Frame
from vitpose_live.models import load_detector
from vitpose_live.models.boxes import overlaps, strongest_of_each
from vitpose_live.models.nanodet import fitted

ALONE = 343803  # one person who fills the picture, upright format


@pytest.mark.parametrize("value", [0, 127, 255])
def test_nobody_is_in_an_empty_picture(detector, value):
    found = detector.detect(Frame(np.full((240, 320, 3), value, np.uint8)))
    assert found.boxes.shape == (0, 4)
    assert found.scores.shape == (0,)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 500), (500, 1), (3, 2000), (2000, 3), (31, 33)])
def test_any_size_of_picture_is_taken(detector, noise, height, width):
    found = detector.detect(noise(height, width))
    assert (found.boxes >= 0).all()
    assert (found.boxes <= [width, height, width, height]).all()


def test_the_person_is_found_inside_the_picture_strongest_first(detector, coco_frame):
    frame = coco_frame(ALONE)
    found = detector.detect(frame)
    truth = np.array([[19, 135, 334, 609]], np.float32)
    assert overlaps(truth, found.boxes[:1])[0, 0] > 0.7
    assert (np.diff(found.scores) <= 0).all()
    assert (found.boxes[:, 2:] > found.boxes[:, :2]).all()
    assert (found.boxes >= 0).all()
    assert (found.boxes <= [frame.width, frame.height] * 2).all()


def test_the_same_picture_gives_the_same_people_to_the_bit(detector, coco_frame, noise):
    frame = coco_frame(ALONE)
    first = detector.detect(frame)
    detector.detect(noise(100, 200))
    second = detector.detect(frame)
    assert first.boxes.tobytes() == second.boxes.tobytes()
    assert first.scores.tobytes() == second.scores.tobytes()


def test_a_mirrored_picture_gives_mirrored_boxes(detector, coco_frame, mirrored):
    frame = coco_frame(ALONE)
    straight, turned = detector.detect(frame).boxes[:1], detector.detect(mirrored(frame)).boxes[:1]
    back = np.stack([frame.width - turned[:, 2], turned[:, 1], frame.width - turned[:, 0], turned[:, 3]], axis=1)
    assert overlaps(straight, back)[0, 0] > 0.8


def test_a_picture_at_half_size_gives_boxes_of_half_the_size(detector, coco_frame):
    import cv2

    frame = coco_frame(ALONE)
    half = Frame(cv2.resize(frame.image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    assert overlaps(detector.detect(frame).boxes[:1], detector.detect(half).boxes[:1] * 2)[0, 0] > 0.8


def test_a_higher_threshold_only_removes_the_weaker(detector, coco_frame):
    frame = coco_frame(ALONE)
    everyone = load_detector(detector.name, conf=0.1).detect(frame)
    some = load_detector(detector.name, conf=0.5).detect(frame)
    expected = everyone.scores >= 0.5
    assert len(some) < len(everyone)
    np.testing.assert_array_equal(some.boxes, everyone.boxes[expected])


def test_threads_that_share_a_detector_get_each_their_own_answer(detector, coco_frame, noise):
    frames = [coco_frame(ALONE), noise(64, 64), coco_frame(ALONE), noise(64, 64)]
    alone = [detector.detect(frame).boxes for frame in frames]
    with ThreadPoolExecutor(4) as pool:
        together = [found.boxes for found in pool.map(detector.detect, frames)]
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


@given(st.integers(1, 3000), st.integers(1, 3000), st.sampled_from([416, 640]))
def test_a_fitted_picture_keeps_its_aspect_and_the_grids_whole(height, width, longer_side):
    image, scale = fitted(np.zeros((height, width, 3), np.uint8), longer_side)
    assert image.shape[0] % 32 == image.shape[1] % 32 == 0
    assert max(image.shape) == longer_side
    # rounded to whole pixels, and never to none
    assert abs(scale[0] * width - longer_side * width / max(height, width)) <= 1
    assert abs(scale[1] * height - longer_side * height / max(height, width)) <= 1


boxes_of_people = st.lists(st.tuples(*[st.floats(0, 100, width=32)] * 4), min_size=0, max_size=8).map(
    lambda rows: np.sort(np.array(rows, np.float32).reshape(-1, 2, 2), axis=1).reshape(-1, 4)
)


@given(boxes_of_people, st.randoms(use_true_random=False))
def test_what_suppression_keeps_overlaps_little_and_what_it_drops_overlaps_a_stronger(boxes, random):
    scores = np.array([random.random() for _ in boxes], np.float32)
    kept = strongest_of_each(boxes, scores, 0.5)
    assert (np.diff(scores[kept]) <= 0).all()
    assert (np.triu(overlaps(boxes[kept], boxes[kept]), 1) <= 0.5).all()
    for row in set(range(len(boxes))) - set(kept.tolist()):
        stronger = kept[scores[kept] >= scores[row]]
        assert (overlaps(boxes[[row]], boxes[stronger]) > 0.5).any()
