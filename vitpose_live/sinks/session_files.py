"""The files of a session folder ``NAME.vpl``, and the folder on its way to its place.

A session is a run kept as a whole: it is rendered, analysed and exported without any network again.

Format 1::

    NAME.vpl/
      session.toml       what this is, for people and programs
      keypoints.parquet  a row per person and frame
      frames.parquet     a row per frame, also where nobody was
      events.jsonl       a line per repetition, cue and mark
      video.mp4          the pictures as they were analysed, nothing drawn on them; optional

Each table is read in one line: ``pandas.read_parquet("NAME.vpl/keypoints.parquet")``, ``polars.read_parquet(...)``,
``duckdb.sql("select * from 'NAME.vpl/keypoints.parquet'")``; the events with ``pandas.read_json(..., lines=True)``,
``polars.read_ndjson(...)``, ``duckdb.read_json(...)``.

**keypoints.parquet** has the columns of every keypoint table (see `vitpose_live.sinks.keypoints`): ``frame``,
``time_s``, ``track_id``, the box and its score, ``<keypoint>_x``, ``_y``, ``_score`` in skeleton order, the same with
``_raw`` as they were before smoothing (equal where nothing was smoothed), and last ``observed``: whether the detector
saw the person in this very frame. Rows are in the order of the frames. NaN is what is missing; the box's score is NaN
of a pose that belongs to no track.

**frames.parquet** has ``frame``, ``time_s``, ``width``, ``height``: the frame's number in the source, its presentation
time in seconds since the source's first frame, increasing, and the size of its picture in pixels.

**events.jsonl** has in each line ``time_s``, ``kind`` (``repetition``, ``cue``, ``mark``), ``track_id`` (null of a
mark), ``text`` (of a cue and a mark), and for a repetition the fields of `vitpose_live.data.RepetitionRecord`:
``exercise``, ``start``, ``end``, ``eccentric_s``, ``pause_s``, ``concentric_s``, ``range_of_motion``, ``complete``,
``side``, ``fault``, ``view``, ``measures``; null is what is not known.

**session.toml** has ``format`` (a reader refuses a number higher than it knows), ``version`` of the program,
``created`` (ISO 8601), ``complete`` (false until the end), ``frames``, ``video`` (a file in the folder; absent
without), and the tables ``source`` (``uri`` without passwords, ``path`` of a file, ``width``, ``height``, ``fps``,
``kind``, ``live``, ``duration``), ``skeleton`` (``name``, ``keypoints``, ``edges``, ``mirror_pairs``, ``sigmas``),
``clock`` (``unit``; ``first`` and ``last``, seconds of the first and the last frame; ``started``, the time of day when
the first one came), and whatever else the writer was told: ``models``, ``settings``. Readers pass over what they do not
know. The video's second 0 is the time of the first frame; its pictures are the frames, in order, larger ones scaled and
centred to the size of the first.

While it is written the folder is called ``NAME.partial.vpl``. It has ``keypoints.records`` and ``frames.records`` then,
to which the people of each frame are appended as they come: records of one length, those of
`vitpose_live.sinks.session_rows`. Killed on the way, the folder stays so, and is opened like any other.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from vitpose_live.errors import OutputError, OutputExistsError
from vitpose_live.sinks.target import PathLike, check_output, fitting, flush_to_disk, moved_where_free, writing

FORMAT = 1
"""Version of the format; raised when a reader of the version before would go wrong."""
SUFFIX = ".vpl"
TOML = "session.toml"
KEYPOINTS, FRAMES, EVENTS = "keypoints.parquet", "frames.parquet", "events.jsonl"
VIDEO, PARTIAL_VIDEO = "video.mp4", "video.partial.mp4"
KEYPOINT_RECORDS, FRAME_RECORDS = "keypoints.records", "frames.records"
"""What `KEYPOINTS` and `FRAMES` are made of at the end; as long as these are there, they count."""

_OURS = {TOML, KEYPOINTS, FRAMES, EVENTS, VIDEO, KEYPOINT_RECORDS, FRAME_RECORDS, PARTIAL_VIDEO, f"{TOML}.new"}


def check_session(path: PathLike, *, overwrite: bool = False) -> Path:
    """Check that a session can be written to `path`, before any work is done; nothing is created.

    Returns
    -------
    Path
        Absolute, links resolved.

    Raises
    ------
    OutputExistsError
        When it is there and may not be replaced.
    OutputError
        As `check_output`, and when what is there is no session: a folder with anything else in it is never replaced.
    """
    path = Path(path)
    with writing(path):
        resolved = Path(os.path.realpath(path))
        is_folder, is_file = resolved.is_dir(), resolved.is_file()
    if path.suffix.lower() != SUFFIX or not is_folder:
        if is_file and overwrite:
            raise OutputError(f"cannot write {path}: a file of that name is there", hint="choose another name")
        return check_output(path, suffixes=(SUFFIX,))
    if not overwrite:
        raise OutputExistsError(f"{path} already exists", hint="use --overwrite to replace it")
    with writing(path):
        others = sorted(entry.name for entry in resolved.iterdir() if entry.name not in _OURS or entry.is_dir())
        if others or not (resolved / TOML).is_file():
            what = f"{others[0]} in it is no part of a session" if others else f"there is no {TOML} in it"
            raise OutputError(f"cannot replace {path}: {what}", hint="choose another name, or remove it yourself")
        if not os.access(resolved.parent, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, f"no permission to write in {resolved.parent}")
    return resolved


class SessionTarget:
    """A session folder on its way: written as ``<stem>.partial.vpl`` by `begin`, moved to its target by `commit`.

    Parameters
    ----------
    path
        Where the session goes.
    overwrite
        Whether a session that is there may be replaced.

    Raises
    ------
    OutputError
        As `check_session`.
    """

    def __init__(self, path: PathLike, *, overwrite: bool = False) -> None:
        self.path = Path(path)
        self._final = check_session(path, overwrite=overwrite)
        self._overwrite = overwrite
        self._partial: Path | None = None
        self.problems: tuple[str, ...] = ()
        """What went wrong without keeping the session from its place, a line each."""

    @property
    def partial(self) -> Path | None:
        """The unfinished folder; None when there is none."""
        return self._partial

    def begin(self) -> Path:
        """Create the unfinished folder under a name that is free, and return its path.

        Raises
        ------
        OutputError
            When it cannot be created.
        """
        with writing(self.path):
            for candidate in self._siblings("partial"):
                try:
                    candidate.mkdir()
                except FileExistsError:
                    continue
                self._partial = candidate
                return candidate
        raise AssertionError

    def commit(self) -> Path:
        """Move the finished folder to its target and return the target's path.

        Raises
        ------
        OutputError
            When something that may not be replaced is there by now, or the file system refuses; what was there stays
            then, and so does ours, as the hint says.
        """
        partial = self._partial
        assert partial is not None
        with writing(self.path):
            for entry in partial.iterdir():
                flush_to_disk(entry)
        self._partial = None  # from here on it is complete, and stays whatever happens
        with writing(self.path, hint=f"the result is kept as {partial}"):
            if self._final.exists():
                self._make_way(partial)
            else:
                partial.rename(self._final)
        return self._final

    def discard(self) -> None:
        """Remove the unfinished folder, if there is one."""
        if self._partial is not None:
            with writing(self._partial):
                _remove(self._partial)
            self._partial = None

    def keep(self) -> Path:
        """Leave the finished folder for good and return its path: the target's own where nothing is yet."""
        partial = self.release()
        assert partial is not None
        return self._final if moved_where_free(partial, self._final) else partial

    def release(self) -> Path | None:
        """Leave the unfinished folder as it is, for good, and return its path."""
        kept, self._partial = self._partial, None
        return kept

    def _make_way(self, partial: Path) -> None:
        """Put `partial` in the place of the session that is there."""
        try:
            check_session(self._final, overwrite=self._overwrite)
        except OutputError as error:
            created = f"{self.path} was created by somebody else meanwhile"
            raise OutputExistsError(created, hint=f"the result is kept as {partial}") from error
        old = next(path for path in self._siblings("old") if not os.path.lexists(path))
        self._final.rename(old)
        try:
            partial.rename(self._final)
        except OSError:
            with writing(self.path, hint=f"the result is kept as {partial}{self._put_back(old)}"):
                raise
        try:
            _remove(old)
        except OSError as error:
            self.problems = (f"what {self.path} took the place of could not be removed: {old}: {error.strerror}",)

    def _put_back(self, old: Path) -> str:
        """Have what was at the target there again, and return what to say of it when that fails."""
        try:
            old.rename(self._final)
        except OSError:  # of the same cause as what it is told with
            return f", what was there before as {old}"
        return ""

    def _siblings(self, word: str) -> Iterator[Path]:
        """Yield names beside the target that say so with a `word`, without end."""
        stem, suffix = fitting(self._final.stem), self._final.suffix
        for attempt in count(1):
            number = f"-{attempt}" if attempt > 1 else ""
            yield self._final.with_name(f"{stem}.{word}{number}{suffix}")


def _remove(folder: Path) -> None:
    """Remove a session folder and what it holds; nothing that is no part of a session."""
    for name in _OURS:
        (folder / name).unlink(missing_ok=True)
    folder.rmdir()
