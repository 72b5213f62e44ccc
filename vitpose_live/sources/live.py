"""A live source: what a feed brings, with its place in time."""

from __future__ import annotations

import math
import weakref
from collections.abc import Generator
from fractions import Fraction
from time import monotonic

from vitpose_live.data import Frame, SourceInfo
from vitpose_live.sources.base import MediaSource
from vitpose_live.sources.clock import DISCONTINUITY, NUDGE
from vitpose_live.sources.feed import Feed


class LiveClock:
    """Gives every picture its seconds since the first one, strictly increasing and never far from real time.

    The sender's stamps are even where the network is not, so they are followed; where they jump, stand still, or
    stray from the clock of this machine by `DISCONTINUITY` seconds (a new connection, a sender that was restarted,
    a clock that wrapped), they count from the real time at that moment on.
    """

    def __init__(self) -> None:
        self._first_ns: int | None = None
        self._origin: Fraction | None = None
        self._time = -NUDGE

    def advance(self, stamp: Fraction | None, captured_ns: int) -> float:
        """Return the time in seconds of the next picture.

        Parameters
        ----------
        stamp
            Its presentation time in seconds by the sender's clock; None when it has none.
        captured_ns
            When it was captured or decoded by the clock of this machine.
        """
        if self._first_ns is None:
            self._first_ns = captured_ns
        elapsed = Fraction(captured_ns - self._first_ns, 10**9)
        time = elapsed if stamp is None or self._origin is None else stamp - self._origin
        if time <= self._time or abs(time - elapsed) > DISCONTINUITY:
            time = max(elapsed, self._time + NUDGE)
            self._origin = None
        if stamp is not None and self._origin is None:
            self._origin = stamp - time
        self._time = time
        return float(time)


class LiveSource(MediaSource):
    """A camera or a stream as it happens.

    Frames come as they are captured. One that a newer one replaced before it was taken is never seen, and leaves a
    gap in the indices. When frames stop coming `trouble` says why, and the iteration waits until they come again;
    it ends when the source is closed. Iterating again starts again: index and time count from the first frame then.

    Parameters
    ----------
    feed
        Open feed; closed with the source.
    info
        What is known of it.
    duration
        End the iteration before the first frame at or after this many seconds; None does not.
    notes
        What there is to say of it from the beginning, a line each.
    """

    def __init__(
        self, feed: Feed, info: SourceInfo, *, duration: float | None = None, notes: tuple[str, ...] = ()
    ) -> None:
        super().__init__(info)
        self._feed = feed
        self._stop = math.inf if duration is None else duration
        self._notes = notes
        weakref.finalize(self, feed.close)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is not as it was asked for, and how often and how long frames stayed away."""
        count, seconds = self._feed.outages
        if not count:
            return self._notes
        return (*self._notes, f"lost {count} {'time' if count == 1 else 'times'}, {seconds:.1f} s without pictures")

    @property
    def trouble(self) -> str:
        """What keeps frames from coming just now, one line; empty when they come."""
        return self._feed.trouble

    def close(self) -> None:
        """End the iteration, wake whoever waits for a frame, and let go of the camera or connection.

        Comes back within about a second even when a driver hangs.
        """
        self._feed.close()
        super().close()

    def _frames(self) -> Generator[Frame]:
        self._feed.clear()  # read before anybody looked
        clock = LiveClock()
        first: int | None = None
        until = (
            math.inf if math.isinf(self._stop) else monotonic() + self._stop + DISCONTINUITY
        )  # also while it is lost
        while taken := self._feed.take(until):
            number, picture = taken
            first = number if first is None else first
            seconds = clock.advance(picture.stamp, picture.captured_ns)
            if seconds >= self._stop:
                return
            yield Frame(picture.image, number - first, seconds, picture.captured_ns)
