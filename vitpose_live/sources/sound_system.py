"""The system's microphones, by miniaudio: PulseAudio or PipeWire, Core Audio, WASAPI."""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any

from vitpose_live.errors import SourceError
from vitpose_live.sources.microphone import DEFAULT, RATE, Capture, Put

_BLOCK_MS = 20
_KEPT_BLOCKS = 50 if sys.platform == "linux" else 0
"""How many blocks the sound server keeps for a program that is held up, before it drops sound: a second's instead of
three. 0 leaves that to the library."""


def list_microphones() -> tuple[str, ...]:
    """Return the names of this machine's microphones; of several that are called alike the later ones get a number.

    May take long where the system's sound hangs.

    Raises
    ------
    SourceError
        When the system has no sound, or does not say.
    """
    return tuple(_found())


def open_microphone(name: str, put: Put) -> Capture:
    """Open a microphone and have its blocks put.

    Raises
    ------
    SourceError
        When it is not there, or cannot be opened.
    """
    audio = _miniaudio()
    found = {} if name == DEFAULT else _found()
    if name not in (DEFAULT, *found):
        here = f"microphones here: {', '.join(found)}" if found else "no microphone was found"
        raise SourceError(f"there is no microphone {name!r}", hint=here)
    try:
        device: Capture = audio.CaptureDevice(
            input_format=audio.SampleFormat.FLOAT32,
            nchannels=1,
            sample_rate=RATE,
            buffersize_msec=_BLOCK_MS,
            callback_periods=_KEPT_BLOCKS,
            device_id=found.get(name),
            backends=_backends(audio),
            app_name="vitpose_live",
        )
        device.start(_sink(put))  # type: ignore[attr-defined]
    except audio.MiniaudioError as error:
        raise _unusable("the microphone cannot be opened") from error
    return device


def _sink(put: Put) -> Generator[None, bytearray]:
    def blocks() -> Generator[None, bytearray]:
        while True:
            put((yield))

    sink = blocks()
    next(sink)
    return sink


def _found() -> dict[str, Any]:
    """Return what opens each microphone, by its name."""
    audio = _miniaudio()
    try:
        devices = audio.Devices(_backends(audio)).get_captures()
    except audio.MiniaudioError as error:
        raise _unusable("the system does not tell of any microphone") from error
    found: dict[str, Any] = {}
    for device in devices:
        alike = sum(name == device["name"] or name.startswith(f"{device['name']} (") for name in found)
        found[f"{device['name']} ({alike + 1})" if alike else device["name"]] = device["id"]
    return found


def _miniaudio() -> Any:
    try:
        import miniaudio  # noqa: PLC0415  no program needs it that does not listen
    except ImportError as error:
        raise SourceError(
            "microphones cannot be used here: miniaudio is not installed",
            hint="`pip install miniaudio`, which on this kind of machine needs a C compiler",
        ) from error
    return miniaudio


def _backends(audio: Any) -> list[Any] | None:
    """Name what is asked on Linux: ALSA beneath complains on stderr of itself, and gives a device to one at a time."""
    return [audio.Backend.PULSEAUDIO] if sys.platform == "linux" else None


_HINTS = {
    "linux": "is it plugged in, and is PulseAudio or PipeWire running?",
    "darwin": "is it plugged in? allow it in System Settings, Privacy & Security, Microphone",
    "win32": "is it plugged in? may desktop programs use it, by Settings, Privacy, Microphone?",
}


def _unusable(what: str) -> SourceError:
    return SourceError(what, hint=_HINTS.get(sys.platform, "is it plugged in?"))
