"""Flags of the commands that open a camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cyclopts import Group, Parameter

from vitpose_live.errors import SettingsError


@Parameter(name="*", group=Group("Camera", sort_key=3))
@dataclass(frozen=True)
class Capture:
    """What a camera is asked for."""

    size: str | None = None
    """Width and height in pixels to ask a camera for, such as 1280x720. [default: the camera's own]"""
    fps: float | None = None
    """Frames per second to ask a camera for; of numbered pictures, those they were taken at."""

    def options(self) -> dict[str, Any]:
        """Return it as options of `vitpose_live.open_source`."""
        return {"size": None if self.size is None else _size(self.size), "fps": self.fps}


AS_IT_IS = Capture()
"""Nothing is asked for."""


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise SettingsError(f"size: expected width x height in pixels, got {text!r}", hint="such as --size 1280x720")
    return int(width), int(height)
