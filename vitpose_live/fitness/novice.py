"""One person of whom it is not known yet what they do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Feedback, RepetitionRecord, Skeleton
from vitpose_live.fitness.exercise import Exercise
from vitpose_live.fitness.exercise_files import load_exercise
from vitpose_live.fitness.recognition import UNKNOWN, Recogniser
from vitpose_live.fitness.trainee import Trainee


class Novice:
    """Watches one person until it is known which exercise they do.

    Parameters
    ----------
    skeleton
        Names of the joints that `observe` will be given.
    """

    def __init__(self, skeleton: Skeleton) -> None:
        self._skeleton = skeleton
        self._recogniser = Recogniser(skeleton)
        self.known: Trainee | None = None
        """Who they are once it is known: somebody who has been followed from the beginning."""

    @property
    def counted(self) -> tuple[int, int]:
        """Nothing yet."""
        return 0, 0

    def renewed(self, exercise: Exercise | None, skeleton: Skeleton) -> Novice:  # noqa: ARG002 (as of a trainee)
        """Return somebody who is watched from here on with other joints."""
        return Novice(skeleton)

    def observe(
        self,
        track_id: int,
        points: NDArray[np.floating],
        scores: NDArray[np.floating],
        angles: Mapping[str, float],
        time: float,
    ) -> Feedback:
        """Take the person's joints at `time` seconds, as `Trainee.observe` does."""
        name = self._recogniser.observe(points, scores, time)
        if name == UNKNOWN:
            return Feedback(track_id, UNKNOWN, angles=angles)
        self.known = Trainee(load_exercise(name), self._skeleton)
        finished: list[RepetitionRecord] = []
        for moment in self._recogniser.moments:
            # what was wrong with the first repetitions is past; only the last frame has its own angles
            feedback = self.known.observe(track_id, moment.points, moment.scores, angles, moment.time)
            finished.extend(feedback.finished)
        return replace(feedback, finished=tuple(finished))

    def close(self, track_id: int) -> Feedback:
        """Return that nothing is known at the end, either."""
        return Feedback(track_id, UNKNOWN)
