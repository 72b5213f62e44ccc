"""Reads tables of keypoints as `process --keypoints` writes them. Nothing in them is believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from vitpose_live.app.checked_poses import MOST_VALUES, check_times, checked, parsed, reading, skeleton_of
from vitpose_live.app.keypoint_json import numbers_of, read_json, whole
from vitpose_live.data import Skeleton
from vitpose_live.data.sequence import PoseSequence
from vitpose_live.data.skeleton import skeleton_by_keypoints
from vitpose_live.errors import InvalidArrayError
from vitpose_live.sinks.parquet_table import NOBODY
from vitpose_live.sinks.people import FIXED_COLUMNS
from vitpose_live.sinks.session_rows import FRAME, person_type

SUFFIXES = (".parquet", ".csv", ".json")
_PREFIX = b"vitpose_live."
_PARTS = ("x", "y", "score")
_KNOWN = {*FIXED_COLUMNS, "observed", *(FRAME.names or ())}

Columns = Mapping[str, NDArray[Any]]
Frames = tuple[NDArray[np.int64], NDArray[np.float64]]
NO_FRAMES: Frames = (np.zeros(0, np.int64), np.zeros(0))


def read_table(path: Path) -> PoseSequence:
    """Read a bare table of keypoints. Of frames without anybody a CSV knows nothing.

    Raises
    ------
    SessionError
        When it is no such table.
    """
    with reading(path, "name a table that `process --keypoints` wrote"):
        if path.suffix.lower() != ".parquet" and path.stat().st_size > 4 * MOST_VALUES:
            raise InvalidArrayError("it is too large")
        if path.suffix.lower() == ".json":
            return read_json(path)
        with path.open("rb") as file:
            if path.suffix.lower() == ".csv":
                columns: Columns = read_csv(file)
                described: dict[str, Any] = {}
            else:
                columns, described = read_parquet(file)
        if path.suffix.lower() == ".csv" and not len(columns.get("frame", ())):
            raise InvalidArrayError(
                "nobody is in it, and a CSV does not say how long that took",
                hint="have the table written as .parquet or .json, or keep a --session",
            )
        skeleton = described.pop("skeleton", None)
        nobody = _empty_frames(described.pop(NOBODY, None))
        names = keypoint_names(columns)
        return assemble(columns, skeleton_of(skeleton) if skeleton else _likely(names), None, described, nobody)


def read_parquet(file: IO[bytes]) -> tuple[Columns, dict[str, Any]]:
    """Return the columns of a Parquet file and what its metadata says, by name."""
    opened = pq.ParquetFile(file)
    if opened.metadata.num_rows * opened.metadata.num_columns > MOST_VALUES:
        raise InvalidArrayError(f"{opened.metadata.num_rows} rows of {opened.metadata.num_columns} are too many")
    said = opened.metadata.metadata or {}  # what was said at the end is not in the schema
    described = {
        name.removeprefix(_PREFIX).decode("utf-8", "replace"): parsed(text)
        for name, text in said.items()
        if name.startswith(_PREFIX)
    }
    schema = opened.schema_arrow
    _check_names(schema.names)
    # a column of words may be a few bytes here and gigabytes when it is read
    nested = tuple(f"{entry.name}." for entry in schema if pa.types.is_nested(entry.type))  # their parts are named so
    numeric = [
        entry.name
        for entry in schema
        if _wanted(entry.name) and _is_numeric(entry.type) and not entry.name.startswith(nested)
    ]
    others = {name: np.empty(0, object) for name in schema.names if name not in numeric}
    return {**_plain_columns(opened.read(columns=numeric)), **others}, described


def read_csv(file: IO[bytes]) -> Columns:
    """Return the columns of a CSV file."""
    return _plain_columns(pa_csv.read_csv(file))


def keypoint_names(columns: Columns) -> list[str]:
    """Return the keypoints of a table, in the order of its columns."""
    named = [name.removesuffix("_x") for name in columns if name.endswith("_x")]
    return [name for name in named if f"{name}_y" in columns and f"{name}_score" in columns]


def assemble(
    columns: Columns,
    skeleton: Skeleton,
    frames: Frames | None,
    described: Mapping[str, Any],
    nobody: Frames = NO_FRAMES,
) -> PoseSequence:
    """Return what the columns of a table say, rows put in the order of their frames.

    Parameters
    ----------
    frames
        (f,) numbers and (f,) seconds of all frames; None takes those in the table, and those with `nobody`.
    described
        What is known besides, by name.
    nobody
        (m,) numbers and (m,) seconds of frames that are not in the table.

    Raises
    ------
    InvalidArrayError
        When a column is missing, has what does not belong there, or is that of another skeleton.
    """
    found = keypoint_names(columns)
    missing = [name for name in FIXED_COLUMNS if name not in columns]
    missing += [name for name in skeleton.keypoints if name not in found]
    if missing:
        raise InvalidArrayError(f"there is no column of {missing[0]}")
    numbers, ids, times = (column(columns, name) for name in ("frame", "track_id", "time_s"))
    if frames is None:
        known, first = np.unique(numbers, return_index=True)
        frames = known, times[first]
        if not np.array_equal(times, frames[1][np.searchsorted(known, numbers)], equal_nan=True):
            raise InvalidArrayError("time_s: expected one time for each frame")
        frames = _merged(frames, nobody)
    check_times(frames[1])
    place = np.searchsorted(frames[0], numbers)
    inside = place < len(frames[0])
    if not inside.all() or not np.array_equal(frames[0][place], numbers):
        raise InvalidArrayError("frame: expected the numbers of known frames")
    order = np.argsort(place, kind="stable")
    raw = all(f"{name}_{part}_raw" in columns for name in skeleton.keypoints for part in _PARTS)
    rows = np.zeros(len(order), person_type(skeleton, raw=raw))
    rows["place"], rows["id"] = place[order], ids[order]
    rows["observed"] = column(columns, "observed")[order] if "observed" in columns else True
    with np.errstate(over="ignore"):  # what is infinite is refused below
        for corner, name in enumerate(("box_x1", "box_y1", "box_x2", "box_y2")):
            rows["box"][:, corner] = column(columns, name)[order]
        rows["box_score"] = column(columns, "box_score")[order]
        for field, kind in (("keypoints", ""), ("raw", "_raw"))[: 1 + raw]:
            for joint, name in enumerate(skeleton.keypoints):
                for part, what in enumerate(_PARTS):
                    rows[field][:, joint, part] = column(columns, f"{name}_{what}{kind}")[order]
    return checked(rows, *frames, skeleton, described)


def _empty_frames(said: Any) -> Frames:
    """Return the frames without anybody that the metadata lists."""
    if said is None:
        return NO_FRAMES
    if not isinstance(said, Mapping) or any(not isinstance(said.get(name), list) for name in ("frame", "time_s")):
        raise InvalidArrayError(f"{NOBODY}: expected lists of frame and time_s")
    numbers = np.array([whole(number) for number in said["frame"]], np.int64)
    return numbers, numbers_of(said["time_s"], len(numbers))


def _merged(first: Frames, second: Frames) -> Frames:
    """Return the frames of both, in the order of their numbers."""
    numbers, times = (np.concatenate(pair) for pair in zip(first, second, strict=True))
    order = np.argsort(numbers, kind="stable")
    if (np.diff(numbers[order]) == 0).any():
        raise InvalidArrayError(f"{NOBODY}: expected each frame once, and none that is in the table")
    return numbers[order], times[order]


def column(columns: Columns, name: str) -> NDArray[Any]:
    """Return a column as int64, where its name says so, bool for `observed`, else float64."""
    if name not in columns:
        raise InvalidArrayError(f"there is no column of {name}")
    values = columns[name]
    if name == "observed":
        if values.dtype.kind != "b":
            raise InvalidArrayError(f"{name}: expected true or false")
        return values
    if values.dtype.kind not in "iuf":
        raise InvalidArrayError(f"{name}: expected numbers, got {values.dtype}")
    if name not in ("frame", "track_id", "width", "height"):
        return values.astype(np.float64)
    # other programs make floats of whole numbers
    whole = np.abs(values.astype(np.float64)) < 2**62
    if not whole.all() or (values.dtype.kind == "f" and (values != np.floor(values)).any()):
        raise InvalidArrayError(f"{name}: expected whole numbers")
    return values.astype(np.int64)


def _plain_columns(table: pa.Table) -> dict[str, NDArray[Any]]:
    columns: dict[str, NDArray[Any]] = {}
    _check_names(table.column_names)
    for name in table.column_names:
        values = table[name]
        if pa.types.is_null(values.type):  # of a CSV, all of it empty
            values = values.cast(pa.float32())
        columns[name] = values.to_numpy() if _is_numeric(values.type) else np.empty(0, object)  # another program's
    return columns


def _check_names(names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InvalidArrayError(f"there are two columns of {name}")
        seen.add(name)


def _wanted(name: str) -> bool:
    return name in _KNOWN or name.removesuffix("_raw").endswith(tuple(f"_{part}" for part in _PARTS))


def _is_numeric(kind: pa.DataType) -> bool:
    return bool(pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _likely(names: Sequence[str]) -> Skeleton:
    return skeleton_by_keypoints(names) or Skeleton("table", tuple(names))
