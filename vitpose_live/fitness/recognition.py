"""Which exercise is being done: movements are compared with those of a figure that does each of them."""

from __future__ import annotations

import tomllib
import warnings
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import inf, isnan, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Skeleton
from vitpose_live.errors import SettingsError
from vitpose_live.fitness.body import BodyReader
from vitpose_live.fitness.counting import ExerciseCounter, Repetition
from vitpose_live.fitness.exercise_files import load_exercise
from vitpose_live.fitness.figure import seen
from vitpose_live.fitness.signals import Signal

UNKNOWN = "unknown"
"""The name of what is none of the exercises, or cannot be told yet."""
REPETITIONS = 2
"""So many must have been counted."""
MEMORY_S = 30.0
"""What is longer ago says nothing of what is being done now."""
FARTHEST = 0.2
"""A movement that differs more from every figure's is none of theirs."""
CLEARLY = 0.88
"""The best must be nearer than this share of the second best's distance."""

LEAST_RANGE = 0.3
"""A movement of less than this share of the textbook's range is not that exercise."""
EVEN = 0.5
"""The smaller of two repetitions must have this share of the larger one."""
LEAST_S = 1.5
"""Two repetitions that are over sooner were none."""
MOST_POSES = 30
"""So many poses are enough to compare."""

_TWINS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
_ARMS = ("elbow", "wrist")
_AROUND = range(0, 181, 20)
_ENDS = 0.15
"""Share of its range at each end of a movement that stands for that end."""
_MOTION = 0.4
"""What the way from one end to the other counts, against where the ends are."""
_SEEN = 0.5
"""Share of a signature that must be known."""

Floats = NDArray[np.float64]


def signature(joints: Mapping[str, complex], *, arms: bool) -> Floats:
    """Describe a pose so that neither its size nor its place change it.

    Parameters
    ----------
    joints
        x + iy by name; NaN where missing.
    arms
        Whether the arms belong to it.

    Returns
    -------
    (s,) where the nose and the middles of the pairs of joints are, across and down from the middle of the box about
    them all, then how far apart the pairs are, across and down; in units of the box's longer side, NaN where missing.
    """
    twins = [twin for twin in _TWINS if arms or twin not in _ARMS]
    pairs = np.array([[joints[f"{side}_{twin}"] for twin in twins] for side in ("left", "right")])
    pairs = np.where(np.isnan(pairs), pairs[::-1], pairs)  # one of a pair stands for both
    places = np.append(pairs, joints["nose"])
    known = places[~np.isnan(places)]
    if not len(known):
        return np.full(4 * len(twins) + 2, nan)
    low, high = complex(known.real.min(), known.imag.min()), complex(known.real.max(), known.imag.max())
    size = max(high.real - low.real, high.imag - low.imag) or nan
    middles = (np.append(pairs.mean(axis=0), joints["nose"]) - (low + high) / 2) / size
    apart = (pairs[0] - pairs[1]) / size
    return np.concatenate([middles.real, middles.imag, np.abs(apart.real), np.abs(apart.imag)])


def mirrored(pose: Floats) -> Floats:
    """Return the `signature` of the mirrored picture."""
    middles = (len(pose) + 2) // 4
    return np.concatenate([-pose[:middles], pose[middles:]])


@dataclass(frozen=True, slots=True)
class _Pattern:
    """What an exercise looks like: (views, 2, s) signatures at rest and at the far end."""

    arms: bool
    ends: Floats

    def distance(self, ends: Floats) -> float:
        """Compare (2, s) signatures with those of the view that fits best: 0 for the same; infinite if there is none.

        What is compared is where the ends are, in boxes, and the way between them: its difference as a share of both.
        """
        seen_of = ~np.isnan(ends).any(axis=0)
        if seen_of.mean() < _SEEN:
            return inf
        figures, own = self.ends[..., seen_of], ends[..., seen_of]
        place = np.abs(figures - own).mean(axis=(1, 2))
        ways, way = figures[:, 1] - figures[:, 0], own[1] - own[0]
        length = np.abs(ways).sum(axis=1) + np.abs(way).sum()
        return float((place + _MOTION * np.abs(ways - way).sum(axis=1) / length).min())


@cache
def _patterns() -> Mapping[str, _Pattern]:
    table: dict[str, Any] = tomllib.loads((resources.files(__package__) / "postures.toml").read_text("utf-8"))
    found = {}
    for name, row in table.items():
        arms = "arm" not in row.get("free", ())
        ends = []
        for around in _AROUND:
            drawn = [seen(posture, around) for posture in (row["rest"], row["effort"])]
            for figures in (drawn, [_squared(figure) for figure in drawn]):
                ends.append([signature(figure, arms=arms) for figure in figures])
                ends.append([mirrored(pose) for pose in ends[-1]])
        found[name] = _Pattern(arms, np.array(ends))
    return found


