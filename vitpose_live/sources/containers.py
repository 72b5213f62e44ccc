"""Opening a media file safely and reading what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from vitpose_live.errors import SourceError, SourceNotFoundError
from vitpose_live.sources.fragments import Beginning, complete_length
from vitpose_live.sources.losses import Losses
from vitpose_live.sources.sniff import HEAD_BYTES, is_mp4, is_playlist

# What a file may not be: lists of other files and addresses, file name patterns, capture devices, and plain
# text (which FFmpeg would draw as a terminal does).
_FORBIDDEN = {
    *("hls", "dash", "concat", "webm_dash_manifest", "imf", "sdp", "rtsp", "rtp", "sap", "vobsub", "mpjpeg"),
    *("image2", "image2pipe", "alias_pix", "brender_pix"),
    *("lavfi", "alsa", "fbdev", "kmsgrab", "x11grab", "video4linux2", "v4l2", "avfoundation", "dshow", "gdigrab"),
    *("tty", "bin", "xbin", "adf", "idf"),
}
# Of these, what an address on the network may be.
_NETWORKED = {"rtsp", "rtp", "mpjpeg", "hls", "dash"}

_READ_RETRIES = 16
_NOT_COUNTED = Disposition.attached_pic | Disposition.timed_thumbnails


class Medium(Protocol):
    """What a recorded video is read from; its text is what it is called in messages."""

    def open(self) -> AbstractContextManager[InputContainer]:
        """Open it from the start; raises `SourceError` when it cannot."""

    @property
    def cut_off(self) -> bool:
        """Whether it is known that its end is missing."""

    @property
    def near(self) -> bool:
        """Whether reading it through costs little."""


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file of this machine."""

    path: Path
    near = True

    def __str__(self) -> str:
        return str(self.path)

    def open(self) -> AbstractContextManager[InputContainer]:
        """Open it from the start; raises `SourceError` when it cannot."""
        return open_container(self.path)

    @property
    def cut_off(self) -> bool:
        """Whether it is an MP4 that was cut off between two fragments."""
        return complete_length(self.path) is not None


@cache
def allowed_formats(*, on_the_network: bool = False) -> str:
    """Return FFmpeg's list of the formats that a file, or an address on the network, may be of."""
    names = {name for names in av.formats_available for name in names.split(",")}
    return ",".join(sorted(names - (_FORBIDDEN - _NETWORKED if on_the_network else _FORBIDDEN)))


@contextmanager
def open_container(path: Path) -> Iterator[InputContainer]:
    """Open a media file, and nothing but that file: no list, no address, no other protocol is followed.

    Raises
    ------
    SourceError
        When it is not there, may not be read, or is no (complete) media file.
    """
    with ExitStack() as stack:
        try:
            # "file:" keeps a file that is called concat:... from being taken for a protocol
            container = _open(f"file:{path.absolute()}")
        except av.error.FileNotFoundError as error:
            raise SourceNotFoundError(f"{path} is not there", hint="check the spelling and the folder") from error
        except av.error.PermissionError as error:
            raise SourceError(f"{path} may not be read", hint="check its permissions") from error
        except av.FFmpegError as error:
            length = complete_length(path)
            if length is None:
                raise _unreadable(path) from error
            try:
                container = _open(Beginning(stack.enter_context(path.open("rb")), length))
            except av.FFmpegError as again:
                raise _unreadable(path) from again
        yield stack.enter_context(container)


def _open(file: str | Beginning) -> InputContainer:
    options = {"protocol_whitelist": "file", "format_whitelist": allowed_formats()}
    return av.open(file, "r", container_options=options, metadata_errors="replace")


def _unreadable(path: Path) -> SourceError:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if is_playlist(head):
        return SourceError(f"{path} is a playlist, which is not followed", hint="name the video that it points to")
    if is_mp4(head):
        return SourceError(
            f"{path} is not a complete video: its index is missing or damaged",
            hint="the recording was probably cut off before it was finished; copy it again from where it came from",
        )
    return SourceError(
        f"{path} is neither a video nor a picture that can be read", hint="does it play in a video player?"
    )


def video_stream(container: InputContainer, name: object) -> VideoStream:
    """Choose the stream to read: FFmpeg's choice among the videos, cover pictures and thumbnails left aside.

    Parameters
    ----------
    name
        What the container is called in messages.

    Raises
    ------
    SourceError
        When there is none, or no decoder for it.
    """
    videos = [stream for stream in container.streams.video if not stream.disposition & _NOT_COUNTED]
    if not videos:
        kinds = " and ".join(sorted({stream.type for stream in container.streams} - {"video"})) or "nothing"
        raise SourceError(f"{name} has no video in it, only {kinds}", hint="name one with pictures in it")
    best = container.streams.best("video")
    stream = best if best in videos else videos[0]
    assert isinstance(stream, VideoStream)
    if stream.codec_context is None:
        raise SourceError(f"{name}: there is no decoder for its video", hint="convert it to H.264, for example")
    return stream


def read_packets(container: InputContainer, stream: VideoStream, losses: Losses) -> Iterator[av.Packet[VideoStream]]:
    """Yield the packets with data of `stream`, reading on behind places that cannot be read."""
    packets = container.demux(stream)
    for _ in range(_READ_RETRIES):
        try:
            for packet in packets:
                if packet.is_corrupt:
                    losses.note(losses.unread)
                # an empty one in the middle means "as before" in AVI, but to a decoder "no more follows"
                if packet.size:
                    yield packet
        except av.FFmpegError:
            losses.note(losses.unread)
            packets = container.demux(stream)
        except IndexError:
            return  # all is read: PyAV stumbles at its end over streams that turned up on the way
        else:
            return


def decode(container: InputContainer, stream: VideoStream, losses: Losses) -> Iterator[av.VideoFrame]:
    """Yield the pictures of `stream` in order of presentation, down to the last one the decoder holds back.

    A packet that does not decode is counted in `losses` and passed.
    """
    for packet in chain(read_packets(container, stream, losses), (None,)):  # None: no more follows
        try:
            frames = stream.codec_context.decode(packet)
        except av.FFmpegError:
            losses.note(losses.undecoded)
            continue
        for frame in frames:
            if frame.is_corrupt:
                losses.note(losses.damaged)
            yield frame


def stamp_of(container: InputContainer, timed: av.VideoFrame | av.Packet[Any]) -> int | None:
    """Presentation stamp of a picture or packet.

    AVI stores no presentation stamps, and those that FFmpeg makes up for it are wrong with B-frames; the
    decoding stamps of its pictures are evenly spaced and in order.
    """
    return timed.dts if container.format.name == "avi" else timed.pts
