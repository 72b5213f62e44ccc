"""Pages about what was trained, for a browser; written where the system keeps what can be made again."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_cache_path

from vitpose_live.app.training import own_history
from vitpose_live.data.training import TrainingSession
from vitpose_live.fitness.report import report_page
from vitpose_live.sinks.pages import PAGE_SUFFIXES, write_text
from vitpose_live.sinks.target import writing

PATIENCE_S = 0.2
"""How long somebody who has clicked waits for another program that has the history to itself."""


def latest_sessions(most: int) -> tuple[TrainingSession, ...]:
    """Return the latest sessions in the person's history, the newest first, without their traces.

    Raises
    ------
    OutputError
        When the history cannot be read.
    """
    return own_history().with_patience(PATIENCE_S).sessions(most)


def session_page(number: int) -> Path:
    """Write a page about the session of that number; return where it is.

    Raises
    ------
    OutputError
        When there is none, the history cannot be read, or the page cannot be written.
    """
    page = report_page(own_history().with_patience(PATIENCE_S).session(number))
    path = user_cache_path("vitpose-live", appauthor=False) / "reports" / f"session-{number}.html"
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, page, PAGE_SUFFIXES, overwrite=True)
    return path
