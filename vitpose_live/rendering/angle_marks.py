"""Where the values of joint angles go in a picture: beside the joint, off its bones, and nowhere when people are small.

Plain geometry in pixels of whatever is drawn on; pictures and windows draw it each with their own means.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from vitpose_live.rendering.anatomy import colour_of
from vitpose_live.rendering.style import Colour

_LEAST_LIMB = 2.4
"""Shortest limb whose angle is drawn, in heights of a label."""
_ARC_PER_LIMB = 0.3
_ARC_RANGE = (0.7, 1.3)
"""Least and greatest radius of an arc, in heights of a label."""
_STRAIGHT = 165.0
"""Included angles beyond this have no arc: noise would throw it from side to side."""
_OUTWARD = float(2 * np.cos(np.radians(_STRAIGHT / 2)))
"""Weight of "away from the body" against "away from the limbs", so that it decides where a limb is straight."""

_FURTHER = 1.8
"""How many times as far out a label goes that would lie on a bone."""


class AngleValues(Protocol):
    """What is drawn of the angles of n people; `vitpose_live.fitness.Angles` by its shape."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the a columns, with ``left_`` and ``right_``."""

    @property
    def degrees(self) -> NDArray[np.float32]:
        """(n, a) float32; NaN where there is nothing to draw."""

    @property
    def corners(self) -> NDArray[np.float32]:
        """(n, a, 3, 2) float32 pixels: one side's end, the corner, the other side's end."""

    @property
    def track_ids(self) -> NDArray[np.int64]:
        """(n,) int64."""


class AngleMark(NamedTuple):
    """One angle, ready to draw.

    Parameters
    ----------
    text
        The value.
    label
        x, y of the middle of its label.
    corner
        x, y of the joint, the middle of the arc.
    radius
        Of the arc; 0 for none.
    start, span
        Degrees from the x axis towards the y axis, which points down; `span` may be negative.
    colour
        Of the person's side.
    """

    text: str
    label: tuple[float, float]
    corner: tuple[float, float]
    radius: float
    start: float
    span: float
    colour: Colour


def angle_marks(
    names: Sequence[str],
    degrees: NDArray[np.floating],
    corners: NDArray[np.floating],
    *,
    bones: NDArray[np.floating],
    label: tuple[float, float],
    strokes: NDArray[np.floating],
) -> list[list[AngleMark]]:
    """Lay the marks of each person out.

    A label lies where the two limbs are not; where they are straight, on the side away from the body. Where it would
    lie on another bone it goes to another side or further out if that is better; where every place is taken by another
    label of the same person, the angle is left out.

    Parameters
    ----------
    names, degrees, corners
        As `AngleValues` has them, the corners in pixels of what is drawn on.
    bones
        (n, m, 2, 2) both ends of each person's bones in the same pixels; NaN for one that is not drawn.
    label
        Width and height of a label.
    strokes
        (n,) width of each person's bones.
    """
    width, height = label
    # points as complex numbers: v times the conjugate of u has their dot product and their cross product
    ends = _complex(corners)
    at = ends[:, :, 1]
    u, v = ends[:, :, 0] - at, ends[:, :, 2] - at
    limbs = np.minimum(np.abs(u), np.abs(v))
    chosen = np.isfinite(degrees) & (limbs >= _LEAST_LIMB * height)
    # what is left out is put somewhere harmless, for NaN warns when it is divided
    at = np.where(chosen, at, 0)
    u, v = (_unit(np.where(chosen, side, 1)) for side in (u, v))
    span = np.angle(v * u.conj(), deg=True)
    radii = np.clip(_ARC_PER_LIMB * limbs, _ARC_RANGE[0] * height, _ARC_RANGE[1] * height)
    radii = np.where(np.abs(span) <= _STRAIGHT, radii, 0)
    directions = _directions(u, v, at, chosen)
    # a label's support in that direction, so that it clears the joint and the ends of the bones
    support = (np.abs(directions.real) * width + np.abs(directions.imag) * height) / 2
    steps = directions * (support + 1.1 * strokes[:, None, None] + 2)
    places = at[:, :, None] + np.concatenate([steps, _FURTHER * steps[:, :, :1]], axis=2)
    margin = strokes / 2 + 1
    covered = _crossings(places, _complex(bones), width / 2 + margin, height / 2 + margin)
    places = np.take_along_axis(places, np.argsort(covered, axis=2, kind="stable"), axis=2)
    columns = zip(
        names, degrees.T.tolist(), at.T.tolist(), radii.T.tolist(), np.angle(u.T, deg=True).tolist(), span.T.tolist(),
        places.swapaxes(0, 1).tolist(), chosen.T.tolist(), strict=True,
    )  # fmt: skip
    people: list[list[AngleMark]] = [[] for _ in degrees]
    for name, *column in columns:
        colour = colour_of(name)
        for marks, size, corner, radius, start, turn, wanted, there in zip(people, *column, strict=True):
            place = _free(wanted, marks, label) if there else None
            if place is not None:
                centre = corner.real, corner.imag
                marks.append(AngleMark(f"{size:.0f}°", place, centre, radius, start, turn, colour))
    return people


