"""A stream on the network as a source."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from fractions import Fraction
from threading import Event
from time import monotonic, monotonic_ns
from typing import Any

import av
from av.codec.context import ThreadType
from av.container import InputContainer
from av.format import Flags
from av.video.stream import VideoStream

from vitpose_live.data import SourceInfo
from vitpose_live.errors import SourceError
from vitpose_live.sources.address import masked
from vitpose_live.sources.containers import video_stream
from vitpose_live.sources.feed import Feed, Patience, Picture
from vitpose_live.sources.live import LiveSource
from vitpose_live.sources.network import OPEN_TIMEOUT, READ_TIMEOUT, open_network
from vitpose_live.sources.pixels import Orientation, RgbConverter

PATIENCE = Patience(opening=15.0, stuck=40.0)  # FFmpeg ends its own waits long before
_HIGHEST_RATE = 1000  # beyond is a time base, not a frame rate
_NO_STAMPS: Any = Flags.no_timestamps.value
_IN_PIECES = {"hls", "dash"}
_MOST_LATE, _MOST_EARLY = 5, 20  # seconds off its schedule after which a stream in pieces gets a new one


class FiniteError(Exception):
    """The address leads to a recording, not to a stream."""


@dataclass(slots=True)
class StreamLink:
    """Connects to a stream and reads it until it is lost; called again for each new connection.

    Parameters
    ----------
    url
        The address, as it is.
    threads
        Decoder threads; they share the work on one picture, so that none is held back.
    open_timeout, read_timeout
        As `open_network` takes them.
    rate
        Nominal frames per second, 0 when the stream does not say; known once connected.
    """

    url: str
    threads: int = 1
    open_timeout: float = OPEN_TIMEOUT
    read_timeout: float = READ_TIMEOUT
    rate: float = field(default=0.0, init=False)
    _known: bool = field(default=False, init=False)

    def __call__(self, quit_: Event) -> Generator[Picture]:
        """Yield pictures until `quit_` is set.

        Raises
        ------
        SourceError
            When it cannot be opened, or is lost: on a live source the end of the data is a lost connection.
        FiniteError
            When it is a recording.
        """
        name = masked(self.url)
        with open_network(self.url, open_timeout=self.open_timeout, read_timeout=self.read_timeout) as container:
            if not self._known and is_finite(self.url, container):
                raise FiniteError(name)
            self._known = True
            stream = video_stream(container, name)
            rate = stream.average_rate or stream.guessed_rate
            self.rate = float(rate) if rate and rate <= _HIGHEST_RATE else 0.0
            stream.codec_context.thread_type = ThreadType.SLICE
            stream.codec_context.thread_count = self.threads
            pictures = self._decode(container, stream, quit_)
            yield from _paced(pictures, quit_) if container.format.name in _IN_PIECES else pictures
        raise SourceError(f"{name} ended the stream", hint="is the server still running?")

    def _decode(self, container: InputContainer, stream: VideoStream, quit_: Event) -> Generator[Picture]:
        to_rgb = RgbConverter()
        # formats without stamps get some from FFmpeg that assume a rate
        stamped = not container.format.flags & _NO_STAMPS
        # of everything, not of this stream alone: a sender of sound without pictures must not keep the thread
        for packet in container.demux():
            if quit_.is_set():
                return
            if packet.stream_index != stream.index or not packet.size:
                continue
            try:
                for frame in stream.codec_context.decode(packet):
                    captured_ns = monotonic_ns()
                    image = Orientation.of(frame).apply(to_rgb(frame))
                    stamp = (
                        frame.pts * stream.time_base if stamped and frame.pts is not None and stream.time_base else None
                    )
                    yield Picture(image, captured_ns, stamp)
            except av.error.InvalidDataError:
                continue  # as everything up to the first key picture must be; if it goes on, no picture comes


def _paced(pictures: Generator[Picture], quit_: Event) -> Generator[Picture]:
    """Spread out what comes in pieces of several seconds, each as fast as the network can."""
    origin: Fraction | None = None
    for picture in pictures:
        if picture.stamp is not None:
            now = Fraction(monotonic())
            ahead = None if origin is None else origin + picture.stamp - now
            if ahead is None or not -_MOST_LATE < ahead < _MOST_EARLY:
                origin, ahead = now - picture.stamp, Fraction(0)
            if quit_.wait(max(0.0, float(ahead))):
                return
        yield Picture(picture.image, monotonic_ns(), picture.stamp)


def is_finite(url: str, container: InputContainer) -> bool:
    """Whether what is behind an opened address is a recording: a web server's, and of known length in bytes or time.

    A camera that sends single pictures one after the other is live even where it makes up a length.
    """
    if not url.lower().startswith("http") or container.format.name == "mpjpeg":
        return False
    return container.size > 0 or bool(container.duration and container.duration > 0)


def open_stream(
    url: str,
    *,
    duration: float | None = None,
    threads: int | None = None,
    patience: Patience = PATIENCE,
    open_timeout: float = OPEN_TIMEOUT,
    read_timeout: float = READ_TIMEOUT,
) -> LiveSource:
    """Open a live stream.

    Parameters
    ----------
    url
        Its address; what is secret in it is masked wherever it is shown.
    duration
        End before the first frame at or after this many seconds; None does not.
    threads
        Decoder threads.
    patience, open_timeout, read_timeout
        How long to wait for what.

    Raises
    ------
    SourceError
        When it cannot be opened, or no picture comes.
    FiniteError
        When it is a recording.
    """
    name = masked(url)
    link = StreamLink(url, threads or 1, open_timeout, read_timeout)
    feed = Feed(name, link, patience)
    first = feed.open()
    height, width = first.image.shape[:2]
    return LiveSource(
        feed, SourceInfo(uri=name, width=width, height=height, fps=link.rate, live=True), duration=duration
    )
