"""Parts of the body by name: which joints of any skeleton they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import FrameResult, Poses, Skeleton
from vitpose_live.errors import SettingsError
from vitpose_live.registry import unknown_name

_FACE = {"nose", "eye", "ear", "mouth", "lip", "contour", "brow", "jaw", "face"}
_HAND = {"hand", "thumb", "forefinger", "middle", "ring", "pinky", "index", "finger"}
_LOWER = {
    "hip", "pelvis", "asis", "psis", "knee", "ankle", "heel", "toe", "foot", "metatarsal", "root", "tail", "back", "l2",
}  # fmt: skip


def _words(keypoint: str) -> set[str]:
    return {re.sub(r"(?<=[a-z]{2})\d+$", "", word) for word in keypoint.split("_")}


def _is_face(words: set[str]) -> bool:
    return bool(words & _FACE)


def _is_lower(words: set[str]) -> bool:
    return bool(words & _LOWER) and not _is_hand(words) and not words & {"front"}


def _is_hand(words: set[str]) -> bool:
    return bool(words & _HAND) and not words & {"foot"} and not _is_face(words)


PARTS: dict[str, Callable[[set[str]], bool]] = {
    "body": lambda words: not _is_face(words) and not _is_hand(words),
    "no-face": lambda words: not _is_face(words),
    "face": _is_face,
    "hands": _is_hand,
    "upper": lambda words: not _is_lower(words),
    "lower": _is_lower,
    "left": lambda words: "right" not in words,
    "right": lambda words: "left" not in words,
}
"""What makes a keypoint, by the words of its name, one of a part: the hips are of the lower body, what has no side is
of both."""


def chosen_joints(skeleton: Skeleton, text: str) -> NDArray[np.bool_]:
    """Return (k,) which keypoints `text` names: parts and single keypoints, with commas between them.

    Raises
    ------
    SettingsError
        When something of that name is neither, the hint names the nearest; or when the skeleton has none of them.
    """
    chosen = np.zeros(len(skeleton), np.bool_)
    for name in filter(None, (word.strip().lower() for word in text.split(","))):
        if name in PARTS:
            chosen |= [PARTS[name](_words(keypoint)) for keypoint in skeleton.keypoints]
        elif name in skeleton.keypoints:
            chosen[skeleton.index(name)] = True
        else:
            unknown = unknown_name("part of the body", name, [*PARTS, *skeleton.keypoints])
            raise SettingsError(f"body_part: {unknown.message}", hint=unknown.hint)
    if not chosen.any():
        raise SettingsError(
            f"body_part: {skeleton.name} has no keypoint of {text!r}", hint=f"known: {', '.join(PARTS)}, and keypoints"
        )
    return chosen


def with_joints(result: FrameResult, chosen: NDArray[np.bool_]) -> FrameResult:
    """Return `result` with the keypoints that are `chosen` (k,) only; the others are missing."""
    poses = result.poses
    keypoints = np.where(chosen[:, None], poses.keypoints, np.nan)
    scores = np.where(chosen, poses.scores, 0.0)
    return replace(result, poses=Poses(keypoints, scores, poses.track_ids, poses.boxes, poses.skeleton), raw=None)
