"""What a session says of itself, as TOML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from vitpose_live.data import Skeleton, SourceInfo
from vitpose_live.sinks.session_files import FORMAT, VIDEO
from vitpose_live.sinks.table import skeleton_json
from vitpose_live.toml_file import toml_text


def session_text(
    described: Mapping[str, Any],
    info: SourceInfo,
    skeleton: Skeleton,
    *,
    moments: tuple[datetime, datetime],
    seconds: tuple[float, float],
    frames: int | None,
    video: bool,
) -> str:
    """Return the text of ``session.toml``.

    Parameters
    ----------
    described
        What else to say, by name.
    moments
        When the session was begun, and when its first frame came.
    seconds
        Of the first and of the last frame.
    frames
        How many there are; None as long as more may come.
    video
        Whether the pictures are kept.
    """
    source = {
        **described.get("source", {}),
        "uri": info.uri,
        "width": info.width,
        "height": info.height,
        "fps": info.fps,
        "kind": str(info.kind),
        "live": info.live,
        "duration": info.duration,
    }
    clock = {
        "unit": "seconds since the source's first frame",
        "started": moments[1].isoformat(),
        "first": seconds[0],
        "last": seconds[1],
    }
    values = {
        "format": FORMAT,
        **described,
        "created": moments[0].isoformat(timespec="seconds"),
        "complete": frames is not None,
        "frames": frames,
        "video": VIDEO if video else None,
        "source": source,
        "clock": clock,
        "skeleton": json.loads(skeleton_json(skeleton)),
    }
    return toml_text(values)
