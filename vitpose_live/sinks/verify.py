"""Reads a finished recording back: is everything that was written in it, and does it decode."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from vitpose_live.sinks.encoders import GROUP_OF_PICTURES

SPOTS = 3
"""Places of a long recording that are decoded: its begin and its middle, a few pictures each, and its last group."""

GLANCE = 10
"""Pictures that are decoded at each place but the last."""

WHOLE = 2 * GROUP_OF_PICTURES
"""A recording of up to so many pictures is decoded from end to end."""


class Verify(StrEnum):
    """How much of a finished recording is read back."""

    QUICK = "quick"
    """The whole index, and every picture of a short recording, 50 of a long one: a fraction of a second at 720p."""
    FULL = "full"
    """The whole index and every picture: at 720p about a minute for ten."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file of pictures holds: how many, and the seconds at which the last of them ends."""

    pictures: int
    end: Fraction

    @classmethod
    def nothing(cls) -> Contents:
        """Return what an empty file holds."""
        return cls(0, Fraction(0))


class DamagedError(Exception):
    """The file is not what was written; says why."""


def contents(path: Path) -> Contents:
    """Return what is in the file, going through all of its packets; it may be unfinished.

    Raises
    ------
    DamagedError
        When it cannot be read.
    """
    pictures, end = 0, Fraction(0)
    with _reading(), av.open(_absolute(path)) as container:
        for packet in container.demux(video=0):
            if packet.size and packet.pts is not None:
                pictures += 1
                end = max(end, (packet.pts + (packet.duration or 0)) * packet.time_base)
    return Contents(pictures, end)


def check_recording(path: Path, expected: Contents, how: Verify = Verify.QUICK) -> None:
    """Check that a finished recording holds what is `expected`, in order, and that it decodes.

    Raises
    ------
    DamagedError
        When it does not.
    """
    with _reading(), av.open(_absolute(path), options={"err_detect": "explode"}) as container:
        if not container.streams.video:
            raise DamagedError("there are no pictures in it")
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        times = _check_index(stream, expected, path.stat().st_size)
        if how is Verify.FULL or len(times) <= WHOLE:
            _check_pictures(container.decode(stream), times)
        else:
            _check_spots(container, stream, times)


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except (av.FFmpegError, OSError) as error:
        raise DamagedError(f"it cannot be read back: {error.strerror or error}") from error


def _check_index(stream: VideoStream, expected: Contents, length: int) -> list[int]:
    """Check every entry of the index and return their times, in ticks."""
    entries = list(stream.index_entries)
    times = [entry.timestamp for entry in entries]
    if len(entries) != expected.pictures:
        raise DamagedError(f"{expected.pictures} pictures were written, and {len(entries)} are in it")
    if any(later <= earlier for earlier, later in pairwise(times)):
        raise DamagedError("its pictures are out of order")
    if any(entry.pos + entry.size > length for entry in entries):
        raise DamagedError("it is shorter than its index says")
    assert stream.time_base is not None
    end = ((stream.duration or 0) + (stream.start_time or 0)) * stream.time_base
    if abs(end - expected.end) > stream.time_base:
        raise DamagedError(f"it lasts {float(end):.3f} s instead of {float(expected.end):.3f} s")
    return times


def _check_spots(container: InputContainer, stream: VideoStream, times: Sequence[int]) -> None:
    keys = [place for place, entry in enumerate(stream.index_entries) if entry.is_keyframe]
    chosen = sorted({keys[round(spot * (len(keys) - 1) / (SPOTS - 1))] for spot in range(SPOTS)})
    for first in chosen:
        container.seek(times[first], stream=stream, backward=True)
        many = GROUP_OF_PICTURES if first == chosen[-1] else GLANCE
        _check_pictures(container.decode(stream), times[first : first + many])


def _check_pictures(frames: Iterable[av.VideoFrame], times: Sequence[int]) -> None:
    decoded: Iterator[av.VideoFrame] = iter(frames)
    for time in times:
        frame = next(decoded, None)
        if frame is None or frame.is_corrupt or frame.pts != time:
            raise DamagedError(f"a picture does not decode ({time} of its clock)")


def _absolute(path: Path) -> str:
    return os.path.abspath(path)  # noqa: PTH100  a name such as "a:b.mp4" would be taken for a protocol
