"""Writes a run as a session folder; `vitpose_live.sinks.session_files` says what is in one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Lock
from typing import IO, Any

from vitpose_live.data import Feedback, FrameResult, Skeleton, SourceInfo
from vitpose_live.errors import OutputError
from vitpose_live.sinks.recorder import VideoRecorder
from vitpose_live.sinks.session_events import event_line, mark, said
from vitpose_live.sinks.session_files import (
    EVENTS,
    FRAME_RECORDS,
    KEYPOINT_RECORDS,
    TOML,
    VIDEO,
    SessionTarget,
)
from vitpose_live.sinks.session_rows import frame_record, person_records
from vitpose_live.sinks.session_tables import make_tables
from vitpose_live.sinks.session_words import session_text
from vitpose_live.sinks.table import to_json
from vitpose_live.sinks.target import PathLike, writing


class SessionWriter:
    """A sink that keeps a run as a session folder.

    The memory it takes does not grow. Without any frame there is no folder. When the disk is full, what was kept until
    then stays, as ``NAME.partial.vpl``.

    Parameters
    ----------
    path
        The folder, ``.vpl``; not there yet.
    skeleton
        Of all poses.
    info
        The source; an address without passwords.
    metadata
        What else to say, by name: ``version``, ``models``, ``settings``; plain values.
    video
        Whether to keep the pictures.
    overwrite
        Whether a session that is there may be replaced.
    last
        Returns, at the end, what the coach has counted but not recorded.
    now
        Returns the time of day.
    recording
        More of what `VideoRecorder` takes.

    Raises
    ------
    OutputError
        When `path` cannot be written or `metadata` holds what cannot be stored; `OutputExistsError` when it exists.
    """

    def __init__(
        self,
        path: PathLike,
        skeleton: Skeleton,
        *,
        info: SourceInfo,
        metadata: Mapping[str, Any],
        video: bool = True,
        overwrite: bool = False,
        last: Callable[[], Iterable[Feedback]] = tuple,
        now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
        **recording: Any,
    ) -> None:
        self._target = SessionTarget(path, overwrite=overwrite)
        self.skeleton = skeleton
        self._info = info
        self._described = {str(name): to_json(f"metadata {name!r}", value) for name, value in metadata.items()}
        self._record: Callable[[Path], VideoRecorder] | None = None
        if video:
            self._record = partial(
                VideoRecorder,
                fps_hint=info.fps,
                audio_path=info.audio_path,
                audio_start=info.start_time,
                duration=info.duration,
                **recording,
            )
        self._ending = last
        self._now = now
        self._created = self._started = now()
        self._recorder: VideoRecorder | None = None
        self._people: IO[bytes] | None = None
        self._frames: IO[bytes] | None = None
        self._events: IO[bytes] | None = None
        self._early: list[bytes] = []  # marked before there was a frame
        self._marking = Lock()  # marks come from another thread
        self._count = 0
        self._kept: tuple[Path, ...] = ()
        self._first = self._last = 0.0
        self._finished = False

    @property
    def problems(self) -> tuple[str, ...]:
        """What went wrong so far without ending the recording, a line each."""
        return (*(self._recorder.problems if self._recorder is not None else ()), *self._target.problems)

    @property
    def folder(self) -> Path | None:
        """The unfinished folder; None before the first frame and after the end."""
        return self._target.partial

    def write(self, result: FrameResult) -> None:
        """Keep one result.

        Raises
        ------
        InvalidArrayError
            When its poses have another skeleton.
        OutputError
            When the disk is full, or the session is closed. What was kept stays; the hint says where.
        """
        if self._finished:
            raise OutputError(f"cannot write {self._target.path}: the session is closed")
        people = person_records(result, self._count, self.skeleton, raw=True)
        with self._guarded():
            if self._people is None:
                self._open(result.frame.time)
            assert self._people is not None
            assert self._frames is not None
            # at once to the operating system, which keeps it when this program is killed
            _append(self._people, people.tobytes())
            _append(self._frames, frame_record(result).tobytes())
            self._count += 1
            self._last = result.frame.time
            self._note(said(result.feedback, result.frame.time))
            if self._recorder is not None:
                self._recorder.write(result.frame.image, result.frame.time)

    def mark(self, time: float, text: str) -> None:
        """Keep that somebody marked the moment at `time` seconds with a `text`; from any thread.

        Raises
        ------
        OutputError
            When the disk is full.
        """
        if not self._finished:
            with writing(self._target.path):
                self._note([mark(time, text)])

    def close(self) -> None:
        """Finish the session and move it to its place; without any frame there is none.

        Raises
        ------
        OutputError
            When the disk is full, or something is at its place by now; the hint says where the session is then.
        """
        if not self._finished:
            self._finish(self._target.commit)

    def keep(self) -> tuple[Path, ...]:
        """End early: finish the session as far as it goes, beside what is in its place; return where it is.

        What cannot be finished stays as ``NAME.partial.vpl``. Without any frame there is nothing.
        """
        if not self._finished:
            with suppress(OutputError):  # there is a failure already that matters more
                self._finish(self._target.keep)
        return self._kept

    def abort(self) -> None:
        """Give the session up: remove what was written; but what a full disk has left stays."""
        self._finished = True
        if self._recorder is not None and self._target.partial is not None:
            self._recorder.abort()
        self._let_go()
        self._target.discard()

    def _finish(self, place: Callable[[], Path]) -> None:
        """Finish the session and have it put in its `place`."""
        with self._guarded():
            folder = self._target.partial
            if folder is not None:
                self._note(said(self._ending(), self._last))
                if self._recorder is not None:
                    self._recorder.close()
                self._let_go()
                make_tables(folder, self.skeleton, self._described)
                self._describe(folder, complete=True)
                (folder / KEYPOINT_RECORDS).unlink()
                (folder / FRAME_RECORDS).unlink()
                self._kept = (place(),)
        self._finished = True

    def _leave(self) -> None:
        """End unfinished: what there is stays, as ``NAME.partial.vpl``."""
        self._finished = True
        if self._recorder is not None:
            with suppress(OutputError):  # there is a failure already that matters more
                self._recorder.close()
        self._let_go()
        kept = self._target.release() if self._count else None
        self._kept = (kept,) if kept is not None else ()
        self._target.discard()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Keep what there is when the disk fails, else abort; translate the errors of the operating system."""
        try:
            with writing(self._target.path):
                yield
        except OutputError as error:
            self._leave()
            where = (f"what was kept until then is {path}" for path in self._kept)
            error.hint = "; ".join(text for text in (error.hint, *where) if text)
            raise
        except BaseException:
            self.abort()
            raise

    def _open(self, time: float) -> None:
        folder = self._target.begin()
        self._first = self._last = time
        self._started = self._now()
        self._describe(folder, complete=False)
        self._frames = (folder / FRAME_RECORDS).open("xb", buffering=0)
        self._people = (folder / KEYPOINT_RECORDS).open("xb", buffering=0)
        with self._marking:
            self._events = (folder / EVENTS).open("xb", buffering=0)
            _append(self._events, b"".join(self._early))
            self._early.clear()
        if self._record is not None:
            self._recorder = self._record(folder / VIDEO)

    def _let_go(self) -> None:
        with self._marking:
            for file in (self._people, self._frames, self._events):
                if file is not None:
                    with suppress(OSError):  # nothing is buffered; a network's disk may still complain
                        file.close()

    def _note(self, events: Iterable[Mapping[str, Any]]) -> None:
        lines = [event_line(event) for event in events]
        if not lines:
            return
        with self._marking:
            if self._events is None:
                self._early += lines
            elif not self._events.closed:
                _append(self._events, b"".join(lines))

    def _describe(self, folder: Path, *, complete: bool) -> None:
        text = session_text(
            {name: json.loads(text) for name, text in self._described.items()},
            self._info,
            self.skeleton,
            moments=(self._created, self._started),
            seconds=(self._first, self._last),
            frames=self._count if complete else None,
            video=self._record is not None,
        )
        fresh = folder / f"{TOML}.new"
        fresh.write_text(text, "utf-8", newline="")
        fresh.replace(folder / TOML)


def _append(file: IO[bytes], data: bytes) -> None:
    """Write all of `data`: an unbuffered file may take a part of it."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
