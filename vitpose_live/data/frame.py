"""A picture with its place in time, and what is known of where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data.checks import frozen_array
from vitpose_live.errors import InvalidArrayError


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One upright picture of a source.

    Parameters
    ----------
    image
        (height, width, 3) uint8, RGB; kept as a read-only view, not copied. Rows may be padded: it need not be
        contiguous.
    index
        Position in the source, from 0; a live source skips numbers where it dropped frames.
    time
        Presentation time in seconds since the source's first frame.
    captured_ns
        `time.monotonic_ns()` at which the picture was captured or decoded.
    """

    image: NDArray[np.uint8]
    index: int = 0
    time: float = 0.0
    captured_ns: int = 0

    def __post_init__(self) -> None:
        given: Any = self.image
        if not isinstance(given, np.ndarray) or given.dtype != np.uint8:
            kind = given.dtype if isinstance(given, np.ndarray) else type(given).__name__
            raise InvalidArrayError(f"image: expected a uint8 array, got {kind}", hint="scale to 0..255 and cast")
        image = frozen_array("image", given, ("height", "width", 3), np.uint8)
        if 0 in image.shape:
            raise InvalidArrayError(f"image: expected at least one pixel, got shape {image.shape}")
        if not np.isfinite(self.time):
            raise InvalidArrayError(f"time: expected finite seconds, got {self.time}")
        object.__setattr__(self, "image", image)

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.image.shape[0])


class SourceKind(StrEnum):
    """What a source's frames are to each other."""

    VIDEO = "video"
    """Consecutive moments of one scene."""
    STILLS = "stills"
    """Unrelated pictures: nobody in one is tracked into the next."""


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known of a source once it is open.

    Parameters
    ----------
    uri
        The file, folder, pattern or address as the user gave it.
    width, height
        Size in pixels of the upright pictures; for stills, of the first.
    fps
        Nominal frames per second, 0.5 for stills; 0.0 when the source does not say. Never used as a clock.
    frame_count
        Frames expected, for a progress bar; None when unknown.
    duration
        Seconds from the first frame's start to the last one's end; None when unknown.
    kind
        Whether frames follow each other in time.
    live
        True when frames arrive on their own clock and late ones are dropped.
    audio_path
        File whose audio track belongs to these frames; None when there is none.
    start_time
        Container time in seconds of the first frame, which aligns the audio with `Frame.time`.
    """

    uri: str
    width: int
    height: int
    fps: float = 0.0
    frame_count: int | None = None
    duration: float | None = None
    kind: SourceKind = SourceKind.VIDEO
    live: bool = False
    audio_path: str | None = None
    start_time: float = 0.0
