"""Goes over a recording that was analysed before, in place of an analyzer: no network is asked."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import replace
from time import perf_counter
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vitpose_live.app.settings import Smoothing
from vitpose_live.app.tape import NO_PICTURE
from vitpose_live.data import Frame, FrameResult, Skeleton
from vitpose_live.data.sequence import PoseSequence
from vitpose_live.errors import SourceError
from vitpose_live.pipeline.analyzer import Look
from vitpose_live.pipeline.protocols import Coach, Smoother
from vitpose_live.tracking import KeypointSmoother, OneEuroSmoother

STRETCH = 30.0
"""Seconds that are gone over at a time, so that memory does not grow with the recording."""

MARGIN = 5.0
"""Seconds before and after a stretch that are smoothed with it. What reaches furthest over its ends are limbs that were
exchanged for a second; the low-pass forgets in half of one."""


class Recording(Protocol):
    """Who was where in each frame: a `PoseSequence`, or a tape of which a part is read at a time."""

    @property
    def skeleton(self) -> Skeleton:
        """Of all poses."""

    @property
    def frames(self) -> NDArray[np.int64] | array[int]:
        """Numbers of the frames in the source, increasing."""

    @property
    def times(self) -> NDArray[np.float64] | array[float]:
        """Their seconds, increasing."""

    def __len__(self) -> int: ...

    def cut(self, first: int, last: int) -> PoseSequence:
        """Return the frames from `first` to before `last`, counted from 0, with who was in them."""


class Recollection:
    """In place of an analyzer: says of one frame of a recording after the other what was found there.

    A frame that is left out was still lived through, by who smooths as time goes by and by the coach.

    Parameters
    ----------
    recording
        The whole of it.
    coach
        Sees what was smoothed, if there is one.
    smoothing
        How the keypoints are steadied that were measured; of a recording that does not have these, those there are.
        With ``zero_phase`` each person's are smoothed with those before and after, `STRETCH` seconds at a time. None
        takes the keypoints as the recording has them.
    """

    def __init__(
        self, recording: Recording, coach: Coach | None = None, smoothing: Smoothing | None = Smoothing.ZERO_PHASE
    ) -> None:
        self._recording = recording
        self._coach = coach
        self._smoothing = smoothing
        self._smoother = causal_smoother(smoothing)
        self._place = 0
        self._stretch = range(0)
        self._results: Iterator[FrameResult] = iter(())

    def look(self, frame: Frame) -> Look:
        """Detect nothing."""
        return Look(frame, None, 0.0)

    detect = look

    def ask(self, frame: Frame) -> bool:
        """Ask for nothing: all is known."""
        del frame
        return False

    def fuse(self, look: Look) -> None:
        """Take nothing in: all is known."""

    def follow(self, look: Look) -> FrameResult:
        """Return what was found in the frame, which comes after the frame of the previous call.

        Raises
        ------
        SourceError
            When the recording has no such frame, or has it at another time.
        """
        frame, recording = look.frame, self._recording
        place = bisect_left(recording.frames, frame.index)
        known = self._place <= place < len(recording)
        if not known or (frame.index, frame.time) != (recording.frames[place], recording.times[place]):
            raise SourceError("the source changed while it was being processed", hint="run again on a copy of it")
        while True:
            result = self._next()
            if self._place > place:
                return replace(result, frame=frame)

    def _next(self) -> FrameResult:
        """Return what was found in the next frame, without its picture."""
        if self._place not in self._stretch:
            times = self._recording.times
            self._stretch = range(self._place, bisect_left(times, times[self._place] + STRETCH))
            self._results = self._remember(self._stretch)
        self._place += 1
        result = next(self._results)
        time, timings = result.frame.time, dict(result.timings)
        if self._smoother is not None:
            started = perf_counter()
            raw = result.poses if result.raw is None else result.raw
            result = replace(result, poses=self._smoother.smooth(raw, time), raw=raw)
            timings["smooth"] = (perf_counter() - started) * 1e3
        if self._coach is not None:
            started = perf_counter()
            result = replace(result, feedback=tuple(self._coach.observe(result.poses, time)))
            timings["coach"] = (perf_counter() - started) * 1e3
        return replace(result, timings=timings)

    def _remember(self, stretch: range) -> Iterator[FrameResult]:
        """Yield the results of the frames in `stretch`."""
        started = perf_counter()
        recording, times = self._recording, self._recording.times
        first, last, timings = stretch.start, stretch.stop, {}
        if self._smoothing is Smoothing.ZERO_PHASE:
            first = bisect_left(times, times[first] - MARGIN)
            last = bisect_right(times, times[last - 1] + MARGIN)
        part = recording.cut(first, last)
        if self._smoothing is Smoothing.ZERO_PHASE:
            part = steadied(part)
            timings = {"smooth": (perf_counter() - started) * 1e3 / len(stretch)}
        for place in stretch:
            tracks, poses, raw = part.at(place - first)
            if self._smoothing is Smoothing.NONE:
                poses, raw = raw or poses, None
            frame = Frame(NO_PICTURE, int(recording.frames[place]), float(times[place]))
            yield FrameResult(frame, tracks, poses, timings=timings, raw=raw)


def causal_smoother(smoothing: Smoothing | None) -> Smoother | None:
    """Return a fresh smoother of what comes frame by frame; None where `smoothing` is another kind, or none."""
    if smoothing is Smoothing.ONE_EURO:
        return OneEuroSmoother()
    return KeypointSmoother() if smoothing is Smoothing.ADAPTIVE else None


def steadied(sequence: PoseSequence) -> PoseSequence:
    """Return `sequence` with the keypoints that were measured smoothed without any lag, each person's by themselves.

    Where it does not have them it has those that there are.
    """
    # scipy's filters take a second to import: only those who use them pay
    from vitpose_live.tracking.zero_phase import zero_phase  # noqa: PLC0415

    raw, raw_scores = sequence.raw_keypoints, sequence.raw_scores
    if raw is None or raw_scores is None:
        raw, raw_scores = sequence.keypoints, sequence.scores
    points, scores, times = np.empty_like(raw), np.empty_like(raw_scores), sequence.times[sequence.rows]
    for person in sequence.people:
        rows = sequence.of(person)
        smooth = zero_phase(times[rows], raw[rows], raw_scores[rows], sequence.skeleton.mirror_pairs)
        points[rows], scores[rows] = smooth.points, smooth.scores
    return replace(sequence, keypoints=points, scores=scores, raw_keypoints=raw, raw_scores=raw_scores)
