"""Who has done what: the coach's feedback, gathered into people, sets and traces of their angles."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isfinite, nan

from vitpose_live.data import Feedback, RepetitionRecord
from vitpose_live.data.training import Trace, TrainingSet
from vitpose_live.fitness.angles import ANGLES
from vitpose_live.fitness.exercise import Exercise

REST_S = 6.0
"""Seconds between two repetitions after which the second one begins another set."""

_SPACING_S = 0.1
"""Between two samples of a trace; fine enough to draw."""
_MOST_SAMPLES = 6000
"""A longer trace, ten minutes at first, keeps every second sample."""
_BEFORE_S = 30.0
"""How long a first repetition may have begun before it is known to be one."""
_AROUND_S = 1.0
"""A trace begins so long before its set, and ends so long after it."""
_SOMEBODY_S = 1.0
_OWN = 2
"""Most traces of the exercise's own measures."""
_EVERYBODYS = frozenset(row.name for row in ANGLES)
_LEAST_RANGE = 5.0
"""Degrees; what moves less is not worth a trace."""

Sample = tuple[float, Mapping[str, float]]


@dataclass(slots=True)
class _Set:
    number: int
    exercise: str
    person: int
    repetitions: list[RepetitionRecord]
    samples: list[Sample]

    @property
    def end(self) -> float:
        return self.repetitions[-1].end

    def finished(self, joints: Collection[str]) -> TrainingSet:
        first, last = self.repetitions[0].start - _AROUND_S, self.end + _AROUND_S
        samples = [sample for sample in self.samples if first <= sample[0] <= last]
        return TrainingSet(self.exercise, self.person, tuple(self.repetitions), chosen_traces(samples, joints))


@dataclass(slots=True)
class _Person:
    number: int
    first: float
    last: float = -inf
    repetitions: int = 0
    present: _Set | None = None
    recent: list[Sample] = field(default_factory=list)
    spacing: float = _SPACING_S

    def leave_set(self) -> None:
        """End the set; what was sampled last may belong to the next one."""
        assert self.present is not None
        self.recent = self.present.samples[-int(_BEFORE_S / _SPACING_S) :]
        self.present, self.spacing = None, _SPACING_S


@dataclass(frozen=True, slots=True)
class Entry:
    """A repetition that is new in the logbook.

    Parameters
    ----------
    number
        Of its set, from 0, in the order of `Logbook.sets`.
    place
        In its set, from 0.
    person
        The track id by which the person was known first.
    repetition
        What the coach recorded.
    """

    number: int
    place: int
    person: int
    repetition: RepetitionRecord


@dataclass(frozen=True, slots=True)
class Said:
    """A cue that was given.

    Parameters
    ----------
    time_s
        Seconds of presentation time.
    track_id
        Of the person, as they were known first.
    cue
        What was said.
    """

    time_s: float
    track_id: int
    cue: str


