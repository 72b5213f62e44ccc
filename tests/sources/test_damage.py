"""Broken video: what decodes is kept, the loss is said, and nothing hangs or crashes."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import av
import pytest
from sources.media import HEIGHT, WIDTH, noisy, number_in, write_video

from vitpose_live.errors import SourceError
from vitpose_live.sources import open_source

KINDS = {
    "a.mp4": {"muxing": {"movflags": "faststart"}, "options": {"g": "10"}},
    "fragments.mp4": {"muxing": {"movflags": "frag_keyframe+empty_moov"}, "options": {"g": "10"}},
    "a.mkv": {"options": {"g": "10"}},
    "a.ts": {"options": {"g": "10"}},
    "a.avi": {"codec": "mpeg4", "options": {"g": "10", "q": "3"}},
    "a.webm": {"codec": "libvpx", "options": {"g": "10", "b:v": "1M"}},
    "a.flv": {"options": {"g": "10"}},
    "a.gif": {"codec": "gif", "pix_fmt": "rgb8"},
}
PICTURES = 60


@pytest.fixture(scope="module", params=KINDS)
def whole(request, tmp_path_factory) -> Path:
    return write_video(tmp_path_factory.mktemp("whole") / request.param, noisy(PICTURES), **KINDS[request.param])


def read_as_far_as_it_goes(path: Path) -> int:
    """Read all there is; the invariants hold whatever the damage. Returns the number of frames."""
    try:
        source = open_source(path)
    except SourceError as error:
        failure = error
    else:
        failure = None
    if failure:
        assert str(failure)
        assert "\n" not in str(failure)
        assert failure.hint
        return 0
    with source:
        frames = [(frame.index, frame.time) for frame in source]
        assert [index for index, _ in frames] == list(range(len(frames)))
        assert all(first[1] < second[1] for first, second in itertools.pairwise(frames))
        assert all(problem and "\n" not in problem for problem in source.problems)
        assert len(source.problems) <= 8
        return len(frames)


def test_cut_anywhere(whole, tmp_path):
    data = whole.read_bytes()
    chance = random.Random(20)
    counts = {}
    for place in sorted(chance.randrange(len(data)) for _ in range(20)):
        path = tmp_path / whole.name
        path.write_bytes(data[:place])
        counts[place] = read_as_far_as_it_goes(path)
    assert list(counts.values()) == sorted(counts.values())  # more of the file never gives fewer pictures
    assert max(counts.values()) > PICTURES // 2


def test_bytes_flipped_anywhere(whole, tmp_path):
    data = whole.read_bytes()
    chance = random.Random(21)
    for _ in range(20):
        broken = bytearray(data)
        for _ in range(chance.choice((1, 10, 200))):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        path = tmp_path / whole.name
        path.write_bytes(broken)
        assert read_as_far_as_it_goes(path) <= 2 * PICTURES


def test_a_hole_in_the_middle_is_passed_and_said(tmp_path):
    for name in ("a.mp4", "a.mkv"):
        path = write_video(tmp_path / name, noisy(PICTURES), **KINDS[name])
        data = bytearray(path.read_bytes())
        half = len(data) // 2
        data[half : half + len(data) // 6] = bytes(len(data) // 6)
        path.write_bytes(data)
        with open_source(path) as source:
            frames = list(source)
            assert number_in(frames[0].image) == 0
            assert number_in(frames[-1].image) == PICTURES - 1
            assert frames[-1].time == pytest.approx((PICTURES - 1) / 25)
            assert PICTURES // 2 < len(frames) < PICTURES
            assert any("without pictures at" in problem for problem in source.problems)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.flv"])
def test_a_cut_off_end_is_said_with_time_and_amount(tmp_path, name):
    path = write_video(tmp_path / name, noisy(PICTURES), **KINDS[name])
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    with open_source(path) as source:
        frames = list(source)
        assert [number_in(frame.image) for frame in frames] == list(range(len(frames)))
        assert 10 < len(frames) < 50
        assert source.info.duration == pytest.approx(len(frames) / 25, abs=0.05)
        assert source.info.frame_count == pytest.approx(len(frames), abs=1)
        end = len(frames) / 25
        (said,) = [problem for problem in source.problems if problem.startswith("cut off")]
        assert f"ends at {end:.2f} s of 2.4" in said


def test_a_recording_that_was_killed_keeps_its_fragments(tmp_path):
    path = write_video(tmp_path / "a.mp4", noisy(PICTURES), **KINDS["fragments.mp4"])
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"mfra") - 4])  # never closed: without the index at the end
    with open_source(path) as source:
        assert len(list(source)) == PICTURES
        assert source.info.duration == pytest.approx(PICTURES / 25)
        assert source.problems == ()


def killed_recording(path: Path, flags: str) -> tuple[bytes, list[int]]:
    """A fragmented MP4 as it lies on the disk before it is closed, and where its fragments begin."""
    with av.open(str(path), "w", container_options={"movflags": flags, "flush_packets": "1"}) as output:
        stream = output.add_stream("libx264", rate=25, options={"g": "10", "sc_threshold": "0", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for picture in noisy(60):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        output.mux(stream.encode(None))
        data = path.read_bytes()
    return data, [place - 4 for place in range(len(data)) if data[place : place + 4] == b"moof"]


@pytest.mark.parametrize("flags", ["frag_keyframe+empty_moov", "hybrid_fragmented+frag_keyframe"])
def test_wherever_a_fragmented_recording_is_killed_no_whole_fragment_is_lost(tmp_path, flags):
    path = tmp_path / "a.mp4"
    data, starts = killed_recording(path, flags)
    assert len(starts) >= 3
    path.write_bytes(data[: starts[-1]])
    whole = read_as_far_as_it_goes(path)
    assert whole >= 19
    header = data[starts[-1] :].index(b"mdat")
    for extra in (4, 8, 60, header // 2, header - 8, header, header + 40):
        path.write_bytes(data[: starts[-1] + extra])
        assert read_as_far_as_it_goes(path) >= whole
        with open_source(path) as source:
            for _ in source:
                pass
            assert any(problem.startswith("cut off") for problem in source.problems)


def test_problems_are_those_of_the_latest_iteration(tmp_path):
    path = write_video(tmp_path / "a.mkv", noisy(PICTURES), **KINDS["a.mkv"])
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with open_source(path) as source:
        for _ in source:
            pass
        first = source.problems
        for _ in source:
            pass
        assert source.problems == first != ()


def test_an_mp4_without_its_index_is_not_a_complete_video(tmp_path):
    path = write_video(tmp_path / "a.mp4", 10)
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"moov") - 4])
    with pytest.raises(SourceError, match="is not a complete video") as caught:
        open_source(path)
    assert caught.value.__cause__ is not None
    assert "cut off" in caught.value.hint


def test_not_one_good_picture_is_an_error(tmp_path):
    path = write_video(tmp_path / "a.mkv", 10, codec="ffv1", options={"slicecrc": "1"})
    data = bytearray(path.read_bytes())
    at = data.index(b"\x1f\x43\xb6\x75") + 40
    data[at:] = bytes(random.Random(0).randrange(256) for _ in range(len(data) - at))
    path.write_bytes(data)
    with pytest.raises(SourceError):
        open_source(path)
