"""What a run says of itself while it runs: one frozen snapshot, and the meter behind it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from time import monotonic_ns

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import FrameResult


class RunState(StrEnum):
    """Life of a run: ``NEW -> RUNNING -> STOPPING -> DONE``, or ``FAILED`` from any of the middle two."""

    NEW = "new"
    RUNNING = "running"
    STOPPING = "stopping"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StageTime:
    """Milliseconds one stage takes, over the latest frames."""

    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class Status:
    """A run at one moment.

    Parameters
    ----------
    state
        Where in its life the run is.
    captured, delivered
        Frames the source captured, and results handed to the sinks.
    detected
        Frames the detector looked at.
    dropped
        Frames a live source gave that a newer one replaced before they were analysed.
    people, people_seen
        People in the latest frame, and different people so far.
    time
        Presentation time in seconds of the latest result.
    age_ms
        Milliseconds from the capture of the latest result's frame to the end of its delivery.
    age
        The same over the latest frames.
    fps
        Results delivered per second, over the latest second or so; while it runs and none come, ever less.
    timings
        Time by stage: ``capture``, the stages of `FrameResult.timings`, ``analyze`` (all of these but ``detect``,
        which runs beside them unless its interval is adaptive), ``deliver``.
    trouble
        What keeps the source's frames from coming just now, one line; empty when they come.
    """

    state: RunState = RunState.NEW
    captured: int = 0
    delivered: int = 0
    detected: int = 0
    dropped: int = 0
    people: int = 0
    people_seen: int = 0
    time: float = 0.0
    age_ms: float = 0.0
    age: StageTime = StageTime(0.0, 0.0)
    fps: float = 0.0
    timings: Mapping[str, StageTime] = field(default_factory=dict)
    trouble: str = ""


class Meter:
    """Counts and times a run; written by its threads, read by anyone.

    Its memory does not grow with the run, but for the ids seen.

    Parameters
    ----------
    window
        Latest samples a stage's percentiles are taken over.
    now
        The clock of `Frame.captured_ns`, in nanoseconds.
    """

    _RATE_SPAN_NS = 1_000_000_000

    def __init__(self, window: int = 4096, now: Callable[[], int] = monotonic_ns) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._window = window
        self._samples: dict[str, deque[float]] = {}
        self._ages: deque[float] = deque(maxlen=window)
        self._delivered_at: deque[int] = deque(maxlen=1024)
        self._ids: set[int] = set()
        self._captured = self._skipped = self._detected = self._delivered = self._people = 0
        self._time = self._age_ms = 0.0

    def captured(self, milliseconds: float, *, skipped: int = 0) -> None:
        """Note one frame read from the source, how long that took, and how many it let go of just before."""
        with self._lock:
            self._captured += 1 + max(skipped, 0)
            self._skipped += max(skipped, 0)
            self._sample("capture", milliseconds)

    def analyzed(self, result: FrameResult, milliseconds: float) -> None:
        """Note one analysed frame, and how long that took."""
        with self._lock:
            self._detected += "detect" in result.timings
            for stage, took in result.timings.items():
                self._sample(stage, took)
            self._sample("analyze", milliseconds)

    def delivered(self, result: FrameResult, milliseconds: float) -> None:
        """Note one result handed to every sink, and how long that took."""
        now = self._now()
        ids = result.poses.track_ids.tolist()
        with self._lock:
            self._sample("deliver", milliseconds)
            self._delivered += 1
            self._delivered_at.append(now)
            self._people = len(ids)
            self._ids.update(ids)
            self._time = result.frame.time
            self._age_ms = (now - result.frame.captured_ns) / 1e6
            self._ages.append(self._age_ms)

    def snapshot(self, state: RunState, dropped: int, trouble: str = "") -> Status:
        """Return what is known now."""
        with self._lock:
            samples = {stage: np.fromiter(values, float) for stage, values in self._samples.items()}
            return Status(
                state=state,
                captured=self._captured,
                delivered=self._delivered,
                detected=self._detected,
                dropped=dropped + self._skipped,
                people=self._people,
                people_seen=len(self._ids),
                time=self._time,
                age_ms=self._age_ms,
                age=_percentiles(np.fromiter(self._ages, float)) if self._ages else StageTime(0.0, 0.0),
                fps=self._rate(running=state is RunState.RUNNING),
                timings={stage: _percentiles(values) for stage, values in samples.items()},
                trouble=trouble,
            )

    def _sample(self, stage: str, milliseconds: float) -> None:
        self._samples.setdefault(stage, deque(maxlen=self._window)).append(milliseconds)

    def _rate(self, *, running: bool) -> float:
        """Deliveries per second over the latest `_RATE_SPAN_NS`, or over the latest two when they are further apart."""
        if len(self._delivered_at) < 2:
            return 0.0
        last = self._delivered_at[-1]
        recent = [at for at in self._delivered_at if last - at <= self._RATE_SPAN_NS]
        if len(recent) < 2:
            recent = [self._delivered_at[-2], last]
        rate = (len(recent) - 1) / max((last - recent[0]) / 1e9, 1e-9)
        waiting = self._now() - last
        return min(rate, 1e9 / waiting) if running and waiting > self._RATE_SPAN_NS else rate


def _percentiles(values: NDArray[np.float64]) -> StageTime:
    return StageTime(*(float(value) for value in np.percentile(values, (50, 95))))
