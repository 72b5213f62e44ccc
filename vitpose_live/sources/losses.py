"""What was lost of a video, counted while it is read and said in a line each."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from vitpose_live.sources.clock import PresentationClock

_SMALL_GAP = 0.1
_UNEVEN_SHARE = 0.05


@dataclass(slots=True)
class Tally:
    """How often something happened, and between which seconds."""

    count: int = 0
    first: float = 0.0
    last: float = 0.0

    def add(self, time: float) -> None:
        """Note that it happened at `time` seconds."""
        if self.count == 0:
            self.first = time
        self.count += 1
        self.last = time

    def __str__(self) -> str:
        if self.last - self.first < 0.01:
            return f"at {self.first:.2f} s"
        return f"from {self.first:.2f} to {self.last:.2f} s"


@dataclass(slots=True)
class Losses:
    """What went wrong while a video was read.

    Parameters
    ----------
    clock
        Knows where in time the reading stands.
    unread
        Places at which the file could not be read and reading went on behind them.
    undecoded
        Packets that did not decode.
    damaged
        Pictures that were decoded with visible faults.
    unstamped
        Pictures without a time stamp.
    gaps
        Long steps from where one picture ends to where the next begins.
    gap_seconds
        How long those are together.
    pictures, uneven
        Pictures so far, and how many of them do not begin where the one before ends.
    cut_off
        Whether the end of the file is missing and it does not declare how much that is.
    shortfall
        Seconds that the file declares and does not have.
    """

    clock: PresentationClock
    unread: Tally = field(default_factory=Tally)
    undecoded: Tally = field(default_factory=Tally)
    damaged: Tally = field(default_factory=Tally)
    unstamped: Tally = field(default_factory=Tally)
    gaps: Tally = field(default_factory=Tally)
    gap_seconds: float = 0.0
    pictures: int = 0
    uneven: int = 0
    cut_off: bool = False
    shortfall: float = 0.0

    def note(self, tally: Tally) -> None:
        """Count one more in `tally`, at the end of the latest picture."""
        tally.add(float(self.clock.end))

    def advance(self, stamp: int | None, lasts: int | None, interval: Fraction) -> float:
        """Let the clock place the next picture, and note how far that is from where the one before ended."""
        before = self.clock.end
        time = self.clock.advance(stamp, lasts)
        gap = time - float(before)
        self.pictures += 1
        self.uneven += abs(gap) > interval / 2
        if gap > _SMALL_GAP and gap > 3 * interval:
            self.gaps.add(float(before))
            self.gap_seconds += gap
        return time

    def lines(self) -> tuple[str, ...]:
        """Say it, a line each."""
        lines = []
        clock = self.clock
        if self.unread.count:
            lines.append(f"the file could not be read in {_count(self.unread.count, 'place')} {self.unread}")
        if self.undecoded.count:
            lines.append(f"{_count(self.undecoded.count, 'damaged packet')} left out {self.undecoded}")
        if self.damaged.count:
            lines.append(f"{_count(self.damaged.count, 'picture')} decoded with faults {self.damaged}")
        broken = self.unread.count or self.undecoded.count or self.damaged.count
        # in a healthy video whose spacing varies anyway, a long step is how it was made
        if self.gaps.count and (broken or self.uneven <= self.pictures * _UNEVEN_SHARE):
            lines.append(f"{self.gap_seconds:.2f} s without pictures {self.gaps}")
        if self.shortfall:
            end = float(clock.end)
            whole = end + self.shortfall
            lines.append(f"cut off or damaged: ends at {end:.2f} s of {whole:.2f} s, {self.shortfall:.2f} s missing")
        if self.cut_off and not self.shortfall:
            lines.append(f"cut off at {float(clock.end):.2f} s: what came after is not in the file")
        if self.unstamped.count:
            lines.append(
                f"{_count(self.unstamped.count, 'picture')} without a time stamp {self.unstamped}, "
                "placed where the one before ends"
            )
        if clock.repaired:
            stamps = _count(clock.repaired, "time stamp")
            lines.append(f"{stamps} out of order, moved behind the picture before, first at {clock.first_repair:.2f} s")
        return tuple(lines)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
