#!/usr/bin/env python3
"""Reproduce the example that the ViTPose model card prints, with the real weights.

    .venv/bin/python scripts/check_card.py EXPECTED.json IMAGE [--weights FOLDER]

The expected file holds the card's printed persons: joint label to x, y, score. The models it names come from the
Hugging Face cache, or from FOLDER, which holds them as downloaded in folders called after their repositories' last
part, ``vitpose-plus-base`` and ``rtdetr_r50vd_coco_o365``. fp32. Prints how far each person is from the card's; status
0 when all are within 1 pixel and 0.02 of score, 1 when not, 2 when the weights are not here.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vitpose_live import Frame, Poses, Tracks, load_detector, load_pose_estimator
from vitpose_live.data.skeleton import normalised_keypoint_name
from vitpose_live.models import hub

PIXELS, SCORE = 1.0, 0.02
"""How far from the card's printed numbers, which are rounded, a joint may be."""


@dataclass(frozen=True)
class Away:
    """How far one person is from the card's: in pixels, in score, and over how many joints."""

    pixels: float
    score: float
    joints: int


def find_weights(repository: str, folder: Path | None) -> str | None:
    """Return what `load_detector` or `load_pose_estimator` is to load; None when it is not here."""
    if folder is None:
        return repository if hub.cached(repository) else None
    path = folder / repository.partition("/")[2]
    return str(path) if (path / hub.CONFIG).is_file() else None


def compare(expected: dict[str, Any], image: Path, detector: str, pose: str) -> list[Away]:
    """Return how far the persons found in `image` are from those of the card, in the card's order."""
    picture = cv2.imread(str(image))
    if picture is None:
        sys.exit(f"{image} is no picture")
    frame = Frame(np.ascontiguousarray(picture[..., ::-1]))
    found = load_detector(detector, precision="fp32", conf=expected["detector_threshold"]).detect(frame)
    tracks = Tracks(found.boxes, np.arange(len(found)), np.ones(len(found), bool))
    estimator = load_pose_estimator(pose, precision="fp32", dataset_index=expected["dataset_index"])
    poses = estimator.estimate(frame, tracks)
    return [nearest(person, poses) for person in expected["persons"]]


def nearest(person: dict[str, list[float]], poses: Poses) -> Away:
    """Return how far the nearest of `poses` is from one printed person."""
    joints = [poses.skeleton.index(normalised_keypoint_name(label)) for label in person]
    numbers = np.array(list(person.values()))
    if not len(poses):
        return Away(float("inf"), float("inf"), len(joints))
    pixels = np.linalg.norm(poses.keypoints[:, joints] - numbers[:, :2], axis=2).max(axis=1)
    scores = np.abs(poses.scores[:, joints] - numbers[:, 2]).max(axis=1)
    best = int(np.argmin(pixels))
    return Away(float(pixels[best]), float(scores[best]), len(joints))


def main() -> int:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("expected", type=Path)
    parser.add_argument("image", type=Path)
    parser.add_argument("--weights", type=Path, metavar="FOLDER")
    given = parser.parse_args()
    expected = json.loads(given.expected.read_text("utf-8"))
    names = [find_weights(expected[part], given.weights) for part in ("detector", "pose")]
    for part, name in zip(("detector", "pose"), names, strict=True):
        if name is None:
            print(f"{expected[part]} is not here; get it with `vitpose-live models download {expected[part]}`")
    if None in names:
        return 2
    detector, pose = map(str, names)
    good = True
    for number, away in enumerate(compare(expected, given.image, detector, pose), 1):
        print(f"person {number}: {away.joints} joints, at most {away.pixels:.2f} px and {away.score:.3f} away")
        good &= away.pixels <= PIXELS and away.score <= SCORE
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
