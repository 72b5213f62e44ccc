"""The coach: counts and comments per person, whoever comes, goes or is lost from sight for a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
class _Track:
    """One track, and whose it is."""

    place: Place
    person: int
    trainee: Trainee | Novice


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
        self._tracks: dict[int, _Track] = {}
        self._parting: list[Feedback] = []  # of people who were forgotten since
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
            track = self._tracks[track_id]
            joints = poses.keypoints[row], poses.scores[row]
            own = dict(zip(angles.names, angles.degrees[row].tolist(), strict=True))
            found.append(replace(track.trainee.observe(track_id, *joints, own, time), person=track.person))
            if isinstance(track.trainee, Novice) and track.trainee.known is not None:
                track.trainee = track.trainee.known
        return found

    def close(self) -> list[Feedback]:
        """Return, at the end of a recording, what was counted but had not come to its end; mostly nothing."""
        with self._lock:
            for track_id in self._tracks:
                self._see_off(track_id)
            parting, self._parting = self._parting, []
        return parting

    def _see_off(self, track_id: int) -> None:
        """Keep what somebody who will not be seen any more has not finished."""
        track = self._tracks[track_id]
        last = track.trainee.close(track_id)
        if last.finished:
            self._parting.append(replace(last, person=track.person))

    def _newcomer(self) -> Trainee | Novice:
        return Trainee(self.exercise, self.skeleton) if self.exercise else Novice(self.skeleton)

    def _recognise(self, poses: Poses, time: float) -> None:
        """Find out whose count each track carries on."""
        ids, boxes = poses.track_ids.tolist(), poses.boxes.tolist()
        for track_id in [one for one, track in self._tracks.items() if time - track.place.last >= FORGET_S]:
            self._see_off(track_id)
            del self._tracks[track_id]
        self._lent = {lost: heir for lost, heir in self._lent.items() if heir in self._tracks}
        for track_id, box in zip(ids, boxes, strict=True):
            track = self._tracks.get(track_id)
            if track is None:
                self._begin(track_id, Place(tuple(box), time, time))
            else:
                track.place = track.place.moved(tuple(box), time)
        places = {track_id: track.place for track_id, track in self._tracks.items()}
        for heir, lost in heirs(places, set(ids), time).items():
            self._tracks[heir] = replace(self._tracks.pop(lost), place=places[heir].as_settled())
            self._lent = {one: heir if to == lost else to for one, to in self._lent.items()} | {lost: heir}

    def _begin(self, track_id: int, place: Place) -> None:
        """Take up a track that is new, or that was given up."""
        taken_for_them = self._lent.pop(track_id, track_id)
        mistaken = self._tracks.get(taken_for_them)
        people = {track.person for track in self._tracks.values()}
        newcomer = taken_for_them if taken_for_them not in people else max(people) + 1
        track = self._tracks[track_id] = _Track(place, newcomer, self._newcomer())
        if mistaken is not None:  # whoever was taken for somebody who is back was somebody else
            track.person, mistaken.person = mistaken.person, track.person
            track.trainee, mistaken.trainee = mistaken.trainee, track.trainee
            track.place = place.as_settled()

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
        for track in self._tracks.values():
            track.trainee = track.trainee.renewed(exercise, skeleton)
