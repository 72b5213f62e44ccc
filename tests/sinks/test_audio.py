"""The source's sound: copied where it can be, in step with the pictures, cut where they end."""

from __future__ import annotations

import av
import numpy as np
import pytest
from sinks.media import boxes, clicks, durations, pictures, write_clicks

from vitpose_live.sinks import VideoRecorder, audio

COPIED = [
    ("mp4", "aac", "aac"),
    ("ts", "aac", "aac"),
    ("mkv", "aac", "aac"),
    ("mp4", "ac3", "ac3"),
    ("mkv", "eac3", "eac3"),
    ("mp4", "libmp3lame", "mp3float"),
    ("webm", "libopus", "opus"),
    ("mkv", "flac", "flac"),
    ("m4a", "alac", "alac"),
]
ENCODED = [("mov", "pcm_s16le", "aac"), ("wav", "pcm_s16le", "aac"), ("mkv", "mp2", "aac")]


def record(path, sound, *, start=0.0, frames=60, fps=30.0, first=0.0):
    recorder = VideoRecorder(path, fps_hint=fps, audio_path=sound, audio_start=start)
    for index in range(frames):
        recorder.write(np.full((48, 64, 3), index * 3 % 256, np.uint8), first + index / fps)
    recorder.close()
    return recorder


def expected(source, start, seconds):
    return [time - start for time in clicks(source) if start - 1e-3 <= time < start + seconds - 0.01]


def packets(path, start=-1e9, end=1e9):
    with av.open(str(path)) as container:
        return [
            bytes(packet)
            for packet in container.demux(audio=0)
            if packet.size and start <= packet.pts * packet.time_base < end
        ]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "out.mp4"


@pytest.mark.parametrize("start", [0.0, 0.4], ids=["together", "picture-later"])
@pytest.mark.parametrize(("ending", "codec", "written"), COPIED + ENCODED)
def test_sound_is_in_step(tmp_path, path, ending, codec, written, start):
    source = write_clicks(tmp_path / f"sound.{ending}", codec)
    with av.open(str(source)) as container:
        offset = (container.streams.audio[0].start_time or 0) * container.streams.audio[0].time_base
    begin = start + max(0.0, float(offset))
    recorder = record(path, source, start=begin)
    assert recorder.problems == ()
    heard = clicks(path)
    assert len(heard) == 4
    assert heard == pytest.approx(expected(source, begin, 2.0), abs=0.005)
    with av.open(str(path)) as container:
        assert container.streams.audio[0].codec_context.name == written
    assert durations(path) == pytest.approx({"container": 2.0, "video": 2.0, "audio": 2.0}, abs=0.035)
    assert pictures(path)[0][0] == 0
    assert "moof" not in boxes(path)


@pytest.mark.parametrize(("ending", "codec", "written"), [row for row in COPIED if row[0] != "ts"])
def test_copied_means_the_same_bytes(tmp_path, path, ending, codec, written):
    source = write_clicks(tmp_path / f"sound.{ending}", codec)
    record(path, source, start=0.0, frames=120)
    assert packets(path) == packets(source)


@pytest.mark.parametrize("codec", ["aac", "ac3", "pcm_s16le"])
@pytest.mark.parametrize("late", [0.3, 1.0, 1.7])
def test_sound_that_begins_after_the_pictures(tmp_path, path, codec, late):
    source = write_clicks(tmp_path / "sound.mov", codec, sound_starts=late)
    record(path, source)
    assert clicks(path) == pytest.approx(expected(source, 0.0, 2.0), abs=0.005)
    assert len(clicks(path)) >= 1
    assert durations(path)["container"] == pytest.approx(2.0, abs=1e-3)


def test_time_zero_of_the_recording_is_its_first_picture(tmp_path, path):
    source = write_clicks(tmp_path / "sound.mp4", "aac")
    record(path, source, start=0.1, first=0.5)
    assert clicks(path) == pytest.approx(expected(source, 0.6, 2.0), abs=0.005)


@pytest.mark.parametrize("codec", ["aac", "ac3", "pcm_s16le"])
def test_sound_that_never_meets_the_pictures(tmp_path, path, codec):
    source = write_clicks(tmp_path / "sound.mov", codec, seconds=0.5, sound_starts=2.0)
    record(path, source, frames=20)
    assert len(pictures(path)[0]) == 20
    other = path.with_name("other.mp4")
    record(other, source, start=9.0, frames=20)
    assert durations(other) == pytest.approx({"container": 2 / 3, "video": 2 / 3}, abs=1e-3)


def test_pictures_go_on_after_the_sound(tmp_path, path):
    source = write_clicks(tmp_path / "sound.mp4", "aac", seconds=1.0)
    record(path, source, frames=120)
    assert durations(path) == pytest.approx({"container": 4.0, "video": 4.0, "audio": 1.0}, abs=0.03)
    assert len(clicks(path)) == 2