def _squared(joints: Mapping[str, complex]) -> dict[str, complex]:
    """Stretch a figure to a square, as do those who give joints relative to the person's box."""
    places = np.array(list(joints.values()))
    width, height = np.ptp(places.real), np.ptp(places.imag)
    return {name: complex(place.real / width, place.imag / height) for name, place in joints.items()}


class Recogniser:
    """Finds out which exercise one person does.

    Every exercise that the skeleton has the joints for is counted. Once one of them has counted `REPETITIONS`, the
    person's poses at the two ends of its movement are compared with those of the figure that does it (`postures.toml`),
    from all sides, and the nearest exercise is the one, if it is near enough.

    Parameters
    ----------
    skeleton
        Names of the joints that `observe` will be given.
    """

    def __init__(self, skeleton: Skeleton) -> None:
        self._bodies = BodyReader(skeleton)
        self._candidates: list[tuple[str, ExerciseCounter, Signal]] = []
        for name in _patterns():
            exercise = load_exercise(name)
            try:
                self._candidates.append((name, ExerciseCounter(exercise, skeleton), Signal(exercise, skeleton)))
            except SettingsError:
                continue  # this skeleton cannot show that exercise
        self.reset()

    def reset(self) -> None:
        """Forget the past."""
        self.name = UNKNOWN
        """What is being done, as far as is known."""
        self.moments: deque[Moment] = deque()
        """What was observed lately."""
        for _, counter, _ in self._candidates:
            counter.reset()
        self._done: dict[str, list[Repetition]] = {name: [] for name, *_ in self._candidates}

    def observe(self, points: NDArray[np.floating], scores: NDArray[np.floating], time: float) -> str:
        """Take the person's joints at `time` seconds and return the name of the exercise, or `UNKNOWN`.

        Parameters
        ----------
        points
            (k, 2) x, y in pixels; NaN where missing.
        scores
            (k,) 0..1.
        """
        self.moments.append(Moment(time, points, scores))
        while self.moments[0].time < time - MEMORY_S:
            self.moments.popleft()
        if self.name != UNKNOWN:
            return self.name
        for name, counter, _ in self._candidates:
            progress = counter.observe(points, scores, time)
            if progress.finished:
                done = self._done[name]
                for one in progress.finished:
                    # both arms at the same time are one repetition
                    if not done or one.start >= (done[-1].start + done[-1].end) / 2:
                        done.append(one)
                del done[:-REPETITIONS]
                if self._is(name):
                    self.name = name
                    break
        return self.name

    def _is(self, name: str) -> bool:
        """Whether the latest repetitions of this exercise look like it, and like no other."""
        done = self._done[name]
        sizes = [repetition.range_of_motion for repetition in done]
        start, end = done[0].start, done[-1].end
        if len(done) < REPETITIONS or min(sizes) < max(LEAST_RANGE, EVEN * max(sizes)) or end - start < LEAST_S:
            return False
        distances = self.distances(start, end)
        own = distances.pop(name, inf)
        return own <= FARTHEST and own <= CLEARLY * min(distances.values(), default=inf)

    def distances(self, start: float, end: float) -> dict[str, float]:
        """Return how far what was seen from `start` to `end` seconds is from each exercise."""
        moments = [moment for moment in self.moments if start <= moment.time <= end]
        moments = moments[:: -(-len(moments) // MOST_POSES) or 1]
        bodies = [self._bodies.read(moment.points, moment.scores).joints for moment in moments]
        poses = {arms: np.array([signature(body, arms=arms) for body in bodies]) for arms in (True, False)}
        found = {}
        for name, _, signal in self._candidates:
            pattern = _patterns()[name]
            values = np.array([_strongest(signal.read(moment.points, moment.scores)) for moment in moments])
            ends = _ends(values, poses[pattern.arms])
            if ends is not None:
                found[name] = pattern.distance(ends)
        return found


@dataclass(frozen=True, slots=True)
class Moment:
    """One person's joints at one moment: (k, 2) px and (k,) scores."""

    time: float
    points: NDArray[np.floating]
    scores: NDArray[np.floating]


def _strongest(values: tuple[float, ...]) -> float:
    """Of the sides that move on their own, the one that is furthest from rest; NaN when none can be told."""
    return max((value for value in values if not isnan(value)), default=nan)


def _ends(values: Floats, poses: Floats) -> Floats | None:
    """(2, s) signatures at the two ends of a movement told by `values` (t,), of poses (t, s); None if it has none."""
    known = ~np.isnan(values)
    if known.sum() < 4:
        return None
    low, high = np.percentile(values[known], (5, 95))
    if not high > low:
        return None
    level = (values - low) / (high - low)
    ends = [poses[known & (level <= _ENDS)], poses[known & (level >= 1 - _ENDS)]]
    if not all(len(end) for end in ends):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a joint that is never seen has no median: it is left out
        return np.array([np.nanmedian(end, axis=0) for end in ends])
