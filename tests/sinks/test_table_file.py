"""A full disk leaves a table whole, up to the frame that did not fit any more."""

from __future__ import annotations

import csv
import errno
import json
import os
from itertools import count

import pyarrow.parquet as pq
import pytest
from contracts.sink_contract import COCO17, result
from hypothesis import given, settings
from hypothesis import strategies as st

from vitpose_live.errors import OutputError
from vitpose_live.sinks import open_keypoint_writer, table_file
from vitpose_live.sinks.table_file import TableFile

BEFORE = b"before"


def limited_to(limit, write=os.write):
    def limited(handle, data):
        room = limit[0] - os.lseek(handle, 0, os.SEEK_CUR)
        if room <= 0 < len(data):
            raise OSError(errno.EFBIG, "File too large")
        return write(handle, data[:room])

    return limited


@pytest.fixture
def disk(monkeypatch):
    """A disk on which no file grows beyond `disk[0]` bytes; it takes what fits before it refuses, as real ones do."""
    limit = [1 << 40]
    monkeypatch.setattr(table_file.os, "write", limited_to(limit))
    return limit


def rows_of(path):
    """How many people are in each frame of a table."""
    if path.suffix == ".json":
        return [len(frame["people"]) for frame in json.loads(path.read_bytes())["frames"]]
    if path.suffix == ".parquet":
        frames = pq.read_table(path, partitioning=None)["frame"].to_pylist()
    else:
        with path.open(newline="", encoding="utf-8") as file:
            header, *lines = csv.reader(file)
        assert all(len(line) == len(header) for line in lines)
        frames = [int(line[0]) for line in lines]
    return [frames.count(frame) for frame in range(max(frames, default=-1) + 1)]


def fill(writer, people, start=0):
    """Write until the disk is full; return how many frames went in."""
    for index in count():
        try:
            writer.write(result(start + index, people=people))
        except OutputError as error:
            assert "File too large" in str(error)  # noqa: PT017
            return index
    raise AssertionError


@pytest.mark.parametrize("ending", ["parquet", "csv", "json"])
@pytest.mark.parametrize(("limit", "people"), [(150_000, 30), (400_003, 200)])
@pytest.mark.parametrize("before", [True, False])
def test_a_full_disk_leaves_a_whole_table(tmp_path, disk, ending, limit, people, before):
    path = tmp_path / f"t.{ending}"
    if before:
        path.write_bytes(BEFORE)
    disk[0] = limit
    writer = open_keypoint_writer(path, COCO17, {}, overwrite=True)
    written = fill(writer, people)
    assert written > 1
    (kept,) = writer.keep()
    assert writer.keep() == (kept,)
    assert kept == (tmp_path / f"t.partial.{ending}" if before else path)
    assert rows_of(kept) == [people] * written
    assert kept.stat().st_size <= limit
    writer.abort()
    assert kept.exists()
    assert path.read_bytes() == BEFORE if before else path == kept


@pytest.mark.parametrize("ending", ["parquet", "csv", "json"])
@pytest.mark.parametrize("limit", [0, 20, 3_000])
def test_without_a_whole_frame_nothing_is_kept(tmp_path, disk, ending, limit):
    disk[0] = limit
    writer = open_keypoint_writer(tmp_path / f"t.{ending}", COCO17, {})
    assert fill(writer, 100) == 0
    assert writer.keep() == ()
    assert list(tmp_path.iterdir()) == []


def test_many_row_groups_and_frames_with_nobody_have_room_for_their_end(tmp_path, disk):
    disk[0] = 9_000_000
    writer = open_keypoint_writer(tmp_path / "t.parquet", COCO17, {"words": "x" * 5000}, raw=True)
    for index in range(300):
        writer.write(result(index, people=0))
    written = fill(writer, 4000, start=300)
    (kept,) = writer.keep()
    found = pq.ParquetFile(kept).metadata
    assert found.num_rows == 4000 * written
    assert found.num_row_groups >= 2
    assert len(json.loads(found.metadata[b"vitpose_live.nobody"])["frame"]) == 300


@settings(max_examples=50, deadline=None)
@given(
    pieces=st.lists(st.tuples(st.binary(max_size=30), st.binary(max_size=9)), max_size=20),
    limit=st.integers(0, 200),
)
def test_a_piece_is_there_whole_or_not_at_all(tmp_path_factory, pieces, limit):
    path = tmp_path_factory.mktemp("file") / "f"
    path.touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_file.os, "write", limited_to([limit]))
        file, body, end = TableFile(path), b"", b""
        for piece, tail in pieces:
            fits = len(body + piece + tail) <= limit
            try:
                file.append(piece, tail)
            except OSError:
                assert not fits
            else:
                assert fits
                body, end = body + piece, tail
            assert path.read_bytes() == body + end
        file.close()
    assert path.read_bytes() == body + end
