"""Turning pictures upright."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from vitpose_live.sources.pixels import Orientation

UPRIGHT = [Orientation(*flags) for flags in itertools.product((False, True), repeat=3)]


def matrix_of(orientation: Orientation) -> tuple[int, int, int, int]:
    x, y = (-1 if flag else 1 for flag in (orientation.mirror_x, orientation.mirror_y))
    return (0, y, x, 0) if orientation.transpose else (x, 0, 0, y)


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_every_pixel_goes_where_the_matrix_sends_it(orientation):
    a, b, c, d = matrix_of(orientation)
    assert Orientation.from_matrix(a, b, c, d) == orientation
    image = np.random.default_rng(0).integers(0, 255, (4, 7, 3), np.uint8)
    turned = orientation.apply(image)
    assert (turned.shape[1], turned.shape[0]) == orientation.size(7, 4)
    width, height = orientation.size(7, 4)
    for y, x in np.ndindex(4, 7):
        to_x, to_y = a * x + c * y, b * x + d * y
        to_x += width - 1 if a + c < 0 else 0
        to_y += height - 1 if b + d < 0 else 0
        assert np.array_equal(turned[to_y, to_x], image[y, x])


def test_upright_pictures_are_not_copied():
    image = np.zeros((4, 7, 3), np.uint8)
    assert np.shares_memory(Orientation().apply(image), image)


class FrameWithUnknownSideData:
    """What PyAV gives for a picture with side data of a kind that it has no name for."""

    def __init__(self, rotation):
        self.rotation = rotation

    @property
    def side_data(self):
        raise ValueError("99 is not a valid Type")


@pytest.mark.parametrize("rotation", [0, 90, -90, 180, -180, 89])
def test_the_angle_serves_where_the_matrix_is_hidden(rotation):
    image = np.random.default_rng(0).integers(0, 255, (4, 7, 3), np.uint8)
    turned = Orientation.of(FrameWithUnknownSideData(rotation)).apply(image)
    assert np.array_equal(turned, np.rot90(image, round(rotation / 90)))
