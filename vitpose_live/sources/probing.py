"""Learning all about a video file before it is read: size, turn, rate, where it ends."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from vitpose_live.errors import SourceError
from vitpose_live.sources.clock import PresentationClock
from vitpose_live.sources.containers import Medium, decode, read_packets, stamp_of, video_stream
from vitpose_live.sources.losses import Losses
from vitpose_live.sources.pixels import Orientation

# Containers whose header declares a duration; what others tell is measured or guessed from the bytes there are.
_DECLARING = {"mov", "matroska", "avi", "flv", "asf", "mxf", "nut"}

_DEFAULT_RATE = Fraction(25)  # FFmpeg's own for streams without any timing
_HIGHEST_RATE = 1000  # beyond is a time base, not a frame rate
_ROUNDING = Fraction(1, 10)
_TAIL = 3  # seconds from the end, more than pictures are ever out of order


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What is known of a video file before it is read.

    Parameters
    ----------
    width, height
        Size in pixels of the first upright picture.
    orientation
        How its pictures are turned upright.
    rate
        Nominal frames per second; None when the file does not say.
    frame_count
        As declared or, failing that, reckoned; None when unknown.
    start
        Container time in seconds of the first picture.
    duration
        Seconds from the first picture's start to the last one's end; None when unknown.
    declared
        The same as the file declares it: longer than `duration` where a file was cut off.
    has_audio
        Whether there is sound beside the pictures.
    cut_off
        Whether the file ends in the middle of its pictures.
    """

    width: int
    height: int
    orientation: Orientation
    rate: Fraction | None
    frame_count: int | None
    start: Fraction
    duration: Fraction | None
    declared: Fraction | None
    has_audio: bool
    cut_off: bool

    @property
    def interval(self) -> Fraction:
        """Seconds a picture lasts when it does not say."""
        return 1 / (self.rate or _DEFAULT_RATE)

    @property
    def tolerance(self) -> Fraction:
        """Seconds by which the declared end may differ from the real one for rounding alone."""
        return max(_ROUNDING, self.interval * 3 / 2)

    @property
    def span(self) -> tuple[Fraction, Fraction] | None:
        """Container time in seconds from the first picture's start to the last one's end."""
        if self.duration is None:
            return None
        return self.start, self.start + max(self.duration, self.declared or self.duration)


def probe(medium: Medium) -> VideoFacts:
    """Learn all about a recorded video: decodes its first picture and reads where its last one ends.

    Raises
    ------
    SourceError
        When it cannot be opened, holds no video, or not one picture of it can be decoded.
    """
    with medium.open() as container:
        stream = video_stream(container, medium)
        assert stream.time_base is not None
        rate = stream.average_rate or stream.guessed_rate
        rate = rate if rate and rate <= _HIGHEST_RATE else None
        interval = 1 / (rate or _DEFAULT_RATE)
        first = next(decode(container, stream, Losses(PresentationClock(stream.time_base, interval))), None)
        if first is None:
            raise SourceError(f"{medium}: not one picture in it can be decoded", hint="the file is damaged")
        orientation = Orientation.of(first)
        width, height = orientation.size(first.width, first.height)
        stamp = stream.start_time if container.format.name == "avi" else first.pts
        start = (stamp or 0) * stream.time_base
        end: Fraction | None
        declared: Fraction | None
        if stamp is None:
            end = declared = start + _count_packets(medium) * interval
        else:
            end, declared = _ends(container, stream, interval, medium)
        frame_count: int | None = stream.frames or None
        if end is not None and (frame_count is None or end != declared):
            frame_count = round((end - start) / interval)
        return VideoFacts(
            width=width,
            height=height,
            orientation=orientation,
            rate=rate,
            frame_count=frame_count,
            start=start,
            duration=None if end is None else end - start,
            declared=None if declared is None else declared - start,
            has_audio=bool(container.streams.audio),
            cut_off="mp4" in container.format.name and medium.cut_off,
        )


def _count_packets(medium: Medium) -> int:
    with medium.open() as container:
        stream = video_stream(container, medium)
        clock = PresentationClock(Fraction(1), Fraction(1))
        return sum(1 for _ in read_packets(container, stream, Losses(clock)))


def _ends(
    container: InputContainer, stream: VideoStream, interval: Fraction, medium: Medium
) -> tuple[Fraction | None, Fraction | None]:
    """Container time in seconds at which the pictures end, measured and as declared."""
    assert stream.time_base is not None
    own = None if stream.duration is None else ((stream.start_time or 0) + stream.duration) * stream.time_base
    # FFmpeg writes into Matroska where the last picture ends, counted from 0, whenever the first one begins
    begin = 0 if "matroska" in container.format.name else container.start_time or 0
    whole = None if container.duration is None else Fraction(begin + container.duration, av.time_base)
    end, last = _measure_tail(container, stream, interval, own or whole)
    if end is None and medium.near:  # an index that leads nowhere: read the file through
        with medium.open() as again:
            end, last = _measure_tail(again, video_stream(again, medium), interval, None)
    if end is None:
        end = own or whole
    if end is None or last is None or _DECLARING.isdisjoint(container.format.name.split(",")):
        return end, end
    if own is not None:
        return end, own
    return end, end if whole is None else end + max(whole - last, Fraction(0))


def _measure_tail(
    container: InputContainer, stream: VideoStream, interval: Fraction, guess: Fraction | None
) -> tuple[Fraction | None, Fraction | None]:
    """Read from the file's last packets when the pictures end, and when all does, in seconds.

    Without a `guess` of the end, all packets from here on are read.
    """
    own_end = any_end = None
    try:
        if guess is not None:
            container.seek(int((guess - _TAIL) * av.time_base))
        for packet in container.demux():
            stamp = stamp_of(container, packet)
            if stamp is None or not packet.time_base or packet.is_discard:
                continue
            end = stamp * packet.time_base + (packet.duration * packet.time_base if packet.duration else interval)
            any_end = end if any_end is None else max(any_end, end)
            if packet.stream_index == stream.index:
                own_end = end if own_end is None else max(own_end, end)
    except (av.FFmpegError, IndexError):  # IndexError: as in read_packets
        return own_end, any_end  # cannot seek, or damaged near its end: what was read until there holds
    return own_end, any_end
