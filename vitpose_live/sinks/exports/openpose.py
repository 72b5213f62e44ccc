"""OpenPose's JSON: a file per frame.

Format: https://github.com/CMU-Perceptual-Computing-Lab/openpose/blob/master/doc/02_output.md, version 1.3.
"""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Skeleton
from vitpose_live.errors import OutputError
from vitpose_live.sinks.exports.files import ExportFiles
from vitpose_live.sinks.exports.material import Material, rounded
from vitpose_live.sinks.target import writing

_FINGERS = ("thumb", "forefinger", "middle_finger", "ring_finger", "pinky_finger")

BODY_25: tuple[tuple[str, ...], ...] = (
    ("nose",),
    ("left_shoulder", "right_shoulder"),
    *((f"right_{joint}",) for joint in ("shoulder", "elbow", "wrist")),
    *((f"left_{joint}",) for joint in ("shoulder", "elbow", "wrist")),
    ("left_hip", "right_hip"),
    *((f"right_{joint}",) for joint in ("hip", "knee", "ankle")),
    *((f"left_{joint}",) for joint in ("hip", "knee", "ankle")),
    ("right_eye",),
    ("left_eye",),
    ("right_ear",),
    ("left_ear",),
    *((f"left_{joint}",) for joint in ("big_toe", "small_toe", "heel")),
    *((f"right_{joint}",) for joint in ("big_toe", "small_toe", "heel")),
)
"""The keypoints that each of BODY_25's is the mean of: the neck is between the shoulders, the mid-hip the hips."""


def _hand(side: str) -> tuple[tuple[str, ...], ...]:
    fingers = ((f"{side}_{finger}{number}",) for finger in _FINGERS for number in range(1, 5))
    return ((f"{side}_hand_root",), *fingers)


def write_openpose(material: Material, files: ExportFiles) -> None:
    """Write `NAME_openpose/NAME_000000000000_keypoints.json` and so on, a file per frame, numbered as the frames are.

    ``person_id`` is the track id, not OpenPose's -1. ``pose_keypoints_2d`` are the x, y in pixels and the score of
    BODY_25's keypoints, 0, 0, 0 where missing; the neck and the mid-hip are midpoints with the lower score of the two.
    Face and hands are there for skeletons that have them, else empty; the pupils, which OpenPose puts after the 68
    points of the face, are missing.

    Raises
    ------
    OutputError
        When the skeleton has not one of BODY_25's keypoints.
    """
    sequence = material.sequence
    skeleton = sequence.skeleton
    parts = {
        "pose_keypoints_2d": _part(skeleton, BODY_25),
        "face_keypoints_2d": _part(skeleton, _face(skeleton)),
        "hand_left_keypoints_2d": _part(skeleton, _hand("left")),
        "hand_right_keypoints_2d": _part(skeleton, _hand("right")),
    }
    if not parts["pose_keypoints_2d"]:
        raise OutputError(f"OpenPose's body has no keypoint of {skeleton.name}", hint="npz takes any skeleton")
    found = {name: _taken(sequence.keypoints, sequence.scores, columns) for name, columns in parts.items()}
    ids = sequence.ids.tolist()
    folder = files.folder(f"{material.name}_openpose", rf"{re.escape(material.name)}_\d{{12,}}_keypoints\.json")
    for place, frame in enumerate(sequence.frames.tolist()):
        rows = range(*sequence.part(place).indices(len(ids)))
        people = [_person(ids[row], {name: values[row] for name, values in found.items()}) for row in rows]
        path = folder / f"{material.name}_{frame:012d}_keypoints.json"
        with writing(path):
            path.write_text(json.dumps({"version": 1.3, "people": people}, allow_nan=False), "utf-8")


def _person(track_id: int, parts: dict[str, NDArray[np.float64]]) -> dict[str, Any]:
    return {
        "person_id": [track_id],
        **{name: values.ravel().tolist() for name, values in parts.items()},
        **{f"{part}_keypoints_3d": [] for part in ("pose", "face", "hand_left", "hand_right")},
    }


def _face(skeleton: Skeleton) -> tuple[tuple[str, ...], ...]:
    """Return the 68 points of iBUG 300-W, in COCO-WholeBody behind the feet in OpenPose's order, and two pupils."""
    names = skeleton.keypoints
    if "right_contour_1" not in names:
        return ()
    first = names.index("right_contour_1")
    return (*((name,) for name in names[first : first + 68]), (), ())


def _part(skeleton: Skeleton, points: tuple[tuple[str, ...], ...]) -> list[list[int]]:
    """Which columns each point is the mean of, none where `skeleton` lacks it; nothing when it lacks them all."""
    places = {name: place for place, name in enumerate(skeleton.keypoints)}
    columns = [[places[name] for name in point if name in places] for point in points]
    columns = [found if len(found) == len(point) else [] for found, point in zip(columns, points, strict=True)]
    return columns if any(columns) else []


def _taken(
    keypoints: NDArray[np.float32], scores: NDArray[np.float32], columns: list[list[int]]
) -> NDArray[np.float64]:
    """(r, p, 3) x, y, score of each point; 0, 0, 0 where missing."""
    found = np.zeros((len(keypoints), len(columns), 3))
    for place, taken in enumerate(columns):
        if taken:
            found[:, place] = rounded(keypoints[:, taken].astype(np.float64).mean(axis=1), scores[:, taken].min(axis=1))
    return found
