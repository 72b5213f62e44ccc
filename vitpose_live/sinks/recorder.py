"""Pictures into an H.264 MP4 that keeps the source's time and sound and survives a kill and a full disk."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import NoReturn

import av
import numpy as np
from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream
from numpy.typing import NDArray

from vitpose_live.errors import CutShortError, InvalidArrayError, OutputError, OutputExistsError
from vitpose_live.registry import unknown_name
from vitpose_live.sinks.audio import AudioTrack
from vitpose_live.sinks.canvas import even_size
from vitpose_live.sinks.encoders import Quality, find_encoder
from vitpose_live.sinks.growing_file import GrowingFile
from vitpose_live.sinks.mp4_boxes import whole_fragments_end
from vitpose_live.sinks.picture_track import PictureTrack
from vitpose_live.sinks.room import Room
from vitpose_live.sinks.target import OutputTarget, PathLike, writing
from vitpose_live.sinks.verify import Contents, DamagedError, Verify, check_recording, contents

VIDEO_SUFFIXES = (".mp4", ".m4v")

_MUXER_OPTIONS = {
    # fragments that a kill leaves playable, rewritten at the end into an ordinary MP4
    "movflags": "hybrid_fragmented+frag_keyframe",
    # with the picture whose end is not known yet, and those that the encoder and the muxer hold, two at most of each,
    # a kill loses less than a second from four pictures a second upwards
    "frag_duration": "250000",
    "flush_packets": "1",
    # packets come in order already: a sound that ends early must not make the muxer wait for more of it
    "max_interleave_delta": "1",
}
_INDEX_BYTES = 64  # of a picture and the sound that goes with it, at the most


class VideoRecorder:
    """Records pictures, each at its own time, as H.264 in MP4, with the source's sound.

    The file is 8-bit 4:2:0, BT.709, limited range, and tagged so. Presentation times are the ones given, to 1/90000 s;
    the recording starts with its first picture, and its last picture lasts as long as `duration` leaves it, else as
    long as `fps_hint` says. A picture of odd size gains a row or column at the bottom or right, a copy of the edge,
    because 4:2:0 has none; so pixel coordinates stay valid. A picture of another size than the first is scaled and
    letterboxed to it.

    The file is written beside `path`, read back by `close` and moved there. Killed on the way it leaves
    ``<stem>.partial.mp4``, which plays but for its last second; killed while it is completed it has lost nothing. When
    the disk refuses, what was written is kept as a file that plays, under its own name where nothing was there before.
    Before the disk is quite full, the recording completes itself.

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
    quality
        `Quality`: small, standard or high.
    encoder
        One of `ENCODER_NAMES`; see `find_encoder`.
    threads
        Of the encoder.
    verify
        How much of the finished file is read back.

    Raises
    ------
    OutputError
        When `path` cannot be written, the disk is full or the encoder does not work; `OutputExistsError` when `path`
        exists.
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
        quality: str = Quality.STANDARD,
        encoder: str = "auto",
        threads: int = 1,
        verify: str = Verify.QUICK,
    ) -> None:
        if quality not in tuple(Quality):
            raise unknown_name("quality", quality, Quality)
        self._target = OutputTarget(path, overwrite=overwrite, suffixes=VIDEO_SUFFIXES)
        self._quality = Quality(quality)
        self._encoder = find_encoder(encoder)
        self._room = Room(self._target.folder)
        self._verify = Verify(verify)
        self._fps_hint = fps_hint
        self._audio_path = audio_path
        self._audio_start = audio_start
        self._duration = duration
        self._threads = threads
        self._size = (0, 0)
        self._last_time = -math.inf
        self._file: GrowingFile | None = None
        self._container: OutputContainer | None = None
        self._pictures: PictureTrack | None = None
        self._audio: AudioTrack | None = None
        self._finished = False
        self.files: tuple[Path, ...] = ()
        """What is complete: the target once it is closed, nothing without any picture."""

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
        CutShortError
            When the disk is full, or nearly so: the recording has ended, and says what of it is saved.
        OutputError
            When nothing could be saved, or the recording is closed.
        """
        if self._finished:
            raise OutputError(f"cannot write {self._target.path}: the recording is closed")
        _check(image, time, self._last_time)
        with self._guarded():
            if self._pictures is None:
                self._open(image, time)
            self._last_time = time
            assert self._pictures is not None
            assert self._file is not None
            before = self._file.size
            self._mux(self._pictures.put(image, time))
            if self._file.size > before:
                self._look_for_room()

    def close(self, until: float | None = None) -> None:
        """Finish the recording, read it back and move it to its target; without any picture there is no file.

        Parameters
        ----------
        until
            When the last picture ends; as `duration` and the rate say when None.

        Raises
        ------
        CutShortError
            When the disk is full: what was written is kept.
        OutputError
            When the file does not read back as it was written, or the target exists by now; nothing is moved then, and
            the hint says where the file is.
        """
        if self._finished:
            return
        with self._guarded():
            if self._pictures is not None:
                self._finish(until)
        self._finished = True

    def abort(self) -> None:
        """Give the recording up: remove what was written; the target stays as it was."""
        if self._finished:
            return
        self._finished = True
        self._let_go()
        if self._file is not None:
            self._file.close()
        self._target.discard()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Save what there is when the block fails of the disk or the encoder, and translate their errors."""
        try:
            with writing(self._target.path):
                yield
        except av.FFmpegError as error:
            width, height = self._size
            hint = "" if self._pictures is not None else f"the encoder may not take pictures of {width}x{height}"
            self._fail(OutputError(f"cannot write {self._target.path}: {error.strerror}", hint=hint), error)
        except OutputError as error:
            if self._finished:
                raise
            self._fail(error, error.__cause__)
        except BaseException:
            self._finished = True
            self._let_go()
            self._saved()
            raise

    def _open(self, image: NDArray[np.uint8], time: float) -> None:
        self._size = even_size(image)
        self._file = GrowingFile(self._target.begin())
        if self._audio_path is not None:
            self._audio = AudioTrack(self._audio_path, self._audio_start + time)
        options = dict(_MUXER_OPTIONS)
        # the header waits for the first packets, so that it can say where in the sound second 0 is; but not for long
        options["movflags"] += "+empty_moov" if self._audio is not None and self._audio.late else "+delay_moov"
        self._container = av.open(self._file, "w", format="mp4", container_options=options)
        self._pictures = PictureTrack(
            self._container,
            self._encoder,
            self._quality,
            size=self._size,
            fps_hint=self._fps_hint,
            start=time,
            threads=self._threads,
        )
        if self._audio is not None:
            self._audio.attach(self._container)

    def _mux(self, packets: Iterable[Packet[VideoStream]]) -> None:
        """Write video packets, each after the sound that ends before it."""
        assert self._container is not None
        for packet in packets:
            if self._audio is not None:
                assert packet.pts is not None
                for sound in self._audio.take(packet.pts * packet.time_base):
                    self._container.mux(sound)
            self._container.mux(packet)

    def _look_for_room(self) -> None:
        """End the recording in good order while there is room for that.

        Raises
        ------
        CutShortError
            When it has ended.
        """
        assert self._pictures is not None
        shortage = self._room.shortage(self._pictures.count * _INDEX_BYTES)
        if shortage:
            self._finish(None)
            stopped = OutputError(
                f"stopped recording {self._target.path} before the disk is full ({shortage})",
                hint="free some space or record to another disk",
            )
            raise _cut_short(stopped, self.files[0], Contents(self._pictures.count, self._pictures.end))

    def _finish(self, until: float | None) -> None:
        assert self._container is not None
        assert self._pictures is not None
        assert self._file is not None
        self._mux(self._pictures.finish(until, self._duration))
        if self._audio is not None:
            for sound in self._audio.take(self._pictures.end, last=True):
                self._container.mux(sound)
            self._audio.close()
        self._container.close()
        self._container = None
        self._file.complete()
        self._finished = True
        held = Contents(self._pictures.count, self._pictures.end)
        try:
            check_recording(self._target.partial, held, self._verify)
        except DamagedError as error:
            raise OutputError(
                f"the recording of {self._target.path} is damaged: {error}",
                hint=f"what there is of it is kept as {self._target.leave()}",
            ) from error
        try:
            self.files = (self._target.commit(),)
        except OutputExistsError:
            raise
        except OutputError as error:
            raise _cut_short(error, self._target.leave(), held) from error

    def _fail(self, error: OutputError, cause: BaseException | None) -> NoReturn:
        """Keep what was written as a file that plays, and raise `error` with where that is; else just `error`."""
        self._finished = True
        self._let_go()
        saved = self._saved()
        if saved is None:
            raise error from cause
        raise _cut_short(error, *saved) from cause

    def _saved(self) -> tuple[Path, Contents] | None:
        """Cut the torn end off; return where the rest is and what is in it. Where that is nothing it is removed."""
        held = Contents(0, Fraction(0))
        if self._file is not None:
            partial = self._target.partial
            with writing(self._target.path):
                whole = whole_fragments_end(partial)
                self._file.cut(whole)
            try:
                held = contents(partial) if whole else held
            except DamagedError:  # the disk does not even give it back; but it is there
                return self._target.leave(), held
        if held.pictures:
            return self._target.keep(), held
        self._target.discard()
        return None

    def _let_go(self) -> None:
        """Close what the recording reads and encodes, without another word to the file."""
        if self._audio is not None:
            self._audio.close()
        if self._file is not None:
            self._file.give_up()
        if self._container is not None:
            # the file takes no more, and the encoder may be what failed
            with suppress(av.FFmpegError):
                self._container.close()
            self._container = None


def _cut_short(error: OutputError, path: Path, held: Contents) -> CutShortError:
    seconds = float(held.end)
    return CutShortError(f"{error}; {seconds:.1f} s are saved as {path}", hint=error.hint, saved=path, seconds=seconds)


def _check(image: NDArray[np.uint8], time: float, previous: float) -> None:
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        given = f"{image.dtype} {image.shape}" if isinstance(image, np.ndarray) else type(image).__name__
        raise InvalidArrayError(f"image: expected a uint8 array of shape (height, width, 3), got {given}")
    if 0 in image.shape:
        raise InvalidArrayError(f"image: expected at least one pixel, got shape {image.shape}")
    if not math.isfinite(time) or time <= previous:
        raise InvalidArrayError(f"time: expected more than the {previous} s of the picture before, got {time}")