class Logbook:
    """Gathers what the coach says, frame by frame. A person is one person, also under another track id.

    Parameters
    ----------
    joints
        Returns the joints that an exercise is about, by its name; empty when that is not known.
    """

    def __init__(self, joints: Callable[[str], Collection[str]] = lambda _: ()) -> None:
        self._joints = joints
        self._people: dict[int, _Person] = {}
        self._sets: list[_Set] = []
        self._cues: list[Said] = []
        self._time = -inf

    @property
    def counts(self) -> dict[int, int]:
        """Complete repetitions of everybody who was coached, by the track id under which they were known first.

        Who did none and was there for less than a second is left out: nobody, as a rule, but a chair for a moment.
        """
        return {
            number: person.repetitions
            for number, person in sorted(self._people.items())
            if person.repetitions or person.last - person.first >= _SOMEBODY_S
        }

    @property
    def cues(self) -> tuple[Said, ...]:
        """All cues that were given, in order."""
        return tuple(self._cues)

    @property
    def sets(self) -> tuple[TrainingSet, ...]:
        """All sets so far, in the order of their first entries."""
        return tuple(one.finished(self._joints(one.exercise)) for one in self._sets)

    def observe(self, feedback: Iterable[Feedback], time: float) -> tuple[Entry, ...]:
        """Take what the coach said at `time` seconds; return what has come to its end.

        After a jump back everybody begins anew; the sets so far stay.
        """
        if time < self._time:
            self._people.clear()
        self._time = time
        entries: list[Entry] = []
        for one in feedback:
            person = self._people.setdefault(one.person, _Person(one.person, time))
            person.repetitions, person.last = one.repetitions, time
            self._sample(person, one, time)
            self._cues += [Said(round(time, 3), person.number, cue) for cue in one.cues]
            entries += [self._enter(person, repetition) for repetition in one.finished]
        for person in self._people.values():  # of passers-by nothing is needed any more
            if person.recent and time - person.recent[-1][0] > _BEFORE_S:
                person.recent = []
        return tuple(entries)

    def _sample(self, person: _Person, one: Feedback, time: float) -> None:
        present = person.present
        if present is not None and time - present.end > REST_S + _BEFORE_S:
            person.leave_set()
            present = None
        samples = person.recent if present is None else present.samples
        if samples and time - samples[-1][0] < person.spacing:
            return
        samples.append((time, _believed(one)))
        if present is None:
            while samples[0][0] < time - _BEFORE_S:
                samples.pop(0)
        elif len(samples) > _MOST_SAMPLES:
            del samples[1::2]
            person.spacing *= 2

    def _enter(self, person: _Person, repetition: RepetitionRecord) -> Entry:
        present = person.present
        rested = present is not None and repetition.start - present.end > REST_S
        if present is not None and (rested or present.exercise != repetition.exercise):
            person.leave_set()
            present = None
        if present is None:
            present = _Set(len(self._sets), repetition.exercise, person.number, [], person.recent)
            person.present, person.recent = present, []
            self._sets.append(present)
        present.repetitions.append(repetition)
        return Entry(present.number, len(present.repetitions) - 1, person.number, repetition)


def joints_of(exercise: Exercise) -> frozenset[str]:
    """Return the joints that bend in `exercise`, without their sides: the middle ones of what it is counted by."""
    chains = [term.over or term.joints for term in exercise.signal]
    return frozenset(name for chain in chains for name in chain[1:-1] or chain)


def chosen_traces(samples: Sequence[Sample], joints: Collection[str] = ()) -> dict[str, Trace]:
    """Return the traces that tell most: the exercise's own measures, and the joint that moves most on both sides.

    Parameters
    ----------
    samples
        (seconds, degrees by name), in order.
    joints
        Which joints it may be, without their sides; any when there are none.
    """
    names = dict.fromkeys(name for _, values in samples for name in values)
    ranges = {name: _range([values.get(name, nan) for _, values in samples]) for name in names}
    moved = sorted((name for name in names if ranges[name] >= _LEAST_RANGE), key=lambda name: -ranges[name])
    own = [name for name in moved if name not in _EVERYBODYS][:_OWN]
    sided = [name.partition("_")[2] for name in moved if name in _EVERYBODYS and name.startswith(("left_", "right_"))]
    fitting = [joint for joint in sided if not joints or joint in joints]
    pair = [f"{side}_{fitting[0]}" for side in ("left", "right")] if fitting else []
    return {
        name: tuple((round(time, 3), round(values.get(name, nan), 1)) for time, values in samples)
        for name in (*own, *(name for name in pair if name in names))
    }


def _range(values: Sequence[float]) -> float:
    known = sorted(value for value in values if isfinite(value))
    spare = len(known) // 20  # a glitch is no range
    return known[-1 - spare] - known[spare] if known else 0.0


def _believed(one: Feedback) -> dict[str, float]:
    """Return the angles in degrees; of the exercise's own measures what can be believed in this view."""
    return {name: value if name in _EVERYBODYS else one.measures.get(name, nan) for name, value in one.angles.items()}
