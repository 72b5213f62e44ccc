"""COCO: keypoint results to submit or to evaluate, and a data set of labels for annotation tools.

Format: https://cocodataset.org/#format-results and https://cocodataset.org/#format-data.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import PoseSequence, Skeleton, load_skeleton
from vitpose_live.errors import OutputError
from vitpose_live.sinks.exports.files import ExportFiles
from vitpose_live.sinks.exports.material import PIXEL_DECIMALS, SCORE_DECIMALS, Material, known, rounded
from vitpose_live.sinks.target import writing

PERSON = 1
"""COCO's number of the category person."""
LEAST = 0.2
"""Keypoints that score less do not count for the score of a person, as in top-down evaluation on COCO."""


def write_results(material: Material, files: ExportFiles) -> None:
    """Write `NAME_coco.json`: an object per person and frame with ``image_id, category_id, keypoints, score``.

    ``keypoints`` are the x, y in pixels and the score of the 17 in COCO's order, 0, 0, 0 where missing; ``score`` is
    the box's, where it is known, times the mean of the keypoints that score above 0.2. Somebody without any keypoint is
    left out: a result needs one.

    Raises
    ------
    OutputError
        When the skeleton lacks some of COCO's keypoints.
    """
    sequence = material.sequence
    keypoints = rounded(sequence.keypoints, sequence.scores)[:, _columns(sequence.skeleton)]
    ranks = instance_scores(sequence)
    images = material.ids_of_images[sequence.rows]
    results = [
        {
            "image_id": image,
            "category_id": PERSON,
            "keypoints": points,
            "score": round(rank, SCORE_DECIMALS),
        }
        for image, points, rank in zip(
            images.tolist(), keypoints.reshape(len(keypoints), 51).tolist(), ranks.tolist(), strict=True
        )
        if any(points)
    ]
    _write(files, f"{material.name}_coco.json", results)


def write_dataset(material: Material, files: ExportFiles) -> None:
    """Write `NAME_coco_dataset.json`: ``images``, ``annotations`` and ``categories``, as labels for other tools.

    Any skeleton will do: the category names its keypoints and bones. Keypoints are x, y in pixels and 2 (labelled,
    visible), or 0, 0, 0 where missing; an annotation also has ``track_id`` and ``score``.
    """
    sequence = material.sequence
    ids = material.ids_of_images
    skeleton = sequence.skeleton
    sizes = [(sequence.width, sequence.height)] * len(ids) if material.sizes is None else material.sizes.tolist()
    images = [
        {"id": image, "file_name": f"{image:012d}.jpg", "width": width, "height": height}
        for image, (width, height) in zip(ids.tolist(), sizes, strict=True)
    ]
    category = {
        "id": PERSON,
        "name": "person",
        "supercategory": "person",
        "keypoints": list(skeleton.keypoints),
        "skeleton": [[first + 1, last + 1] for first, last in skeleton.edges],
    }
    content = {
        "info": {"description": material.name, "version": "1.0"},
        "licenses": [],
        "images": images,
        "annotations": list(_annotations(sequence, ids)),
        "categories": [category],
    }
    _write(files, f"{material.name}_coco_dataset.json", content)


def instance_scores(sequence: PoseSequence) -> NDArray[np.float64]:
    """(r,) score of each pose as a whole: the box's times the mean of the keypoints above `LEAST`."""
    good = sequence.scores > LEAST
    mean = np.where(good, sequence.scores, 0).sum(axis=1) / np.maximum(good.sum(axis=1), 1)
    return np.asarray(mean * np.nan_to_num(sequence.box_scores, nan=1.0), np.float64)


def _annotations(sequence: PoseSequence, ids: NDArray[np.int64]) -> Iterator[dict[str, Any]]:
    keypoints = rounded(sequence.keypoints, sequence.scores)
    there = known(sequence.keypoints)
    keypoints[..., 2] = np.where(there, 2, 0)
    corners = sequence.boxes.astype(np.float64)
    boxes = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1).round(PIXEL_DECIMALS)
    ranks = instance_scores(sequence).round(SCORE_DECIMALS)
    for row, (box, points) in enumerate(zip(boxes.tolist(), keypoints.tolist(), strict=True)):
        yield {
            "id": row + 1,
            "image_id": int(ids[sequence.rows[row]]),
            "category_id": PERSON,
            "keypoints": [value for x, y, visible in points for value in (x, y, int(visible))],
            "num_keypoints": int(there[row].sum()),
            "bbox": box,
            "area": round(box[2] * box[3], PIXEL_DECIMALS),
            "iscrowd": 0,
            "track_id": int(sequence.ids[row]),
            "score": float(ranks[row]),
        }


def _columns(skeleton: Skeleton) -> list[int]:
    """Where COCO's 17 keypoints are in `skeleton`."""
    wanted = load_skeleton("coco17").keypoints
    missing = [name for name in wanted if name not in skeleton.keypoints]
    if missing:
        raise OutputError(
            f"COCO results need its 17 keypoints, and {skeleton.name} has no {missing[0]}",
            hint="coco-dataset takes any skeleton",
        )
    return [skeleton.index(name) for name in wanted]


def _write(files: ExportFiles, name: str, content: Any) -> None:
    path = files.file(name)
    with writing(name):
        path.write_text(json.dumps(content, allow_nan=False, separators=(",", ":")), "utf-8", newline="\n")
