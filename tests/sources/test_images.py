"""Pictures in files: order, sequence or stills, pixels."""

from __future__ import annotations

import itertools
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sources.media import coded, number_in, quadrants, quadrants_in, with_exif_orientation, write_picture

from vitpose_live.data.frame import SourceKind
from vitpose_live.errors import SourceError
from vitpose_live.sources import open_source
from vitpose_live.sources.images import STILLS_SPACING, natural_key
from vitpose_live.sources.pictures import picture_size


def numbers(source):
    return [number_in(frame.image) for frame in source]


def test_numbers_in_names_count_as_numbers(tmp_path):
    for number in (1, 2, 3, 9, 10, 11, 100):
        write_picture(tmp_path / f"img{number}.png", coded(number))
    with open_source(tmp_path) as source:
        assert numbers(source) == [1, 2, 3, 9, 10, 11, 100]


@given(st.lists(st.text(st.characters(exclude_characters="/\0"), min_size=1), max_size=8))
def test_any_names_can_be_sorted(names):
    ordered = sorted((Path(name) for name in names), key=natural_key)
    assert len(ordered) == len(names)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".webp", ".tiff"])
@pytest.mark.parametrize("pattern", ["{}", "frame_{:05d}", "Übung 1 ({:03d}"])
def test_consecutive_numbers_of_one_size_are_a_sequence(tmp_path, suffix, pattern):
    for number in range(7, 13):
        write_picture(tmp_path / (pattern.format(number) + suffix), coded(number))
    with open_source(tmp_path) as source:
        assert source.info.kind is SourceKind.VIDEO
        assert source.info.fps == 30
        assert source.info.duration == pytest.approx(0.2)
        frames = list(source)
    assert [number_in(frame.image) for frame in frames] == list(range(7, 13))
    assert [frame.time for frame in frames] == pytest.approx([n / 30 for n in range(6)])


@pytest.mark.parametrize(
    ("names", "sizes"),
    [
        (["a1.png", "a2.png", "a4.png"], None),  # a number is missing
        (["a1.png", "a2.png", "b3.png"], None),  # another name
        (["a1.png", "a2.jpg", "a3.png"], None),  # another kind of file
        (["a1.png", "a1.bmp"], None),
        (["one.png", "two.png", "three.png"], None),
        (["1a.png", "2a.png"], None),  # the number does not stand at the end
        (["a1.png", "a2.png", "a3.png"], [(96, 64), (96, 64), (64, 96)]),
        (["a1.jpg", "a2.jpg"], [(96, 64), (97, 64)]),
        (["a1.png"], None),
    ],
)
def test_anything_else_is_stills_spaced_so_that_nobody_is_tracked(tmp_path, names, sizes):
    for name, size in zip(names, sizes or [(96, 64)] * len(names), strict=True):
        write_picture(tmp_path / name, coded(3, *size))
    with open_source(tmp_path) as source:
        assert source.info.kind is SourceKind.STILLS
        assert source.info.fps == 0.5
        frames = list(source)
        assert source.info.duration == len(names) * STILLS_SPACING
        assert [frame.time for frame in frames] == [n * STILLS_SPACING for n in range(len(names))]
        assert sorted((f.width, f.height) for f in frames) == sorted(sizes or [(96, 64)] * len(names))
        assert (source.info.width, source.info.height) == (frames[0].width, frames[0].height)


def test_fps_makes_a_sequence_of_any_pictures(tmp_path):
    for name in ("x.png", "y.png"):
        write_picture(tmp_path / name, coded(1))
    with open_source(tmp_path, fps=10) as source:
        assert source.info.kind is SourceKind.VIDEO
        assert source.info.fps == 10
        assert [frame.time for frame in source] == pytest.approx([0, 0.1])


