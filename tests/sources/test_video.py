"""What comes out of a video file: order, time, size, turn, colour."""

from __future__ import annotations

import shutil
from fractions import Fraction

import av
import numpy as np
import pytest
from sources.media import HEIGHT, WIDTH, coded, number_in, quadrants, quadrants_in, write_sound, write_video

from vitpose_live.data.frame import SourceKind
from vitpose_live.errors import SourceError
from vitpose_live.sources import open_source

KINDS = {
    "mp4 with B-frames": ("a.mp4", {"options": {"bf": "3", "b_strategy": "0"}}),
    "fragmented mp4": ("a.mp4", {"muxing": {"movflags": "frag_keyframe+empty_moov"}, "options": {"g": "5"}}),
    "faststart mp4": ("a.mp4", {"muxing": {"movflags": "faststart"}}),
    "mov prores": ("a.mov", {"codec": "prores_ks", "pix_fmt": "yuv422p10le"}),
    "hevc 10 bit": ("a.mp4", {"codec": "libx265", "pix_fmt": "yuv420p10le", "options": {"x265-params": "log-level=0"}}),
    "h264 10 bit": ("a.mp4", {"pix_fmt": "yuv420p10le"}),
    "4:4:4": ("a.mp4", {"pix_fmt": "yuv444p"}),
    "4:2:2": ("a.mp4", {"pix_fmt": "yuv422p"}),
    "grey": ("a.mp4", {"pix_fmt": "gray"}),
    "rgb": ("a.mkv", {"codec": "libx264rgb", "pix_fmt": "rgb24"}),
    "16 bit": ("a.mkv", {"codec": "ffv1", "pix_fmt": "yuv420p16le"}),
    "alpha": ("a.mkv", {"codec": "ffv1", "pix_fmt": "bgra"}),
    "vp9 alpha": ("a.webm", {"codec": "libvpx-vp9", "pix_fmt": "yuva420p", "options": {"crf": "20", "b:v": "0"}}),
    "odd size": ("a.mkv", {"codec": "ffv1", "size": (95, 63)}),
    "odd h264": ("a.mp4", {"pix_fmt": "yuv444p", "size": (97, 65)}),
    "interlaced": ("a.mp4", {"options": {"flags": "+ildct+ilme", "x264-params": "tff=1"}}),
    "avi with B-frames": ("a.avi", {"options": {"bf": "3", "b_strategy": "0"}}),
    "avi mpeg4": ("a.avi", {"codec": "mpeg4", "options": {"bf": "2", "q": "2"}}),
    "mpegts": ("a.ts", {}),
    "mpeg": ("a.mpg", {"codec": "mpeg2video", "options": {"b": "4M"}}),
    "flv": ("a.flv", {}),
    "wmv": ("a.wmv", {"codec": "wmv2", "options": {"b": "4M"}}),
    "webm vp8": ("a.webm", {"codec": "libvpx", "options": {"b:v": "2M"}}),
    "webm as browsers record it": (
        "a.webm",
        {"codec": "libvpx", "options": {"b:v": "2M"}, "muxing": {"live": "1"}, "tone": 2.0},
    ),
    "gif": ("a.gif", {"codec": "gif", "pix_fmt": "rgb8"}),
    "animated png": ("a.png", {"codec": "apng", "container": "apng", "pix_fmt": "rgb24"}),
    "motion jpeg": ("a.mjpeg", {"codec": "mjpeg", "container": "mjpeg", "pix_fmt": "yuvj420p"}),
    "raw h264": ("a.h264", {"container": "h264"}),
    "y4m": ("a.y4m", {"codec": "rawvideo", "container": "yuv4mpegpipe"}),
    "nut": ("a.nut", {}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_every_picture_in_order_at_its_time(tmp_path, kind):
    name, options = KINDS[kind]
    path = write_video(tmp_path / name, 20, **options)
    with open_source(path) as source:
        frames = list(source)
        info = source.info
    assert [number_in(frame.image) for frame in frames] == list(range(20))
    assert [frame.time for frame in frames] == pytest.approx([number / 25 for number in range(20)], abs=1e-9)
    assert {frame.image.shape for frame in frames} == {(*reversed(options.get("size", (WIDTH, HEIGHT))), 3)}
    assert info.duration == pytest.approx(0.8)
    assert info.frame_count == 20
    assert info.fps == 25
    assert info.kind is SourceKind.VIDEO
    assert not info.live
    assert info.audio_path == (str(path) if "tone" in options else None)


def test_raw_video_says_that_its_times_are_made_up(tmp_path):
    with open_source(write_video(tmp_path / "a.h264", 5, container="h264")) as source:
        assert list(source)
        (problem,) = source.problems
    assert "5 pictures without a time stamp" in problem


def test_variable_rate_is_kept(tmp_path):
    stamps = [0, 33, 50, 51, 400, 433, 2000]
    path = write_video(tmp_path / "a.mkv", len(stamps), stamps=stamps)
    with open_source(path) as source:
        assert [frame.time for frame in source] == pytest.approx([stamp / 1000 for stamp in stamps])
        assert source.problems == ()


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a.mov"])
def test_a_late_start_is_taken_off_the_times_and_told(tmp_path, name):
    path = write_video(tmp_path / name, 10, stamps=[5000 + 40 * number for number in range(10)])
    with open_source(path) as source:
        assert [frame.time for frame in source] == pytest.approx([number / 25 for number in range(10)])
        assert source.info.duration == pytest.approx(0.4)
        with av.open(str(path)) as container:
            first = next(container.decode(video=0))
        assert source.info.start_time == pytest.approx(first.time)


def test_what_an_edit_list_cuts_is_not_shown(tmp_path):
    path = write_video(tmp_path / "a.mp4", 10, stamps=[40 * number - 80 for number in range(10)])
    with av.open(str(path)) as container:
        assert sum(packet.size > 0 for packet in container.demux(video=0)) == 10
    with open_source(path) as source:
        frames = list(source)
        assert source.info.duration == pytest.approx(len(frames) / 25)
    assert [number_in(frame.image) for frame in frames] == list(range(2, 10))
    assert frames[0].time == 0


def test_sound_beside_the_pictures_is_found_and_does_not_stretch_them(tmp_path):
    for name in ("a.mp4", "a.mkv"):
        path = write_video(tmp_path / name, 10, tone=1.5)
        with open_source(path) as source:
            assert source.info.audio_path == str(path)
            assert source.info.duration == pytest.approx(0.4)
            assert len(list(source)) == 10
            assert source.problems == ()


@pytest.mark.parametrize(
    ("turn", "expected"),
    [
        ((0, False, False), "RGBW"),
        ((90, False, False), "GWRB"),
        ((180, False, False), "WBGR"),
        ((270, False, False), "BRWG"),
        ((0, True, False), "GRWB"),
        ((0, False, True), "BWRG"),
        ((90, True, False), "WGBR"),
        ((90, False, True), "RBGW"),
    ],
)
def test_pictures_are_turned_upright(tmp_path, turn, expected):
    path = write_video(tmp_path / "a.mp4", [quadrants()] * 3, turn=turn)
    with open_source(path) as source:
        for frame in source:
            assert quadrants_in(frame.image) == expected
            assert (frame.width, frame.height) == (source.info.width, source.info.height)
        upright = (HEIGHT, WIDTH) if turn[0] % 180 else (WIDTH, HEIGHT)
        assert (source.info.width, source.info.height) == upright


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_file_equals_the_turned_pictures(tmp_path, quarters):
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8) for _ in range(3)]
    plain = write_video(tmp_path / "plain.mp4", pictures)
    turned = write_video(tmp_path / "turned.mp4", pictures, turn=(90 * quarters, False, False))
    with open_source(plain) as first, open_source(turned) as second:
        for expected, got in zip(first, second, strict=True):
            assert np.array_equal(np.rot90(expected.image, quarters), got.image)


