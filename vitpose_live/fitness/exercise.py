"""What an exercise is: which measures of the body tell a repetition, and how long one may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any


class ExerciseKind(StrEnum):
    """What is counted."""

    REPETITIONS = "repetitions"
    """Movements there and back."""
    HOLD = "hold"
    """Seconds in a position."""


class Sides(StrEnum):
    """Whose movement a repetition is."""

    TOGETHER = "together"
    """The whole body's: left and right are taken together."""
    EACH = "each"
    """That of each side; what both do at the same time is one repetition."""
    LEFT = "left"
    """The left side's alone."""
    RIGHT = "right"
    """The right side's alone."""


class Effort(StrEnum):
    """Where the body is at the far end of a repetition."""

    BOTTOM = "bottom"
    """Low, as in a squat: there goes down, back goes up."""
    TOP = "top"
    """High, as in a pull-up: there goes up, back goes down."""


class TermKind(StrEnum):
    """What a term of a signal measures."""

    ANGLE = "angle"
    """Included angle at the second of three joints, degrees: 180 when straight."""
    LEAN = "lean"
    """Of the line from the first joint to the second from straight up, degrees: 0 upright, 90 level."""
    RISE = "rise"
    """How far the second joint is above the first, in vertical lengths of `Term.over`.

    Stretching the picture upwards or sideways does not change it.
    """
    HEIGHT = "height"
    """How far the second joint is above the first, in lengths of `Term.over`."""
    DISTANCE = "distance"
    """From the first joint to the second, in lengths of `Term.over`."""


@dataclass(frozen=True, slots=True)
class Term:
    """One measure, brought to a scale on which `rest` is 0 and `effort` is 1.

    Parameters
    ----------
    kind
        What is measured.
    joints
        Keypoints by name without their side, as in ``("hip", "knee", "ankle")``; alternatives for other skeletons are
        parted by a bar, as in ``"foot_index|big_toe"``.
    rest, effort
        The measure's value at the two ends of a textbook repetition. Nobody has to reach them.
    over
        Chain of keypoints whose length is the unit; empty for angles.
    weight
        Share of this term in the signal, relative to the others.
    """

    kind: TermKind
    joints: tuple[str, ...]
    rest: float
    effort: float
    over: tuple[str, ...] = ()
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things take.

    Parameters
    ----------
    minimum_s, maximum_s
        Shortest and longest repetition in seconds; for a hold the shortest that is counted, and no limit.
    midway
        Whether a repetition counts of which a recording shows only the far end and the way back.
    """

    minimum_s: float = 0.5
    maximum_s: float = 20.0
    midway: bool = False


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise, as its TOML file tells it.

    Parameters
    ----------
    name
        Short name, that of its file.
    title
        Name to show.
    kind, sides, effort
        What is counted, of which side, and where its far end is.
    signal
        What tells a repetition: the weighted mean of these; of a hold the least, for all have to be met.
    timing
        How long a repetition or hold may take.
    measures, cues, views
        What else the file says, for those who comment on form.
    source
        The file that it was read from; None when it is a built-in one.
    """

    name: str
    title: str
    kind: ExerciseKind
    sides: Sides
    effort: Effort
    signal: tuple[Term, ...]
    timing: Timing = Timing()
    measures: Mapping[str, Any] = field(default_factory=dict)
    cues: tuple[Mapping[str, Any], ...] = ()
    views: Mapping[str, Any] = field(default_factory=dict)
    source: Path | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "measures", MappingProxyType(dict(self.measures)))
        object.__setattr__(self, "cues", tuple(MappingProxyType(dict(cue)) for cue in self.cues))
        object.__setattr__(self, "views", MappingProxyType(dict(self.views)))
