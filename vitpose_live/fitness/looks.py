"""What a repetition of an exercise looks like: who is where above whom, at rest, at the far end and on the way."""

from __future__ import annotations

import re
import tomllib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import inf, isnan, nan
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TWINS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
JOINTS = ("nose", *(f"{side}_{twin}" for twin in TWINS for side in ("left", "right")))
"""Which joints `Sight` is made of, in this order."""
EXTREME = 0.1
"""Such a share of poses at either end may be misplaced where limits hold all the way."""
_NARROW = 0.02
"""A divisor that is smaller, of the body's box, is taken for this."""

_TERM = re.compile(r"(?P<first>[a-z_|]+)(?:(?P<sign>[-~])(?P<second>[a-z_|]+))?")


class Sight:
    """Features of one person's poses, none of which depend on place or size, or on which side is left.

    Heights are shares of the height of the box about the joints, 0 at its foot; distances across, of its width. So a
    picture that is stretched either way has the same features, and, but for the distances across, nearly the same has
    one from another side.

    A feature is written ``wrist``: its height, of the middle of the pair; ``high_wrist`` and ``low_wrist``: of the
    higher or lower one; ``|wrist|``: how far apart the pair is across; ``shoulder~ankle``: how far one is from the
    other across; ``trunk``: how steep it is, 1 upright, 0 level, -1 upside down; ``wrist-nose``: the first less the
    second; ``hip-knee/hip-ankle``: the quotient. ``width`` is the box's width in heights; ``wrist_travel`` how far up
    the wrists went in the picture, against how far the hips did: 1 when only they moved, -1 when only the hips did.
    These two are NaN of pictures that are stretched to the box.

    Parameters
    ----------
    joints
        (t, 13, 2) x, y of `JOINTS`, y downwards; NaN where missing.
    stretched
        Whether the picture is stretched to the box of the person.
    """

    def __init__(self, joints: Floats, *, stretched: bool = False) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of joints that are never seen nothing is known
            low, high = np.nanmin(joints, axis=1), np.nanmax(joints, axis=1)
            size = np.where(high > low, high - low, nan)
            placed = (joints - low[:, None]) / size[:, None]
            pairs = placed[:, 1:].reshape(len(joints), len(TWINS), 2, 2)
            middles = np.nanmean(pairs, axis=2)
            heights = 1 - pairs[..., 1]
            ends = np.nanmin(heights, axis=2), np.nanmax(heights, axis=2)
            proportions = size[:, 0] / size[:, 1]
            travel = np.ptp(np.nanmean(joints[:, 1:, 1].reshape(len(joints), len(TWINS), 2), axis=2), axis=0)
        self._features: dict[str, Floats] = {"nose": 1 - placed[:, 0, 1]}
        self._across: dict[str, Floats] = {"nose": placed[:, 0, 0]}
        for row, twin in enumerate(TWINS):
            self._features[twin] = 1 - middles[:, row, 1]
            self._features[f"low_{twin}"], self._features[f"high_{twin}"] = ends[0][:, row], ends[1][:, row]
            self._features[f"|{twin}|"] = np.abs(pairs[:, row, 0, 0] - pairs[:, row, 1, 0])
            self._across[twin] = middles[:, row, 0]
        rise, aside = self._features["shoulder"] - self._features["hip"], self._term("shoulder~hip")
        self._features["trunk"] = rise / np.maximum(np.abs(rise) + aside, _NARROW)
        wrists, hips = travel[TWINS.index("wrist")], travel[TWINS.index("hip")]
        moved = (wrists - hips) / (wrists + hips) if wrists + hips > 0 and not stretched else nan
        self._features["wrist_travel"] = np.full(len(joints), moved)
        self._features["width"] = np.full(len(joints), nan) if stretched else proportions

    def read(self, feature: str) -> Floats:
        """Return a feature of every pose, (t,); NaN where it cannot be told."""
        dividend, _, divisor = feature.partition("/")
        value = self._term(dividend)
        return value / np.maximum(self._term(divisor), _NARROW) if divisor else value

    def _term(self, text: str) -> Floats:
        match = _TERM.fullmatch(text)
        if match is None:
            raise ValueError(f"not a feature: {text}")
        first, sign, second = match.groups()
        if sign == "~":
            return np.abs(self._across[first] - self._across[second])
        return self._features[first] - self._features[second] if sign else self._features[first]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a feature must be within.

    Parameters
    ----------
    feature
        As `Sight` writes it.
    least, most
        Both included.
    known
        Whether it must be known.
    """

    feature: str
    least: float
    most: float
    known: bool = True

    def holds(self, value: float) -> bool:
        """Whether a value is within."""
        return self.least <= value <= self.most or (isnan(value) and not self.known)


@dataclass(frozen=True, slots=True)
class Look:
    """What a repetition looks like.

    Parameters
    ----------
    rest, effort
        Limits at either end.
    change
        Of how much features grow from rest to effort.
    always
        Limits all the way.
    least_s, most_s
        How long it takes.
    """

    rest: tuple[Limits, ...]
    effort: tuple[Limits, ...]
    change: tuple[Limits, ...]
    always: tuple[Limits, ...]
    least_s: float
    most_s: float

    def differs(self, rest: Floats, effort: Floats, whole: Floats, *, stretched: bool) -> str:
        """Say in what a repetition that was seen is not like this; empty where it is.

        Parameters
        ----------
        rest, effort, whole
            (t, 13, 2) poses at its ends, and from its start to its end, as `Sight` takes them.
        stretched
            As of `Sight`.
        """
        at_rest = Sight(rest, stretched=stretched)
        for one in self.rest:
            if not one.holds(value := _median(at_rest.read(one.feature))):
                return f"rest: {one.feature} {value:.2f}"
        at_end = Sight(effort, stretched=stretched)
        for one in self.effort:
            if not one.holds(value := _median(at_end.read(one.feature))):
                return f"effort: {one.feature} {value:.2f}"
        for one in self.change:
            if not one.holds(value := _median(at_end.read(one.feature)) - _median(at_rest.read(one.feature))):
                return f"change: {one.feature} {value:.2f}"
        on_the_way = Sight(whole, stretched=stretched)
        for one in self.always:
            for value in _spread(on_the_way.read(one.feature)):
                if not one.holds(value):
                    return f"always: {one.feature} {value:.2f}"
        return ""


@cache
def looks() -> Mapping[str, Look]:
    """Return what can be recognised, by name of the exercise."""
    table: dict[str, Any] = tomllib.loads((resources.files(__package__) / "looks.toml").read_text("utf-8"))
    common = table.pop("common")
    found = {}
    for name, row in table.items():
        posture = common[row["posture"]] if "posture" in row else {}
        rest, effort, change, always = (
            _limits({**posture.get(part, {}), **row.get(part, {})}) for part in ("rest", "effort", "change", "always")
        )
        least_s, most_s = row.get("seconds", (0.0, inf))
        found[name] = Look(rest, effort, change, always, least_s, most_s)
    return MappingProxyType(found)


def _limits(table: Mapping[str, tuple[float, float]]) -> tuple[Limits, ...]:
    """Read limits by feature; what is marked ? need not be known."""
    return tuple(
        Limits(feature.removesuffix("?"), least, most, known=not feature.endswith("?"))
        for feature, (least, most) in table.items()
    )


def _median(values: Floats) -> float:
    """Median; NaN when most are unknown."""
    known = values[~np.isnan(values)]
    return float(np.median(known)) if 2 * len(known) >= len(values) else nan


def _spread(values: Floats) -> tuple[float, float]:
    """Between what all but the most extreme are; NaN when most are unknown."""
    known = np.sort(values[~np.isnan(values)])
    if 2 * len(known) < len(values):
        return nan, nan
    extreme = int(EXTREME * len(known))
    return float(known[extreme]), float(known[-1 - extreme])
