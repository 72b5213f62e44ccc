"""Where results go: checked before any work, written beside the target, moved there when complete.

Until `OutputTarget.commit` the target's name is never touched: a failure, a kill or a full disk leaves an existing
file as it was. After a kill the unfinished file stays beside it, under the name ``<stem>.partial<suffix>``.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from vitpose_live.errors import OutputError, OutputExistsError
from vitpose_live.registry import unknown_name
from vitpose_live.sinks.names import check_name

PathLike = str | os.PathLike[str]

_HINTS = {
    errno.ENOSPC: "free some space or write to another disk",
    errno.EDQUOT: "your disk quota is used up: free some space or write to another disk",
    errno.EFBIG: "the file system or a limit (ulimit -f) does not allow a file this large",
    errno.EACCES: "write where you have permission",
    errno.EPERM: "write where you have permission",
    errno.EROFS: "the file system is read-only: write somewhere else",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ENOENT: "the folder is not there: create it first",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.EISDIR: "that is a folder: name a file in it",
    errno.EIO: "the disk or the connection to it failed",
}


@contextmanager
def writing(path: PathLike, hint: str = "") -> Iterator[None]:
    """Translate the operating system's errors in the block into `OutputError` on `path`, with a hint."""
    try:
        yield
    except OutputError:  # OutputExistsError is an OSError too, and has been said already
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"cannot write {path}: {reason}", hint=hint or _HINTS.get(error.errno or 0, "")) from error


def same_file(first: PathLike, second: PathLike) -> bool:
    """Tell whether two paths name one file, links and spelling aside; False when either is not there."""
    try:
        return Path(first).samefile(second)
    except OSError:
        return False


def lies_in(path: PathLike, folder: PathLike) -> bool:
    """Tell whether `path`, there or not yet, is `folder` or in it, links and spelling aside."""
    resolved = Path(os.path.realpath(path))
    return any(same_file(each, folder) for each in (resolved, *resolved.parents))


def check_output(
    path: PathLike, *, overwrite: bool = False, suffixes: Collection[str] = (), source: object = None
) -> Path:
    """Check that a result can be written to `path`, before any work is done; nothing is created.

    Folders are not created: a misspelt path should be an error now, not a surprise later.

    Parameters
    ----------
    path
        The target.
    overwrite
        Whether an existing file may be replaced.
    suffixes
        The endings allowed, lower case with the dot, compared without regard to case; empty allows all.
    source
        The input of the work; when it is a path, the result must not replace that file. Anything else is ignored.

    Returns
    -------
    Path
        Absolute, links resolved.

    Raises
    ------
    OutputExistsError
        When the file is there and may not be replaced.
    OutputError
        When the name is one that not every system takes, the ending is not known, the folder is missing or not
        writable, or the target is not an ordinary file or is the source itself.
    """
    path = Path(path)
    check_name(path.name)
    _check_folders(path)
    if isinstance(source, str | os.PathLike) and same_file(path, source):
        raise OutputError(f"cannot write {path}: it is the source", hint="name another file")
    if suffixes and path.suffix.lower() not in suffixes:
        kind = f"ending {path.suffix!r}" if path.suffix else "name without an ending"
        hint = unknown_name("ending", path.suffix, suffixes).hint if path.suffix else f"known: {', '.join(suffixes)}"
        raise OutputError(f"cannot write {path}: {kind} is not known for this output", hint=hint)
    with writing(path):
        resolved = Path(os.path.realpath(path))  # Path.resolve raises on a link to itself
        if resolved.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if resolved.exists():
            if not resolved.is_file():
                raise OutputError(f"cannot write {path}: not an ordinary file", hint="name a new file")
            if not overwrite:
                raise OutputExistsError(f"{path} already exists", hint="use --overwrite to replace it")
        folder = resolved.parent
        if not folder.is_dir():
            code = errno.ENOTDIR if any(up.is_file() for up in folder.parents) or folder.is_file() else errno.ENOENT
            raise OSError(code, f"there is no folder {folder}")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, f"no permission to write in {folder}")
    return resolved


