"""Pictures of people, cut as transformers cuts them."""

import numpy as np
import pytest
import torch
from models.vitpose.reference import BOXES
from transformers import VitPoseImageProcessorPil

from vitpose_live.models.vitpose.windows import cut_on_device, cut_on_host, windows_around

MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


@pytest.fixture(scope="module")
def expected(frame):
    xywh = BOXES.astype(np.float64)
    xywh[:, 2:] -= xywh[:, :2]
    pixels = VitPoseImageProcessorPil()(frame.image, boxes=[xywh.tolist()], return_tensors="np").pixel_values
    return np.round((pixels.transpose(0, 2, 3, 1) * STD + MEAN) * 255)


@pytest.mark.parametrize("way", ["host", "device"])
def test_pixels_are_the_references(frame, expected, way):
    windows = windows_around(BOXES, 192, 256)
    if way == "host":
        pictures = cut_on_host(frame.image, windows)
    else:
        pictures = cut_on_device(torch.from_numpy(frame.image.copy()), windows).numpy()
    difference = np.abs(pictures.astype(int) - expected)
    # a sample that lies between two grey levels may be rounded either way, nothing else
    assert difference.max() <= 1
    assert (difference > 0).mean() < 0.002


def test_the_border_is_black_where_the_reference_is(frame, expected):
    pictures = cut_on_host(frame.image, windows_around(BOXES[1:3], 192, 256))
    outside = (expected[1:3] == 0).all(axis=3)
    assert outside.any()
    assert not pictures[outside].any()


def test_cells_go_back_where_the_picture_came_from():
    windows = windows_around(BOXES, 192, 256)
    x, y = windows.samples()
    corners = np.array([[[0, 0], [47, 63]]], np.float32).repeat(len(BOXES), 0)
    places = windows.to_frame(corners, 64, 48)
    np.testing.assert_allclose(places[:, 0], np.stack([x[:, 0], y[:, 0]], 1), atol=1e-3)
    np.testing.assert_allclose(places[:, 1], np.stack([x[:, -1], y[:, -1]], 1), atol=1e-3)


def test_a_window_holds_its_box_and_keeps_its_shape():
    windows = windows_around(BOXES, 192, 256)
    np.testing.assert_allclose(windows.sizes[:, 0] / windows.sizes[:, 1], 0.75, rtol=1e-6)
    assert (windows.centres - windows.sizes / 2 <= BOXES[:, :2]).all()
    assert (windows.centres + windows.sizes / 2 >= BOXES[:, 2:]).all()
