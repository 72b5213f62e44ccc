"""Counting movements there and back in one number over time, as it comes in."""

from __future__ import annotations

from collections import deque
from enum import Enum, auto
from math import exp, inf, isnan, nan, sqrt
from statistics import median

from vitpose_live.fitness.exercise import Timing
from vitpose_live.fitness.swings import EDGE, Counted, Swing

SMOOTHING = 0.09
"""Time constant of the low-pass in seconds: keeps 2.3 jumping jacks a second, takes the flutter of joints."""
LEAST_SWING = 0.14
"""Of the textbook range: less is no movement, whoever does it from whatever side."""
FLUTTER, MOST_FLUTTER = 8.0, 1.0
"""Times what smoothing leaves of the joints' flutter, but never more than a textbook repetition: less is no turn."""
HYSTERESIS = 0.25
"""Of the person's own range: a turn that is smaller is a wobble on the way."""
RETURN = 0.55
"""Share of the way back after which a repetition is counted: the last one before a cut counts, a wobble does not."""
PARTIAL = 0.4
"""Of the person's own range: a smaller repetition is a partial one."""
REMEMBERED = 3
"""The person's own range is the median of so many repetitions."""
PATIENCE, FADING = 3.0, 4.0
"""After so many seconds without a repetition the range fades with that time constant: a new set, another view."""
SETTLING = 0.4
"""Seconds in view before the movements of somebody not yet counted are believed: at first joints jump."""
BREAK = 0.2
"""Seconds out of view, and at least six frames, that are a gap: before the first repetition one settles again."""
SLOW = 0.1
"""Seconds between frames, until it is known."""
FORGET = 3.0
"""Seconds out of view after which a movement that had begun is given up."""
MIDWAY = 0.6
"""Of the textbook range: who is beyond that when a recording begins is within a repetition ..."""
MIDWAY_LEAST, MIDWAY_MOST = 0.4, 3.0
"""... if it takes so many seconds until most of the way back: less is the tail of one, more is another posture."""
IDLE = 1.5
"""Seconds at the near end that are a rest."""


class Stage(Enum):
    """Where in a repetition one is."""

    REST = auto()
    """Not moving, at the near end."""
    NEAR = auto()
    """At the near end, between repetitions."""
    OUT = auto()
    """On the way to the far end."""
    FAR = auto()
    """At the far end."""
    BACK = auto()
    """On the way back."""


