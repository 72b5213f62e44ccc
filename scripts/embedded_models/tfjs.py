"""Read a TF.js graph model: its nodes in order of computation and its weights."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Node:
    """One operation of the graph; `inputs` name other nodes, without output numbers and control edges."""

    name: str
    op: str
    inputs: tuple[str, ...]
    attributes: dict[str, Any]

    def text(self, key: str) -> str:
        """Return a string attribute."""
        return base64.b64decode(self.attributes[key]["s"]).decode()

    def texts(self, key: str) -> list[str]:
        """Return a list-of-strings attribute, empty where absent."""
        listed = self.attributes.get(key, {}).get("list", {}).get("s", [])
        return [base64.b64decode(value).decode() for value in listed]

    def number(self, key: str) -> float:
        """Return a float attribute."""
        return float(self.attributes[key]["f"])

    def flag(self, key: str) -> bool:
        """Return a boolean attribute, False where absent."""
        return bool(self.attributes.get(key, {}).get("b", False))

    def window(self, key: str) -> tuple[int, int]:
        """Return the (rows, columns) part of a four-dimensional NHWC window, (1, 1) where absent."""
        if key not in self.attributes:
            return (1, 1)
        _, rows, columns, _ = (int(value) for value in self.attributes[key]["list"]["i"])
        return (rows, columns)


class GraphModel:
    """A TF.js graph model read from ``NAME.json`` and the weight files beside it."""

    def __init__(self, path: Path) -> None:
        document = json.loads(path.read_text("utf-8"))
        self.nodes = {entry["name"]: _node(entry) for entry in document["modelTopology"]["node"]}
        self.constants = dict(_weights(path.parent, document["weightsManifest"]))

    def ordered(self, outputs: Iterable[str], entry: str) -> list[Node]:
        """Return the nodes that `outputs` need, each after its inputs; nothing before `entry` is visited."""
        done: dict[str, None] = {}
        pending = [(name, False) for name in outputs]
        while pending:
            name, inputs_done = pending.pop()
            if name in done:
                continue
            if inputs_done or name == entry:
                done[name] = None
                continue
            pending.append((name, True))
            pending.extend((source, False) for source in self.nodes[name].inputs)
        return [self.nodes[name] for name in done]


def _node(entry: dict[str, Any]) -> Node:
    inputs = tuple(source.partition(":")[0] for source in entry.get("input", []) if not source.startswith("^"))
    return Node(entry["name"], entry["op"], inputs, entry.get("attr", {}))


def _weights(folder: Path, manifest: list[dict[str, Any]]) -> Iterator[tuple[str, Array]]:
    for group in manifest:
        data = b"".join((folder / name).read_bytes() for name in group["paths"])
        offset = 0
        for weight in group["weights"]:
            stored = weight.get("quantization", {}).get("dtype", weight["dtype"])
            if stored not in {"float16", "float32", "int32"}:
                raise ValueError(f"{weight['name']}: weights stored as {stored} are not supported")
            shape = tuple(weight["shape"])
            values = np.frombuffer(data, stored, int(np.prod(shape)), offset).reshape(shape)
            offset += values.nbytes
            yield weight["name"], values.astype(weight["dtype"])
        if offset != len(data):
            raise ValueError(f"{group['paths']}: {len(data)} bytes of weights, the manifest describes {offset}")
