"""Recordings to export, made of numbers that nothing else could have made."""

from __future__ import annotations

from typing import Any

import numpy as np

from vitpose_live.data import PoseSequence, Skeleton, load_skeleton
from vitpose_live.sinks.exports import Material

COCO17 = load_skeleton("coco17")


def recording(
    presence: dict[int, list[int]],
    *,
    times: Any = None,
    count: int = 6,
    skeleton: Skeleton = COCO17,
    seed: int = 0,
    missing: float = 0.1,
    raw: bool = False,
    **changes: Any,
) -> PoseSequence:
    """People by id in the frames at their places, `missing` of their keypoints not there."""
    random = np.random.default_rng(seed)
    pairs = sorted((place, person) for person, places in presence.items() for place in places)
    r, k = len(pairs), len(skeleton)
    keypoints = random.uniform(0, 500, (r, k, 2)).astype(np.float32)
    scores = random.uniform(0.3, 1, (r, k)).astype(np.float32)
    gone = random.random((r, k)) < missing
    keypoints[gone], scores[gone] = np.nan, 0
    corner = random.uniform(0, 100, (r, 2))
    values: dict[str, Any] = {
        "skeleton": skeleton,
        "frames": np.arange(count),
        "times": np.arange(count) / 25 if times is None else np.asarray(times, float),
        "rows": np.array([place for place, _ in pairs], np.int64),
        "ids": np.array([person for _, person in pairs], np.int64),
        "boxes": np.concatenate([corner, corner + random.uniform(50, 400, (r, 2))], axis=1).astype(np.float32),
        "box_scores": random.uniform(0.3, 1, r).astype(np.float32),
        "keypoints": keypoints,
        "scores": scores,
        "width": 640,
        "height": 480,
        "fps": 25.0,
    }
    if raw:
        values |= {"raw_keypoints": keypoints + 1, "raw_scores": scores}
    return PoseSequence(**(values | changes))


def two_people(**changes: Any) -> PoseSequence:
    """One who leaves and one who comes late and is missed once; the frame at place 5 is empty."""
    return recording({7: [0, 1, 2], 3: [1, 2, 4]}, **changes)


def material(sequence: PoseSequence, **changes: Any) -> Material:
    def nothing(sequence: PoseSequence, person: int) -> Any:
        return (), np.zeros((len(sequence.of(person)), 0))

    return Material(sequence, **({"name": "walk", "measure": nothing} | changes))


def point(sequence: PoseSequence, person: int, place: int, joint: int) -> tuple[float, float]:
    """x, y of a keypoint of `person` in the frame at `place`."""
    row = next(int(row) for row in sequence.of(person) if sequence.rows[row] == place)
    x, y = sequence.keypoints[row, joint].tolist()
    return x, y