class RepetitionCounter:
    """Counts the repetitions in a signal that is about 0 at rest and about 1 at the far end.

    What counts is the swing from a low to a high and most of the way back, whatever the two levels are. A turn is
    believed when it is larger than a share of the person's own range, the median of the last few swings. Nothing
    depends on a frame rate: all constants are seconds.

    Parameters
    ----------
    timing
        Shortest and longest repetition: twice the time above half its height, the shortest without what was not seen.
    """

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self.repetitions = 0
        """Complete repetitions so far; counted on the way back."""
        self.partial_repetitions = 0
        """Repetitions so far that went less far than the person's others."""
        self.counted: Counted | None = None
        """What the last `observe` counted; mostly None."""
        self.level = nan
        """0 at the near end, 1 at the far end of the person's own range; NaN when the signal cannot be told."""
        self.stage: Stage | None = None
        """Where the person is; None when the signal cannot be told."""
        self._sizes: deque[float] = deque(maxlen=REMEMBERED)
        self._lows: deque[float] = deque(maxlen=REMEMBERED)
        self._last_counted = 0.0
        self._interval = SLOW
        self._last_stage: Stage | None = None
        self._time = self._present = -inf
        self._gap = -inf, 0.0  # when the last one ended, and how long it was
        self._pending: Counted | None = None
        self._trace: deque[tuple[float, float]] = deque()
        self._outward = False
        self._begin(-inf, nan)

    def observe(self, value: float, time: float) -> Swing | None:
        """Take the signal at `time` seconds; NaN, of a person whose joints cannot be seen, freezes everything.

        Returns
        -------
        The counted swing that has come back, or has turned before it was, just now; mostly None.
        """
        self.counted, self.level, self.stage = None, nan, None
        if time <= self._present:
            return None
        absent, self._present = time - self._present, time
        if absent > max(BREAK, 6 * self._interval):
            self._gap = time, absent
            if not self._sizes:
                self._in_view_since = time
        else:
            self._interval += 0.1 * (absent - self._interval)
        if isnan(value):
            return None
        passed, self._time = time - self._time, time
        if passed > FORGET:
            finished = self.close()
            self._begin(time, value)
            return finished
        self._smooth(value, passed)
        if time - self._in_view_since < SETTLING:
            return None
        self._trace.append((time, self._value))
        while self._trace[0][0] < time - 2 * self._timing.maximum_s:
            self._trace.popleft()
        finished = self._follow(time)
        self._locate(time)
        return finished

    @property
    def pending(self) -> bool:
        """Whether there is a counted swing that is not yet back."""
        return self._pending is not None

    def conclude(self) -> None:
        """Count, at the end of a recording, what would be counted but for the delay of the low-pass."""
        self.counted = None
        latest = self._before[1]
        if self._outward and self._turned_back(min(latest, self._value), self._turn_size(self._own_range(self._time))):
            self._count(self._time, self._own_range(self._time))
            self._outward = False

    def close(self) -> Swing | None:
        """Return the counted swing that is not yet back, as far as it has come; None when there is none."""
        pending, self._pending = self._pending, None
        return None if pending is None else pending.swing(self._trace)

    def disown(self) -> None:
        """Do not return the counted swing that is not yet back: it was part of another side's repetition."""
        self._pending = None

    def _begin(self, time: float, value: float) -> None:
        """Start afresh at `value`; what was counted stays."""
        self._value = self._low = self._high = self._turn = value
        self._before = (SLOW, value), value
        self._flutter = 0.0
        self._in_view_since = self._peak_time = self._near_since = time
        self._outward = self._heading_out = False
        self._pending = None
        self._trace = deque([(time, value)])

    def _smooth(self, value: float, passed: float) -> None:
        """Follow the signal, and how much it flutters: how far a value is from the line between its neighbours."""
        (gap, before), last = self._before
        self._before = (passed, last), value
        share = gap / (gap + passed)
        off = abs(last - (1 - share) * before - share * value) / sqrt(1 + share**2 + (1 - share) ** 2)
        new = 1 - exp(-passed / SMOOTHING)
        left = sqrt(new / (2 - new)) * off
        self._flutter += (1 - exp(-passed)) * (left - self._flutter)
        self._value += new * (value - self._value)

    def _own_range(self, time: float) -> float:
        """Return the size of the person's repetitions, 0 when not known."""
        if not self._sizes:
            return 0.0
        return median(self._sizes) * self._faded(time)

    def _faded(self, time: float) -> float:
        return exp(-max(0.0, time - self._last_counted - PATIENCE) / FADING)

    def _follow(self, time: float) -> Swing | None:
        """Follow the turns of the signal, count, and return a swing that has come to its end."""
        value, own, finished = self._value, self._own_range(time), None
        turn = self._turn_size(own)
        if self._outward:
            if value > self._high:
                self._high, self._peak_time = value, time
            if self._turned_back(value, turn):
                self._count(time, own)
                self._outward, self._low = False, value
        else:
            self._low = min(self._low, value)
            if self._timing.midway and not self._sizes:
                self._begun_midway(time)
            turned = value - self._low > turn
            pending = self._pending
            # who hovers on the way back is not waited for: the trace does not reach back for ever
            late = pending is not None and time - pending.time > self._timing.maximum_s
            if turned or late or (pending is not None and value <= pending.near):
                finished = self.close()
            if turned:
                self._outward, self._high, self._peak_time = True, value, time
        return finished

    def _turn_size(self, own: float) -> float:
        """Return how large a turn has to be to be believed."""
        return max(LEAST_SWING, min(FLUTTER * self._flutter, MOST_FLUTTER), HYSTERESIS * own)

    def _turned_back(self, value: float, turn: float) -> bool:
        return self._high - value > max(RETURN * (self._high - self._low), turn)

    def _count(self, time: float, own: float) -> None:
        size, half = self._high - self._low, (self._high + self._low) / 2
        below = [moment for moment, value in self._trace if moment <= self._peak_time and value <= half]
        half_time = (below or [self._trace[0][0]])[-1]
        took, (back, absent) = time - half_time, self._gap
        seen = took - absent if back > half_time else took  # joints jump just before somebody is lost, too
        if 2 * seen < self._timing.minimum_s or 2 * took > self._timing.maximum_s:
            return
        complete = size >= PARTIAL * own
        self.repetitions += complete
        self.partial_repetitions += not complete
        faded = self._faded(time)
        self._sizes = deque((*(past * faded for past in self._sizes), size), maxlen=REMEMBERED)
        self._lows.append(self._low)
        self._last_counted = time
        self.counted = self._pending = Counted(self._low, self._high, half_time, self._peak_time, time, complete)

    def _begun_midway(self, time: float) -> None:
        """Count the repetition within which a recording has begun, once it is most of the way back."""
        began, first = self._trace[0]
        if first < MIDWAY or self._value > (1 - RETURN) * first:
            return
        if MIDWAY_LEAST <= time - began <= MIDWAY_MOST:
            self._high, self._low, self._peak_time = first, 0.0, began
            self._count(time, 0.0)
            self._low = self._value

    def _locate(self, time: float) -> None:
        """Say where in the person's range the signal is and which way it goes."""
        near = median(self._lows) if self._lows else self._low
        size = median(self._sizes) if self._sizes else 1.0
        self.level = min(max((self._value - near) / size, 0.0), 1.0)
        ahead = self._value - self._turn if self._heading_out else self._turn - self._value
        if ahead >= 0:
            self._turn = self._value
        elif -ahead > EDGE * size:
            self._heading_out, self._turn = not self._heading_out, self._value
        if self.level <= 1.5 * EDGE:
            self.stage = Stage.REST if time - self._near_since >= IDLE or not self._sizes else Stage.NEAR
        else:
            self._near_since = time
            far = self.level >= 1 - 1.5 * EDGE or (self._last_stage is Stage.FAR and self._heading_out)
            self.stage = Stage.FAR if far else Stage.OUT if self._heading_out else Stage.BACK
        self._last_stage = self.stage
