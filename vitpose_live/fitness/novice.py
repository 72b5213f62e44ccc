"""One person of whom it is not known yet what they do."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Feedback, RepetitionRecord, Skeleton
from vitpose_live.fitness.exercise import Exercise
from vitpose_live.fitness.exercise_files import load_exercise
from vitpose_live.fitness.recognition import UNKNOWN, Moment, Recogniser
from vitpose_live.fitness.trainee import Trainee

AT_ONCE = 12
"""So many remembered poses are gone through in one frame: more would make it late."""


class Novice:
    """Watches one person until it is known which exercise they do.

    Then what was seen of them is gone through again, `AT_ONCE` poses in each frame, by a trainee who in the end is
    one who has been followed from the beginning.

    Parameters
    ----------
    skeleton
        Names of the joints that `observe` will be given.
    """

    def __init__(self, skeleton: Skeleton) -> None:
        self._skeleton = skeleton
        self._recogniser = Recogniser(skeleton)
        self._trainee: Trainee | None = None
        self._waiting: deque[Moment] = deque()
        self._finished: list[RepetitionRecord] = []
        self.known: Trainee | None = None
        """Who they are once it is known: somebody who has been followed from the beginning."""

    def renewed(self, exercise: Exercise | None, skeleton: Skeleton) -> Novice:
        """Return somebody who is watched from here on with other joints."""
        renewed = Novice(skeleton)
        if self._trainee is not None:
            self._go_through(len(self._waiting), 0, {})
            renewed._trainee, renewed._finished = self._trainee.renewed(exercise, skeleton), self._finished
        return renewed

    def observe(
        self,
        track_id: int,
        points: NDArray[np.floating],
        scores: NDArray[np.floating],
        angles: Mapping[str, float],
        time: float,
    ) -> Feedback:
        """Take the person's joints at `time` seconds, as `Trainee.observe` does."""
        nothing = Feedback(track_id, UNKNOWN, angles=angles)
        if self._trainee is None:
            name = self._recogniser.observe(points, scores, time)
            if name == UNKNOWN:
                return nothing
            self._trainee = Trainee(load_exercise(name), self._skeleton)
            self._waiting = self._recogniser.moments
        else:
            self._waiting.append(Moment(time, points, scores))
        feedback = self._go_through(AT_ONCE, track_id, angles)
        if self._waiting:
            return nothing
        self.known = self._trainee
        return replace(feedback or nothing, finished=tuple(self._finished))

    def close(self, track_id: int) -> Feedback:
        """Return, at the end of a recording, what was counted if it is known by now what they did."""
        if self._trainee is None:
            return Feedback(track_id, UNKNOWN)
        self._go_through(len(self._waiting), track_id, {})
        feedback = self._trainee.close(track_id)
        return replace(feedback, finished=(*self._finished, *feedback.finished))

    def _go_through(self, most: int, track_id: int, angles: Mapping[str, float]) -> Feedback | None:
        """Let the trainee do what was seen first; what was wrong with it is past."""
        feedback = None
        while self._trainee is not None and self._waiting and most:
            moment, most = self._waiting.popleft(), most - 1
            feedback = self._trainee.observe(track_id, moment.points, moment.scores, angles, moment.time)
            self._finished.extend(feedback.finished)
        return feedback
