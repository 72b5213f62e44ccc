"""Says things aloud, through the voice that comes with the system; nothing leaves the machine."""

from __future__ import annotations

from typing import Any

from PyQt6.QtCore import QObject

from vitpose_live.errors import DeviceError, VitposeLiveError

_SILENT = "mock"
"""Qt's own engine, for tests."""
_HINT = "on Linux: install speech-dispatcher and a voice such as espeak-ng"


class Voice(QObject):
    """Off until `turn_on`; imports what speaks only then.

    Parameters
    ----------
    engine
        Name of the engine of Qt; None takes the system's.
    """

    def __init__(self, parent: QObject | None = None, engine: str | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._speech: Any = None

    @property
    def on(self) -> bool:
        """Whether it speaks."""
        return self._speech is not None

    def turn_on(self) -> None:
        """Get ready to speak.

        Raises
        ------
        VitposeLiveError
            When there is no voice on this machine.
        """
        if self._speech is not None:
            return
        try:
            from PyQt6.QtTextToSpeech import QTextToSpeech  # noqa: PLC0415  off by default
        except ImportError as error:
            raise VitposeLiveError("cues cannot be spoken: Qt's speech is not installed", hint=_HINT) from error
        engines = [self._engine] if self._engine else [e for e in QTextToSpeech.availableEngines() if e != _SILENT]
        for engine in engines:
            speech = QTextToSpeech(engine, self)
            if speech.state() != QTextToSpeech.State.Error:
                self._speech = speech
                return
            speech.deleteLater()
        raise DeviceError("cues cannot be spoken: no voice was found", hint=_HINT)

    def turn_off(self) -> None:
        """Be silent."""
        if self._speech is not None:
            self._speech.stop()
            self._speech.deleteLater()
            self._speech = None

    def say(self, text: str) -> bool:
        """Say `text`, unless it is off or still says something else; return whether it does."""
        if self._speech is None or not text:
            return False
        state = self._speech.state()
        if state != type(state).Ready:
            return False
        self._speech.say(text)
        return True