def test_duration_of_a_sequence_and_of_stills(tmp_path):
    for number in range(10):
        write_picture(tmp_path / "sequence" / f"{number}.png", coded(number))
        write_picture(tmp_path / "stills" / f"{number}x.png", coded(number))
    with open_source(tmp_path / "sequence", duration=0.1) as source:
        assert numbers(source) == [0, 1, 2]
        assert (source.info.frame_count, source.info.duration) == (3, 0.1)
    with open_source(tmp_path / "stills", duration=5) as source:
        assert numbers(source) == [0, 1, 2]


def test_patterns(tmp_path):
    for number in range(3):
        write_picture(tmp_path / "a b" / f"shot{number}.png", coded(number))
        write_picture(tmp_path / "a b" / "deep" / f"other{number}.png", coded(10 + number))
    (tmp_path / "a b" / "shot3.txt").write_text("no picture")
    with open_source(f"{tmp_path}/a b/shot*") as source:
        assert numbers(source) == [0, 1, 2]
    with open_source(tmp_path / "a b" / "*[12].png") as source:
        assert numbers(source) == [1, 2]
    with open_source(f"{tmp_path}/**/*.png") as source:
        assert numbers(source) == [10, 11, 12, 0, 1, 2]
        assert source.info.kind is SourceKind.STILLS


def test_folders_are_not_searched_and_hidden_files_are_left_aside(tmp_path):
    write_picture(tmp_path / "a.png", coded(1))
    write_picture(tmp_path / "._a.png", coded(2))
    write_picture(tmp_path / "deep" / "b.png", coded(3))
    (tmp_path / "folder.png").mkdir()
    with open_source(tmp_path) as source:
        assert numbers(source) == [1]


def test_a_single_picture_is_one_still(tmp_path):
    path = write_picture(tmp_path / "深蹲 ü.png", coded(77))
    with open_source(path) as source:
        (frame,) = source
        assert number_in(frame.image) == 77
        assert (source.info.kind, source.info.frame_count) == (SourceKind.STILLS, 1)
        assert frame.time == 0


def test_a_picture_is_known_by_what_is_in_it(tmp_path):
    path = write_picture(tmp_path / "a.png", coded(7)).rename(tmp_path / "a.mp4")
    with open_source(path) as source:
        assert numbers(source) == [7]


def test_an_unreadable_picture_is_left_out_and_said_and_the_others_keep_their_times(tmp_path):
    for number in range(5):
        write_picture(tmp_path / f"{number}.png", coded(number))
    (tmp_path / "2.png").write_text("no picture")
    with open_source(tmp_path) as source:
        frames = list(source)
        (problem,) = source.problems
    assert [number_in(frame.image) for frame in frames] == [0, 1, 3, 4]
    assert [frame.index for frame in frames] == [0, 1, 2, 3]
    assert [frame.time for frame in frames] == pytest.approx([0, 1 / 30, 3 / 30, 4 / 30])
    assert "2.png" in problem


def test_an_unreadable_first_picture_does_not_hide_the_size(tmp_path):
    (tmp_path / "a.png").write_text("no picture")
    write_picture(tmp_path / "b.png", coded(1, 48, 32))
    with open_source(tmp_path) as source:
        assert (source.info.width, source.info.height) == (48, 32)