def _directions(
    u: NDArray[np.complex128], v: NDArray[np.complex128], at: NDArray[np.complex128], chosen: NDArray[np.bool_]
) -> NDArray[np.complex128]:
    """(n, a, 4) unit directions to try: away from both limbs, to the side, to the other side, between the limbs.

    Where the limbs are straight, "away" is away from the body's middle, as "to the side" always is.
    """
    middle = np.where(chosen, at, 0).sum(axis=1) / np.maximum(chosen.sum(axis=1), 1)
    from_middle = at - middle[:, None]
    across = _towards(_unit(1j * (v - u)), from_middle)
    away = _unit(_OUTWARD * across - (u + v))
    aside = _towards(1j * away, from_middle)
    return np.stack([away, aside, -aside, -away], axis=2)


def _towards(directions: NDArray[np.complex128], goal: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Turn `directions` round where that brings them nearer to `goal`."""
    return np.where((directions * goal.conj()).real >= 0, directions, -directions)


def _crossings(
    places: NDArray[np.complex128],
    bones: NDArray[np.complex128],
    across: NDArray[np.floating],
    down: NDArray[np.floating],
) -> NDArray[np.intp]:
    """(n, a, c) how many of a person's `bones` (n, m, 2) each rectangle about `places` (n, a, c) touches.

    A rectangle reaches `across` and `down` (n,) to each side. A bone is in it where its parts in the upright and in
    the level strip have something in common.
    """
    begin = bones[:, None, None, :, 0] - places[..., None]
    along = bones[:, None, None, :, 1] - bones[:, None, None, :, 0]
    entered, left = _inside(begin.real, along.real, across)
    entered_level, left_level = _inside(begin.imag, along.imag, down)
    first = np.maximum(np.maximum(entered, entered_level), 0)
    last = np.minimum(np.minimum(left, left_level), 1)
    return np.asarray((first <= last).sum(axis=-1))


def _inside(
    begin: NDArray[np.float64], along: NDArray[np.float64], half: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the shares of its way at which a bone enters a strip that reaches `half` to each side, and leaves it."""
    per_pixel = 1 / np.where(np.abs(along) < 1e-9, 1e-9, along)
    middle, reach = -begin * per_pixel, half[:, None, None, None] * np.abs(per_pixel)
    return middle - reach, middle + reach


def _free(
    places: Sequence[complex], marks: Sequence[AngleMark], size: tuple[float, float]
) -> tuple[float, float] | None:
    """Return the first of `places` where a label covers none of those there already."""
    width, height = size
    for place in places:
        x, y = place.real, place.imag
        for mark in marks:
            if abs(x - mark.label[0]) < width and abs(y - mark.label[1]) < height:
                break
        else:
            return x, y
    return None


def _complex(points: NDArray[np.floating]) -> NDArray[np.complex128]:
    """Write (..., 2) points as complex numbers."""
    return np.ascontiguousarray(points, np.float64).view(np.complex128)[..., 0]


def _unit(vectors: NDArray[np.complex128]) -> NDArray[np.complex128]:
    return vectors / np.maximum(np.abs(vectors), 1e-6)
