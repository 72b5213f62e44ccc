"""The records of a session folder, made into its Parquet tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Skeleton
from vitpose_live.sinks.parquet_table import open_parquet
from vitpose_live.sinks.people import column_names
from vitpose_live.sinks.session_files import FRAME_RECORDS, FRAMES, KEYPOINT_RECORDS, KEYPOINTS
from vitpose_live.sinks.session_rows import FRAME, person_type
from vitpose_live.sinks.table import skeleton_json

_ROW_GROUP = 16_384


def session_columns(skeleton: Skeleton) -> list[str]:
    """Return the columns of a session's keypoints: those of every table with what was before smoothing, `observed`."""
    return [*column_names(skeleton, raw=True), "observed"]


def make_tables(folder: Path, skeleton: Skeleton, described: Mapping[str, str]) -> None:
    """Write `FRAMES` and `KEYPOINTS` from the records in `folder`, a row group at a time.

    Parameters
    ----------
    described
        JSON texts by name, for the tables' own metadata.
    """
    frames = np.fromfile(folder / FRAME_RECORDS, FRAME)
    names = FRAME.names or ()
    _write(folder / FRAMES, names, described, (([frames[name] for name in names]) for _ in range(1)))
    described = {"skeleton": skeleton_json(skeleton), **described}
    people = _people(folder / KEYPOINT_RECORDS, person_type(skeleton, raw=True), frames)
    _write(folder / KEYPOINTS, session_columns(skeleton), described, people)


def _people(path: Path, kind: np.dtype[Any], frames: NDArray[Any]) -> Iterator[list[NDArray[Any]]]:
    """Yield the columns of a row group after the other."""
    with path.open("rb") as file:
        while taken := file.read(_ROW_GROUP * kind.itemsize):
            rows = np.frombuffer(taken, kind)
            at = frames[rows["place"]]
            joints = np.concatenate([rows["keypoints"], rows["raw"]], axis=1).reshape(len(rows), -1)
            yield [
                at["frame"], at["time_s"], rows["id"], *rows["box"].T, rows["box_score"], *joints.T, rows["observed"]
            ]  # fmt: skip


def _write(
    path: Path, names: Sequence[str], described: Mapping[str, str], groups: Iterator[list[NDArray[Any]]]
) -> None:
    import pyarrow as pa  # noqa: PLC0415  a quarter of a second

    with path.open("wb") as file, open_parquet(file, names, described) as table:
        for columns in groups:
            arrays = [
                pa.array(np.ascontiguousarray(column), kind)
                for column, kind in zip(columns, table.schema.types, strict=True)
            ]
            table.write_table(pa.Table.from_arrays(arrays, schema=table.schema))
