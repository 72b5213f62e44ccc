"""What was trained, as files for other programs: JSON, and CSV with a line per repetition."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import fields
from math import isnan
from pathlib import Path
from typing import Any

from vitpose_live.data import RepetitionRecord
from vitpose_live.data.training import TrainingSession, TrainingSet
from vitpose_live.sinks.pages import write_text

HISTORY_SUFFIXES = (".csv", ".json")

_REPETITION = tuple(one.name for one in fields(RepetitionRecord) if one.name not in ("exercise", "measures"))
_FIRST = ("session", "started", "source", "set", "exercise", "person", "repetition")


def write_history(path: Path, sessions: Iterable[TrainingSession], *, overwrite: bool = False) -> None:
    """Write `sessions` to `path`, whose ending says how.

    A CSV has a column for each measure of the exercises in it, empty where one is not known.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    if path.suffix.lower() == ".csv":
        text = _csv(list(sessions))
    else:
        text = json.dumps([session_json(one) for one in sessions], allow_nan=False, indent=1) + "\n"
    write_text(path, text, HISTORY_SUFFIXES, overwrite=overwrite)


def session_json(session: TrainingSession) -> dict[str, Any]:
    """Return plain values; what is not known is None."""
    return {
        "id": session.id,
        "started": session.started.isoformat(timespec="seconds"),
        "source": session.source,
        "sets": [set_json(one) for one in session.sets],
    }


def set_json(one: TrainingSet) -> dict[str, Any]:
    """Return plain values of one set, as in `session_json`."""
    return {
        "exercise": one.exercise,
        "person": one.person,
        "start_s": one.start,
        "end_s": one.end,
        "count": one.count,
        "partial": one.partial,
        "repetitions": [
            {
                **{name: _plain(getattr(repetition, name)) for name in _REPETITION},
                "measures": {name: _plain(value) for name, value in repetition.measures.items()},
            }
            for repetition in one.repetitions
        ],
    }


def _csv(sessions: list[TrainingSession]) -> str:
    every = [
        (session, number, one, place, repetition)
        for session in sessions
        for number, one in enumerate(session.sets, 1)
        for place, repetition in enumerate(one.repetitions, 1)
    ]
    measures = list(dict.fromkeys(name for *_, repetition in every for name in repetition.measures))
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow([*_FIRST, *_REPETITION, *measures])
    for session, number, one, place, repetition in every:
        first = (session.id, session.started.isoformat(timespec="seconds"), session.source, number)
        values = [getattr(repetition, name) for name in _REPETITION]
        values += [repetition.measures.get(name) for name in measures]
        table.writerow([*first, one.exercise, one.person, place, *map(_plain, values)])
    return text.getvalue()


def _plain(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return None if isnan(value) else round(value, 4)
