"""Pictures into an H.264 MP4 that keeps the source's time and sound and survives a kill and a full disk."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import av
import numpy as np
from numpy.typing import NDArray

from vitpose_live.errors import CutShortError, InvalidArrayError, OutputError, OutputExistsError
from vitpose_live.registry import unknown_name
from vitpose_live.sinks.audio import AudioTrack
from vitpose_live.sinks.canvas import even_size
from vitpose_live.sinks.encoders import Quality, find_encoder
from vitpose_live.sinks.live_sound import LiveSound
from vitpose_live.sinks.movie_file import MovieFile
from vitpose_live.sinks.room import Room
from vitpose_live.sinks.target import OutputTarget, PathLike, writing
from vitpose_live.sinks.verify import Contents, DamagedError, Verify, check_recording

VIDEO_SUFFIXES = (".mp4", ".m4v")


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
    sound
        What is heard while it is recorded, in the recording's time, in place of a file's sound.
    source
        The input of the work; when it is a path, the recording must not replace that file.

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
        sound: LiveSound | None = None,
        source: object = None,
    ) -> None:
        if quality not in tuple(Quality):
            raise unknown_name("quality", quality, Quality)
        self._target = OutputTarget(path, overwrite=overwrite, suffixes=VIDEO_SUFFIXES, source=source)
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
        self._sound = sound
        self._movie: MovieFile | None = None
        self._finished = False
        self.files: tuple[Path, ...] = ()
        """What is complete: the target once it is closed, nothing without any picture."""
        self._salvaged: tuple[Path, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        """What went wrong so far without ending the recording, a line each: sound that cannot be read."""
        return self._movie.problems if self._movie is not None else ()

    @property
    def size(self) -> int:
        """Bytes in the file so far; 0 before the first picture, and once it is closed or given up."""
        return self._movie.size if self._movie is not None and not self._finished else 0

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
            if self._movie is None:
                self._movie = self._begin(image, time)
            self._last_time = time
            before = self._movie.size
            self._movie.put(image, time)
            if self._movie.size > before:
                self._look_for_room(self._movie)

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
        if not self._finished:
            self._end(until, self._target.commit)

    def keep(self) -> tuple[Path, ...]:
        """End early: finish the recording as far as it goes, beside what is at its target; return where it is.

        Without any picture there is nothing.
        """
        if not self._finished:
            with suppress(OutputError):  # there is a failure already that matters more
                self._end(None, self._target.keep)
        return self.files or self._salvaged

    def abort(self) -> None:
        """Give the recording up: remove what was written; the target stays as it was."""
        if self._finished:
            return
        self._finished = True
        if self._movie is not None:
            self._movie.close()
        self._target.discard()

    def _end(self, until: float | None, place: Callable[[], Path]) -> None:
        with self._guarded():
            if self._movie is not None:
                self._finish(self._movie, until, place)
        self._finished = True

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Save what there is when the block fails of the disk or the encoder, and translate their errors."""
        try:
            with writing(self._target.path):
                yield
        except av.FFmpegError as error:
            width, height = self._size
            hint = "" if self._movie is not None else f"the encoder may not take pictures of {width}x{height}"
            self._fail(OutputError(f"cannot write {self._target.path}: {error.strerror}", hint=hint), error)
        except OutputError as error:
            if self._finished:
                raise
            self._fail(error, error.__cause__)
        except BaseException:
            self._finished = True
            self._saved()
            raise

    def _begin(self, image: NDArray[np.uint8], time: float) -> MovieFile:
        self._size = even_size(image)
        partial = self._target.begin()
        sound: AudioTrack | LiveSound | None = self._sound
        if self._audio_path is not None:
            sound = AudioTrack(self._audio_path, self._audio_start + time)
        return MovieFile(
            partial,
            size=self._size,
            fps_hint=self._fps_hint,
            start=time,
            encoder=self._encoder,
            quality=self._quality,
            threads=self._threads,
            sound=sound,
        )

    def _look_for_room(self, movie: MovieFile) -> None:
        """End the recording in good order while there is room for that.

        Raises
        ------
        CutShortError
            When it has ended.
        """
        shortage = self._room.shortage(movie.index_size)
        if shortage:
            self._finish(movie, None, self._target.keep)
            stopped = OutputError(
                f"stopped recording {self._target.path} before the disk is full ({shortage})",
                hint="free some space or record to another disk",
            )
            raise _cut_short(stopped, self.files[0], movie.held)

    def _finish(self, movie: MovieFile, until: float | None, place: Callable[[], Path]) -> None:
        """Finish the file, read it back and have it put in its `place`."""
        movie.finish(until, self._duration)
        self._finished = True  # the file is whole, whatever happens now
        try:
            check_recording(self._target.partial, movie.held, self._verify)
        except DamagedError as error:
            raise OutputError(
                f"the recording of {self._target.path} is damaged: {error}",
                hint=f"what there is of it is kept as {self._target.leave()}",
            ) from error
        try:
            self.files = (place(),)
        except OutputExistsError:
            raise
        except OutputError as error:
            self._salvaged = (self._target.leave(),)
            raise _cut_short(error, self._salvaged[0], movie.held) from error

    def _fail(self, error: OutputError, cause: BaseException | None) -> NoReturn:
        """Keep what was written as a file that plays, and raise `error` with where that is; else just `error`."""
        self._finished = True
        saved = self._saved()
        if saved is None:
            raise error from cause
        self._salvaged = saved[:1]
        raise _cut_short(error, *saved) from cause

    def _saved(self) -> tuple[Path, Contents] | None:
        """Cut the torn end off; return where the rest is and what is in it. Where that is nothing it is removed."""
        held = Contents.nothing()
        if self._movie is not None:
            try:
                with writing(self._target.path):
                    held = self._movie.salvage()
            except DamagedError:  # the disk does not even give it back; but it is there
                return self._target.leave(), held
        if held.pictures:
            return self._target.keep(), held
        self._target.discard()
        return None


def _cut_short(error: OutputError, path: Path, held: Contents) -> CutShortError:
    seconds = float(held.end)
    where = "there" if str(path) in str(error) else f"as {path}"
    return CutShortError(f"{error}; {seconds:.1f} s are saved {where}", hint=error.hint, saved=path, seconds=seconds)


def _check(image: NDArray[np.uint8], time: float, previous: float) -> None:
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        given = f"{image.dtype} {image.shape}" if isinstance(image, np.ndarray) else type(image).__name__
        raise InvalidArrayError(f"image: expected a uint8 array of shape (height, width, 3), got {given}")
    if 0 in image.shape:
        raise InvalidArrayError(f"image: expected at least one pixel, got shape {image.shape}")
    if not math.isfinite(time) or time <= previous:
        raise InvalidArrayError(f"time: expected more than the {previous} s of the picture before, got {time}")
