"""A camera of this machine as a source."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, field
from threading import Event
from time import monotonic, monotonic_ns
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import SourceInfo
from vitpose_live.errors import SourceError
from vitpose_live.sources.devices import Capture, CaptureFactory, open_capture, others
from vitpose_live.sources.feed import Feed, Patience, Picture
from vitpose_live.sources.linux_cameras import camera_name, camera_named
from vitpose_live.sources.live import LiveSource

PATIENCE = Patience(waits=(0.5, 1.0))  # to look whether it is back costs nothing
_USUAL_RATE = 25.0  # a camera that gives less, uncompressed, is asked for Motion JPEG
_USUAL_SIZES = ((640, 480), (1280, 720), (1920, 1080))
_MJPG = cv2.VideoWriter.fourcc(*"MJPG")
_BUFFERS = 2  # one is filled while the other is read; with 1, UVC cameras skip every second picture
_WARM_UP = 3.0
_HICCUP = 0.5
_RETRY = 0.02
_SAMPLED = 8
_TO_RGB = {1: cv2.COLOR_GRAY2RGB, 3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGB}


@dataclass(slots=True)
class CameraLink:
    """Opens a camera and reads it until it is lost; called again for each new attempt.

    Parameters
    ----------
    index
        Its number.
    size
        Width and height in pixels to ask for; None takes the camera's own choice.
    fps
        Frames per second to ask for; None takes the camera's own choice.
    factory
        Opens the device; raises `SourceError` when it cannot.
    silent
        Seconds for which the very same picture may be sent.
    rate
        Frames per second that were really set, 0 when the driver does not say; known once opened.
    """

    index: int
    size: tuple[int, int] | None
    fps: float | None
    factory: CaptureFactory
    silent: float
    rate: float = field(default=0.0, init=False)
    _sample: NDArray[np.uint8] | None = field(default=None, init=False)
    _called: str = field(default="", init=False)

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return f"camera {self.index}"

    def __call__(self, quit_: Event) -> Generator[Picture]:
        """Yield pictures until `quit_` is set.

        Raises
        ------
        SourceError
            When it cannot be opened, stops sending, or sends the same picture for too long.
        """
        try:
            capture = self.factory(self._where())
            try:
                if not capture.isOpened():
                    raise SourceError(f"{self.name} cannot be opened", hint="is another program using it?")
                self._configure(capture)
                yield from self._read(capture, quit_)
            finally:
                capture.release()
        except (cv2.error, OSError) as error:
            raise SourceError(
                f"{self.name} failed: {_first_line(error)}", hint="unplug it and plug it in again"
            ) from error

    def _where(self) -> int:
        """Return the number to open: plugged in again, a camera may have a new one, and another camera its old one."""
        here = camera_name(self.index)
        self._called = self._called or here
        if here == self._called:
            return self.index
        found = camera_named(self._called)
        if found is None:
            raise SourceError(f"{self.name} ({self._called}) is not there", hint=f"plug it in again; {others(-1)}")
        return found

    def _configure(self, capture: Capture) -> None:
        capture.set(cv2.CAP_PROP_BUFFERSIZE, _BUFFERS)
        area, rate = self._ask(capture)
        if rate < (self.fps or _USUAL_RATE) or (self.size and area < math.prod(self.size)):
            usual = capture.get(cv2.CAP_PROP_FOURCC)
            if capture.set(cv2.CAP_PROP_FOURCC, _MJPG) and self._ask(capture) <= (area, rate):
                capture.set(cv2.CAP_PROP_FOURCC, usual)
                self._ask(capture)
        self.rate = _known(capture.get(cv2.CAP_PROP_FPS))

    def _ask(self, capture: Capture) -> tuple[float, float]:
        """Ask for size and rate; return area in pixels and rate that are given, no more counted than was asked for."""
        if self.size:
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, self.size[0])
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self.size[1])
        if self.fps:
            capture.set(cv2.CAP_PROP_FPS, self.fps)
        area = capture.get(cv2.CAP_PROP_FRAME_WIDTH) * capture.get(cv2.CAP_PROP_FRAME_HEIGHT)
        rate = _known(capture.get(cv2.CAP_PROP_FPS))
        return min(area, math.prod(self.size)) if self.size else area, min(rate, self.fps or _USUAL_RATE)

    def _read(self, capture: Capture, quit_: Event) -> Generator[Picture]:
        good = changed = monotonic()
        grace = _WARM_UP
        while not quit_.is_set():
            done = capture.grab()
            captured_ns = monotonic_ns()
            image = None
            if done:
                done, image = capture.retrieve()
            now = monotonic()
            if not done or image is None or not image.size:
                if now - good > grace:
                    raise SourceError(
                        f"{self.name} sends no pictures", hint="is it plugged in, and in no other program's use?"
                    )
                quit_.wait(_RETRY)
                continue
            good, grace = now, _HICCUP
            fresh = self._is_new(image)
            if fresh:
                changed = now
            elif now - changed > self.silent:
                raise SourceError(f"{self.name} sends the very same picture over and over")
            yield Picture(self._to_rgb(image), captured_ns, fresh=fresh)

    def _is_new(self, image: NDArray[np.uint8]) -> bool:
        """Whether any of every few rows differs from the picture before, as they do for noise alone."""
        sample = image[::_SAMPLED]
        if self._sample is not None and np.array_equal(self._sample, sample):
            return False
        self._sample = sample.copy()
        return True

    def _to_rgb(self, image: NDArray[Any]) -> NDArray[np.uint8]:
        channels = image.shape[2] if image.ndim == 3 else 1
        if image.dtype != np.uint8 or channels not in _TO_RGB:
            raise SourceError(f"{self.name} sends pictures that are not read: {image.dtype}, shape {image.shape}")
        return np.asarray(cv2.cvtColor(image, _TO_RGB[channels]), np.uint8)


def open_camera(
    index: int,
    *,
    size: tuple[int, int] | None = None,
    fps: float | None = None,
    duration: float | None = None,
    factory: CaptureFactory = open_capture,
    patience: Patience = PATIENCE,
) -> LiveSource:
    """Open a camera.

    Parameters
    ----------
    index
        Its number.
    size, fps
        Width and height in pixels, and frames per second, to ask for. A camera that cannot gives what it can; the
        source's `info` says what that is, and `problems` that it is not what was asked for.
    duration
        End before the first frame at or after this many seconds; None does not.
    factory
        Opens the device: `open_capture`, or anything that returns a `Capture`.
    patience
        How long to wait for what.

    Raises
    ------
    SourceError
        When it cannot be opened, or no picture comes.
    """
    link = CameraLink(index, size, fps, factory, patience.silent)
    feed = Feed(link.name, link, patience)
    height, width = feed.open().image.shape[:2]
    info = SourceInfo(uri=f"webcam:{index}", width=width, height=height, fps=link.rate, live=True)
    return LiveSource(feed, info, duration=duration, notes=_notes(link, info))


@dataclass(frozen=True, slots=True)
class CameraFormat:
    """Width and height in pixels, and frames per second (0 when not known), that a camera really gives."""

    width: int
    height: int
    fps: float

    def __str__(self) -> str:
        return f"{self.width}x{self.height}" + (f"@{self.fps:g}" if self.fps else "")


def camera_formats(
    index: int, *, factory: CaptureFactory = open_capture, patience: Patience = PATIENCE
) -> tuple[CameraFormat, ...]:
    """Return what a camera gives when it is asked for the usual sizes; opens it once for each, to be sure.

    Raises
    ------
    SourceError
        When it cannot be opened, or no picture comes.
    """
    found = {}
    for size in _USUAL_SIZES:
        with open_camera(index, size=size, factory=factory, patience=patience) as source:
            info = source.info
            found[CameraFormat(info.width, info.height, info.fps)] = True
    return tuple(found)


def _notes(link: CameraLink, info: SourceInfo) -> tuple[str, ...]:
    notes = []
    if link.size and link.size != (info.width, info.height):
        notes.append(f"{link.name} gives {info.width} x {info.height}, not {link.size[0]} x {link.size[1]} pixels")
    if link.fps and info.fps and abs(info.fps - link.fps) > 0.5:
        notes.append(f"{link.name} gives {info.fps:g}, not {link.fps:g} frames a second")
    return tuple(notes)


def _known(rate: float) -> float:
    """Return a driver's rate, 0 where it makes no sense."""
    return rate if math.isfinite(rate) and 0 < rate < 1000 else 0.0


def _first_line(error: Exception) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
