"""The catalogue: every model by name, as rows of ``catalog.toml``."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from vitpose_live.errors import ModelError, UnknownModelError
from vitpose_live.models.foreign import hub_page, local_row, repository_row
from vitpose_live.models.row import HEADINGS, ModelKind, ModelRow
from vitpose_live.registry import unknown_name

__all__ = ["HEADINGS", "LISTING", "ModelKind", "ModelRow", "aliases", "find", "preferred", "rows"]

LISTING = "vitpose-live models list"

_STANDS_IN = "embedded"
"""What ``auto`` is where nobody asks which models are cached."""


@dataclass(frozen=True, slots=True)
class _Catalogue:
    rows: tuple[ModelRow, ...]
    aliases: Mapping[ModelKind, Mapping[str, str]]
    auto: Mapping[ModelKind, Mapping[str, tuple[str, ...]]]


@cache
def _catalogue() -> _Catalogue:
    table = tomllib.loads((resources.files(__package__) / "catalog.toml").read_text("utf-8"))
    short = {ModelKind(kind): MappingProxyType(names) for kind, names in table["aliases"].items()}
    auto = {
        ModelKind(kind): MappingProxyType({device: tuple(names) for device, names in lists.items()})
        for kind, lists in table["auto"].items()
    }
    entries = [{**table["family"].get(entry.get("family"), {}), **entry} for entry in table["model"]]
    return _Catalogue(tuple(_row(entry, short) for entry in entries), MappingProxyType(short), MappingProxyType(auto))


def _row(entry: Mapping[str, Any], short: Mapping[ModelKind, Mapping[str, str]]) -> ModelRow:
    frozen: dict[str, Any] = {
        key: MappingProxyType(value) if isinstance(value, dict) else tuple(value) if key == "skeletons" else value
        for key, value in entry.items()
        if key != "family"
    }
    kind = ModelKind(entry["kind"])
    also_called = tuple(sorted(alias for alias, name in short[kind].items() if name == entry["name"]))
    if "repository" in entry:
        frozen.setdefault("origin", hub_page(entry["repository"]))
    return ModelRow(**{**frozen, "kind": kind, "also_called": also_called})


def rows(kind: ModelKind | None = None) -> tuple[ModelRow, ...]:
    """Return the models of `kind`, or all, in the order of the catalogue."""
    return tuple(row for row in _catalogue().rows if kind is None or row.kind == kind)


def aliases(kind: ModelKind) -> Mapping[str, str]:
    """Return the short names of models of `kind`, such as ``"embedded"``, and the model each stands for."""
    return _catalogue().aliases[kind]


def preferred(kind: ModelKind, device_class: str) -> tuple[ModelRow, ...]:
    """Return the models that ``auto`` may choose on a device, best first; none is hopelessly slow there.

    Parameters
    ----------
    kind
        What the model must do.
    device_class
        ``"cuda"``, ``"mps"`` or ``"cpu"``.
    """
    by_name = {row.name: row for row in rows(kind)}
    return tuple(by_name[name] for name in _catalogue().auto[kind][device_class])


def find(name: str, kind: ModelKind | None = None) -> ModelRow:
    """Return the model called `name`.

    Parameters
    ----------
    name
        As the user wrote it: a name of the catalogue or short for one such as ``"embedded"``, a local folder in the
        Hugging Face format or its weights file, or a Hugging Face repository, in this order; either of the catalogue's
        names for a repository may end in ``@revision``. ``"auto"`` is the embedded model: who knows which models are
        cached takes the first of `preferred` instead.
    kind
        What the model must do. None takes any, but then a short name must not stand for one of each kind and the
        model must be in the catalogue.

    Raises
    ------
    UnknownModelError
        When there is no such model; the hint names the nearest.
    ModelError
        When there is, but it is of another kind or no model that can be loaded.
    """
    row = _listed(_meant(name, kind))
    if row is not None:
        return _of_kind(row, kind)
    row = local_row(name, kind)
    if row is not None:
        return row
    plain, revised, revision = name.partition("@")
    row = _published(plain, kind) or repository_row(plain, kind)
    if row is None or (revised and not revision):
        known = {*(row.name for row in rows(kind)), *_short_names(kind)}
        unknown = unknown_name(f"{kind} model" if kind else "model", name, known, listing=LISTING)
        raise UnknownModelError(unknown.message, hint=unknown.hint)
    return dataclasses.replace(row, name=name, revision=revision) if revised else row


def _meant(name: str, kind: ModelKind | None) -> str:
    """Return the name that `name` is short for, or itself."""
    name = _STANDS_IN if name == "auto" else name
    stands_for = {aliases(each)[name] for each in ModelKind if kind in (None, each) and name in aliases(each)}
    if len(stands_for) > 1:
        raise ModelError(
            f"{name!r} stands for one model of each kind", hint=f"ask for {' or '.join(sorted(stands_for))}"
        )
    return stands_for.pop() if stands_for else name


def _listed(name: str) -> ModelRow | None:
    return next((row for row in rows() if row.name == name), None)


def _published(name: str, kind: ModelKind | None) -> ModelRow | None:
    """Return the row that has weights on the hub and is called `name` or lies in the repository `name`."""
    for row in rows():
        if row.repository is not None and name in (row.name, row.repository):
            return _of_kind(row, kind)
    return None


def _of_kind(row: ModelRow, kind: ModelKind | None) -> ModelRow:
    if kind not in (None, row.kind):
        raise ModelError(f"{row.name} is a {row.kind} model, not a {kind} model", hint=f"see `{LISTING}`")
    return row


def _short_names(kind: ModelKind | None) -> set[str]:
    return {alias for each in ModelKind if kind in (None, each) for alias in aliases(each)}
