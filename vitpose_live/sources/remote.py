"""What an address on the network leads to: a stream, or a recording that a web server keeps."""

from __future__ import annotations

import weakref
from collections.abc import Generator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from threading import Condition, Thread, current_thread

from av.container import InputContainer

from vitpose_live.data import Frame
from vitpose_live.sources.address import masked
from vitpose_live.sources.base import MediaSource
from vitpose_live.sources.network import open_network
from vitpose_live.sources.stream import FiniteError, open_stream
from vitpose_live.sources.video import VideoFile

_RELEASE = 1.0  # seconds that closing waits for the reading thread to let go


def open_address(url: str, *, duration: float | None = None, threads: int | None = None) -> MediaSource:
    """Open what `url` leads to: a `LiveSource`, or a `RemoteVideo` where a web server has a recording there.

    Raises
    ------
    SourceError
        When it cannot be opened or read.
    """
    try:
        return open_stream(url, duration=duration, threads=threads)
    except FiniteError:
        return RemoteVideo(VideoFile(RemoteFile(url), duration=duration, threads=threads))


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A recording that a web server keeps; its text hides what is secret in the address."""

    url: str

    def __str__(self) -> str:
        return masked(self.url)

    @property
    def cut_off(self) -> bool:
        """Not known without reading it."""
        return False

    @property
    def near(self) -> bool:
        """Not near: reading it through costs as long as the network takes."""
        return False

    def open(self) -> AbstractContextManager[InputContainer]:
        """Open it from the start; raises `SourceError` when it cannot."""
        return open_network(self.url, resume=True)


class RemoteVideo(MediaSource):
    """A recording that a web server keeps, read from its beginning to its end like a file; its sound is not kept.

    It is read on a thread of its own, so that closing it need not wait for the server.

    Parameters
    ----------
    video
        Reads it; closed with this.
    """

    def __init__(self, video: VideoFile) -> None:
        super().__init__(video.info)
        self._video = video
        self._relay: Relay | None = None

    @property
    def problems(self) -> tuple[str, ...]:
        """What was lost so far in the latest iteration, a line each."""
        return self._video.problems

    def close(self) -> None:
        """End the iteration and wake whoever waits for a frame; comes back within about a second."""
        relay = self._relay
        if relay is None:
            self._video.close()
        else:
            relay.close()
        super().close()

    def _frames(self) -> Generator[Frame]:
        return self._frames_from(0.0)

    def _frames_from(self, start: float) -> Generator[Frame]:
        self._relay = relay = Relay(self._video, start)
        weakref.finalize(self, relay.close)
        try:
            while (frame := relay.take()) is not None:
                yield frame
        finally:
            relay.stop()


class Relay:
    """Reads a source on a thread of its own and hands over every frame.

    Parameters
    ----------
    source
        What is read; closed by `close`.
    start
        Where to begin at the latest, in seconds.
    """

    def __init__(self, source: MediaSource, start: float = 0.0) -> None:
        self._source = source
        self._start = start
        self._changed = Condition()
        self._frame: Frame | None = None
        self._error: BaseException | None = None
        self._ended = self._closed = False
        self._thread = Thread(target=self._read, name="vitpose-remote-reader", daemon=True)
        self._thread.start()

    def take(self) -> Frame | None:
        """Wait for the next frame; None when there are no more."""
        with self._changed:
            self._changed.wait_for(lambda: self._frame is not None or self._ended)
            frame, self._frame = self._frame, None
            self._changed.notify_all()
            if frame is None and self._error is not None:
                raise self._error
            return frame

    def stop(self) -> None:
        """Wake who waits and end the reading; what the server keeps waiting ends by itself, some seconds later."""
        with self._changed:
            self._ended = True
            self._frame = None
            self._changed.notify_all()
        if self._thread is not current_thread():
            self._thread.join(_RELEASE)

    def close(self) -> None:
        """End the reading and close the source."""
        self._closed = True
        self.stop()
        if not self._thread.is_alive():
            self._source.close()

    def _read(self) -> None:
        try:
            for frame in self._source.frames(self._start):
                with self._changed:
                    self._changed.wait_for(lambda: self._frame is None or self._ended)
                    if self._ended:
                        break
                    self._frame = frame
                    self._changed.notify_all()
        except BaseException as error:  # noqa: BLE001  raised by take, to whoever iterates
            self._error = error
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        if self._closed:
            self._source.close()
