"""Which exercise is being done: the one whose repetitions are counted and look like it, again and again."""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Skeleton
from vitpose_live.errors import SettingsError
from vitpose_live.fitness.angles import THRESHOLD
from vitpose_live.fitness.counting import ExerciseCounter, Repetition
from vitpose_live.fitness.exercise import Effort
from vitpose_live.fitness.exercise_files import load_exercise
from vitpose_live.fitness.looks import JOINTS, Floats, Look, looks
from vitpose_live.fitness.repetitions import SMOOTHING

UNKNOWN = "unknown"
"""The name of what is none of the exercises, or cannot be told yet."""
LEAD = 2
"""So many repetitions in a row must look like an exercise, more than look like any other."""
MEMORY_S = 60.0
"""What is longer ago says nothing of what is being done now."""

LEAST_RANGE = 0.2
"""A movement of less than this share of the textbook's range is not that exercise."""
EVEN = 0.4
"""Of two repetitions in a row, the smaller has this share of the larger's range, the shorter of the longer's time."""
PAUSE_S, PAUSES = 5.0, 1.0
"""Repetitions in a row are at most so many seconds apart, or so many times as long as they take."""
AROUND_S = 0.1
"""At rest is who is within so many seconds of a repetition's start or end; at its far end, of the middle of that."""
STRETCHED = 0.003
"""Bodies whose boxes keep their proportions to such a share while they move are stretched to their boxes."""
MOST_POSES = 30
"""So many poses are enough to look at."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One person's joints at one moment: (k, 2) px and (k,) scores."""

    time: float
    points: NDArray[np.floating]
    scores: NDArray[np.floating]


@dataclass(slots=True)
class _Candidate:
    """An exercise that it may be, and its latest repetitions in a row that look like it."""

    name: str
    look: Look
    counter: ExerciseCounter
    row: list[Repetition] = field(default_factory=list)

    def take(self, repetition: Repetition, *, alike: bool) -> None:
        """Put a repetition into the row, or begin a new one with it."""
        last = self.row[-1] if self.row else None
        if last is not None and repetition.start < (last.start + last.end) / 2:
            return  # both arms at the same time are one repetition
        if last is not None and not _in_a_row(last, repetition):
            self.row.clear()
        if alike:
            self.row.append(repetition)
        else:
            self.row.clear()


class Recogniser:
    """Finds out which exercise one person does.

    Every exercise that the skeleton has the joints for is counted. Of each repetition that one of them has counted it
    is looked whether it is that exercise (`looks`). The one of which `LEAD` more repetitions in a row were than of
    any other at that time is the one; where two look alike there is none.

    Parameters
    ----------
    skeleton
        Names of the joints that `observe` will be given.
    among
        Which exercises it may be; by default every one of `looks`.
    """

    def __init__(self, skeleton: Skeleton, *, among: Collection[str] | None = None) -> None:
        missing = len(skeleton)
        self._columns = [skeleton.index(name) if name in skeleton.keypoints else missing for name in JOINTS]
        self._candidates: list[_Candidate] = []
        for name, look in looks().items():
            if among is not None and name not in among:
                continue
            try:
                self._candidates.append(_Candidate(name, look, ExerciseCounter(load_exercise(name), skeleton)))
            except SettingsError:
                continue  # this skeleton cannot show that exercise
        self.reset()

    def reset(self) -> None:
        """Forget the past."""
        self.name = UNKNOWN
        """What is being done, as far as is known."""
        self.moments: deque[Moment] = deque()
        """What was observed lately."""
        for candidate in self._candidates:
            candidate.counter.reset()
            candidate.row.clear()

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
        for candidate in self._candidates:
            for repetition in candidate.counter.observe(points, scores, time).finished:
                candidate.take(repetition, alike=self._differs(candidate, repetition) == "")
        self.name = self._leader()
        return self.name

    def _leader(self) -> str:
        """Return the exercise that is `LEAD` repetitions ahead of all others; `UNKNOWN` if there is none."""
        for candidate in self._candidates:
            if len(candidate.row) >= LEAD:
                since = candidate.row[0].start
                others = [
                    sum(repetition.end > since for repetition in other.row)
                    for other in self._candidates
                    if other is not candidate
                ]
                if len(candidate.row) >= LEAD + max(others, default=0):
                    return candidate.name
        return UNKNOWN

    def _differs(self, candidate: _Candidate, repetition: Repetition) -> str:
        """Say in what a repetition does not look like the exercise; empty where it does."""
        lasted = repetition.end - repetition.start
        if repetition.range_of_motion < LEAST_RANGE or not candidate.look.least_s <= lasted <= candidate.look.most_s:
            return f"range {repetition.range_of_motion:.2f} in {lasted:.2f} s"
        # the times are of a signal that was smoothed, which lags
        start, end = repetition.start - SMOOTHING, repetition.end - SMOOTHING
        bottom = candidate.counter.exercise.effort is Effort.BOTTOM
        out_s = repetition.eccentric_s if bottom else repetition.concentric_s
        far = start + out_s, start + out_s + repetition.pause_s
        seen = [moment for moment in self.moments if start - AROUND_S <= moment.time <= end + AROUND_S]
        whole = [moment for moment in seen if start <= moment.time <= end]
        rest = [moment for moment in seen if moment.time <= start + AROUND_S or moment.time >= end - AROUND_S]
        effort = [moment for moment in whole if far[0] <= moment.time <= far[1]]
        if not effort and whole:
            middle = sum(far) / 2
            effort = [min(whole, key=lambda moment: abs(moment.time - middle))]
        if not (rest and effort):
            return "not seen"
        seen_whole = self._points(whole)
        parts = (self._joints(points) for points in (self._points(rest), self._points(effort), seen_whole))
        return candidate.look.differs(*parts, stretched=_stretched(seen_whole))

    def _joints(self, points: Floats) -> Floats:
        """(t, 13, 2) px of the joints that looks are made of."""
        return np.concatenate([points, np.full_like(points[:, :1], np.nan)], axis=1)[:, self._columns]

    @staticmethod
    def _points(moments: list[Moment]) -> Floats:
        """(t, k, 2) px; NaN where not visible."""
        moments = moments[:: -(-len(moments) // MOST_POSES)]
        points = np.array([moment.points for moment in moments], float)
        points[np.array([moment.scores for moment in moments]) < THRESHOLD] = np.nan
        return points


def _stretched(points: Floats) -> bool:
    """Whether somebody's joints, (t, k, 2), are given relative to the box about all of them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of frames in which nothing is visible
        size = np.nanmax(points, axis=1) - np.nanmin(points, axis=1)
        proportions = size[:, 0] / size[:, 1]
        return bool(len(points) > 1 and np.nanmax(proportions) <= (1 + STRETCHED) * np.nanmin(proportions))


def _in_a_row(first: Repetition, second: Repetition) -> bool:
    """Whether two repetitions follow each other closely and are about as large and as long."""
    times = sorted((first.end - first.start, second.end - second.start))
    sizes = sorted((first.range_of_motion, second.range_of_motion))
    near = second.start - first.end <= max(PAUSE_S, PAUSES * times[0])
    return near and times[0] >= EVEN * times[1] and sizes[0] >= EVEN * sizes[1]
