"""What is trained in front of the app, on its way into the history."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from vitpose_live.app.training import TrainingLog, own_history
from vitpose_live.data import FrameResult
from vitpose_live.errors import VitposeLiveError
from vitpose_live.sinks.history import History

PATIENCE_S = 0.5
"""How long the pictures, and whoever closes the window, wait for another program that has the history to itself."""


class Journal:
    """Keeps one source's training after the other; written by one thread, finished by any.

    Parameters
    ----------
    failed
        Called with what it failed of. Nothing more of that source is kept then; the pictures go on.
    history
        Returns where to keep it.
    """

    def __init__(
        self,
        failed: Callable[[VitposeLiveError], None],
        history: Callable[[], History] = lambda: own_history(PATIENCE_S),
    ) -> None:
        self._failed = failed
        self._history = history
        self._lock = Lock()
        self._log: TrainingLog | None = None
        self._broken = False

    def write(self, result: FrameResult, uri: str, exercise: str | None = None) -> None:
        """Take in one result of the source at `uri`, of which the settings ask for `exercise`."""
        with self._lock:
            if self._broken or (self._log is None and not result.feedback):
                return
            if self._log is None:
                self._log = TrainingLog(uri, self._history(), exercise=exercise)
            failure = None
            try:
                self._log.write(result)
            except VitposeLiveError as error:
                self._broken, failure = True, error
        if failure is not None:
            self._failed(failure)

    def finish(self) -> Callable[[], None] | None:
        """End with this source; return what completes it, which takes a moment. None when nothing was trained."""
        with self._lock:
            log, self._log, broken, self._broken = self._log, None, self._broken, False
        return None if log is None or broken or not log.session.id else log.close
