"""Pictures of a live source that are shown a second time, each kind at its own pace and on a thread of its own."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any

from vitpose_live.app.live_playback import Playback, Turn
from vitpose_live.data import FrameResult

if TYPE_CHECKING:
    from vitpose_live.app.live_replay import Kept, Replay, ReplayBuffer

_LOOK = 0.5
"""Seconds after which a wait looks again by itself."""
_EARLY = 1e-3
"""Seconds by which a picture may be early."""
_FITS = 0.9
"""Share of what fits into memory that is waited for where the delay asked for does not fit: its pictures vary."""


Put = Callable[["Show", FrameResult], None]
"""Hands a result over, unless somebody else has the screen."""


class Show(ABC):
    """Shows pictures on a thread of its own until its playback is left.

    Parameters
    ----------
    put
        Shows a picture.
    failed
        Called with whatever ends the thread before its time.
    now
        The clock, in seconds: that of `Frame.captured_ns`.
    changed
        What is waited on.
    """

    def __init__(
        self,
        put: Put,
        failed: Callable[[Exception], None],
        now: Callable[[], float] = monotonic,
        changed: threading.Condition | None = None,
    ) -> None:
        self._put = put
        self._failed = failed
        self._now = now
        self._changed = changed or threading.Condition()
        self._thread = threading.Thread(target=self._guard, name="vitpose-rerun", daemon=True)
        self.playback = Playback(now, self._changed)
        self.ready = False
        """Whether it has the screen; what comes is shown until then."""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds for the thread's end; return whether it has come."""
        if self._thread is not threading.current_thread():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    @abstractmethod
    def main(self) -> None:
        """Show until the playback is left."""

    def _guard(self) -> None:
        try:
            self.main()
        except Exception as error:  # noqa: BLE001  a thread's exception belongs to the run, and is kept there
            self._failed(error)


class Late(Show):
    """Shows each picture some seconds after it was captured, at the pace of the presentation times.

    Parameters
    ----------
    kept
        The latest results; whoever adds one says so by `arrived`.
    delay
        By how many seconds. Lowered when `kept` turns out not to reach as far back.
    show
        Those of `Show`.
    """

    def __init__(self, kept: ReplayBuffer, delay: float, *show: Any) -> None:
        super().__init__(*show)
        self._kept = kept
        self._next = kept.oldest
        self.delay = delay
        self.ready = self._next is not None and self._due(self._next) <= self._now()

    @property
    def starts_in(self) -> float:
        """Seconds until the first picture is due."""
        upcoming = self._next
        return self.delay if upcoming is None else max(0.0, self._due(upcoming) - self._now())

    def arrived(self) -> None:
        """Say that there is one more in what is kept."""
        with self._changed:
            self._changed.notify_all()

    def main(self) -> None:
        """Show what is due, and of several the latest."""
        number = -1
        while (upcoming := self._await(number)) is not None:
            self._next = upcoming
            due = self._due(upcoming)
            self.playback.align(due, upcoming.time)
            if self.playback.turn(upcoming.time) is Turn.LEAVE:
                return
            if self._now() < due - _EARLY:  # a pause has ended, and taken the alignment with it
                continue
            number = upcoming.number
            after = self._kept.get(number + 1)
            if after is None or self._due(after) > self._now():  # otherwise it has had its time
                self._put(self, upcoming.result())

    def _due(self, kept: Kept) -> float:
        return self._kept.origin + kept.time + self.delay

    def _await(self, number: int) -> Kept | None:
        """Wait for what comes after `number`; None when it is over."""
        with self._changed:
            while not self.playback.left:
                following, oldest = self._kept.get(number + 1), self._kept.oldest
                if following is not None:
                    return following
                if oldest is not None and oldest.number > number:
                    if number >= 0:  # what comes next is gone already
                        self.delay = min(self.delay, _FITS * self._kept.span)
                    return oldest
                self._changed.wait(_LOOK)
        return None


class Again(Show):
    """Shows a replay over and over, as its playback says.

    Parameters
    ----------
    replay
        At least one result.
    speed
        To begin with.
    show
        Those of `Show`.
    """

    def __init__(self, replay: Replay, speed: float, *show: Any) -> None:
        super().__init__(*show)
        self._replay = replay
        self._times = [time - replay.times[0] for time in replay.times]
        self.playback.speed = speed
        self.ready = True
        self.at = 0.0
        """Seconds from the replay's beginning to what is on show."""
        count, last = len(self._times), self._times[-1]
        self.length = last + last / (count - 1) if count > 1 else _LOOK
        """Seconds of one round; the last picture is seen as long as the others."""

    def main(self) -> None:
        """Show one after the other, and the first after the last."""
        times, count = self._times, len(self._times)
        index = 0
        while (turn := self.playback.turn(times[index] if index < count else self.length)) is not Turn.LEAVE:
            if turn is Turn.JUMP:
                index = min(bisect_left(times, self.playback.take_target()), count - 1)
                continue
            if turn is Turn.BACK:
                index = (index - 2) % count
            elif index == count:
                index = 0
                self.playback.align(self._now(), times[0])
            self.at = times[index]
            self._put(self, self._replay[index])
            index += 1
