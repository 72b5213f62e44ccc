"""The sound of a file as samples, from any moment on."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from vitpose_live.errors import SourceError
from vitpose_live.sources.containers import open_container
from vitpose_live.sources.microphone import RATE

_FAR = 2 * RATE  # samples that are read through sooner than jumped
_RUN_UP = 0.5  # seconds before a jump's target from which on is decoded: the first of what is decoded is not whole
_SLACK = RATE // 50  # samples by which stamps may be off, as those of Matroska, which are in milliseconds


class FileSound:
    """Reads any stretch of a file's sound; best one after the other.

    Parameters
    ----------
    path
        The file.
    start
        Container time, in seconds, of time 0.

    Raises
    ------
    SourceError
        When it cannot be opened, or has no sound.
    """

    def __init__(self, path: str | Path, start: float) -> None:
        self.damaged = 0
        """Packets that could not be decoded so far; they are silence."""
        self._path = path
        self._start = round(start * RATE)
        self._close = ExitStack()
        self._container: InputContainer = self._close.enter_context(open_container(Path(path)))
        stream = self._container.streams.best("audio")
        if not isinstance(stream, AudioStream):
            self.close()
            raise SourceError(f"{path} has no sound")
        self._stream = stream
        self.channels = 1 if stream.codec_context.channels == 1 else 2
        """Of what is read: 1 or 2."""
        self._ready: deque[tuple[int, NDArray[np.float32]]] = deque()
        self._read_to = 0
        self._blocks = self._decoded()

    def read(self, begin: float, end: float) -> NDArray[np.float32]:
        """Return what is heard from `begin` to `end` seconds, (n, channels) at `RATE`; where there is nothing, zeros.

        Raises
        ------
        SourceError
            When the file cannot be read any more.
        """
        first, last = round(begin * RATE), round(end * RATE)
        samples = np.zeros((max(0, last - first), self.channels), np.float32)
        try:
            if not 0 <= first - self._read_to <= _FAR:
                self._jump(begin)
            while not self._ready or _end(self._ready[-1]) < last:
                following = next(self._blocks, None)
                if following is None:
                    break
                if _end(following) > first:
                    self._ready.append(following)
        except (av.FFmpegError, OSError) as error:
            raise SourceError(f"the sound of {self._path} cannot be read: {error.strerror or error}") from error
        for at, block in self._ready:
            low, high = max(at, first), min(at + len(block), last)
            if low < high:
                samples[low - first : high - first] = block[low - at : high - at]
        while self._ready and _end(self._ready[0]) <= last:
            self._ready.popleft()
        self._read_to = last
        return samples

    def close(self) -> None:
        """Let go of the file."""
        self._close.close()

    def _jump(self, begin: float) -> None:
        assert self._stream.time_base is not None
        self._ready.clear()
        seconds = max(0.0, begin - _RUN_UP) + self._start / RATE
        self._container.seek(int(seconds / self._stream.time_base), stream=self._stream)
        self._blocks = self._decoded()

    def _decoded(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Yield blocks from where the file is on: the number of the first sample since time 0, and the samples."""
        layout = "mono" if self.channels == 1 else "stereo"
        resampler = AudioResampler(format="flt", layout=layout, rate=RATE)
        expected: int | None = None
        for frame in self._frames(resampler):
            if frame.pts is None or frame.time_base is None:
                continue
            at = round(frame.pts * frame.time_base * RATE) - self._start
            if expected is not None and abs(at - expected) <= _SLACK:
                at = expected
            block = np.asarray(frame.to_ndarray(), np.float32).reshape(-1, self.channels)
            expected = at + len(block)
            yield at, block

    def _frames(self, resampler: AudioResampler) -> Iterator[AudioFrame]:
        for packet in self._container.demux(self._stream):
            try:
                frames = packet.decode()
            except av.InvalidDataError:
                self.damaged += 1
                continue
            for frame in frames:
                yield from resampler.resample(frame)
        yield from resampler.resample(None)


def _end(block: tuple[int, NDArray[np.float32]]) -> int:
    return block[0] + len(block[1])