def test_a_slanted_matrix_is_taken_to_the_next_quarter_turn(tmp_path):
    path = write_video(tmp_path / "a.mp4", [quadrants()] * 2, turn=(80, False, False))
    with open_source(path) as source:
        assert quadrants_in(next(iter(source)).image) == "GWRB"


def test_pixels_are_those_decoded_whatever_their_shape(tmp_path):
    path = write_video(tmp_path / "a.mp4", 3, aspect=Fraction(2, 1))
    with open_source(path) as source:
        assert (source.info.width, source.info.height) == (WIDTH, HEIGHT)
        assert next(iter(source)).image.shape == (HEIGHT, WIDTH, 3)


COLOURS = [
    (255, 0, 0),
    (0, 255, 0),
    (0, 0, 255),
    (255, 255, 255),
    (0, 0, 0),
    (128, 128, 128),
    (200, 100, 50),
    (9, 99, 199),
]


def colour_bars(width=WIDTH, height=HEIGHT):
    return np.repeat(np.array(COLOURS, np.uint8)[None], width // len(COLOURS), axis=1).repeat(height, axis=0)


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv444p", "yuv420p10le"])
@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("matrix", [1, 5, 6, 9])
def test_colours_come_back_by_matrix_and_range(tmp_path, pix_fmt, full_range, matrix):
    path = write_video(
        tmp_path / "a.mp4",
        [colour_bars()] * 2,
        pix_fmt=pix_fmt,
        matrix=matrix,
        full_range=full_range,
        options={"crf": "1"},
    )
    with open_source(path) as source:
        image = next(iter(source)).image
    step = WIDTH // len(COLOURS)
    got = image[HEIGHT // 2, step // 2 :: step].astype(int)
    assert np.abs(got - COLOURS).max() <= 5


@pytest.mark.parametrize(("size", "matrix"), [((WIDTH, HEIGHT), 6), ((1280, 720), 1), ((720, 1280), 1)])
def test_an_unnamed_matrix_is_that_of_the_size(tmp_path, size, matrix):
    bars = colour_bars(*size)
    named = write_video(tmp_path / "named.mkv", [bars], codec="ffv1", size=size, matrix=matrix)
    unnamed = tmp_path / "unnamed.mkv"
    with av.open(str(named)) as given:
        yuv = next(given.decode(video=0))
    yuv.colorspace = 2
    with av.open(str(unnamed), "w") as output:
        stream = output.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        output.mux(stream.encode(yuv))
        output.mux(stream.encode(None))
    with av.open(str(unnamed)) as check:
        assert next(check.decode(video=0)).colorspace == 2
    with open_source(named) as first, open_source(unnamed) as second:
        assert np.array_equal(next(iter(first)).image, next(iter(second)).image)


@pytest.mark.parametrize("threads", [2, 3, 8])
@pytest.mark.parametrize("options", [{"bf": "3"}, {"slices": "4", "bf": "0"}])
def test_pictures_are_the_same_to_the_bit_with_any_number_of_threads(tmp_path, threads, options):
    rng = np.random.default_rng(1)
    noise = [rng.integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8) for _ in range(25)]
    path = write_video(tmp_path / "a.mp4", noise, options=options)
    with open_source(path, threads=1) as one, open_source(path, threads=threads) as many:
        for first, second in zip(one, many, strict=True):
            assert first.time == second.time
            assert np.array_equal(first.image, second.image)


@pytest.mark.parametrize(("duration", "count"), [(0.001, 1), (0.04, 1), (0.05, 2), (0.4, 10), (0.79, 20), (5, 20)])
def test_duration_stops_by_the_source_s_own_time(tmp_path, duration, count):
    path = write_video(tmp_path / "a.mp4", 20)
    with open_source(path, duration=duration) as source:
        assert len(list(source)) == count
        assert source.info.frame_count == count
        assert source.info.duration == pytest.approx(min(duration, 0.8))
        assert source.problems == ()


def test_names_with_spaces_letters_and_protocol_looks(tmp_path):
    made = write_video(tmp_path / "a.mp4", 3)
    for name in ("mein Übungs film 深蹲.mp4", "100%d.mp4", "[x]*?.mp4", "concat:a.mp4|b.mp4", "no ending"):
        path = tmp_path / name
        shutil.copy(made, path)
        for given in (path, str(path)):
            with open_source(given) as source:
                assert [number_in(frame.image) for frame in source] == [0, 1, 2]
                assert source.info.uri == str(given)


def test_a_cover_picture_is_no_video(tmp_path):
    path = tmp_path / "song.mp4"
    with av.open(str(path), "w") as output:
        sound = output.add_stream("aac", rate=44100)
        cover = output.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = WIDTH, HEIGHT, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        output.mux(cover.encode(av.VideoFrame.from_ndarray(coded(1), "rgb24").reformat(format="yuvj420p")))
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        silence.sample_rate = 44100
        output.mux(sound.encode(silence))
        output.mux(sound.encode(None))
    with av.open(str(path)) as container:
        assert container.streams.video
    with pytest.raises(SourceError, match="no video in it, only audio"):
        open_source(path)


def test_a_picture_that_changes_size_keeps_its_own(tmp_path):
    parts = [
        write_video(tmp_path / f"{n}.ts", [coded(n, *size)] * 3, size=size)
        for n, size in enumerate([(96, 64), (64, 48)])
    ]
    joined = tmp_path / "joined.ts"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    with open_source(joined) as source:
        shapes = [frame.image.shape for frame in source]
    assert shapes == [(64, 96, 3)] * 3 + [(48, 64, 3)] * 3


def test_joined_recordings_go_on_in_time(tmp_path):
    part = write_video(tmp_path / "part.ts", 50).read_bytes()
    joined = tmp_path / "joined.ts"
    joined.write_bytes(part + part)
    with open_source(joined) as source:
        times = [frame.time for frame in source]
    assert times == pytest.approx([number / 25 for number in range(100)])
    assert any("out of order" in problem for problem in source.problems)


def test_repeated_stamps_are_moved_and_said(tmp_path):
    path = write_video(tmp_path / "a.mkv", 6, codec="mjpeg", pix_fmt="yuvj420p", stamps=[0, 40, 80, 120, 160, 200])
    data = bytearray(path.read_bytes())
    at = data.index(b"\x00\x50\x80", data.index(b"\x1f\x43\xb6\x75"))  # block header: relative stamp 80, key frame
    data[at : at + 2] = (40).to_bytes(2)
    path.write_bytes(data)
    with open_source(path) as source:
        assert [frame.time for frame in source] == pytest.approx([0, 0.04, 0.041, 0.12, 0.16, 0.2])
        (problem,) = source.problems
    assert "1 time stamp out of order" in problem


def test_sound_alone_is_no_video(tmp_path):
    with pytest.raises(SourceError, match="no video in it, only audio"):
        open_source(write_sound(tmp_path / "a.wav"))
