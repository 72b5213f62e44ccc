"""MP4 recordings that were killed: reading them up to the last complete box.

A fragmented MP4 survives a kill, but where the cut goes through the header of a fragment (``moof``), FFmpeg
gives up the whole file. Without that last piece it reads all the others.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

_HEADER = 8
_CARRIERS = (b"moof", b"mdat")


def complete_length(path: Path) -> int | None:
    """Bytes up to the end of the last complete top-level box, of a file that ends within one of pictures.

    None when no such box is cut, or the index (``moov``) is not among the complete ones.
    The layout of boxes is that of ISO/IEC 14496-12, section 4.2.
    """
    size = path.stat().st_size
    end = 0
    indexed = False
    with path.open("rb") as file:
        while end < size:
            file.seek(end)
            head = file.read(_HEADER + 8)
            length = int.from_bytes(head[:4])
            if length == 1:  # the size stands in the next eight bytes
                length = int.from_bytes(head[8:16])
            if len(head) < _HEADER or length < _HEADER or end + length > size:
                cut = len(head) < _HEADER or (length >= _HEADER and head[4:8] in _CARRIERS)
                return end if cut and indexed else None
            indexed |= head[4:8] == b"moov"
            end += length
    return None


class Beginning:
    """The first `length` bytes of an open file, as a file to read.

    Parameters
    ----------
    file
        Open for reading bytes; closed by whoever opened it.
    length
        Where it ends.
    """

    def __init__(self, file: BinaryIO, length: int) -> None:
        self._file = file
        self._length = length
        self.name = file.name

    def read(self, size: int) -> bytes:
        """Read up to `size` bytes; none at the end."""
        return self._file.read(max(0, min(size, self._length - self._file.tell())))

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to `offset` from the start, the place or the end."""
        if whence == os.SEEK_END:
            return self._file.seek(self._length + offset)
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Say where it stands."""
        return self._file.tell()
