"""A microphone that goes with a run over a live source."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from vitpose_live.app.hearing import Placing
from vitpose_live.app.outputs import Outputs
from vitpose_live.data import SourceInfo
from vitpose_live.errors import SettingsError, SourceError
from vitpose_live.sinks.live_sound import LiveSound
from vitpose_live.sources.microphone import Microphone

OPENING_SECONDS = 8.0
"""How long its first sound is waited for."""

_WAITING = 5.0  # seconds for which sound waits for its pictures: those of an analysis, or of faces that are hidden
_CLOSING = 0.5  # seconds


class Listening:
    """A microphone and where its sound goes.

    Parameters
    ----------
    name
        Of the microphone.
    """

    def __init__(self, name: str) -> None:
        self.sound = LiveSound()
        """What a recorder takes."""
        self._placing = Placing(self.sound.feed, _WAITING)
        self.see = self._placing.see
        """To be called with each picture that is recorded."""
        self.microphone = Microphone(name, self._placing.hear)

    @property
    def problems(self) -> tuple[str, ...]:
        """What went wrong with the microphone, a line each."""
        return self.microphone.problems


@contextmanager
def listening(name: str | None, info: SourceInfo, outputs: Outputs) -> Iterator[Listening | None]:
    """Listen to the microphone called `name` while the block runs; to none with None.

    Raises
    ------
    SettingsError
        When nothing live is recorded.
    SourceError
        When nothing is heard.
    """
    if name is None:
        yield None
        return
    if not info.live or outputs.video is None:
        what = "a file has its own sound" if not info.live else "there is no video to hear it with"
        hint = "leave --microphone out" if not info.live else "add -o OUT.mp4"
        raise SettingsError(f"microphone: {what}", hint=hint)
    ear = Listening(name)
    try:
        if not ear.microphone.wait(OPENING_SECONDS):
            raise ear.microphone.trouble or SourceError("the microphone gives no sound", hint="is it plugged in?")
        yield ear
    finally:
        ear.microphone.close(_CLOSING)
