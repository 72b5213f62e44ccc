"""The embedded networks' files, found and checked before anything reads them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from vitpose_live.bundled import bundled_path
from vitpose_live.errors import VitposeLiveError, WeightsError
from vitpose_live.models.catalog import ModelRow

_HINT = "the installation is damaged; install it again, or in a source checkout `git checkout assets/models`"


def verified_files(row: ModelRow) -> tuple[Path, ...]:
    """Return the files of `row`, the network first, after checking the sha256 of each once per process.

    Raises
    ------
    WeightsError
        When a file is missing, truncated or altered.
    """
    return tuple(_verified(row.name, name, digest) for name, digest in row.files.items())


def _verified(model: str, name: str, expected: str) -> Path:
    try:
        path = bundled_path(f"models/{name}")
        digest = _sha256(path)
    except VitposeLiveError as error:
        raise WeightsError(f"{model}: its file {name} is missing", hint=_HINT) from error
    except OSError as error:
        raise WeightsError(f"{model}: its file {name} cannot be read: {error.strerror}", hint=_HINT) from error
    if digest != expected:
        raise WeightsError(
            f"{model}: its file {path} is damaged (sha256 {digest[:12]}..., not {expected[:12]}...)", hint=_HINT
        )
    return path


@cache
def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
