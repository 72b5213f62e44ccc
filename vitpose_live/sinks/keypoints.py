"""Keypoint tables: Parquet, CSV and JSON, written as the results come.

One row per person and frame: ``frame, time_s, track_id, box_x1, box_y1, box_x2, box_y2, box_score``, then
``<keypoint>_x, <keypoint>_y, <keypoint>_score`` in skeleton order; where keypoints were smoothed, these are so, and the
same before smoothing follow as ``<keypoint>_x_raw, <keypoint>_y_raw, <keypoint>_score_raw``. Pixels are those of the
upright source frame. A missing keypoint has no x and y, and score 0. Without anybody the table is empty and valid.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from vitpose_live.data import Skeleton
from vitpose_live.errors import OutputError, UnknownNameError
from vitpose_live.registry import keypoint_writers
from vitpose_live.sinks.people import People, column_names
from vitpose_live.sinks.table import TableWriter, skeleton_json
from vitpose_live.sinks.table_file import TableFile
from vitpose_live.sinks.target import PathLike


class CsvWriter(TableWriter):
    r"""Writes keypoints as CSV (RFC 4180, UTF-8, lines end in ``\n``), a header line first.

    Pixels have 3 decimals, scores 4, seconds 6. What is missing is an empty field, which pandas, polars and R read as
    missing. CSV has no place for `metadata`: use Parquet or JSON to keep it.
    """

    suffix = ".csv"

    def begin(self, file: TableFile) -> None:
        """Write the header line."""
        self._out = file
        joints = len(self.skeleton) * (2 if self.raw else 1)
        self._places = [3, 3, 3, 3, 4, *([3, 3, 4] * joints)]
        self._append([column_names(self.skeleton, raw=self.raw)])

    def put(self, frame: int, time: float, people: People) -> None:
        """Write a line per person."""
        lines = []
        for track_id, row in zip(people.ids.tolist(), people.flat.tolist(), strict=True):
            cells = zip(row, self._places, strict=True)
            texts = ["" if math.isnan(value) else f"{value:.{places}f}" for value, places in cells]
            lines.append([str(frame), f"{time:.6f}", str(track_id), *texts])
        self._append(lines)

    def end(self) -> None:
        """Write nothing: a CSV just ends."""

    def _append(self, lines: Iterable[Iterable[str]]) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(lines)
        self._out.append(text.getvalue().encode())


class JsonWriter(TableWriter):
    """Writes keypoints as one JSON object, a line per frame.

    ::

        {"metadata": {"models": {...}, "settings": {...}, "source": {...}},
         "skeleton": {"name": "coco17", "keypoints": ["nose", ...], "edges": [[5, 6], ...], ...},
         "frames": [
         {"frame": 0, "time_s": 0.0, "people": [
             {"track_id": 1, "box": [x1, y1, x2, y2], "box_score": 0.9, "keypoints": [[x, y, score], ...]}]},
         ...
         ]}

    A person's smoothed keypoints are followed by ``"raw_keypoints": [[x, y, score], ...]``. Every frame is there, with
    an empty ``people`` when nobody is. Pixels have 3 decimals, scores 4, seconds 6. What is missing is null, since JSON
    has no NaN.
    """

    suffix = ".json"

    def begin(self, file: TableFile) -> None:
        """Write what stands before the frames."""
        self._out = file
        self._separator = "\n"
        metadata = ", ".join(f"{json.dumps(name)}: {text}" for name, text in self.metadata.items())
        self._append(f'{{"metadata": {{{metadata}}},\n "skeleton": {skeleton_json(self.skeleton)},\n "frames": [')

    def put(self, frame: int, time: float, people: People) -> None:
        """Write a line."""
        rows = zip(
            *(values.tolist() for values in (people.ids, people.boxes, people.keypoints, people.raw)), strict=True
        )
        found = [
            {
                "track_id": track_id,
                "box": _rounded(box[:4], 3),
                "box_score": _rounded(box[4:], 4)[0],
                "keypoints": _spelled(keypoints),
                **({"raw_keypoints": _spelled(raw)} if self.raw else {}),
            }
            for track_id, box, keypoints, raw in rows
        ]
        line = json.dumps({"frame": frame, "time_s": round(time, 6), "people": found}, allow_nan=False)
        self._append(f"{self._separator} {line}")
        self._separator = ",\n"

    def end(self) -> None:
        """Write nothing: what stands after the frames is there already."""

    def _append(self, text: str) -> None:
        self._out.append(text.encode(), tail=b"\n ]}\n")


def open_keypoint_writer(
    path: PathLike, skeleton: Skeleton, metadata: Mapping[str, Any], *, overwrite: bool = False, raw: bool = False
) -> TableWriter:
    """Return the writer for the format that the ending of `path` names.

    Parameters
    ----------
    path
        The target: ``.parquet``, ``.csv``, ``.json`` or what an installed package adds.
    skeleton
        The keypoints, in the order of the columns.
    metadata
        What to say of the table as a whole, by name: models, settings, source size and rate. Values are plain ones.
    overwrite
        Whether `path` may be replaced.
    raw
        Whether the keypoints before smoothing are written, too.

    Raises
    ------
    OutputError
        When no format has that ending or `path` cannot be written; `OutputExistsError` when it exists.
    """
    name = Path(path).suffix.lower().removeprefix(".")
    try:
        factory = keypoint_writers.get(name)
    except UnknownNameError as error:
        known = ", ".join(f".{known}" for known in keypoint_writers.names())
        kind = f"no keypoint table has the ending .{name}" if name else "its name has no ending"
        hint = f"{error.hint.rstrip('?')}? (known: {known})" if "did you mean" in error.hint else f"known: {known}"
        raise OutputError(f"cannot write {path}: {kind}", hint=hint) from error
    writer: TableWriter = factory(path, skeleton, metadata=metadata, overwrite=overwrite, raw=raw)
    return writer


def _spelled(keypoints: list[list[float]]) -> list[list[float | None]]:
    return [[*_rounded(keypoint[:2], 3), *_rounded(keypoint[2:], 4)] for keypoint in keypoints]


def _rounded(values: list[float], places: int) -> list[float | None]:
    return [None if math.isnan(value) else round(value, places) for value in values]
