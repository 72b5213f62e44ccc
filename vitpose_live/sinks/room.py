"""Room on a disk: is there enough to begin, and still enough to finish."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from vitpose_live.errors import OutputError
from vitpose_live.sinks.encoders import Quality
from vitpose_live.sinks.target import writing

LEAST = 1_000_000
"""Bytes without which nothing is begun: not even a second would fit."""

RESERVE = 50_000_000
"""Bytes that a recording leaves free at its end, for its index and for everybody else; a quarter of a small disk."""

_BITS_PER_PIXEL = {Quality.SMALL: 0.12, Quality.STANDARD: 0.23, Quality.HIGH: 0.41}
"""Measured: a person exercising, 720p, x264 ultrafast at crf 28, 23, 18. Half of that with more cores."""

_ENOUGH = 600.0
"""Seconds for which there should be room where nobody knows how long it takes."""

Free = Callable[[Path], int]


def free_bytes(folder: Path) -> int:
    """Return the bytes that may still be written to the disk of `folder`."""
    with writing(folder):
        return shutil.disk_usage(folder).free


class Room:
    """Watches the room on the disk of one folder.

    Raises
    ------
    OutputError
        When there is none to begin with.
    """

    def __init__(self, folder: Path, free: Free = free_bytes) -> None:
        self._folder = folder
        self._free = free
        at_first = free(folder)
        if at_first < LEAST:
            raise OutputError(
                f"cannot record in {folder}: only {said_size(at_first)} free",
                hint="free some space or record to another disk",
            )
        self._reserve = min(RESERVE, at_first // 4)

    def shortage(self, index: int) -> str:
        """Return how little is left, when that is no more than the reserve and an `index` of so many bytes; else ''."""
        left = self._free(self._folder)
        return f"only {said_size(left)} free" if left < self._reserve + index else ""


def expected_bytes(size: tuple[int, int], rate: float, seconds: float, quality: Quality) -> float:
    """Return about how large a recording becomes: pictures of `size`, `rate` a second, for so many `seconds`."""
    return size[0] * size[1] * rate * seconds * _BITS_PER_PIXEL[quality] / 8


def tight(folder: Path, *, size: tuple[int, int], rate: float, seconds: float | None, quality: Quality) -> str:
    """Return a line that says so when the recording may not fit, '' when it should.

    Parameters
    ----------
    folder
        Where it goes.
    size
        Width and height of its pictures.
    rate
        Pictures per second; 0.0 when unknown.
    seconds
        How long it will be; None when unknown.
    """
    left = free_bytes(folder)
    per_second = expected_bytes(size, rate or 30.0, 1.0, quality)
    if seconds is None:
        if left - RESERVE >= per_second * _ENOUGH:
            return ""
        return f"{said_size(left)} free in {folder}: room for about {max(0, left - RESERVE) / per_second / 60:.0f} min"
    needed = per_second * seconds
    if left - RESERVE >= needed:
        return ""
    return f"{said_size(left)} free in {folder}, and the recording may need about {said_size(needed)}"


def said_size(count: float) -> str:
    """Return a number of bytes as people say it."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count:.0f} bytes"
