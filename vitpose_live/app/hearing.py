"""Where sound belongs in a recording: with the pictures of its moment."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Block = tuple[NDArray[np.float32], int]
"""Samples (n, channels), -1..1, 48000 a second, and the `time.monotonic_ns()` at which the first was captured."""


class Feed(Protocol):
    """Takes sound into a recording."""

    def __call__(self, samples: NDArray[np.float32], start: float, *, cut: bool) -> object:
        """Take in `samples` that begin at `start` seconds, after a `cut` perhaps."""


class Heard:
    """The latest blocks, for recordings that begin before the key.

    Parameters
    ----------
    seconds
        How far back they reach.
    """

    def __init__(self, seconds: float) -> None:
        self._span = round(seconds * 1e9)
        self._blocks: deque[Block] = deque()

    def append(self, samples: NDArray[np.float32], captured_ns: int) -> None:
        """Keep one more."""
        self._blocks.append((samples, captured_ns))
        while captured_ns - self._blocks[0][1] > self._span:
            self._blocks.popleft()

    def __iter__(self) -> Iterator[Block]:
        return iter(tuple(self._blocks))


@dataclass(frozen=True, slots=True)
class _Place:
    captured_ns: int
    seconds: float
    cut: bool


class Placing:
    """Hands sound on once a picture of its moment or a later one says where in the recording that is.

    Pictures may come long after their sound, as where they are analysed or faces are hidden, or before it; pauses and
    cuts among them are pauses and cuts of the sound. Used from several threads.

    Parameters
    ----------
    feed
        Takes the sound, in the recording's time.
    patience
        Seconds for which sound waits for pictures, and pictures for sound.
    """

    def __init__(self, feed: Feed, patience: float) -> None:
        self._feed = feed
        self._patience = round(patience * 1e9)
        self._lock = threading.Lock()
        self._waiting: deque[Block] = deque()
        self._places: deque[_Place] = deque()
        self._cut = False

    def see(self, captured_ns: int, seconds: float, *, cut: bool = False) -> None:
        """Take in a picture at `seconds` of the recording; after a `cut` nothing leads on to it from the one before."""
        with self._lock:
            self._places.append(_Place(captured_ns, seconds, cut))
            while captured_ns - self._places[0].captured_ns > self._patience:
                self._cut |= self._places.popleft().cut
            self._settle()

    def hear(self, samples: NDArray[np.float32], captured_ns: int) -> None:
        """Take in sound."""
        with self._lock:
            self._waiting.append((samples, captured_ns))
            while captured_ns - self._waiting[0][1] > self._patience:
                self._waiting.popleft()
            self._settle()

    def _settle(self) -> None:
        while self._waiting and self._places and self._waiting[0][1] <= self._places[-1].captured_ns:
            samples, captured_ns = self._waiting.popleft()
            while len(self._places) > 1 and self._places[1].captured_ns <= captured_ns:
                self._cut |= self._places[1].cut
                self._places.popleft()
            place = self._places[0]
            seconds = place.seconds + (captured_ns - place.captured_ns) / 1e9
            # before the first picture, or in what was cut out
            if seconds < place.seconds or (
                len(self._places) > 1 and self._places[1].cut and seconds >= self._places[1].seconds
            ):
                continue
            self._feed(samples, seconds, cut=self._cut)
            self._cut = False
