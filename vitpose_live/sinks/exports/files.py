"""The files of one export: written beside their targets, moved there together when all are complete."""

from __future__ import annotations

import os
import re
import shutil
from itertools import count
from pathlib import Path

from vitpose_live.errors import OutputError, OutputExistsError
from vitpose_live.sinks.names import check_name
from vitpose_live.sinks.target import OutputTarget, check_output, writing


def output_folder(folder: Path | None, session: Path) -> Path:
    """Return where what is made of `session` goes: into `folder`, made if missing, or beside the session.

    Raises
    ------
    OutputError
        When the folder cannot be made, or is the session itself.
    """
    if folder is None:
        return session.resolve().parent
    if os.path.realpath(folder) == os.path.realpath(session):  # Path.resolve would raise on a link to itself
        raise OutputError(f"cannot write into {session}: it is the session", hint="name another folder with --output")
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        hint = "choose another with --output"
        raise OutputError(f"cannot make the folder {folder}: {error.strerror}", hint=hint) from error
    return folder


class ExportFiles:
    """Files and folders on their way.

    Leaving the block without an error moves them to their targets, and `written` names them; with an error they are
    removed and the targets stay as they were.

    Parameters
    ----------
    folder
        Where they go; it is there.
    overwrite
        Whether files and folders that exist may be replaced.
    source
        What is exported: a file that no export may replace.
    """

    def __init__(self, folder: Path, *, overwrite: bool = False, source: Path | None = None) -> None:
        self._folder = folder
        self._overwrite = overwrite
        self._source = source
        self._targets: list[OutputTarget | _FolderTarget] = []
        self.written: tuple[Path, ...] = ()

    def __enter__(self) -> ExportFiles:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self.written = tuple(target.commit() for target in self._targets)
        finally:
            for target in self._targets:
                target.discard()  # nothing is left to discard after commit

    def file(self, name: str) -> Path:
        """Begin the file called `name` and return the path at which to write it, empty and of the same ending.

        Raises
        ------
        OutputError
            When it cannot be written; `OutputExistsError` when it exists.
        """
        path = self._folder / name
        check_output(path, overwrite=self._overwrite, source=self._source)
        target = OutputTarget(path, overwrite=self._overwrite)
        self._targets.append(target)
        return target.begin()

    def folder(self, name: str, pattern: str) -> Path:
        """Begin the folder called `name` and return the path of an empty folder to fill.

        One that exists is replaced only when it holds nothing but ordinary files whose whole names match the regular
        expression `pattern`.

        Raises
        ------
        OutputError
            As `file`.
        """
        target = _FolderTarget(self._folder / name, pattern, overwrite=self._overwrite)
        self._targets.append(target)
        return target.begin()


class _FolderTarget:
    """As `OutputTarget`, of a folder; a link to one stays, and the folder that it leads to is replaced."""

    def __init__(self, path: Path, pattern: str, *, overwrite: bool) -> None:
        check_name(path.name)
        self._path = path
        self._final = Path(os.path.realpath(path))  # Path.resolve raises on a link to itself
        self._pattern = re.compile(pattern, re.ASCII)
        self._overwrite = overwrite
        self._partial: Path | None = None
        self._check()

    def begin(self) -> Path:
        self._partial = self._fresh("partial")
        return self._partial

    def commit(self) -> Path:
        assert self._partial is not None
        self._check()
        if self._final.exists():
            self._replace(self._partial)
        else:
            with writing(self._path):
                self._partial.rename(self._final)
        self._partial = None
        return self._final

    def discard(self) -> None:
        if self._partial is not None:
            with writing(self._partial):
                shutil.rmtree(self._partial)
            self._partial = None

    def _check(self) -> None:
        """Refuse what may not be replaced."""
        with writing(self._path):
            if self._final.is_dir():
                if not self._overwrite:
                    raise OutputExistsError(f"{self._path} already exists", hint="use --overwrite to replace it")
                foreign = next((entry for entry in self._final.iterdir() if not self._is_ours(entry)), None)
                if foreign is not None:
                    raise OutputError(
                        f"cannot replace {self._path}: it holds {foreign.name}, which no export has written",
                        hint="move it away or choose another folder",
                    )
            elif self._final.exists():
                raise OutputError(f"cannot write {self._path}: it is a file", hint="move it away")

    def _is_ours(self, entry: Path) -> bool:
        return self._pattern.fullmatch(entry.name) is not None and entry.is_file() and not entry.is_symlink()

    def _replace(self, partial: Path) -> None:
        """Put `partial` in the place of what is there; a kill leaves that in a new folder beside it."""
        aside = self._fresh("old")
        old = aside / self._final.name
        with writing(self._path):
            try:
                self._final.rename(old)
                partial.rename(self._final)
            except OSError:
                if old.exists():
                    old.rename(self._final)
                aside.rmdir()
                raise
        self._partial = None
        with writing(aside, f"{self._path} is complete; what came into the old one meanwhile is kept"):
            for entry in filter(self._is_ours, list(old.iterdir())):
                entry.unlink()
            old.rmdir()
            aside.rmdir()

    def _fresh(self, word: str) -> Path:
        """Make an empty folder beside the target, of a name that nothing had."""
        with writing(self._path):
            for attempt in count(1):
                number = f"-{attempt}" if attempt > 1 else ""
                candidate = self._final.with_name(f"{self._final.name}.{word}{number}")
                try:
                    candidate.mkdir()
                except FileExistsError:
                    continue
                return candidate
        raise AssertionError("counting has no end")
