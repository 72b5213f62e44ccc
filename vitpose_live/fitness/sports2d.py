"""Joint and segment angles under the names and with the signs of Sports2D, for those who compare with it.

Source: ``angle_dict``, ``points_to_angles`` and ``fixed_angles`` of Pose2Sim, which Sports2D uses (Pagnon & Kim, 2024,
JOSS 9(101), 6849; https://github.com/davidpagnon/Sports2D).
"""

from __future__ import annotations

from cmath import phase
from dataclasses import dataclass
from math import copysign, degrees, isnan, nan

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Skeleton
from vitpose_live.fitness.angles import THRESHOLD
from vitpose_live.fitness.body import NOWHERE

Point = tuple[str, ...]
"""A keypoint, or the mean of several; alternatives for other skeletons are parted by a bar."""

_NECK: Point = ("left_shoulder", "right_shoulder")
_PELVIS: Point = ("left_hip", "right_hip")


@dataclass(frozen=True, slots=True)
class Sports2DAngle:
    """One angle: a row of `SPORTS2D_ANGLES`.

    Parameters
    ----------
    name
        As Sports2D calls it.
    points
        Two: the direction from the second to the first, above the horizontal. Three: from the first to the third
        around the second. Four: between the directions first to second and third to fourth.
    offset, sign
        Degrees that are added before the sign is applied.
    period
        Degrees after which the angle is the same: 180 where the two ends are of a kind.
    """

    name: str
    points: tuple[Point, ...]
    offset: float = 0.0
    sign: int = -1
    period: float = 360.0


def _of(side: str) -> tuple[Sports2DAngle, ...]:
    def at(name: str) -> Point:
        return ("|".join(f"{side}_{option}" for option in name.split("|")),)

    toe, heel, index = at("big_toe|foot_index"), at("heel"), at("index")
    ankle, knee, hip = at("ankle"), at("knee"), at("hip")
    shoulder, elbow, wrist = at("shoulder"), at("elbow"), at("wrist")
    return (
        Sports2DAngle(f"{side} ankle", (knee, ankle, toe, heel), 90, 1),
        Sports2DAngle(f"{side} knee", (ankle, knee, hip), -180, 1),
        Sports2DAngle(f"{side} hip", (knee, hip, _PELVIS, _NECK), 0),
        Sports2DAngle(f"{side} shoulder", (elbow, shoulder, _PELVIS, _NECK), 0),
        Sports2DAngle(f"{side} elbow", (wrist, elbow, shoulder), 180),
        Sports2DAngle(f"{side} wrist", (elbow, wrist, index), -180, 1),
        Sports2DAngle(f"{side} foot", (toe, heel)),
        Sports2DAngle(f"{side} shank", (ankle, knee)),
        Sports2DAngle(f"{side} thigh", (knee, hip)),
        Sports2DAngle(f"{side} arm", (elbow, shoulder)),
        Sports2DAngle(f"{side} forearm", (wrist, elbow)),
        Sports2DAngle(f"{side} hand", (index, wrist)),
    )


SPORTS2D_ANGLES: tuple[Sports2DAngle, ...] = (
    *_of("right"),
    *_of("left"),
    Sports2DAngle("pelvis", (("left_hip",), ("right_hip",)), period=180),
    Sports2DAngle("trunk", (_NECK, _PELVIS)),
    Sports2DAngle("shoulders", (("left_shoulder",), ("right_shoulder",)), period=180),
)
"""Flexions are positive; segments are angles above the horizontal, with the person looking to the right."""


class Sports2DAngles:
    """Measures one person, and follows each angle past half a turn.

    Parameters
    ----------
    skeleton
        Names of the keypoints; angles whose keypoints it lacks are left out.
    threshold
        Least score of a joint that is visible, 0..1.
    """

    def __init__(self, skeleton: Skeleton, threshold: float = THRESHOLD) -> None:
        self._threshold = threshold
        places = {name: place for place, name in enumerate(skeleton.keypoints)}
        self._rows: list[tuple[Sports2DAngle, list[list[int]]]] = []
        for row in SPORTS2D_ANGLES:
            found = [[_first(name, places) for name in point] for point in row.points]
            if all(place is not None for point in found for place in point):
                self._rows.append((row, [[place for place in point if place is not None] for point in found]))
        self.names = tuple(row.name for row, _ in self._rows)
        """Names of the angles that `observe` returns."""
        self.reset()

    def reset(self) -> None:
        """Forget what the angles were."""
        self._last: dict[str, float] = {}

    def observe(
        self, points: NDArray[np.floating], scores: NDArray[np.floating], ahead: float = 1.0
    ) -> dict[str, tuple[float, float]]:
        """Measure one frame.

        Parameters
        ----------
        points
            (k, 2) x, y in pixels; NaN where missing.
        scores
            (k,) 0..1.
        ahead
            Positive when the person looks to the right of the picture, negative when to the left.

        Returns
        -------
        Degrees, NaN where a joint is not visible, and the least score of the joints that it rests on, by name.
        """
        flip = copysign(1.0, ahead)
        measured = {}
        for row, columns in self._rows:
            certainty = min(float(scores[column]) for point in columns for column in point)
            value = nan
            if certainty >= self._threshold:
                value = _angle(row, [_mean(points, point, flip) for point in columns])
            if not isnan(value):
                value -= row.period * round((value - self._last.get(row.name, 0.0)) / row.period)
                self._last[row.name] = value
            measured[row.name] = (value, certainty)
        return measured


def _first(name: str, places: dict[str, int]) -> int | None:
    return next((places[option] for option in name.split("|") if option in places), None)


def _mean(points: NDArray[np.floating], columns: list[int], flip: float) -> complex:
    place = sum((complex(*points[column].tolist()) for column in columns), 0j) / len(columns)
    return complex(flip * place.real, place.imag)


def _angle(row: Sports2DAngle, at: list[complex]) -> float:
    """Return the angle in degrees, anywhere in its periods; NaN where a segment has no length."""
    if len(at) == 2:
        turn = at[0] - at[1]
    else:
        u, v = (at[0] - at[1], at[2] - at[1]) if len(at) == 3 else (at[1] - at[0], at[3] - at[2])
        turn = (u.conjugate() * v).conjugate()
    return (degrees(phase(turn or NOWHERE)) + row.offset) * row.sign