def test_a_picture_that_vanishes_is_said(tmp_path):
    for number in range(3):
        write_picture(tmp_path / f"{number}.png", coded(number))
    with open_source(tmp_path) as source:
        (tmp_path / "1.png").unlink()
        assert numbers(source) == [0, 2]
        assert "1.png is not there" in source.problems[0]


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_a_picture_cut_off_is_not_shown_half(tmp_path, suffix):
    rng = np.random.default_rng(0)
    path = write_picture(tmp_path / f"a{suffix}", rng.integers(0, 255, (200, 200, 3), np.uint8))
    whole = path.read_bytes()
    for length in (len(whole) // 2, len(whole) * 9 // 10, len(whole) - 200):
        path.write_bytes(whole[:length])
        with pytest.raises(SourceError, match="cannot be read as a picture") as caught:
            open_source(path)
        assert "cut off" in caught.value.hint


def test_pixels_are_rgb(tmp_path):
    for suffix in (".png", ".bmp", ".tiff", ".ppm"):
        with open_source(write_picture(tmp_path / f"a{suffix}", quadrants())) as source:
            assert np.array_equal(next(iter(source)).image, quadrants())


def test_grey_deep_and_see_through_pictures_become_rgb_bytes(tmp_path):
    grey = coded(90)[..., 0]
    cases = {
        "grey": grey,
        "grey16": grey.astype(np.uint16) * 257,
        "rgb16": quadrants().astype(np.uint16) * 257,
        "alpha": np.dstack([quadrants(), np.full(grey.shape, 9, np.uint8)]),
    }
    expected = {"grey": coded(90), "grey16": coded(90), "rgb16": quadrants(), "alpha": quadrants()}
    for name, image in cases.items():
        with open_source(write_picture(tmp_path / f"{name}.png", image)) as source:
            assert np.array_equal(next(iter(source)).image, expected[name]), name


UPRIGHT = {1: "RGBW", 2: "GRWB", 3: "WBGR", 4: "BWRG", 5: "RBGW", 6: "BRWG", 7: "WGBR", 8: "GWRB"}


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_exif_orientation_is_applied(tmp_path, orientation, order):
    plain = write_picture(tmp_path / "a.jpg", quadrants())
    plain.write_bytes(with_exif_orientation(plain.read_bytes(), orientation, order=order))
    with open_source(plain) as source:
        (frame,) = source
    assert quadrants_in(frame.image) == UPRIGHT[orientation]
    assert (source.info.width, source.info.height) == (frame.width, frame.height)
    assert picture_size(plain) == (frame.width, frame.height)


def test_lying_and_standing_photographs_are_no_sequence(tmp_path):
    jpeg = write_picture(tmp_path / "IMG_1.jpg", quadrants()).read_bytes()
    (tmp_path / "IMG_2.jpg").write_bytes(with_exif_orientation(jpeg, 6))
    with open_source(tmp_path) as source:
        assert source.info.kind is SourceKind.STILLS


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp", ".tif"])
@pytest.mark.parametrize("size", [(1, 1), (17, 300), (640, 9)])
def test_the_quick_size_is_the_size(tmp_path, suffix, size):
    path = write_picture(tmp_path / f"a{suffix}", coded(1, *size))
    assert picture_size(path) == size


def test_cut_headers_have_no_size_and_do_not_crash(tmp_path):
    for suffix in (".jpg", ".png"):
        path = write_picture(tmp_path / f"a{suffix}", quadrants())
        data = with_exif_orientation(path.read_bytes(), 6) if suffix == ".jpg" else path.read_bytes()
        for length in range(60):
            path.write_bytes(data[:length])
            size = picture_size(path)
            assert size is None or len(size) == 2


def test_an_animated_webp_is_refused_not_cut_to_its_first_picture(tmp_path):
    done, data = cv2.imencodeanimation(".webp", _animation()) if hasattr(cv2, "imencodeanimation") else (False, None)
    if not done:
        pytest.skip("this OpenCV writes no animations")
    path = tmp_path / "a.webp"
    path.write_bytes(data.tobytes())
    with pytest.raises(SourceError, match="animated WebP"):
        open_source(path)


def _animation():
    animation = cv2.Animation()
    animation.frames = [np.ascontiguousarray(coded(n)) for n in range(3)]
    animation.durations = [100] * 3
    return animation


def test_all_sequences_keep_their_order_whatever_the_disk_says(tmp_path):
    for number in itertools.chain(range(20, 10, -1), range(5, 11), range(1, 5)):
        write_picture(tmp_path / f"f{number}.bmp", coded(number))
    with open_source(tmp_path) as source:
        assert numbers(source) == list(range(1, 21))
