"""Live sound stays where its moment is, whatever the clocks of the sound card and of the program do."""

import av
import numpy as np
import pytest

from vitpose_live.errors import InvalidArrayError
from vitpose_live.sinks import open_recorder
from vitpose_live.sinks.live_sound import LAG, RATE, LiveSound

BLOCK = 480


def clicks(seconds, every, *, faster=0.0):
    """Samples of a card whose clock is `faster`, with a click every so many true seconds."""
    samples = np.zeros((round(seconds * RATE * (1 + faster)), 1), np.float32)
    for moment in np.arange(every, seconds, every):
        place = round(moment * RATE * (1 + faster))
        samples[place : place + 48] = 0.9
    return samples


def recorded(path, samples, seconds, *, faster=0.0, jitter=0.0, lost=(), fed=None):
    """Feed `samples` block by block as they would come, take what is due, and write them to a file."""
    random = np.random.default_rng(0)
    sound = LiveSound()
    with av.open(str(path), "w") as container:
        sound.attach(container)
        for place in range(0, len(samples) - BLOCK, BLOCK):
            true = place / (RATE * (1 + faster))
            if not any(start <= true < end for start, end in lost):
                late = random.random() * jitter
                sound.feed(samples[place : place + BLOCK], true + late)
            for packet in sound.take(true):
                container.mux(packet)
        for packet in sound.take(seconds, last=True):
            container.mux(packet)
    with av.open(str(path)) as container:
        decoded = [(frame.pts, frame.to_ndarray()[0]) for frame in container.decode(audio=0)]
    whole = np.zeros(round((seconds + 1) * RATE), np.float32)
    for pts, values in decoded:
        whole[max(pts, 0) : max(pts, 0) + len(values[max(-pts, 0) :])] = values[max(-pts, 0) :]
    return whole


def heard(whole):
    """Seconds at which clicks begin."""
    loud = np.flatnonzero(np.abs(whole) > 0.3)
    return loud[np.diff(loud, prepend=-RATE) > RATE // 10] / RATE


@pytest.mark.parametrize(("faster", "jitter"), [(0.0, 0.0), (2e-4, 0.01), (-2e-4, 0.01), (1e-3, 0.02), (0.0, 0.03)])
def test_each_click_is_heard_at_its_moment(tmp_path, faster, jitter):
    seconds = 60
    whole = recorded(tmp_path / "a.mp4", clicks(seconds, 5, faster=faster), seconds, faster=faster, jitter=jitter)
    found = heard(whole)
    expected = np.arange(5, seconds, 5)
    assert len(found) == len(expected)
    assert np.abs(found - jitter / 2 - expected).max() < 0.02


def test_what_was_lost_is_silence_and_the_rest_is_where_it_was(tmp_path):
    whole = recorded(tmp_path / "a.mp4", clicks(30, 2), 30, lost=[(0, 1), (9, 13)])
    np.testing.assert_allclose(heard(whole), [*range(2, 9, 2), *range(14, 30, 2)], atol=0.01)
    assert np.abs(whole[round(9.1 * RATE) : round(12.9 * RATE)]).max() < 0.01


def test_sound_that_never_comes_is_silence(tmp_path):
    sound = LiveSound()
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        sound.attach(container)
        for packet in sound.take(2.0, last=True):
            container.mux(packet)
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert sum(frame.samples for frame in container.decode(audio=0)) / RATE == pytest.approx(2.0, abs=0.05)


def test_what_comes_too_late_gives_way(tmp_path):
    sound = LiveSound()
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        sound.attach(container)
        packets = list(sound.take(1.0 + LAG))
        sound.feed(np.full((RATE, 1), 0.5, np.float32), 0.5)  # half of it is of a time that is recorded
        packets += sound.take(2.0, last=True)
        assert packets
    assert sound._taken == 2 * RATE


@pytest.mark.parametrize("shift", [-0.4, -0.05, 0.05, 0.4])
def test_after_a_cut_sound_is_where_it_belongs_at_once(shift):
    sound = LiveSound()
    sound.feed(np.full((RATE, 1), 0.1, np.float32), 0.0)
    sound.feed(np.full((RATE, 1), 0.5, np.float32), 1.0 + shift, cut=True)
    samples = sound._cut(2 * RATE)[0]
    assert np.argmax(samples > 0.3) == round((1.0 + shift) * RATE)


def test_what_comes_out_of_turn_takes_nothing_away():
    sound = LiveSound()
    sound.feed(np.full((2 * RATE, 1), 0.5, np.float32), 0.0)
    sound.feed(np.full((RATE, 1), 0.1, np.float32), 0.5)
    assert (sound._cut(2 * RATE) == 0.5).all()


def test_a_recording_in_parts_has_its_sound_in_parts(tmp_path):
    sound, samples = LiveSound(), clicks(30, 4)
    recorder = open_recorder(tmp_path / "out.mp4", "10s", fps_hint=25.0, sound=sound)
    for place in range(0, len(samples), BLOCK * 4):
        seconds = place / RATE
        sound.feed(samples[place : place + BLOCK * 4], seconds)
        recorder.write(np.full((48, 64, 3), place % 250, np.uint8), seconds)
    recorder.close()
    for number, path in enumerate(recorder.files):
        with av.open(str(path)) as container:
            whole = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0) if frame.pts >= 0])
        expected = [moment - 10 * number for moment in range(4, 30, 4) if 10 * number <= moment < 10 * number + 10]
        np.testing.assert_allclose(heard(whole), expected, atol=0.03)
    assert len(recorder.files) == 3


@pytest.mark.parametrize("shape", [(10,), (10, 2)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(InvalidArrayError):
        LiveSound().feed(np.zeros(shape, np.float32), 0.0)


def test_one_or_two_channels():
    with pytest.raises(InvalidArrayError):
        LiveSound(6)