@pytest.mark.parametrize("frames", [1, 2])
def test_very_short_recordings_cut_the_sound(tmp_path, path, frames):
    source = write_clicks(tmp_path / "sound.mp4", "aac")
    record(path, source, frames=frames, fps=60.0)
    assert durations(path)["container"] == pytest.approx(frames / 60, abs=1e-3)


@pytest.mark.parametrize("layout", ["mono", "stereo", "5.1"])
def test_encoding_anew_keeps_stereo_and_folds_the_rest(tmp_path, path, layout):
    source = write_clicks(tmp_path / "sound.wav", "pcm_s16le", layout=layout, rate=44100)
    record(path, source)
    with av.open(str(path)) as container:
        context = container.streams.audio[0].codec_context
        assert (context.sample_rate, context.channels) == (44100, 1 if layout == "mono" else 2)


def test_sound_is_interleaved_not_piled_up(tmp_path, path):
    source = write_clicks(tmp_path / "sound.mp4", "aac", seconds=4.0)
    record(path, source, frames=120)
    with av.open(str(path)) as container:
        places = [
            (packet.pos, packet.stream.type, float(packet.pts * packet.time_base))
            for packet in container.demux()
            if packet.size
        ]
    latest = {"audio": 0.0, "video": 0.0}
    for _, kind, time in sorted(places):
        latest[kind] = time
        assert abs(latest["audio"] - latest["video"]) < 1.2


def test_a_file_without_sound_is_no_problem(tmp_path, path):
    silent = tmp_path / "silent.mp4"
    record(silent, None)
    recorder = record(path, silent)
    assert recorder.problems == ()
    assert set(durations(path)) == {"container", "video"}


@pytest.mark.parametrize("content", [None, b"", b"not media" * 1000])
def test_sound_that_cannot_be_read_is_said_and_the_pictures_are_kept(tmp_path, path, content):
    source = tmp_path / "sound.mp4"
    if content is not None:
        source.write_bytes(content)
    recorder = record(path, source)
    assert len(recorder.problems) == 1
    assert str(source) in recorder.problems[0]
    assert len(pictures(path)[0]) == 60


def test_damaged_sound_is_said_and_the_rest_is_kept(tmp_path, path):
    source = write_clicks(tmp_path / "sound.ts", "mp2")
    data = bytearray(source.read_bytes())
    for first in range(188 * 40, 188 * 60, 188):
        data[first + 8 : first + 188] = b"\xff" * 180
    source.write_bytes(data)
    record(path, source)
    assert len(pictures(path)[0]) == 60
    assert len(clicks(path)) >= 2


def test_the_sources_file_is_let_go(tmp_path, path):
    from contracts.source_contract import open_files

    source = write_clicks(tmp_path / "sound.mp4", "aac")
    before = open_files()
    record(path, source)
    assert open_files() == before


@pytest.mark.parametrize("start", [0.0, 3.7])
def test_pictures_that_come_at_random_stay_in_step_with_the_sound(tmp_path, path, start):
    """Between 12 and 30 a second, at random: they last as long as they did, and end with the sound they end with."""
    source = write_clicks(tmp_path / "sound.mp4", "aac", seconds=start + 45.0)
    times = np.cumsum([0.0, *np.random.default_rng(4).uniform(1 / 30, 1 / 12, 680)])
    duration = float(times[-1]) + 0.05
    recorder = VideoRecorder(path, fps_hint=21.0, audio_path=source, audio_start=start, duration=duration)
    for index, time in enumerate(times):
        recorder.write(np.full((48, 64, 3), index % 256, np.uint8), float(time))
    recorder.close()
    seen, _ = pictures(path)
    assert seen == pytest.approx(times.tolist(), abs=1e-4)
    assert durations(path)["video"] == pytest.approx(duration, abs=1e-3)
    heard = clicks(path)
    assert len(heard) > 70
    assert heard == pytest.approx(expected(source, start, duration), abs=0.005)


def test_sound_far_into_a_file_is_gone_to_not_read_up_to(tmp_path, path, monkeypatch):
    source = write_clicks(tmp_path / "sound.mp4", "aac", seconds=60.0)
    read = []
    start = audio._start
    monkeypatch.setattr(audio, "_start", lambda packet: read.append(1) or start(packet))
    record(path, source, start=50.0)
    assert clicks(path) == pytest.approx(expected(source, 50.0, 2.0), abs=0.005)
    assert len(read) < 1200  # sixty seconds are 2800 packets, each of which is looked at more than once


@pytest.mark.parametrize(
    ("ending", "codec"), [("ts", "aac"), ("aac", "aac"), ("mp3", "libmp3lame"), ("mkv", "libopus")]
)
def test_sound_far_into_files_of_every_kind(tmp_path, path, ending, codec):
    source = write_clicks(tmp_path / f"sound.{ending}", codec, seconds=40.0)
    with av.open(str(source)) as container:
        offset = float((container.streams.audio[0].start_time or 0) * container.streams.audio[0].time_base)
    recorder = record(path, source, start=30.0 + offset)
    assert recorder.problems == ()
    assert clicks(path) == pytest.approx(expected(source, 30.0 + offset, 2.0), abs=0.03)
