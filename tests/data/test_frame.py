import numpy as np
import pytest

import vitpose_live as vl
from vitpose_live.errors import InvalidArrayError

IMAGE = np.zeros((6, 8, 3), np.uint8)


def test_positions_of_the_public_constructor():
    frame = vl.Frame(IMAGE, 3, 0.1, 42)
    assert (frame.index, frame.time, frame.captured_ns, frame.width, frame.height) == (3, 0.1, 42, 8, 6)


def test_image_is_shared_read_only_and_the_callers_stays_writable():
    image = IMAGE.copy()
    frame = vl.Frame(image)
    assert np.shares_memory(frame.image, image)
    assert not frame.image.flags.writeable
    assert image.flags.writeable


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (IMAGE.astype(float), "expected a uint8 array, got float64"),
        (IMAGE[..., 0], r"image: expected shape \(height, width, 3\), got \(6, 8\)"),
        (np.zeros((6, 8, 4), np.uint8), r"got \(6, 8, 4\)"),
        (np.zeros((0, 8, 3), np.uint8), "at least one pixel"),
        ([[1]], "expected a uint8 array, got list"),
    ],
)
def test_what_is_no_picture_is_refused(image, message):
    with pytest.raises(InvalidArrayError, match=message):
        vl.Frame(image)


def test_time_must_be_finite():
    with pytest.raises(InvalidArrayError, match="time: expected finite seconds"):
        vl.Frame(IMAGE, time=float("nan"))


def test_results_keep_their_mappings_from_change():
    nobody = vl.Poses.empty(vl.load_skeleton("coco17"))
    result = vl.FrameResult(vl.Frame(IMAGE), vl.Tracks.empty(), nobody, timings={"pose": 1.0})
    with pytest.raises(TypeError):
        result.timings["pose"] = 2.0
    with pytest.raises(TypeError):
        vl.Feedback(1, "squat", angles={"knee": 90.0}).angles["knee"] = 1.0


def test_raw_poses_are_those_of_the_same_people():
    skeleton = vl.load_skeleton("coco17")

    def poses(*ids):
        n = len(ids)
        return vl.Poses(np.ones((n, 17, 2)), np.ones((n, 17)), ids, np.tile([0, 0, 1, 1], (n, 1)), skeleton)

    frame = vl.Frame(IMAGE)
    assert len(vl.FrameResult(frame, vl.Tracks.empty(), poses(3, 1), raw=poses(3, 1)).raw) == 2
    for others in (poses(1, 3), poses(3), vl.Poses.empty(skeleton)):
        with pytest.raises(InvalidArrayError, match="raw: expected the people of poses"):
            vl.FrameResult(frame, vl.Tracks.empty(), poses(3, 1), raw=others)
