"""A slow disk makes a camera's pictures go unanalysed, and a file's wait; what is analysed is recorded."""

from __future__ import annotations

from threading import Condition, Event

import pytest
from fakes import EchoAnalyzer, ListSource, frame
from sinks.media import increasing, pictures

from vitpose_live.pipeline import Runner
from vitpose_live.sinks import VideoRecorder
from vitpose_live.sinks.growing_file import GrowingFile

LAST = 199
FIRST_WRITES = 30


class Delivered:
    """Records results and tells who waits for it."""

    def __init__(self, path):
        self.recorder = VideoRecorder(path, fps_hint=30)
        self.indices = []
        self.changed = Condition()
        self.close, self.abort = self.recorder.close, self.recorder.abort

    def write(self, result):
        self.recorder.write(result.frame.image, result.frame.time)
        with self.changed:
            self.indices.append(result.frame.index)
            self.changed.notify_all()


@pytest.mark.parametrize("live", [True, False])
def test_what_is_analysed_is_recorded_however_slow_the_disk(tmp_path, monkeypatch, live):
    stuck, released = Event(), Event()
    sink = Delivered(tmp_path / "out.mp4")

    class Slow(GrowingFile):
        """Does nothing at all until it is released, and then takes a little at a time."""

        def _append(self, data):
            with sink.changed:
                stuck.set()
                sink.changed.notify_all()
            assert released.wait(60)
            return super()._append(data[:500])

    def before(given):
        """Give one picture after the other until the disk sticks, then all that come."""
        with sink.changed:
            assert sink.changed.wait_for(lambda: stuck.is_set() or len(sink.indices) >= given.index, 60)
        if given.index == (LAST if live else FIRST_WRITES):
            released.set()

    monkeypatch.setattr("vitpose_live.sinks.movie_file.GrowingFile", Slow)
    frames = [frame(index, size=(64, 48)) for index in range(LAST + 1)]
    # the pictures that a file's channels hold must reach as far as the one that releases the disk
    monkeypatch.setattr(Runner, "FILE_CAPACITY", FIRST_WRITES)
    runner = Runner(ListSource(frames, live=live, before=before), EchoAnalyzer(), [sink])
    runner.run()
    status = runner.status()
    times, images = pictures(tmp_path / "out.mp4")
    assert stuck.is_set()
    assert len(images) == status.delivered == len(sink.indices)
    assert times == pytest.approx([index / 30 for index in sink.indices], abs=1e-3)
    assert [image.mean() for image in images] == pytest.approx(sink.indices, abs=3)
    assert increasing(times)
    assert status.delivered + status.dropped == len(frames)
    if live:
        assert status.dropped > 0
    else:
        assert status.delivered == len(frames)
