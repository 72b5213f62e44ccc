"""A camera that works, fails and comes back as it is told to, behind OpenCV's interface."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic

import cv2
import numpy as np
from sources.media import coded

from vitpose_live.errors import SourceError
from vitpose_live.sources.feed import Patience

SOON = 20.0
FAST = Patience(opening=1.0, silent=0.2, stuck=0.3, waits=(0.01, 0.02), release=0.3)
"""For what gets lost; a camera that works could seem lost, too, on a busy machine."""


def wait_until(true: Callable[[], object], within: float = SOON) -> bool:
    """Look again and again; return whether it came true in time."""
    until = monotonic() + within
    tick = threading.Event()
    while not true():
        if monotonic() > until:
            return False
        tick.wait(0.002)
    return True


class FakeCamera:
    """One device; `open` is a capture factory.

    `mode`: good, absent (not there), shut (does not open), false (grab fails), raise, block (hangs in the driver),
    block open, repeat (the same picture over and over), bug (an exception nobody expects).
    """

    def __init__(self, mode: str = "good", modes: dict[str, tuple[tuple[int, int], float]] | None = None) -> None:
        self.mode = mode
        self.formats = modes or {"YUYV": ((96, 64), 30.0)}
        self.opened = self.held = self.most_held = 0
        self.number = 0
        self.pause = 0.004
        self.unblock = threading.Event()
        self.dress: Callable[[np.ndarray], np.ndarray] = lambda image: image

    def open(self, index: int) -> FakeCapture:
        if self.mode == "absent":
            raise SourceError(f"there is no camera {index}", hint="cameras here: 7 (Fake)")
        if self.mode == "block open":
            self.unblock.wait(30)
        self.opened += 1
        self.held += 1
        self.most_held = max(self.held, self.most_held)
        return FakeCapture(self)


class FakeCapture:
    def __init__(self, camera: FakeCamera) -> None:
        self._camera = camera
        self._fourcc = "YUYV"
        self._asked: dict[int, float] = {}
        self._tick = threading.Event()

    def isOpened(self) -> bool:  # noqa: N802  OpenCV's name
        return self._camera.mode != "shut"

    def grab(self) -> bool:
        camera = self._camera
        self._tick.wait(camera.pause)
        if camera.mode == "raise":
            raise cv2.error("the driver says\nno")
        if camera.mode == "bug":
            raise ZeroDivisionError("a bug")
        if camera.mode == "block":
            camera.unblock.wait(30)
        if camera.mode in ("good", "block"):
            camera.number += 1
        return camera.mode != "false"

    def retrieve(self):
        camera = self._camera
        (width, height), _ = camera.formats[self._fourcc]
        return True, camera.dress(coded(camera.number % 256, width, height))

    def get(self, prop: int) -> float:
        (width, height), fps = self._camera.formats[self._fourcc]
        answers = {
            cv2.CAP_PROP_FRAME_WIDTH: width,
            cv2.CAP_PROP_FRAME_HEIGHT: height,
            cv2.CAP_PROP_FPS: fps,
            cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*self._fourcc),
        }
        return float(answers[prop])

    def set(self, prop: int, value: float) -> bool:
        if prop == cv2.CAP_PROP_FOURCC:
            known = {cv2.VideoWriter.fourcc(*name): name for name in self._camera.formats}
            self._fourcc = known.get(int(value), self._fourcc)
            return int(value) in known
        return True

    def release(self) -> None:
        self._camera.held -= 1


class Consumer:
    """Iterates a source on a thread of its own and keeps the frames."""

    def __init__(self, source) -> None:
        self.frames = []
        self.error: BaseException | None = None
        self._source = source
        self._thread = threading.Thread(target=self._run, name="vitpose-test-consumer")

    def _run(self) -> None:
        try:
            for frame in self._source:
                self.frames.append(frame)
        except BaseException as error:  # noqa: BLE001  looked at by the test
            self.error = error

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def more(self, count: int = 3) -> bool:
        """Wait for so many more frames."""
        target = len(self.frames) + count
        return wait_until(lambda: len(self.frames) >= target)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._source.close()
        self._thread.join(SOON)
        assert self.done
