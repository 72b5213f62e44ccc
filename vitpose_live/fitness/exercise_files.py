"""Exercises from TOML files: the built-in ones and a person's own, checked, and read again when a file changes."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from vitpose_live.errors import SettingsError, SettingsFileError
from vitpose_live.fitness.exercise import Effort, Exercise, ExerciseKind, Sides, Term, TermKind, Timing
from vitpose_live.registry import unknown_name
from vitpose_live.toml_file import read_toml

_FOLDER = resources.files(__package__) / "exercises"
_JOINTS = {TermKind.ANGLE: 3}
_OVER = {TermKind.RISE, TermKind.HEIGHT, TermKind.DISTANCE}
_KEYS = {"title", "like", "kind", "sides", "effort", "timing", "signal", "measures", "cues", "views"}
_TERM_KEYS = {*TermKind, "over", "rest", "effort", "weight"}
_Option = TypeVar("_Option", bound=StrEnum)
Table = dict[str, Any]


def exercise_names() -> list[str]:
    """Names of the built-in exercises, sorted."""
    return sorted(entry.name.removesuffix(".toml") for entry in _FOLDER.iterdir() if entry.name.endswith(".toml"))


@cache
def load_exercise(name: str) -> Exercise:
    """Return the built-in exercise called `name`, such as ``"squat"``.

    Raises
    ------
    UnknownNameError
        When there is no such exercise; the hint names the nearest.
    """
    return _exercise(name, _built_in(name), None)


def read_exercise(path: str | Path) -> Exercise:
    """Read a person's own exercise from the TOML file at `path`; it is called as the file is.

    Raises
    ------
    SettingsFileError
        When the file cannot be read, is not TOML, or does not describe an exercise; it says what and where.
    """
    path = Path(path)
    table = read_toml(path, "exercise file")
    try:
        return _exercise(path.stem, _inherited(table), path)
    except SettingsError as error:
        raise SettingsFileError(f"exercise file {path}: {error}", hint=error.hint) from error


class ExerciseBook:
    """The built-in exercises and those in a person's folder, which win; changed files are read again.

    Parameters
    ----------
    folder
        Where a person's own ``NAME.toml`` files are; it need not exist. None for the built-in exercises only.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self._folder = None if folder is None else Path(folder)
        self._read: dict[Path, tuple[tuple[int, int], Exercise]] = {}

    def names(self) -> list[str]:
        """All names, sorted."""
        own = self._folder.glob("*.toml") if self._folder is not None else ()
        return sorted({*exercise_names(), *(path.stem for path in own)})

    def get(self, name: str) -> Exercise:
        """Return the exercise called `name`, as its file is now; the same object as long as the file is the same.

        Raises
        ------
        UnknownNameError
            When there is none of that name; the hint names the nearest.
        SettingsFileError
            When the file does not describe an exercise.
        """
        path = self._own(name)
        if path is None:
            if name not in exercise_names():
                raise unknown_name("exercise", name, self.names())
            return load_exercise(name)
        state = path.stat()
        stamp = (state.st_mtime_ns, state.st_size)
        known = self._read.get(path)
        if known is None or known[0] != stamp:
            known = self._read[path] = (stamp, read_exercise(path))
        return known[1]

    def _own(self, name: str) -> Path | None:
        """Find the person's file of that name, and of that name alone: no path leads out of the folder."""
        files = self._folder.glob("*.toml") if self._folder is not None else ()
        return next((path for path in files if path.stem == name), None)


