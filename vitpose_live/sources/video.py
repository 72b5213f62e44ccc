"""A video file as a source."""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from vitpose_live.data import Frame, SourceInfo
from vitpose_live.machine import available_cores
from vitpose_live.sources.base import MediaSource
from vitpose_live.sources.clock import PresentationClock
from vitpose_live.sources.containers import LocalFile, Medium, decode, stamp_of, video_stream
from vitpose_live.sources.losses import Losses
from vitpose_live.sources.pixels import RgbConverter
from vitpose_live.sources.probing import probe

# Up to 1080p one thread decodes several times faster than poses are estimated, and leaves the other cores to
# the networks; beyond, it would become the slowest stage.
_ONE_THREAD_PIXELS = 1920 * 1088
_MOST_THREADS = 4

# Containers whose index leads exactly to a moment. In the others stamps may start anew in the middle, or are made up
# on the way: there, the time of a picture is only known to who has read all before it.
_INDEXED = {"mov", "matroska"}
_NEAR = 3.0  # seconds that are read through sooner than jumped


class VideoFile(MediaSource):
    """The pictures of a video file, upright, at their own times.

    Pixels are those of the decoded picture turned upright; a sample aspect ratio other than 1 is not stretched
    away. A picture that differs in size from the first keeps its own. Interlaced pictures come as stored.
    Times are as `PresentationClock` says. Damage is passed over where the decoder can, and said in `problems`.

    Parameters
    ----------
    path
        The file, or another medium that holds a recorded video.
    uri
        What the user called it; the path when not given.
    duration
        Stop before the first picture at or after this many seconds; None reads to the end.
    threads
        Decoder threads; None takes 1 up to 1080p and a few beyond. The pictures are the same with any number.

    Raises
    ------
    SourceError
        When it cannot be opened or not one picture of it can be decoded.
    """

    def __init__(
        self, path: Path | Medium, *, uri: str = "", duration: float | None = None, threads: int | None = None
    ) -> None:
        self._medium = medium = LocalFile(path) if isinstance(path, Path) else path
        self._stop = math.inf if duration is None else duration
        self._facts = facts = probe(medium)
        pixels = facts.width * facts.height
        self._threads = threads or (1 if pixels <= _ONE_THREAD_PIXELS else min(_MOST_THREADS, available_cores()))
        whole = None if facts.duration is None else float(facts.duration)
        count = facts.frame_count
        if duration is not None:
            whole = duration if whole is None else min(whole, duration)
            # rounded so that 0.4 s at 25 frames a second are 10 frames, not 11
            within = math.ceil(round(whole / float(facts.interval), 6))
            count = within if count is None else min(count, within)
        super().__init__(
            SourceInfo(
                uri=uri or str(medium),
                width=facts.width,
                height=facts.height,
                fps=float(facts.rate or 0),
                frame_count=count,
                duration=whole,
                audio_path=str(medium) if facts.has_audio and medium.near else None,
                start_time=float(facts.start),
            )
        )
        self._losses = Losses(PresentationClock(Fraction(1), facts.interval))

    @property
    def problems(self) -> tuple[str, ...]:
        """What was lost so far in the latest iteration, a line each."""
        return self._losses.lines()

    def _frames(self) -> Generator[Frame]:
        with self._medium.open() as container:
            yield from self._read(container, self._stream(container), Fraction(0))

    def _frames_from(self, start: float) -> Generator[Frame]:
        if start > _NEAR:
            with self._medium.open() as container:
                stream = self._stream(container)
                begin = self._jump(container, stream, start)
                if begin is not None:
                    yield from self._read(container, stream, begin)
                    return
        yield from self._frames()

    def _stream(self, container: InputContainer) -> VideoStream:
        stream = video_stream(container, self._medium)
        stream.codec_context.thread_type = av.codec.context.ThreadType.AUTO
        stream.codec_context.thread_count = self._threads
        return stream

    def _jump(self, container: InputContainer, stream: VideoStream, start: float) -> Fraction | None:
        """Let `container` go on with a picture at or before `start`; return its time, None where there is no way."""
        if _INDEXED.isdisjoint(container.format.name.split(",")):
            return None
        assert stream.time_base is not None
        target = int((self._facts.start + Fraction(start)) / stream.time_base)
        scratch = Losses(PresentationClock(stream.time_base, self._facts.interval))
        try:
            container.seek(target, stream=stream)
            first = next(decode(container, stream, scratch), None)
            if first is None or first.pts is None or first.pts > target:
                return None
            container.seek(target, stream=stream)  # the one that was looked at comes again
        except av.FFmpegError:
            return None
        return first.pts * stream.time_base - self._facts.start

    def _read(self, container: InputContainer, stream: VideoStream, begin: Fraction) -> Generator[Frame]:
        """Read on from the next picture, which is that of `begin` seconds."""
        facts = self._facts
        assert stream.time_base is not None
        clock = PresentationClock(stream.time_base, facts.interval, facts.span, begin)
        self._losses = losses = Losses(clock)
        to_rgb = RgbConverter()
        index = round(begin / facts.interval)
        for picture in decode(container, stream, losses):
            if picture.pts is None:
                losses.note(losses.unstamped)
            seconds = losses.advance(stamp_of(container, picture), picture.duration, facts.interval)
            if seconds >= self._stop:
                return
            try:
                stored = to_rgb(picture)
            except av.FFmpegError:
                losses.note(losses.undecoded)
                continue
            yield Frame(facts.orientation.apply(stored), index, seconds, time.monotonic_ns())
            index += 1
        missing = Fraction(0) if facts.declared is None else facts.declared - clock.end
        losses.cut_off = facts.cut_off
        if missing > facts.tolerance:
            losses.shortfall = float(missing)
