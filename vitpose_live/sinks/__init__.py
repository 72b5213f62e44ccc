"""Where results go: annotated video, keypoint tables, pictures."""

from vitpose_live.sinks.keypoints import CsvWriter, JsonWriter, ParquetWriter, open_keypoint_writer
from vitpose_live.sinks.recorder import VideoRecorder
from vitpose_live.sinks.stills import write_png
from vitpose_live.sinks.target import OutputTarget, check_output, same_file

__all__ = [
    "CsvWriter",
    "JsonWriter",
    "OutputTarget",
    "ParquetWriter",
    "VideoRecorder",
    "check_output",
    "open_keypoint_writer",
    "same_file",
    "write_png",
]
