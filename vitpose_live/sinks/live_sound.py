"""Sound that comes in while it is recorded: put in its place in time, and encoded as AAC."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from numpy.typing import NDArray

from vitpose_live.errors import InvalidArrayError
from vitpose_live.sinks.audio import add_aac

RATE = 48_000
"""Samples per second and channel, the rate that sound cards work at."""

LAG = 0.5
"""Seconds that sound may come later than the pictures of its moment; what is later still gives way to silence."""

_LEAP = 0.04  # further than that from where it belongs, sound is not stretched but put there
_TRUST = 0.02  # share of each block's own time in the estimate of how far the clocks are apart
_STRETCH = 0.002  # share of a block that is added or taken at the most, a thirtieth of a semitone


class LiveSound:
    """Sound on its way into a recording of one file or several, fed by one thread and taken by another.

    Sound cards count samples by a clock of their own, and the moments at which blocks arrive jitter. Blocks are
    therefore joined without a gap and stretched imperceptibly, so that over time each stays where its moment is. Where
    there is no sound there is silence.

    Parameters
    ----------
    channels
        1 or 2.
    """

    late = False
    """Whether it begins so late that a container's header cannot wait for it: it begins with silence."""

    def __init__(self, channels: int = 1) -> None:
        if channels not in (1, 2):
            raise InvalidArrayError(f"channels: expected 1 or 2, got {channels}")
        self.channels = channels
        self.problems: list[str] = []
        self._lock = threading.Lock()
        self._taken = self._begun = 0  # samples, in all and before the file being written
        self._waiting: list[NDArray[np.float32]] = []
        self._waits = 0  # samples
        self._apart = 0.0  # estimate of where sound belongs, less where it was put, in seconds
        self._joined = False
        self._stream: AudioStream | None = None

    def feed(self, samples: NDArray[np.float32], start: float, *, cut: bool = False) -> None:
        """Take in the next block.

        Parameters
        ----------
        samples
            (n, channels) float32, -1..1, at `RATE`.
        start
            Seconds of the recording at which it was captured.
        cut
            Whether it does not go on from the block before: it is put where it belongs at once, over what waits there.
        """
        if samples.ndim != 2 or samples.shape[1] != self.channels:
            raise InvalidArrayError(f"samples: expected shape (n, {self.channels}), got {samples.shape}")
        with self._lock:
            if not len(samples):
                return
            apart = start - (self._taken + self._waits) / RATE
            if cut or not self._joined or abs(apart) > _LEAP:
                gap = round(apart * RATE)
                self._place(samples, gap + self._drop(-gap) if cut and gap < 0 else gap)
                self._apart = 0.0
                return
            self._apart += _TRUST * (apart - self._apart)
            most = _STRETCH * len(samples)
            change = round(float(np.clip(self._apart * RATE, -most, most)))
            self._apart -= change / RATE
            self._join(_stretched(samples, len(samples) + change))

    def attach(self, container: OutputContainer) -> None:
        """Add the sound's stream to `container`, whose second 0 is where the file before ended."""
        self._begun = self._taken
        self._stream = add_aac(container, RATE, self.channels)

    def take(self, until: float | Fraction, *, last: bool = False) -> Iterator[Packet[AudioStream]]:
        """Yield what is encoded of the sound up to `LAG` before `until` seconds of the file; with `last`, to there."""
        assert self._stream is not None
        count = self._begun + round((float(until) - (0 if last else LAG)) * RATE) - self._taken
        if count > 0:
            frame = av.AudioFrame.from_ndarray(self._cut(count), format="fltp", layout=self._stream.layout.name)
            frame.sample_rate, frame.pts, frame.time_base = RATE, self._taken - self._begun - count, Fraction(1, RATE)
            yield from self._stream.encode(frame)
        if last and self._taken > self._begun:
            yield from self._stream.encode(None)

    def close(self) -> None:
        """Let go of the file; what is fed goes into the next one."""
        self._stream = None

    def _place(self, samples: NDArray[np.float32], gap: int) -> None:
        """Add `samples` so many after the end of what waits; what would be before that end is left out."""
        if gap > 0:
            self._join(np.zeros((gap, self.channels), np.float32))
        self._join(samples[max(0, -gap) :])
        self._joined = len(samples) + gap > 0

    def _drop(self, count: int) -> int:
        """Take up to `count` samples off the end of what waits; return how many there were."""
        count = min(count, self._waits)
        self._waits -= count
        self._waiting = [np.concatenate(self._waiting)[: self._waits]] if self._waiting else []
        return count

    def _join(self, samples: NDArray[np.float32]) -> None:
        self._waiting.append(samples)
        self._waits += len(samples)

    def _cut(self, count: int) -> NDArray[np.float32]:
        """(channels, count) samples, taken out of what waits; with silence where there are too few."""
        with self._lock:
            if self._waits < count:
                self._place(np.zeros((count - self._waits, self.channels), np.float32), 0)
                self._joined = False
            samples = np.concatenate(self._waiting)
            self._waiting = [samples[count:]]
            self._waits -= count
            self._taken += count
        return np.ascontiguousarray(samples[:count].T)


def _stretched(samples: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Return `samples` (n, c) as `count` samples over the same time."""
    if count == len(samples):
        return samples
    places = np.linspace(0, len(samples) - 1, count)
    channels = [np.interp(places, np.arange(len(samples)), channel) for channel in samples.T]
    return np.stack(channels, axis=1).astype(np.float32)