def _built_in(name: str) -> Table:
    if name not in exercise_names():
        raise unknown_name("exercise", name, exercise_names())
    return _inherited(tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8")))


def _inherited(table: Table) -> Table:
    """Fill in what `table` does not say from the built-in exercise that it is like."""
    like = table.get("like")
    if like is None:
        return table
    if not isinstance(like, str) or like not in exercise_names():
        unknown = unknown_name("exercise", str(like), exercise_names())
        raise SettingsError(f"like: {unknown.message}", hint=unknown.hint)
    return {**_built_in(like), **table}


def _exercise(name: str, table: Table, source: Path | None) -> Exercise:
    _known(table, _KEYS, "")
    title = table.get("title", name)
    if not isinstance(title, str):
        raise SettingsError(f"title: expected text, got {title!r}")
    kind = _option(table, "kind", ExerciseKind, ExerciseKind.REPETITIONS)
    sides = _option(table, "sides", Sides, Sides.TOGETHER)
    if kind is ExerciseKind.HOLD and sides is Sides.EACH:
        raise SettingsError("sides: a hold is timed of the whole body or of one side, got 'each'")
    return Exercise(
        name=name,
        title=title,
        kind=kind,
        sides=sides,
        effort=_option(table, "effort", Effort, Effort.BOTTOM),
        signal=_signal(table.get("signal")),
        timing=_timing(_mapping(table, "timing")),
        measures=_mapping(table, "measures"),
        cues=tuple(_tables(table.get("cues", []), "cues")),
        views=_mapping(table, "views"),
        source=source,
    )


def _signal(value: Any) -> tuple[Term, ...]:
    terms = _tables(value, "signal")
    if not terms:
        raise SettingsError(
            "signal: expected at least one term", hint='as in [[signal]] angle = ["hip", "knee", "ankle"]'
        )
    return tuple(_term(table, f"signal {number}") for number, table in enumerate(terms, 1))


def _term(table: Table, where: str) -> Term:
    _known(table, _TERM_KEYS, f"{where}: ")
    kinds = [kind for kind in TermKind if kind in table]
    if len(kinds) != 1:
        raise SettingsError(f"{where}: expected exactly one of {', '.join(TermKind)}, got {', '.join(kinds) or 'none'}")
    kind = kinds[0]
    count = _JOINTS.get(kind, 2)
    joints = _names(table[kind], f"{where}: {kind}", lambda n: n == count, str(count))
    over: tuple[str, ...] = ()
    if kind in _OVER:
        if "over" not in table:
            raise SettingsError(f"{where}: {kind} needs over, the chain of joints whose length is the unit")
        over = _names(table["over"], f"{where}: over", lambda n: n >= 2, "at least 2")
    elif "over" in table:
        raise SettingsError(f"{where}: over: {kind} is in degrees and has no unit")
    rest, effort = (_number(table, key, where) for key in ("rest", "effort"))
    weight = _number(table, "weight", where, 1.0)
    if rest == effort:
        raise SettingsError(f"{where}: rest and effort are both {rest:g}: expected the two ends of a repetition")
    if weight <= 0:
        raise SettingsError(f"{where}: weight: expected more than 0, got {weight:g}")
    return Term(kind, joints, rest, effort, over, weight)


def _timing(table: Table) -> Timing:
    _known(table, {"minimum_s", "maximum_s", "midway"}, "timing: ")
    midway = table.get("midway", False)
    if not isinstance(midway, bool):
        raise SettingsError(f"timing: midway: expected true or false, got {midway!r}")
    shortest, longest = (_number(table, key, "timing", getattr(Timing(), key)) for key in ("minimum_s", "maximum_s"))
    if not 0 < shortest < longest:
        raise SettingsError(f"timing: expected 0 < minimum_s < maximum_s, got {shortest:g}, {longest:g}")
    return Timing(shortest, longest, midway)


def _known(table: Table, keys: Iterable[str], where: str) -> None:
    for key in table:
        if key not in keys:
            unknown = unknown_name("key", key, keys)
            raise SettingsError(f"{where}{unknown.message}", hint=unknown.hint)


def _option(table: Table, key: str, options: type[_Option], default: _Option) -> _Option:
    value = table.get(key, default)
    if value not in list(options):
        raise SettingsError(f"{key}: expected one of {', '.join(options)}, got {value!r}")
    return options(value)


def _number(table: Table, key: str, where: str, default: float | None = None) -> float:
    value = table.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e300 < value < 1e300:
        given = repr(value) if key in table else "nothing"
        raise SettingsError(f"{where}: {key}: expected a number, got {given}")
    return float(value)


def _names(value: Any, where: str, fits: Callable[[int], bool], count: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
        raise SettingsError(f"{where}: expected a list of joint names, got {value!r}")
    if not fits(len(value)):
        raise SettingsError(f"{where}: expected {count} joints, got {len(value)}")
    return tuple(value)


def _mapping(table: Table, key: str) -> Table:
    value = table.get(key, {})
    if not isinstance(value, Mapping):
        raise SettingsError(f"{key}: expected a table, got {value!r}")
    return dict(value)


def _tables(value: Any, where: str) -> list[Table]:
    if not isinstance(value, list) or not all(isinstance(entry, Mapping) for entry in value):
        raise SettingsError(f"{where}: expected tables, as in [[{where}]], got {value!r}")
    return [dict(entry) for entry in value]
