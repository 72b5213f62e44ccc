"""The README that travels with the embedded networks: origin, licence, changes and checksum of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from embedded_models.networks import PACKAGE, VERSION, Network


def readme(networks: Sequence[Network], checksums: Mapping[str, str]) -> str:
    """Return ``assets/models/README.md`` for `networks`, whose written files have `checksums` (name to sha256)."""
    lines = [
        "# Embedded models",
        "",
        "Networks that work the minute the package is installed, offline. Written by",
        "`scripts/build_embedded_models.py`; do not edit.",
        "",
        f"The weights come from the npm package [`{PACKAGE}`](https://www.npmjs.com/package/{PACKAGE}) {VERSION},",
        "a collection (MIT, Copyright 2021 Vladimir Mandic) of networks converted to TF.js. Each network keeps the",
        "licence of its authors, named below; the text of the Apache License 2.0 is in [LICENSE](LICENSE).",
        "",
        "**Changes made to every network**: translated from TF.js to OpenVINO; normalisation and channel order of the",
        "picture moved into the graph, which takes (n, height, width, 3) uint8 RGB; the fixed-size post-processing",
        "after the convolutional heads removed. The weights themselves are unchanged (float16, as in the package).",
        "",
    ]
    for network in networks:
        lines += [
            f"## {network.output_name}",
            "",
            f"- {network.title}",
            f"- Origin, as the package's file states it: <{network.origin}>",
            f"- Licence: {network.licence}, {network.copyright}; stated in {network.evidence}",
            "",
            "| file | sha256 |",
            "|---|---|",
        ]
        files = (f"{network.output_name}.{suffix}" for suffix in ("xml", "bin"))
        lines += [f"| `{name}` | `{checksums[name]}` |" for name in files]
        lines.append("")
    return "\n".join(lines[:-1]) + "\n"
