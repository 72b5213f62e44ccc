"""Keypoint tables as Parquet."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence
from typing import IO, TYPE_CHECKING

import numpy as np

from vitpose_live.sinks.people import People, column_names
from vitpose_live.sinks.table import TableWriter, skeleton_json
from vitpose_live.sinks.table_file import TableFile

if TYPE_CHECKING:
    import pyarrow.parquet as pq

METADATA_PREFIX = "vitpose_live."
NOBODY = "nobody"
"""Under this name the metadata lists the frames without anybody."""
_WHOLE = ("frame", "track_id", "width", "height")
_ROW_GROUP = 4096
_PER_COLUMN = 256
"""Bytes of a column in each row group and in the end of the file that are no values; measured: up to 150."""
_PER_EMPTY_FRAME = 48


class ParquetWriter(TableWriter):
    """Writes keypoints as Parquet: ``frame`` and ``track_id`` int64, ``time_s`` float64, all else float32.

    What is missing is a NaN, not a null, so that NumPy, pandas, polars and pyarrow all read NaN. Row groups of 4096 or
    a few more rows are written as they fill.

    The file's key-value metadata holds JSON texts: ``vitpose_live.skeleton`` (an object with ``name``, ``keypoints``,
    ``edges``, ``mirror_pairs``, ``sigmas``), and ``vitpose_live.<name>`` for each name in `metadata`, such as
    ``vitpose_live.models``, ``vitpose_live.settings``, ``vitpose_live.source``. Frames without anybody, which have no
    row, are listed in ``vitpose_live.nobody``: ``{"frame": [...], "time_s": [...]}``.

    Room for the rows that are held back and for the end of the file is taken from the disk as they come.
    """

    suffix = ".parquet"
    _table: pq.ParquetWriter | None = None

    def begin(self, file: TableFile) -> None:
        """Open the Parquet file: its schema is known from the skeleton."""
        described = {"skeleton": skeleton_json(self.skeleton), **self.metadata}
        names = column_names(self.skeleton, raw=self.raw)
        self._out = file
        self._columns = len(names)
        self._described = sum(len(text.encode()) for text in (*described.values(), *names))
        self._groups = 0
        self._rows: list[tuple[int, float, People]] = []
        self._count = 0
        self._empty_frames, self._empty_times = array("q"), array("d")
        self._reserve(0)
        self._table = open_parquet(file, names, described)

    def put(self, frame: int, time: float, people: People) -> None:
        """Hold the rows back until a row group is full."""
        self._reserve(len(people.ids))
        if len(people.ids):
            self._rows.append((frame, time, people))
            self._count += len(people.ids)
        else:
            self._empty_frames.append(frame)
            self._empty_times.append(time)
        if self._count >= _ROW_GROUP:
            self._flush()

    def end(self) -> None:
        """Write the last row group and the footer."""
        self._flush()
        if self._table is not None and self._empty_frames:
            nobody = {"frame": self._empty_frames.tolist(), "time_s": self._empty_times.tolist()}
            self._table.add_key_value_metadata({METADATA_PREFIX + NOBODY: json.dumps(nobody)})
        self.drop()

    def drop(self) -> None:
        """Close the Parquet file."""
        table, self._table = self._table, None
        if table is not None:
            table.close()

    def _reserve(self, more: int) -> None:
        """Make sure that `more` rows, or a frame without any, can be written in any event, and the end of the file."""
        values = 5 * (self._count + more) * (self._columns + len(_WHOLE))  # 4 bytes are most, whole numbers have 8
        ends = _PER_COLUMN * self._columns * (self._groups + 2)
        # what describes the table is in it twice, once in a form that takes a third more
        texts = 4 * self._described + _PER_EMPTY_FRAME * (len(self._empty_frames) + 1)
        self._out.reserve(values + ends + texts)

    def _flush(self) -> None:
        if not self._rows:
            return
        import pyarrow as pa  # noqa: PLC0415  as above

        assert self._table is not None
        frames, times, people = zip(*self._rows, strict=True)
        counts = [len(one.ids) for one in people]
        ids = np.concatenate([one.ids for one in people])
        pixels = np.concatenate([one.flat for one in people])
        columns = [np.repeat(np.array(frames, np.int64), counts), np.repeat(np.array(times, np.float64), counts), ids]
        columns += list(np.ascontiguousarray(pixels.T))
        arrays = [pa.array(column) for column in columns]
        self._table.write_table(pa.Table.from_arrays(arrays, schema=self._table.schema))
        self._rows.clear()
        self._count = 0
        self._groups += 1


def open_parquet(file: IO[bytes] | TableFile, names: Sequence[str], described: Mapping[str, str]) -> pq.ParquetWriter:
    """Open a Parquet file with the columns called `names`, and JSON texts by name of what it holds."""
    # takes a quarter of a second to import: only those who write Parquet pay
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    types = {name: pa.int64() for name in _WHOLE} | {"time_s": pa.float64(), "observed": pa.bool_()}
    schema = pa.schema(
        [pa.field(name, types.get(name, pa.float32()), nullable=False) for name in names],
        metadata={METADATA_PREFIX + name: text for name, text in described.items()},
    )
    # dictionaries serve columns whose values repeat; coordinates do not
    return pq.ParquetWriter(file, schema, use_dictionary=[name for name in types if name in names])
