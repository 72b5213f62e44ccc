"""Names of files: those that come from data are mended, those that people type are refused with a reason.

A name is safe when every common system takes it: Windows keeps some names for devices, drops dots and spaces at the
end and takes some letters for itself; file systems take 255 bytes; NUL ends a name everywhere.
"""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

from vitpose_live.errors import OutputError

LONGEST = 255
"""Bytes of a name, in UTF-8, that file systems take."""

_ROOM_FOR_MORE = 60  # a mended name still gets an ending, a number, ".partial"
_SHOWN = 60
_JOINER = "\u200d"  # makes one sign of several, as in many emoji
_WINDOWS = os.name == "nt"
_WINDOWS_OWN = '<>:"|?*'
_DEVICES = frozenset({"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}) | {
    f"{port}{number}" for port in ("COM", "LPT") for number in "123456789¹²³"
}


def safe_name(text: str) -> str:
    """Return `text` as the name of a file or folder, without an ending: one that every system takes.

    For names that come from data, such as a person's, a session's or a camera's: never empty, no path, nothing hidden.
    What is fine already stays as it is.
    """
    text = unicodedata.normalize("NFC", text).encode(errors="replace").decode()
    text = "".join(letter if _is_shown(letter) and letter not in _WINDOWS_OWN + "/\\" else "_" for letter in text)
    text = _shortened(" ".join(text.split()).lstrip("."), LONGEST - _ROOM_FOR_MORE).rstrip(". ")
    if not text:
        return "unnamed"
    return f"_{text}" if _is_device(text) else text


def safe_join(folder: Path, name: str) -> Path:
    """Return the path of `name`, which comes from data, in `folder`; it never leads out of there.

    Raises
    ------
    OutputError
        When `name` is no plain name that `check_name` lets pass, or is a link that leads elsewhere.
    """
    if not name or name in {".", ".."} or "/" in name or "\\" in name or Path(name).is_absolute() or ":" in name:
        raise OutputError(f"{_quoted(name)} is not the name of a file in {folder}", hint="a name without a path is")
    check_name(name)
    path = folder / name
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
        raise OutputError(f"{path} leads out of {folder}", hint="put the file itself there instead of a link")
    return path


def check_name(name: str) -> None:
    """Check the name of a file, without its folder, that a person typed.

    Raises
    ------
    OutputError
        When it is one that this system or another cannot keep.
    """
    if any(unicodedata.category(letter) == "Cc" for letter in name):
        what = "a NUL" if "\0" in name else "a control character"
        raise OutputError(f"the name {_quoted(name)} has {what} in it", hint="choose a name of letters and digits")
    if _is_device(name):
        device = name.partition(".")[0].strip()
        raise OutputError(f"{_quoted(name)}: Windows keeps the name {device} for a device", hint="choose another name")
    if name != name.rstrip(". "):
        raise OutputError(f"{_quoted(name)} ends in a dot or a space, which Windows drops", hint="leave that away")
    if _WINDOWS and (own := sorted(set(name) & set(_WINDOWS_OWN))):
        raise OutputError(f"{_quoted(name)}: Windows does not take {' '.join(own)} in a name", hint="leave that away")
    try:
        length = len(os.fsencode(name))
    except UnicodeEncodeError as error:
        raise OutputError(f"{_quoted(name)} has half a letter in it", hint="choose another name") from error
    if length > LONGEST:
        raise OutputError(
            f"the name {_quoted(name)} is {length} bytes long; file systems take {LONGEST}",
            hint="choose a shorter name",
        )


def _is_shown(letter: str) -> bool:
    return letter.isprintable() or letter == _JOINER


def _is_device(name: str) -> bool:
    return name.partition(".")[0].rstrip().upper() in _DEVICES


def _shortened(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")


def _quoted(name: str) -> str:
    """Return the name in quotes, short enough and without anything that a terminal would act on."""
    shown = name if len(name) <= _SHOWN else f"{name[:_SHOWN]}..."
    return repr("".join(letter if _is_shown(letter) else "?" for letter in shown))
