"""One line of what the doctor says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How something is."""

    OK = "ok"
    ABSENT = "absent"
    """Not here, and not needed."""
    WARNING = "warning"
    BROKEN = "broken"
    """Needed, and does not work."""


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of one thing.

    Parameters
    ----------
    name
        What it is.
    state
        How it is.
    text
        What was found, one line.
    remedy
        What the person can do about it, one line; empty when there is nothing to do.
    """

    name: str
    state: State
    text: str
    remedy: str = ""


def size(number: float) -> str:
    """Write a number of bytes, such as ``3.2 MB``."""
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"
