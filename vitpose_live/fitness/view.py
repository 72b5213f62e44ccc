"""From which side the camera sees a person: an estimate from the skeleton alone, with its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import acos, degrees, exp, isfinite, isnan, nan, radians, sin

from vitpose_live.fitness.body import NOWHERE, Body, cross, norm

FRONT_MOST = 30.0
"""A view at most so many degrees from the front, or from the back, is one from there."""
SIDE_LEAST = 60.0
"""A view at least so many degrees from the front and from the back is one from the side."""

_WIDTHS = {"shoulder": 0.46, "hip": 0.38}
"""Distance of left and right in trunk lengths."""
_LIMBS = (("hip", "knee", 0.93), ("knee", "ankle", 0.82))
"""Length of a limb in trunk lengths, as in the motion capture of UI-PRMD (Vakanski et al., 2018)."""
_BUILD = 0.2
"""People's widths differ from these by this share."""
_MISPLACED = 0.05
"""Joints may be this far off on average over time, in widths; once, the first time, three times as far."""
_LEAST_UNCERTAINTY = 5.0
_TWISTED = 0.17
"""Somebody seen exactly from the side looks up to so wide, in widths, for shoulders and hips are never quite level."""
_TURNED = 0.03
"""The head or the knees must point this far to a side, in trunk lengths, for that side to be told."""
_TOLD = 0.1
"""Left and right must be this far apart, in widths, to tell a front from a back."""


class ViewKind(StrEnum):
    """Which part of a person the camera sees."""

    FRONT = "front"
    OBLIQUE = "oblique"
    SIDE = "side"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class View:
    """From where the camera sees a person.

    What counts is the line through the shoulders and hips, so that this holds for somebody who stands, lies or hangs.

    Parameters
    ----------
    from_front
        Degrees from the front, or from the back, whichever is nearer: 0 from there, 90 from the side. NaN when not
        known.
    uncertainty
        Degrees by which that may be wrong: it held in nine of ten frames of people in motion capture, seen from all
        around with 2 or 6 px of noise. NaN when not known.
    facing
        Whether the camera sees the chest; None when that cannot be told, as from the side.
    near_side
        Which side of the person is towards the camera, ``"left"`` or ``"right"``; empty when that cannot be told, as
        from the front.
    lateral
        Direction in the picture in which the line from right to left points, of length 1; 0 when it points at the
        camera.
    """

    from_front: float = nan
    uncertainty: float = nan
    facing: bool | None = None
    near_side: str = ""
    lateral: complex = 0

    @property
    def kind(self) -> ViewKind:
        """Front or back, oblique, side, or unknown."""
        if isnan(self.from_front):
            return ViewKind.UNKNOWN
        if self.from_front >= SIDE_LEAST:
            return ViewKind.SIDE
        return ViewKind.FRONT if self.from_front <= FRONT_MOST else ViewKind.OBLIQUE

    @property
    def degrees(self) -> float:
        """Which way around: 0 from the front, 90 from the person's left, -90 from the right, 180 from the back.

        NaN when not known.
        """
        around = 180 - self.from_front if self.facing is False else self.from_front
        return -around if self.near_side == "right" else around

    def surely(self, least: float = 0.0, most: float = 90.0) -> bool:
        """Tell whether `from_front` is within `least` and `most` degrees with its uncertainty allowed for."""
        low, high = self.from_front - self.uncertainty, self.from_front + self.uncertainty
        return (least <= 0 or low >= least) and (most >= 90 or high <= most) and not isnan(self.from_front)

    @property
    def stretch(self) -> float:
        """How much shorter than they are distances along `lateral` look where people move: forwards and back."""
        return 1 / sin(radians(self.from_front)) if self.from_front else nan


UNKNOWN_VIEW = View()


