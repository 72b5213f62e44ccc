"""Reads what happened in a saved session. Nothing in it is believed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import nan
from pathlib import Path
from typing import Any

from vitpose_live.app.checked_poses import MOST_SECONDS
from vitpose_live.data import RepetitionRecord
from vitpose_live.errors import InvalidArrayError
from vitpose_live.sinks.session_events import REPETITION

_NUMBERS = ("start", "end", "eccentric_s", "pause_s", "concentric_s", "range_of_motion")
_MOST_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a session.

    Parameters
    ----------
    time
        Seconds since the source's first frame.
    kind
        ``"repetition"``, ``"cue"`` or ``"mark"``.
    track_id
        Whose; None of a mark.
    text
        What was said, or written to the mark.
    repetition
        What was counted; None of a cue and a mark.
    """

    time: float
    kind: str
    track_id: int | None = None
    text: str = ""
    repetition: RepetitionRecord | None = None


def read_events(path: Path) -> tuple[tuple[Event, ...], list[str]]:
    """Return the events in the file at `path`, and what is missing in it, a line each.

    Raises
    ------
    InvalidArrayError
        When a line of it is no event.
    """
    if not path.is_file():
        return (), ["the events are not there"]
    if path.stat().st_size > _MOST_BYTES:
        raise InvalidArrayError(f"{path.name} is too large")
    lines = path.read_bytes().split(b"\n")
    cut = ["the last event is cut off"] if lines.pop() else []
    return tuple(
        _event(line, f"{path.name}: line {number}") for number, line in enumerate(lines, 1) if line.strip()
    ), cut


def _event(line: bytes, where: str) -> Event:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InvalidArrayError(f"{where} is not JSON") from error
    kind = said.get("kind") if isinstance(said, dict) else None
    time, track_id = (said.get("time_s"), said.get("track_id")) if isinstance(said, dict) else (None, None)
    if (
        not isinstance(kind, str)
        or not isinstance(time, int | float)
        or not abs(time) < MOST_SECONDS
        or not (track_id is None or (type(track_id) is int and abs(track_id) < 2**62))
    ):
        raise InvalidArrayError(f"{where} is no event")
    repetition = _repetition(said, where) if kind == REPETITION else None
    return Event(float(time), kind, track_id, text if isinstance(text := said.get("text"), str) else "", repetition)


def _repetition(said: Mapping[str, Any], where: str) -> RepetitionRecord:
    known: dict[str, Any] = {}
    for entry in fields(RepetitionRecord):
        value = said.get(entry.name)
        if entry.name in _NUMBERS:
            value = nan if value is None else value
            fits = _is_number(value)
        elif entry.name == "measures":
            value = value if isinstance(value, dict) else {}
            value = {name: nan if each is None else each for name, each in value.items()}
            fits = all(map(_is_number, value.values()))
        else:
            fits = isinstance(value, bool if entry.name == "complete" else str)
        if not fits:
            raise InvalidArrayError(f"{where}: {entry.name} cannot be {str(value)[:40]!r}")
        known[entry.name] = value
    return RepetitionRecord(**known)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not abs(value) >= MOST_SECONDS
