"""A file that grows while it is written and is changed, at the end, in one step.

What a muxer appends is on the disk at once. What it writes over (the header, once the recording is complete) waits for
`complete`, until everything that the header then points to is there: at no moment is the file one that does not play.
"""

from __future__ import annotations

import errno
import os
from io import SEEK_CUR, SEEK_END, SEEK_SET
from pathlib import Path


class GrowingFile:
    """What a muxer takes for a file.

    Parameters
    ----------
    path
        An empty file.

    Attributes
    ----------
    size
        Bytes in the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._handle = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        self._position = 0
        self._changes: list[tuple[int, bytes]] = []
        self._given_up = False

    def write(self, data: bytes) -> int:
        """Append `data`, or keep it for later where it would replace what is there.

        Raises
        ------
        OSError
            When the disk refuses. From then on nothing is written any more, without a word.
        """
        rest = memoryview(data)
        if self._given_up:
            return len(rest)
        inside = min(len(rest), self.size - self._position)
        if inside:
            self._changes.append((self._position, bytes(rest[:inside])))
        self._position += inside
        rest = rest[inside:]
        try:
            while rest:
                written = self._append(rest)
                self.size += written
                self._position += written
                rest = rest[written:]
        except OSError:
            self._given_up = True
            raise
        return len(data)

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """Go to a place in what there is, and return it."""
        place = {SEEK_SET: 0, SEEK_CUR: self._position, SEEK_END: self.size}[whence] + offset
        if not 0 <= place <= self.size:
            raise OSError(errno.EINVAL, "a recording has no holes")
        self._position = place
        return place

    def tell(self) -> int:
        """Return where the next `write` goes."""
        return self._position

    def give_up(self) -> None:
        """Take no more of what is written; the muxer may finish in its own time."""
        self._given_up = True

    def complete(self) -> None:
        """Put everything on the disk, then make the changes that waited; the file is closed.

        Raises
        ------
        OSError
            When the disk refuses. The file is still open then and without the changes, unless they failed themselves.
        """
        os.fsync(self._handle)
        for position, data in self._changes:
            os.lseek(self._handle, position, SEEK_SET)
            os.write(self._handle, data)
        os.fsync(self._handle)
        self.close()

    def cut(self, size: int) -> None:
        """Keep the first `size` bytes, without the changes that waited; the file is closed."""
        try:
            os.ftruncate(self._handle, size)
            self.size = size
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the file as it is."""
        self._given_up = True
        self._changes.clear()
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)

    def _append(self, data: memoryview) -> int:
        return os.write(self._handle, data)
