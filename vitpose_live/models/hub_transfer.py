"""Downloads from the Hugging Face hub.

The transfer is our own, because huggingface_hub 2 deletes a partial file when its process ends. Here it stays, as
``blobs/<digest>.incomplete``, and the next attempt asks for the rest only. A file gets its own name once it is whole
and its sha256 is right; a branch gets to lead to a folder once that is complete. One question is asked of the hub,
and one per file that is missing.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2
from huggingface_hub import HfApi, constants, errors, get_session, hf_hub_url, hf_raise_for_status
from huggingface_hub.hf_api import RepoSibling
from huggingface_hub.utils import WeakFileLock, build_hf_headers  # type: ignore[attr-defined]  # lazily exported

from vitpose_live.errors import WeightsError
from vitpose_live.models.hub import (
    COMMIT,
    CONFIG,
    INDEX,
    PREPROCESSOR,
    SHARD,
    SINGLE,
    Progress,
    check_safetensors,
    weight_files,
)
from vitpose_live.models.hub_errors import foreign, named, no_space

_DIGEST = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_WAITS = (0.5, 1.0, 2.0, 4.0)
"""Seconds before another attempt after one that brought nothing; one that brought something starts them afresh."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True, slots=True)
class _RemoteFile:
    name: str
    size: int
    digest: str
    """sha256 of a large file, git's sha1 of a small one; its name among the cache's blobs."""


def fetch(repository: str, revision: str, folder: Path, progress: Progress) -> Path:
    """Bring a model into `folder` of the cache and return the folder of its snapshot.

    Parameters
    ----------
    repository, revision
        Well-formed names.
    folder
        Where the cache keeps `repository`.
    progress
        Called as ``progress(bytes_here, bytes_in_all)``.

    Raises
    ------
    WeightsError
        As `vitpose_live.models.hub.download` says.
    """
    try:
        commit, files = _listing(repository, revision)
        snapshot = folder / "snapshots" / commit
        _fetch_all(repository, snapshot, files, progress)
        weights = weight_files(snapshot)
        if not weights:
            raise WeightsError(f"{repository}: its {INDEX} names files it does not have", hint="tell its owner")
        for file in weights:
            check_safetensors(file)
        if commit != revision:
            _write_reference(folder / "refs" / revision, commit)
    except (httpx2.HTTPError, OSError) as error:
        raise named(error, repository, revision) from error
    return snapshot


def _listing(repository: str, revision: str) -> tuple[str, Sequence[_RemoteFile]]:
    """Ask the hub for the commit behind `revision` and the files that we want of it, smallest first."""
    try:
        info = HfApi().model_info(
            repository, revision=revision, files_metadata=True, timeout=constants.HF_HUB_ETAG_TIMEOUT
        )
    except httpx2.HTTPError:  # some are ValueErrors too
        raise
    except (ValueError, KeyError, TypeError, AttributeError, ImportError, httpx2.InvalidURL) as error:
        raise foreign(f"{type(error).__name__}: {error}") from error
    siblings = {sibling.rfilename: sibling for sibling in info.siblings or ()}
    if not COMMIT.fullmatch(info.sha or ""):
        raise foreign("it names no commit")
    assert info.sha is not None
    files = [_remote_file(siblings[name]) for name in _wanted(repository, siblings)]
    return info.sha, sorted(files, key=lambda file: file.size)


def _wanted(repository: str, names: Mapping[str, object]) -> list[str]:
    weights = [SINGLE] if SINGLE in names else [name for name in names if name == INDEX or SHARD.fullmatch(name)]
    if not weights:
        raise WeightsError(
            f"{repository} has no safetensors weights",
            hint="other formats are not downloaded, because they can carry code; another revision may have them",
        )
    if CONFIG not in names:
        raise WeightsError(
            f"{repository} has no {CONFIG}", hint="it must be a model in the format of Hugging Face transformers"
        )
    return [CONFIG, *(name for name in names if name == PREPROCESSOR), *weights]


def _remote_file(sibling: RepoSibling) -> _RemoteFile:
    digest = sibling.lfs.sha256 if sibling.lfs else sibling.blob_id
    if not sibling.size or digest is None or not _DIGEST.fullmatch(digest):
        raise foreign(f"it tells no size or digest of {sibling.rfilename}")
    return _RemoteFile(sibling.rfilename, sibling.size, digest)


