"""One model: what is known of it before any of its files is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

_BYTES_PER_WEIGHT = 4
"""Published weights are float32."""


class ModelKind(StrEnum):
    """What a model does."""

    DETECTOR = "detector"
    """Finds the boxes of people in a picture."""
    POSE = "pose"
    """Finds the keypoints of people whose boxes are known."""


HEADINGS = ("name", "kind", "keypoints", "input", "size", "licence", "AP", "summary")
"""Of the table that `ModelRow.columns` fills."""
_UNKNOWN = "-"


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model.

    Its weights are in `files`, which travel with the package, in the Hugging Face `repository`, or in a local `folder`.

    Parameters
    ----------
    name
        What the user calls it.
    kind
        What it does.
    architecture
        Names the code that runs it, in `vitpose_live.models.loading.architectures`.
    licence, origin
        SPDX licence of the weights, ``"unknown"`` where nobody said, and where they were published.
    summary
        What sets it apart, in one line.
    parameters
        Number of trained weights; None when unknown.
    average_precision
        Of COCO, 0..1, as `measured` says; None when nobody published one.
    files
        File under ``assets/models`` to its sha256; the network comes first. Empty for a model that is not embedded.
    repository, revision
        Hugging Face repository, and the branch, tag or commit in it.
    folder
        Absolute path of a local folder in the Hugging Face format.
    options
        What the architecture needs to know: ``input_size``, (height, width) in pixels, or ``looks``, and others.
    skeleton
        The keypoints that a pose model answers with; None for a detector and where only its files tell.
    skeletons
        For a model with several experts, what each was trained for, by ``dataset_index``. A published one answers only
        for the first; the others come with the original checkpoints.
    also_called
        Its short names, such as ``"embedded"``.
    """

    name: str
    kind: ModelKind
    architecture: str
    licence: str
    origin: str
    summary: str = ""
    parameters: int | None = None
    average_precision: float | None = None
    measured: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    repository: str | None = None
    revision: str = "main"
    folder: Path | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    skeleton: str | None = None
    skeletons: tuple[str, ...] = ()
    also_called: tuple[str, ...] = ()

    @property
    def download_bytes(self) -> int | None:
        """About how much is fetched when nothing is cached: 0 for a model that is here; None when unknown."""
        if self.repository is None:
            return 0
        return None if self.parameters is None else self.parameters * _BYTES_PER_WEIGHT

    def columns(self) -> tuple[str, ...]:
        """Return the row of a table under `HEADINGS`."""
        precision = _UNKNOWN if self.average_precision is None else f"{self.average_precision:.3f}".lstrip("0")
        keypoints = self.skeleton or _UNKNOWN
        return (self.name, self.kind, keypoints, self._input(), self._size(), self.licence, precision, self.summary)

    def _input(self) -> str:
        if "looks" in self.options:
            return " + ".join(str(look["longer_side"]) for look in self.options["looks"])
        if "input_size" not in self.options:
            return _UNKNOWN
        height, width = self.options["input_size"]
        return f"{width} x {height}"

    def _size(self) -> str:
        if self.files:
            return "embedded"
        if self.folder is not None:
            return "local"
        size = self.download_bytes
        return _UNKNOWN if size is None else f"{size / 1e6:,.0f} MB"

    def facts(self) -> dict[str, Any]:
        """Return everything known of the model, as JSON takes it; `also_called` are its other names."""
        return {
            "name": self.name,
            "also_called": list(self.also_called),
            "kind": str(self.kind),
            "summary": self.summary,
            "architecture": self.architecture,
            "skeleton": self.skeleton,
            "skeletons": list(self.skeletons),
            "parameters": self.parameters,
            "licence": self.licence,
            "origin": self.origin,
            "repository": self.repository,
            "revision": None if self.repository is None else self.revision,
            "folder": None if self.folder is None else str(self.folder),
            "download_bytes": self.download_bytes,
            "average_precision": self.average_precision,
            "measured": self.measured,
            "options": {key: list(value) if isinstance(value, tuple) else value for key, value in self.options.items()},
            "files": dict(self.files),
        }