class OutputTarget:
    """A file on its way: written beside its target by `begin`, moved there by `commit`.

    Parameters
    ----------
    path
        Where the result goes.
    overwrite, suffixes, source
        As for `check_output`, which runs at once; nothing is created before `begin`.

    Raises
    ------
    OutputError
        As `check_output`.
    """

    def __init__(
        self, path: PathLike, *, overwrite: bool = False, suffixes: Collection[str] = (), source: object = None
    ) -> None:
        self.path = Path(path)
        self._final = check_output(path, overwrite=overwrite, suffixes=suffixes, source=source)
        self._overwrite = overwrite
        self._partial: Path | None = None

    @property
    def partial(self) -> Path:
        """The file being written; there from `begin` to `commit` or `discard`."""
        if self._partial is None:
            raise OutputError(f"{self.path} is not being written")
        return self._partial

    @property
    def folder(self) -> Path:
        """Where the file goes."""
        return self._final.parent

    def begin(self) -> Path:
        """Create the unfinished file, empty, and return its path.

        Its name is one that is free: the usual one may hold the recording of a run that was killed.

        Raises
        ------
        OutputError
            When it cannot be created.
        """
        stem, suffix = fitting(self._final.stem), self._final.suffix
        with writing(self.path):
            for attempt in count(1):
                number = f"-{attempt}" if attempt > 1 else ""
                candidate = self._final.with_name(f"{stem}.partial{number}{suffix}")
                try:
                    os.close(os.open(candidate, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
                except FileExistsError:
                    continue
                self._partial = candidate
                break
        return self.partial

    def commit(self) -> Path:
        """Move the finished file to its target in one step and return the target's path.

        Raises
        ------
        OutputExistsError
            When somebody else put a file there meanwhile; ours stays, as the hint says.
        OutputError
            When the file system refuses.
        """
        partial = self.partial
        with writing(self.path):
            if self._final.exists() and not self._overwrite:
                self._partial = None
                raise OutputExistsError(
                    f"{self.path} was created by somebody else meanwhile", hint=f"the result is kept as {partial}"
                )
            flush_to_disk(partial)
            partial.replace(self._final)
        self._partial = None
        return self.path

    def keep(self) -> Path:
        """Leave the unfinished file there for good and return its path: the target's own where nothing is yet.

        What is there already is complete, and so worth more, even where it may be replaced.
        """
        partial = self.leave()
        return self.path if moved_where_free(partial, self._final) else partial

    def leave(self) -> Path:
        """Leave the unfinished file where it is, for good, and return its path."""
        partial, self._partial = self.partial, None
        return partial

    def discard(self) -> None:
        """Remove the unfinished file, if there is one; the target stays as it was."""
        if self._partial is not None:
            with writing(self._partial):
                self._partial.unlink(missing_ok=True)
            self._partial = None


def _check_folders(path: Path) -> None:
    """Refuse what no system can even ask for."""
    if "\0" in str(path):
        raise OutputError(f"the path {str(path)!r} has a NUL in it", hint="choose a name of letters and digits")


def fitting(stem: str) -> str:
    """Cut `stem` so that the unfinished file's longer name is one that file systems take (255 bytes)."""
    return stem.encode(errors="surrogateescape")[:220].decode(errors="ignore")


def moved_where_free(partial: Path, final: Path) -> bool:
    """Give what is finished its `final` name where nothing has that yet; return whether it got it.

    On a disk at its end even this may fail, and the name matters less than what is in it.
    """
    if os.path.lexists(final):
        return False
    try:
        partial.rename(final)
    except OSError:
        return False
    return True


def flush_to_disk(path: Path) -> None:
    """Have the file's data on the disk before its name says that it is complete."""
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
