"""Reads tables of keypoints: Parquet, CSV, JSON, as `process --keypoints` writes them. Nothing in them is believed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from vitpose_live.data import Poses, Skeleton
from vitpose_live.data.sequence import PoseSequence
from vitpose_live.data.skeleton import skeleton_by_keypoints
from vitpose_live.errors import InvalidArrayError, SessionError, SourceError, SourceNotFoundError
from vitpose_live.sinks.people import FIXED_COLUMNS
from vitpose_live.sinks.session_rows import person_type, sequence_of

SUFFIXES = (".parquet", ".csv", ".json")
MOST_VALUES = 1 << 29
"""Of a table: two gigabytes; a larger one is no recording but an attack."""
MOST_SECONDS = 1e9
LONGEST_SIDE = 65_536
_PREFIX = b"vitpose_live."
_PARTS = ("x", "y", "score")

Columns = Mapping[str, NDArray[Any]]


@contextmanager
def reading(path: Path, hint: str = "") -> Iterator[None]:
    """Turn what goes wrong while `path` is read into one line."""
    try:
        yield
    except SourceError:
        raise  # one of them is a FileNotFoundError too, and says it already
    except FileNotFoundError as error:
        raise SourceNotFoundError(f"{path} is not there", hint="check the path") from error
    except pa.ArrowException as error:  # some of them are an OSError or a ValueError, too
        raise SessionError(f"{path} cannot be read: {_line(error)}", hint=hint) from error
    except OSError as error:
        raise SessionError(f"{path} cannot be read: {error.strerror or _line(error)}", hint=hint) from error
    except InvalidArrayError as error:
        raise SessionError(f"{path}: {error}", hint=error.hint or hint) from error


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def read_table(path: Path) -> PoseSequence:
    """Read a bare table of keypoints. Of frames without anybody only a JSON knows.

    Raises
    ------
    SessionError
        When it is no such table.
    """
    with reading(path, "name a table that `process --keypoints` wrote"):
        if path.suffix.lower() != ".parquet" and path.stat().st_size > 4 * MOST_VALUES:
            raise InvalidArrayError("it is too large")
        if path.suffix.lower() == ".json":
            return _read_json(path)
        with path.open("rb") as file:
            if path.suffix.lower() == ".csv":
                columns: Columns = read_csv(file)
                described: dict[str, Any] = {}
            else:
                columns, described = read_parquet(file)
        skeleton = described.pop("skeleton", None)
        names = keypoint_names(columns)
        return assemble(columns, skeleton_of(skeleton) if skeleton else _likely(names), None, described)


def read_parquet(file: IO[bytes]) -> tuple[Columns, dict[str, Any]]:
    """Return the columns of a Parquet file and what its metadata says, by name."""
    opened = pq.ParquetFile(file)
    if opened.metadata.num_rows * opened.metadata.num_columns > MOST_VALUES:
        raise InvalidArrayError(f"{opened.metadata.num_rows} rows of {opened.metadata.num_columns} are too many")
    said = opened.schema_arrow.metadata or {}
    described = {
        name.removeprefix(_PREFIX).decode("utf-8", "replace"): _parsed(text)
        for name, text in said.items()
        if name.startswith(_PREFIX)
    }
    return _plain_columns(opened.read()), described


def read_csv(file: IO[bytes]) -> Columns:
    """Return the columns of a CSV file."""
    return _plain_columns(pa_csv.read_csv(file))


def keypoint_names(columns: Columns) -> list[str]:
    """Return the keypoints of a table, in the order of its columns."""
    named = [name.removesuffix("_x") for name in columns if name.endswith("_x")]
    return [name for name in named if f"{name}_y" in columns and f"{name}_score" in columns]


def skeleton_of(document: Any) -> Skeleton:
    """Return the skeleton that `document`, from a file, describes.

    Raises
    ------
    InvalidArrayError
        When it describes none.
    """
    if not isinstance(document, Mapping):
        raise InvalidArrayError("the skeleton is not described")
    name, keypoints = document.get("name"), document.get("keypoints")
    if not isinstance(name, str) or not isinstance(keypoints, list) or not all(isinstance(k, str) for k in keypoints):
        raise InvalidArrayError("the skeleton has no name or no list of keypoints")
    pairs = {key: document.get(key, []) for key in ("edges", "mirror_pairs")}
    for key, given in pairs.items():
        if not isinstance(given, list) or not all(
            isinstance(pair, list) and all(type(joint) is int for joint in pair) for pair in given
        ):
            raise InvalidArrayError(f"skeleton {name!r}: {key}: expected pairs of whole numbers")
    sigmas = document.get("sigmas", [])
    if not isinstance(sigmas, list) or not all(isinstance(sigma, int | float) for sigma in sigmas):
        raise InvalidArrayError(f"skeleton {name!r}: sigmas: expected numbers")
    edges, mirror_pairs = (tuple(map(tuple, given)) for given in pairs.values())
    return Skeleton(name, tuple(keypoints), edges, mirror_pairs, np.array(sigmas, np.float32))


def assemble(
    columns: Columns,
    skeleton: Skeleton,
    frames: tuple[NDArray[np.int64], NDArray[np.float64]] | None,
    described: Mapping[str, Any],
) -> PoseSequence:
    """Return what the columns of a table say, rows put in the order of their frames.

    Parameters
    ----------
    frames
        (f,) numbers and (f,) seconds of all frames; None takes those in the table.
    described
        What is known besides, by name.

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


