"""A finished recording is read back; damage is found and said, and nothing is lost by it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from sinks.media import pictures

from vitpose_live.errors import OutputError
from vitpose_live.sinks import VideoRecorder, verify
from vitpose_live.sinks.growing_file import GrowingFile
from vitpose_live.sinks.verify import WHOLE, Contents, DamagedError, Verify, check_recording, contents

LONG = WHOLE + 60


def picture(index):
    noise = np.random.default_rng(index // 7).integers(0, 256, (48, 64, 3), np.uint8)
    return np.roll(noise, index, 1)


def record(path, count, **options):
    recorder = VideoRecorder(path, fps_hint=30, **options)
    for index in range(count):
        recorder.write(picture(index), index / 30)
    recorder.close()
    return path


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recordings")
    return {count: record(folder / f"{count}.mp4", count) for count in (1, 40, LONG)}


@pytest.mark.parametrize("how", Verify)
@pytest.mark.parametrize("count", [1, 40, LONG])
def test_a_sound_file_is_found_so(recordings, count, how):
    check_recording(recordings[count], Contents(count, Fraction(count, 30)), how)
    assert contents(recordings[count]) == Contents(count, Fraction(count, 30))


@pytest.mark.parametrize(
    ("expected", "why"),
    [
        (Contents(41, Fraction(40, 30)), "41 pictures were written, and 40 are in it"),
        (Contents(40, Fraction(41, 30)), "it lasts 1.333 s instead of 1.367 s"),
    ],
)
def test_what_is_missing_is_said(recordings, expected, why):
    with pytest.raises(DamagedError, match=why):
        check_recording(recordings[40], expected)


@pytest.mark.parametrize("where", [0.1, 0.5, 0.9])
@pytest.mark.parametrize(("count", "how"), [(40, Verify.QUICK), (LONG, Verify.FULL)])
def test_damage_anywhere_is_found(recordings, tmp_path, count, how, where):
    data = bytearray(recordings[count].read_bytes())
    begin = round(where * data.rindex(b"moov"))
    data[begin : begin + 400] = bytes(400)
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(data)
    with pytest.raises(DamagedError):
        check_recording(damaged, Contents(count, Fraction(count, 30)), how)


@pytest.mark.parametrize("content", [b"", b"no video" * 100])
def test_what_is_no_recording_at_all(tmp_path, content):
    path = tmp_path / "out.mp4"
    path.write_bytes(content)
    with pytest.raises(DamagedError, match="read back"):
        check_recording(path, Contents(1, Fraction(1, 30)))
    with pytest.raises(DamagedError, match="read back"):
        contents(path)


def test_long_recordings_are_looked_at_in_places(recordings, monkeypatch):
    decoded = []
    check = verify._check_pictures
    monkeypatch.setattr(
        verify, "_check_pictures", lambda frames, times: (decoded.append(len(times)), check(frames, times))
    )
    check_recording(recordings[LONG], Contents(LONG, Fraction(LONG, 30)))
    assert len(decoded) == 3
    assert sum(decoded) <= WHOLE


class Forgetful(GrowingFile):
    """A disk that loses a stretch and says nothing."""

    def complete(self):
        super().complete()
        data = bytearray(self.path.read_bytes())
        middle = len(data) // 2
        data[middle : middle + 300] = bytes(300)
        self.path.write_bytes(data)


def test_a_disk_that_lies_is_found_out_and_what_there_is_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr("vitpose_live.sinks.movie_file.GrowingFile", Forgetful)
    path = tmp_path / "out.mp4"
    path.write_bytes(b"before")
    recorder = VideoRecorder(path, fps_hint=30, overwrite=True)
    for index in range(40):
        recorder.write(picture(index), index / 30)
    with pytest.raises(OutputError, match="damaged") as caught:
        recorder.close()
    recorder.abort()
    assert path.read_bytes() == b"before"
    assert str(tmp_path / "out.partial.mp4") in caught.value.hint
    assert len(pictures(tmp_path / "out.partial.mp4")[0]) > 10
    assert recorder.files == ()
