"""A recording in parts holds every picture and every sound once, and each part plays alone."""

from __future__ import annotations

import math

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sinks.media import boxes, clicks, durations, increasing, pictures, write_clicks

from vitpose_live.errors import InvalidArrayError, OutputError, OutputExistsError, SettingsError
from vitpose_live.sinks import PartsRecorder, VideoRecorder, open_recorder
from vitpose_live.sinks.parts import Split, check_parts


def grey(level):
    return np.full((48, 64, 3), level % 256, np.uint8)


def record(path, times, split, **options):
    recorder = PartsRecorder(path, split, fps_hint=options.pop("fps_hint", 30.0), **options)
    for index, time in enumerate(times):
        recorder.write(grey(index * 3), time)
    recorder.close()
    return recorder


class TestByTime:
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(gaps=st.lists(st.floats(0.02, 1.4), min_size=1, max_size=40), seconds=st.floats(1, 4), first=st.floats(0, 9))
    def test_every_picture_is_in_one_part_at_its_time(self, tmp_path, gaps, seconds, first):
        times = [first, *(first + np.cumsum(gaps)).tolist()]
        recorder = record(tmp_path / "out.mp4", times, Split(seconds=seconds), overwrite=True)
        seen, levels, begun = [], [], 0
        for path in recorder.files:
            inside, images = pictures(path)
            start = times[begun]
            assert inside[0] == 0
            assert inside[-1] < seconds + 1e-3
            assert increasing(inside)
            begun += len(inside)
            seen += [time + start for time in inside]
            levels += [image.mean() for image in images]
            until = times[begun] if begun < len(times) else None
            if until is not None:  # up to where the next one begins
                assert durations(path)["video"] == pytest.approx(until - start, abs=1e-3)
        assert seen == pytest.approx(times, abs=1e-4)
        assert levels == pytest.approx([index * 3 % 256 for index in range(len(times))], abs=4)

    def test_parts_begin_at_multiples(self, tmp_path):
        recorder = record(tmp_path / "out.mp4", [index / 30 for index in range(100)], Split(seconds=1.0))
        assert [path.name for path in recorder.files] == [f"out-00{number}.mp4" for number in (1, 2, 3, 4)]
        assert [len(pictures(path)[0]) for path in recorder.files] == [30, 30, 30, 10]

    @pytest.mark.parametrize("codec", ["aac", "pcm_s16le"])
    @pytest.mark.parametrize("start", [0.0, 25.0])
    def test_each_part_has_its_stretch_of_the_sound(self, tmp_path, codec, start):
        source = write_clicks(tmp_path / "sound.mov", codec, seconds=start + 6.0)
        times = [index / 30 for index in range(180)]
        recorder = record(tmp_path / "out.mp4", times, Split(seconds=2.0), audio_path=source, audio_start=start)
        heard = []
        for number, path in enumerate(recorder.files):
            assert durations(path) == pytest.approx({"container": 2.0, "video": 2.0, "audio": 2.0}, abs=0.035)
            heard += [2.0 * number + time for time in clicks(path)]
        assert heard == pytest.approx([0.25 + 0.5 * index for index in range(12)], abs=0.005)
        assert recorder.problems == ()


class TestBySize:
    @pytest.mark.parametrize("sound", [False, True])
    def test_parts_stay_below_it_and_hold_everything(self, tmp_path, sound):
        source = write_clicks(tmp_path / "sound.mp4", "aac", seconds=10.0) if sound else None
        noise = np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)
        split = Split(size=1_000_000)
        recorder = PartsRecorder(tmp_path / "out.mp4", split, fps_hint=30, audio_path=source)
        for index in range(250):
            recorder.write(np.roll(noise, index * index, 1), index / 30)
        recorder.close()
        assert len(recorder.files) >= 3
        assert sum(len(pictures(path)[0]) for path in recorder.files) == 250
        sizes = [path.stat().st_size for path in recorder.files]
        assert max(sizes) <= split.size
        assert min(sizes[:-1]) > 0.6 * split.size


def test_each_part_is_an_ordinary_file_that_begins_with_a_key_frame(tmp_path):
    recorder = record(tmp_path / "out.m4v", [index / 10 for index in range(35)], Split(seconds=1.0))
    for path in recorder.files:
        assert path.suffix == ".m4v"
        assert "moof" not in boxes(path)
        with av.open(str(path)) as container:
            assert next(container.demux(video=0)).is_keyframe


def test_without_pictures_there_is_no_file(tmp_path):
    assert record(tmp_path / "out.mp4", [], Split(seconds=1.0)).files == ()
    assert list(tmp_path.iterdir()) == []


