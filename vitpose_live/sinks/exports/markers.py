"""One person's keypoints as the markers of a motion capture: named, y upwards, in pixels or millimetres."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import PoseSequence
from vitpose_live.errors import OutputError
from vitpose_live.sinks.exports.material import Material
from vitpose_live.sinks.exports.steady import Clock, steadied, steady_clock

VISIBLE = 0.3
"""Least score of the keypoints by which a person is measured."""
SEGMENTS = (("ankle", "knee"), ("knee", "hip"), ("hip", "shoulder"))
SEGMENTS_PER_HEIGHT = 0.779
"""From ankle to shoulder: 0.818 - 0.039 of a person's height (Drillis & Contini, 1966, in Winter, 2009, fig. 4.1)."""
_STRETCHED = 0.8
"""Quantile of a segment's lengths that is taken for its own: wherever it points at the camera it looks shorter."""


@dataclass(frozen=True, slots=True, eq=False)
class Markers:
    """The markers of one person.

    Parameters
    ----------
    person
        Track id.
    names
        Of the k markers.
    first
        Which of the recording's frames, at `rate` and counted from 0, the first is.
    times
        (n,) seconds, steady.
    rate
        Per second.
    exact
        Whether `times` are those of the recording's frames.
    points
        (n, k, 2) x to the right and y upwards from the lower left corner of the picture, where its height is known,
        else from the upper left one; NaN where missing.
    unit
        ``"px"`` or ``"mm"``.
    """

    person: int
    names: tuple[str, ...]
    first: int
    times: NDArray[np.float64]
    rate: float
    exact: bool
    points: NDArray[np.float64]
    unit: str


def markers_of(material: Material) -> Iterator[Markers]:
    """Yield the markers of each person.

    Raises
    ------
    OutputError
        When nobody is there, or a height is given and there is more than one person, or too little of them is visible
        to be measured.
    """
    sequence = material.sequence
    if not sequence.people:
        raise OutputError("there is nobody in the recording", hint="npz and the tables are written without anybody")
    clock = steady_clock(sequence)
    unit, scale = "px", 1.0
    if material.height is not None:
        unit, scale = "mm", 1000 * material.height / _stature(sequence)
    names = tuple(map(marker_name, sequence.skeleton.keypoints))
    for person in sequence.people:
        yield _markers(sequence, person, clock, names, unit, scale)


def marker_name(keypoint: str) -> str:
    """Return `keypoint` as markers are called in Pose2Sim, Sports2D and their OpenSim models: LKnee, Nose, RBigToe."""
    words = keypoint.split("_")
    side = {"left": "L", "right": "R"}.get(words[0], "")
    return side + "".join(word[:1].upper() + word[1:] for word in (words[1:] if side else words))


def file_name(material: Material, person: int, suffix: str) -> str:
    """Return the name of the file about one `person`."""
    return f"{material.name}_person{person}.{suffix}"


def _markers(
    sequence: PoseSequence, person: int, clock: Clock, names: tuple[str, ...], unit: str, scale: float
) -> Markers:
    span, points = steadied(sequence, person, sequence.keypoints[sequence.of(person)].astype(np.float64), clock)
    points[..., 1] = sequence.height - points[..., 1]
    return Markers(person, names, span.start, clock.times[span], clock.rate, clock.exact, points * scale, unit)


def _stature(sequence: PoseSequence) -> float:
    """Height in pixels of the one person, upright: told by shanks, thighs and trunk, wherever they look longest."""
    if len(sequence.people) > 1:
        raise OutputError("a height is that of one person, and there are several", hint="name one with --person")
    places = {name: place for place, name in enumerate(sequence.skeleton.keypoints)}
    total = 0.0
    for ends in SEGMENTS:
        lengths = [
            _lengths(sequence, *(places[f"{side}_{end}"] for end in ends))
            for side in ("left", "right")
            if all(f"{side}_{end}" in places for end in ends)
        ]
        seen = np.concatenate(lengths) if lengths else np.zeros(0)
        if not len(seen):
            person = sequence.people[0]
            raise OutputError(
                f"cannot tell how large person {person} is: {' and '.join(ends)} are never visible together",
                hint="leave --height out for pixels",
            )
        total += float(np.quantile(seen, _STRETCHED))
    return total / SEGMENTS_PER_HEIGHT


def _lengths(sequence: PoseSequence, first: int, last: int) -> NDArray[np.float64]:
    """Distances in pixels of two keypoints wherever both are visible."""
    visible = (sequence.scores[:, [first, last]] >= VISIBLE).all(axis=1)
    apart = sequence.keypoints[visible, first].astype(np.float64) - sequence.keypoints[visible, last]
    lengths = np.hypot(apart[:, 0], apart[:, 1])
    return np.asarray(lengths[lengths > 0], np.float64)
