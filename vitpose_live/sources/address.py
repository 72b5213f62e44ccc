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

_IN_TEXT = re.compile(r"[a-z][a-z0-9+.-]*://[^\s'\"`]+", re.IGNORECASE | re.ASCII)
_AUTHORITY = re.compile(r"[^/?#]*")
_HOST = re.compile(r"(?:\[[^\]]*\]|[^:]*)(?::\d*)?")
_SECRETS = "pass|pwd|token|key|secret|auth|sig|user|usr|login|credential"
_SECRET = re.compile(rf"([?&;][^=&;]*?(?:{_SECRETS})[^=&;]*=)[^&;#]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera of this machine, by its number."""

    index: int


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream on the network, by its address."""

    url: str


Address = Camera | Stream | Path


def masked(url: str) -> str:
    """Return an address with its user name, password and keys replaced by ``***``, fit to be shown."""
    scheme, mark, rest = url.partition("://")
    authority = _AUTHORITY.match(rest)
    assert authority is not None
    if "@" in authority[0]:
        rest = "***@" + rest[authority[0].rindex("@") + 1 :]
    elif "@" in rest and not _HOST.fullmatch(authority[0]):  # a password with a slash in it
        rest = "***@" + rest[rest.rindex("@") + 1 :]
    return scheme + mark + _SECRET.sub(r"\1***", rest)


def masked_text(text: str) -> str:
    """Return a text with every address in it masked, fit to be shown."""
    return _IN_TEXT.sub(lambda found: masked(found[0]), text)


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
                raise SourceError(f"addresses of kind {url[1]}:// are not read: {masked(text)}", hint=f"known: {known}")
            return Stream(text)
    return Path(os.path.expanduser(text))  # noqa: PTH111  # Path.expanduser raises for a file that is called ~x
