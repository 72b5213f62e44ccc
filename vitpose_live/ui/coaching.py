"""What the coach's panel shows: who trains, how far they are, sets and rests by the clock of the pictures. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite, isnan, nan

from vitpose_live.data import Feedback, FrameResult
from vitpose_live.fitness import ANGLES
from vitpose_live.fitness.logbook import REST_S
from vitpose_live.ui.people import boxes_by_id

PATIENCE = 5.0
"""Seconds after which somebody who is gone is no longer shown."""
LEAST_RANGE = 10.0
"""Degrees that an angle must have moved to be called a best."""
_RESTING = ("", "rest")
_MOVING = ("down", "bottom", "up")
_LONGEST_GAP = 30.0
"""Seconds between two pictures after which everything begins anew, as after a jump back."""
_MOST_ANGLES = 2
_EVERYBODYS = frozenset(row.name for row in ANGLES)
"""Angles that are measured whatever the exercise; what there is besides is the exercise's own."""

Targets = Callable[[str], Mapping[str, float]]
"""Returns the targets of the measures of an exercise, by name; NaN where there is none."""


@dataclass(frozen=True, slots=True)
class AngleNow:
    """One angle.

    Parameters
    ----------
    name
        As the coach calls it.
    degrees
        Now; NaN where it cannot be told, or cannot be believed from where the camera stands.
    best
        The furthest from where it rests in this set; NaN before the first movement.
    target
        What it is to come to; NaN where the exercise has none.
    share
        How far it is on the way from where it rests to the target or else to the best, 0..1; NaN where that is not
        known, or no way at all.
    """

    name: str
    degrees: float
    best: float = nan
    target: float = nan
    share: float = nan


@dataclass(frozen=True, slots=True)
class Trainee:
    """One person who trains, as of now.

    Parameters
    ----------
    track
        By which they are known now.
    exercise, phase, repetitions, partial, level, held
        As the coach says.
    present
        Whether they are in the picture.
    angles
        At most two that the exercise is about.
    cue
        What was said last in this set; empty for nothing.
    set_number
        From 1; 0 before the first movement.
    resting
        Whether a set is over and the next has not begun.
    seconds
        Since the set began, or since its last movement in a rest.
    """

    track: int
    exercise: str
    phase: str
    repetitions: int
    partial: int
    present: bool
    level: float = nan
    held: float = 0.0
    angles: tuple[AngleNow, ...] = ()
    cue: str = ""
    set_number: int = 0
    resting: bool = True
    seconds: float = 0.0

    @property
    def holding(self) -> bool:
        """Whether an exercise that is held is being held."""
        return self.present and self.phase not in _RESTING


@dataclass(slots=True)
class _Record:
    """What is remembered of one person."""

    feedback: Feedback
    seen_at: float
    moved_at: float = nan
    set_began: float = nan
    set_number: int = 0
    counted_before: int = 0
    resting: bool = True
    cue: str = ""
    home: dict[str, float] = field(default_factory=dict)
    best: dict[str, float] = field(default_factory=dict)
    spoken_in: int | None = None

    @property
    def counted(self) -> int:
        """Repetitions of both kinds."""
        return self.feedback.repetitions + self.feedback.partial_repetitions


