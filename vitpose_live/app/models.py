"""Which models are on this machine, and how others get here."""

from __future__ import annotations

from pathlib import Path

from vitpose_live.bundled import bundled_path
from vitpose_live.errors import VitposeLiveError, WeightsError
from vitpose_live.models import catalog, hub
from vitpose_live.models.catalog import ModelKind, ModelRow


def is_here(row: ModelRow) -> bool:
    """Return whether `row` can be loaded without a download."""
    return folder_of(row) is not None


def folder_of(row: ModelRow) -> Path | None:
    """Return the folder of `row`'s files; None when they must be downloaded first."""
    if row.files:
        return bundled_path(f"models/{next(iter(row.files))}").parent
    return row.folder if row.repository is None else hub.cached(row.repository, row.revision)


def files_of(name: str) -> tuple[Path, ...]:
    """Return the files of the model called `name`.

    Raises
    ------
    UnknownNameError
        When there is no such model.
    WeightsError
        When it is not on this machine.
    """
    row = catalog.find(name)
    if row.files:
        return tuple(bundled_path(f"models/{file}") for file in row.files)
    folder = folder_of(row)
    if folder is None:
        raise WeightsError(f"{name} is not on this machine", hint=f"get it with `vitpose-live models download {name}`")
    return (folder / hub.CONFIG, *hub.weight_files(folder))


def revision_of(name: str) -> str | None:
    """Return the commit of the model called `name`, as far as it came from the hub; None of others."""
    try:
        row = catalog.find(name)
    except VitposeLiveError:  # a folder, or another program's
        return None
    folder = folder_of(row) if row.repository is not None else None
    return folder.name if folder is not None else None


def fetch(name: str, kind: ModelKind | None = None, *, progress: hub.Progress | None = None) -> Path:
    """Bring the model called `name` onto this machine and return its folder; one that is here is left as it is.

    Parameters
    ----------
    name
        A name of the catalogue, or a Hugging Face repository.
    kind
        What it does; None when the name alone tells, or it does not matter.
    progress
        Called as ``progress(bytes_here, bytes_in_all)``.

    Raises
    ------
    UnknownNameError
        When there is no such model.
    WeightsError
        When it cannot be downloaded.
    """
    repository, _, revision = name.partition("@")
    if kind is None and hub.is_repository(repository) and not Path(repository).exists():
        return hub.download(repository, revision or "main", progress)
    row = catalog.find(name, kind)
    if row.repository is not None:
        return hub.download(row.repository, row.revision, progress)
    folder = folder_of(row)
    assert folder is not None
    return folder


def missing(detector: str, pose: str) -> tuple[tuple[str, ModelKind], ...]:
    """Return those of the two models, each with its kind, that must be downloaded before they can be loaded."""
    named = ((detector, ModelKind.DETECTOR), (pose, ModelKind.POSE))
    return tuple((name, kind) for name, kind in named if name != "auto" and not is_here(catalog.find(name, kind)))
