"""Cues: what is wrong with a repetition, said once it is sure, and never of what the camera does not show."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import inf, isfinite, isnan, nan
from statistics import median
from typing import Any

from vitpose_live.errors import SettingsError
from vitpose_live.fitness.counting import Phase, Progress, Repetition
from vitpose_live.fitness.exercise import Exercise
from vitpose_live.fitness.measures import MEASURES, Reading
from vitpose_live.registry import unknown_name

TEMPO = ("eccentric_s", "pause_s", "concentric_s", "range_of_motion")
"""What a cue can look at besides `MEASURES`: each is told by the counter, whatever the view."""

_TRUSTED = 0.5
"""A measure must have been seen and valid in this share of a repetition to judge it."""
_LEAST_READINGS = 3
_EXTREME = 0.05
"""A repetition's highest and lowest value leave out this share of it: a misplaced joint is no fault."""
_JUDGED = 0.25
"""Share of the textbook's range from which on a movement is judged: less may be a step, or a hand that talks."""
_AT_REST_S = 0.25
"""The beginning of a repetition, seconds, with which `Take.CHANGE` compares."""
_MEMORY_S = 30.0


Moment = tuple[float, dict[str, float], dict[str, float]]
"""Seconds, and the values of the measures then: those that can be judged, and those that can be told."""
Values = list[tuple[float, dict[str, float]]]
Moments = list[tuple[float, float]]


class Take(StrEnum):
    """What of a measure is judged."""

    MOST = "most"
    """Its highest value in a repetition."""
    LEAST = "least"
    """Its lowest value in a repetition."""
    CHANGE = "change"
    """Its lowest value in a repetition as a share of that at the beginning."""
    NOW = "now"
    """Its value while the exercise is being done; said during the repetition."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One fault and what to say of it.

    Parameters
    ----------
    name
        Short name of the fault.
    say
        What to say.
    measure
        One of `MEASURES` or of `TEMPO`.
    take
        What of it is judged.
    above, below
        Values beyond these are faults.
    for_s
        `Take.NOW`: how long it must be so, in seconds.
    repetitions
        How many repetitions in a row must have the fault.
    """

    name: str
    say: str
    measure: str
    take: Take = Take.MOST
    above: float = inf
    below: float = -inf
    for_s: float = 0.5
    repetitions: int = 1

    def wrong(self, value: float) -> bool:
        """Tell whether `value` is a fault; NaN never is."""
        return value > self.above or value < self.below


def read_cues(exercise: Exercise) -> tuple[Cue, ...]:
    """Return the cues of `exercise`, most important first.

    Raises
    ------
    SettingsError
        When its table says something impossible; names the cue and the key.
    """
    return tuple(_cue(table, f"cues {number}") for number, table in enumerate(exercise.cues, 1))


def read_targets(exercise: Exercise) -> dict[str, float]:
    """Return the measures that `exercise` shows, each with its target; NaN when it has none.

    Raises
    ------
    SettingsError
        When it names an unknown measure or an impossible target.
    """
    found = {}
    for name, table in exercise.measures.items():
        _known("measure", name, MEASURES, "measures")
        if not isinstance(table, Mapping):
            raise SettingsError(f"measures: {name}: expected a table, as in {{ target = 90 }}, got {table!r}")
        _keys(table, {"target"}, f"measures: {name}")
        found[name] = _number(table, "target", f"measures: {name}", nan)
    return found