class Coaching:
    """Follows everybody who trains.

    Shown large is the one locked on to; else the one before, until they are gone; else the one whose box is largest. A
    set begins with a movement and is over when there has been none for `REST_AFTER` seconds. Somebody who was lost and
    is coached on under another id goes on.

    Parameters
    ----------
    targets
        What the angles of each exercise are to come to.
    """

    def __init__(self, targets: Targets = lambda _: {}) -> None:
        self._targets = targets
        self._records: dict[int, _Record] = {}
        self._time = nan
        self._focus: int | None = None

    def clear(self) -> None:
        """Forget everybody."""
        self._records.clear()
        self._time = nan
        self._focus = None

    def follow(self, result: FrameResult, locked: int | None = None) -> None:
        """Take in what the coach says in `result`, in which the person is `locked` on to `locked`."""
        time = result.frame.time
        if not isnan(self._time) and not 0 <= time - self._time <= _LONGEST_GAP:
            self.clear()
        self._time = time
        for feedback in result.feedback:
            record = self._records.get(feedback.person)
            if record is None or record.feedback.exercise != feedback.exercise or _fewer(feedback, record.feedback):
                record = _Record(feedback, time)
            self._records[feedback.person] = record
            _observe(record, feedback, time)
        for person in [person for person, record in self._records.items() if time - record.seen_at > PATIENCE]:
            del self._records[person]
        self._choose(result, locked)

    @property
    def trainee(self) -> Trainee | None:
        """The one to show large; None when nobody trains."""
        return None if self._focus is None else self._trainee(self._focus)

    @property
    def trainees(self) -> tuple[Trainee, ...]:
        """Everybody, in the order in which they came."""
        return tuple(self._trainee(person) for person in sorted(self._records))

    def take_spoken(self) -> str:
        """Return what to say aloud now to the one shown large, once; at most one cue per repetition."""
        record = None if self._focus is None else self._records[self._focus]
        if record is None or record.seen_at != self._time or not record.feedback.cues:
            return ""
        if record.spoken_in == record.counted:
            return ""
        record.spoken_in = record.counted
        return record.feedback.cues[0]

    def _choose(self, result: FrameResult, locked: int | None) -> None:
        people = {feedback.track_id: feedback.person for feedback in result.feedback}
        if locked is not None and locked in people:
            self._focus = people[locked]
        elif self._focus not in self._records:
            boxes = boxes_by_id(result)
            sizes = {person: _area(boxes[track]) for track, person in people.items() if track in boxes}
            self._focus = max(self._records, key=lambda person: (sizes.get(person, 0.0), -person), default=None)

    def _trainee(self, person: int) -> Trainee:
        record = self._records[person]
        feedback, present = record.feedback, record.seen_at == self._time
        targets = self._targets(feedback.exercise)
        since = record.moved_at if record.resting else record.set_began
        return Trainee(
            track=feedback.track_id,
            exercise=feedback.exercise,
            phase=feedback.phase if present else "",
            repetitions=feedback.repetitions,
            partial=feedback.partial_repetitions,
            present=present,
            level=feedback.level if present else nan,
            held=feedback.held_s if present else 0.0,
            angles=tuple(
                _angle(record, name, targets.get(name, nan), present=present) for name in _shown(feedback.angles)
            ),
            cue=record.cue,
            set_number=record.set_number,
            resting=record.resting,
            seconds=0.0 if isnan(since) else self._time - since,
        )


def _area(box: Sequence[float]) -> float:
    x1, y1, x2, y2 = box
    return (x2 - x1) * (y2 - y1)


def _fewer(feedback: Feedback, before: Feedback) -> bool:
    """Whether the coach has begun anew."""
    return (feedback.repetitions, feedback.partial_repetitions) < (before.repetitions, before.partial_repetitions)


def _observe(record: _Record, feedback: Feedback, time: float) -> None:
    counted = record.counted
    record.feedback, record.seen_at = feedback, time
    moves = record.counted > counted or feedback.phase in _MOVING
    if record.set_number and not record.resting and time - record.moved_at > REST_S:
        record.resting = True
    if moves:
        if record.resting:
            # walking to the mat is no set
            record.set_number += 1 if not record.set_number or counted > record.counted_before else 0
            record.counted_before, record.set_began, record.resting = counted, time, False
            record.best.clear()
            record.cue = ""
        record.moved_at = time
    if feedback.cues:
        record.cue = feedback.cues[0]
    for name in _shown(feedback.angles):
        _note_angle(record, name, _value(feedback, name))


def _note_angle(record: _Record, name: str, degrees: float) -> None:
    if not isfinite(degrees):
        return
    if name not in record.home or record.feedback.phase == "rest":
        record.home[name] = degrees
    range_ = abs(degrees - record.home[name])
    reached = abs(record.best[name] - record.home[name]) if name in record.best else LEAST_RANGE
    if not record.resting and range_ >= reached:
        record.best[name] = degrees


def _shown(angles: Mapping[str, float]) -> list[str]:
    """Names of the angles to show: the exercise's own, or else the first one and that of the other side."""
    if not angles:
        return []
    own = [name for name in angles if name not in _EVERYBODYS]
    if own:
        return own[:_MOST_ANGLES]
    joint = _joint(next(iter(angles)))
    return [name for name in angles if _joint(name) == joint][:_MOST_ANGLES]


def _value(feedback: Feedback, name: str) -> float:
    """Return degrees; of the exercise's own only what can be believed in this view."""
    return feedback.angles[name] if name in _EVERYBODYS else feedback.measures.get(name, nan)


def _joint(name: str) -> str:
    side, _, joint = name.partition("_")
    return joint if side in ("left", "right") else name


def _angle(record: _Record, name: str, target: float, *, present: bool) -> AngleNow:
    degrees = _value(record.feedback, name) if present else nan
    best, home = record.best.get(name, nan), record.home.get(name, nan)
    way = (target if isfinite(target) else best) - home
    if isfinite(target) and abs(way) < LEAST_RANGE:  # it is not to move at all
        best = nan
    share = (degrees - home) / way if isfinite(degrees) and abs(way) >= LEAST_RANGE else nan
    return AngleNow(name, degrees, best, target, share if isnan(share) else min(max(share, 0.0), 1.0))
