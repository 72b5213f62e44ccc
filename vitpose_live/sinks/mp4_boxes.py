"""The outermost boxes of an MP4 (ISO/IEC 14496-12): how much of an unfinished file is whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_SIZE_FOLLOWS = 1
_TO_THE_END = 0


def outer_boxes(file: BinaryIO) -> Iterator[tuple[str, int, int]]:
    """Yield name, first byte and the byte after the end of each whole box; what is torn is left out."""
    length = file.seek(0, 2)
    position = 0
    while position + 8 <= length:
        file.seek(position)
        head = file.read(16)
        size = int.from_bytes(head[:4], "big")
        if size == _SIZE_FOLLOWS:
            size = int.from_bytes(head[8:], "big")
        elif size == _TO_THE_END:
            size = length - position
        if size < 8 or position + size > length:
            return
        yield head[4:8].decode("latin-1"), position, position + size
        position += size


def whole_fragments_end(path: Path) -> int:
    """Return the bytes, from the beginning, that hold whole fragments; 0 when there is none."""
    end = 0
    with path.open("rb") as file:
        described = fragment = False
        for name, _, after in outer_boxes(file):
            described = described or name == "moov"
            if name == "mdat" and fragment and described:
                end = after
            fragment = name == "moof"
    return end
