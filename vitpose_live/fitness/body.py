"""One person in one frame, joint by joint, as points of the complex plane: x + iy in pixels, y downwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import atan2, degrees, hypot, nan

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Skeleton
from vitpose_live.fitness.angles import THRESHOLD

NOWHERE = complex(nan, nan)
"""Where a joint is that is not visible; whatever is computed from it is NaN."""

_TWINS = ("ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")
JOINTS = ("nose", *(f"{side}_{twin}" for twin in _TWINS for side in ("left", "right")))
"""Names of the joints that form is judged by."""


def dot(first: complex, second: complex) -> float:
    """Scalar product."""
    return (first.conjugate() * second).real


def cross(first: complex, second: complex) -> float:
    """Vector product: positive where `second` is clockwise of `first` on the screen."""
    return (first.conjugate() * second).imag


def norm(vector: complex) -> float:
    """Length; NaN where it is not known.

    `abs` would do, but for Python 3.11: of NaN it raises OverflowError when whatever was computed before underflowed.
    """
    return hypot(vector.real, vector.imag)


def included(first: complex, at: complex, last: complex) -> float:
    """Angle at `at` between the directions of `first` and `last`, 0..180 degrees; NaN where a limb has no length."""
    product = (first - at).conjugate() * (last - at)
    return degrees(atan2(abs(product.imag), product.real)) if product else nan


@dataclass(frozen=True, slots=True)
class Body:
    """The joints of one person.

    Parameters
    ----------
    joints
        Where each of `JOINTS` is, px; `NOWHERE` for those that are not visible.
    scores
        Their scores, 0..1; 0 for those that the skeleton lacks.
    """

    joints: Mapping[str, complex]
    scores: Mapping[str, float]

    def middle(self, twin: str) -> complex:
        """Halfway between the left and the right `twin`."""
        return (self.joints[f"left_{twin}"] + self.joints[f"right_{twin}"]) / 2

    def stretched(self, along: complex, factor: float) -> Body:
        """Return the body with every distance in the direction `along` (of length 1) grown by `factor`."""
        grown = (factor - 1) * along
        return Body({name: place + grown * dot(along, place) for name, place in self.joints.items()}, self.scores)


class BodyReader:
    """Reads bodies off the keypoints of a skeleton.

    Parameters
    ----------
    skeleton
        Names of the keypoints; those it lacks are never visible.
    threshold
        Least score of a joint that is visible, 0..1.
    """

    def __init__(self, skeleton: Skeleton, threshold: float = THRESHOLD) -> None:
        self._threshold = threshold
        places = {name: place for place, name in enumerate(skeleton.keypoints)}
        self._columns = [(name, places[name]) for name in JOINTS if name in places]

    def read(self, points: NDArray[np.floating], scores: NDArray[np.floating]) -> Body:
        """Read one body.

        Parameters
        ----------
        points
            (k, 2) x, y in pixels; NaN where missing.
        scores
            (k,) 0..1.
        """
        places, certainty = points.tolist(), scores.tolist()
        joints = dict.fromkeys(JOINTS, NOWHERE)
        known = dict.fromkeys(JOINTS, 0.0)
        for name, column in self._columns:
            known[name] = certainty[column]
            if certainty[column] >= self._threshold:
                joints[name] = complex(*places[column])
        return Body(joints, known)
