"""Values over time: where lines break, and how long ones are thinned."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import PoseSequence, Skeleton

MOST_POINTS = 4000
"""Of a line: more than a page has dots."""
_BREAK = 2.5
"""Times the usual distance of two frames after which a line is broken."""
_LONG = 600.0
"""Seconds after which time is told in minutes."""

VISIBLE = 0.3
"""Least score of a keypoint that is drawn."""
MANY = 60
"""Keypoints that are still shown one by one."""
BODY = frozenset(
    (
        "nose",
        *(f"{side}_{joint}" for side in ("left", "right") for joint in ("eye", "ear", "shoulder", "elbow", "wrist")),
        *(f"{side}_{joint}" for side in ("left", "right") for joint in ("hip", "knee", "ankle", "heel", "big_toe")),
    )
)
"""Keypoints that are shown one by one however many there are."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """A span of time to shade.

    Parameters
    ----------
    start, end
        Seconds.
    label
        Written into it.
    """

    start: float
    end: float
    label: str


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Values of one person over time.

    Parameters
    ----------
    times
        (n,) in `unit`.
    values
        (n, c), NaN where missing; where the person is away for a while a row of NaN breaks the lines.
    unit
        ``"s"`` or ``"min"``.
    scale
        Seconds in `unit`.
    """

    times: NDArray[np.float64]
    values: NDArray[np.float64]
    unit: str
    scale: float


def series_of(sequence: PoseSequence, person: int, values: NDArray[np.floating]) -> Series:
    """Return `values` (m, c), one row for each of `person`, as a series."""
    places = sequence.rows[sequence.of(person)]
    times = sequence.times[places]
    long = len(times) > 0 and times[-1] - times[0] > _LONG
    unit, scale = ("min", 60.0) if long else ("s", 1.0)
    apart = np.diff(times)
    away = np.flatnonzero((np.diff(places) > 1) | (apart > _BREAK * np.median(apart) if len(apart) else False)) + 1
    gapped = np.insert(values.astype(np.float64), away, np.nan, axis=0)
    filled = np.insert(times, away, (times[away - 1] + times[away]) / 2)
    return Series(filled / scale, gapped, unit, scale)


def visible_points(sequence: PoseSequence, person: int) -> NDArray[np.float64]:
    """(m, k, 2) the keypoints of `person`; NaN where they score less than `VISIBLE`."""
    rows = sequence.of(person)
    points = sequence.keypoints[rows].astype(np.float64)
    points[sequence.scores[rows] < VISIBLE] = np.nan
    return points


def thinned(
    times: NDArray[np.float64], values: NDArray[np.float64], most: int = MOST_POINTS
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a line (n,) of at most `most` points: of every equal span of time the lowest and the highest.

    So no peak is lost. A span in which nothing is known is a gap.
    """
    if len(times) <= most:
        return times, values
    spans = most // 2
    edges = np.linspace(times[0], times[-1], spans + 1)
    cuts = np.append(np.searchsorted(times, edges[:-1]), len(times))
    thin_times, thin_values = [], []
    for span, (first, last) in enumerate(pairwise(cuts.tolist())):
        known = first + np.flatnonzero(np.isfinite(values[first:last]))
        if not len(known):
            thin_times.append(edges[span])
            thin_values.append(np.nan)
            continue
        for place in sorted({int(known[values[known].argmin()]), int(known[values[known].argmax()])}):
            thin_times.append(times[place])
            thin_values.append(values[place])
    return np.array(thin_times), np.array(thin_values)


def pairs_of(skeleton: Skeleton) -> list[tuple[str, list[tuple[int, str]]]]:
    """Return the keypoints to draw, left and right together: a title, and each one's column and side.

    The side is ``"left"``, ``"right"`` or empty. Of more than `MANY` keypoints only those in `BODY`.
    """
    found: dict[str, list[tuple[int, str]]] = {}
    for column, name in enumerate(skeleton.keypoints):
        if len(skeleton) > MANY and name not in BODY:
            continue
        side, _, rest = name.partition("_")
        known = side in ("left", "right")
        found.setdefault(rest if known else name, []).append((column, side if known else ""))
    return [(spelled(name), columns) for name, columns in found.items()]


def spelled(name: str) -> str:
    """Return the name of a joint as people write it."""
    return name.replace("_", " ")