def checked(
    rows: NDArray[Any],
    frames: NDArray[np.int64],
    times: NDArray[np.float64],
    skeleton: Skeleton,
    described: Mapping[str, Any],
) -> PoseSequence:
    """Return the sequence that `rows` of `person_type` make up, after checking that they can be people."""
    check_times(times)
    for field in ("keypoints", "raw"):
        if field in (rows.dtype.names or ()):
            Poses(rows[field][..., :2], rows[field][..., 2], np.arange(len(rows)), rows["box"], skeleton)
    known = rows["box_score"][~np.isnan(rows["box_score"])]
    if ((known < 0) | (known > 1)).any():
        raise InvalidArrayError("box_score: expected scores in 0..1")
    source = described.get("source")
    source = source if isinstance(source, Mapping) else {}
    width, height = (side_of(source.get(name, 0)) for name in ("width", "height"))
    fps = source.get("fps", 0.0)
    fps = float(fps) if isinstance(fps, int | float) and 0 <= fps < 1e6 else 0.0
    return sequence_of(rows, frames, times, skeleton, width=width, height=height, fps=fps, metadata=described)


def check_times(times: NDArray[np.float64]) -> None:
    """Refuse times that no clock has."""
    if not (np.abs(times) < MOST_SECONDS).all():
        raise InvalidArrayError("time_s: expected finite seconds")


def side_of(value: Any) -> int:
    """Return the side of a picture in pixels, from a file."""
    if type(value) is not int or not 0 <= value <= LONGEST_SIDE:
        raise InvalidArrayError(f"the size of the pictures cannot be {value!r}")
    return value


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
    for name in table.column_names:
        if table.column_names.count(name) > 1:
            raise InvalidArrayError(f"there are two columns of {name}")
        values = table[name]
        if pa.types.is_null(values.type):  # of a CSV, all of it empty
            values = values.cast(pa.float32())
        if pa.types.is_boolean(values.type) or pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
            columns[name] = values.to_numpy()
        else:
            columns[name] = np.empty(len(values), object)  # another program's
    return columns


def _likely(names: Sequence[str]) -> Skeleton:
    return skeleton_by_keypoints(names) or Skeleton("table", tuple(names))


def _parsed(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidArrayError(f"its metadata is not JSON: {error}") from error


def _read_json(path: Path) -> PoseSequence:
    document = _parsed(path.read_bytes())
    if not isinstance(document, dict) or not isinstance(document.get("frames"), list):
        raise InvalidArrayError("it has no list of frames")
    skeleton = skeleton_of(document.get("skeleton"))
    described = document.get("metadata", {})
    found = [(place, each) for place, frame in enumerate(document["frames"]) for each in _get(frame, "people", list)]
    raw = bool(found) and all(isinstance(each, dict) and "raw_keypoints" in each for _, each in found)
    rows = np.zeros(len(found), person_type(skeleton, raw=raw))
    rows["observed"] = True
    fill: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
        ("id", "track_id", _whole),
        ("box", "box", lambda value: _numbers(value, 4)),
        ("keypoints", "keypoints", lambda value: _numbers(value, 3, len(skeleton))),
        *((("raw", "raw_keypoints", lambda value: _numbers(value, 3, len(skeleton))),) if raw else ()),
    )
    for row, (place, each) in enumerate(found):
        rows[row]["place"] = place
        for field, name, read in fill:
            with np.errstate(over="ignore"):  # what is infinite is refused below
                rows[field][row] = read(_get(each, name))
        score = each.get("box_score")
        rows["box_score"][row] = np.nan if score is None else _numbers([score], 1)[0]
    frames = np.array([_whole(_get(frame, "frame")) for frame in document["frames"]], np.int64)
    times = np.array([_numbers([_get(frame, "time_s")], 1)[0] for frame in document["frames"]], np.float64)
    return checked(rows, frames, times, skeleton, described if isinstance(described, dict) else {})


def _get(owner: Any, name: str, kind: type = object) -> Any:
    if not isinstance(owner, dict) or not isinstance(owner.get(name, ...), kind) or name not in owner:
        raise InvalidArrayError(f"a frame or a person in it has no {name}")
    return owner[name]


def _whole(value: Any) -> int:
    if type(value) is not int or abs(value) >= 2**62:
        raise InvalidArrayError(f"expected a whole number, got {str(value)[:40]}")
    return value


def _numbers(value: Any, length: int, rows: int | None = None) -> NDArray[np.float64]:
    """Return `value`, from JSON, as (length,) or (rows, length); null is NaN."""
    try:
        array = np.array(value, np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidArrayError(f"expected numbers, got {str(value)[:40]}") from error
    if array.shape != ((length,) if rows is None else (rows, length)):
        raise InvalidArrayError(f"expected {length if rows is None else rows * length} numbers, got {array.size}")
    return array
