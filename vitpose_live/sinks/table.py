"""What the keypoint tables of every format share."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from datetime import time as time_of_day
from os import PathLike as OsPathLike
from os import fspath
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from vitpose_live.data import FrameResult, Skeleton
from vitpose_live.errors import OutputError
from vitpose_live.sinks.people import People, people_of
from vitpose_live.sinks.table_file import TableFile
from vitpose_live.sinks.target import OutputTarget, PathLike, writing


class TableWriter(ABC):
    """A sink that writes one file of keypoints; a format says how it begins, goes on and ends.

    When the disk is full, the table of all that was written before is still there to `keep`.

    Parameters
    ----------
    path
        The target.
    skeleton
        The keypoints, in the order of the columns.
    metadata
        What to say of the table as a whole, by name; plain values, NumPy's and paths included.
    overwrite
        Whether `path` may be replaced.
    raw
        Whether the keypoints before smoothing are written, too.

    Raises
    ------
    OutputError
        When `path` cannot be written or `metadata` holds what JSON cannot; `OutputExistsError` when it exists.
    """

    suffix: ClassVar[str]
    """The ending of its files."""

    def __init__(
        self,
        path: PathLike,
        skeleton: Skeleton,
        *,
        metadata: Mapping[str, Any],
        overwrite: bool = False,
        raw: bool = False,
    ) -> None:
        self._target = OutputTarget(path, overwrite=overwrite, suffixes=(self.suffix,))
        self.skeleton = skeleton
        self.raw = raw
        self.metadata = {str(name): to_json(f"metadata {name!r}", value) for name, value in metadata.items()}
        self._file: TableFile | None = None
        self._frames = 0
        self._finished = False
        self._kept: tuple[Path, ...] = ()

    def write(self, result: FrameResult) -> None:
        """Write the people of one result.

        Raises
        ------
        InvalidArrayError
            When its poses have another skeleton.
        OutputError
            When the disk is full, or the table is closed.
        """
        self.write_people(result.frame.index, result.frame.time, people_of(result, self.skeleton, raw=self.raw))

    def write_people(self, frame: int, time: float, people: People) -> None:
        """Write the `people` of one frame, `time` in seconds; they have `raw` keypoints as the table asks.

        Raises
        ------
        OutputError
            As `write`.
        """
        if self._finished:
            raise OutputError(f"cannot write {self._target.path}: the table is closed")
        self._open()
        with writing(self._target.path):
            self.put(frame, time, people)
        self._frames += 1

    def close(self) -> None:
        """Finish the table and move it to its target.

        Raises
        ------
        OutputError
            When the disk is full, or the target exists by now; nothing is moved then.
        """
        if not self._finished:
            self._finish()
            with self._guarded():
                self._kept = (self._target.commit(),)

    def keep(self) -> tuple[Path, ...]:
        """Finish the table as far as it goes, beside what is at its target; return where, nothing without a frame.

        Raises
        ------
        OutputError
            When not even that is possible.
        """
        if not self._finished and self._frames:
            self._finish()
            self._kept = (self._target.keep(),)
        self.abort()
        return self._kept

    def abort(self) -> None:
        """Give the table up: remove what was written; the target stays as it was."""
        if self._file is not None and not self._finished:
            # closing writes what is held back, which a full disk refuses; but this file is going away
            with suppress(OSError):
                self.drop()
            with suppress(OSError):
                self._file.close()
        self._finished = True
        self._target.discard()

    @abstractmethod
    def begin(self, file: TableFile) -> None:
        """Write what comes before the first row to `file`, and keep it."""

    @abstractmethod
    def put(self, frame: int, time: float, people: People) -> None:
        """Write the rows of one frame: its index, its time in seconds, its people; all of them, or none."""

    @abstractmethod
    def end(self) -> None:
        """Write what comes after the last row, for which there is room already."""

    def drop(self) -> None:  # noqa: B027  most formats hold nothing
        """Let go of what holds the file."""

    def _open(self) -> TableFile:
        if self._file is None:
            with self._guarded():
                self._file = TableFile(self._target.begin())
                self.begin(self._file)
        return self._file

    def _finish(self) -> None:
        file = self._open()
        with self._guarded():
            self.end()
            file.close()
        self._finished = True

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Abort when the block fails, and translate the errors of the operating system."""
        try:
            with writing(self._target.path):
                yield
        except BaseException:
            self.abort()
            raise


def skeleton_json(skeleton: Skeleton) -> str:
    """Return all that makes up `skeleton`, as JSON."""
    table = {
        "name": skeleton.name,
        "keypoints": skeleton.keypoints,
        "edges": skeleton.edges,
        "mirror_pairs": skeleton.mirror_pairs,
        "sigmas": [round(float(sigma), 6) for sigma in skeleton.sigmas],
    }
    return to_json("skeleton", table)


def to_json(name: str, value: Any) -> str:
    """Return `value`, called `name` in the error, as JSON.

    Raises
    ------
    OutputError
        When it holds what JSON cannot, such as NaN or an object.
    """
    try:
        return json.dumps(value, allow_nan=False, ensure_ascii=False, default=_plain)
    except (TypeError, ValueError) as error:
        raise OutputError(f"{name} cannot be stored: {error}", hint="use plain finite values") from error


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, OsPathLike):
        return fspath(value)
    if isinstance(value, date | time_of_day):  # TOML has them; a datetime is a date
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not a plain value")
