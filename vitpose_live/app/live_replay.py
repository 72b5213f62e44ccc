"""The latest results, kept in little memory: for instant replay, the delayed mirror and steps back."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import overload

import cv2
import numpy as np

from vitpose_live.data import Frame, FrameResult

_NO_PICTURE = np.zeros((1, 1, 3), np.uint8)
_OPTIONS = [cv2.IMWRITE_JPEG_QUALITY, 85]


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A result whose picture is a JPEG."""

    number: int
    jpeg: bytes
    rest: FrameResult

    @classmethod
    def of(cls, number: int, result: FrameResult) -> Kept:
        """Return `result` with its picture as a JPEG."""
        fine, jpeg = cv2.imencode(".jpg", cv2.cvtColor(result.frame.image, cv2.COLOR_RGB2BGR), _OPTIONS)
        assert fine
        frame = result.frame
        rest = replace(result, frame=Frame(_NO_PICTURE, frame.index, frame.time, frame.captured_ns))
        return cls(number, jpeg.tobytes(), rest)

    @property
    def time(self) -> float:
        """Presentation time in seconds."""
        return self.rest.frame.time

    def result(self) -> FrameResult:
        """Return the result with its picture, which lost what JPEG loses."""
        picture = cv2.imdecode(np.frombuffer(self.jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)
        assert picture is not None
        image = np.asarray(picture, np.uint8)
        return replace(self.rest, frame=replace(self.rest.frame, image=image))


class Replay(Sequence[FrameResult]):
    """Results in order of time; each picture is decoded when it is asked for."""

    def __init__(self, kept: Sequence[Kept]) -> None:
        self.kept = tuple(kept)

    @property
    def times(self) -> tuple[float, ...]:
        """Presentation times in seconds, without decoding a picture."""
        return tuple(kept.time for kept in self.kept)

    def latest(self, seconds: float) -> Replay:
        """Return the part that reaches `seconds` back from the last."""
        return Replay([kept for kept in self.kept if self.kept[-1].time - kept.time <= seconds])

    def __len__(self) -> int:
        return len(self.kept)

    @overload
    def __getitem__(self, index: int) -> FrameResult: ...

    @overload
    def __getitem__(self, index: slice) -> Replay: ...

    def __getitem__(self, index: int | slice) -> FrameResult | Replay:
        return Replay(self.kept[index]) if isinstance(index, slice) else self.kept[index].result()


class ReplayBuffer:
    """Keeps what was shown in the latest `seconds`, as long as it fits into `most_bytes`.

    As JPEG, 10 s of 720p at 30 frames a second take about 45 MB, a sixtieth of the plain pixels. Written by one thread,
    read by any.

    Parameters
    ----------
    seconds
        How far back it reaches.
    most_bytes
        Upper limit of the pictures; the oldest go first.
    """

    def __init__(self, seconds: float = 10.0, most_bytes: int = 128 << 20) -> None:
        self._seconds = seconds
        self._most_bytes = most_bytes
        self._lock = Lock()
        self._kept: deque[Kept] = deque()
        self._next = 0
        self._bytes = 0

    @property
    def bytes(self) -> int:
        """Size of the pictures."""
        return self._bytes

    @property
    def oldest(self) -> Kept | None:
        """The one furthest back."""
        with self._lock:
            return self._kept[0] if self._kept else None

    @property
    def span(self) -> float:
        """Seconds from the oldest to the latest."""
        with self._lock:
            return self._kept[-1].time - self._kept[0].time if self._kept else 0.0

    @property
    def origin(self) -> float:
        """Moment, in seconds of the monotonic clock, at which the presentation time was 0; 0 while nothing is kept.

        Told by the picture that was quickest to get here, so that the others' delays do not show.
        """
        with self._lock:
            return min((kept.rest.frame.captured_ns / 1e9 - kept.time for kept in self._kept), default=0.0)

    def append(self, result: FrameResult) -> int:
        """Keep `result` and return its number; numbers count up from 0 and are never used again."""
        kept = Kept.of(self._next, result)
        with self._lock:
            self._next += 1
            self._kept.append(kept)
            self._bytes += len(kept.jpeg)
            while len(self._kept) > 1 and (
                self._bytes > self._most_bytes or kept.time - self._kept[0].time > self._seconds
            ):
                self._bytes -= len(self._kept.popleft().jpeg)
            return kept.number

    def get(self, number: int) -> Kept | None:
        """Return what has that number; None when it is no longer, or not yet, here."""
        with self._lock:
            position = number - self._kept[0].number if self._kept else -1
            return self._kept[position] if 0 <= position < len(self._kept) else None

    def at(self, seconds: float) -> Kept | None:
        """Return the first at or after that time; None when the buffer does not reach over it."""
        with self._lock:
            if not self._kept or not self._kept[0].time <= seconds <= self._kept[-1].time:
                return None
            return next(kept for kept in self._kept if kept.time >= seconds)

    def clear(self) -> None:
        """Forget everything, as before a jump: what is kept is one piece."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def replay(self) -> Replay:
        """Return what is kept now; it stays as it is."""
        with self._lock:
            return Replay(self._kept)
