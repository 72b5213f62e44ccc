"""NumPy's npz: the recording as the arrays that it is."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from vitpose_live.sinks.exports.files import ExportFiles
from vitpose_live.sinks.exports.material import Material
from vitpose_live.sinks.target import writing


def write_npz(material: Material, files: ExportFiles) -> None:
    """Write `NAME.npz`, which ``numpy.load(path)`` reads without pickles.

    With f frames, r rows of one person in one frame each, and k keypoints: ``frames`` (f,), ``times`` (f,) in seconds,
    ``rows`` (r,) which frame, counted from 0, each row is in, ``ids`` (r,), ``boxes`` (r, 4) x1, y1, x2, y2,
    ``box_scores`` (r,), ``keypoints`` (r, k, 2) pixels with NaN where missing, ``scores`` (r, k), ``observed`` (r,);
    ``raw_keypoints``, ``raw_scores`` where kept; ``keypoint_names`` (k,), ``edges`` (e, 2), ``width``, ``height``,
    ``fps``, ``skeleton`` its name, and ``metadata`` as JSON.
    """
    sequence = material.sequence
    arrays: dict[str, Any] = {
        name: getattr(sequence, name)
        for name in (
            "frames",
            "times",
            "rows",
            "ids",
            "boxes",
            "box_scores",
            "keypoints",
            "scores",
            "observed",
            "width",
            "height",
            "fps",
        )
    }
    if sequence.raw_keypoints is not None:
        arrays |= {"raw_keypoints": sequence.raw_keypoints, "raw_scores": sequence.raw_scores}
    arrays |= {
        "skeleton": sequence.skeleton.name,
        "keypoint_names": np.array(sequence.skeleton.keypoints),
        "edges": np.array(sequence.skeleton.edges, np.int64).reshape(-1, 2),
        "metadata": json.dumps(dict(sequence.metadata), default=str),
    }
    path = files.file(f"{material.name}.npz")
    with writing(path):
        np.savez_compressed(path, **arrays)
