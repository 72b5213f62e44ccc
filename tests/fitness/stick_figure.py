"""A stick figure in a posture, seen from any side."""

from __future__ import annotations

from collections.abc import Mapping
from math import cos, radians, sin
from typing import Any

TRUNK, SHOULDERS, HIPS, NECK = 1.0, 0.44, 0.34, 0.35
"""Lengths and widths, in trunk lengths."""
_LIMBS = (
    ("arm", "shoulder", "elbow", 0.55),
    ("forearm", "elbow", "wrist", 0.5),
    ("thigh", "hip", "knee", 0.9),
    ("shank", "knee", "ankle", 0.8),
)
_HANGING = (0.0, 5.0)

Posture = Mapping[str, Any]
"""As `postures.toml` has it: ``trunk`` in degrees, and ``thigh``, ``shank``, ``arm``, ``forearm`` as (pitch, out)."""


def between(first: Posture, last: Posture, share: float) -> dict[str, Any]:
    """Return the posture at `share` of the way from `first` (0) to `last` (1)."""
    found: dict[str, Any] = {"trunk": first["trunk"] + share * (last["trunk"] - first["trunk"])}
    for limb, *_ in _LIMBS:
        for name in (limb, f"far_{limb}"):
            ends = [ends_in.get(name, ends_in.get(limb, _HANGING)) for ends_in in (first, last)]
            found[name] = [one + share * (other - one) for one, other in zip(*ends, strict=True)]
    return found


def seen(posture: Posture, around: float) -> dict[str, complex]:
    """Draw the figure as a camera far away sees it.

    Parameters
    ----------
    posture
        What it does.
    around
        Where the camera is, in degrees: 0 before it, 90 at its left, 180 behind it.

    Returns
    -------
    x + iy by keypoint, y downwards, in trunk lengths from between the hips; names are COCO's, without eyes and ears.
    """
    turn = radians(around)
    lean = radians(posture["trunk"])
    joints: dict[str, complex] = {}

    def place(name: str, ahead: float, left: float, up: float) -> None:
        joints[name] = complex(left * cos(turn) - ahead * sin(turn), -up)

    place("nose", (TRUNK + NECK) * sin(lean) + 0.12 * cos(lean), 0, (TRUNK + NECK) * cos(lean) - 0.12 * sin(lean))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        ends = {
            "shoulder": (TRUNK * sin(lean), sign * SHOULDERS / 2, TRUNK * cos(lean)),
            "hip": (0.0, sign * HIPS / 2, 0.0),
        }
        for limb, start, end, length in _LIMBS:
            name = f"far_{limb}" if side == "right" and f"far_{limb}" in posture else limb
            pitch, out = (radians(angle) for angle in posture.get(name, _HANGING))
            ahead, left, up = ends[start]
            ends[end] = (
                ahead + length * sin(pitch) * cos(out),
                left + length * sin(out) * sign,
                up - length * cos(pitch) * cos(out),
            )
        for twin, point in ends.items():
            place(f"{side}_{twin}", *point)
    return joints
