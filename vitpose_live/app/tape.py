"""What was found in a recording, kept without its pictures: to be smoothed and gone over again."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from tempfile import SpooledTemporaryFile
from time import perf_counter
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Detections, Frame, FrameResult, Poses, Skeleton, SourceInfo, Tracks
from vitpose_live.errors import SourceError
from vitpose_live.pipeline.analyzer import Look
from vitpose_live.pipeline.protocols import Coach, Source
from vitpose_live.sinks.target import writing

IN_MEMORY = 32 << 20
"""Bytes from which on a tape is a file: half an hour of two people."""

STRETCH = 30.0
"""Seconds that are smoothed at a time, so that memory does not grow with the recording."""

MARGIN = 5.0
"""Seconds before and after a stretch that are smoothed with it. What reaches furthest over its ends are limbs that were
exchanged for a second; the low-pass forgets in half of one."""

_NO_PICTURE = np.zeros((1, 1, 3), np.uint8)


class Tape:
    """A sink that keeps who was where in which pose, in a file without a name that is gone once the tape is left.

    With 17 keypoints that takes 250 bytes for each person and frame, and in memory 32 for each frame and 20 for each
    box of the detector.

    Parameters
    ----------
    skeleton
        Of all poses.
    """

    def __init__(self, skeleton: Skeleton) -> None:
        k = len(skeleton)
        self.skeleton = skeleton
        self.numbers, self.times, self._ends = array("q"), array("d"), array("q", [0])
        self._detected, self._detected_ends = array("f"), array("q", [0])
        self._row = np.dtype(
            [
                ("ids", np.int64),
                ("boxes", np.float32, 4),
                ("observed", np.bool_),
                ("box_scores", np.float32),
                ("pose_boxes", np.float32, 4),
                ("points", np.float32, (k, 2)),
                ("scores", np.float32, k),
            ]
        )
        self._file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  closed by leaving

    def __len__(self) -> int:
        """Frames."""
        return len(self.numbers)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let it be gone."""
        with suppress(OSError):  # closing writes what is left, and that it cannot has been said already
            self._file.close()

    def write(self, result: FrameResult) -> None:
        """Keep one result, whose poses are those of its tracks, row by row, and not smoothed.

        Raises
        ------
        OutputError
            When the disk is full.
        """
        tracks, poses = result.tracks, result.poses
        rows = np.empty(len(tracks), self._row)
        values = (tracks.ids, tracks.boxes, tracks.observed, tracks.scores, poses.boxes, poses.keypoints, poses.scores)
        for name, given in zip(self._row.names or (), values, strict=True):
            rows[name] = given
        with _writing():
            self._file.write(rows.tobytes())
        self.numbers.append(result.frame.index)
        self.times.append(result.frame.time)
        self._ends.append(self._ends[-1] + len(rows))
        found = result.detections
        self._detected.frombytes(np.column_stack([found.boxes, found.scores]).astype(np.float32).tobytes())
        self._detected_ends.append(self._detected_ends[-1] + len(found))

    def close(self) -> None:
        """Keep what there is, all of it in its place."""
        with _writing():
            self._file.flush()

    def abort(self) -> None:
        """Keep what there is."""

    def detections(self, place: int) -> Detections:
        """Return what the detector found in the frame at `place`, counted from 0."""
        first, last = self._detected_ends[place : place + 2]
        found = np.array(self._detected[5 * first : 5 * last], np.float32).reshape(-1, 5)
        return Detections(found[:, :4], found[:, 4])

    def read(self, first: int, last: int) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Return the people of the frames from `first` to before `last`, counted from 0, and where each frame's end."""
        ends = np.array(self._ends[first : last + 1])
        with _writing():  # seeking writes what is left
            self._file.seek(int(ends[0]) * self._row.itemsize)
            taken = self._file.read(int(ends[-1] - ends[0]) * self._row.itemsize)
        return np.frombuffer(taken, self._row), ends[1:] - ends[0]


def _writing() -> AbstractContextManager[None]:
    return writing("to the temporary folder", "free some space, or name another folder in TMPDIR")


