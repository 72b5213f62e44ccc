"""Every sink passes the one suite."""

from __future__ import annotations

import csv
import json

import pyarrow.parquet as pq
from contracts.sink_contract import COCO17, SinkContract
from sinks.media import pictures

from vitpose_live.sinks import CsvWriter, JsonWriter, ParquetWriter, VideoRecorder


class RecordingSink:
    """The recorder as a sink: it takes pictures, this takes results."""

    def __init__(self, recorder):
        self._recorder = recorder
        self.close = recorder.close
        self.abort = recorder.abort

    def write(self, result):
        self._recorder.write(result.frame.image, result.frame.time)


class TestVideoRecorder(SinkContract):
    suffix = ".mp4"
    written_when_empty = False

    def make(self, path, *, overwrite=False):
        return RecordingSink(VideoRecorder(path, fps_hint=30, overwrite=overwrite))

    def count(self, path):
        return len(pictures(path)[0])


class TestParquetWriter(SinkContract):
    suffix = ".parquet"
    written_when_empty = True

    def make(self, path, *, overwrite=False):
        return ParquetWriter(path, COCO17, metadata={}, overwrite=overwrite)

    def count(self, path):
        return pq.read_table(path, partitioning=None).num_rows


class TestCsvWriter(SinkContract):
    suffix = ".csv"
    written_when_empty = True

    def make(self, path, *, overwrite=False):
        return CsvWriter(path, COCO17, metadata={}, overwrite=overwrite)

    def count(self, path):
        with path.open(newline="") as file:
            return len(list(csv.DictReader(file)))


class TestJsonWriter(SinkContract):
    suffix = ".json"
    written_when_empty = True

    def make(self, path, *, overwrite=False):
        return JsonWriter(path, COCO17, metadata={}, overwrite=overwrite)

    def count(self, path):
        return sum(len(frame["people"]) for frame in json.loads(path.read_text("utf-8"))["frames"])
