"""What a camera can be asked for, and what a person has asked it for. No Qt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

USUAL_SIZES = ((1920, 1080), (1280, 720), (640, 480))
USUAL_RATES = (60.0, 30.0, 15.0)
_WISH = re.compile(r"(?:(\d{1,5})x(\d{1,5}))?(?:@(\d{1,3}(?:\.\d{1,3})?))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class CameraMode:
    """What a camera says it can do.

    Parameters
    ----------
    size
        Width and height in pixels.
    fps
        The most frames per second at that size.
    pixels
        How it sends them, such as ``"YUYV"``.
    """

    size: tuple[int, int]
    fps: float
    pixels: str = ""


@dataclass(frozen=True, slots=True)
class CameraWish:
    """What a person wants of a camera; None leaves it to the camera."""

    size: tuple[int, int] | None = None
    fps: float | None = None

    def __str__(self) -> str:
        size = f"{self.size[0]}x{self.size[1]}" if self.size else ""
        return size + (f"@{self.fps:g}" if self.fps else "")

    @classmethod
    def of(cls, text: str) -> CameraWish:
        """Read what `str` wrote; what makes no sense is no wish."""
        match = _WISH.fullmatch(text)
        if match is None:
            return cls()
        width, height, fps = match.groups()
        size = (int(width), int(height)) if width and int(width) and int(height) else None
        return cls(size, float(fps) or None if fps else None)

    def options(self) -> dict[str, Any]:
        """Return it as options of `vitpose_live.open_source`."""
        return {name: value for name, value in (("size", self.size), ("fps", self.fps)) if value is not None}


def sizes(modes: Sequence[CameraMode]) -> tuple[tuple[int, int], ...]:
    """Return the sizes to offer, the largest first; the usual ones where the camera does not say."""
    known = {mode.size for mode in modes}
    return tuple(sorted(known, key=lambda size: (size[0] * size[1], size), reverse=True)) or USUAL_SIZES


def rates(modes: Sequence[CameraMode], size: tuple[int, int] | None) -> tuple[float, ...]:
    """Return the frame rates to offer at `size` (None: at any), the highest first."""
    most = max((mode.fps for mode in modes if size in (None, mode.size)), default=0.0)
    known = {round(mode.fps, 3) for mode in modes if size in (None, mode.size) and mode.fps > 0}
    return tuple(sorted(known | {rate for rate in USUAL_RATES if rate <= most}, reverse=True)) or USUAL_RATES


def pixels(modes: Sequence[CameraMode], size: tuple[int, int]) -> str:
    """Say how the camera sends pictures of `size`; empty where it does not say."""
    return ", ".join(sorted({mode.pixels for mode in modes if mode.size == size and mode.pixels}))
