"""What int8 is measured on."""

import numpy as np

from vitpose_live.models.calibration import calibration_boxes, calibration_picture


def test_the_picture_is_there_and_the_boxes_lie_in_it():
    height, width = calibration_picture().shape[:2]
    boxes = np.concatenate(list(calibration_boxes()))
    assert (boxes[:, 2:] > boxes[:, :2]).all()
    assert boxes.min() > -100
    assert (boxes[:, 2] < width).all()
    assert (boxes[:, 3] < height + 100).all()


def test_the_boxes_are_always_the_same_and_all_different():
    first, second = (np.concatenate(list(calibration_boxes())) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert len(np.unique(first, axis=0)) == len(first)


def test_the_boxes_hold_the_people(tmp_path):
    """The embedded pose model finds most joints in each."""
    from vitpose_live import Frame, Tracks, load_pose_estimator

    frame, estimator = Frame(calibration_picture()), load_pose_estimator("embedded-fast")
    for boxes in list(calibration_boxes())[:4]:
        poses = estimator.estimate(frame, Tracks(boxes, np.arange(2), np.ones(2, bool)))
        assert (poses.scores > 0.3).mean() > 0.6
