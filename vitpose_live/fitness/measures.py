"""What form is judged by: measures of one person, each with the views in which it can be believed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import atan2, degrees, isfinite, nan

from vitpose_live.fitness.body import Body, cross, dot, included, norm
from vitpose_live.fitness.depth import bend
from vitpose_live.fitness.leg_length import LegLength
from vitpose_live.fitness.sight import NEAR_SIDE, Sight
from vitpose_live.fitness.view import FRONT_MOST, SIDE_LEAST, UNKNOWN_VIEW, View

_STRETCHABLE = 40.0
"""Nearer the front, degrees, what people do forwards and back is not to be seen."""
_TOLD_LEAST = 45.0
"""From here on, degrees from the front, measures of the sagittal plane are told; judged from `SIDE_LEAST` on."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure: a row of `MEASURES`.

    Parameters
    ----------
    name
        What it is called.
    unit
        ``"deg"``, or ``"ratio"`` of two lengths.
    twins
        The joints that it rests on, on both sides; of one side alone when the name begins with it.
    least, most
        The views in which it can be believed, in degrees from the front.
    of
        Measures it; NaN when it cannot.
    """

    name: str
    unit: str
    twins: tuple[str, ...]
    least: float
    most: float
    of: Callable[[Sight], float]

    def score(self, body: Body) -> float:
        """Least score of the joints that it rests on; of each two twins the better one where one is enough."""
        side = next((side for side in ("left", "right") if self.name.startswith(f"{side}_")), "")
        if side:
            return min(body.scores[f"{side}_{twin}"] for twin in self.twins)
        either = max if self.least >= SIDE_LEAST else min
        return min(either(body.scores[f"left_{twin}"], body.scores[f"right_{twin}"]) for twin in self.twins)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was measured.

    Parameters
    ----------
    value
        Degrees or ratio; NaN when the joints are not visible or the view does not show it at all.
    score
        Least score of the joints that it rests on.
    valid
        Whether the view, with its uncertainty allowed for, is one in which it can be judged.
    told
        Whether the view is about one in which it can be told: what is not judged may still be shown.
    """

    value: float
    score: float
    valid: bool
    told: bool = True


Bend = Callable[[Sight], tuple[float, float]]
"""An angle of the left and the right side."""


def _flexion(first: str, at: str, last: str) -> Bend:
    """Return what measures how far a joint is from straight."""

    def of(sight: Sight) -> tuple[float, float]:
        left, right = zip(sight.limbs(first, at), sight.limbs(at, last), strict=True)
        return bend(*left), bend(*right)

    return of


def _arm_raise(sight: Sight) -> tuple[float, float]:
    left, right = zip(sight.limbs("shoulder", "elbow"), sight.limbs("shoulder", "hip"), strict=True)
    return bend(*left), bend(*right)


_BENDS: Mapping[str, tuple[tuple[str, ...], Bend]] = {
    "knee_flexion": (("hip", "knee", "ankle"), _flexion("hip", "knee", "ankle")),
    "hip_flexion": (("shoulder", "hip", "knee"), _flexion("shoulder", "hip", "knee")),
    "elbow_flexion": (("shoulder", "elbow", "wrist"), _flexion("shoulder", "elbow", "wrist")),
    "arm_raise": (("elbow", "shoulder", "hip"), _arm_raise),
}


_JOINTS = {
    "knee_flexion": ("knee", 180.0),
    "hip_flexion": ("hip", 180.0),
    "elbow_flexion": ("elbow", 180.0),
    "arm_raise": ("shoulder", 0.0),
}
"""What is the included angle of which joint: what is missing from straight, or the same."""


def _trunk_lean(sight: Sight) -> float:
    up = sight.middle("shoulder") - sight.middle("hip")
    return degrees(atan2(up.real * sight.ahead, -up.imag)) if up else nan


def _hip_drop(sight: Sight) -> float:
    height = (sight.flat.middle("ankle") - sight.flat.middle("hip")).imag
    return 1 - height / sight.leg if sight.leg else nan


def _knee_travel(sight: Sight) -> float:
    ahead = (sight.middle("knee") - sight.middle("ankle")).real * sight.ahead
    return ahead / sight.leg if sight.leg else nan


def _hip_sag(sight: Sight) -> float:
    shoulder, hip, ankle = (sight.middle(twin) for twin in ("shoulder", "hip", "ankle"))
    line = ankle - shoulder
    if not line:
        return nan
    # downwards across the line: for somebody upright there is no such thing, and it is NaN
    down = 1j * line / norm(line)
    if abs(down.imag) < 0.5:
        return nan
    below = dot(hip - shoulder, down) * (1 if down.imag > 0 else -1)
    bend = 180 - included(shoulder, hip, ankle)
    return bend if below > 0 else -bend


def _ratio(twin: str, to: str) -> Callable[[Sight], float]:
    def of(sight: Sight) -> float:
        joints = sight.flat.joints
        unit = norm(joints[f"left_{to}"] - joints[f"right_{to}"])
        return norm(joints[f"left_{twin}"] - joints[f"right_{twin}"]) / unit if unit else nan

    return of


def _difference(first: str, at: str, last: str) -> Callable[[Sight], float]:
    def of(sight: Sight) -> float:
        left, right = (
            included(*(sight.flat.joints[f"{side}_{twin}"] for twin in (first, at, last))) for side in ("left", "right")
        )
        return abs(left - right)

    return of


