"""What is recorded while a file plays has the sound that belongs to its pictures, through jumps and pauses."""

from fractions import Fraction

import av
import numpy as np
import pytest
from app.studio import Studio

import vitpose_live as vl
from vitpose_live.app.live import LiveState
from vitpose_live.app.live_record import Recording
from vitpose_live.app.live_scribe import Timeline
from vitpose_live.app.settings import Settings
from vitpose_live.data import SourceInfo
from vitpose_live.errors import OutputError, SourceError
from vitpose_live.sources import open_source
from vitpose_live.sources.file_sound import FileSound

RATE, FPS, SECONDS = 48_000, 20, 8
CLEAN = Settings.of(layout="clean", quality="small", det_frequency=1)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """A film with a tone of 20 ms every 0.7 s."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    wave = np.zeros((1, SECONDS * RATE), np.float32)
    for moment in np.arange(0.37, SECONDS, 0.7):
        wave[0, round(moment * RATE) :][:960] = 0.7 * np.cos(2 * np.pi * 1000 * np.arange(960) / RATE)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=FPS, options={"g": "10", "preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 32, 24, "yuv420p"
        audio = container.add_stream("aac", rate=RATE, layout="mono")
        for index in range(SECONDS * FPS):
            container.mux(video.encode(av.VideoFrame.from_ndarray(np.full((24, 32, 3), index, np.uint8))))
            part = np.ascontiguousarray(wave[:, index * RATE // FPS : (index + 1) * RATE // FPS])
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
            frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), index * RATE // FPS
            container.mux(audio.encode(frame))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    return path


def heard(path):
    with av.open(str(path)) as container:
        blocks = [(frame.pts, frame.to_ndarray()[0]) for frame in container.decode(audio=0)]
    samples = np.concatenate([block[max(0, -pts) :] for pts, block in blocks])
    loud = np.flatnonzero(np.abs(samples) > 0.25)
    return loud[np.diff(loud, prepend=-RATE) > RATE // 10] / RATE


def expected(pairs):
    """Seconds of the recording at which tones are due, from the file's and the recording's time of each picture."""
    found = []
    for (time, seconds), (_, following) in zip(pairs, [*pairs[1:], (0, pairs[-1][1] + 1 / FPS)], strict=True):
        tones = np.arange(0.37, SECONDS, 0.7)
        found += [seconds + tone - time for tone in tones if time <= tone < time + following - seconds]
    return found


@pytest.mark.parametrize(
    "stretches",
    [
        [(0, 160)],
        [(13, 55)],  # begun in the middle
        [(20, 40), (100, 120), (10, 50), (150, 160)],  # jumps on and back
        [(0, 30), (33, 60), (66, 100)],  # pauses of the recording
    ],
)
def test_each_picture_is_heard_with_its_own_sound(film, tmp_path, stretches):
    path = tmp_path / "out.mp4"
    with open_source(film) as source:
        info = source.info
    recording = Recording(path, info=info, settings=CLEAN, told=pytest.fail)
    timeline, pairs = Timeline(info), []
    for first, last in stretches:
        for index in range(first, last):
            frame = vl.Frame(np.full((24, 32, 3), index, np.uint8), index, index / FPS)
            pairs.append((frame.time, timeline.at(frame, cut=index == first)))
            empty = vl.FrameResult(frame, vl.Tracks.empty(), vl.Poses.empty(vl.load_skeleton("coco17")))
            recording.write(empty, pairs[-1][1])
    recording.finish()
    recording.finish()
    assert heard(path) == pytest.approx(expected(pairs), abs=0.012)
    with av.open(str(path)) as container:
        lasts = [float(stream.duration * stream.time_base) for stream in container.streams]
    assert lasts[0] == pytest.approx(lasts[1], abs=0.03)


def test_a_film_that_is_watched_and_recorded_keeps_its_sound(film, tmp_path):
    """From the session: paused, twice as fast, and after a jump."""
    studio = Studio()
    session = studio.session
    session._open_source = open_source
    session.change(CLEAN)
    session.speed = 2.0
    session.open(film)
    studio.shown(10)
    session.pause()
    studio.state(LiveState.PAUSED)
    session.record(tmp_path / "out.mp4")
    first = studio.indices[-1] + 1
    session.resume()
    studio.until(lambda: studio.indices[-1] >= 30)
    session.seek(7.5)
    studio.state(LiveState.ENDED)
    session.stop(20)
    shown = studio.indices[studio.indices.index(first) :]
    timeline = Timeline(SourceInfo("film", 32, 24, FPS))
    empty = np.zeros((24, 32, 3), np.uint8)
    pairs = [(index / FPS, timeline.at(vl.Frame(empty, index, index / FPS))) for index in shown]
    assert session.error is None
    assert shown[-10:] == list(range(150, 160))
    assert heard(tmp_path / "out.mp4") == pytest.approx(expected(pairs), abs=0.012)


def test_a_film_without_sound_is_recorded_without(tmp_path):
    recording = Recording(tmp_path / "out.mp4", info=SourceInfo("film", 32, 24, FPS), settings=CLEAN)
    assert recording._sound is None
    recording.finish()


def picture(index):
    frame = vl.Frame(np.full((24, 32, 3), index, np.uint8), index, index / FPS)
    return vl.FrameResult(frame, vl.Tracks.empty(), vl.Poses.empty(vl.load_skeleton("coco17")))


def test_sound_that_cannot_be_read_any_more_is_told_and_the_pictures_go_on(film, tmp_path, monkeypatch):
    told = []
    info = SourceInfo("film", 32, 24, FPS, audio_path=str(film))
    recording = Recording(tmp_path / "out.mp4", info=info, settings=CLEAN, told=told.append)
    recording.write(picture(0), 0.0)

    def torn(self, begin, end):
        raise SourceError("torn")

    monkeypatch.setattr(FileSound, "read", torn)
    for index in range(1, 40):
        recording.write(picture(index), index / FPS)
    recording.finish()
    assert [str(error) for error in told] == ["torn"]
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert len(list(container.decode(video=0))) == 40


def test_a_file_that_is_gone_is_told(tmp_path):
    told = []
    info = SourceInfo("film", 32, 24, FPS, audio_path=str(tmp_path / "none.mp4"))
    recording = Recording(tmp_path / "out.mp4", info=info, settings=CLEAN, told=told.append)
    recording.write(picture(0), 0.0)
    recording.finish()
    assert len(told) == 1
    assert recording.files == (tmp_path / "out.mp4",)


def test_a_recording_that_fails_lets_go_of_the_film(film, tmp_path, monkeypatch):
    info = SourceInfo("film", 32, 24, FPS, audio_path=str(film))
    recording = Recording(tmp_path / "out.mp4", info=info, settings=CLEAN)
    sound, closed = recording._film._sound, []
    monkeypatch.setattr(sound, "close", lambda: closed.append(True))

    def full(image, seconds):
        raise OutputError("the disk is full")

    monkeypatch.setattr(recording._recorder, "write", full)
    with pytest.raises(OutputError):
        recording.write(picture(0), 0.0)
    assert closed == [True]
    recording._recorder.abort()
