"""Text files of the MOT challenges: one box a line, read strictly.

``frame, id, left, top, width, height, score`` and, depending on the challenge, more; in ground truth the seventh value
is 0 for what does not count.
"""

from __future__ import annotations

import configparser
from collections.abc import Iterator
from math import inf
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Detections
from vitpose_live.errors import SourceError, SourceNotFoundError

People = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Ids (n,) and boxes (n, 4), xyxy px, of one frame."""

NOBODY: People = (np.zeros(0, np.int64), np.zeros((0, 4)))

LEAST_COLUMNS = 7
"""What follows differs between the challenges."""

MOST_FRAMES = 1_000_000
"""More than nine hours: all frames are scored at once, in memory, and a wrong number should not fill it."""

FARTHEST = 1e6
"""px, no picture is as large."""

FORMAT = "frame, id, left, top, width, height, score: the text of the MOT challenges"


def read_detections(path: Path) -> dict[int, Detections]:
    """Read detections by frame, counted from 1.

    Raises
    ------
    SourceError
        When the file is missing or a line of it is wrong; scores must lie in 0..1.
    """
    frames: dict[int, list[list[float]]] = {}
    for number, row in _rows(path):
        if not 0 <= row[6] <= 1:
            raise _wrong(path, number, f"expected a score in 0..1 in column 7, got {row[6]:g}")
        frames.setdefault(int(row[0]), []).append(row)
    tables = {frame: np.array(rows) for frame, rows in frames.items()}
    return {
        frame: Detections(_corners(table).astype(np.float32), table[:, 6].astype(np.float32))
        for frame, table in tables.items()
    }


def read_truth(path: Path) -> dict[int, People]:
    """Read ground truth by frame, counted from 1, without what is flagged 0.

    Raises
    ------
    SourceError
        When the file is missing, a line of it is wrong, or somebody is twice in a frame.
    """
    frames: dict[int, dict[int, list[float]]] = {}
    for number, row in _rows(path):
        if row[1] != int(row[1]):
            raise _wrong(path, number, f"expected a whole number in column 2, the id, got {row[1]:g}")
        people = frames.setdefault(int(row[0]), {})
        if row[6] == 0:
            continue
        if int(row[1]) in people:
            raise _wrong(path, number, f"person {row[1]:g} is twice in frame {row[0]:g}")
        people[int(row[1])] = row
    return {
        frame: (np.array(list(people), np.int64), _corners(np.array(list(people.values())).reshape(-1, LEAST_COLUMNS)))
        for frame, people in frames.items()
    }


def _rows(path: Path) -> Iterator[tuple[int, list[float]]]:
    """Yield the number and the first seven values of each line that is not empty."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError as error:
        raise SourceNotFoundError(f"{path}: no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: cannot be read as text: {getattr(error, 'strerror', None) or error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        fields = line.split(",")
        if len(fields) < LEAST_COLUMNS:
            raise _wrong(path, number, f"expected at least {LEAST_COLUMNS} values, got {len(fields)}")
        try:
            row = [float(value) for value in fields[:LEAST_COLUMNS]]
        except ValueError as error:
            raise _wrong(path, number, "expected numbers") from error
        _check(path, number, row)
        yield number, row


def _check(path: Path, number: int, row: list[float]) -> None:
    """Refuse a `row` that cannot be meant."""
    if not np.isfinite(row).all():
        raise _wrong(path, number, "expected finite numbers")
    if not 1 <= row[0] <= MOST_FRAMES or row[0] != int(row[0]):
        raise _wrong(path, number, f"expected a frame of 1 to {MOST_FRAMES} in column 1, got {row[0]:.10g}")
    if row[4] <= 0 or row[5] <= 0:
        raise _wrong(path, number, f"expected a width and height above 0, got {row[4]:g} and {row[5]:g}")
    if max(map(abs, row[2:6])) > FARTHEST:
        raise _wrong(
            path, number, f"expected a box within {FARTHEST:g} px, got {', '.join(map('{:g}'.format, row[2:6]))}"
        )


def _wrong(path: Path, line: int, what: str) -> SourceError:
    return SourceError(
        f"{path}, line {line}: {what}",
        hint="frame, id, left, top, width, height, score: the text of the MOT challenges",
    )


def _corners(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Boxes (n, 4) xyxy of rows (n, 7)."""
    return np.hstack([table[:, 2:4], table[:, 2:4] + table[:, 4:6]])


def read_about(detections: Path) -> tuple[float | None, int]:
    """Read ``seqinfo.ini`` beside the file `detections` or one folder up.

    Returns
    -------
    fps, frames
        None and 0 where there is no such file.

    Raises
    ------
    SourceError
        When it is broken.
    """
    for folder in (detections.parent, detections.parent.parent):
        path = folder / "seqinfo.ini"
        if not path.is_file():
            continue
        config = configparser.ConfigParser()
        try:
            config.read(path, encoding="utf-8")
            fps, length = config.getfloat("Sequence", "frameRate"), config.getint("Sequence", "seqLength")
        except (configparser.Error, ValueError, OSError) as error:
            raise SourceError(f"{path}: {' '.join(str(error).split())}") from error
        if not 0 < fps < inf:
            raise SourceError(f"{path}: expected a frameRate above 0, got {fps:g}")
        if not 0 <= length <= MOST_FRAMES:
            raise SourceError(f"{path}: expected a seqLength of at most {MOST_FRAMES}, got {length}")
        return fps, length
    return None, 0