class Again:
    """The analysed part of a source once more: a source itself.

    Parameters
    ----------
    source
        Read a second time.
    tape
        What was found in it.
    pictures
        Whether they are needed; without, nothing is decoded, and each frame has one black pixel.
    """

    trouble = ""

    def __init__(self, source: Source, tape: Tape, *, pictures: bool) -> None:
        self._source = source
        self._tape = tape
        self._pictures = pictures
        self.info: SourceInfo = replace(source.info, frame_count=len(tape))

    @property
    def problems(self) -> tuple[str, ...]:
        """Those of the source."""
        return self._source.problems

    def close(self) -> None:
        """Leave the source to whoever opened it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[Frame]:
        frames = iter(self._source) if self._pictures else self._dark()
        for count in range(len(self._tape)):
            frame = next(frames, None)
            if frame is None:
                raise SourceError(
                    f"{self.info.uri} ended after {count} frames when it was read again",
                    hint="run again on a copy of it",
                )
            yield frame

    def _dark(self) -> Iterator[Frame]:
        for number, time in zip(self._tape.numbers, self._tape.times, strict=True):
            yield Frame(_NO_PICTURE, number, time)


class Recollection:
    """In place of an analyzer: says of one frame of a tape after the other what was found there, smoothed by then.

    Each person's keypoints are smoothed by `zero_phase` with those before and after, `STRETCH` seconds at a time.

    Parameters
    ----------
    tape
        The whole of it.
    coach
        Sees what was smoothed, if there is one.
    """

    def __init__(self, tape: Tape, coach: Coach | None = None) -> None:
        self._tape = tape
        self._coach = coach
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
        """Return what was found in the frame, which follows the frame of the previous call.

        Raises
        ------
        SourceError
            When it is another one than the first time.
        """
        frame, place, tape = look.frame, self._place, self._tape
        if place >= len(tape) or (frame.index, frame.time) != (tape.numbers[place], tape.times[place]):
            raise SourceError("the source changed while it was being processed", hint="run again on a copy of it")
        if place not in self._stretch:
            self._stretch = range(place, bisect_left(tape.times, tape.times[place] + STRETCH))
            self._results = self._smooth(self._stretch)
        self._place += 1
        result = next(self._results)
        if self._coach is None:
            return replace(result, frame=frame)
        started = perf_counter()
        feedback = tuple(self._coach.observe(result.poses, frame.time))
        timings = {**result.timings, "coach": (perf_counter() - started) * 1e3}
        return replace(result, frame=frame, feedback=feedback, timings=timings)

    def _smooth(self, stretch: range) -> Iterator[FrameResult]:
        """Yield the results of the frames in `stretch`, without their pictures."""
        started = perf_counter()
        tape, times = self._tape, self._tape.times
        first = bisect_left(times, times[stretch.start] - MARGIN)
        last = bisect_right(times, times[stretch.stop - 1] + MARGIN)
        rows, ends = tape.read(first, last)
        points, scores = _smoothed(np.repeat(times[first:last], np.diff(ends, prepend=0)), rows, tape.skeleton)
        timings = {"smooth": (perf_counter() - started) * 1e3 / len(stretch)}
        for place in stretch:
            part = slice(ends[place - first - 1] if place > first else 0, ends[place - first])
            row, boxes = rows[part], rows["pose_boxes"][part]
            tracks = Tracks(row["boxes"], row["ids"], row["observed"], row["box_scores"])
            raw = Poses(row["points"], row["scores"], row["ids"], boxes, tape.skeleton)
            poses = Poses(points[part], scores[part], row["ids"], boxes, tape.skeleton)
            frame = Frame(_NO_PICTURE, tape.numbers[place], times[place])
            yield FrameResult(frame, tracks, poses, (), timings, raw, tape.detections(place), times[place])


def _smoothed(
    times: NDArray[np.float64], rows: NDArray[Any], skeleton: Skeleton
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(r, k, 2) keypoints and (r, k) scores of `rows` at `times` (r,), each person's smoothed by themselves."""
    # scipy's filters take a second to import: only those who use them pay
    from vitpose_live.tracking.zero_phase import zero_phase  # noqa: PLC0415

    points, scores = np.empty_like(rows["points"]), np.empty_like(rows["scores"])
    order = np.argsort(rows["ids"], kind="stable")
    for person in np.split(order, np.flatnonzero(np.diff(rows["ids"][order])) + 1):
        smooth = zero_phase(times[person], rows["points"][person], rows["scores"][person], skeleton.mirror_pairs)
        points[person], scores[person] = smooth.points, smooth.scores
    return points, scores