def test_parts_that_exist_are_refused_before_any_work(tmp_path):
    (tmp_path / "out-002.mp4").touch()
    (tmp_path / "other-001.mp4").touch()
    with pytest.raises(OutputExistsError, match="out-002") as caught:
        PartsRecorder(tmp_path / "out.mp4", Split(seconds=1.0), fps_hint=30)
    assert "--overwrite" in caught.value.hint


@pytest.mark.parametrize("number", ["001", "002", "1234"])
def test_the_source_is_never_one_of_the_parts(tmp_path, number):
    clip = (
        record(tmp_path / "clip.mp4", [0.0, 0.1], Split(seconds=9.0)).files[0].rename(tmp_path / f"clip-{number}.mp4")
    )
    before = clip.read_bytes()
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(OutputError, match="is the source") as caught:
        check_parts(tmp_path / "clip.mp4", overwrite=True, source=tmp_path / "link" / clip.name)
    assert caught.value.hint
    assert check_parts(tmp_path / "other.mp4", source=clip) == []
    with pytest.raises(OutputError, match="is the source"):
        record(tmp_path / "clip.mp4", [0.0], Split(seconds=1.0), overwrite=True, source=str(clip))
    assert clip.read_bytes() == before


def test_a_source_that_becomes_a_part_on_the_way_is_not_replaced(tmp_path):
    (made,) = record(tmp_path / "clip.mp4", [0.0, 0.1], Split(seconds=9.0)).files
    clip = made.rename(tmp_path / "away.mp4")
    before = clip.read_bytes()
    options = {"fps_hint": 30.0, "overwrite": True, "source": str(clip)}
    recorder = PartsRecorder(tmp_path / "clip.mp4", Split(seconds=1.0), **options)
    recorder.write(grey(0), 0.0)
    (tmp_path / "clip-002.mp4").hardlink_to(clip)
    with pytest.raises(OutputError, match="is the source"):
        recorder.write(grey(1), 1.5)
    recorder.abort()
    assert clip.read_bytes() == (tmp_path / "clip-002.mp4").read_bytes() == before


def test_parts_of_a_longer_recording_before_are_said(tmp_path):
    times = [index / 10 for index in range(35)]
    record(tmp_path / "out.mp4", times, Split(seconds=1.0))
    recorder = record(tmp_path / "out.mp4", times[:15], Split(seconds=1.0), overwrite=True)
    assert len(recorder.files) == 2
    assert recorder.problems == tuple(f"{tmp_path}/out-00{number}.mp4 is of an earlier recording" for number in (3, 4))


def test_giving_up_keeps_the_parts_that_are_complete(tmp_path):
    recorder = PartsRecorder(tmp_path / "out.mp4", Split(seconds=1.0), fps_hint=30)
    for index in range(45):
        recorder.write(grey(index), index / 30)
    recorder.abort()
    recorder.close()
    assert [path.name for path in tmp_path.iterdir()] == ["out-001.mp4"]


@pytest.mark.parametrize("time", [0.5, 0.9, math.nan, math.inf, -5.0])
def test_a_time_that_does_not_go_on_is_refused_and_harms_nothing(tmp_path, time):
    recorder = PartsRecorder(tmp_path / "out.mp4", Split(seconds=1.0), fps_hint=30)
    recorder.write(grey(0), 0.5)
    recorder.write(grey(1), 0.9)
    with pytest.raises(InvalidArrayError, match="time"):
        recorder.write(grey(2), time)
    recorder.close()
    assert len(pictures(recorder.files[0])[0]) == 2


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("90s", Split(seconds=90)),
        ("10min", Split(seconds=600)),
        ("1.5 h", Split(seconds=5400)),
        ("500MB", Split(size=500e6)),
        ("2gb", Split(size=2e9)),
    ],
)
def test_lengths_and_sizes_as_people_write_them(text, split):
    assert Split.parse(text) == split


@pytest.mark.parametrize(
    "text", ["", "10", "min", "10 parsecs", "-1s", "0s", "0.5s", "100kB", "1e9s", "0.1MB", "nan s"]
)
def test_what_is_neither_is_refused(text):
    with pytest.raises(SettingsError, match=r"^split: expected"):
        Split.parse(text)


def test_one_file_unless_asked(tmp_path):
    assert isinstance(open_recorder(tmp_path / "out.mp4", fps_hint=30), VideoRecorder)
    assert isinstance(open_recorder(tmp_path / "out.mp4", "10min", fps_hint=30), PartsRecorder)
