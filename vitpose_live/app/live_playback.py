"""When the next picture of a file is shown, and which one it is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from enum import Enum
from math import isfinite
from time import monotonic

from vitpose_live.errors import SettingsError

SPEEDS = (0.25, 2.0)
"""Slowest and fastest, in seconds of the file per second."""

PATIENCE = 0.1
"""A picture this many seconds late moves the schedule instead of having the next ones hurry after it."""

_USUAL_GAP = 1 / 30
"""Seconds the last picture of a file is seen, before any two have told how long that is."""


class Turn(Enum):
    """What is to be done next."""

    SHOW = "show"
    """Show what comes next."""
    BACK = "back"
    """Show what was before."""
    JUMP = "jump"
    """Go to `Playback.take_target`."""
    LEAVE = "leave"
    """It is over."""


class Playback:
    """Paces pictures to their own times and obeys pause, speed, steps, seeks and a loop.

    Commands come from any thread and return at once; one thread asks for its `turn` before each picture. The first
    picture after a pause or a jump is due at once, and the others follow it.

    Parameters
    ----------
    now
        The clock, in seconds.
    changed
        What commands notify and `turn` waits on.
    """

    def __init__(self, now: Callable[[], float] = monotonic, changed: threading.Condition | None = None) -> None:
        self._now = now
        self._changed = changed or threading.Condition()
        self._playing = True
        self._left = False
        self._speed = 1.0
        self._steps = 0
        self._owed = False  # the first picture after a jump, which is shown whatever comes in between
        self._shown: float | None = None  # since the latest jump
        self._gap = _USUAL_GAP
        self._target: float | None = None
        self._part: tuple[float, float] | None = None
        self._anchor: tuple[float, float] | None = None  # a moment of the clock, and of the file

    @property
    def playing(self) -> bool:
        """Whether pictures follow of themselves."""
        return self._playing

    @property
    def left(self) -> bool:
        """Whether it is over."""
        return self._left

    @property
    def jumping(self) -> bool:
        """Whether somewhere else is asked for than what comes next."""
        return self._left or self._target is not None

    @property
    def start(self) -> float:
        """Where playing begins again, in seconds: the loop's start, else the file's."""
        return self._part[0] if self._part else 0.0

    @property
    def speed(self) -> float:
        """Seconds of the file per second."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        if not SPEEDS[0] <= speed <= SPEEDS[1]:
            raise SettingsError(f"speed: expected {SPEEDS[0]:g} to {SPEEDS[1]:g}, got {speed:g}")
        self._tell(_speed=speed)

    def play(self, *, playing: bool) -> None:
        """Go on, or pause."""
        self._tell(_playing=playing, _steps=0)

    def step(self, pictures: int) -> None:
        """Pause, `pictures` further on, or back when negative."""
        with self._changed:
            self._playing = False
            self._steps += pictures
            self._changed.notify_all()

    def seek(self, seconds: float) -> None:
        """Jump to the first picture at or after `seconds`; the latest seek wins."""
        if not isfinite(seconds):
            raise SettingsError(f"seek: expected seconds, got {seconds}")
        self._tell(_target=max(seconds, 0.0))

    def loop(self, start: float | None, end: float | None) -> None:
        """Repeat from `start` to `end` seconds; None is the beginning or the end of the file, both end the loop."""
        if start is None and end is None:
            self._tell(_part=None)
            return
        first, last = start or 0.0, float("inf") if end is None else end
        if not 0 <= first < last:
            raise SettingsError(f"loop: expected a start before the end, got {start} to {end}")
        self._tell(_part=(first, last))

    def align(self, moment: float, seconds: float) -> None:
        """Let the picture of `seconds` be due at `moment` of the clock, and the others follow it."""
        with self._changed:
            self._anchor = moment, seconds

    def leave(self) -> None:
        """End it for good."""
        self._tell(_left=True)

    def take_target(self) -> float:
        """Return where to jump to, and take it as done: the first picture there is shown, also while paused."""
        with self._changed:
            target, self._target, self._anchor = self._target, None, None
            self._steps, self._owed, self._shown = 0, True, None
            assert target is not None
            return target

    def turn(self, upcoming: float | None) -> Turn:
        """Wait until there is something to do, and say what.

        Parameters
        ----------
        upcoming
            Presentation time in seconds of the next picture; None at the end of the file, from where only a step
            back, a seek and a loop lead on.
        """
        with self._changed:
            while True:
                decided = self._decide(upcoming)
                if isinstance(decided, Turn):
                    return decided
                self._changed.wait(decided)

    def _decide(self, upcoming: float | None) -> Turn | float | None:
        """Return what to do, or for how many seconds to wait, None for ever."""
        if self._left:
            return Turn.LEAVE
        if self._target is None and self._at_loop_end(upcoming):
            rest = self._rest(upcoming)
            if rest > 0:
                return rest
            self._target = self.start
        if self._target is not None:
            return Turn.JUMP
        if self._steps < 0 and not self._owed:
            self._steps += 1
            return Turn.BACK
        if upcoming is None:
            self._steps, self._owed = 0, False
            return None
        return self._show(upcoming)

    def _show(self, upcoming: float) -> Turn | float | None:
        if self._owed or self._steps > 0:
            self._steps -= 0 if self._owed else 1
            self._anchor = self._now(), upcoming
        elif not self._playing:
            return None
        else:
            ahead = self._ahead(upcoming)
            if ahead > 0:
                return ahead
        if self._shown is not None and upcoming > self._shown:
            self._gap = upcoming - self._shown
        self._shown, self._owed = upcoming, False
        return Turn.SHOW

    def _at_loop_end(self, upcoming: float | None) -> bool:
        if not self._playing or self._part is None:
            return False
        return upcoming is None or (upcoming >= self._part[1] and not self._owed)

    def _rest(self, upcoming: float | None) -> float:
        """Return for how many seconds the picture on show is still to be seen."""
        if upcoming is None:
            if self._shown is None:
                return 0.0
            upcoming = self._shown + self._gap
        return self._ahead(upcoming)

    def _ahead(self, upcoming: float) -> float:
        """Return in how many seconds a picture of that time is due; 0 or less for now."""
        now = self._now()
        if self._anchor is None:
            self._anchor = now, upcoming
        ahead = self._anchor[0] + (upcoming - self._anchor[1]) / self._speed - now
        if ahead < -PATIENCE:
            self._anchor = now, upcoming
        return ahead

    def _tell(self, **changes: object) -> None:
        with self._changed:
            for name, value in changes.items():
                setattr(self, name, value)
            self._anchor = None
            self._changed.notify_all()
