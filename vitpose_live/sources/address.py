"""The grammar of SOURCE: what a person may name as the input.

::

    SOURCE  = camera | stream | path
    camera  = "webcam" [":" number] | number                0, webcam, webcam:1
    stream  = ("rtsp" | "rtmp" | "http" | "https" | "udp" | "srt" ...) "://" anything
    path    = a video file, a picture, a folder, or a pattern with * ? []

A `pathlib.Path` is always a path, so a file called ``0`` is named ``./0`` or ``Path("0")``.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from vitpose_live.errors import SourceError

STREAM_SCHEMES = ("rtsp", "rtsps", "rtmp", "rtmps", "http", "https", "udp", "srt")

_CAMERA = re.compile(r"(?:webcam(?::(\d+))?|(\d+))", re.IGNORECASE | re.ASCII)
_URL = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE | re.ASCII)  # two letters or more: C:// is a drive


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera of this machine, by its number."""

    index: int


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream on the network, by its address."""

    url: str


Address = Camera | Stream | Path


def parse_address(source: str | Path | int) -> Address:
    """Say what `source` names; looks at the text only, not at the disk.

    Parameters
    ----------
    source
        What the user gave; a leading ``~`` stands for their home folder.

    Raises
    ------
    SourceError
        When it is empty, or an address of a kind that is not read.
    """
    if isinstance(source, int):
        if source < 0:
            raise SourceError(f"there is no camera {source}", hint="cameras are numbered from 0")
        return Camera(source)
    text = os.fspath(source)
    if not text.strip():
        raise SourceError("no source was given", hint="name a video file, a folder of pictures, or a pattern")
    if isinstance(source, str):
        if camera := _CAMERA.fullmatch(text):
            return Camera(int(camera[1] or camera[2] or 0))
        if url := _URL.match(text):
            if url[1].lower() not in STREAM_SCHEMES:
                known = ", ".join(f"{scheme}://" for scheme in STREAM_SCHEMES)
                raise SourceError(f"addresses of kind {url[1]}:// are not read: {text}", hint=f"known: {known}")
            return Stream(text)
    return Path(os.path.expanduser(text))  # noqa: PTH111  # Path.expanduser raises for a file that is called ~x
