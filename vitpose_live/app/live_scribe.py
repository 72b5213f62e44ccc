"""A recording on a thread of its own: it may begin with what was before, and a slow disk holds up nobody at once."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from math import inf
from pathlib import Path

from vitpose_live.app.live_host import as_failure
from vitpose_live.app.live_record import Recording
from vitpose_live.app.live_replay import Kept
from vitpose_live.app.priority import give_way
from vitpose_live.data import FrameResult
from vitpose_live.errors import PipelineError, VitposeLiveError

PLAIN = 4
"""So many results wait with their pixels; those behind them as JPEG, a sixtieth of the memory."""

MOST_BYTES = 192 << 20
"""Of JPEG that waits; then whoever brings more waits, too. That is more than a replay buffer holds."""


class Backlog:
    """Results that wait to be recorded, in order, in little memory.

    Parameters
    ----------
    before
        What comes first.
    most_bytes
        Size of the pictures from which on `put` waits.
    """

    def __init__(self, before: Iterable[Kept] = (), most_bytes: int = MOST_BYTES) -> None:
        self._changed = threading.Condition()
        first = tuple(before)
        self._waiting: deque[tuple[Kept | FrameResult, bool]] = deque((kept, False) for kept in first)
        self._bytes = sum(len(kept.jpeg) for kept in first)
        self._most_bytes = most_bytes
        self._latest = first[-1].time if first else -inf
        self._ended = False

    def __len__(self) -> int:
        """Results that wait."""
        return len(self._waiting)

    def put(self, result: FrameResult, *, cut: bool = False) -> None:
        """Add `result`, after a `cut` or not, unless it was before already or the end has come.

        Waits while there is no room.
        """
        if result.frame.time <= self._latest:
            return
        self._latest = -inf  # only what comes first can come twice
        with self._changed:
            crowded = len(self._waiting) >= PLAIN
        item = Kept.of(0, result) if crowded else result
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._bytes < self._most_bytes)
            if self._ended:
                return
            self._waiting.append((item, cut))
            if isinstance(item, Kept):
                self._bytes += len(item.jpeg)
            self._changed.notify_all()

    def take(self) -> tuple[FrameResult, bool] | None:
        """Wait for the next result and return it, and whether it comes after a cut; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._waiting)
            if not self._waiting:
                return None
            item, cut = self._waiting.popleft()
            if isinstance(item, Kept):
                self._bytes -= len(item.jpeg)
            self._changed.notify_all()
        return (item.result() if isinstance(item, Kept) else item), cut

    def end(self, *, forget: bool = False) -> None:
        """Let nothing more in; `forget` what waits, else that is still taken."""
        with self._changed:
            self._ended = True
            if forget:
                self._waiting.clear()
                self._bytes = 0
            self._changed.notify_all()


class Scribe:
    """Writes one recording.

    Everything it is given is recorded: when it falls behind by more than the memory it may use, whoever brings results
    waits, and in the end the camera drops pictures before they are analysed.

    Parameters
    ----------
    recording
        What to write.
    failed
        Called with this and with what the recording failed of; it is over then.
    before
        What was shown before, to begin with.
    """

    def __init__(
        self, recording: Recording, failed: Callable[[Scribe, VitposeLiveError], None], before: Iterable[Kept] = ()
    ) -> None:
        self._recording = recording
        self._failed = failed
        self._backlog = Backlog(before)
        self._cut = False
        self.paused = False
        """Whether what comes is left out for the moment."""
        # a daemon: whoever finishes waits for it, and a program that ends without need not
        self._thread = threading.Thread(target=self._guard, name="vitpose-scribe", daemon=True)
        self._thread.start()

    @property
    def path(self) -> Path:
        """The file it will be."""
        return self._recording.path

    @property
    def seconds(self) -> float:
        """Seconds recorded so far."""
        return self._recording.seconds

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._recording.size

    def write(self, result: FrameResult) -> None:
        """Have `result` recorded; nothing while paused, or once it is finished or has failed."""
        if self.paused:
            self._cut = True
            return
        self._backlog.put(result, cut=self._cut)
        self._cut = False

    def finish(self) -> None:
        """Record what still waits, complete the file, and return when that is done."""
        self._backlog.end()
        self._thread.join()

    def _guard(self) -> None:
        give_way()
        try:
            while (taken := self._backlog.take()) is not None:
                result, cut = taken
                self._recording.write(result, cut=cut)
            self._recording.finish()
        except Exception as error:  # noqa: BLE001  a thread's exception belongs to the session, and is kept there
            self._backlog.end(forget=True)
            self._failed(self, as_failure(error))


class Switch:
    """Starts and ends recordings while results go through it.

    Parameters
    ----------
    failed
        Called with what a recording failed of. The results go on without it.
    """

    def __init__(self, failed: Callable[[VitposeLiveError], None]) -> None:
        self._failed = failed
        self._lock = threading.Lock()
        self._scribe: Scribe | None = None

    @property
    def recording(self) -> Scribe | None:
        """The one that is going on."""
        return self._scribe

    def start(self, begin: Callable[[], Recording], before: Iterable[Kept] = ()) -> None:
        """Begin one, with what was `before`.

        Raises
        ------
        PipelineError
            When one is going on.
        """
        with self._lock:
            if self._scribe is not None:
                raise PipelineError(f"{self._scribe.path} is being recorded", hint="finish that one first")
            self._scribe = Scribe(begin(), self._give_up, before)

    def stop(self) -> Callable[[], object] | None:
        """Take the recording out; return what completes it, which takes a moment. None when there was none."""
        with self._lock:
            scribe, self._scribe = self._scribe, None
        return None if scribe is None else scribe.finish

    def write(self, result: FrameResult) -> None:
        """Record one result, if that is wanted."""
        scribe = self._scribe
        if scribe is not None:
            scribe.write(result)

    def _give_up(self, scribe: Scribe, error: VitposeLiveError) -> None:
        with self._lock:
            if self._scribe is scribe:
                self._scribe = None
        self._failed(error)
