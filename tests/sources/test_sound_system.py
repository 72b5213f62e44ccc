"""Microphones of a real sound server, where one can be started; and of none."""

import sys
import threading

import numpy as np
import pytest
from sound_server import WHY_NOT, SoundServer, onsets

from vitpose_live.errors import SourceError
from vitpose_live.sources import list_microphones
from vitpose_live.sources.microphone import DEFAULT, Microphone, Patience
from vitpose_live.sources.sound_system import open_microphone

real = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)


@pytest.fixture
def server(tmp_path, monkeypatch):
    running = SoundServer(tmp_path)
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    yield running
    running.close()


def tones(blocks):
    """Seconds of the clock at which tones begin."""
    if not blocks:
        return []
    samples = np.concatenate([samples[:, 0] for samples, _ in blocks])
    return [blocks[0][1] / 1e9 + onset for onset in onsets(samples) if onset > 0.03]


@real
def test_sound_is_of_the_moment_at_which_it_was_made_and_a_lost_microphone_is_told_of(server):
    pytest.importorskip("miniaudio")
    said = threading.Condition()
    blocks = []

    def hear(samples, captured_ns):
        with said:
            blocks.append((samples, captured_ns))
            said.notify_all()

    def told():
        with said:
            said.notify_all()

    pipe = server.plug_in("Lesson")
    server.plug_in("Lesson")
    assert list_microphones() == ("Lesson", "Lesson (2)")
    microphone = Microphone("Lesson", hear, changed=told, patience=Patience(settling=0.1, stuck=0.5))
    with said:
        assert said.wait_for(lambda: tones(blocks), 20), microphone.trouble
        pipe.unplug()
        assert said.wait_for(lambda: microphone.trouble is not None, 20)
    assert str(microphone.trouble) == "the microphone Lesson was lost"
    microphone.close(5)
    assert not microphone._thread.is_alive()
    (first, *_) = tones(blocks)
    assert abs(first - round(first)) < 0.04  # of the clock, at whose whole seconds they are


@real
def test_what_is_not_there_is_one_line_with_what_is(server):
    pytest.importorskip("miniaudio")
    server.plug_in("Lesson")
    with pytest.raises(SourceError, match="no microphone 'Other'") as caught:
        open_microphone("Other", print)
    assert caught.value.hint == "microphones here: Lesson"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there always is one")
@pytest.mark.parametrize("ask", [list_microphones, lambda: open_microphone(DEFAULT, print)])
def test_without_a_sound_server_there_is_a_hint(monkeypatch, tmp_path, ask, capfd):
    pytest.importorskip("miniaudio")
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path / 'none'}")
    with pytest.raises(SourceError, match="microphone") as caught:
        ask()
    assert "PipeWire" in caught.value.hint
    assert capfd.readouterr().err == ""


def test_without_the_library_it_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "miniaudio", None)
    with pytest.raises(SourceError, match="miniaudio is not installed") as caught:
        list_microphones()
    assert "pip install miniaudio" in caught.value.hint
