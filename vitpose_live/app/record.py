"""The recording of a run over a source: as the settings ask for it, from the source's time and sound."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vitpose_live.app.outputs import Outputs
from vitpose_live.app.settings import Layout, Settings
from vitpose_live.data import SourceInfo
from vitpose_live.sinks import PartsRecorder, VideoRecorder, open_recorder
from vitpose_live.sinks.encoders import Quality, find_encoder
from vitpose_live.sinks.live_sound import LiveSound
from vitpose_live.sinks.parts import Split, check_parts
from vitpose_live.sinks.room import tight
from vitpose_live.sinks.target import writing

Recorder = VideoRecorder | PartsRecorder


def _sizes(settings: Settings, outputs: Outputs) -> dict[Path, int]:
    """Return how many pictures of the source wide each recording is, by what holds it: a file, or the session."""
    sizes = {}
    if outputs.video is not None:
        sizes[outputs.video] = 2 if settings.layout is Layout.SIDE_BY_SIDE else 1
    if outputs.session is not None and outputs.session_video:
        sizes[outputs.session] = 1
    return sizes


def check_recording(source: Any, settings: Settings, outputs: Outputs) -> None:
    """Refuse, before any work, a recording of `source` that cannot be.

    Raises
    ------
    SettingsError
        When the split cannot be read.
    OutputError
        When the encoder does not work, or one of the parts is there already or is the source.
    """
    if _sizes(settings, outputs):
        find_encoder(settings.encoder)
    if outputs.video is not None and settings.split is not None:
        Split.parse(settings.split)
        check_parts(outputs.video, overwrite=outputs.overwrite, source=source)


def record(info: SourceInfo, settings: Settings, outputs: Outputs, sound: LiveSound | None = None) -> Recorder | None:
    """Return what records the source described by `info`, None when no video is asked for; with `sound` if given.

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
        sound=sound,
        source=info.uri,
    )


def shortage(info: SourceInfo, settings: Settings, outputs: Outputs, duration: float | None) -> tuple[str, ...]:
    """Return a line for each disk on which what is recorded in `duration` seconds, None for all, may not fit.

    Raises
    ------
    OutputError
        When a disk does not say how much is free.
    """
    known = [seconds for seconds in (duration, info.duration) if seconds is not None]
    disks: dict[int, tuple[Path, int]] = {}
    for path, pictures in _sizes(settings, outputs).items():
        folder = path.resolve().parent
        with writing(folder):
            disk = folder.stat().st_dev
        first, others = disks.get(disk, (folder, 0))
        disks[disk] = first, others + pictures
    lines = (
        tight(
            folder,
            size=(info.width * pictures, info.height),
            rate=info.fps,
            seconds=min(known) if known else None,
            quality=Quality(settings.quality),
        )
        for folder, pictures in disks.values()
    )
    return tuple(line for line in lines if line)
