"""The coach: counts and comments per person, whoever comes, goes or is lost from sight for a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from pathlib import Path
from threading import Lock

from vitpose_live.data import Feedback, Poses, Skeleton
from vitpose_live.errors import SettingsError, UnknownNameError
from vitpose_live.fitness.angles import measure
from vitpose_live.fitness.cues import read_targets
from vitpose_live.fitness.exercise import Exercise
from vitpose_live.fitness.exercise_files import ExerciseBook
from vitpose_live.fitness.heirs import Place, heirs
from vitpose_live.fitness.novice import Novice
from vitpose_live.fitness.trainee import Trainee

AUTO = "auto"
"""Stands for the exercise that each person does."""
RELOAD_S = 1.0
"""How often it is looked whether the exercise's file has changed, in seconds."""
FORGET_S = 600.0
"""How long somebody who has gone is remembered, in seconds: longer than any rest between sets."""


@dataclass(slots=True)
class _Person:
    trainee: Trainee | Novice
    place: Place


class Coach:
    """Counts the repetitions of everybody in the picture, and comments on their form.

    A person is known by the track id; when the tracker loses somebody and finds them again under another one, the
    count goes on. Frames may be missing, and come at any rate: only their times matter.

    Parameters
    ----------
    exercise
        Name of an exercise, built-in or in `folder`, or an `Exercise`. ``"auto"`` finds out what each person does:
        until two repetitions of a built-in one have been seen it is ``"unknown"`` and nothing is counted, and
        from then on those two count too.
    skeleton
        Names of the joints that the poses will have; any that has the exercise's.
    folder
        Where a person's own exercises are. When the file of this one is changed, what it says holds from then on.

    Raises
    ------
    UnknownNameError
        When there is no such exercise; the hint names the nearest.
    SettingsFileError
        When its file does not describe an exercise.
    SettingsError
        When the skeleton lacks a joint that the exercise needs.
    """

    def __init__(self, exercise: str | Exercise, skeleton: Skeleton, *, folder: str | Path | None = None) -> None:
        self._book = ExerciseBook(folder)
        self._auto = exercise == AUTO
        self._named = isinstance(exercise, str) and not self._auto
        self.exercise: Exercise | None = None
        """What is being done, as its file says now; None while that is to be found out."""
        if not self._auto:
            self.exercise = self._book.get(exercise) if isinstance(exercise, str) else exercise
        self.skeleton = skeleton
        self.problems: tuple[str, ...] = ()
        """What is wrong with the exercise's file since it was changed, a line each; until it is mended, the former
        holds."""
        self._lock = Lock()  # who ends a recording may not be who feeds it
        self._newcomer()  # raises what is wrong with the exercise or the skeleton
        self.reset()

    @property
    def targets(self) -> Mapping[str, float]:
        """The measures that the exercise shows, each with its target; NaN where it has none."""
        return read_targets(self.exercise) if self.exercise else {}

    def reset(self) -> None:
        """Forget everybody."""
        self._people: dict[int, _Person] = {}
        self._lent: dict[int, int] = {}  # who was lost -> who was taken for them
        self._time = -inf
        self._checked = -inf

    def observe(self, poses: Poses, time: float) -> list[Feedback]:
        """Return what there is to say of everybody in `poses` at `time` seconds, in their order.

        A jump back in time, as in a film that begins anew, forgets everybody.
        """
        with self._lock:
            return self._observe(poses, time)

    def _observe(self, poses: Poses, time: float) -> list[Feedback]:
        if time < self._time:
            self.reset()
        self._time = time
        self._keep_up(poses.skeleton, time)
        self._recognise(poses, time)
        angles = measure(poses)
        found = []
        for row, track_id in enumerate(poses.track_ids.tolist()):
            person = self._people[track_id]
            joints = poses.keypoints[row], poses.scores[row]
            own = dict(zip(angles.names, angles.degrees[row].tolist(), strict=True))
            found.append(person.trainee.observe(track_id, *joints, own, time))
            if isinstance(person.trainee, Novice) and person.trainee.known is not None:
                person.trainee = person.trainee.known
        return found

    def close(self) -> list[Feedback]:
        """Return, at the end of a recording, what was counted but had not come to its end; mostly nothing."""
        with self._lock:
            last = [person.trainee.close(track_id) for track_id, person in self._people.items()]
        return [feedback for feedback in last if feedback.finished]

    def _newcomer(self) -> Trainee | Novice:
        return Trainee(self.exercise, self.skeleton) if self.exercise else Novice(self.skeleton)

    def _recognise(self, poses: Poses, time: float) -> None:
        """Find out whose count each track carries on."""
        ids, boxes = poses.track_ids.tolist(), poses.boxes.tolist()
        self._people = {
            track_id: person for track_id, person in self._people.items() if time - person.place.last < FORGET_S
        }
        for track_id, box in zip(ids, boxes, strict=True):
            lent_to = self._lent.pop(track_id, None)
            person = self._people.get(track_id)
            if person is None:
                # whoever was taken for somebody who is back was somebody else
                mistaken = self._people.get(lent_to) if lent_to is not None else None
                trainee = self._newcomer()
                if mistaken is not None:
                    trainee, mistaken.trainee = mistaken.trainee, trainee
                self._people[track_id] = _Person(trainee, Place(tuple(box), time, time, settled=mistaken is not None))
            else:
                person.place = person.place.moved(tuple(box), time)
        places = {track_id: person.place for track_id, person in self._people.items()}
        for heir, lost in heirs(places, set(ids), time).items():
            self._people[heir].trainee = self._people.pop(lost).trainee
            self._people[heir].place = self._people[heir].place.as_settled()
            self._lent[lost] = heir

    def _keep_up(self, skeleton: Skeleton, time: float) -> None:
        """Take up a changed file of the exercise and another model's joints; counts go on."""
        exercise = self.exercise
        if exercise is not None and self._named and time - self._checked >= RELOAD_S:
            self._checked = time
            try:
                changed = self._book.get(exercise.name)
                if changed is not exercise:
                    Trainee(changed, skeleton)  # raises what is wrong with its cues, or with its joints
                exercise, self.problems = changed, ()
            except (SettingsError, UnknownNameError) as error:  # gone for a moment, as editors have it, or for good
                self.problems = (error.message,)
        if exercise is self.exercise and skeleton == self.skeleton:
            return
        self.exercise, self.skeleton = exercise, skeleton
        for person in self._people.values():
            person.trainee = person.trainee.renewed(exercise, skeleton)
