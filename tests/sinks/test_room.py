"""A disk that fills up ends a recording in good order, before it is full."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest
from sinks.media import boxes, durations, pictures

from vitpose_live.errors import CutShortError, OutputError
from vitpose_live.sinks import VideoRecorder, recorder, room
from vitpose_live.sinks.encoders import Quality
from vitpose_live.sinks.room import LEAST, RESERVE, Room, expected_bytes, said_size, tight


class Disk:
    """Says how much is free; the next figure with every question, the last one for ever."""

    def __init__(self, *free: int) -> None:
        self._free = list(free)

    def __call__(self, folder) -> int:
        return self._free.pop(0) if len(self._free) > 1 else self._free[0]


def picture(index):
    return np.full((48, 64, 3), index % 256, np.uint8)


def record(sink, indices):
    for index in indices:
        sink.write(picture(index), index / 30)


@pytest.mark.parametrize("free", [0, LEAST - 1])
def test_nothing_is_begun_without_room(tmp_path, monkeypatch, free):
    monkeypatch.setattr(recorder, "Room", lambda folder: Room(folder, Disk(free)))
    with pytest.raises(OutputError, match=f"only {said_size(free)} free") as caught:
        VideoRecorder(tmp_path / "out.mp4", fps_hint=30)
    assert caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("free", [LEAST, 10 * RESERVE])
def test_a_recording_ends_itself_while_there_is_room_to_finish(tmp_path, monkeypatch, free):
    disk = Disk(free, *[free] * 4, min(RESERVE, free // 4))
    monkeypatch.setattr(recorder, "Room", lambda folder: Room(folder, disk))
    path = tmp_path / "out.mp4"
    sink = VideoRecorder(path, fps_hint=30)
    written = count()
    with pytest.raises(CutShortError, match="before the disk is full") as caught:
        record(sink, written)
    sink.abort()
    sink.close()
    assert caught.value.saved == path
    assert sink.files == (path,)
    assert len(pictures(path)[0]) == next(written)
    assert caught.value.seconds == pytest.approx(durations(path)["video"], abs=1e-3)
    assert "moof" not in boxes(path)
    assert f"{caught.value.seconds:.1f} s are saved" in str(caught.value)


def test_the_index_needs_room_of_its_own(tmp_path):
    watched = Room(tmp_path, Disk(4_000_000, 1_100_000))
    assert watched.shortage(index=50_000) == ""
    assert watched.shortage(index=200_000) == "only 1.1 MB free"


def test_a_recording_that_may_not_fit_is_announced(tmp_path, monkeypatch):
    size, rate = (1280, 720), 30.0
    needed = expected_bytes(size, rate, 600.0, Quality.STANDARD)
    monkeypatch.setattr(room, "free_bytes", Disk(round(needed + RESERVE - 1)))
    line = tight(tmp_path, size=size, rate=rate, seconds=600.0, quality=Quality.STANDARD)
    assert said_size(needed) in line
    assert tight(tmp_path, size=size, rate=rate, seconds=599.0, quality=Quality.STANDARD) == ""
    assert tight(tmp_path, size=size, rate=rate, seconds=600.0, quality=Quality.SMALL) == ""
    assert "10 min" in tight(tmp_path, size=size, rate=rate, seconds=None, quality=Quality.STANDARD)


def test_what_is_expected_grows_with_everything():
    least = expected_bytes((640, 480), 30, 10, Quality.SMALL)
    assert least > 0
    for more in (((1280, 480), 30, 10, Quality.SMALL), ((640, 480), 60, 10, Quality.SMALL)):
        assert expected_bytes(*more) == pytest.approx(2 * least)
    in_order = [expected_bytes((640, 480), 30, 10, quality) for quality in Quality]
    assert in_order == sorted(in_order)


def test_sizes_are_said_as_people_do():
    assert [said_size(size) for size in (0, 999, 1500, 2.5e6, 3e9)] == [
        "0 bytes",
        "999 bytes",
        "1.5 kB",
        "2.5 MB",
        "3.0 GB",
    ]
