"""Pictures on their way into a recording: converted, timed, encoded."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
from av.codec.context import Flags
from av.container import OutputContainer
from av.packet import Packet
from av.video.reformatter import Colorspace, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from vitpose_live.sinks.canvas import fit
from vitpose_live.sinks.encoders import Encoder, Quality, open_encoder

TIME_BASE = Fraction(1, 90_000)

_UNKNOWN_RATE = 30.0
_BT709 = 1
_LIMITED_RANGE = 1
_LONGEST_LAST = 1.5


class PictureTrack:
    """Encodes pictures, each once the next one says how long it lasts.

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
        Pictures encoded.
    end
        Seconds of the recording at which the last picture encoded ends.
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
        self._pending: av.VideoFrame | None = None
        self._pending_time = start
        self._reformatter = VideoReformatter()
        rate = Fraction(self._rate).limit_denominator(1001)
        self._stream: VideoStream = container.add_stream(encoder.codec, rate=rate)  # type: ignore[assignment]
        self._stream.time_base = TIME_BASE
        context = self._stream.codec_context
        open_encoder(context, encoder, quality, size=size, threads=threads)
        context.time_base = TIME_BASE
        context.flags |= Flags.frame_duration
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _LIMITED_RANGE
        context.open()

    def put(self, image: NDArray[np.uint8], time: float) -> Iterator[Packet[VideoStream]]:
        """Take the picture in, and yield what is encoded by now."""
        frame = self._converted(image)
        frame.pts = round(Fraction(time - self._start) / TIME_BASE)
        before, self._pending, self._pending_time = self._pending, frame, time
        if before is not None:
            assert before.pts is not None
            frame.pts = max(frame.pts, before.pts + 1)
            yield from self._encoded(before, frame.pts - before.pts)

    def finish(self, until: float | None, duration: float | None) -> Iterator[Packet[VideoStream]]:
        """Yield the rest; the last picture lasts `until` that time, or as `duration` of the source and the rate say."""
        last, self._pending = self._pending, None
        if last is None:
            return
        if until is not None:
            ticks = max(1, round((until - self._pending_time) / TIME_BASE))
        else:
            ticks = self._last_duration(duration)
        yield from self._encoded(last, ticks)
        yield from self._stream.encode(None)

    def _converted(self, image: NDArray[np.uint8]) -> av.VideoFrame:
        picture = av.VideoFrame.from_numpy_buffer(fit(image, self._size), format="rgb24")
        frame = self._reformatter.reformat(
            picture,
            format=self._pixels,
            src_color_range="JPEG",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range="MPEG",
            threads=1,
        )
        frame.time_base = TIME_BASE
        return frame

    def _encoded(self, frame: av.VideoFrame, duration: int) -> Iterator[Packet[VideoStream]]:
        assert frame.pts is not None
        frame.duration = duration
        self._longest_gap = max(self._longest_gap, duration)
        self._previous_gap = duration
        self.count += 1
        self.end = (frame.pts + duration) * TIME_BASE
        yield from self._stream.encode(frame)

    def _last_duration(self, duration: float | None) -> int:
        """Ticks for which the last picture lasts, when nothing follows to say so."""
        nominal = max(1, round(1 / self._rate / TIME_BASE))
        if duration is not None:
            rest = round((duration - self._pending_time) / TIME_BASE)
            # more than that is not a last picture: the source went on after the recording ended
            if 0 < rest <= _LONGEST_LAST * max(self._longest_gap, nominal):
                return rest
        return nominal if self._rate_known else self._previous_gap or nominal
