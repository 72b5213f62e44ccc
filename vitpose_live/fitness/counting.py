"""One person doing one exercise: repetitions, partial ones and holds, from joints as they come in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from math import isnan, nan

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Skeleton
from vitpose_live.fitness.exercise import Effort, Exercise, ExerciseKind
from vitpose_live.fitness.holds import HoldTimer
from vitpose_live.fitness.repetitions import RepetitionCounter, Stage
from vitpose_live.fitness.signals import Signal
from vitpose_live.fitness.stand_in import StandIn
from vitpose_live.fitness.swings import Counted, Swing

SAME = 0.5
"""Share of the shorter of two sides' movements that has to be at the same time for one repetition of both."""


class Phase(StrEnum):
    """Where in a repetition a person is, as people call it."""

    REST = "rest"
    DOWN = "down"
    BOTTOM = "bottom"
    UP = "up"
    TOP = "top"


_PHASES = {
    Effort.BOTTOM: {
        Stage.REST: Phase.REST, Stage.NEAR: Phase.TOP, Stage.OUT: Phase.DOWN, Stage.FAR: Phase.BOTTOM,
        Stage.BACK: Phase.UP,
    },
    Effort.TOP: {
        Stage.REST: Phase.REST, Stage.NEAR: Phase.BOTTOM, Stage.OUT: Phase.UP, Stage.FAR: Phase.TOP,
        Stage.BACK: Phase.DOWN,
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Repetition:
    """One repetition, or one hold.

    Parameters
    ----------
    start, end
        Seconds: leaving the resting position and being back in it.
    eccentric_s, pause_s, concentric_s
        Seconds of going down, of staying at the far end, and of going up; of a hold the pause is all.
    range_of_motion
        How far it went, as a share of the textbook's.
    complete
        False for a partial repetition.
    side
        ``"together"``, ``"left"``, ``"right"``, or ``"both"`` of two sides that are counted apart and moved at once.
    """

    start: float
    end: float
    eccentric_s: float
    pause_s: float
    concentric_s: float
    range_of_motion: float
    complete: bool = True
    side: str = "together"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far somebody is with an exercise.

    Parameters
    ----------
    phase
        Where in a repetition the person is; None when it cannot be told.
    repetitions, partial_repetitions
        How many there were so far. One is counted on the way back, a moment before it is in `finished`.
    level
        0 in the resting position, 1 at the far end of this person's own range; NaN when it cannot be told.
    finished
        What came to its end in this frame, with its times; mostly nothing.
    held_s
        Seconds that the present hold has lasted; 0 but for holds.
    """

    phase: Phase | None = None
    repetitions: int = 0
    partial_repetitions: int = 0
    level: float = nan
    finished: tuple[Repetition, ...] = ()
    held_s: float = 0.0


class ExerciseCounter:
    """Counts one person's repetitions, or times the holds, of one exercise.

    It belongs to a person, not to a track: give it on when the person's track id changes. A frame without the person
    is simply not observed.

    Parameters
    ----------
    exercise
        What is being done.
    skeleton
        Names of the joints that `observe` will be given.

    Raises
    ------
    SettingsError
        When the skeleton lacks a joint that the exercise needs.
    """

    def __init__(self, exercise: Exercise, skeleton: Skeleton) -> None:
        self.exercise = exercise
        self._signal = Signal(exercise, skeleton)
        self.reset()

    def reset(self) -> None:
        """Forget everything that was observed."""
        self.progress = Progress()
        """As the last `observe` returned it."""
        self._hold = HoldTimer(self.exercise.timing)
        self._stand_ins = [StandIn() for _ in self._signal.sides]
        self._counters = [RepetitionCounter(self.exercise.timing) for _ in self._signal.sides]
        self._last: tuple[int, Counted] | None = None
        self._both = [0, 0]
        self._of_both: int | None = None  # the side whose counted repetition is that of both

    def observe(self, points: NDArray[np.floating], scores: NDArray[np.floating], time: float) -> Progress:
        """Take the person's joints at `time` seconds.

        Parameters
        ----------
        points
            (k, 2) x, y in pixels; NaN where missing.
        scores
            (k,) 0..1; joints that score too little freeze the count.
        time
            Seconds; a frame that is not later than the last is left out.
        """
        if not scores.any() or (points == points[0]).all():  # all joints in one place are nobody
            return self._unseen()
        height = self._signal.height(points, scores)
        values = tuple(
            stand_in.fill(value, height, time)
            for stand_in, value in zip(self._stand_ins, self._signal.read(points, scores), strict=True)
        )
        timed = self.exercise.kind is ExerciseKind.HOLD
        self.progress = self._timed(values[0], time) if timed else self._counted(values, time)
        return self.progress

    def _unseen(self) -> Progress:
        self.progress = replace(self.progress, phase=None, level=nan, finished=())
        return self.progress

    def close(self) -> tuple[Repetition, ...]:
        """Return, at the end of a recording, what has not come to its end, as far as it has come.

        The last repetition may be counted only here, in `progress`.
        """
        if self.exercise.kind is ExerciseKind.HOLD:
            held = self._hold.close()
            return (_hold(*held),) if held else ()
        for side, counter in enumerate(self._counters):
            counter.conclude()
            if counter.counted is not None:
                self._match(side, counter.counted)
        repetitions, partial = self._totals
        self.progress = replace(self.progress, repetitions=repetitions, partial_repetitions=partial, finished=())
        swings = [counter.close() for counter in self._counters]
        return tuple(self._repetition(side, swing) for side, swing in enumerate(swings) if swing)

    def _timed(self, value: float, time: float) -> Progress:
        held = self._hold.observe(value, time)
        return Progress(
            phase=None if isnan(value) else (Phase.BOTTOM if self._hold.held_s else Phase.REST),
            repetitions=self._hold.holds,
            level=min(max(value, 0.0), 1.0) if not isnan(value) else nan,
            finished=(_hold(*held),) if held else (),
            held_s=self._hold.held_s,
        )

    def _counted(self, values: tuple[float, ...], time: float) -> Progress:
        finished = []
        for side, (counter, value) in enumerate(zip(self._counters, values, strict=True)):
            swing = counter.observe(value, time)
            if swing is not None:
                finished.append(self._repetition(side, swing))
            if counter.counted is not None:
                self._match(side, counter.counted)
        repetitions, partial = self._totals
        shown = max(self._counters, key=lambda counter: -1.0 if isnan(counter.level) else counter.level)
        return Progress(
            phase=None if shown.stage is None else _PHASES[self.exercise.effort][shown.stage],
            repetitions=repetitions,
            partial_repetitions=partial,
            level=shown.level,
            finished=tuple(finished),
        )

    @property
    def _totals(self) -> tuple[int, int]:
        return (
            sum(counter.repetitions for counter in self._counters) - self._both[0],
            sum(counter.partial_repetitions for counter in self._counters) - self._both[1],
        )

    def _match(self, side: int, counted: Counted) -> None:
        """Take back the second of two sides' movements that were one; a partial one rather than a complete one."""
        last, self._last = self._last, (side, counted)
        if last is None or last[0] == side:
            return
        other = last[1]
        common = min(counted.time, other.time) - max(counted.half_time, other.half_time)
        if common > SAME * min(counted.time - counted.half_time, other.time - other.half_time):
            self._both[0 if counted.complete and other.complete else 1] += 1
            kept, dropped = (side, last[0]) if counted.complete and not other.complete else (last[0], side)
            self._counters[dropped].disown()
            self._of_both = kept if self._counters[kept].pending else None
            self._last = None

    def _repetition(self, side: int, swing: Swing) -> Repetition:
        down, up = (swing.out_s, swing.back_s) if self.exercise.effort is Effort.BOTTOM else (swing.back_s, swing.out_s)
        name = "both" if side == self._of_both else self._signal.sides[side]
        self._of_both = None if side == self._of_both else self._of_both
        return Repetition(swing.start, swing.end, down, swing.far_s, up, swing.size, swing.complete, name)


def _hold(start: float, end: float) -> Repetition:
    return Repetition(start, end, 0.0, end - start, 0.0, 1.0)
