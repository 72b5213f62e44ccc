"""One person who does one exercise: counted, measured and judged."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Feedback, RepetitionRecord, Skeleton
from vitpose_live.fitness.body import BodyReader
from vitpose_live.fitness.counting import ExerciseCounter, Repetition
from vitpose_live.fitness.cues import CueJudge, read_cues, read_targets
from vitpose_live.fitness.exercise import Exercise, Sides
from vitpose_live.fitness.measures import MEASURES, Measurer
from vitpose_live.fitness.placement import PlacementCoach, read_placement
from vitpose_live.fitness.velocity import Velocities
from vitpose_live.fitness.view import ViewEstimator, ViewKind


class Trainee:
    """Follows one person through one exercise.

    Parameters
    ----------
    exercise
        What is being done.
    skeleton
        Names of the joints that `observe` will be given.
    repetitions, partial_repetitions
        What was counted before.

    Raises
    ------
    SettingsError
        When the skeleton lacks a joint that the exercise needs, or the exercise asks for something impossible.
    """

    def __init__(
        self, exercise: Exercise, skeleton: Skeleton, repetitions: int = 0, partial_repetitions: int = 0
    ) -> None:
        self.exercise = exercise
        self._before = (repetitions, partial_repetitions)
        self._counter = ExerciseCounter(exercise, skeleton)
        self._bodies = BodyReader(skeleton)
        self._views = ViewEstimator()
        self._measurer = Measurer()
        self._velocities = Velocities()
        self._targets = tuple(read_targets(exercise))
        self._judge = CueJudge(read_cues(exercise), self._targets, _own_sides(exercise.sides))
        self._placement = PlacementCoach(read_placement(exercise))
        self._seen_from = ""

    @property
    def counted(self) -> tuple[int, int]:
        """Full and partial repetitions so far."""
        progress = self._counter.progress
        return progress.repetitions + self._before[0], progress.partial_repetitions + self._before[1]

    def renewed(self, exercise: Exercise | None, skeleton: Skeleton) -> Trainee:
        """Return somebody who goes on from here with a changed exercise (None: the same), or other joints."""
        return Trainee(exercise or self.exercise, skeleton, *self.counted)

    def observe(
        self,
        track_id: int,
        points: NDArray[np.floating],
        scores: NDArray[np.floating],
        angles: Mapping[str, float],
        time: float,
    ) -> Feedback:
        """Take the person's joints at `time` seconds and say what there is to say.

        Parameters
        ----------
        track_id
            By which track the person is known now.
        points
            (k, 2) x, y in pixels; NaN where missing.
        scores
            (k,) 0..1.
        angles
            The person's joint angles in this picture, degrees by name.
        time
            Seconds, later than those before.
        """
        body = self._bodies.read(points, scores)
        view = self._views.observe(body, time)
        self._measurer.look(body, view, time)
        readings = {name: self._measurer.read(name) for name in self._judge.watched}
        progress = self._counter.observe(points, scores, time)
        said, faults = self._judge.observe(readings, progress, time)
        self._seen_from = seen_from = "" if view.kind is ViewKind.UNKNOWN else view.kind.value
        shown = {name: readings[name] for name in self._targets}
        repetitions, partial = self.counted
        own = {name: one.value for name, one in shown.items() if MEASURES[name].unit == "deg"}
        angles = {**angles, **self._measurer.joints(), **own}
        return Feedback(
            track_id=track_id,
            exercise=self.exercise.name,
            phase=progress.phase.value if progress.phase else "",
            repetitions=repetitions,
            partial_repetitions=partial,
            angles=angles,
            cues=(*(cue.say for cue in said), *self._placement.observe(body, view, time)),
            level=progress.level,
            held_s=progress.held_s,
            view=seen_from,
            measures={name: one.value for name, one in shown.items() if one.told},
            finished=tuple(self._record(repetition, fault) for repetition, fault in faults.items()),
            velocities=self._velocities.observe(angles, time),
        )

    def close(self, track_id: int) -> Feedback:
        """Return, at the end of a recording, what had not come to its end."""
        finished = self._counter.close()  # may count the last one
        repetitions, partial = self.counted
        return Feedback(
            track_id=track_id,
            exercise=self.exercise.name,
            repetitions=repetitions,
            partial_repetitions=partial,
            view=self._seen_from,
            finished=tuple(self._record(each, self._judge.fault(each)) for each in finished),
        )

    def _record(self, repetition: Repetition, fault: str) -> RepetitionRecord:
        return RepetitionRecord(
            exercise=self.exercise.name,
            start=repetition.start,
            end=repetition.end,
            eccentric_s=repetition.eccentric_s,
            pause_s=repetition.pause_s,
            concentric_s=repetition.concentric_s,
            range_of_motion=repetition.range_of_motion,
            complete=repetition.complete,
            side=repetition.side,
            fault=fault,
            view=self._seen_from,
            measures={name: self._judge.highest(name, repetition) for name in self._targets},
        )


def _own_sides(sides: Sides) -> tuple[str, ...]:
    return {Sides.EACH: ("left", "right"), Sides.TOGETHER: ()}.get(sides, (sides.value,))
