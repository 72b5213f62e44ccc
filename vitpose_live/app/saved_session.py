"""Opens what a run has kept: a session folder, whole or cut short by a kill, or a bare table of keypoints.

A session may come from anybody: everything in it is checked, and nothing in it leads out of its folder.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitpose_live.app.checked_poses import (
    LONGEST_SIDE,
    MOST_SECONDS,
    MOST_VALUES,
    bounded,
    checked,
    reading,
    skeleton_of,
)
from vitpose_live.app.keypoint_tables import SUFFIXES, assemble, column, read_parquet, read_table
from vitpose_live.app.saved_events import Event, read_events
from vitpose_live.data import Skeleton, SourceInfo, SourceKind
from vitpose_live.data.sequence import PoseSequence
from vitpose_live.errors import InvalidArrayError, SessionError, SettingsFileError, SourceNotFoundError
from vitpose_live.sinks.session_files import (
    EVENTS,
    FORMAT,
    FRAME_RECORDS,
    FRAMES,
    KEYPOINT_RECORDS,
    KEYPOINTS,
    PARTIAL_VIDEO,
    SUFFIX,
    TOML,
    VIDEO,
)
from vitpose_live.sinks.session_rows import FRAME, person_type
from vitpose_live.toml_file import read_toml

_HINT = "record it again, or take a copy that is whole"


@dataclass(frozen=True, slots=True, eq=False)
class SavedSession:
    """A session that was kept.

    Parameters
    ----------
    path
        The folder, or the table.
    sequence
        Who was where in which pose, in every frame.
    info
        The source it was made from; not opened, and perhaps gone.
    sizes
        (f, 2) int64, width and height in pixels of each frame's picture.
    video
        The pictures as they were analysed; None when they were not kept.
    source_path
        The file it was made from, as far as it was one; it may be gone.
    events
        Repetitions, cues and marks, in the order in which they came.
    metadata
        The session's other words by name: ``version``, ``models``, ``settings``, ``clock`` ...; not checked.
    problems
        What is missing in it, a line each.
    """

    path: Path
    sequence: PoseSequence
    info: SourceInfo
    sizes: NDArray[np.int64]
    video: Path | None = None
    source_path: Path | None = None
    events: tuple[Event, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def settings(self) -> Mapping[str, Any]:
        """The settings it was made with, by name, not checked; empty where it does not say."""
        return _table(self.metadata, "settings")

    @classmethod
    def open(cls, path: str | Path) -> SavedSession:
        """Open the session folder at `path`, or a bare table of keypoints: .parquet, .csv, .json.

        Raises
        ------
        SourceNotFoundError
            When it is not there.
        SessionError
            When it is no session, a broken one, or one of a later version.
        """
        path = Path(path)
        if path.is_dir():
            return _Folder(path).session()
        if not path.exists():
            raise SourceNotFoundError(f"{path} is not there", hint="name a session folder or a table of keypoints")
        if path.suffix.lower() not in SUFFIXES or not path.is_file():  # a pipe would keep us waiting
            raise SessionError(
                f"{path} is no session", hint=f"name a folder {SUFFIX}, or a table: {', '.join(SUFFIXES)}"
            )
        sequence = read_table(path)
        uri = _text(_table(sequence.metadata, "source"), "uri") or str(path)
        info = SourceInfo(uri, sequence.width, sequence.height, sequence.fps, len(sequence))
        return cls(path, sequence, info, _sizes(sequence), metadata=sequence.metadata)


def open_session(path: str | Path) -> SavedSession:
    """Open a saved session; see `SavedSession.open`."""
    return SavedSession.open(path)


class _Folder:
    """Reads one session folder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._problems: list[str] = []
        if not (path / TOML).is_file():
            raise SessionError(f"{path} is no session: there is no {TOML} in it", hint=f"name a folder {SUFFIX}")
        try:
            self._said = read_toml(self._own(TOML), "session")
        except SettingsFileError as error:
            raise SessionError(error.message, hint=_HINT) from error
        with reading(path / TOML, _HINT):
            bounded(self._said)
        self._check_format()

    def session(self) -> SavedSession:
        """Return all of it."""
        path, said = self._path, self._said
        with reading(path / TOML, _HINT):
            skeleton = skeleton_of(said.get("skeleton"))
        with reading(path, _HINT):
            sequence, sizes = self._people(skeleton)
            sizes = _sizes(sequence, sizes)
            video = self._video()
            events, missing = read_events(self._own(EVENTS))
            self._problems += missing
        if said.get("complete") is not True:
            seconds = sequence.times[-1] - sequence.times[0] if len(sequence) else 0.0
            self._problems.insert(0, f"the recording was cut short: {len(sequence)} frames, {seconds:.1f} s, were kept")
        source = _table(said, "source")
        own_path = _text(source, "path")
        kind = SourceKind.STILLS if source.get("kind") == SourceKind.STILLS else SourceKind.VIDEO
        info = SourceInfo(
            _text(source, "uri") or str(path),
            sequence.width,
            sequence.height,
            sequence.fps,
            frame_count=len(sequence),
            duration=self._duration(source, sequence),
            kind=kind,
            live=source.get("live") is True,
        )
        return SavedSession(
            path,
            sequence,
            info,
            sizes,
            video,
            Path(own_path) if own_path and "\0" not in own_path else None,
            events,
            MappingProxyType(said),
            tuple(self._problems),
        )

    def _check_format(self) -> None:
        number = self._said.get("format")
        if type(number) is not int or number < 1:
            raise SessionError(f"{self._path} is no session: its {TOML} has no format", hint=f"name a folder {SUFFIX}")
        if number > FORMAT:
            raise SessionError(
                f"{self._path} is of format {number}; this program reads up to {FORMAT}",
                hint="update the program: `pip install -U vitpose-live`",
            )

    def _own(self, name: str) -> Path:
        """Return the file called `name`; it lies in the folder, or is nobody's business here."""
        path = self._path / name
        # Path.resolve would raise on a link to itself
        if Path(os.path.realpath(path)).parent != Path(os.path.realpath(self._path)):
            raise SessionError(f"{self._path}: {name} leads out of the session", hint="do not trust this session")
        if path.exists() and not path.is_file():  # a pipe would keep whoever opens it waiting
            raise SessionError(f"{self._path}: {name} is no file", hint="do not trust this session")
        return path

    def _people(self, skeleton: Skeleton) -> tuple[PoseSequence, NDArray[np.int64]]:
        described = {key: value for key, value in self._said.items() if key not in ("skeleton", "complete", "format")}
        if self._own(FRAME_RECORDS).exists() and self._own(KEYPOINT_RECORDS).exists():
            return self._records(skeleton, described)
        with reading(self._path / FRAMES, _HINT), self._own(FRAMES).open("rb") as file:
            frames, _ = read_parquet(file)
            numbers, times, *sides = (column(frames, name) for name in FRAME.names or ())
            if len(numbers) > 1 and (np.diff(numbers) <= 0).any():
                raise InvalidArrayError("frame: expected each number to be more than the one before")
            sizes = np.stack(sides, axis=1)
        with reading(self._path / KEYPOINTS, _HINT), self._own(KEYPOINTS).open("rb") as file:
            columns, _ = read_parquet(file)
            return assemble(columns, skeleton, (numbers, times), described), sizes

    def _records(self, skeleton: Skeleton, described: Mapping[str, Any]) -> tuple[PoseSequence, NDArray[np.int64]]:
        """Read what a run has left that did not come to its end: as many records as are whole."""
        frames = self._whole(FRAME_RECORDS, FRAME)
        people = self._whole(KEYPOINT_RECORDS, person_type(skeleton, raw=True))
        people = people[(people["place"] >= 0) & (people["place"] < len(frames))]
        people["observed"] = people["observed"].view(np.uint8) != 0
        times = frames["time_s"].astype(np.float64)
        sequence = checked(people, frames["frame"].astype(np.int64), times, skeleton, described)
        return sequence, np.stack([frames["width"], frames["height"]], axis=1).astype(np.int64)

    def _whole(self, name: str, kind: np.dtype[Any]) -> NDArray[Any]:
        path = self._own(name)
        if path.stat().st_size > 4 * MOST_VALUES:
            raise InvalidArrayError(f"{name} is too large")
        return np.fromfile(path, kind, count=path.stat().st_size // kind.itemsize)

    def _video(self) -> Path | None:
        said = self._said.get("video")
        if said is None:
            return None
        if not isinstance(said, str) or said != VIDEO:  # there is no other name, and none that leads elsewhere
            raise SessionError(f"{self._path}: the video cannot be called {str(said)[:80]!r}", hint=_HINT)
        for name in (VIDEO, PARTIAL_VIDEO):
            if self._own(name).is_file():
                return self._own(name)
        self._problems.append("the video is not there")
        return None

    def _duration(self, source: Mapping[str, Any], sequence: PoseSequence) -> float | None:
        said = source.get("duration")
        if self._said.get("complete") is True and isinstance(said, int | float) and 0 < said < MOST_SECONDS:
            return float(said)
        if not len(sequence):
            return 0.0
        return float(sequence.times[-1]) + (1 / sequence.fps if sequence.fps else 0.0)


def _sizes(sequence: PoseSequence, sizes: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """(f, 2) checked sizes of the pictures; those of the source where they are not known."""
    if sizes is None:
        sizes = np.full((len(sequence), 2), (sequence.width, sequence.height), np.int64)
    if ((sizes < 0) | (sizes > LONGEST_SIDE)).any():
        raise InvalidArrayError("width, height: the pictures cannot be of that size")
    return sizes


def _table(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = said.get(name)
    return table if isinstance(table, Mapping) else {}


def _text(said: Mapping[str, Any], name: str) -> str:
    text = said.get(name)
    return text if isinstance(text, str) else ""
