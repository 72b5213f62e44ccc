"""Where results go: annotated video, keypoint tables, pictures."""

from vitpose_live.sinks.keypoints import CsvWriter, JsonWriter, open_keypoint_writer
from vitpose_live.sinks.names import safe_join, safe_name
from vitpose_live.sinks.parquet_table import ParquetWriter
from vitpose_live.sinks.parts import PartsRecorder, open_recorder
from vitpose_live.sinks.recorder import VIDEO_SUFFIXES, VideoRecorder
from vitpose_live.sinks.stills import write_png
from vitpose_live.sinks.target import check_output

__all__ = [
    "VIDEO_SUFFIXES",
    "CsvWriter",
    "JsonWriter",
    "ParquetWriter",
    "PartsRecorder",
    "VideoRecorder",
    "check_output",
    "open_keypoint_writer",
    "open_recorder",
    "safe_join",
    "safe_name",
    "write_png",
]
