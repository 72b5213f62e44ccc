"""What a live source gave before, shown while it goes on: some seconds late, as a slow mirror does, or as a replay."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from vitpose_live.app.live_playback import Playback
from vitpose_live.app.live_shows import Again, Late, Show
from vitpose_live.data import FrameResult
from vitpose_live.errors import SettingsError

if TYPE_CHECKING:
    from vitpose_live.app.live_replay import Replay, ReplayBuffer

MOST_LATE = 10.0
"""Seconds by which a picture can be shown late at most."""


@dataclass(frozen=True, slots=True)
class Showing:
    """What of a live source is on show.

    Parameters
    ----------
    delay
        Seconds by which it is wanted late; 0 is as it comes.
    late
        Seconds by which it is late; 0 while it is shown as it comes. Less than `delay` where that does not fit into
        memory.
    starts_in
        Seconds until there is enough to be late; shown as it comes until then.
    replay
        Position and length in seconds of the instant replay; None without one.
    """

    delay: float = 0.0
    late: float = 0.0
    starts_in: float = 0.0
    replay: tuple[float, float] | None = None


class Rerun:
    """Decides what of a live source is on show: what comes, what was some seconds ago, or a replay.

    The late pictures and the replay have a thread of their own while they are on, which decodes and shows them. One
    picture is shown at a time. Every method but `join` returns at once and may be called from any thread.

    Parameters
    ----------
    kept
        The latest results; whoever adds one says so by `arrived`.
    live
        Whether what comes is shown or stands still; late pictures stand still with it.
    show
        Hands a result over.
    failed
        Called with what `show` raised.
    """

    def __init__(
        self,
        kept: ReplayBuffer,
        live: Playback,
        show: Callable[[FrameResult], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._kept = kept
        self._live = live
        self._show = show
        self._failed = failed
        self._screen = threading.Lock()  # held by whoever shows, and never waited for by who gives commands
        self._lock = threading.Lock()
        self._begun = self._left = False
        self._delay = 0.0
        self._current: Late | Again | None = None
        self._started: list[Late | Again] = []

    def begin(self) -> None:
        """Let pictures be late from now on: the source is open, and a live one."""
        with self._lock:
            self._begun = True
            self._turn_to(self._late())

    @property
    def delay(self) -> float:
        """Seconds, 0 to `MOST_LATE`, by which pictures are wanted late."""
        return self._delay

    @delay.setter
    def delay(self, seconds: float) -> None:
        check_delay(seconds)
        with self._lock:
            if seconds != self._delay:
                self._delay = seconds
                if not isinstance(self._current, Again):
                    self._turn_to(self._late())

    @property
    def replay(self) -> Playback | None:
        """The controls of the replay, in seconds from its beginning; None without one."""
        current = self._current
        return current.playback if isinstance(current, Again) else None

    def start_replay(self, replay: Replay, speed: float = 1.0) -> None:
        """Show `replay`, which is not empty, over and over."""
        with self._lock:
            self._turn_to(Again(replay, speed, self._put, self._failed))

    def stop_replay(self) -> None:
        """Show what comes, or came `delay` seconds ago; does nothing without a replay."""
        with self._lock:
            if isinstance(self._current, Again):
                self._turn_to(self._late())

    def play(self, *, playing: bool) -> None:
        """Let the late pictures go on or stand still, as `live` does."""
        with self._lock:
            if isinstance(self._current, Late):
                self._current.playback.play(playing=playing)

    @property
    def showing(self) -> Showing:
        """What is on show."""
        current = self._current
        if isinstance(current, Again):
            return Showing(self._delay, replay=(current.at, current.length))
        if isinstance(current, Late):
            late = current.delay if current.ready else 0.0
            return Showing(self._delay, late, 0.0 if current.ready else current.starts_in)
        return Showing()

    def show_live(self, result: FrameResult) -> None:
        """Show what just came, unless something else is on show."""
        with self._screen:
            current = self._current
            if current is None or not current.ready:
                self._show(result)

    def arrived(self) -> None:
        """Say that there is one more in `kept`."""
        current = self._current
        if isinstance(current, Late):
            current.arrived()

    def leave(self) -> None:
        """End it for good."""
        with self._lock:
            self._left = True
            self._turn_to(None)

    def join(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds for the threads; return whether all have ended."""
        deadline = monotonic() + timeout
        return all(show.join(max(0.0, deadline - monotonic())) for show in self._started)

    def _late(self) -> Late | None:
        if not (self._begun and self._delay):
            return None
        late = Late(self._kept, self._delay, self._put, self._failed)
        late.playback.play(playing=self._live.playing)
        return late

    def _turn_to(self, show: Late | Again | None) -> None:
        if self._left:
            show = None
        before, self._current = self._current, show
        if before is not None:
            before.playback.leave()
        self._started = [each for each in self._started if not each.join(0)]
        if show is not None:
            show.start()
            self._started.append(show)

    def _put(self, show: Show, result: FrameResult) -> None:
        with self._screen:
            if self._current is show:
                show.ready = True
                self._show(result)


def check_delay(seconds: float) -> None:
    """Refuse a delay that cannot be.

    Raises
    ------
    SettingsError
        When it is not within 0 and `MOST_LATE` seconds.
    """
    if not 0 <= seconds <= MOST_LATE:
        raise SettingsError(f"delay: expected 0 to {MOST_LATE:g} seconds, got {seconds:g}")
