"""Sinks that need a picture drawn: each result is rendered once and handed to what writes pixels."""

from __future__ import annotations

import bisect
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vitpose_live.app.settings import Layout
from vitpose_live.data import FrameResult
from vitpose_live.rendering import SkeletonRenderer, contact_sheet
from vitpose_live.sinks import PartsRecorder, VideoRecorder, write_png
from vitpose_live.sinks.canvas import beside


class RecordedVideo:
    """Records each result at the frame's own time: drawn on, as it is, or both side by side.

    Parameters
    ----------
    renderer
        Draws the skeletons.
    recorder
        Takes the pictures.
    layout
        What of each result they show.
    saw
        Called with the moment in ns at which each picture was captured, and its second of the recording.
    """

    def __init__(
        self,
        renderer: SkeletonRenderer,
        recorder: VideoRecorder | PartsRecorder,
        layout: Layout = Layout.ANNOTATED,
        saw: Callable[[int, float], object] | None = None,
    ) -> None:
        self._renderer = renderer
        self._recorder = recorder
        self._layout = layout
        self._saw = saw

    def write(self, result: FrameResult) -> None:
        """Record one result."""
        if self._saw is not None:
            self._saw(result.frame.captured_ns, result.frame.time)
        self._recorder.write(laid_out(result, self._renderer, self._layout), result.frame.time)

    def close(self) -> None:
        """Finish the recording."""
        self._recorder.close()

    def keep(self) -> tuple[Path, ...]:
        """Finish the recording as far as it goes; return where it is."""
        return self._recorder.keep()

    def abort(self) -> None:
        """Give the recording up."""
        self._recorder.abort()


def laid_out(result: FrameResult, renderer: SkeletonRenderer, layout: Layout) -> NDArray[np.uint8]:
    """Return the picture of `result` that `layout` asks for, (height, width or twice that, 3) uint8."""
    match layout:
        case Layout.ANNOTATED:
            return renderer.draw(result)
        case Layout.CLEAN:
            return result.frame.image
        case Layout.SIDE_BY_SIDE:
            return beside(result.frame.image, renderer.draw(result))


class ContactSheet:
    """Draws a few results, spread evenly over the source, and writes them as one PNG at the end.

    Parameters
    ----------
    renderer
        Draws the skeletons.
    path
        PNG to write.
    duration
        Seconds of the source, over which the pictures are spread; when unknown they are a second apart.
    title
        Line above the pictures.
    pictures
        How many.
    """

    def __init__(
        self, renderer: SkeletonRenderer, path: Path, *, duration: float | None, title: str, pictures: int = 9
    ) -> None:
        self._renderer = renderer
        self._path = path
        self._title = title
        apart = duration / pictures if duration else 1.0
        self._times = [apart * (position + 0.5) for position in range(pictures)]
        self._images: list[NDArray[np.uint8]] = []
        self._captions: list[str] = []
        self._written: tuple[Path, ...] = ()

    def write(self, result: FrameResult) -> None:
        """Draw the result when the next picture is due."""
        due = bisect.bisect_right(self._times, result.frame.time)
        if due <= len(self._images):
            return
        self._images.append(self._renderer.draw(result))
        people = len(result.poses)
        self._captions.append(f"{result.frame.time:.1f} s  ·  {people} {'person' if people == 1 else 'people'}")

    def close(self) -> None:
        """Write the sheet; nothing when no picture was due."""
        if self._images:
            write_png(self._path, contact_sheet(self._images, self._captions, title=self._title))
            self._images.clear()
            self._written = (self._path,)

    def keep(self) -> tuple[Path, ...]:
        """Write the sheet with the pictures that there are; return where it is."""
        self.close()
        return self._written

    def abort(self) -> None:
        """Write nothing."""
        self._images.clear()
