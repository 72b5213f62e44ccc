"""A run over a live source that is recorded with a microphone."""

import threading
from functools import partial
from time import monotonic_ns

import av
import numpy as np
import pytest
from fakes import BoxDetector, Camera, CentrePose

import vitpose_live as vl
from vitpose_live.app import listening, process
from vitpose_live.app.outputs import Outputs
from vitpose_live.app.session import wire
from vitpose_live.app.settings import Settings
from vitpose_live.errors import SettingsError, SourceError
from vitpose_live.sources import microphone

SETTINGS = Settings.of(det_frequency=1, history=False)


class Booth:
    """A microphone that is asked once for all it hears."""

    def __init__(self):
        self.put = None
        self.running = True
        self.closed = threading.Event()

    def open(self, name, put):
        if name != "Lesson":
            raise SourceError(f"there is no microphone {name!r}", hint="microphones here: Lesson")
        self.put = put
        put(np.full(960, 0.01, np.float32).tobytes())
        return self

    def close(self):
        self.closed.set()


@pytest.fixture
def booth(monkeypatch):
    made = Booth()
    monkeypatch.setattr(microphone, "_open_system", made.open)
    patient = partial(microphone.Microphone, patience=microphone.Patience(settling=0.0, stuck=20.0))
    monkeypatch.setattr(listening, "Microphone", patient)
    return made


@pytest.fixture
def camera(monkeypatch):
    made = Camera()
    monkeypatch.setattr(process, "open_source", lambda *_, **__: made)
    monkeypatch.setattr(
        process, "build_analyzer", lambda settings, info, get: wire(settings, info, BoxDetector(), CentrePose())
    )
    return made


def test_a_camera_is_recorded_with_what_is_heard(booth, camera, tmp_path):
    shown = threading.Event()

    def play():
        start = monotonic_ns()
        booth.put(np.full(48_000, 0.01, np.float32).tobytes())  # a second, as soon as it is over
        for index in range(3):
            camera.give(vl.Frame(np.full((6, 8, 3), 90, np.uint8), index, index / 4, start + index * 250_000_000))
            assert shown.wait(20)
            shown.clear()
        camera.close()

    class Watch:
        count = 0

        def __call__(self, status, info):
            if self.count == 0 and booth.put is not None:
                threading.Thread(target=play, daemon=True).start()
                self.count = 1
            if status.delivered == self.count:
                self.count += 1
                shown.set()

    outputs = Outputs(tmp_path / "out.mp4")
    report = process.process_source("camera", SETTINGS, outputs, microphone="Lesson", watch=Watch())
    assert report.problems == ()
    assert booth.closed.is_set()
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert [frame.time for frame in container.decode(video=0)] == pytest.approx([0, 0.25, 0.5], abs=1e-4)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert sum(frame.samples for frame in container.decode(audio=0)) >= 24_000


def test_one_that_is_not_there_is_told_before_any_work(booth, camera, tmp_path):
    with pytest.raises(SourceError, match="no microphone 'Other'") as caught:
        process.process_source("camera", SETTINGS, Outputs(tmp_path / "out.mp4"), microphone="Other")
    assert caught.value.hint == "microphones here: Lesson"
    assert camera.closed.is_set()
    assert list(tmp_path.iterdir()) == []


def test_one_that_says_nothing_is_told_of(booth, camera, tmp_path, monkeypatch):
    monkeypatch.setattr(listening, "OPENING_SECONDS", 0.0)
    monkeypatch.setattr(microphone, "_open_system", lambda name, put: booth)
    with pytest.raises(SourceError, match="no sound"):
        process.process_source("camera", SETTINGS, Outputs(tmp_path / "out.mp4"), microphone="Lesson")
    assert booth.closed.wait(20)


def test_without_a_video_there_is_nothing_to_hear_it_with(booth, camera, tmp_path):
    with pytest.raises(SettingsError, match="no video"):
        process.process_source("camera", SETTINGS, Outputs(None, (tmp_path / "a.csv",)), microphone="Lesson")
    assert booth.put is None
