"""Plans: which exercises, how many sets of how many repetitions, how long to rest. TOML files, read and checked here.

::

    title = "Legs"
    countdown_s = 5              # before each set

    [[exercises]]
    name = "squat"
    sets = 3
    repetitions = 10
    rest_s = 60                  # after each set

    [[exercises]]
    name = "plank"
    sets = 2
    hold_s = 30                  # in place of repetitions
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from vitpose_live.errors import SettingsFileError, UnknownNameError
from vitpose_live.registry import unknown_name
from vitpose_live.toml_file import read_toml

COUNTDOWN_S = 5.0
REST_S = 60.0
_MOST_S = 3600.0
_MOST_SETS = 99
_MOST_REPETITIONS = 999
_SUFFIX = ".toml"


@dataclass(frozen=True, slots=True)
class PlannedExercise:
    """Sets of one exercise.

    Parameters
    ----------
    name
        Of the exercise.
    sets
        How many.
    repetitions
        Of each set; 0 where it is held instead.
    hold
        Seconds to hold it in each set; 0 where repetitions count.
    rest
        Seconds after each set.
    """

    name: str
    sets: int = 1
    repetitions: int = 0
    hold: float = 0.0
    rest: float = REST_S


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do in one session.

    Parameters
    ----------
    title
        What people call it.
    exercises
        In their order; at least one.
    countdown
        Seconds before each set.
    """

    title: str
    exercises: tuple[PlannedExercise, ...]
    countdown: float = COUNTDOWN_S


def plan_names() -> list[str]:
    """Names of the built-in plans, sorted."""
    return sorted(entry.name.removesuffix(_SUFFIX) for entry in _folder().iterdir() if entry.name.endswith(_SUFFIX))


def load_plan(name: str) -> Plan:
    """Load the built-in plan called `name`.

    Raises
    ------
    UnknownNameError
        When there is no such plan; the hint names the nearest.
    """
    if name not in plan_names():
        raise unknown_name("plan", name, plan_names())
    return _parse(tomllib.loads((_folder() / f"{name}{_SUFFIX}").read_text("utf-8")), name, None)


def read_plan(path: str | Path, exercises: Collection[str] | None = None) -> Plan:
    """Read a plan from the TOML file at `path`.

    Parameters
    ----------
    exercises
        Names of the exercises there are; None takes any name for one.

    Raises
    ------
    SettingsFileError
        When the file is missing, is not TOML, or holds what a plan cannot; says which key, and what was expected.
    """
    path = Path(path)
    table = read_toml(path, "plan")
    try:
        return _parse(table, path.stem, exercises)
    except SettingsFileError as error:
        raise SettingsFileError(f"plan {path}: {error}", hint=error.hint) from error


def _folder() -> Any:
    return resources.files(__package__) / "plans"


def _parse(table: Mapping[str, Any], stem: str, exercises: Collection[str] | None) -> Plan:
    _only(table, ("title", "countdown_s", "exercises"), "")
    title = table.get("title", stem)
    if not isinstance(title, str) or not title.strip():
        raise SettingsFileError(f"title: expected a few words, got {title!r}")
    rows = table.get("exercises")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise SettingsFileError("exercises: expected at least one [[exercises]] table")
    planned = tuple(_exercise(row, f"exercises {number}: ", exercises) for number, row in enumerate(rows, 1))
    return Plan(title.strip(), planned, _seconds(table, "countdown_s", COUNTDOWN_S, ""))


def _exercise(row: Mapping[str, Any], where: str, exercises: Collection[str] | None) -> PlannedExercise:
    _only(row, ("name", "sets", "repetitions", "hold_s", "rest_s"), where)
    name = row.get("name")
    if not isinstance(name, str) or not name:
        raise SettingsFileError(f"{where}name: expected the name of an exercise, got {name!r}")
    if exercises is not None and name not in exercises:
        unknown = unknown_name("exercise", name, exercises, listing="vitpose-live exercises list")
        raise SettingsFileError(f"{where}{unknown}", hint=unknown.hint)
    if ("repetitions" in row) == ("hold_s" in row):
        raise SettingsFileError(f"{where}expected either repetitions or hold_s")
    hold = _seconds(row, "hold_s", 0.0, where)
    if "hold_s" in row and hold == 0:
        raise SettingsFileError(f"{where}hold_s: expected more than 0 seconds")
    return PlannedExercise(
        name,
        sets=_whole(row, "sets", 1, _MOST_SETS, where),
        repetitions=0 if hold else _whole(row, "repetitions", 1, _MOST_REPETITIONS, where),
        hold=hold,
        rest=_seconds(row, "rest_s", REST_S, where),
    )


def _only(table: Mapping[str, Any], known: Collection[str], where: str) -> None:
    for key in table:
        if key not in known:
            unknown: UnknownNameError = unknown_name("key", key, known)
            raise SettingsFileError(f"{where}{unknown}", hint=unknown.hint)


def _whole(table: Mapping[str, Any], key: str, default: int, most: int, where: str) -> int:
    value = table.get(key, default)
    if type(value) is not int or not 1 <= value <= most:  # True is no number here
        raise SettingsFileError(f"{where}{key}: expected a whole number from 1 to {most}, got {value!r}")
    return value


def _seconds(table: Mapping[str, Any], key: str, default: float, where: str) -> float:
    value = table.get(key, default)
    if type(value) not in (int, float) or not 0 <= value <= _MOST_S:
        raise SettingsFileError(f"{where}{key}: expected 0 to {_MOST_S:g} seconds, got {value!r}")
    return float(value)
