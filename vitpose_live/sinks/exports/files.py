"""The files of one export: written beside their targets, moved there together when all are complete."""

from __future__ import annotations

import shutil
from itertools import count
from pathlib import Path

from vitpose_live.errors import OutputError, OutputExistsError
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
    if folder.resolve() == session.resolve():
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

        One that exists is replaced only when all in it matches `pattern`.

        Raises
        ------
        OutputError
            As `file`.
        """
        target = _FolderTarget(self._folder / name, pattern, overwrite=self._overwrite)
        self._targets.append(target)
        return target.begin()


class _FolderTarget:
    """As `OutputTarget`, of a folder."""

    def __init__(self, path: Path, pattern: str, *, overwrite: bool) -> None:
        self._path = path
        self._partial: Path | None = None
        with writing(path):
            if path.is_dir():
                if not overwrite:
                    raise OutputExistsError(f"{path} already exists", hint="use --overwrite to replace it")
                foreign = next((entry for entry in path.iterdir() if not entry.match(pattern)), None)
                if foreign is not None:
                    raise OutputError(
                        f"cannot replace {path}: it holds {foreign.name}, which no export has written",
                        hint="move it away or choose another folder",
                    )
            elif path.exists():
                raise OutputError(f"cannot write {path}: it is a file", hint="move it away")

    def begin(self) -> Path:
        with writing(self._path):
            for attempt in count(1):
                candidate = self._path.with_name(f"{self._path.name}.partial{f'-{attempt}' if attempt > 1 else ''}")
                try:
                    candidate.mkdir()
                except FileExistsError:
                    continue
                self._partial = candidate
                return candidate
        raise AssertionError("counting has no end")

    def commit(self) -> Path:
        assert self._partial is not None
        with writing(self._path):
            old = self._path.with_name(f"{self._partial.name}.old")
            if self._path.exists():
                self._path.rename(old)
            self._partial.rename(self._path)
            if old.exists():
                shutil.rmtree(old)
        self._partial = None
        return self._path.resolve()

    def discard(self) -> None:
        if self._partial is not None:
            with writing(self._partial):
                shutil.rmtree(self._partial)
            self._partial = None
