"""``vitpose-live cameras`` and ``microphones``: which there are, and what they give."""

from __future__ import annotations

import json as json_format
from dataclasses import asdict
from typing import TYPE_CHECKING

from vitpose_live.cli.output import print_line, say
from vitpose_live.errors import SourceError

if TYPE_CHECKING:
    from vitpose_live.sources.camera import CameraFormat


def cameras(*, json: bool = False) -> int:
    """List the cameras of this machine and the formats that really open.

    Each camera is opened for a moment; one that is in use elsewhere says so.

    Parameters
    ----------
    json
        Print one JSON object instead.
    """
    from vitpose_live.sources import list_cameras  # noqa: PLC0415

    found = list_cameras()
    described = [(camera, *_look(camera.index)) for camera in found]
    if json:
        rows = [
            {**asdict(camera), "formats": [asdict(each) for each in formats], "trouble": trouble}
            for camera, formats, trouble in described
        ]
        print_line(json_format.dumps({"cameras": rows}))
        return 0
    if not found:
        say("no camera was found; is one plugged in, and may this account use it?")
    width = max((len(camera.name) for camera in found), default=0)
    for camera, formats, trouble in described:
        print_line(f"{camera.index}  {camera.name:<{width}}  {trouble or '  '.join(map(str, formats))}")
    return 0


def microphones(*, json: bool = False) -> int:
    """List the microphones of this machine by the names that `process --microphone` takes.

    Parameters
    ----------
    json
        Print one JSON object instead.
    """
    from vitpose_live.sources import list_microphones  # noqa: PLC0415

    found = list_microphones()
    if json:
        print_line(json_format.dumps({"microphones": [{"name": name} for name in found]}))
        return 0
    if not found:
        say("no microphone was found; is one plugged in, and may this account use it?")
    for name in found:
        print_line(name)
    return 0


def _look(index: int) -> tuple[tuple[CameraFormat, ...], str]:
    """Return the formats of camera `index`, and what keeps it from being opened."""
    from vitpose_live.sources.camera import camera_formats  # noqa: PLC0415

    try:
        return camera_formats(index), ""
    except SourceError as error:
        return (), f"{error}; {error.hint}" if error.hint else str(error)
