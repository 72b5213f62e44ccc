"""Contact sheets: every picture is there, whole, at its place; odd sizes and long captions are no trouble."""

import numpy as np
import pytest

from vitpose_live.errors import InvalidArrayError, SettingsError
from vitpose_live.rendering import contact_sheet, style
from vitpose_live.rendering.text import fit_text, label_chip, paste, text_width

SIZES = [(720, 1280), (1280, 720), (1, 1), (33, 470), (480, 640), (1000, 1000)]
COLOURS = [(250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 250, 0), (0, 250, 250), (250, 0, 250)]


def _flat(size, colour):
    return np.full((*size, 3), colour, np.uint8)


def _pixels(page, colour):
    return np.argwhere(np.abs(page.astype(int) - colour).max(axis=2) <= 2)


@pytest.mark.parametrize("count", range(1, 13))
def test_a_page_of_any_number_of_pictures_of_any_size(count):
    images = [_flat(SIZES[i % len(SIZES)], COLOURS[i % len(COLOURS)]) for i in range(count)]
    page = contact_sheet(images, [f"{i}" for i in range(count)], title="title", width=800)
    assert page.dtype == np.uint8
    assert page.shape[1:] == (800, 3)
    assert page.flags.c_contiguous
    assert page.flags.writeable
    assert 0.3 < page.shape[1] / page.shape[0] < 6
    for colour in COLOURS[:count]:
        assert len(_pixels(page, colour))


def test_pictures_keep_their_shape():
    images = [_flat((100, 200), COLOURS[0]), _flat((200, 100), COLOURS[1]), _flat((100, 200), COLOURS[2])]
    page = contact_sheet(images, ["", "", ""], columns=3, width=900)
    for image, colour in zip(images, COLOURS, strict=False):
        height, width = np.ptp(_pixels(page, colour), axis=0) + 1
        assert width / height == pytest.approx(image.shape[1] / image.shape[0], rel=0.03)


def test_pictures_stand_in_reading_order_and_do_not_touch():
    page = contact_sheet([_flat((90, 160), c) for c in COLOURS], [""] * 6, columns=3, width=700)
    centres = [_pixels(page, c).mean(axis=0) for c in COLOURS]
    assert np.ptp([y for y, _ in centres[:3]]) == 0
    assert centres[3][0] > centres[0][0]
    assert centres[0][1] < centres[1][1] < centres[2][1]
    border = np.concatenate([page[0], page[-1], page[:, 0], page[:, -1]])
    assert (border == style.PAPER).all()


def test_captions_and_title_are_written():
    images = [_flat((90, 160), COLOURS[0])] * 2
    bare = contact_sheet(images, ["", ""], width=600)
    told = contact_sheet(images, ["", "0:02.4 · 2 people"], width=600)
    assert bare.shape == told.shape
    changed = np.argwhere((bare != told).any(axis=2))
    assert len(changed)
    assert changed[:, 0].min() > _pixels(bare, COLOURS[0])[:, 0].max()
    assert changed[:, 1].min() >= 300  # under its own picture, the second
    assert contact_sheet(images, ["", ""], title="A day", width=600).shape[0] > bare.shape[0]


def test_a_long_caption_stays_in_its_column():
    images = [_flat((90, 160), COLOURS[0])] * 2
    bare = contact_sheet(images, ["", ""], columns=2, width=600)
    told = contact_sheet(images, ["a caption without end " * 20, ""], columns=2, width=600)
    changed = np.argwhere((bare != told).any(axis=2))
    assert changed[:, 1].max() < 300


def test_a_sharp_edge_stays_sharp():
    image = np.zeros((360, 640, 3), np.uint8)
    image[:, 320:] = 255
    page = contact_sheet([image] * 3, [""] * 3, columns=3, width=1920)
    row = page[page.shape[0] // 2 - 20, :, 0].astype(int)
    grey = ((row > 60) & (row < 200)).sum()
    assert grey <= 3 * 2


def test_fine_patterns_do_not_alias():
    image = np.zeros((720, 1280, 3), np.uint8)
    image[::2, ::2] = image[1::2, 1::2] = 255
    page = contact_sheet([image] * 3, [""] * 3, columns=3, width=1000)
    inside = page[page.shape[0] // 2 - 40 : page.shape[0] // 2, 60:250]
    assert np.ptp(inside) < 60


@pytest.mark.parametrize(("x", "y"), [(-3, -2), (7, 8), (-30, 0), (0, 30), (2, 3)])
def test_pasting_is_clipped_at_the_edges(x, y):
    image = np.zeros((10, 12, 3), np.uint8)
    paste(image, _flat((6, 8), (200, 100, 50)), np.full((6, 8), 255, np.uint8), x, y)
    expected = np.zeros((50, 60, 3), np.uint8)
    expected[10 + y : 16 + y, 30 + x : 38 + x] = (200, 100, 50)
    np.testing.assert_array_equal(image, expected[10:20, 30:42])


def test_the_input_is_untouched():
    image = _flat((50, 60), COLOURS[3])
    image.flags.writeable = False
    contact_sheet([image], ["caption"], width=300)[:] = 0
    assert (image == COLOURS[3]).all()


@pytest.mark.parametrize(
    ("images", "captions", "options", "error"),
    [
        ([], [], {}, InvalidArrayError),
        ([_flat((5, 5), 0)], [], {}, InvalidArrayError),
        ([np.zeros((5, 5), np.uint8)], [""], {}, InvalidArrayError),
        ([np.zeros((5, 5, 3))], [""], {}, InvalidArrayError),
        ([np.zeros((0, 5, 3), np.uint8)], [""], {}, InvalidArrayError),
        ([_flat((5, 5), 0)], [""], {"columns": 0}, SettingsError),
        ([_flat((5, 5), 0)], [""], {"width": 20}, SettingsError),
    ],
)
def test_bad_input_is_named(images, captions, options, error):
    with pytest.raises(error, match=r"^(images|captions|columns|width)"):
        contact_sheet(images, captions, **options)


def test_shortened_text_fits_and_is_a_beginning():
    text = "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich"
    for width in range(0, 700, 23):
        short = fit_text(text, width, 16)
        assert text_width(short, 16) <= width or short == ""
        assert short == text or text.startswith(short.rstrip("…"))
    assert fit_text(text, 5000, 16) == text


def test_a_label_is_legible_and_shared_safely():
    picture, opacity = label_chip("12", 18, (240, 240, 80))
    assert picture.shape == (*opacity.shape, 3)
    assert opacity[0, 0] < 128 < opacity[opacity.shape[0] // 2, 1]  # round corners, full sides
    assert (picture < 60).all(axis=2).sum() > 20  # dark digits on a light ground
    with pytest.raises(ValueError, match="read-only"):
        picture[:] = 0
