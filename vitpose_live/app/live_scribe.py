"""A recording on a thread of its own: it may begin with what was before, and a slow disk holds up nobody at once."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitpose_live.app.hearing import Block, Placing
from vitpose_live.app.live_host import as_failure
from vitpose_live.app.live_record import Recording
from vitpose_live.app.live_replay import Kept
from vitpose_live.app.live_rerun import MOST_LATE
from vitpose_live.app.priority import give_way
from vitpose_live.data import Frame, FrameResult, SourceInfo
from vitpose_live.errors import VitposeLiveError

LONGEST_GAP = 2.0
"""Seconds between two pictures of a file that are still one scene; further apart, somebody jumped."""

PLAIN = 4
"""So many results wait with their pixels; those behind them as JPEG, a sixtieth of the memory."""

KEPT_SECONDS = MOST_LATE + 2.0
"""How much of what is heard waits for its pictures; they are kept for as long."""

MOST_BYTES = 192 << 20
"""Of JPEG that waits; then whoever brings more waits, too. That is more than a replay buffer holds."""


class Timeline:
    """Tells at which second of the recording each result is.

    A recording of a live source keeps its time. One of a file holds what was analysed while it lasted, in the order in
    which it was shown: a jump is a cut.

    Parameters
    ----------
    info
        Of the source.
    """

    def __init__(self, info: SourceInfo) -> None:
        self._interval = 1 / info.fps if info.fps > 0 else 1 / 30
        self._longest_gap = inf if info.live else LONGEST_GAP
        self._before: Frame | None = None
        self._seconds = 0.0

    def at(self, frame: Frame, *, cut: bool = False) -> float:
        """Return the second of the next frame; after a `cut` that follows the one before at once."""
        if self._before is not None:
            gap = frame.time - self._before.time
            runs_on = 0 < gap <= self._longest_gap and not cut
            self._seconds += gap if runs_on else self._interval
        self._before = frame
        return self._seconds


class Backlog:
    """Results that wait to be recorded, in order, each with its second of the recording, in little memory.

    Parameters
    ----------
    before
        What comes first.
    most_bytes
        Size of the pictures from which on `put` waits.
    """

    def __init__(self, before: Iterable[tuple[Kept, float]] = (), most_bytes: float = MOST_BYTES) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[tuple[Kept | FrameResult, float]] = deque(before)
        self._bytes = sum(len(item.jpeg) for item, _ in self._waiting if isinstance(item, Kept))
        self._most_bytes = most_bytes
        self._ended = False

    def __len__(self) -> int:
        """Results that wait."""
        return len(self._waiting)

    def put(self, result: FrameResult, seconds: float) -> None:
        """Add `result`, unless the end has come; waits while there is no room."""
        with self._changed:
            crowded = len(self._waiting) >= PLAIN
        item = Kept.of(0, result) if crowded else result
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._bytes < self._most_bytes)
            if self._ended:
                return
            self._waiting.append((item, seconds))
            if isinstance(item, Kept):
                self._bytes += len(item.jpeg)
            self._changed.notify_all()

    def take(self) -> tuple[FrameResult, float] | None:
        """Wait for the next result and return it with its second; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._waiting)
            if not self._waiting:
                return None
            item, seconds = self._waiting.popleft()
            if isinstance(item, Kept):
                self._bytes -= len(item.jpeg)
            self._changed.notify_all()
        return (item.result() if isinstance(item, Kept) else item), seconds

    def hurry(self) -> None:
        """Let nobody wait any more who brings something."""
        with self._changed:
            self._most_bytes = inf
            self._changed.notify_all()

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
    timeline
        Of the recording.
    failed
        Called with this and with what the recording failed of; it is over then.
    before
        What was shown before, to begin with.
    after
        Time of what was shown last: with that nothing begins that is not among what was `before`.
    heard
        What was heard before.
    """

    def __init__(
        self,
        recording: Recording,
        timeline: Timeline,
        failed: Callable[[Scribe, VitposeLiveError], None],
        before: Sequence[Kept] = (),
        after: float = -inf,
        heard: Iterable[Block] = (),
    ) -> None:
        self._recording = recording
        self._failed = failed
        self._timeline = timeline
        self._sound = Placing(recording.hear, KEPT_SECONDS)
        self._backlog = Backlog([(kept, self._place(kept.rest.frame)) for kept in before])
        for samples, captured_ns in heard:
            self._sound.hear(samples, captured_ns)
        self._latest = before[-1].time if before else after
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
        elif result.frame.time > self._latest:
            self._latest = -inf
            self._backlog.put(result, self._place(result.frame, cut=self._cut))
            self._cut = False

    def hear(self, samples: NDArray[np.float32], captured_ns: int) -> None:
        """Have sound (n, channels) recorded, with the pictures of when its first sample was captured."""
        self._sound.hear(samples, captured_ns)

    def hurry(self) -> None:
        """Hold nobody up any more: the end is near, and what comes until then finds room."""
        self._backlog.hurry()

    def finish(self, rest: Sequence[FrameResult] = ()) -> None:
        """Record what still waits and the `rest`, complete the file, and return when that is done."""
        for result in rest:
            self.write(result)
        self._backlog.end()
        self._thread.join()

    def _place(self, frame: Frame, *, cut: bool = False) -> float:
        seconds = self._timeline.at(frame, cut=cut)
        self._sound.see(frame.captured_ns, seconds, cut=cut)
        return seconds

    def _guard(self) -> None:
        give_way()
        try:
            while (taken := self._backlog.take()) is not None:
                self._recording.write(*taken)
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

    def start(self, begin: Callable[[], Recording], timeline: Timeline, *what: Any) -> None:
        """Start a `Scribe` with `what` it begins with, while none is going on; `begin` may refuse."""
        with self._lock:
            self._scribe = Scribe(begin(), timeline, self._give_up, *what)

    def stop(self, rest: Sequence[FrameResult] = ()) -> Callable[[], object] | None:
        """Take the recording out; return what completes it, which takes a moment. None when there was none.

        The `rest` is recorded before.
        """
        with self._lock:
            scribe, self._scribe = self._scribe, None
        return None if scribe is None else partial(scribe.finish, rest)

    def write(self, result: FrameResult) -> None:
        """Record one result, if that is wanted."""
        scribe = self._scribe
        if scribe is not None:
            scribe.write(result)

    def hear(self, samples: NDArray[np.float32], captured_ns: int) -> None:
        """Record sound, if that is wanted; see `Scribe.hear`."""
        scribe = self._scribe
        if scribe is not None:
            scribe.hear(samples, captured_ns)

    def _give_up(self, scribe: Scribe, error: VitposeLiveError) -> None:
        with self._lock:
            if self._scribe is scribe:
                self._scribe = None
        self._failed(error)
