"""A guided session: goes through a plan, set by set, by the clock of the pictures and the coach's count."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vitpose_live.fitness.plan import Plan, PlannedExercise


class Stage(StrEnum):
    """Where in a session somebody is."""

    COUNTDOWN = "countdown"
    SET = "set"
    REST = "rest"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Moment:
    """A session at one moment.

    Parameters
    ----------
    stage
        Where in it.
    exercise
        Which exercise of the plan; in a rest the one to do next, once it is done the last one.
    set_number
        Which of its sets, from 1.
    repetitions
        Full repetitions of this set so far.
    held
        Seconds held in this set so far.
    seconds
        Seconds left of a countdown or rest; in a set those since its start.
    """

    stage: Stage
    exercise: PlannedExercise
    set_number: int
    repetitions: int = 0
    held: float = 0.0
    seconds: float = 0.0


class GuidedSession:
    """Guides one person through a plan.

    ::

        COUNTDOWN --its seconds are over--> SET --the goal is reached--> REST --its seconds are over--> COUNTDOWN ...
                                             |
                                             `--the goal of the last set is reached--> DONE

        skip() leads on from each of them.

    All time is presentation time. A rest ends when it is over, not with the picture after that, so that a session is
    the same at every frame rate. Time that goes back, as in a jump within a file, stands still, and a count that goes
    back, as that of a coach who has begun anew, begins anew from there.

    Parameters
    ----------
    plan
        What to do.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._sets = tuple((planned, number) for planned in plan.exercises for number in range(1, planned.sets + 1))
        self._at = 0
        self._stage = Stage.COUNTDOWN
        self._elapsed = 0.0  # since the stage began
        self._done = 0
        self._held = 0.0
        self._time: float | None = None
        self._counted: int | None = None

    @property
    def exercise(self) -> str:
        """Name of the exercise to be coached now."""
        return self._sets[self._at][0].name

    @property
    def moment(self) -> Moment:
        """How things are, as of the last `observe`."""
        planned, number = self._sets[self._at]
        length = self._length()
        left = self._elapsed if length is None else max(0.0, length - self._elapsed)
        seconds = 0.0 if self._stage is Stage.DONE else left
        return Moment(self._stage, planned, number, self._done, self._held, seconds)

    def observe(self, time: float, repetitions: int | None = None, *, holding: bool = False) -> Moment:
        """Go on to `time`.

        Parameters
        ----------
        time
            Presentation time in seconds.
        repetitions
            All full repetitions that the coach has counted of the person so far; what is counted in a countdown or a
            rest is not the set's; None where it is not known just now.
        holding
            Whether an exercise that is held is being held.
        """
        passed = max(0.0, time - self._time) if self._time is not None else 0.0
        counted = 0
        if repetitions is not None:
            counted = max(0, repetitions - self._counted) if self._counted is not None else 0
            self._counted = repetitions
        self._time = time
        while (length := self._length()) is not None and self._elapsed + passed >= length:
            passed -= length - self._elapsed
            self._elapsed = 0.0
            self._enter(Stage.SET if self._stage is Stage.COUNTDOWN else Stage.COUNTDOWN)
        self._elapsed += passed
        if self._stage is Stage.SET:
            self._done += counted
            planned = self._sets[self._at][0]
            if holding:
                self._held += passed
            if self._held >= planned.hold if planned.hold else self._done >= planned.repetitions:
                self._finish_set()
        return self.moment

    def skip(self) -> Moment:
        """End the countdown, the set or the rest now."""
        self._elapsed = 0.0
        if self._stage is Stage.COUNTDOWN:
            self._enter(Stage.SET)
        elif self._stage is Stage.SET:
            self._finish_set()
        elif self._stage is Stage.REST:
            self._enter(Stage.COUNTDOWN)
        return self.moment

    def interrupt(self) -> None:
        """Let the time until the next `observe` not count, as when another source is opened."""
        self._time = self._counted = None

    def _length(self) -> float | None:
        """Seconds of the stage; None where no clock ends it."""
        if self._stage is Stage.COUNTDOWN:
            return self.plan.countdown
        return self._sets[self._at - 1][0].rest if self._stage is Stage.REST else None

    def _enter(self, stage: Stage) -> None:
        self._stage = stage
        if stage is not Stage.DONE:
            self._done, self._held = 0, 0.0

    def _finish_set(self) -> None:
        self._elapsed = 0.0
        if self._at + 1 == len(self._sets):
            self._enter(Stage.DONE)
        else:
            self._at += 1
            self._enter(Stage.REST)
