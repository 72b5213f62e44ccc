"""What somebody has trained: sets of repetitions, a session at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from vitpose_live.data.result import RepetitionRecord

Trace = tuple[tuple[float, float], ...]
"""(seconds, degrees) of one angle; NaN where it could not be told."""


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Repetitions of one exercise by one person, without a longer rest between them.

    Parameters
    ----------
    exercise
        Name of the exercise.
    person
        The track id by which the person was known first.
    repetitions
        In order, partial ones among them; of a hold there is one for each time it was held.
    traces
        How the angles went that moved most, by name.
    """

    exercise: str
    person: int
    repetitions: tuple[RepetitionRecord, ...]
    traces: Mapping[str, Trace] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "repetitions", tuple(self.repetitions))
        object.__setattr__(self, "traces", MappingProxyType(dict(self.traces)))

    @property
    def count(self) -> int:
        """Complete repetitions."""
        return sum(one.complete for one in self.repetitions)

    @property
    def partial(self) -> int:
        """Partial repetitions."""
        return len(self.repetitions) - self.count

    @property
    def start(self) -> float:
        """Seconds of presentation time at which it began."""
        return self.repetitions[0].start

    @property
    def end(self) -> float:
        """Seconds of presentation time at which it was over."""
        return self.repetitions[-1].end


@dataclass(frozen=True, slots=True)
class TrainingSession:
    """All that was trained in front of one source, from its opening to its end.

    Parameters
    ----------
    source
        Where the pictures came from, without passwords.
    started
        When, with its time zone; of a recording when it was processed.
    sets
        In the order in which they began.
    id
        Number in the history; 0 when it is not there.
    """

    source: str
    started: datetime
    sets: tuple[TrainingSet, ...] = ()
    id: int = 0
