"""What happened in a session, a line of JSON each: repetitions, cues, marks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from math import isfinite
from pathlib import Path
from typing import Any

from vitpose_live.data import Feedback, RepetitionRecord
from vitpose_live.sinks.session_files import EVENTS
from vitpose_live.sinks.target import OutputTarget, writing

MARK, CUE, REPETITION = "mark", "cue", "repetition"


def mark(time: float, text: str) -> dict[str, Any]:
    """Return the event of a mark that somebody made at `time` seconds."""
    return {"time_s": round(time, 6), "kind": MARK, "track_id": None, "text": text}


def said(feedback: Iterable[Feedback], time: float) -> Iterator[dict[str, Any]]:
    """Yield the events in what the coach says at `time` seconds."""
    for one in feedback:
        base = {"time_s": round(time, 6), "track_id": one.track_id}
        for cue in one.cues:
            yield {**base, "kind": CUE, "text": cue}
        for repetition in one.finished:
            values = {field.name: _plain(getattr(repetition, field.name)) for field in fields(RepetitionRecord)}
            yield {**base, "kind": REPETITION, "text": "", **values}


def event_line(event: Mapping[str, Any]) -> bytes:
    """Return `event` as a line of the file."""
    text = json.dumps(event, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "replace") + b"\n"  # half a letter, as some systems type it, is no text


def replace_coaching(folder: Path, events: Iterable[Mapping[str, Any]]) -> None:
    """Put `events` in the place of the repetitions and cues in the session at `folder`; marks stay.

    Raises
    ------
    OutputError
        When it cannot be written; the session is as it was then.
    """
    path = folder / EVENTS
    with writing(path):
        before = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    kept = [line for line in before if line.endswith(b"\n") and json.loads(line).get("kind") == MARK]
    lines = [*kept, *map(event_line, events)]
    lines.sort(key=lambda line: float(json.loads(line)["time_s"]))
    target = OutputTarget(path, overwrite=True)
    try:
        with writing(path):
            target.begin().write_bytes(b"".join(lines))
        target.commit()
    finally:
        target.discard()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return None if isinstance(value, float) and not isfinite(value) else value
