"""Pictures into an H.264 MP4 that keeps the source's time and sound and survives a kill."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction

import av
import numpy as np
from av.codec.context import Flags
from av.container import OutputContainer
from av.packet import Packet
from av.video.reformatter import Colorspace, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from vitpose_live.errors import InvalidArrayError, OutputError
from vitpose_live.machine import available_cores
from vitpose_live.sinks.audio import AudioTrack
from vitpose_live.sinks.canvas import even_size, fit
from vitpose_live.sinks.target import OutputTarget, PathLike, writing

VIDEO_SUFFIXES = (".mp4", ".m4v")

_TIME_BASE = Fraction(1, 90_000)
_GROUP_OF_PICTURES = 30
_UNKNOWN_RATE = 30.0
_BT709 = 1
_LIMITED_RANGE = 1
_MUXER_OPTIONS = {
    # fragments that a kill leaves playable, rewritten at the end into an ordinary MP4
    "movflags": "hybrid_fragmented+frag_keyframe",
    "frag_duration": "500000",  # and half a second of a slow source is not held back until its next key frame
    "flush_packets": "1",
    # packets come in order already: a sound that ends early must not make the muxer wait for more of it
    "max_interleave_delta": "1",
}


class VideoRecorder:
    """Records pictures, each at its own time, as H.264 in MP4, with the source's sound.

    The file is 8-bit 4:2:0, BT.709, limited range, and tagged so. Presentation times are the ones given, to 1/90000 s;
    the recording starts with its first picture, and its last picture lasts as long as `duration` leaves it, else as
    long as `fps_hint` says. A picture of odd size gains a row or column at the bottom or right, a copy of the edge,
    because 4:2:0 has none; so pixel coordinates stay valid. A picture of another size than the first is scaled and
    letterboxed to it.

    The file is written beside `path` and moved there by `close`. Killed on the way it leaves ``<stem>.partial.mp4``,
    which plays but for its last half second and the ten or so pictures that the encoder looks ahead.

    Parameters
    ----------
    path
        The target, ``.mp4`` or ``.m4v``.
    fps_hint
        Pictures per second as far as known, for the encoder's rate control and for the duration of a lone picture;
        0.0 when unknown.
    audio_path
        File whose sound goes with the pictures; a file without sound is fine. AAC, MP3, AC-3, E-AC-3, Opus, FLAC and
        ALAC are copied, others are encoded as AAC.
    audio_start
        Container time, in that file, of time 0.
    duration
        Seconds from time 0 to the last picture's end, when known. A recording that stops early is not stretched to it.
    overwrite
        Whether `path` may be replaced.
    crf, preset, threads
        Of x264: quality (lower is better and larger), effort, encoder threads. No `preset` means ``veryfast``, or
        ``ultrafast`` (a third of the time, up to twice the size) where fewer than four cores have to do everything.

    Raises
    ------
    OutputError
        When `path` cannot be written; `OutputExistsError` when it exists.
    """

    def __init__(
        self,
        path: PathLike,
        *,
        fps_hint: float,
        audio_path: str | os.PathLike[str] | None = None,
        audio_start: float = 0.0,
        duration: float | None = None,
        overwrite: bool = False,
        crf: float = 23.0,
        preset: str | None = None,
        threads: int = 1,
    ) -> None:
        self._target = OutputTarget(path, overwrite=overwrite, suffixes=VIDEO_SUFFIXES)
        self._rate_known = math.isfinite(fps_hint) and fps_hint > 0
        self._rate = fps_hint if self._rate_known else _UNKNOWN_RATE
        self._audio_path = audio_path
        self._audio_start = audio_start
        self._duration = duration
        self._codec_options = {"crf": str(crf), "preset": preset or _preset(), "bf": "0"}
        self._threads = threads
        self._size = (0, 0)
        self._first_time = 0.0
        self._last_time = -math.inf
        self._longest_gap = self._previous_gap = 0
        self._pending: av.VideoFrame | None = None
        self._reformatter = VideoReformatter()
        self._container: OutputContainer | None = None
        self._stream: VideoStream | None = None
        self._audio: AudioTrack | None = None
        self._finished = False

    @property
    def problems(self) -> tuple[str, ...]:
        """What went wrong so far without ending the recording, a line each: sound that cannot be read."""
        return tuple(self._audio.problems) if self._audio is not None else ()

    @property
    def size(self) -> int:
        """Bytes in the file so far; 0 before the first picture, and once it is closed or given up."""
        return self._target.size

    def write(self, image: NDArray[np.uint8], time: float) -> None:
        """Record one picture.

        Parameters
        ----------
        image
            (height, width, 3) uint8, RGB; not kept.
        time
            Its presentation time in seconds; more than the one before.

        Raises
        ------
        InvalidArrayError
            When `image` is not such an array or `time` does not follow the one before.
        OutputError
            When the disk is full, or the recording is closed; the recording is then lost but for `abort`.
        """
        if self._finished:
            raise OutputError(f"cannot write {self._target.path}: the recording is closed")
        _check(image, time, self._last_time)
        with self._guarded():
            if self._container is None:
                self._open(image, time)
            frame = self._converted(image)
            frame.pts = round(Fraction(time - self._first_time) / _TIME_BASE)
            if self._pending is not None:
                assert self._pending.pts is not None
                frame.pts = max(frame.pts, self._pending.pts + 1)
                self._encode_pending(frame.pts - self._pending.pts)
            self._pending, self._last_time = frame, time

    def close(self) -> None:
        """Finish the recording and move it to its target; without any picture there is no file.

        Raises
        ------
        OutputError
            When the disk is full, or the target exists by now; nothing is moved then.
        """
        if self._finished:
            return
        with self._guarded():
            if self._pending is not None:
                self._finish(self._last_duration())
        self._finished = True

    def abort(self) -> None:
        """Give the recording up: remove what was written; the target stays as it was."""
        self._finished = True
        self._pending = None
        if self._audio is not None:
            self._audio.close()
        if self._container is not None:
            # it writes the file's end, which a full disk refuses; but this file is going away
            with suppress(av.FFmpegError):
                self._container.close()
            self._container = None
        self._target.discard()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Abort when the block fails, and translate the errors of the media library."""
        try:
            with writing(self._target.path):
                yield
        except av.FFmpegError as error:
            self.abort()
            width, height = self._size
            hint = f"the encoder may not take pictures of {width}x{height}" if self._last_time == -math.inf else ""
            raise OutputError(f"cannot write {self._target.path}: {error.strerror}", hint=hint) from error
        except BaseException:
            self.abort()
            raise

    def _open(self, image: NDArray[np.uint8], time: float) -> None:
        self._first_time = time
        self._size = even_size(image)
        partial = self._target.begin()
        if self._audio_path is not None:
            self._audio = AudioTrack(self._audio_path, self._audio_start + time)
        options = dict(_MUXER_OPTIONS)
        # the header waits for the first packets, so that it can say where in the sound second 0 is; but not for long
        options["movflags"] += "+empty_moov" if self._audio is not None and self._audio.late else "+delay_moov"
        self._container = av.open(str(partial), "w", format="mp4", container_options=options)
        rate = Fraction(self._rate).limit_denominator(1001)
        self._stream = self._container.add_stream("libx264", rate=rate, options=self._codec_options)
        self._stream.time_base = _TIME_BASE
        context = self._stream.codec_context
        context.width, context.height = self._size
        context.pix_fmt = "yuv420p"
        context.time_base = _TIME_BASE
        context.gop_size = _GROUP_OF_PICTURES
        context.thread_count = self._threads
        context.flags |= Flags.frame_duration
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _LIMITED_RANGE
        context.open()
        if self._audio is not None:
            self._audio.attach(self._container)

    def _converted(self, image: NDArray[np.uint8]) -> av.VideoFrame:
        picture = av.VideoFrame.from_numpy_buffer(fit(image, self._size), format="rgb24")
        frame = self._reformatter.reformat(
            picture,
            format="yuv420p",
            src_color_range="JPEG",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range="MPEG",
            threads=1,
        )
        frame.time_base = _TIME_BASE
        return frame

    def _encode_pending(self, duration: int) -> None:
        """Encode the picture held back until its `duration`, in ticks, was known."""
        assert self._stream is not None
        assert self._pending is not None
        self._pending.duration = duration
        self._longest_gap = max(self._longest_gap, duration)
        self._previous_gap = duration
        self._mux(self._stream.encode(self._pending))

    def _mux(self, packets: Iterable[Packet[VideoStream]]) -> None:
        """Write video packets, each after the sound that ends before it."""
        assert self._container is not None
        for packet in packets:
            if self._audio is not None:
                assert packet.pts is not None
                for sound in self._audio.take(packet.pts * packet.time_base):
                    self._container.mux(sound)
            self._container.mux(packet)

    def _last_duration(self) -> int:
        """Ticks for which the last picture lasts, when nothing follows to say so."""
        nominal = max(1, round(1 / self._rate / _TIME_BASE))
        if self._duration is not None:
            rest = round((self._duration - self._last_time) / _TIME_BASE)
            # more than that is not a last picture: the source went on after the recording ended
            if 0 < rest <= 1.5 * max(self._longest_gap, nominal):
                return rest
        return nominal if self._rate_known else self._previous_gap or nominal

    def _finish(self, last_duration: int) -> None:
        assert self._container is not None
        assert self._stream is not None
        assert self._pending is not None
        assert self._pending.pts is not None
        end = (self._pending.pts + last_duration) * _TIME_BASE
        self._encode_pending(last_duration)
        self._pending = None
        self._mux(self._stream.encode(None))
        if self._audio is not None:
            for sound in self._audio.take(end, last=True):
                self._container.mux(sound)
            self._audio.close()
        self._container.close()
        self._container = None
        self._target.commit()


def _preset() -> str:
    return "veryfast" if available_cores() >= 4 else "ultrafast"


def _check(image: NDArray[np.uint8], time: float, previous: float) -> None:
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        given = f"{image.dtype} {image.shape}" if isinstance(image, np.ndarray) else type(image).__name__
        raise InvalidArrayError(f"image: expected a uint8 array of shape (height, width, 3), got {given}")
    if 0 in image.shape:
        raise InvalidArrayError(f"image: expected at least one pixel, got shape {image.shape}")
    if not math.isfinite(time) or time <= previous:
        raise InvalidArrayError(f"time: expected more than the {previous} s of the picture before, got {time}")
