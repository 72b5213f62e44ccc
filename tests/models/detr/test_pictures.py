"""Scaling, held against Pillow."""

import numpy as np
import PIL
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vitpose_live.models.detr.pictures import bilinear_taps, scaled_on_device, scaled_on_host

sides = st.integers(1, 80)
# before 13 it went about upright pictures in another order
LEVELS = 0 if int(PIL.__version__.partition(".")[0]) >= 13 else 1


def by_pillow(image, height, width):
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR))


@given(sides, sides, sides, sides, st.integers(0, 2**32 - 1))
@settings(max_examples=200, deadline=None)
def test_what_the_device_scales_is_what_pillow_scales_to_the_bit(rows, columns, height, width, seed):
    image = np.random.default_rng(seed).integers(0, 256, (rows, columns, 3), np.uint8)
    scaled = scaled_on_device(torch.from_numpy(image), (height, width))
    assert np.abs(scaled.numpy().astype(int) - by_pillow(image, height, width)).max() <= LEVELS


@pytest.mark.parametrize(("rows", "columns"), [(720, 1280), (1080, 1920), (480, 640), (240, 320), (1920, 1080)])
def test_real_sizes_are_scaled_as_pillow_does_it_to_the_bit(rows, columns, mosaic):
    image = mosaic(rows, columns)
    scaled = scaled_on_device(torch.from_numpy(image), (640, 640))
    assert np.abs(scaled.numpy().astype(int) - by_pillow(image, 640, 640)).max() <= LEVELS


def test_the_host_takes_frames_with_padded_rows_that_must_not_be_written():
    image = np.random.default_rng(0).integers(0, 256, (40, 70, 3), np.uint8)
    view = image[:, :64]
    view.flags.writeable = False
    np.testing.assert_array_equal(scaled_on_host(view, (32, 48), 2), by_pillow(image[:, :64].copy(), 32, 48))


@given(st.integers(1, 4000), st.integers(1, 1000))
def test_the_shares_of_a_pixel_add_up_to_one(before, after):
    places, weights = bilinear_taps(before, after)
    assert places.shape == weights.shape
    assert (places >= 0).all()
    assert (places < before).all()
    assert (weights >= 0).all()
    assert np.abs(weights.sum(axis=0) / 2**22 - 1).max() < 1e-4
