"""What the renderer needs to know of a skeleton: which side each joint and bone is on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Skeleton
from vitpose_live.rendering.style import CENTRE, LEFT, RIGHT, Colour

_NEITHER, _LEFT, _RIGHT = 0, 1, 2
_COLOURS = (CENTRE, LEFT, RIGHT)


@dataclass(frozen=True, slots=True, eq=False)
class Anatomy:
    """A skeleton made ready for drawing.

    Parameters
    ----------
    edges
        (m, 2) intp, the keypoints that each bone joins.
    joint_colours
        One colour per keypoint.
    bone_colours
        One colour per edge.
    lonely
        (k,) bool, the keypoints that no bone reaches.
    """

    edges: NDArray[np.intp]
    joint_colours: tuple[Colour, ...]
    bone_colours: tuple[Colour, ...]
    lonely: NDArray[np.bool_]


@lru_cache(maxsize=64)
def _anatomy(
    names: tuple[str, ...], edges: tuple[tuple[int, int], ...], mirror_pairs: tuple[tuple[int, int], ...]
) -> Anatomy:
    sides = [_side_by_name(name) for name in names]
    for first, second in mirror_pairs:
        if _NEITHER in (sides[first], sides[second]):
            # one name may tell for both; where neither does, data sets list the left joint first
            first_is_right = sides[first] == _RIGHT or sides[second] == _LEFT
            sides[first], sides[second] = (_RIGHT, _LEFT) if first_is_right else (_LEFT, _RIGHT)
    joined = np.array(edges, np.intp).reshape(-1, 2)
    lonely = np.ones(len(names), np.bool_)
    lonely[joined.ravel()] = False
    return Anatomy(
        edges=joined,
        joint_colours=tuple(_COLOURS[side] for side in sides),
        bone_colours=tuple(_COLOURS[_side_of_bone(sides[first], sides[second])] for first, second in edges),
        lonely=lonely,
    )


def anatomy_of(skeleton: Skeleton) -> Anatomy:
    """Return the `Anatomy` of `skeleton`.

    A joint's side comes from its name (``left_knee``, ``knee_r``) or else from its mirror pair. A bone has the side
    of its ends; with one end in the centre the other end's; across the body none.
    """
    # by content: skeletons that differ only in their edges compare equal
    return _anatomy(skeleton.keypoints, skeleton.edges, skeleton.mirror_pairs)


@lru_cache(maxsize=256)
def colour_of(name: str) -> Colour:
    """Return the colour of the side that a joint's name tells: ``left_knee`` and ``knee_l`` are left."""
    return _COLOURS[_side_by_name(name)]


def _side_by_name(name: str) -> int:
    words = name.lower().replace("-", "_").replace(" ", "_").split("_")
    if "left" in words or "l" in words:
        return _LEFT
    if "right" in words or "r" in words:
        return _RIGHT
    return _NEITHER


def _side_of_bone(first: int, second: int) -> int:
    if _NEITHER in (first, second):
        return max(first, second)
    return first if first == second else _NEITHER
