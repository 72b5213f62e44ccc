r"""How far limbs point towards the camera or away from it: the likeliest that looks as the picture does.

Seen from :math:`\varphi` degrees beside the front, what a limb reaches forwards, :math:`s`, and to the side, :math:`l`,
shows as :math:`x = s \sin\varphi + l \cos\varphi` and is hidden as :math:`z = s \cos\varphi - l \sin\varphi`. Left and
right limb give two equations for four unknowns. People bend their limbs forwards together and spread them apart: what
both have in common is taken for forwards; by how much they differ, for spreading, unless one of them reaches higher
than the other, as in a lunge: then one is ahead. From the side there is nothing to add; near the front the view is not
known well enough, and depth fades out.

What is nearer also looks larger, so that the knee of somebody who crouches towards the camera looks lower than it is.
How far away and how high the camera is cannot be seen. It is taken to be where people put it, about level with the
hips and four metres away; half as far, or half a metre higher or lower, that is still better than none.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, copysign, cos, degrees, hypot, isfinite, nan, radians, sin

from vitpose_live.fitness.body import cross, dot, norm
from vitpose_live.fitness.view import View

_FLAT, _DEEP = 30.0, 50.0
"""Degrees from the front up to which limbs are taken as they look, and from which on they have all their depth."""
DISTANCE = 4.6
"""Of the camera, in leg lengths; its height is one leg length above the ankles."""
LEVEL = 0.05
"""How much limbs of people who stand level are one ahead of the other, squared, as a share of how far they spread."""
_UNEVEN = 0.2
"""Half the difference in height of knees, or elbows, in limbs, from which on one leg is ahead rather than spread."""


@dataclass(frozen=True, slots=True)
class Limb:
    """A limb as a direction in space, of any length.

    Parameters
    ----------
    flat
        As it is in the picture, px.
    away
        Away from the camera, px; of all limbs of one body it may be towards it instead.
    """

    flat: complex
    away: float


Pair = tuple[complex, complex]
Twins = tuple[Limb, Limb]


def bend(first: Limb, second: Limb) -> float:
    """Angle between two directions in space, 0..180 degrees; NaN where one has no length or is nowhere."""
    if not first.flat or not second.flat:
        return nan
    # the vector product in space: along the line of sight, and across it
    along = cross(first.flat, second.flat)
    across = norm(first.flat * second.away - second.flat * first.away)
    return degrees(atan2(hypot(along, across), dot(first.flat, second.flat) + first.away * second.away))


def stride(upper: Pair, lower: Pair) -> float:
    """Return how much one leg or arm is ahead of the other, squared, as a share of how far they are spread.

    Told by the middle joints: one is higher than the other over the line between the ends.

    Parameters
    ----------
    upper, lower
        The limbs of both sides, as they are in the picture, px.
    """
    higher = (upper[0] - upper[1] - lower[0] + lower[1]).imag / 2
    length = sum(norm(limb) for limb in (*upper, *lower)) / 2
    uneven = higher / (_UNEVEN * length) if length else 0.0
    return LEVEL + uneven**4 if isfinite(uneven) else LEVEL


def in_space(limbs: Pair, view: View, stride: float = LEVEL, below: tuple[float, float] = (0.0, 0.0)) -> Twins:
    """Give a limb of the left side and its twin of the right their depth.

    Parameters
    ----------
    limbs
        As they are in the picture, px; `NOWHERE` where not visible. One alone is taken for reaching forwards.
    view
        From where they are seen; when that is not known they have no depth.
    stride
        How much one is ahead of the other, as `stride` returns it.
    below
        How far below the camera their ends are, in distances from the camera; NaN where that is not known.
    """
    left, right = limbs
    known = [limb for limb in limbs if isfinite(limb.real)]
    share = min(max((view.from_front - _FLAT) / (_DEEP - _FLAT), 0.0), 1.0)  # 0 when not known
    if not known or not share > 0:
        return Limb(left, 0.0), Limb(right, 0.0)
    s, c = sin(radians(view.from_front)), cos(radians(view.from_front))
    # the line from right to left is level; as it looks is not known so well, and nearly side-on not at all
    way = copysign(1.0, view.lateral.real)
    common = share * way * (sum(known) / len(known)).real * c / s
    apart = way * (left - right).real / 2 if len(known) == 2 else 0.0
    opposed = share * apart * s * c * (1 - stride) / (c * c + stride * s * s)
    away = {"left": 1.0, "right": -1.0}.get(view.near_side, 0.0)
    return (
        _without_perspective(left, common - opposed, away * below[0]),
        _without_perspective(right, common + opposed, away * below[1]),
    )


def _without_perspective(flat: complex, depth: float, below: float) -> Limb:
    """Put the end of a limb where it would look if it were as far away as its beginning."""
    return Limb(flat + 1j * depth * below if isfinite(below) else flat, depth)
