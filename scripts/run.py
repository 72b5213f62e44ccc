#!/usr/bin/env python3
"""Set up and run, from a fresh clone, with nothing but Python >= 3.11.

    python3 scripts/run.py demo           the main job on the bundled clip
    python3 scripts/run.py test [ARGS]    the test suite; ARGS go to pytest
    python3 scripts/run.py lint           ruff, mypy and import-linter
    python3 scripts/run.py ARGS...        vitpose-live ARGS...

The environment is made in .venv and refreshed only when pyproject.toml changed.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
OLDEST = (3, 11)
EXTRAS = ("", "test", "lint")


def fail(message: str, hint: str) -> int:
    """Say in one line what is wrong and in one what to do."""
    print(f"error: {message}\nhint: {hint}", file=sys.stderr)
    return 1


def call(line: list[str], where: Path | None) -> int:
    """Run `line` to its own end: on Ctrl-C the child, which had it too, finishes its output and says so itself."""
    with subprocess.Popen(line, cwd=where) as child:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:
                continue


def hand_over(line: list[str], where: Path | None) -> int:
    """Become `line`, so that its signals and its exit status are its own; where that is not possible, run it."""
    if os.name == "posix":
        os.chdir(where or ".")
        os.execv(line[0], line)
    return call(line, where)


def fingerprint(extra: str) -> str:
    """Digest of everything that decides what is installed."""
    parts = ((ROOT / "pyproject.toml").read_bytes(), extra.encode(), sys.version.encode(), str(ROOT).encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def stamp(extra: str) -> Path:
    """Return the file that says what `extra` was installed from."""
    return VENV / f".installed-{extra or 'base'}"


def refresh(extra: str) -> int:
    """Make .venv, or bring it up to date, with the package and its `extra`; say nothing when it is."""
    made = VENV / ".made"  # only a whole environment has it
    # what an extra installs holds the base as well
    if PYTHON.exists() and any(
        stamp(each).exists() and stamp(each).read_text() == fingerprint(each)
        for each in EXTRAS
        if not extra or each == extra
    ):
        return 0
    if not made.exists():
        print("making .venv ...", file=sys.stderr)
        try:
            venv.create(VENV, with_pip=True, clear=True)
            made.touch()
        except (subprocess.CalledProcessError, OSError) as error:
            return fail(
                f"cannot make .venv: {error}", "install Python's venv module (Debian: apt install python3-venv)"
            )
    what = f".[{extra}]" if extra else "."
    print("installing (the first time takes some minutes) ...", file=sys.stderr)
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check"]
    # Pythons bring old pips along; one that knows today's package metadata is fetched first
    for command in (["install", "-q", "--upgrade", "pip>=24"], ["install", "-q", "--editable", what]):
        status = call([*pip, *command], ROOT)
        if status:
            return fail(
                f"pip {' '.join(command)} failed (status {status})", "the lines above say why; then run this again"
            )
    stamp(extra).write_text(fingerprint(extra))
    return 0


def commands(arguments: list[str]) -> tuple[str, list[list[str]]]:
    """Return the extra to install and the command lines to run."""
    if arguments[:1] == ["test"]:
        # all of it in two processes, a file's tests in one, the longest first (tests/conftest.py); what is picked out
        # runs as it is asked for
        every = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
        return "test", [["-m", "pytest", *(arguments[1:] or every)]]
    if arguments == ["lint"]:
        return "lint", [
            ["-m", "ruff", "check"],
            ["-m", "ruff", "format", "--check"],
            ["-m", "mypy"],
            ["-c", "from importlinter.cli import lint_imports_command as run; run()"],
        ]
    return "", [["-m", "vitpose_live", *arguments]]


def main(arguments: list[str]) -> int:
    """Refresh the environment, then run what was asked for."""
    if sys.version_info < OLDEST:
        have, want = (".".join(map(str, version[:2])) for version in (sys.version_info, OLDEST))
        return fail(f"Python {have} is too old", f"install Python {want} or newer and run this again with it")
    extra, lines = commands(arguments)
    status = refresh(extra)
    # a relative path means the caller's folder to vitpose-live, the project's to the tests and linters
    where = ROOT if extra else None
    *first, last = ([str(PYTHON), *line] for line in lines)
    for line in first:
        status = status or call(line, where)
    return status or hand_over(last, where)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
