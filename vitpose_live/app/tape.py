"""What was found in a recording, kept without its pictures: to be smoothed and gone over again."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Self

import numpy as np

from vitpose_live.data import Detections, Frame, FrameResult, Skeleton, SourceInfo
from vitpose_live.data.sequence import PoseSequence
from vitpose_live.errors import SourceError
from vitpose_live.pipeline.protocols import Source
from vitpose_live.sinks.session_rows import person_records, person_type, sequence_of
from vitpose_live.sinks.target import writing

IN_MEMORY = 32 << 20
"""Bytes from which on a tape is a file: half an hour of two people."""

NO_PICTURE = np.zeros((1, 1, 3), np.uint8)
"""Of a frame whose pixels nobody looks at."""


class Tape:
    """A sink that keeps who was where in which pose, in a file without a name that is gone once the tape is left.

    With 17 keypoints that takes 241 bytes for each person and frame, and in memory 32 for each frame and 20 for each
    box of the detector.

    Parameters
    ----------
    skeleton
        Of all poses.
    """

    def __init__(self, skeleton: Skeleton) -> None:
        self.skeleton = skeleton
        self.frames, self.times, self._ends = array("q"), array("d"), array("q", [0])
        self._detected, self._detected_ends = array("f"), array("q", [0])
        self._row = person_type(skeleton, raw=False)
        self._file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  closed by leaving

    def __len__(self) -> int:
        """Frames."""
        return len(self.frames)

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
        rows = person_records(result, len(self), self.skeleton, raw=False)
        with _writing():
            self._file.write(rows.tobytes())
        self.frames.append(result.frame.index)
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

    def cut(self, first: int, last: int) -> PoseSequence:
        """Return the frames from `first` to before `last`, counted from 0, with who was in them."""
        begin, end = self._ends[first], self._ends[last]
        with _writing():  # seeking writes what is left
            self._file.seek(begin * self._row.itemsize)
            taken = self._file.read((end - begin) * self._row.itemsize)
        rows = np.frombuffer(bytearray(taken), self._row)
        rows["place"] -= first
        frames, times = np.array(self.frames[first:last], np.int64), np.array(self.times[first:last], np.float64)
        return sequence_of(rows, frames, times, self.skeleton)


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
        for number, time in zip(self._tape.frames, self._tape.times, strict=True):
            yield Frame(NO_PICTURE, number, time)
