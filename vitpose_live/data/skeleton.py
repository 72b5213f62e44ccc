"""Skeletons are data: names, edges, mirror pairs, OKS sigmas, one TOML file each under ``skeletons/``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data.checks import frozen_array
from vitpose_live.errors import InvalidArrayError
from vitpose_live.registry import unknown_name


@dataclass(frozen=True, slots=True, eq=False)
class Skeleton:
    """The joints a pose model names and how they hang together.

    Two skeletons are equal when their names and keypoints are.

    Parameters
    ----------
    name
        Short name, as in ``load_skeleton("coco17")``.
    keypoints
        Names of the k keypoints, in the model's order; ``left_`` and ``right_`` are the person's own.
    edges
        Pairs of keypoint indices to join by a bone.
    mirror_pairs
        Pairs of keypoint indices that change places in a mirrored picture.
    sigmas
        (k,) float32 per-keypoint OKS deviations; empty when the data set publishes none.
    """

    name: str
    keypoints: tuple[str, ...]
    edges: tuple[tuple[int, int], ...] = ()
    mirror_pairs: tuple[tuple[int, int], ...] = ()
    sigmas: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))

    def __post_init__(self) -> None:
        k = len(self.keypoints)
        if k == 0 or len(set(self.keypoints)) != k:
            raise InvalidArrayError(f"skeleton {self.name!r}: expected at least one keypoint and no name twice")
        for what, pairs in (("edges", self.edges), ("mirror_pairs", self.mirror_pairs)):
            for pair in pairs:
                if len(pair) != 2 or not all(0 <= joint < k for joint in pair) or pair[0] == pair[1]:
                    raise InvalidArrayError(
                        f"skeleton {self.name!r}: {what}: expected two keypoints of 0..{k - 1}, got {pair}"
                    )
        mirrored = [joint for pair in self.mirror_pairs for joint in pair]
        if len(set(mirrored)) != len(mirrored):
            raise InvalidArrayError(f"skeleton {self.name!r}: mirror_pairs: a keypoint is in two pairs")
        sigmas = frozen_array("sigmas", self.sigmas, ("k",), np.float32)
        if len(sigmas) not in (0, k):
            raise InvalidArrayError(f"skeleton {self.name!r}: sigmas: expected {k} or none, got {len(sigmas)}")
        object.__setattr__(self, "sigmas", sigmas)

    def __len__(self) -> int:
        return len(self.keypoints)

    def __eq__(self, other: object) -> bool:
        if self is other:  # as nearly always, for every frame is compared with the one before
            return True
        if not isinstance(other, Skeleton):
            return NotImplemented
        return (self.name, self.keypoints) == (other.name, other.keypoints)

    def __hash__(self) -> int:
        return hash((self.name, self.keypoints))

    def index(self, keypoint: str) -> int:
        """Position of the keypoint called `keypoint`.

        Raises
        ------
        UnknownNameError
            When this skeleton has no such joint.
        """
        try:
            return self.keypoints.index(keypoint)
        except ValueError:
            raise unknown_name(f"keypoint of skeleton {self.name}", keypoint, self.keypoints) from None

    @property
    def mirror_order(self) -> NDArray[np.intp]:
        """(k,) indices that put a mirrored picture's keypoints back in order."""
        order = np.arange(len(self.keypoints))
        for left, right in self.mirror_pairs:
            order[left], order[right] = right, left
        return order


def skeleton_names() -> list[str]:
    """Names of the built-in skeletons, sorted."""
    folder = resources.files(__package__) / "skeletons"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


@cache
def load_skeleton(name: str) -> Skeleton:
    """Load the built-in skeleton called `name`, such as ``"coco17"``.

    Raises
    ------
    UnknownNameError
        When there is no such skeleton; the hint names the nearest.
    """
    if name not in skeleton_names():
        raise unknown_name("skeleton", name, skeleton_names())
    return _parse(_table(name))


def skeleton_by_keypoints(names: Sequence[str]) -> Skeleton | None:
    """Find the built-in skeleton that has exactly these keypoints in this order.

    Parameters
    ----------
    names
        As this package or as the data set writes them, in any style that `normalised_keypoint_name` reads.

    Returns
    -------
    The skeleton, the first by name where two data sets share their keypoints; None when there is none.
    """
    return _by_keypoints().get(tuple(map(normalised_keypoint_name, names)))


_SIDES = {"l": "left", "left": "left", "r": "right", "right": "right"}
_BETWEEN_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=^[LR])(?=[A-Z][a-z])")
"""Where a word begins in ``leftWrist`` and in ``LWrist``."""


def normalised_keypoint_name(label: str) -> str:
    """Write a published keypoint label as this package does: snake_case, the side first and in full.

    ``"Nose"``, ``"L_Eye"``, ``"Left Wrist"``, ``"left-knee"``, ``"RShoulder"`` and ``"ankle_r"`` become ``"nose"``,
    ``"left_eye"``, ``"left_wrist"``, ``"left_knee"``, ``"right_shoulder"`` and ``"right_ankle"``. The anatomy is not
    translated.
    """
    words = re.split(r"[\W_]+", _BETWEEN_WORDS.sub("_", label).lower())
    words = [word for word in words if word]
    if not words:
        return ""
    if words[0] in _SIDES:
        words[0] = _SIDES[words[0]]
    elif words[-1] in _SIDES:
        words = [_SIDES[words[-1]], *words[:-1]]
    return "_".join(words)


@cache
def _by_keypoints() -> Mapping[tuple[str, ...], Skeleton]:
    found: dict[tuple[str, ...], Skeleton] = {}
    for name in skeleton_names():
        labels = _table(name).get("labels", {})
        skeleton = load_skeleton(name)
        found.setdefault(skeleton.keypoints, skeleton)
        published = (labels.get(keypoint, keypoint) for keypoint in skeleton.keypoints)
        found.setdefault(tuple(map(normalised_keypoint_name, published)), skeleton)
    return found


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files(__package__) / "skeletons" / f"{name}.toml").read_text("utf-8"))


def _parse(table: dict[str, Any]) -> Skeleton:
    names = tuple(table["keypoints"])
    positions = {keypoint: position for position, keypoint in enumerate(names)}

    def pairs(key: str) -> tuple[tuple[int, int], ...]:
        return tuple((positions[first], positions[second]) for first, second in table.get(key, []))

    return Skeleton(
        name=table["name"],
        keypoints=names,
        edges=pairs("edges"),
        mirror_pairs=pairs("mirror_pairs"),
        sigmas=np.array(table.get("sigmas", []), np.float32),
    )
