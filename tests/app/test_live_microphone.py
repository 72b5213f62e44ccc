"""A session that listens: what is recorded of a camera has its sound, also from before the key."""

import threading

import av
import numpy as np
import pytest
from app.studio import Studio
from fakes import Camera

import vitpose_live as vl
from vitpose_live.app.live import LiveState
from vitpose_live.errors import SourceError

RATE = 48_000


class Booth:
    """Microphones that say what they are told; their clock is the pictures'."""

    def __init__(self):
        self.opened = []
        self.closed = 0

    def open(self, name, put):
        if name == "broken":
            raise SourceError("it is broken", hint="mend it")
        self.opened.append(name)
        self.running = True
        return self

    def close(self):
        self.closed += 1


@pytest.fixture
def studio():
    made = Studio()
    made.booth = Booth()
    made.session._open_microphone = made.booth.open
    yield made
    made.session.stop(20)
    assert made.session.microphone is None
    assert made.booth.closed == len(made.booth.opened)


def picture(index):
    return vl.Frame(np.full((6, 8, 3), 90, np.uint8), index, index / 30, 10**9 + round(index / 30 * 1e9))


def feed(studio, camera, indices):
    for index in indices:  # one after the other, so that none is dropped
        camera.give(picture(index))
        while studio.session.replay().times[-1:] != (index / 30,):
            threading.Event().wait(0.001)


def say(session, ticks, *, loud):
    """Let so many times 20 ms since the first picture be heard, a tone for a tenth of a second from `loud` on."""
    for tick in ticks:
        moments = tick / 50 + np.arange(960) / RATE
        tone = 0.5 * np.sin(2000 * np.pi * moments) * ((moments >= loud) & (moments < loud + 0.1))
        session.hear(tone.astype(np.float32)[:, None], 10**9 + round(tick / 50 * 1e9))


def loudness(path):
    """The volume of each tenth of a second of a recording."""
    with av.open(str(path)) as container:
        blocks = [(frame.pts, frame.to_ndarray()[0]) for frame in container.decode(audio=0)]
    samples = np.concatenate([block[max(0, -pts) :] for pts, block in blocks])
    return [
        round(float(np.abs(samples[start : start + 4800]).max()), 1) for start in range(0, len(samples) - 2400, 4800)
    ]


@pytest.mark.parametrize(("before", "tones"), [(0.0, [0.7]), (0.5, [0.2, 1.2])])
def test_what_is_heard_is_recorded_where_it_was(studio, tmp_path, before, tones):
    session, camera = studio.session, Camera()
    session.open(camera)
    session.listen("Lesson")
    feed(studio, camera, range(31))
    say(session, range(-5, 51), loud=0.7)
    session.record(tmp_path / "out.mp4", before=before)
    feed(studio, camera, range(31, 62))
    say(session, range(51, 103), loud=1.7 if before else 1 + 1 / 30 + 0.7)
    session.stop_recording()
    session.stop(20)
    volumes = loudness(tmp_path / "out.mp4")
    assert [index / 10 for index, volume in enumerate(volumes) if volume > 0.3] == pytest.approx(tones)


def test_one_microphone_at_a_time_and_none_after_the_end(studio):
    session = studio.session
    for name in ("Lesson", "Lesson", "Other", None, "default"):
        session.listen(name)
        assert (session.microphone and session.microphone.name) == name
        studio.until(lambda name=name: not name or studio.booth.opened[-1:] == [name])
    assert studio.booth.opened == ["Lesson", "Other", "default"]


def test_what_is_wrong_with_it_leaves_the_pictures_alone(studio, tmp_path):
    session, camera = studio.session, Camera()
    session.open(camera)
    session.listen("broken")
    studio.until(lambda: session.microphone.trouble is not None)
    assert session.microphone.trouble.hint == "mend it"
    feed(studio, camera, range(3))
    assert session.state is LiveState.RUNNING
    assert session.error is None
    session.record(tmp_path / "out.mp4")
    feed(studio, camera, range(3, 35))
    session.stop_recording()
    session.stop(20)
    assert max(loudness(tmp_path / "out.mp4")) == 0


@pytest.mark.parametrize("name", [None, "Lesson"])
def test_without_a_microphone_there_is_no_sound(studio, tmp_path, name):
    session, camera = studio.session, Camera()
    session.open(camera)
    session.listen(name)
    feed(studio, camera, [0])
    session.record(tmp_path / "out.mp4")
    feed(studio, camera, [1, 2])
    session.stop_recording()
    session.stop(20)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert len(container.streams.audio) == (name is not None)
