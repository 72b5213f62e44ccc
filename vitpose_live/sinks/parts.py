"""A recording in several files: a new one begins after so many minutes or bytes."""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitpose_live.errors import OutputError, OutputExistsError, SettingsError
from vitpose_live.sinks.movie_file import INDEX_BYTES
from vitpose_live.sinks.recorder import VideoRecorder
from vitpose_live.sinks.target import PathLike, same_file, writing

_UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0, "MB": 1e6, "GB": 1e9}
_SECONDS = frozenset({"s", "min", "h"})
_LEAST_SECONDS, _LEAST_BYTES = 1.0, 1e6
_SAME_MOMENT = 1e-6
_PIECES_HELD = 3  # one that is not on the disk yet, one that is begun, and the sound


@dataclass(frozen=True, slots=True)
class Split:
    """How long or how large each part is; the other one is infinite."""

    seconds: float = math.inf
    size: float = math.inf

    @classmethod
    def parse(cls, text: str) -> Split:
        """Read ``90s``, ``10min``, ``1h``, ``500MB`` or ``2GB``.

        Raises
        ------
        SettingsError
            When it is none of these, or less than a second or a megabyte.
        """
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]+)", text.strip())
        unit = next((unit for unit in _UNITS if found and unit.lower() == found[2].lower()), "")
        if not found or not unit:
            raise SettingsError(f"split: expected such as 90s, 10min, 1h, 500MB or 2GB, got {text!r}")
        amount = float(found[1]) * _UNITS[unit]
        if amount < (_LEAST_SECONDS if unit in _SECONDS else _LEAST_BYTES):
            raise SettingsError(f"split: expected at least 1s or 1MB, got {text!r}")
        return cls(seconds=amount) if unit in _SECONDS else cls(size=amount)


class PartsRecorder:
    """Records as `VideoRecorder` does, into ``<stem>-001.mp4``, ``<stem>-002.mp4`` and so on.

    Each part begins with a key frame at its own second 0, with its own stretch of the sound, and plays alone; together
    they hold every picture once. A part is in its place as soon as it is complete, and stays whatever becomes of the
    others.

    Parameters
    ----------
    path
        Gives the parts their folder, stem and ending.
    split
        When a new one begins. Parts by time are cut at multiples of it; parts by size stay below it.
    overwrite
        Whether parts that exist may be replaced.
    options
        The others of `VideoRecorder`.

    Raises
    ------
    OutputError
        As `VideoRecorder` and `check_parts`.
    """

    def __init__(self, path: PathLike, split: Split, *, overwrite: bool = False, **options: Any) -> None:
        self._path = Path(path)
        self._split = split
        self._options = {**options, "overwrite": overwrite}
        self._files: list[Path] = []
        self._problems: list[str] = []
        self._before = check_parts(path, overwrite=overwrite, source=options.get("source"))
        self._first: float | None = None
        self._last = -math.inf
        self._slot = self._largest = self._previous_size = self._count = 0
        self._part = self._next_part()

    @property
    def files(self) -> tuple[Path, ...]:
        """The parts that are complete, in their order."""
        return tuple(self._files)

    @property
    def problems(self) -> tuple[str, ...]:
        """As of `VideoRecorder`, and parts of an earlier recording that were not replaced."""
        return tuple(dict.fromkeys((*self._problems, *self._part.problems)))

    @property
    def size(self) -> int:
        """Bytes in the part being written."""
        return self._part.size

    def write(self, image: NDArray[np.uint8], time: float) -> None:
        """Record one picture; see `VideoRecorder.write`."""
        # a time that does not go on is for the part to refuse
        if time > self._last and self._is_full(time):
            self._complete(until=time)
            self._part = self._next_part()
        self._part.write(image, time)
        self._first = time if self._first is None else self._first
        self._last = time
        self._count += 1

    def close(self) -> None:
        """Finish the last part; see `VideoRecorder.close`."""
        self._complete(until=None)
        if self._files:
            stale = [path for path in self._before if path not in self._files]
            self._problems += [f"{path} is of an earlier recording" for path in stale]

    def keep(self) -> tuple[Path, ...]:
        """Finish the last part as far as it goes; return all parts."""
        return (*self._files, *(path for path in self._part.keep() if path not in self._files))

    def abort(self) -> None:
        """Give the last part up; those that are complete stay."""
        self._part.abort()

    def _is_full(self, time: float) -> bool:
        """Whether a picture at `time` begins a new part."""
        if self._first is None or not math.isfinite(time):
            return False
        slot = math.floor((time - self._first) / self._split.seconds + _SAME_MOMENT)
        begins, self._slot = slot != self._slot, slot
        size = self._part.size
        self._largest = max(self._largest, size - self._previous_size)
        self._previous_size = size
        expected = size + _PIECES_HELD * self._largest + INDEX_BYTES * self._count
        return self._count > 0 and (begins or expected >= self._split.size)

    def _complete(self, until: float | None) -> None:
        self._part.close(until)
        self._files += [path for path in self._part.files if path not in self._files]
        self._problems += self._part.problems
        self._largest = self._previous_size = self._count = 0

    def _next_part(self) -> VideoRecorder:
        number = len(self._files) + 1
        return VideoRecorder(self._path.with_stem(f"{self._path.stem}-{number:03d}"), **self._options)


def check_parts(path: PathLike, *, overwrite: bool = False, source: object = None) -> list[Path]:
    """Check, before any work is done, that a recording to `path` in parts harms nothing; return the parts there are.

    Parameters
    ----------
    overwrite
        Whether parts that exist may be replaced.
    source
        The input of the work; when it is a path, no part may be that file, however many there will be.

    Raises
    ------
    OutputExistsError
        When there is any such part already.
    OutputError
        When one of them is the source.
    """
    path = Path(path)
    pattern = re.compile(re.escape(path.stem) + r"-\d{3,}" + re.escape(path.suffix))
    with writing(path):
        found = path.parent.iterdir() if path.parent.is_dir() else ()
        parts = sorted(each for each in found if pattern.fullmatch(each.name))
    for part in parts:
        if isinstance(source, str | os.PathLike) and same_file(part, source):
            raise OutputError(f"cannot write {path} in parts: {part} is the source", hint="name another file")
    if parts and not overwrite:
        raise OutputExistsError(f"{parts[0]} already exists", hint="use --overwrite to replace it")
    return parts


def open_recorder(path: PathLike, split: str | None = None, **options: Any) -> VideoRecorder | PartsRecorder:
    """Return what records to `path`, in parts when a `split` such as 10min or 2GB is asked for.

    Raises
    ------
    SettingsError
        When `split` cannot be read.
    OutputError
        As `VideoRecorder`.
    """
    return VideoRecorder(path, **options) if split is None else PartsRecorder(path, Split.parse(split), **options)
