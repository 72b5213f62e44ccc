"""Repetitions on their way into the history, which another program may have to itself for a while."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from time import monotonic

from vitpose_live.data.training import TrainingSession, TrainingSet
from vitpose_live.errors import OutputBusyError
from vitpose_live.fitness.logbook import Entry
from vitpose_live.sinks.history import History

PATIENCE_S = 0.1
"""How long the pictures wait for another program that has the history to itself."""
AGAIN_S = 5.0
"""Seconds until it is tried again."""
MOST_WAITING = 1000
"""Repetitions that may wait: half an hour of one person."""


class Keeping:
    """Keeps the repetitions of one session in a history, in their order.

    While the history is busy they wait, and are kept with the next ones or at the end, for which one has its patience.

    Parameters
    ----------
    history
        Where the session begins with the first repetition.
    session
        Where it was trained, and when.
    now
        Returns seconds that go on steadily.
    """

    def __init__(self, history: History, session: TrainingSession, now: Callable[[], float] = monotonic) -> None:
        self.session = session
        """What is known of it, with its number once it has one."""
        self._history = history
        self._now = now
        self._waiting: deque[Entry] = deque()
        self._not_before = now()

    def put(self, entries: Iterable[Entry]) -> None:
        """Keep `entries` after those that wait, if there are any; soon, if the history is busy.

        Raises
        ------
        OutputError
            When the history cannot be written, or is busy and too many wait.
        """
        self._waiting.extend(entries)
        if not self._waiting or self._now() < self._not_before:
            return
        try:
            self._write(self._history.with_patience(PATIENCE_S))
        except OutputBusyError:
            self._not_before = self._now() + AGAIN_S
            if len(self._waiting) > MOST_WAITING:
                raise

    def finish(self, sets: Sequence[TrainingSet]) -> None:
        """Keep what waits, and the traces of all `sets`.

        Raises
        ------
        OutputError
            When the history cannot be written.
        """
        self._write(self._history)
        if self.session.id:
            self._history.trace(self.session.id, {number: one.traces for number, one in enumerate(sets)})

    def _write(self, history: History) -> None:
        while self._waiting:
            if not self.session.id:
                self.session = replace(self.session, id=history.begin(self.session.source, self.session.started))
            entry = self._waiting[0]
            history.add(self.session.id, entry.number, entry.person, entry.repetition)
            self._waiting.popleft()
