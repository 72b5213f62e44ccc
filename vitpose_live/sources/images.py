"""Pictures in files as a source: one, a folder or a pattern; a numbered sequence or stills."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path

from vitpose_live.data import Frame, SourceInfo
from vitpose_live.data.frame import SourceKind
from vitpose_live.errors import SourceError
from vitpose_live.sources.base import MediaSource
from vitpose_live.sources.pictures import SUFFIXES, picture_size, read_picture

SEQUENCE_FPS = 30.0
STILLS_SPACING = 2.0
"""Seconds between stills: long enough that nobody is tracked from one into the next."""

_NUMBERED = re.compile(r"(.*?)(\d+)", re.DOTALL | re.ASCII)


class ImageFiles(MediaSource):
    """Pictures in files, in the order in which a person counts (2 before 10).

    Two or more pictures of one size whose names differ only in a number at the end, which goes up by one from
    picture to picture, are a sequence: consecutive moments, `SEQUENCE_FPS` frames a second. All else is stills,
    every picture for itself, `STILLS_SPACING` seconds apart; their sizes may differ.

    A picture that cannot be read is left out and named in `problems`; the others keep their times.

    Parameters
    ----------
    paths
        The files, in any order.
    uri
        What the user called them.
    duration
        Stop before the first picture at or after this many seconds; None reads to the end.
    fps
        Frames per second of a sequence; when given, the pictures are a sequence whatever their names are.

    Raises
    ------
    SourceError
        When not one of them can be read.
    """

    def __init__(
        self, paths: Sequence[Path], *, uri: str, duration: float | None = None, fps: float | None = None
    ) -> None:
        self._paths = sorted(paths, key=natural_key)
        sequence = fps is not None or is_sequence(self._paths)
        self._rate = (fps or SEQUENCE_FPS) if sequence else 1 / STILLS_SPACING
        if duration is not None:
            # rounded so that 0.1 s at 30 frames a second are 3 frames, not 4
            self._paths = self._paths[: max(1, math.ceil(round(duration * self._rate, 6)))]
        width, height = self._first_size(uri)
        whole = len(self._paths) / self._rate
        super().__init__(
            SourceInfo(
                uri=uri,
                width=width,
                height=height,
                fps=self._rate,
                frame_count=len(self._paths),
                duration=whole if duration is None else min(whole, duration),
                kind=SourceKind.VIDEO if sequence else SourceKind.STILLS,
            )
        )
        self._problems: list[str] = []

    @property
    def problems(self) -> tuple[str, ...]:
        """Pictures that were left out so far in the latest iteration, a line each."""
        return tuple(self._problems)

    def _first_size(self, uri: str) -> tuple[int, int]:
        failure: SourceError | None = None
        for path in self._paths:
            try:
                image = read_picture(path)
            except SourceError as error:
                failure = failure or error
            else:
                return image.shape[1], image.shape[0]
        assert failure is not None
        if len(self._paths) == 1:
            raise failure
        raise SourceError(f"{uri}: not one of {len(self._paths)} pictures can be read", hint=str(failure)) from failure

    def _frames(self) -> Generator[Frame]:
        return self._read(0)

    def _frames_from(self, start: float) -> Generator[Frame]:
        return self._read(min(int(start * self._rate), len(self._paths) - 1))

    def _read(self, first: int) -> Generator[Frame]:
        self._problems = []
        index = first
        for position, path in enumerate(self._paths[first:], start=first):
            try:
                image = read_picture(path)
            except SourceError as error:
                self._problems.append(f"{error}; left out")
                continue
            yield Frame(image, index, position / self._rate, time.monotonic_ns())
            index += 1


def picture_files(candidates: Iterable[Path]) -> list[Path]:
    """Those of `candidates` that are picture files by their names' endings; hidden ones are left aside."""
    return [
        path
        for path in candidates
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
    ]


def natural_key(path: Path) -> list[tuple[int, str]]:
    """Sort key under which numbers in names count as numbers: img2 before img10."""
    parts = re.split(r"(\d+)", str(path).casefold())
    # text and numbers alternate, so that like is always compared with like
    return [(int(part), "") if part.isdecimal() and part.isascii() else (0, part) for part in parts]


def is_sequence(paths: Sequence[Path]) -> bool:
    """Whether sorted `paths` are consecutive moments: one name counted up by one, one size."""
    if len(paths) < 2:
        return False
    matches = [_NUMBERED.fullmatch(path.stem) for path in paths]
    stems = {(path.parent, path.suffix.lower(), match and match[1]) for path, match in zip(paths, matches, strict=True)}
    numbers = [int(match[2]) for match in matches if match]
    if len(stems) > 1 or len(numbers) < len(paths):
        return False
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return False
    sizes = {size for path in paths if (size := picture_size(path))}  # unreadable ones are left out later
    return len(sizes) == 1
