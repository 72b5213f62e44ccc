"""The files that a run is to write."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vitpose_live.errors import OutputError
from vitpose_live.registry import keypoint_writers
from vitpose_live.sinks import VIDEO_SUFFIXES, check_output
from vitpose_live.sinks.pages import PAGE_SUFFIXES
from vitpose_live.sinks.session_files import check_session
from vitpose_live.sinks.target import lies_in


@dataclass(frozen=True, slots=True)
class Outputs:
    """Files to write; None leaves one out.

    Parameters
    ----------
    video
        Annotated MP4.
    keypoints
        Tables, told apart by suffix: Parquet, CSV, JSON.
    sheet
        Contact sheet PNG.
    overwrite
        Whether files that exist may be replaced.
    report
        Page of HTML about what was trained.
    session
        Folder, ``.vpl``, that is rendered and analysed again without a network.
    session_video
        Whether the session keeps the pictures.
    """

    video: Path | None = None
    keypoints: tuple[Path, ...] = ()
    sheet: Path | None = None
    overwrite: bool = False
    report: Path | None = None
    session: Path | None = None
    session_video: bool = True

    @property
    def need_pictures(self) -> bool:
        """Whether the pictures are looked at."""
        return any((self.video, self.sheet, self.report, self.session and self.session_video))

    def check(self, source: Any) -> None:
        """Refuse, before any work, what could not be written at the end, twice, or over the source."""
        taken: set[Path] = set()
        for path, suffixes in self._targets():
            check_output(path, overwrite=self.overwrite, suffixes=suffixes, source=source)
            if path.resolve() in taken:
                raise OutputError(f"{path} is named for two outputs", hint="give each output a name of its own")
            taken.add(path.resolve())
        if self.session:
            folder = check_session(self.session, overwrite=self.overwrite)
            for path in taken:
                if lies_in(path, folder):
                    raise OutputError(f"{path} is in the session that is replaced", hint="write it somewhere else")
            if isinstance(source, str | os.PathLike) and os.path.lexists(source) and lies_in(source, folder):
                raise OutputError(f"cannot replace {self.session}: the source is in it", hint="name another session")

    def _targets(self) -> list[tuple[Path, tuple[str, ...]]]:
        tables = tuple(f".{name}" for name in keypoint_writers.names())
        targets: list[tuple[Path, tuple[str, ...]]] = []
        if self.video:
            targets.append((self.video, VIDEO_SUFFIXES))
        targets += [(path, tables) for path in self.keypoints]
        if self.sheet:
            targets.append((self.sheet, (".png",)))
        if self.report:
            targets.append((self.report, PAGE_SUFFIXES))
        return targets
