"""The history of what was trained: one SQLite file, which never leaves the machine.

Any number of processes may use it at the same time: each call opens the file, does its work in one transaction and lets
go of it. Every repetition is written when it is over, so that a kill loses no more than the one being done.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from math import isnan, nan
from pathlib import Path
from typing import Any

from vitpose_live.data import RepetitionRecord
from vitpose_live.data.training import Trace, TrainingSession, TrainingSet
from vitpose_live.errors import OutputError
from vitpose_live.sinks.history_database import transaction

PATIENCE_S = 10.0
"""How long another process may keep the file to itself, where nobody waits for a picture."""

_SECONDS = ("start", "end", "eccentric_s", "pause_s", "concentric_s", "range_of_motion")
_WORDS = ("side", "fault", "view")


class History:
    """Sets that were trained, in the file at `path`.

    Parameters
    ----------
    path
        SQLite file; it and its folder are made when something is first kept.
    patience
        Seconds for which another process may keep the file to itself.
    """

    def __init__(self, path: Path, patience: float = PATIENCE_S) -> None:
        self.path = path
        self._patience = patience

    def with_patience(self, patience: float) -> History:
        """Return the same history, for whose file one waits so many seconds."""
        return History(self.path, patience)

    def check(self) -> None:
        """Refuse a file that is there and cannot be used.

        Raises
        ------
        OutputError
            As for `begin`.
        """
        if self.path.exists():
            with transaction(self.path, self._patience, reading=True):
                pass

    def begin(self, source: str, started: datetime) -> int:
        """Begin a session and return its number.

        Raises
        ------
        OutputError
            When the file cannot be written, is no history, or is that of a newer version of the program.
        OutputBusyError
            When another process keeps it to itself for longer than the patience.
        """
        with transaction(self.path, self._patience) as database:
            values = (started.isoformat(timespec="seconds"), source)
            return _key(database.execute("INSERT INTO session (started, source) VALUES (?, ?)", values))

    def add(self, session: int, number: int, person: int, repetition: RepetitionRecord) -> None:
        """Keep a repetition of the set `number` of a `session`.

        Raises
        ------
        OutputError
            As for `begin`.
        """
        with transaction(self.path, self._patience) as database:
            database.execute(
                "INSERT OR IGNORE INTO training_set (session, number, exercise, person) VALUES (?, ?, ?, ?)",
                (session, number, repetition.exercise, person),
            )
            values = {
                **{name: _or_null(getattr(repetition, name)) for name in _SECONDS},
                **{name: getattr(repetition, name) for name in _WORDS},
                "complete": int(repetition.complete),
                "measures": json.dumps({name: _or_null(value) for name, value in repetition.measures.items()}),
                "session": session,
                "number": number,
            }
            database.execute(
                """
                INSERT INTO repetition SELECT id, :start, :end, :eccentric_s, :pause_s, :concentric_s,
                    :range_of_motion, :complete, :side, :fault, :view, :measures
                FROM training_set WHERE session = :session AND number = :number
                """,
                values,
            )

    def trace(self, session: int, traces: Mapping[int, Mapping[str, Trace]]) -> None:
        """Keep the traces of the sets of a `session`, by their numbers.

        Raises
        ------
        OutputError
            As for `begin`.
        """
        rows = [
            (json.dumps({name: [(time, _or_null(value)) for time, value in trace] for name, trace in of.items()}), n)
            for n, of in traces.items()
        ]
        with transaction(self.path, self._patience) as database:
            database.executemany(
                f"UPDATE training_set SET traces = ? WHERE session = {session:d} AND number = ?",  # noqa: S608  a number
                rows,
            )

    def forget(self, session: int) -> None:
        """Remove a session.

        Raises
        ------
        OutputError
            When there is none of that number, and as for `begin`.
        """
        with transaction(self.path, self._patience) as database:
            if not database.execute("DELETE FROM session WHERE id = ?", (session,)).rowcount:
                raise _unknown(session)

    def sessions(self, most: int | None = None) -> tuple[TrainingSession, ...]:
        """Return all of them or the latest, the newest first, without their traces; none where there is no file yet.

        Raises
        ------
        OutputError
            As for `begin`.
        """
        query = "SELECT id, started, source FROM session ORDER BY started DESC, id DESC LIMIT ?"
        return self._read(query, -1 if most is None else most, traces=False)

    def session(self, number: int) -> TrainingSession:
        """Return the session of that number, with its traces.

        Raises
        ------
        OutputError
            When there is none, and as for `begin`.
        """
        found = self._read("SELECT id, started, source FROM session WHERE id = ?", number, traces=True)
        if not found:
            raise _unknown(number)
        return found[0]

    def _read(self, query: str, *values: int, traces: bool) -> tuple[TrainingSession, ...]:
        if not self.path.exists():
            return ()
        with transaction(
            self.path, self._patience, reading=True
        ) as database:  # a file of an older version is brought up to date first
            return tuple(_session(database, row, traces=traces) for row in database.execute(query, values).fetchall())


def _session(database: sqlite3.Connection, row: sqlite3.Row, *, traces: bool) -> TrainingSession:
    columns = "id, exercise, person, traces" if traces else "id, exercise, person, '{}' AS traces"
    sets = database.execute(
        f"SELECT {columns} FROM training_set WHERE session = ? ORDER BY number",  # noqa: S608  one of these two
        (row["id"],),
    ).fetchall()
    return TrainingSession(
        row["source"], datetime.fromisoformat(row["started"]), tuple(_set(database, one) for one in sets), row["id"]
    )


def _set(database: sqlite3.Connection, row: sqlite3.Row) -> TrainingSet:
    rows: Sequence[sqlite3.Row] = database.execute(
        "SELECT * FROM repetition WHERE training_set = ? ORDER BY rowid", (row["id"],)
    ).fetchall()
    traces = {
        name: tuple((time, _or_nan(value)) for time, value in trace)
        for name, trace in json.loads(row["traces"]).items()
    }
    repetitions = tuple(_repetition(row["exercise"], one) for one in rows)
    return TrainingSet(row["exercise"], row["person"], repetitions, traces)


def _repetition(exercise: str, row: sqlite3.Row) -> RepetitionRecord:
    values: dict[str, Any] = {
        **{name: _or_nan(row[name]) for name in _SECONDS},
        **{name: row[name] for name in _WORDS},
        "complete": bool(row["complete"]),
        "measures": {name: _or_nan(value) for name, value in json.loads(row["measures"]).items()},
    }
    return RepetitionRecord(exercise, **values)


def _key(cursor: sqlite3.Cursor) -> int:
    key = cursor.lastrowid
    assert key is not None
    return key


def _unknown(session: int) -> OutputError:
    return OutputError(f"there is no session {session} in the history", hint="`vitpose-live history` lists them")


def _or_null(value: float) -> float | None:
    return None if isnan(value) else float(value)


def _or_nan(value: float | None) -> float:
    return nan if value is None else value
