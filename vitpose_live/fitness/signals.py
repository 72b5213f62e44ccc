"""From the joints of one person to one number that says how far into a repetition the body is."""

from __future__ import annotations

from itertools import pairwise
from math import atan2, degrees, hypot, isnan, nan

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Skeleton
from vitpose_live.errors import SettingsError
from vitpose_live.fitness.angles import THRESHOLD
from vitpose_live.fitness.exercise import Exercise, ExerciseKind, Sides, Term, TermKind

Place = tuple[float, float]

BEYOND = 0.5
"""How far past the textbook's ends a term may go; what is farther is a misplaced joint or another movement."""
NO_LENGTH = 1e-6
"""A unit below this is none: joints that lie on each other."""


class Signal:
    """Reads an exercise's signal off one person's joints: 0 at rest, 1 at the far end of a textbook repetition.

    Each term is read for the left and the right side. A joint that scores less than `THRESHOLD` is not visible, nor is
    a side's term that needs it. A signal is told when terms of at least half the weight can be.

    Parameters
    ----------
    exercise
        What to read.
    skeleton
        Names of the joints that will be given.

    Raises
    ------
    SettingsError
        When the skeleton lacks a joint that the exercise needs.
    """

    def __init__(self, exercise: Exercise, skeleton: Skeleton) -> None:
        self._hold = exercise.kind is ExerciseKind.HOLD
        self._terms = exercise.signal
        self._weight = sum(term.weight for term in exercise.signal)
        wanted = {Sides.LEFT: ("left",), Sides.RIGHT: ("right",)}.get(exercise.sides, ("left", "right"))
        self._shoulders = _indices(exercise.name, skeleton, ("left_shoulder", "right_shoulder"), "")
        self._together = exercise.sides is not Sides.EACH
        self.sides: tuple[str, ...] = wanted if exercise.sides is Sides.EACH else (exercise.sides.value,)
        """What `read` returns, in its order."""
        self._joints = [
            [_indices(exercise.name, skeleton, (*term.joints, *term.over), side) for term in exercise.signal]
            for side in wanted
        ]

    def read(self, points: NDArray[np.floating], scores: NDArray[np.floating]) -> tuple[float, ...]:
        """Return the signal of each of `sides`; NaN where it cannot be told.

        Parameters
        ----------
        points
            (k, 2) x, y in pixels; NaN where missing.
        scores
            (k,) 0..1.
        """
        places, seen = points.tolist(), ((scores >= THRESHOLD) & np.isfinite(points).all(axis=1)).tolist()
        terms = [
            [self._term(term, joints, places, seen) for term, joints in zip(self._terms, side, strict=True)]
            for side in self._joints
        ]
        if self._together:
            terms = [[_mean(values) for values in zip(*terms, strict=True)]]
        return tuple(self._combined(values) for values in terms)

    def height(self, points: NDArray[np.floating], scores: NDArray[np.floating]) -> float:
        """Return where in the picture the shoulders are, y in pixels; NaN when neither is visible."""
        return _mean(tuple(float(points[joint, 1]) if scores[joint] >= THRESHOLD else nan for joint in self._shoulders))

    @staticmethod
    def _term(term: Term, joints: tuple[int, ...], places: list[Place], seen: list[bool]) -> float:
        if not all(seen[joint] for joint in joints):
            return nan
        value = _measure(term, [places[joint] for joint in joints])
        scaled = (value - term.rest) / (term.effort - term.rest)
        return nan if isnan(scaled) else min(max(scaled, -BEYOND), 1 + BEYOND)

    def _combined(self, values: list[float]) -> float:
        known = [(value, term.weight) for value, term in zip(values, self._terms, strict=True) if not isnan(value)]
        if self._hold:
            return min(value for value, _ in known) if len(known) == len(values) else nan
        weight = sum(share for _, share in known)
        return sum(value * share for value, share in known) / weight if 2 * weight >= self._weight else nan


def joint_names(names: tuple[str, ...], skeleton: Skeleton, side: str) -> tuple[str, ...] | None:
    """Keypoints of `skeleton` that `names` without side stand for on `side`; None when one is missing.

    A name that the skeleton has as it is, such as ``nose``, belongs to both sides.
    """
    found = []
    for name in names:
        options = [option for one in name.split("|") for option in (one, f"{side}_{one}")]
        match = next((option for option in options if option in skeleton.keypoints), None)
        if match is None:
            return None
        found.append(match)
    return tuple(found)


def _indices(exercise: str, skeleton: Skeleton, names: tuple[str, ...], side: str) -> tuple[int, ...]:
    found = joint_names(names, skeleton, side)
    if found is None:
        missing = next(name for name in names if joint_names((name,), skeleton, side) is None)
        raise SettingsError(
            f"exercise {exercise!r} needs the joint {missing!r}, which skeleton {skeleton.name} lacks",
            hint="choose another exercise, or a pose model with more joints",
        )
    return tuple(skeleton.index(name) for name in found)


def _measure(term: Term, places: list[Place]) -> float:
    """Measure `places` of the term's joints and, after them, of its chain."""
    first, second, *rest = places
    if term.kind is TermKind.ANGLE:
        return _included(first, second, rest[0])
    up = first[1] - second[1]
    if term.kind is TermKind.LEAN:
        return degrees(atan2(abs(second[0] - first[0]), up)) if first != second else nan
    vertical = term.kind is TermKind.RISE
    unit = sum(
        abs(one[1] - other[1]) if vertical else hypot(one[0] - other[0], one[1] - other[1])
        for one, other in pairwise(rest)
    )
    if not unit > NO_LENGTH:
        return nan
    return (hypot(second[0] - first[0], up) if term.kind is TermKind.DISTANCE else up) / unit


def _included(first: Place, at: Place, last: Place) -> float:
    ux, uy, vx, vy = first[0] - at[0], first[1] - at[1], last[0] - at[0], last[1] - at[1]
    if not (ux or uy) or not (vx or vy):
        return nan
    return degrees(atan2(abs(ux * vy - uy * vx), ux * vx + uy * vy))


def _mean(values: tuple[float, ...]) -> float:
    known = [value for value in values if not isnan(value)]
    return sum(known) / len(known) if known else nan
