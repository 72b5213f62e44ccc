"""What form is judged by: measures of one person, each with the views in which it can be believed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import atan2, degrees, exp, isfinite, nan
from statistics import median

from vitpose_live.fitness.body import NOWHERE, Body, cross, dot, included, norm
from vitpose_live.fitness.view import FRONT_MOST, SIDE_LEAST, UNKNOWN_VIEW, View

_NEAR_SIDE = 75.0
"""From here on the side, degrees, one leg or arm stands for both: the other may be hidden behind it."""
_STRETCHABLE = 40.0
"""Nearer the front, degrees, what people do forwards and back is not to be seen."""
_MOMENT_S = 0.5
_FORGET_S = 60.0


@dataclass(frozen=True, slots=True)
class Sight:
    """A body as it is measured.

    Parameters
    ----------
    flat
        As it is in the picture.
    sagittal
        As it would be seen from the side: what the view foreshortens is stretched back. Nowhere when the view is not
        known or too near the front.
    view
        From where it is seen.
    leg
        Length in px of this person's legs.
    """

    flat: Body
    sagittal: Body | None
    view: View
    leg: float

    def middle(self, twin: str) -> complex:
        """Where both `twin` joints are in the sagittal plane, on average; nearly from the side one is enough."""
        if self.sagittal is None:
            return NOWHERE
        both = [self.sagittal.joints[f"{side}_{twin}"] for side in ("left", "right")]
        seen = [place for place in both if isfinite(place.real)]
        if len(seen) == 2 or (seen and self.view.from_front >= _NEAR_SIDE):
            return sum(seen) / len(seen)
        return NOWHERE

    def of_side(self, side: str) -> Callable[[str], complex]:
        """Return what finds a joint of one side in the sagittal plane."""
        sagittal = self.sagittal
        return (lambda _: NOWHERE) if sagittal is None else lambda twin: sagittal.joints[f"{side}_{twin}"]

    @property
    def ahead(self) -> float:
        """1 when the person looks to the right of the picture, -1 to the left, NaN when that cannot be told."""
        return {"left": -1.0, "right": 1.0}.get(self.view.near_side, nan)


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
        Whether the view, with its uncertainty allowed for, is one in which it can be believed.
    """

    value: float
    score: float
    valid: bool


Joint = Callable[[str], complex]


def _knee_flexion(joint: Joint) -> float:
    return 180 - included(joint("hip"), joint("knee"), joint("ankle"))


def _hip_flexion(joint: Joint) -> float:
    return 180 - included(joint("shoulder"), joint("hip"), joint("knee"))


def _elbow_flexion(joint: Joint) -> float:
    return 180 - included(joint("shoulder"), joint("elbow"), joint("wrist"))


def _arm_raise(joint: Joint) -> float:
    return included(joint("elbow"), joint("shoulder"), joint("hip"))


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


def _sagittal(
    name: str, unit: str, twins: tuple[str, ...], of: Callable[[Joint], float]
) -> tuple[Measure, Measure, Measure]:
    """Rows for both sides together, the left and the right one."""

    def together(sight: Sight) -> float:
        return of(sight.middle)

    def left(sight: Sight) -> float:
        return of(sight.of_side("left"))

    def right(sight: Sight) -> float:
        return of(sight.of_side("right"))

    return (
        Measure(name, unit, twins, SIDE_LEAST, 90, together),
        Measure(f"left_{name}", unit, twins, SIDE_LEAST, 90, left),
        Measure(f"right_{name}", unit, twins, SIDE_LEAST, 90, right),
    )


_ROWS = (
    *_sagittal("knee_flexion", "deg", ("hip", "knee", "ankle"), _knee_flexion),
    *_sagittal("hip_flexion", "deg", ("shoulder", "hip", "knee"), _hip_flexion),
    *_sagittal("elbow_flexion", "deg", ("shoulder", "elbow", "wrist"), _elbow_flexion),
    *_sagittal("arm_raise", "deg", ("elbow", "shoulder", "hip"), _arm_raise),
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

Flexions have 0 with a straight joint. They, ``arm_raise`` (0 with the arm hanging, 180 overhead), ``trunk_lean``
(forwards positive), ``knee_travel`` (knees ahead of the ankles, in leg lengths) and ``hip_sag`` (hips below the line
from the shoulders to the ankles positive, above it, a pike, negative; only for somebody who lies) are measured in the
person's own sagittal plane; those without a side are of both together, which cancels what knees or elbows are turned
out. ``hip_drop`` is how far the hips have come down, in leg lengths, and is the same from all around; ``hip_tilt`` how
much higher one of them is. ``knee_width`` and ``elbow_flare`` are the distance of the two, in those of the ankles and
of the shoulders; asymmetries are differences between left and right, ``wrist_asymmetry`` that of heights above the line
of the shoulders in widths of these.
"""


class Measurer:
    """Measures one person, whose size it learns."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the person."""
        self._leg = 0.0
        self._lengths: deque[tuple[float, float]] = deque()  # time and length, of the last moment
        self._time = nan
        self.sight = Sight(Body({}, {}), None, UNKNOWN_VIEW, 0.0)

    def look(self, body: Body, view: View, time: float) -> Sight:
        """Return what there is to measure of `body` at `time` seconds."""
        self._learn(body, time)
        sagittal = None
        if view.from_front >= _STRETCHABLE:
            sagittal = body.stretched(view.lateral, view.stretch) if view.lateral else body
        self.sight = Sight(body, sagittal, view, self._leg)
        return self.sight

    def read(self, name: str) -> Reading:
        """Return the measure called `name`, at the latest `look`."""
        measure = MEASURES[name]
        return Reading(
            value=measure.of(self.sight),
            score=measure.score(self.sight.flat),
            valid=self.sight.view.surely(measure.least, measure.most),
        )

    def _learn(self, body: Body, time: float) -> None:
        """Follow the length of the legs: the longest seen, slowly forgotten, for people bend them and move about."""
        lengths = [
            norm(body.joints[f"{side}_hip"] - body.joints[f"{side}_knee"])
            + norm(body.joints[f"{side}_knee"] - body.joints[f"{side}_ankle"])
            for side in ("left", "right")
        ]
        seen = [length for length in lengths if isfinite(length)]
        if not seen:
            return
        passed = max(time - self._time, 0.0) if isfinite(self._time) else 1e9
        self._time = time
        self._lengths.append((time, max(seen)))
        while not 0 <= time - self._lengths[0][0] <= _MOMENT_S:
            self._lengths.popleft()
        usual = median(length for _, length in self._lengths)  # one misplaced ankle makes no leg longer
        self._leg = max(usual, self._leg * exp(-passed / _FORGET_S))
