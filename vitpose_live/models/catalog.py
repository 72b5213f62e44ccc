"""The catalogue: every model by name, as rows of ``catalog.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

from vitpose_live.errors import ModelError
from vitpose_live.registry import unknown_name

LISTING = "vitpose-live models list"


class ModelKind(StrEnum):
    """What a model does."""

    DETECTOR = "detector"
    """Finds the boxes of people in a picture."""
    POSE = "pose"
    """Finds the keypoints of people whose boxes are known."""


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model.

    Parameters
    ----------
    name
        What the user calls it.
    kind
        What it does.
    architecture
        Names the code that runs it, in `vitpose_live.models.loading.architectures`.
    summary
        What sets it apart, in one line.
    parameters
        Number of weights.
    licence, origin
        SPDX licence of the weights, and where they were published.
    average_precision
        Measured on COCO as `measured` says.
    files
        File under ``assets/models`` to its sha256; the network comes first.
    options
        What the architecture needs to know: ``input_size``, (height, width) in pixels, or ``looks``, and others.
    skeleton
        The keypoints a pose model names; None for a detector.
    """

    name: str
    kind: ModelKind
    architecture: str
    summary: str
    parameters: int
    licence: str
    origin: str
    average_precision: float
    measured: str
    files: Mapping[str, str]
    options: Mapping[str, Any] = field(default_factory=dict)
    skeleton: str | None = None

    def columns(self) -> tuple[str, ...]:
        """Return the row of a table: name, kind, input, parameters, licence, AP, summary."""
        millions = f"{self.parameters / 1e6:.1f} M"
        precision = f"{self.average_precision:.3f}".lstrip("0")
        return (self.name, self.kind, self._input(), millions, self.licence, precision, self.summary)

    def _input(self) -> str:
        if "looks" in self.options:
            return " + ".join(str(look["longer_side"]) for look in self.options["looks"])
        height, width = self.options["input_size"]
        return f"{width} x {height}"

    def facts(self) -> dict[str, Any]:
        """Return everything known of the model, as JSON takes it; `also_called` are its other names."""
        return {
            "name": self.name,
            "also_called": sorted(
                {alias for alias, name in _catalogue().aliases[self.kind].items() if name == self.name}
            ),
            "kind": str(self.kind),
            "summary": self.summary,
            "architecture": self.architecture,
            "skeleton": self.skeleton,
            "parameters": self.parameters,
            "licence": self.licence,
            "origin": self.origin,
            "average_precision": self.average_precision,
            "measured": self.measured,
            "options": {key: list(value) if isinstance(value, tuple) else value for key, value in self.options.items()},
            "files": dict(self.files),
        }


@dataclass(frozen=True, slots=True)
class _Catalogue:
    rows: tuple[ModelRow, ...]
    aliases: Mapping[ModelKind, Mapping[str, str]]


@cache
def _catalogue() -> _Catalogue:
    table = tomllib.loads((resources.files(__package__) / "catalog.toml").read_text("utf-8"))
    aliases = {ModelKind(kind): MappingProxyType(names) for kind, names in table["aliases"].items()}
    return _Catalogue(tuple(_row(entry) for entry in table["model"]), MappingProxyType(aliases))


def _row(entry: dict[str, Any]) -> ModelRow:
    frozen: dict[str, Any] = {
        key: MappingProxyType(value) if isinstance(value, dict) else value for key, value in entry.items()
    }
    return ModelRow(**{**frozen, "kind": ModelKind(entry["kind"])})


def rows(kind: ModelKind | None = None) -> tuple[ModelRow, ...]:
    """Return the models of `kind`, or all, in the order of the catalogue."""
    return tuple(row for row in _catalogue().rows if kind is None or row.kind is kind)


def aliases(kind: ModelKind) -> Mapping[str, str]:
    """Return the short names of models of `kind`, such as ``"embedded"``, and the model each stands for."""
    return _catalogue().aliases[kind]


def find(name: str, kind: ModelKind | None = None) -> ModelRow:
    """Return the model called `name`, which may be short for another such as ``"auto"`` or ``"embedded"``.

    Parameters
    ----------
    name
        As the user wrote it.
    kind
        What the model must do; None takes any, except for a short name that stands for one of each kind.

    Raises
    ------
    UnknownNameError
        When there is no such model; the hint names the nearest.
    ModelError
        When there is, but it is of another kind or its origin is not supported.
    """
    stands_for = {aliases(each)[name] for each in ModelKind if kind in (None, each) and name in aliases(each)}
    if len(stands_for) > 1:
        raise ModelError(
            f"{name!r} stands for one model of each kind", hint=f"ask for {' or '.join(sorted(stands_for))}"
        )
    name = stands_for.pop() if stands_for else name
    for row in rows():
        if row.name == name:
            if kind not in (None, row.kind):
                raise ModelError(f"{name} is a {row.kind} model, not a {kind} model", hint=f"see `{LISTING}`")
            return row
    if _looks_foreign(name):
        raise ModelError(
            f"{name!r} looks like a Hugging Face repository or a local file; only the embedded models are supported",
            hint=f"use embedded, or a name of `{LISTING}`",
        )
    known = {
        *(row.name for row in rows(kind)),
        *(alias for each in ModelKind if kind in (None, each) for alias in aliases(each)),
    }
    raise unknown_name(f"{kind} model" if kind else "model", name, known, listing=LISTING)


def _looks_foreign(name: str) -> bool:
    return bool(re.search(r"[/\\~]|^\.|\.(onnx|xml|pt|pth|safetensors|bin)$", name)) or Path(name).exists()
