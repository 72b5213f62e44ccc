import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitpose_live.rendering.privacy import canvas, veiled

SIZE = (120, 160)
areas = st.lists(
    st.tuples(st.floats(-40, 200), st.floats(-40, 160), st.floats(-40, 200), st.floats(-40, 160), st.floats(0.5, 60)),
    max_size=4,
)


def picture(seed, size=SIZE):
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)


def distance(given, size=SIZE):
    """(h, w) px from each pixel to the nearest rim of the areas; negative inside."""
    y, x = np.mgrid[: size[0], : size[1]].astype(float)
    nearest = np.full(size, np.inf)
    for x1, y1, x2, y2, radius in given:
        length = max((x2 - x1) ** 2 + (y2 - y1) ** 2, 1e-9)
        along = np.clip(((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length, 0, 1)
        nearest = np.minimum(nearest, np.hypot(x - x1 - along * (x2 - x1), y - y1 - along * (y2 - y1)) - radius)
    return nearest


@given(areas, st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_nothing_under_the_veil_has_any_influence(given, seed):
    one, other = picture(seed), picture(seed)
    inside = distance(given) <= 0
    other[inside] = picture(seed + 1)[inside]
    assert np.array_equal(veiled(one, given)[inside], veiled(other, given)[inside])
    # nor, past the edge where both are mixed, on anything else
    assert np.array_equal(veiled(one, given)[~inside], veiled(other, given)[~inside])


@given(areas, st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_all_beyond_its_edge_is_untouched(given, seed):
    image = picture(seed)
    before = image.copy()
    result = veiled(image, given)
    widest = max([area[4] for area in given], default=0)
    outside = distance(given) > 0.2 * widest + 8
    assert np.array_equal(result[outside], image[outside])
    assert np.array_equal(image, before)


def test_nobody_in_the_picture_leaves_the_picture_itself():
    image = picture(0)
    assert veiled(image, []) is image
    assert veiled(image, [(-100, -100, -80, -100, 20), (1e9, 50, 1e12, 50, 30)]) is image


def test_the_edge_is_soft_and_outside():
    image = np.full((200, 200, 3), 255, np.uint8)
    grey = veiled(image, [(100, 100, 100, 100, 50)])[100, :, 0].astype(int)
    assert len(set(grey[50:151])) == 1
    assert grey[100] < 225
    assert (np.diff(grey[150:]) >= 0).all()
    assert 4 < len(set(grey[150:])) < 14
    assert grey[170] == 255


def test_its_colours_are_those_around_it():
    image = np.zeros((200, 200, 3), np.uint8)
    image[:, :, 2] = 200
    image[60:140, 60:140] = (250, 20, 20)
    veil = veiled(image, [(100, 100, 100, 100, 60)])[100, 100].astype(int)
    assert veil[2] > veil[0] + 40
    assert veil[0] == veil[1]


def test_neighbours_do_not_colour_each_other():
    image = np.full((200, 300, 3), 90, np.uint8)
    image[70:130, 160:220] = (255, 0, 0)
    both = veiled(image, [(110, 100, 110, 100, 40), (190, 100, 190, 100, 45)])
    assert np.ptp(both[100, 110].astype(int)) == 0


@pytest.mark.parametrize("area", [(80, 60, 80, 60, 500), (80, 60, 80, 60, 1e9), (-1e12, 60, 1e12, 60, 300)])
def test_a_face_that_fills_the_picture(area):
    assert np.array_equal(veiled(picture(1), [area]), veiled(picture(2), [area]))


@given(areas)
@settings(max_examples=30, deadline=None)
def test_a_mirrored_picture_has_a_mirrored_veil(given):
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    image = np.stack([x, 255 - x, y], axis=2).astype(np.uint8)
    mirrored = [(159 - x1, y1, 159 - x2, y2, radius) for x1, y1, x2, y2, radius in given]
    one, two = veiled(image, given), veiled(np.ascontiguousarray(image[:, ::-1]), mirrored)[:, ::-1]
    inside = distance(given) <= 0
    assert np.abs(one[inside].astype(int) - two[inside]).mean() < 6 if inside.any() else True
    outside = distance(given) > 0.2 * max([area[4] for area in given], default=0) + 8
    assert np.array_equal(one[outside], two[outside])


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (300, 2), (40, 40)])
def test_odd_sizes_and_padded_rows(size):
    wide = picture(3, (size[0], size[1] + 5))
    image = wide[:, : size[1]]
    result = veiled(image, [(0, 0, 0, 0, 30)])
    assert result.shape == image.shape
    assert result.flags.c_contiguous
    assert np.array_equal(result, veiled(np.ascontiguousarray(image), [(0, 0, 0, 0, 30)]))


def test_the_canvas_is_one_dark_colour_and_cannot_be_drawn_on():
    image = canvas(90, 160)
    assert image.shape == (90, 160, 3)
    assert len(np.unique(image.reshape(-1, 3), axis=0)) == 1
    assert image.max() < 40
    assert canvas(90, 160) is image
    with pytest.raises(ValueError, match="read-only"):
        image[0] = 1