class ViewEstimator:
    r"""Follows the view of one person.

    The line from right to left, :math:`w` long, is seen with the length :math:`w \cos\varphi` from :math:`\varphi`
    degrees beside the front, whatever the posture. What :math:`w` is in pixels is told by the limb that is
    foreshortened least. Averages run over `smoothing_s` of presentation time, so they are the same at every frame rate.

    Parameters
    ----------
    smoothing_s
        Time constant of the averages in seconds.
    memory_s
        How long the view is still believed in while the shoulders and hips are not visible.
    """

    def __init__(self, smoothing_s: float = 0.5, memory_s: float = 2.0) -> None:
        self._smoothing = smoothing_s
        self._memory = memory_s
        self.reset()

    def reset(self) -> None:
        """Forget the past."""
        self.view = UNKNOWN_VIEW
        self._time = nan
        self._weight = 0.0
        self._lateral, self._chest = 0j, 0.0
        self._ahead, self._ahead_weight = 0.0, 0.0

    def observe(self, body: Body, time: float) -> View:
        """Return the view at `time` seconds."""
        passed = time - self._time
        if passed < 0 or passed > self._memory:
            self.reset()
        seen = _lateral(body)
        if not isfinite(seen.real):
            return self.view
        passed = time - self._time
        self._time = time
        # a first frame is worth as much as a thirtieth of a second
        share = 1 - exp(-(1 / 30 if isnan(passed) else passed) / self._smoothing)
        self._weight += share * (1 - self._weight)
        self._lateral += share * (seen - self._lateral)
        self._chest += share * (_chest(body, seen) - self._chest)
        ahead = _ahead(body)
        if not isnan(ahead):
            self._ahead += share * (ahead - self._ahead)
            self._ahead_weight += share * (1 - self._ahead_weight)
        self.view = self._estimate()
        return self.view

    def _estimate(self) -> View:
        lateral, chest = self._lateral / self._weight, self._chest / self._weight
        ahead = self._ahead / self._ahead_weight if self._ahead_weight else 0.0
        size = norm(lateral)
        misplaced = _MISPLACED * (3 - 2 * self._weight)
        angle = _from_front(size)
        low, high = _from_front(size * (1 + _BUILD) + misplaced), _from_front(size * (1 - _BUILD) - misplaced)
        return View(
            from_front=angle,
            uncertainty=max(angle - low, (90 if size < _TWISTED else high) - angle, _LEAST_UNCERTAINTY),
            facing=None if abs(chest) < _TOLD else chest > 0,
            near_side="" if abs(ahead) < _TURNED else "left" if ahead < 0 else "right",
            lateral=lateral / size if size else 0,
        )


def _from_front(width: float) -> float:
    return degrees(acos(min(max(width, 0.0), 1.0)))


def _lateral(body: Body) -> complex:
    """From right to left, in widths of the person; NaN when that cannot be told."""
    total, width = 0j, 0.0
    for twin, own in _WIDTHS.items():
        across = body.joints[f"left_{twin}"] - body.joints[f"right_{twin}"]
        if isfinite(across.real):
            total += across
            width += own
    unit = trunk_length(body)
    return total / (width * unit) if width and unit else NOWHERE


def trunk_length(body: Body) -> float:
    """Length in px of the trunk as it would be seen across, told by the limb that is foreshortened least."""
    lengths = [norm(body.middle("shoulder") - body.middle("hip"))]
    lengths += [
        norm(body.joints[f"{side}_{first}"] - body.joints[f"{side}_{last}"]) / length
        for first, last, length in _LIMBS
        for side in ("left", "right")
    ]
    return max((length for length in lengths if isfinite(length)), default=0.0)


def _unit(vector: complex) -> complex:
    return vector / norm(vector) if vector else NOWHERE


def _chest(body: Body, lateral: complex) -> float:
    """`lateral` across the trunk: positive where the camera sees the chest."""
    across = cross(_unit(body.middle("shoulder") - body.middle("hip")), lateral)
    return across if isfinite(across) else 0.0


def _ahead(body: Body) -> float:
    """How far the face and the knees point to the right of somebody upright, in trunk lengths; NaN if not visible."""
    upwards = _unit(body.middle("shoulder") - body.middle("hip"))
    signs = [cross(upwards, body.joints["nose"] - body.middle("ear"))]
    for side in ("left", "right"):
        hip, knee, ankle = (body.joints[f"{side}_{twin}"] for twin in ("hip", "knee", "ankle"))
        signs.append(cross(_unit(hip - ankle), knee - (hip + ankle) / 2) / 2)
    known = [sign for sign in signs if isfinite(sign)]
    unit = trunk_length(body)
    return sum(known) / unit if known and unit else nan
