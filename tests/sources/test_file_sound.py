"""Any stretch of a file's sound is what reading it through gives there."""

from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest

from vitpose_live.errors import SourceError
from vitpose_live.sources.file_sound import RATE, FileSound

SECONDS = 6


def write(path, codec, *, rate=48_000, channels=1, starts=0.0):
    """Write a file whose sound is silent but for 5 ms at every whole second of it."""
    layout = "mono" if channels == 1 else "stereo"
    wave = np.zeros((channels, rate * SECONDS), np.float32)
    for second in range(1, SECONDS):
        tone = np.sin(2 * np.pi * 1000 * np.arange(rate // 200) / rate)
        wave[:, second * rate : second * rate + len(tone)] = 0.2 + 0.1 * second * tone
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        resampler = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=rate)
        for first in range(0, wave.shape[1], 1024):
            frame = av.AudioFrame.from_ndarray(wave[:, first : first + 1024].copy(), format="fltp", layout=layout)
            frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
            frame.pts = first + round(starts * rate)
            for each in resampler.resample(frame):
                container.mux(stream.encode(each))
        container.mux(stream.encode(None))
    return path


def heard(samples):
    loud = np.flatnonzero(np.abs(samples).max(axis=1) > 0.1)
    return loud[np.diff(loud, prepend=-RATE) > RATE // 10] / RATE


@pytest.mark.parametrize(
    ("name", "codec", "rate", "channels"),
    [
        ("a.mp4", "aac", 48_000, 1),
        ("a.mp4", "aac", 44_100, 2),
        ("a.mkv", "aac", 44_100, 1),
        ("a.wav", "pcm_s16le", 16_000, 2),
        ("a.mkv", "flac", 48_000, 1),
        ("a.ts", "mp2", 48_000, 2),
    ],
)
def test_every_stretch_is_where_it_is(tmp_path, name, codec, rate, channels):
    path = write(tmp_path / name, codec, rate=rate, channels=channels)
    with av.open(str(path)) as container:
        origin = float(container.start_time or 0) / av.time_base
    sound = FileSound(path, origin)
    assert sound.channels == channels
    whole = sound.read(0.0, SECONDS)
    assert whole.shape == (SECONDS * RATE, channels)
    assert heard(whole) == pytest.approx(range(1, SECONDS), abs=0.012)
    # on from the end, back, far on, small steps, and over the end
    for begin, end in [(5.0, 6.5), (0.5, 1.5), (4.75, 5.25), (4.75, 5.25), (0.0, 0.01), (0.01, 1.9), (-1.0, 1.5)]:
        part = sound.read(begin, end)
        assert len(part) == round((end - begin) * RATE)
        expected = [second - begin for second in range(1, SECONDS) if begin <= second < end]
        assert heard(part) == pytest.approx(expected, abs=0.012)
    sound.close()


def test_pieces_make_the_whole(tmp_path):
    sound = FileSound(write(tmp_path / "a.mkv", "flac"), 0.0)
    whole = sound.read(0.0, 4.0)
    edges = np.cumsum(np.random.default_rng(0).uniform(0.01, 0.08, 200))
    edges = [0.0, *edges[edges < 4.0], 4.0]
    pieces = [sound.read(begin, end) for begin, end in pairwise(edges)]
    np.testing.assert_array_equal(np.concatenate(pieces), whole)
    sound.close()


def test_sound_that_begins_late_is_silent_before(tmp_path):
    path = write(tmp_path / "a.mkv", "flac", starts=0.75)
    sound = FileSound(path, 0.25)
    assert heard(sound.read(0.0, 4.0)) == pytest.approx([1.5, 2.5, 3.5], abs=0.01)
    sound.close()


def test_what_has_no_sound_is_refused(tmp_path):
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height = 64, 48
        stream.pix_fmt = "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8))
        container.mux([*stream.encode(frame), *stream.encode(None)])
    with pytest.raises(SourceError, match="no sound"):
        FileSound(tmp_path / "a.mp4", 0.0)


def test_damaged_packets_are_silence(tmp_path, monkeypatch):
    sound = FileSound(write(tmp_path / "a.mkv", "flac"), 0.0)
    demux = sound._container.demux

    class Torn:
        def decode(self):
            raise av.InvalidDataError(1, "torn")

    def torn(stream):
        for number, packet in enumerate(demux(stream)):
            yield Torn() if 20 <= number < 30 else packet

    class Container:
        demux = staticmethod(torn)

    monkeypatch.setattr(sound, "_container", Container)
    assert heard(sound.read(0.0, 4.0)) == pytest.approx([1, 3], abs=0.01)  # packets of 96 ms
    assert sound.damaged == 10
    sound.close()
