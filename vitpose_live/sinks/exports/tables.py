"""The keypoint tables that `process` writes, from a recording."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitpose_live.sinks.exports.files import ExportFiles
from vitpose_live.sinks.exports.material import Material
from vitpose_live.sinks.keypoints import open_keypoint_writer
from vitpose_live.sinks.people import People


def write_table(material: Material, files: ExportFiles, suffix: str) -> None:
    """Write `NAME_keypoints.SUFFIX`; what was before smoothing is in it where it was kept.

    Numbers of the metadata that JSON lacks are null.
    """
    sequence = material.sequence
    raw = sequence.raw_keypoints is not None
    path = files.file(f"{material.name}_keypoints.{suffix}")
    writer = open_keypoint_writer(path, sequence.skeleton, _finite(sequence.metadata), overwrite=True, raw=raw)
    boxes = np.concatenate([sequence.boxes, sequence.box_scores[:, None]], axis=1)
    keypoints = _joined(sequence.keypoints, sequence.scores)
    before = np.zeros((len(boxes), 0, 3), np.float32)
    if sequence.raw_keypoints is not None and sequence.raw_scores is not None:
        before = _joined(sequence.raw_keypoints, sequence.raw_scores)
    try:
        for place, (frame, time) in enumerate(zip(sequence.frames.tolist(), sequence.times.tolist(), strict=True)):
            part = sequence.part(place)
            people = People(sequence.ids[part], boxes[part], keypoints[part], before[part])
            writer.write_people(frame, time, people)
        writer.close()
    finally:
        writer.abort()  # nothing is left to abort after close


write_parquet = partial(write_table, suffix="parquet")
write_csv = partial(write_table, suffix="csv")
write_json = partial(write_table, suffix="json")


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def _joined(points: NDArray[np.float32], scores: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.concatenate([points, scores[..., None]], axis=2)
