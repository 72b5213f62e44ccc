"""Which shared libraries a Linux binary is linked to, and which of those are not on this machine.

Asking the loader (`dlopen`) for the binary tells only the first one that is missing; so the list is read from the file
itself, and the loader is asked for each library that does not come along with the binary.
"""

from __future__ import annotations

import ctypes
import mmap
import re
import struct
from collections.abc import Callable, Iterable
from pathlib import Path

_CLASS_64, _LITTLE_ENDIAN = 2, 1
_DYNAMIC = 6  # SHT_DYNAMIC
_NEEDED = 1  # DT_NEEDED
_MISSING = re.compile(r"^(\S+?): cannot open shared object file")

Loads = Callable[[str], str]
"""Loads a library by its name; returns the name of what is missing for that, empty when nothing is."""


def needed_libraries(path: Path) -> tuple[str, ...]:
    """Return the libraries that the ELF file at `path` names, such as ``"libxcb.so.1"``, in its order.

    The layout is that of the System V ABI, https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html: sections of
    kind SHT_DYNAMIC hold pairs of a tag and a value, which for DT_NEEDED is a place in the section of names linked to.

    Raises
    ------
    OSError
        When it cannot be read.
    ValueError
        When it is not a whole 64-bit little-endian ELF file.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:6] != bytes((0x7F, *b"ELF", _CLASS_64, _LITTLE_ENDIAN)):
            raise ValueError(f"{path} is not a 64-bit little-endian ELF file")
        try:
            return tuple(_names(data))
        except (struct.error, IndexError, OverflowError) as error:
            raise ValueError(f"{path} is cut off") from error


def _names(data: mmap.mmap) -> Iterable[str]:
    (start,) = struct.unpack_from("<Q", data, 40)
    size, count = struct.unpack_from("<HH", data, 58)
    # of each section: kind, place in the file, length, number of the section linked to
    sections = [struct.unpack_from("<4xI16xQQI", data, start + number * size) for number in range(count)]
    for kind, place, length, link in sections:
        if kind != _DYNAMIC:
            continue
        names = sections[link][1]
        for tag, value in struct.iter_unpack("<qQ", data[place : place + length - length % 16]):
            if tag == _NEEDED:
                begin = names + value
                yield data[begin : data.find(b"\0", begin)].decode("ascii", "replace")


def loads(name: str) -> str:
    """Have the loader load the library `name`; return what is missing for that, empty when nothing is."""
    try:
        ctypes.CDLL(name)
    except OSError as error:
        found = _MISSING.match(str(error))
        return found[1] if found else name
    return ""


def missing_libraries(binaries: Iterable[Path], beside: Path, load: Loads = loads) -> tuple[str, ...]:
    """Return the libraries that `binaries` need, directly or through each other, and that are not on this machine.

    Parameters
    ----------
    binaries
        ELF files.
    beside
        The folder of libraries that come along with them, whose own needs count, too.
    load
        Asks the loader.

    Raises
    ------
    OSError, ValueError
        As `needed_libraries`.
    """
    todo, seen, missing = list(binaries), set[str](), dict[str, None]()
    while todo:
        for name in needed_libraries(todo.pop()):
            if name in seen:
                continue
            seen.add(name)
            own = beside / name
            if own.is_file():
                todo.append(own)
            elif absent := load(name):
                missing[absent] = None
    return tuple(sorted(missing))
