"""The life of a source: open from construction, one pass at a time, closed once and for all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator
from threading import Lock
from types import TracebackType
from typing import Self

from vitpose_live.data import Frame, SourceInfo
from vitpose_live.errors import SourceError


class MediaSource(ABC):
    """A source. Iterating again starts again, a recorded one from its first frame, and ends the iteration before.

    `close` may be called twice, in the middle of an iteration and from another thread: it waits for the one
    frame being read, then the iteration ends as if the source had. Iterating a closed source is an error.

    Parameters
    ----------
    info
        What is known of it.
    """

    def __init__(self, info: SourceInfo) -> None:
        self._info = info
        self._lock = Lock()
        self._closed = False
        self._pass: Generator[Frame] | None = None

    @property
    def info(self) -> SourceInfo:
        """What is known of the source."""
        return self._info

    @property
    @abstractmethod
    def problems(self) -> tuple[str, ...]:
        """What went wrong so far without ending the run, a line each; of the latest iteration."""

    @property
    def trouble(self) -> str:
        """What keeps frames from coming just now, one line; empty when they come, and for files always."""
        return ""

    @abstractmethod
    def _frames(self) -> Generator[Frame]:
        """Read from the start; whatever is open is closed when the generator is."""

    def _frames_from(self, start: float) -> Generator[Frame]:
        """Read from a frame at or before `start` seconds on; from the first one unless a source knows a shorter way."""
        del start
        return self._frames()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the iteration and let go of what is open; from any thread, and nothing happens the second time."""
        with self._lock:
            self._closed = True
            self._end_pass()

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames from the first one on.

        Raises
        ------
        SourceError
            When the source is closed, or can no longer be read.
        """
        return self.frames()

    def frames(self, start: float = 0.0) -> Iterator[Frame]:
        """Yield the frames from the first one on, or from one at or before `start`, as near as is found quickly.

        A recording's frames have the times and pixels they have when it is read from its first one on; their indices
        are reckoned from its nominal rate.

        Parameters
        ----------
        start
            Seconds; beyond the end it is the end. A live source begins with what is now.

        Raises
        ------
        SourceError
            When the source is closed, or can no longer be read.
        """
        with self._lock:
            if self._closed:
                raise SourceError(f"{self._info.uri} is closed", hint="open it again, or iterate inside the with block")
            self._end_pass()
            self._pass = self._frames_from(start) if start > 0 else self._frames()
            return self._deliver(self._pass)

    def _deliver(self, frames: Generator[Frame]) -> Iterator[Frame]:
        # the lock is held while a frame is read and free while the consumer has it, so close() never
        # pulls a file away from under the decoder and never waits for the consumer
        while True:
            with self._lock:
                if frames is not self._pass:
                    return
                frame = next(frames, None)
            if frame is None:
                return
            yield frame

    def _end_pass(self) -> None:
        if self._pass is not None:
            self._pass.close()
            self._pass = None
