"""Names to factories: how parts are found without importing each other.

A registry maps a name to a factory, given as an object or as a lazy ``"module:attribute"`` string, so that
looking a name up costs an import only when the part is really used. Installed packages add their own through
entry points of the registry's group.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from vitpose_live.errors import UnknownNameError

Factory = Callable[..., Any]


def unknown_name(kind: str, name: str, known: Iterable[str], *, listing: str = "") -> UnknownNameError:
    """Build the "did you mean" error for `name` among the `known` ones.

    Parameters
    ----------
    kind
        What the name stands for, in the user's words ("model", "skeleton").
    listing
        A command that lists the known names, for the hint.
    """
    names = sorted(known)
    close = difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.5)
    if close:
        hint = f"did you mean {' or '.join(close)}?"
    elif listing:
        hint = f"see `{listing}`"
    else:
        hint = f"known: {', '.join(names)}" if names else "none is installed"
    return UnknownNameError(f"unknown {kind} {name!r}", hint=hint)


class Registry:
    """A table of named factories of one kind.

    Parameters
    ----------
    kind
        What the names stand for, in the user's words; used in errors.
    group
        Entry-point group under which installed packages add their own names.
    """

    def __init__(self, kind: str, group: str) -> None:
        self.kind = kind
        self.group = group
        self._factories: dict[str, Factory | str] = {}

    def register(self, name: str, factory: Factory | str) -> None:
        """Add `factory` (an object, or a lazy ``"module:attribute"``) under `name`; the last one wins."""
        self._factories[name] = factory

    def names(self) -> list[str]:
        """All names, built-in and installed, sorted."""
        return sorted({*self._factories, *(point.name for point in entry_points(group=self.group))})

    def get(self, name: str) -> Factory:
        """Return the factory called `name`.

        Raises
        ------
        UnknownNameError
            When nobody registered that name; the hint names the nearest ones.
        """
        factory = self._factories.get(name)
        if factory is None:
            for point in entry_points(group=self.group, name=name):
                factory = point.load()
        if factory is None:
            raise unknown_name(self.kind, name, self.names())
        if isinstance(factory, str):
            module, _, attribute = factory.partition(":")
            factory = getattr(import_module(module), attribute)
        assert callable(factory)
        return factory

    def create(self, name: str, /, **options: Any) -> Any:
        """Build the part called `name` with `options`."""
        return self.get(name)(**options)


trackers = Registry("tracker", "vitpose_live.trackers")
trackers.register("box", "vitpose_live.tracking:BoxTracker")

appearances = Registry("appearance", "vitpose_live.appearances")
appearances.register("clothing", "vitpose_live.tracking:ClothingColours")

keypoint_writers = Registry("keypoint table format", "vitpose_live.keypoint_writers")
keypoint_writers.register("parquet", "vitpose_live.sinks.parquet_table:ParquetWriter")
keypoint_writers.register("csv", "vitpose_live.sinks.keypoints:CsvWriter")
keypoint_writers.register("json", "vitpose_live.sinks.keypoints:JsonWriter")

exporters = Registry("export format", "vitpose_live.exporters")
for _name, _factory in {
    "coco": "coco:write_results",
    "coco-dataset": "coco:write_dataset",
    "openpose": "openpose:write_openpose",
    "trc": "opensim:write_trc",
    "mot": "opensim:write_mot",
    "c3d": "c3d:write_c3d",
    "npz": "arrays:write_npz",
    "parquet": "tables:write_parquet",
    "csv": "tables:write_csv",
    "json": "tables:write_json",
}.items():
    exporters.register(_name, f"vitpose_live.sinks.exports.{_factory}")
