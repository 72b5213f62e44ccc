"""Models from the Hugging Face hub: what lies in the local cache, and how the rest gets there.

The cache is the one that all Hugging Face programs share, in the layout of
https://huggingface.co/docs/huggingface_hub/guides/manage-cache, so nothing is downloaded twice. This module asks no
network; `vitpose_live.models.hub_transfer` does, and is imported by the first download.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

# read when huggingface_hub is first imported; unset, every download would tell the hub the version of torch, and ask it
# for a list of coding agents to recognise
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

from huggingface_hub import constants

from vitpose_live.errors import WeightsError
from vitpose_live.models.row import ModelRow

constants.HF_HUB_DISABLE_TELEMETRY = True  # another package may have been first

Progress = Callable[[int, int], None]
"""Told the bytes that are here and the bytes there will be: once before the first comes, then after each piece."""

CONFIG = "config.json"
PREPROCESSOR = "preprocessor_config.json"
SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
SHARD = re.compile(r"model-\d{5}-of-\d{5}\.safetensors")
COMMIT = re.compile(r"[0-9a-f]{40}")

_REPOSITORY = re.compile(r"\b[\w.-]{1,96}\b/\b[\w.-]{1,96}\b", re.ASCII)
_REVISION = re.compile(r"\w[\w.+-]*(/\w[\w.+-]*)*", re.ASCII)
_HEADER_LIMIT = 100_000_000
"""Bytes; a rule of the safetensors format."""
_AGAIN = "get it again with `vitpose-live models download`"


def cache_root() -> Path:
    """Return the folder that all Hugging Face programs share for what they download."""
    return Path(constants.HF_HUB_CACHE)


def is_repository(text: str) -> bool:
    """Tell whether `text` can be the name of a repository on the hub, ``"organisation/name"``."""
    return bool(_REPOSITORY.fullmatch(text)) and not re.search(r"--|\.\.|\.git$", text)


def cached(repository: str, revision: str = "main") -> Path | None:
    """Return the folder of a complete model in the local cache, or None; the network is never asked.

    Complete means that the configuration and all weights are there; `check_safetensors` looks inside.

    Parameters
    ----------
    repository
        Such as ``"usyd-community/vitpose-plus-base"``.
    revision
        A branch, a tag or a commit.

    Raises
    ------
    WeightsError
        When a name is not well formed, or the cache cannot be read.
    """
    folder = _cache_folder(repository, revision)
    try:
        commit = _cached_commit(folder, revision)
        snapshot = folder / "snapshots" / (commit or "")
        return snapshot if commit and (snapshot / CONFIG).is_file() and weight_files(snapshot) else None
    except OSError as error:
        raise WeightsError(
            f"the model cache cannot be read: {error.strerror}: {error.filename}",
            hint="HF_HOME can name another folder for it",
        ) from error


def is_cached(row: ModelRow) -> bool:
    """Tell whether `row` is a model of the hub that needs no download; raises what `cached` does."""
    return row.repository is not None and cached(row.repository, row.revision) is not None


def download(repository: str, revision: str = "main", progress: Progress | None = None) -> Path:
    """Bring a model into the local cache and return its folder; what is there already is not downloaded again.

    Fetched are the configuration and the safetensors weights, nothing that could carry code. An interrupted download
    is resumed by the next; when the disk fills up, the unfinished file is deleted. Under ``HF_HUB_OFFLINE`` only the
    cache is looked into.

    Parameters
    ----------
    repository
        Such as ``"usyd-community/vitpose-plus-base"``.
    revision
        A branch, a tag or a commit.
    progress
        Called as ``progress(bytes_here, bytes_in_all)``.

    Raises
    ------
    WeightsError
        When the hub cannot be reached or refuses, the repository holds no such model, or the disk is full.
    """
    folder = _cache_folder(repository, revision)
    if constants.is_offline_mode():
        if found := cached(repository, revision):
            return found
        raise WeightsError(
            f"{repository} is not in the local cache, and HF_HUB_OFFLINE forbids downloads",
            hint="unset HF_HUB_OFFLINE, or use an embedded model",
        )
    from vitpose_live.models import hub_transfer  # noqa: PLC0415  the network library takes a third of a second

    return hub_transfer.fetch(repository, revision, folder, progress or _say_nothing)


def weight_files(folder: Path) -> tuple[Path, ...]:
    """Return the safetensors files that hold the model in `folder`; none unless they are all there."""
    single, index = folder / SINGLE, folder / INDEX
    if single.is_file():
        return (single,)
    files = tuple(folder / name for name in _shards(index)) if index.is_file() else ()
    return files if all(file.is_file() for file in files) else ()


def size_on_disk(folder: Path) -> int:
    """Return the bytes of all files in `folder`, links followed; 0 when it is not there."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def check_safetensors(path: Path) -> None:
    """Check that a safetensors file is as long as its header says; the weights themselves are not read.

    The format (https://github.com/huggingface/safetensors#format): the header's length, 8 bytes little-endian; the
    header, JSON with the ``data_offsets`` of each tensor in what follows; the tensors, without gaps.

    Raises
    ------
    WeightsError
        When the file is missing, truncated, too long or no safetensors file.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            start = stream.read(40)
            length = int.from_bytes(start[:8], "little")
            stream.seek(8)
            header = stream.read(length) if length <= _HEADER_LIMIT else b""
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}", hint=_AGAIN) from error
    if start.startswith(b"version https://git-lfs"):
        raise WeightsError(f"{path} is a placeholder of git's, not the weights", hint="run `git lfs pull` beside it")
    if start[8:9] not in (b"", b"{"):
        raise WeightsError(f"{path} is not a safetensors file", hint=_AGAIN)
    if size < 8 or len(header) < length <= _HEADER_LIMIT:
        raise WeightsError(f"{path} is truncated: {size} bytes, less than its header", hint=_AGAIN)
    expected = 8 + length + _end_of_tensors(path, header)
    if size < expected:
        raise WeightsError(f"{path} is truncated: {size} bytes of {expected}", hint=_AGAIN)
    if size > expected:
        raise WeightsError(f"{path} is damaged: {size - expected} bytes behind its end", hint=_AGAIN)


def _end_of_tensors(path: Path, header: bytes) -> int:
    try:
        tensors = json.loads(header)
        ends = [int(tensor["data_offsets"][1]) for name, tensor in tensors.items() if name != "__metadata__"]
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError) as error:
        raise WeightsError(f"{path} is not a safetensors file", hint=_AGAIN) from error
    return max(ends, default=0)


def _cache_folder(repository: str, revision: str) -> Path:
    """Return where the cache keeps `repository`; both names are safe as parts of a path afterwards."""
    if not is_repository(repository):
        raise WeightsError(f"{repository!r} cannot be a Hugging Face repository", hint='write "organisation/name"')
    if not _REVISION.fullmatch(revision):
        raise WeightsError(f"{revision!r} cannot be a revision", hint="give a branch, a tag or a commit")
    return cache_root() / f"models--{repository.replace('/', '--')}"


def _cached_commit(folder: Path, revision: str) -> str | None:
    if COMMIT.fullmatch(revision):
        return revision
    reference = folder / "refs" / revision
    commit = reference.read_text("utf-8", errors="replace").strip() if reference.is_file() else ""
    return commit if COMMIT.fullmatch(commit) else None


def _shards(index: Path) -> tuple[str, ...]:
    """Return the files that an index names; none when it is damaged."""
    try:
        names = set(json.loads(index.read_bytes())["weight_map"].values())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ()
    return tuple(sorted(names)) if all(isinstance(name, str) and SHARD.fullmatch(name) for name in names) else ()


def _say_nothing(done: int, total: int) -> None:
    """Be the progress of a caller who wants none."""
