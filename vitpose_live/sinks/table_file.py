"""A file of a table, which a full disk leaves whole: what it takes it takes whole, and its end has room already."""

from __future__ import annotations

import os
from io import RawIOBase
from pathlib import Path
from typing import Any

_CHUNK = 1 << 16  # bytes by which room grows, so that not every row asks for it


class TableFile(RawIOBase):
    """Bytes appended to an empty file, each piece whole or not at all.

    Parameters
    ----------
    path
        The file, there and empty.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._handle = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        self._end = 0  # where the next piece goes
        self._size = 0  # of the file on the disk
        self._tail = b""

    def append(self, piece: bytes, tail: bytes = b"") -> None:
        """Write `piece`, and the `tail` with which the file ends until there is more.

        Raises
        ------
        OSError
            When the disk refuses; the file is then as it was before.
        """
        try:
            self._put(self._end, piece + tail)
        except OSError:
            os.ftruncate(self._handle, self._end)
            self._put(self._end, self._tail)  # which was there before
            self._size = self._end + len(self._tail)
            raise
        self._end += len(piece)
        self._tail = tail
        if self._end + len(tail) < self._size:
            os.ftruncate(self._handle, self._end + len(tail))
        self._size = self._end + len(tail)

    def reserve(self, count: int) -> None:
        """Take what `count` more bytes need from the disk now, so that they can be written when it is full.

        Raises
        ------
        OSError
            When it is full already; the room of before stays.
        """
        lacking = self._end + count - self._size
        if lacking <= 0:
            return
        lacking = -(-lacking // _CHUNK) * _CHUNK
        try:
            self._put(self._size, bytes(lacking))
        except OSError:
            os.ftruncate(self._handle, self._size)
            raise
        self._size += lacking

    def write(self, data: Any, /) -> int:
        """Write all of `data`, where there is room for it."""
        piece = bytes(data)
        self._put(self._end, piece)
        self._end += len(piece)
        self._size = max(self._size, self._end)
        return len(piece)

    def tell(self) -> int:
        """Return how many bytes were written."""
        return self._end

    def writable(self) -> bool:
        """Say that it is for writing."""
        return True

    def close(self) -> None:
        """Give back the room that was not needed; the file ends with its tail."""
        if self.closed:
            return
        super().close()
        try:
            os.ftruncate(self._handle, self._end + len(self._tail))
        finally:
            os.close(self._handle)

    def _put(self, place: int, data: bytes) -> None:
        os.lseek(self._handle, place, os.SEEK_SET)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._handle, rest) :]
