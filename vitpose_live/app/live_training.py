"""What is trained in front of the app, on its way into the history."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock
from weakref import ref

from vitpose_live.app.training import TrainingLog, own_history
from vitpose_live.data import Feedback, FrameResult
from vitpose_live.errors import VitposeLiveError
from vitpose_live.sinks.history import History

Last = Callable[[], Iterable[Feedback]]


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
        history: Callable[[], History] = own_history,
    ) -> None:
        self._failed = failed
        self._history = history
        self._lock = Lock()
        self._log: TrainingLog | None = None
        self._broken = False
        self._doing = ""
        self._run: ref[object] | None = None
        self._finished: ref[object] | None = None

    def write(self, run: object, result: FrameResult, uri: str, exercise: str | None, last: Last) -> None:
        """Take in one result of a `run` of the source at `uri`, of which the settings ask for `exercise`.

        A result of a run that is finished is too late. `last` returns what its coach has counted but not recorded.
        """
        with self._lock:
            late = self._finished is not None and self._finished() is run
            if late or self._broken or (self._log is None and not result.feedback):
                return
            self._run = ref(run)
            if self._log is None:
                self._log = TrainingLog(uri, self._history(), exercise=exercise, last=last)
            doing = result.feedback[0].exercise if result.feedback else self._doing
            failure = None
            try:
                if doing != self._doing:  # so the coach before is asked no more
                    self._log.coached_by(last)
                    self._doing = doing
                self._log.write(result)
            except VitposeLiveError as error:
                self._broken, failure = True, error
        if failure is not None:
            self._failed(failure)

    def finish(self) -> Callable[[], None] | None:
        """End with this source; return what completes it, which takes a moment. None when nothing was trained."""
        with self._lock:
            log, self._log, broken, self._broken = self._log, None, self._broken, False
            self._finished, self._run, self._doing = self._run or self._finished, None, ""
        return None if log is None or broken else log.close
