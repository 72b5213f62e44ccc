"""The file of the history: its tables, how older ones are brought up to date, and how processes take turns at it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep

from vitpose_live.errors import OutputBusyError, OutputError

MIGRATIONS = (
    """
    CREATE TABLE session (
        id INTEGER PRIMARY KEY,
        started TEXT NOT NULL,             -- ISO 8601 with the offset from UTC
        source TEXT NOT NULL               -- without passwords
    );
    CREATE TABLE training_set (
        id INTEGER PRIMARY KEY,
        session INTEGER NOT NULL REFERENCES session ON DELETE CASCADE,
        number INTEGER NOT NULL,           -- in its session, from 0
        exercise TEXT NOT NULL,
        person INTEGER NOT NULL,
        traces TEXT NOT NULL DEFAULT '{}', -- {name: [[seconds, degrees or null], ...]}
        UNIQUE (session, number)
    );
    CREATE TABLE repetition (
        training_set INTEGER NOT NULL REFERENCES training_set ON DELETE CASCADE,
        start REAL NOT NULL,               -- seconds of presentation time
        "end" REAL NOT NULL,
        eccentric_s REAL NOT NULL,
        pause_s REAL NOT NULL,
        concentric_s REAL NOT NULL,
        range_of_motion REAL,              -- share of the textbook's
        complete INTEGER NOT NULL,
        side TEXT NOT NULL,
        fault TEXT NOT NULL,
        view TEXT NOT NULL,
        measures TEXT NOT NULL             -- {name: value or null}
    );
    CREATE INDEX repetition_of_set ON repetition (training_set);
    """,
)
"""What brings the file from the schema of its place to the next; ``user_version`` says which it has."""


@contextmanager
def transaction(path: Path, patience: float, *, reading: bool = False) -> Iterator[sqlite3.Connection]:
    """Open the file at `path`, bring it up to date, and do what follows in one transaction.

    Parameters
    ----------
    path
        It and its folder are made where they are missing.
    patience
        Seconds for which another process may keep the file to itself.
    reading
        Whether nothing is to be changed, so that nobody else has to wait.

    Raises
    ------
    OutputError
        When the file cannot be written, is no history, or is that of a newer version of the program.
    OutputBusyError
        When another process keeps it to itself for longer than the patience.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=patience, isolation_level=None)) as database:
            database.row_factory = sqlite3.Row
            _log_ahead(database, patience)
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute("PRAGMA foreign_keys = ON")
            current = database.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
            database.execute("BEGIN" if reading and current else "BEGIN IMMEDIATE")
            try:
                _migrate(database, path)
                yield database
            except BaseException:
                if database.in_transaction:  # a full disk has rolled back already
                    database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")
    except (sqlite3.Error, OSError, OverflowError) as error:
        if _is_busy(error):
            raise OutputBusyError(
                f"cannot use the history {path}: {error}",
                hint="another program has it to itself; try again when that has let go of it",
            ) from error
        raise OutputError(
            f"cannot use the history {path}: {error}",
            hint="free space or mend the folder's permissions; `--no-history` goes without it",
        ) from error


def _migrate(database: sqlite3.Connection, path: Path) -> None:
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise OutputError(
            f"the history {path} is of a newer version of this program",
            hint="update vitpose-live, or go without it: `--no-history`",
        )
    for migration in MIGRATIONS[version:]:
        for statement in _statements(migration):
            database.execute(statement)
    if version < len(MIGRATIONS):
        database.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _log_ahead(database: sqlite3.Connection, patience: float) -> None:
    """Have the file written ahead, so that readers and a writer do not wait for each other; it remembers that.

    SQLite's own patience does not cover that change: two processes that begin the file at once would fail.
    """
    deadline = monotonic() + patience
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or monotonic() > deadline:
                raise
            sleep(0.01)
        else:
            return


def _is_busy(error: Exception) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def _statements(script: str) -> Iterator[str]:
    """Part a script, which `sqlite3.Connection.executescript` would not do within a transaction."""
    statement = ""
    for line in script.splitlines():
        statement += f"{line}\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
