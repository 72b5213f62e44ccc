#!/usr/bin/env python3
"""Measure COCO keypoint and person box AP of detector + pose pairs on a folder of images, end to end.

    .venv/bin/python scripts/bench_accuracy.py [--images DIR] [--annotations FILE] [--detector NAME ...]
                                               [--pose NAME ...] [--conf 0.3 ...]

Every image is detected, every detection is posed, nothing is taken from the annotations. A person's score is the box
score times the mean of the keypoint scores above .2. The COCO protocol is computed by `hotcoco` (the `test` extra),
which equals pycocotools; at most 20 people an image count for keypoints. The last column says how stable the
figure is: the middle 90 % of keypoint AP when the images are drawn anew with replacement (--resamples 0: left out).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import itertools
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import cv2
import numpy as np

from vitpose_live.data import Detections, Frame, Tracks
from vitpose_live.errors import VitposeLiveError
from vitpose_live.models import load_detector, load_pose_estimator

DEFAULT_DATA = Path(__file__).parents[2] / "shared" / "data" / "coco"
PERSON = 1
RECORDED = ("AP", "AP50", "AP75", "AP-M", "AP-L")


@dataclass(frozen=True, slots=True)
class Measured:
    """COCO results of one pair, in COCO's own result format, and what they cost."""

    keypoints: list[dict[str, Any]]
    boxes: list[dict[str, Any]]
    milliseconds_per_image: float


def main() -> int:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--images", type=Path, default=DEFAULT_DATA / "images")
    parser.add_argument("--annotations", type=Path, default=DEFAULT_DATA / "person_keypoints.json")
    parser.add_argument("--detector", nargs="+", default=["embedded"])
    parser.add_argument("--pose", nargs="+", default=["embedded", "embedded-fast"])
    parser.add_argument("--conf", nargs="+", type=float, default=[0.3])
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--resamples", type=int, default=100, help="0: no interval")
    given = parser.parse_args()
    if not given.annotations.is_file() or not given.images.is_dir():
        print(f"error: need {given.annotations} and {given.images}", file=sys.stderr)
        return 1
    truth = json.loads(given.annotations.read_text())
    print(f"{len(truth['images'])} images, {len(truth['annotations'])} people\n")
    print(f"| detector | pose | conf | {' | '.join(RECORDED)} | box AP | boxes | ms/image | AP, middle 90 % |")
    print("|---|---|---|" + "---|" * (len(RECORDED) + 4))
    for detector, pose, conf in itertools.product(given.detector, given.pose, given.conf):
        try:
            measured = measure(truth, given.images, detector, pose, conf, given.device, given.precision)
        except VitposeLiveError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
        figures = average_precisions(truth, measured.keypoints, "keypoints")
        box_figure = average_precisions(truth, measured.boxes, "bbox")[0]
        low, high = interval(truth, measured.keypoints, given.resamples)
        spread = f"{low:.3f} - {high:.3f}" if given.resamples else "-"
        cells = [
            detector, pose, f"{conf:g}", *(f"{figure:.3f}" for figure in figures), f"{box_figure:.3f}",
            str(len(measured.boxes)), f"{measured.milliseconds_per_image:.0f}", spread,
        ]  # fmt: skip
        print(f"| {' | '.join(cells)} |", flush=True)
    return 0


def measure(
    truth: dict[str, Any], images: Path, detector_name: str, pose_name: str, conf: float, device: str, precision: str
) -> Measured:
    """Run one pair over every annotated image."""
    detector = load_detector(detector_name, device, precision, conf)
    pose_estimator = load_pose_estimator(pose_name, device, precision)
    keypoints: list[dict[str, Any]] = []
    boxes: list[dict[str, Any]] = []
    spent = 0.0
    for entry in truth["images"]:
        path = images / entry["file_name"]
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
        if picture is None:
            raise SystemExit(f"error: cannot read {path}")
        frame = Frame(np.asarray(picture, np.uint8))
        started = perf_counter()
        found = detector.detect(frame)
        poses = pose_estimator.estimate(frame, tracks_of(found))
        spent += perf_counter() - started
        ranks = found.scores * poses.mean_scores(0.2)
        # a missing keypoint is counted as wrong wherever it is put
        points = np.nan_to_num(poses.keypoints, nan=0.0)
        for box, score, rank, person in zip(found.boxes, found.scores, ranks, points, strict=True):
            x1, y1, x2, y2 = (float(side) for side in box)
            common = {"image_id": entry["id"], "category_id": PERSON}
            triples = np.column_stack([person, np.ones(len(person))]).ravel().tolist()
            boxes.append({**common, "bbox": [x1, y1, x2 - x1, y2 - y1], "score": float(score)})
            keypoints.append({**common, "keypoints": triples, "score": float(rank)})
    return Measured(keypoints, boxes, 1000 * spent / len(truth["images"]))


def tracks_of(found: Detections) -> Tracks:
    """Return every detection as a track that was seen now."""
    n = len(found)
    return Tracks(found.boxes, np.arange(n), np.ones(n, bool), found.scores)


def average_precisions(truth: dict[str, Any], results: list[dict[str, Any]], kind: str) -> list[float]:
    """Return COCO's AP, AP50, AP75, then AP of medium and large people; for ``bbox``, small come before these."""
    from hotcoco import COCO, COCOeval

    if not results:
        return [0.0] * len(RECORDED)
    # the evaluator prints its own tables
    with contextlib.redirect_stdout(io.StringIO()):
        people = COCO(truth)
        evaluation = COCOeval(people, people.load_res(results), kind)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [float(figure) for figure in evaluation.stats[: len(RECORDED)]]


def interval(truth: dict[str, Any], results: list[dict[str, Any]], resamples: int) -> tuple[float, float]:
    """Return the 5th and 95th percentile of AP over images drawn with replacement (bootstrap)."""
    if not resamples:
        return float("nan"), float("nan")
    random = np.random.default_rng(0)
    people_of = _by_image(truth["annotations"])
    results_of = _by_image(results)
    figures = []
    for _ in range(resamples):
        drawn = random.integers(0, len(truth["images"]), len(truth["images"]))
        sample: dict[str, Any] = {**truth, "images": [], "annotations": []}
        predicted: list[dict[str, Any]] = []
        for new_id, position in enumerate(drawn.tolist(), start=1):
            original = truth["images"][position]
            sample["images"].append({**original, "id": new_id})
            for person in people_of.get(original["id"], []):
                sample["annotations"].append({**person, "image_id": new_id, "id": len(sample["annotations"]) + 1})
            predicted += [{**result, "image_id": new_id} for result in results_of.get(original["id"], [])]
        figures.append(average_precisions(sample, predicted, "keypoints")[0])
    low, high = np.percentile(figures, [5, 95])
    return float(low), float(high)


def _by_image(rows: list[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    grouped: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row["image_id"], []).append(row)
    return grouped


if __name__ == "__main__":
    sys.exit(main())
