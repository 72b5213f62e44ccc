"""A video file as a source."""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from fractions import Fraction
from pathlib import Path

import av

from vitpose_live.data import Frame, SourceInfo
from vitpose_live.machine import available_cores
from vitpose_live.sources.base import MediaSource
from vitpose_live.sources.clock import PresentationClock
from vitpose_live.sources.containers import decode, open_container, stamp_of, video_stream
from vitpose_live.sources.losses import Losses
from vitpose_live.sources.pixels import RgbConverter
from vitpose_live.sources.probing import probe

# Up to 1080p one thread decodes several times faster than poses are estimated, and leaves the other cores to
# the networks; beyond, it would become the slowest stage.
_ONE_THREAD_PIXELS = 1920 * 1088
_MOST_THREADS = 4


class VideoFile(MediaSource):
    """The pictures of a video file, upright, at their own times.

    Pixels are those of the decoded picture turned upright; a sample aspect ratio other than 1 is not stretched
    away. A picture that differs in size from the first keeps its own. Interlaced pictures come as stored.
    Times are as `PresentationClock` says. Damage is passed over where the decoder can, and said in `problems`.

    Parameters
    ----------
    path
        The file.
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

    def __init__(self, path: Path, *, uri: str = "", duration: float | None = None, threads: int | None = None) -> None:
        self._path = path
        self._stop = math.inf if duration is None else duration
        self._facts = facts = probe(path)
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
                uri=uri or str(path),
                width=facts.width,
                height=facts.height,
                fps=float(facts.rate or 0),
                frame_count=count,
                duration=whole,
                audio_path=str(path) if facts.has_audio else None,
                start_time=float(facts.start),
            )
        )
        self._losses = Losses(PresentationClock(Fraction(1), facts.interval))

    @property
    def problems(self) -> tuple[str, ...]:
        """What was lost so far in the latest iteration, a line each."""
        return self._losses.lines()

    def _frames(self) -> Generator[Frame]:
        facts = self._facts
        with open_container(self._path) as container:
            stream = video_stream(container, self._path)
            assert stream.time_base is not None
            clock = PresentationClock(stream.time_base, facts.interval, facts.span)
            self._losses = losses = Losses(clock)
            stream.codec_context.thread_type = av.codec.context.ThreadType.AUTO
            stream.codec_context.thread_count = self._threads
            to_rgb = RgbConverter()
            index = 0
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
