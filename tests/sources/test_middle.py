"""Reading a recording from the middle on: the frames are those of the whole, and are there soon."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest
from sources.media import coded, write_picture, write_video

from vitpose_live.sources import open_source

LONG = 250
HARD = {"g": "60", "bf": "3", "x264-params": "open-gop=1:keyint=60:scenecut=0"}
VARIABLE = [40 * number + (number * 7919) % 23 for number in range(LONG)]
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov"}


def frames_of(source, start=0.0):
    return [(frame.time, frame.image.tobytes()) for frame in source.frames(start)]


def check_every_start(path, starts, **options):
    with open_source(path, **options) as source:
        whole = frames_of(source)
        for start in starts:
            part = frames_of(source, start)
            assert part, start
            assert part[0][0] <= max(start, 0)
            assert part == whole[-len(part) :]
            assert source.problems == ()


KINDS = {
    "mp4, three B-frames, open GOP": ("clip.mp4", {"options": HARD}),
    "mp4, variable rate": ("clip.mp4", {"options": HARD, "stamps": VARIABLE}),
    "mp4 in fragments": ("clip.mp4", {"options": {"g": "25"}, "muxing": FRAGMENTED}),
    "mp4 turned": ("clip.mp4", {"options": {"g": "25"}, "turn": (90, False, False)}),
    "mov, all intra": ("clip.mov", {"codec": "mjpeg", "pix_fmt": "yuvj420p"}),
    "mkv": ("clip.mkv", {"options": HARD}),
    "mkv that begins late": ("clip.mkv", {"options": {"g": "25"}, "stamps": [5000 + 40 * n for n in range(LONG)]}),
    "webm": ("clip.webm", {"codec": "libvpx", "options": {"crf": "10", "b:v": "1M", "g": "40"}}),
    "avi": ("clip.avi", {"options": {"g": "25"}}),
    "ts": ("clip.ts", {"options": {"g": "25"}}),
    "mp4 with sound": ("clip.mp4", {"options": {"g": "25"}, "tone": 10.0}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_video_from_anywhere_on_is_the_end_of_the_whole(tmp_path, kind):
    name, how = KINDS[kind]
    path = write_video(tmp_path / name, LONG, **how)
    picks = random.Random(1).sample(range(LONG), 5)
    check_every_start(path, [0.001, 3.2, *(pick / 25 for pick in picks), 9.99, 60.0])


def test_a_shortened_video_stays_shortened(tmp_path):
    path = write_video(tmp_path / "clip.mp4", LONG, options={"g": "25"})
    with open_source(path, duration=7.0) as source:
        assert [frame.time for frame in source.frames(6.0)][-1] == pytest.approx(6.96)
        assert frames_of(source, 6.0) == frames_of(source)[-len(frames_of(source, 6.0)) :]


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv"])
def test_what_comes_before_is_not_read(tmp_path, name):
    path = write_video(tmp_path / name, LONG, options={"g": "25"})
    with open_source(path) as source:
        first = next(source.frames(9.5))
    assert 8.5 <= first.time <= 9.5
    assert first.index == round(first.time * 25)


def test_pictures_from_the_middle_on(tmp_path):
    for number in range(8, 40):
        write_picture(tmp_path / f"shot_{number}.png", coded(number))
    check_every_start(tmp_path, [0.01, 0.5, 1.0, 9.0])
    with open_source(tmp_path) as source:
        assert next(source.frames(0.5)).index == 15


def test_a_damaged_index_is_no_shorter_way_but_still_a_way(tmp_path):
    path = write_video(tmp_path / "clip.mkv", LONG, options={"g": "25"})
    data = bytearray(path.read_bytes())
    cues = data.rfind(b"\x1c\x53\xbb\x6b")
    assert cues > 0
    data[cues : cues + 200] = bytes(len(data[cues : cues + 200]))
    path.write_bytes(data)
    with open_source(path) as source:
        whole = [frame.time for frame in source]
        part = [frame.time for frame in source.frames(8.0)]
    assert part == whole[-len(part) :]
    assert part[0] <= 8.0


def test_closing_in_the_middle_of_such_a_pass(tmp_path):
    path = write_video(tmp_path / "clip.mp4", LONG, rate=Fraction(25), options={"g": "25"})
    with open_source(path) as source:
        frames = source.frames(6.0)
        assert np.any(next(frames).image)
        source.close()
        assert next(frames, None) is None


@pytest.mark.parametrize("clip", ["sports2d_demo", "pose2sim_multi_cam01", "rohanx01_squat"])
def test_a_real_clip_from_the_middle_on(shared_data, clip):
    with open_source(shared_data / "video" / f"{clip}.mp4") as source:
        whole = [(frame.time, frame.image.reshape(-1)[::5000].tobytes()) for frame in source]
        middle = source.info.duration * 0.7
        part = [(frame.time, frame.image.reshape(-1)[::5000].tobytes()) for frame in source.frames(middle)]
    assert part == whole[-len(part) :]
    assert part[0][0] <= middle
