"""Models the catalogue does not list: local folders and files, other Hugging Face repositories."""

from __future__ import annotations

import os
import re
from pathlib import Path

from vitpose_live.errors import ModelError
from vitpose_live.models.hub import CONFIG, is_repository
from vitpose_live.models.row import ModelKind, ModelRow

_ARCHITECTURES = {ModelKind.POSE: "vitpose", ModelKind.DETECTOR: "detr"}
_PICKLED = {".pth", ".pt", ".bin", ".ckpt"}
_GRAPHS = {".onnx", ".xml"}
_WEIGHTS = ".safetensors"
_FORMAT = "a model is a folder in the Hugging Face format: config.json and *.safetensors"


def local_row(name: str, kind: ModelKind | None) -> ModelRow | None:
    """Return a row for the folder or file at the path `name`; None when nothing is there and it cannot be a path.

    Raises
    ------
    ModelError
        When the path holds no model, is a file of a kind that is not read, or looks like a path but leads nowhere.
    """
    path = Path(os.path.expanduser(name))  # noqa: PTH111  Path's own raises for an unknown user
    if not name or not os.path.exists(path):  # noqa: PTH110  Path's own raises for a name that is too long
        if _only_a_path(name):
            raise ModelError(f"there is no model at {name}", hint="check the path")
        return None
    folder = path if path.is_dir() else _folder_of(path)
    if not (folder / CONFIG).is_file():
        raise ModelError(f"{folder} is no model: it has no {CONFIG}", hint=_FORMAT)
    folder = folder.resolve()
    return _row(name, kind, origin=str(folder), folder=folder)


def repository_row(name: str, kind: ModelKind | None) -> ModelRow | None:
    """Return a row for the Hugging Face repository `name`; None when it cannot be one.

    Raises
    ------
    ModelError
        When `kind` is None: the name does not tell.
    """
    if not is_repository(name):
        return None
    return _row(name, kind, origin=hub_page(name), repository=name)


def hub_page(repository: str) -> str:
    """Return the web address of a Hugging Face repository."""
    return f"https://huggingface.co/{repository}"


def _folder_of(file: Path) -> Path:
    """Return the folder whose model `file` is, or say why there is none."""
    suffix = file.suffix.lower()
    if suffix == _WEIGHTS or file.name == CONFIG:
        return file.parent
    if suffix in _PICKLED:
        raise ModelError(
            f"{file} is an original checkpoint, not a model folder",
            hint=f"convert it first: vitpose-live models convert {file} --out DIR",
        )
    if suffix in _GRAPHS:
        raise ModelError(f"{file}: {suffix} networks are not supported", hint=_FORMAT)
    raise ModelError(f"{file} is no model", hint=_FORMAT)


def _only_a_path(name: str) -> bool:
    """Whether `name` can be nothing but a path."""
    if is_repository(name.partition("@")[0]) and not name.lower().endswith(tuple(_PICKLED | _GRAPHS)):
        return False
    suffixes = (*_PICKLED, *_GRAPHS, _WEIGHTS)
    return bool(re.search(r"[/\\]|^[.~]", name)) or name.lower().endswith(suffixes)


def _row(
    name: str, kind: ModelKind | None, *, origin: str, repository: str | None = None, folder: Path | None = None
) -> ModelRow:
    if kind is None:
        raise ModelError(
            f"{name} is not in the catalogue, so it is not known whether it is a detector or a pose model",
            hint="name it with --detector or --pose",
        )
    return ModelRow(
        name=name,
        kind=kind,
        architecture=_ARCHITECTURES[kind],
        licence="unknown",
        origin=origin,
        repository=repository,
        folder=folder,
    )