class CueJudge:
    """Judges the repetitions of one person.

    Parameters
    ----------
    cues
        What to look for, most important first.
    also
        Measures to keep besides those of the cues.
    sides
        Sides that do repetitions of their own.
    """

    def __init__(self, cues: tuple[Cue, ...], also: tuple[str, ...] = (), sides: tuple[str, ...] = ()) -> None:
        self.cues = cues
        names = (*(cue.measure for cue in cues if cue.measure in MEASURES), *also)
        sided = (f"{side}_{name}" for name in names for side in sides)
        self.watched = tuple(dict.fromkeys((*names, *(name for name in sided if name in MEASURES))))
        """Names of the measures that `observe` needs."""
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._trace: deque[Moment] = deque()
        self._since: dict[str, float] = {}
        self._said: set[str] = set()
        self._in_a_row = dict.fromkeys((cue.name for cue in self.cues), 0)

    def observe(
        self, readings: Mapping[str, Reading], progress: Progress, time: float
    ) -> tuple[tuple[Cue, ...], dict[Repetition, str]]:
        """Take what was measured at `time` seconds.

        Returns
        -------
        said
            What is to be said now, most important first.
        faults
            The worst fault of each repetition that came to its end, by its cue's name; empty where there is none.
        """
        believed = {name: one.value if one.valid else nan for name, one in readings.items()}
        told = {name: one.value if one.told else nan for name, one in readings.items()}
        self._trace.append((time, believed, told))
        while self._trace[0][0] < time - _MEMORY_S:
            self._trace.popleft()
        said = {cue.name for cue in self._lasting(believed, progress, time)}
        faults = {}
        for repetition in progress.finished:
            said |= {cue.name for cue in self._judged(repetition)} - self._said
            faults[repetition] = self.fault(repetition)
            self._said.clear()
        return tuple(cue for cue in self.cues if cue.name in said), faults

    def fault(self, repetition: Repetition) -> str:
        """Return the worst fault of a repetition that is just over, by its cue's name; empty where there is none."""
        wrong = self._judged(repetition)
        return next((cue.name for cue in self.cues if cue in wrong or cue.name in self._said), "")

    def _lasting(self, believed: Mapping[str, float], progress: Progress, time: float) -> list[Cue]:
        """Return the cues about the present moment that are due, each once in a repetition or hold."""
        idle = progress.phase in {None, Phase.REST}
        due = []
        for cue in self.cues:
            if cue.take is not Take.NOW:
                continue
            if idle or not cue.wrong(believed[cue.measure]):
                self._since.pop(cue.name, None)
            elif time - self._since.setdefault(cue.name, time) >= cue.for_s and cue.name not in self._said:
                self._said.add(cue.name)
                due.append(cue)
        return due

    def highest(self, measure: str, repetition: Repetition) -> float:
        """Return the highest value told of a watched `measure` in a `repetition` just over; NaN if not known."""
        values = _known_of(measure, repetition, [(time, told) for time, _, told in self._window(repetition)])
        return _extreme(values, last=True) if values else nan

    def _window(self, repetition: Repetition) -> list[Moment]:
        return [moment for moment in self._trace if repetition.start <= moment[0] <= repetition.end]

    def _judged(self, repetition: Repetition) -> list[Cue]:
        """Return the cues whose fault `repetition` has had, and enough of those before it."""
        if repetition.range_of_motion < _JUDGED:
            return []
        window = [(time, believed) for time, believed, _ in self._window(repetition)]
        wrong = []
        for cue in self.cues:
            value = nan if cue.take is Take.NOW else _value(cue, repetition, window)
            if isnan(value):
                continue
            self._in_a_row[cue.name] = self._in_a_row[cue.name] + 1 if cue.wrong(value) else 0
            if self._in_a_row[cue.name] >= cue.repetitions:
                wrong.append(cue)
        return wrong


def _known_of(measure: str, repetition: Repetition, window: Values) -> Moments:
    """Return the (seconds, value) of a repetition's measure that are known; none when they are too few.

    Of a repetition of one side it is that side's measure, where there is one.
    """
    own = f"{repetition.side}_{measure}"
    name = own if window and own in window[0][1] else measure
    known = [(time, values[name]) for time, values in window if isfinite(values[name])]
    return known if len(known) >= max(_LEAST_READINGS, _TRUSTED * len(window)) else []


def _extreme(moments: Moments, *, last: bool) -> float:
    ordered = sorted(value for _, value in moments)
    place = int(_EXTREME * len(ordered))
    return ordered[-1 - place] if last else ordered[place]


def _value(cue: Cue, repetition: Repetition, window: Values) -> float:
    if cue.measure in TEMPO:
        return float(getattr(repetition, cue.measure))
    known = _known_of(cue.measure, repetition, window)
    if not known:
        return nan
    if cue.take is not Take.CHANGE:
        return _extreme(known, last=cue.take is Take.MOST)
    rest = [value for time, value in known if time <= repetition.start + _AT_REST_S]
    return _extreme(known, last=False) / median(rest) if rest and median(rest) else nan


def _cue(table: Mapping[str, Any], where: str) -> Cue:
    _keys(table, set(Cue.__dataclass_fields__), where)
    for key in ("name", "say", "measure"):
        if not isinstance(table.get(key), str) or not table[key]:
            raise SettingsError(f"{where}: {key}: expected text, got {table.get(key, 'nothing')!r}")
    _known("measure", table["measure"], (*MEASURES, *TEMPO), where)
    take = table.get("take", Take.MOST)
    if take not in list(Take):
        raise SettingsError(f"{where}: take: expected one of {', '.join(Take)}, got {take!r}")
    if "above" not in table and "below" not in table:
        raise SettingsError(f"{where}: expected above or below, the value beyond which it is a fault")
    repetitions = table.get("repetitions", 1)
    if isinstance(repetitions, bool) or not isinstance(repetitions, int) or repetitions < 1:
        raise SettingsError(f"{where}: repetitions: expected a whole number of at least 1, got {repetitions!r}")
    if table["measure"] in TEMPO and take == Take.NOW:
        raise SettingsError(f"{where}: take: {table['measure']} is known when the repetition is over, not now")
    return Cue(
        name=table["name"],
        say=table["say"],
        measure=table["measure"],
        take=Take(take),
        above=_number(table, "above", where, inf),
        below=_number(table, "below", where, -inf),
        for_s=_number(table, "for_s", where, 0.5),
        repetitions=repetitions,
    )


def _keys(table: Mapping[str, Any], keys: set[str], where: str) -> None:
    for key in table:
        _known("key", key, keys, where)


def _known(kind: str, name: str, names: Any, where: str) -> None:
    if name not in names:
        unknown = unknown_name(kind, name, names)
        raise SettingsError(f"{where}: {unknown.message}", hint=unknown.hint)


def _number(table: Mapping[str, Any], key: str, where: str, default: float) -> float:
    value = table.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or (key in table and not -1e300 < value < 1e300):
        raise SettingsError(f"{where}: {key}: expected a number, got {value!r}")
    return float(value)
