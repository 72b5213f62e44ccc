"""What is printed: results on stdout, words for the person on stderr."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from vitpose_live.errors import VitposeLiveError


class Result(Protocol):
    """What a command found or did, as plain values, too."""

    def as_json(self) -> dict[str, Any]:
        """Return the object that ``--json`` prints."""


Found = TypeVar("Found", bound=Result)


def print_line(line: str) -> None:
    """Print one line of the result."""
    try:
        print(_plain(line), flush=True)  # noqa: T201
    except OSError as error:
        # the interpreter would complain again when it flushes at its end
        sys.stdout = io.StringIO()
        why = "its reader is gone" if isinstance(error, BrokenPipeError) else error.strerror
        raise VitposeLiveError(f"the result could not be printed: {why}") from error


def print_result(result: Found, summarise: Callable[[Found], object], *, as_json: bool) -> None:
    """Print `result` as one JSON object, or have it summarised."""
    if as_json:
        print_line(json.dumps(result.as_json(), allow_nan=False))
    else:
        summarise(result)


def say(line: str) -> None:
    """Print one line for the person, who may be reading the result elsewhere."""
    print(_plain(" ".join(line.split())), file=sys.stderr)  # noqa: T201


def say_problems(problems: Iterable[str], *, interrupted: bool) -> None:
    """Say what went wrong without ending the run, and whether it was `interrupted`."""
    for problem in problems:
        say(f"warning: {problem}")
    if interrupted:
        say("interrupted: what was written is finished and valid")


def _plain(text: str) -> str:
    """Return `text` without the control characters that a file's name may bring along."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
