"""Reads tables of keypoints that are JSON. Nothing in them is believed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitpose_live.app.checked_poses import checked, parsed, skeleton_of
from vitpose_live.data.sequence import PoseSequence
from vitpose_live.errors import InvalidArrayError
from vitpose_live.sinks.session_rows import person_type


def read_json(path: Path) -> PoseSequence:
    """Read a table as `vitpose_live.sinks.JsonWriter` writes it, frames without anybody included.

    Raises
    ------
    InvalidArrayError
        When it is none.
    """
    document = parsed(path.read_bytes())
    if not isinstance(document, dict) or not isinstance(document.get("frames"), list):
        raise InvalidArrayError("it has no list of frames")
    skeleton = skeleton_of(document.get("skeleton"))
    described = document.get("metadata", {})
    found = [(place, each) for place, frame in enumerate(document["frames"]) for each in _get(frame, "people", list)]
    raw = bool(found) and all(isinstance(each, dict) and "raw_keypoints" in each for _, each in found)
    rows = np.zeros(len(found), person_type(skeleton, raw=raw))
    rows["observed"] = True
    fill: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
        ("id", "track_id", whole),
        ("box", "box", lambda value: numbers_of(value, 4)),
        ("keypoints", "keypoints", lambda value: numbers_of(value, 3, len(skeleton))),
        *((("raw", "raw_keypoints", lambda value: numbers_of(value, 3, len(skeleton))),) if raw else ()),
    )
    for row, (place, each) in enumerate(found):
        rows[row]["place"] = place
        for field, name, read in fill:
            with np.errstate(over="ignore"):  # what is infinite is refused below
                rows[field][row] = read(_get(each, name))
        score = each.get("box_score")
        rows["box_score"][row] = np.nan if score is None else numbers_of([score], 1)[0]
    frames = np.array([whole(_get(frame, "frame")) for frame in document["frames"]], np.int64)
    times = np.array([numbers_of([_get(frame, "time_s")], 1)[0] for frame in document["frames"]], np.float64)
    return checked(rows, frames, times, skeleton, described if isinstance(described, dict) else {})


def _get(owner: Any, name: str, kind: type = object) -> Any:
    if not isinstance(owner, dict) or not isinstance(owner.get(name, ...), kind) or name not in owner:
        raise InvalidArrayError(f"a frame or a person in it has no {name}")
    return owner[name]


def whole(value: Any) -> int:
    """Return `value`, from JSON, which is a whole number."""
    if type(value) is not int or abs(value) >= 2**62:
        raise InvalidArrayError(f"expected a whole number, got {str(value)[:40]}")
    return value


def numbers_of(value: Any, length: int, rows: int | None = None) -> NDArray[np.float64]:
    """Return `value`, from JSON, as (length,) or (rows, length); null is NaN."""
    try:
        array = np.array(value, np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidArrayError(f"expected numbers, got {str(value)[:40]}") from error
    if array.shape != ((length,) if rows is None else (rows, length)):
        raise InvalidArrayError(f"expected {length if rows is None else rows * length} numbers, got {array.size}")
    return array