def _fetch_all(repository: str, snapshot: Path, files: Sequence[_RemoteFile], progress: Progress) -> None:
    blobs = snapshot.parents[1] / "blobs"
    here = {file.name: _bytes_here(snapshot, blobs, file) for file in files}
    total = sum(file.size for file in files)
    missing = total - sum(here.values())
    if missing > _free(blobs):
        raise no_space(repository, missing, _free(blobs))
    progress(sum(here.values()), total)
    for file in files:
        pointer = snapshot / file.name
        if _length(pointer) == file.size:
            continue

        def tell(size: int, name: str = file.name) -> None:
            here[name] = size
            progress(sum(here.values()), total)

        url = hf_hub_url(repository, file.name, revision=snapshot.name)
        try:
            _fetch(url, file, blobs, pointer, tell)
            tell(file.size)  # another process may have brought it
        except OSError as error:
            if error.errno not in _FULL:
                raise
            # the rest of the machine needs the space more than the next attempt needs this
            _partial(blobs, file).unlink(missing_ok=True)
            if error.errno != errno.ENOSPC:
                raise
            raise no_space(repository, total - sum(here.values()), _free(blobs)) from error


def _fetch(url: str, file: _RemoteFile, blobs: Path, pointer: Path, tell: Callable[[int], None]) -> None:
    """Make `pointer` a link to the content of `file`, from the cache if it has it; `tell` is told its bytes so far."""
    blob, partial = blobs / file.digest, _partial(blobs, file)
    lock = blobs.parents[1] / ".locks" / blobs.parent.name / f"{file.digest}.lock"
    for needed in (blobs, pointer.parent, lock.parent):
        needed.mkdir(parents=True, exist_ok=True)
    with WeakFileLock(lock):  # another process may be at it
        if _length(blob) != file.size:
            _transfer(url, partial, file.size, tell)
            _verify(partial, file)
            partial.replace(blob)
        pointer.unlink(missing_ok=True)
        try:
            pointer.symlink_to(os.path.relpath(blob, pointer.parent))
        except OSError:  # no links on Windows without developer mode, or on exFAT
            blob.replace(pointer)


def _transfer(url: str, partial: Path, size: int, tell: Callable[[int], None]) -> None:
    """Append to `partial` until it has `size` bytes, through broken connections."""
    partial.touch()
    if _length(partial) > size:
        partial.write_bytes(b"")
    waits = iter(_WAITS)
    while (before := _length(partial)) < size:
        try:
            _receive(url, partial, before, size, tell)
        except httpx2.HTTPError as error:
            if not _may_pass(error):
                raise
            if _length(partial) > before:
                waits = iter(_WAITS)
                continue
            wait = next(waits, None)
            if wait is None:
                raise
            time.sleep(wait)


def _may_pass(error: httpx2.HTTPError) -> bool:
    if isinstance(error, errors.HfHubHTTPError):
        return error.response.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR
    return isinstance(error, httpx2.TransportError)


def _receive(url: str, partial: Path, start: int, size: int, tell: Callable[[int], None]) -> None:
    headers = build_hf_headers() | {"accept-encoding": "identity"}  # a range of compressed bytes would be no help
    if start:
        headers["range"] = f"bytes={start}-"
    with get_session().stream("GET", url, headers=headers, timeout=constants.HF_HUB_DOWNLOAD_TIMEOUT) as answer:
        hf_raise_for_status(answer)
        if answer.status_code != httpx2.codes.PARTIAL_CONTENT:
            start = 0  # not everyone knows ranges
        announced = answer.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) != size - start and "content-encoding" not in answer.headers:
            raise foreign(f"it sends {announced} bytes instead of {size - start}")
        with partial.open("r+b") as stream:
            stream.seek(start)
            stream.truncate()
            for piece in answer.iter_bytes():
                start += len(piece)
                if start > size:
                    raise foreign(f"it sends more than {size} bytes")
                stream.write(piece)
                tell(start)
            stream.flush()
            os.fsync(stream.fileno())  # or a power cut would leave a whole name for half a file
    if start < size:
        raise httpx2.RemoteProtocolError(f"the transfer ended after {start} of {size} bytes")


def _verify(partial: Path, file: _RemoteFile) -> None:
    with partial.open("rb") as stream:
        if len(file.digest) == 40 or hashlib.file_digest(stream, "sha256").hexdigest() == file.digest:
            return
    partial.unlink()
    raise WeightsError(
        f"{file.name} arrived damaged: its sha256 is not {file.digest[:12]}...",
        hint="what arrived was deleted; run the download again",
    )


def _partial(blobs: Path, file: _RemoteFile) -> Path:
    return blobs / f"{file.digest}.incomplete"


def _bytes_here(snapshot: Path, blobs: Path, file: _RemoteFile) -> int:
    if file.size in (_length(snapshot / file.name), _length(blobs / file.digest)):
        return file.size
    return min(_length(_partial(blobs, file)), file.size)


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _write_reference(path: Path, commit: str) -> None:
    """Let a branch or tag lead to `commit`; a reader sees the old one or the new one."""
    if path.exists() and path.read_text("utf-8") == commit:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    unfinished.write_text(commit, "utf-8")
    unfinished.replace(path)


def _free(folder: Path) -> int:
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    return shutil.disk_usage(there).free