def _level(twin: str) -> Callable[[Sight], float]:
    """How much higher one `twin` is than the other above the line of the shoulders, in widths of these."""

    def of(sight: Sight) -> float:
        joints = sight.flat.joints
        across = joints["left_shoulder"] - joints["right_shoulder"]
        apart = joints[f"left_{twin}"] - joints[f"right_{twin}"]
        return abs(cross(across, apart)) / norm(across) ** 2 if across else nan

    return of


def _hip_tilt(sight: Sight) -> float:
    apart = sight.flat.joints["left_hip"] - sight.flat.joints["right_hip"]
    return abs(apart.imag) / sight.leg if sight.leg else nan


def _rows(name: str, twins: tuple[str, ...], of: Bend) -> tuple[Measure, Measure, Measure]:
    """Rows for both sides together, the left and the right one."""

    def one(place: int) -> Callable[[Sight], float]:
        return lambda sight: nan if sight.sagittal is None else of(sight)[place]

    def together(sight: Sight) -> float:
        if sight.sagittal is None:
            return nan
        seen = [degrees for degrees in of(sight) if isfinite(degrees)]
        enough = len(seen) == 2 or (seen and sight.view.from_front >= NEAR_SIDE)
        return sum(seen) / len(seen) if enough else nan

    return (
        Measure(name, "deg", twins, SIDE_LEAST, 90, together),
        Measure(f"left_{name}", "deg", twins, SIDE_LEAST, 90, one(0)),
        Measure(f"right_{name}", "deg", twins, SIDE_LEAST, 90, one(1)),
    )


_ROWS = (
    *(row for name, (twins, of) in _BENDS.items() for row in _rows(name, twins, of)),
    Measure("trunk_lean", "deg", ("shoulder", "hip"), SIDE_LEAST, 90, _trunk_lean),
    Measure("knee_travel", "ratio", ("knee", "ankle"), SIDE_LEAST, 90, _knee_travel),
    Measure("hip_sag", "deg", ("shoulder", "hip", "ankle"), SIDE_LEAST, 90, _hip_sag),
    Measure("hip_drop", "ratio", ("hip", "knee", "ankle"), 0, 90, _hip_drop),
    Measure("hip_tilt", "ratio", ("hip", "knee", "ankle"), 0, FRONT_MOST, _hip_tilt),
    Measure("knee_width", "ratio", ("knee", "ankle"), 0, FRONT_MOST, _ratio("knee", "ankle")),
    Measure("elbow_flare", "ratio", ("elbow", "shoulder"), 0, FRONT_MOST, _ratio("elbow", "shoulder")),
    Measure("knee_asymmetry", "deg", ("hip", "knee", "ankle"), 0, FRONT_MOST, _difference("hip", "knee", "ankle")),
    Measure(
        "elbow_asymmetry",
        "deg",
        ("shoulder", "elbow", "wrist"),
        0,
        FRONT_MOST,
        _difference("shoulder", "elbow", "wrist"),
    ),
    Measure("wrist_asymmetry", "ratio", ("shoulder", "wrist"), 0, FRONT_MOST, _level("wrist")),
)
MEASURES: Mapping[str, Measure] = {row.name: row for row in _ROWS}
"""By name.

Flexions have 0 with a straight joint. They and ``arm_raise`` (0 with the arm hanging, 180 overhead) are angles in space
(`vitpose_live.fitness.depth`), those without a side the mean of both. ``trunk_lean`` (forwards positive),
``knee_travel`` (knees ahead of the ankles, in leg lengths) and ``hip_sag`` (hips below the line from the shoulders to
the ankles positive, above it, a pike, negative; only for somebody who lies) are measured in the person's own sagittal
plane, of both sides together, which cancels what knees are turned out. ``hip_drop`` is how far the hips have come down,
in leg lengths, and is the same from all around; ``hip_tilt`` how much higher one of them is. ``knee_width`` and
``elbow_flare`` are the distance of the two, in those of the ankles and of the shoulders; asymmetries are differences
between left and right, ``wrist_asymmetry`` that of heights above the line of the shoulders in widths of these.
"""


class Measurer:
    """Measures one person, whose size it learns."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the person."""
        self._legs = LegLength()
        self.sight = Sight(Body({}, {}), None, UNKNOWN_VIEW, 0.0)

    def look(self, body: Body, view: View, time: float) -> Sight:
        """Return what there is to measure of `body` at `time` seconds."""
        sagittal = None
        if view.from_front >= _STRETCHABLE:
            sagittal = body.stretched(view.lateral, view.stretch) if view.lateral else body
        self.sight = Sight(body, sagittal, view, self._legs.observe(body, time))
        return self.sight

    def read(self, name: str) -> Reading:
        """Return the measure called `name`, at the latest `look`."""
        measure, view = MEASURES[name], self.sight.view
        valid = view.surely(measure.least, measure.most)
        return Reading(
            value=measure.of(self.sight),
            score=measure.score(self.sight.flat),
            valid=valid,
            told=valid or (measure.least == SIDE_LEAST and view.from_front >= _TOLD_LEAST),
        )

    def joints(self) -> dict[str, float]:
        """Return the included angles of the joints in space, by name as in `ANGLES`; none where depth is not known."""
        if self.sight.sagittal is None:
            return {}
        found = {}
        for joint, (_, of) in _BENDS.items():
            name, straight = _JOINTS[joint]
            for side, angle in zip(("left", "right"), of(self.sight), strict=True):
                found[f"{side}_{name}"] = abs(straight - angle)
        return found
