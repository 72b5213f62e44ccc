import numpy as np
import pytest

from vitpose_live.rendering.screen import screen_picture

RED, GREEN = (250, 10, 20), (5, 240, 30)


def halves(width: int = 40, height: int = 20) -> np.ndarray:
    image = np.empty((height, width, 3), np.uint8)
    image[:, : width // 2] = RED
    image[:, width // 2 :] = GREEN
    image.flags.writeable = False
    return image


@pytest.mark.parametrize("size", [(40, 20), (64, 32), (10, 5), (31, 15)])
def test_the_picture_has_the_size_asked_for_in_the_screens_byte_order(size):
    picture = screen_picture(halves(), *size)
    assert picture.shape == (size[1], size[0], 4)
    assert picture.flags.c_contiguous
    assert (picture[..., 3] == 255).all()
    assert picture[size[1] // 2, 1].tolist() == [*RED[::-1], 255]
    assert picture[size[1] // 2, -2].tolist() == [*GREEN[::-1], 255]


def test_mirrored_puts_the_left_on_the_right():
    plain = screen_picture(halves(), 20, 10)
    assert (screen_picture(halves(), 20, 10, mirrored=True) == plain[:, ::-1]).all()


def test_the_same_size_changes_no_pixel_and_shares_no_memory():
    image = np.random.default_rng(0).integers(0, 256, (9, 13, 3), np.uint8)
    picture = screen_picture(image, 13, 9)
    assert (picture[..., 2::-1] == image).all()
    assert not np.shares_memory(picture, image)


def test_a_padded_picture_is_read_where_it_is():
    wide = np.random.default_rng(1).integers(0, 256, (8, 32, 3), np.uint8)
    padded = wide[:, :11]
    assert (screen_picture(padded, 11, 8)[..., 2::-1] == padded).all()
