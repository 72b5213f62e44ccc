"""The recording of a run over a source: as the settings ask for it, from the source's time and sound."""

from __future__ import annotations

from typing import Any

from vitpose_live.app.outputs import Outputs
from vitpose_live.app.settings import Layout, Settings
from vitpose_live.data import SourceInfo
from vitpose_live.sinks import PartsRecorder, VideoRecorder, open_recorder
from vitpose_live.sinks.encoders import Quality, find_encoder
from vitpose_live.sinks.parts import Split, check_parts
from vitpose_live.sinks.room import tight

Recorder = VideoRecorder | PartsRecorder


def check_recording(source: Any, settings: Settings, outputs: Outputs) -> None:
    """Refuse, before any work, a recording of `source` that cannot be.

    Raises
    ------
    SettingsError
        When the split cannot be read.
    OutputError
        When the encoder does not work, or one of the parts is there already or is the source.
    """
    if outputs.video is not None:
        find_encoder(settings.encoder)
        if settings.split is not None:
            Split.parse(settings.split)
            check_parts(outputs.video, overwrite=outputs.overwrite, source=source)


def record(info: SourceInfo, settings: Settings, outputs: Outputs) -> Recorder | None:
    """Return what records the source described by `info`, None when no video is asked for.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    if outputs.video is None:
        return None
    return open_recorder(
        outputs.video,
        settings.split,
        fps_hint=info.fps,
        audio_path=info.audio_path,
        audio_start=info.start_time,
        duration=info.duration,
        overwrite=outputs.overwrite,
        quality=settings.quality,
        encoder=settings.encoder,
        verify=settings.verify,
        source=info.uri,
    )


def shortage(info: SourceInfo, settings: Settings, outputs: Outputs, duration: float | None) -> tuple[str, ...]:
    """Return a line when the recording of `duration` seconds, None for all, may not fit on its disk."""
    if outputs.video is None:
        return ()
    known = [seconds for seconds in (duration, info.duration) if seconds is not None]
    width = info.width * (2 if settings.layout is Layout.SIDE_BY_SIDE else 1)
    line = tight(
        outputs.video.resolve().parent,
        size=(width, info.height),
        rate=info.fps,
        seconds=min(known) if known else None,
        quality=Quality(settings.quality),
    )
    return (line,) if line else ()
