"""Pictures on their way into a recording: converted, timed, encoded."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction

import av
import numpy as np
from av.container import OutputContainer
from av.packet import Packet
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from vitpose_live.sinks.canvas import fit
from vitpose_live.sinks.encoders import Encoder, Quality, hurried, open_encoder

TIME_BASE = Fraction(1, 90_000)

_UNKNOWN_RATE = 30.0
_BT709 = 1
_LIMITED_RANGE = 1
_LONGEST_LAST = 1.5


class PictureTrack:
    """Encodes pictures, and hands each on once the next one says how long it lasts.

    Parameters
    ----------
    container
        Gets a stream for them.
    encoder, quality, threads
        What encodes, how well, and with how many threads.
    size
        Width and height, even.
    fps_hint
        Pictures per second as far as known, 0.0 when unknown.
    start
        Time of the first picture, which is the recording's second 0.

    Attributes
    ----------
    count
        Pictures encoded whose end is known.
    end
        Seconds of the recording at which the last of them ends.
    """

    def __init__(
        self,
        container: OutputContainer,
        encoder: Encoder,
        quality: Quality,
        *,
        size: tuple[int, int],
        fps_hint: float,
        start: float,
        threads: int,
    ) -> None:
        self.count = 0
        self.end = Fraction(0)
        self._size = size
        self._start = start
        self._rate_known = math.isfinite(fps_hint) and fps_hint > 0
        self._rate = fps_hint if self._rate_known else _UNKNOWN_RATE
        self._longest_gap = self._previous_gap = 0
        self._pixels = encoder.pixels
        self._pending: int | None = None  # when the last picture begins, whose end is not known yet
        self._waiting: deque[Packet[VideoStream]] = deque()
        self._ends: deque[int] = deque()  # of the pictures that are not handed on yet
        self._pending_time = start
        self._reformatter = VideoReformatter()
        # of the colours only, whose every other line it takes instead of the mean of two; a third of the time less
        self._interpolation = Interpolation.POINT if hurried() else Interpolation.BILINEAR
        rate = Fraction(self._rate).limit_denominator(1001)
        self._stream: VideoStream = container.add_stream(encoder.codec, rate=rate)  # type: ignore[assignment]
        self._stream.time_base = TIME_BASE
        context = self._stream.codec_context
        open_encoder(context, encoder, quality, size=size, threads=threads)
        context.time_base = TIME_BASE
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _LIMITED_RANGE
        context.open()

    def put(self, image: NDArray[np.uint8], time: float) -> Iterator[Packet[VideoStream]]:
        """Take the picture in, and yield what is encoded by now."""
        frame = self._converted(image)
        frame.pts = round(Fraction(time - self._start) / TIME_BASE)
        if self._pending is not None:
            frame.pts = max(frame.pts, self._pending + 1)
            self._lasts(frame.pts - self._pending)
        self._pending, self._pending_time = frame.pts, time
        yield from self._timed(self._stream.encode(frame))

    def finish(self, until: float | None, duration: float | None) -> Iterator[Packet[VideoStream]]:
        """Yield the rest; the last picture lasts `until` that time, or as `duration` of the source and the rate say."""
        if self._pending is None:
            return
        if until is not None:
            ticks = max(1, round((until - self._pending_time) / TIME_BASE))
        else:
            ticks = self._last_duration(duration)
        self._lasts(ticks)
        self._pending = None
        yield from self._timed(self._stream.encode(None))

    def _converted(self, image: NDArray[np.uint8]) -> av.VideoFrame:
        picture = av.VideoFrame.from_numpy_buffer(fit(image, self._size), format="rgb24")
        frame = self._reformatter.reformat(
            picture,
            format=self._pixels,
            src_color_range="JPEG",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range="MPEG",
            interpolation=self._interpolation,
            threads=1,
        )
        frame.time_base = TIME_BASE
        return frame

    def _lasts(self, duration: int) -> None:
        """Note that the picture whose end was not known lasts for `duration` ticks."""
        assert self._pending is not None
        self._longest_gap = max(self._longest_gap, duration)
        self._previous_gap = duration
        self.count += 1
        self._ends.append(self._pending + duration)
        self.end = self._ends[-1] * TIME_BASE

    def _timed(self, packets: Iterable[Packet[VideoStream]]) -> Iterator[Packet[VideoStream]]:
        """Yield the packets, in the order of their pictures, whose end is known; the others wait."""
        self._waiting += packets
        while self._waiting and self._ends:
            packet = self._waiting.popleft()
            assert packet.pts is not None
            packet.duration = self._ends.popleft() - packet.pts
            yield packet

    def _last_duration(self, duration: float | None) -> int:
        """Ticks for which the last picture lasts, when nothing follows to say so."""
        nominal = max(1, round(1 / self._rate / TIME_BASE))
        if duration is not None:
            rest = round((duration - self._pending_time) / TIME_BASE)
            # more than that is not a last picture: the source went on after the recording ended
            if 0 < rest <= _LONGEST_LAST * max(self._longest_gap, nominal):
                return rest
        return nominal if self._rate_known else self._previous_gap or nominal
