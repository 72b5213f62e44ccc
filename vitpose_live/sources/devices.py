"""Which cameras this machine has, and how one is opened."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, Protocol

import cv2

from vitpose_live.errors import SourceError
from vitpose_live.sources.linux_cameras import DEVICES, V4L2_CLASS, CameraInfo, known_cameras

_MOST_PROBED = 4


class Capture(Protocol):
    """What is used of `cv2.VideoCapture`."""

    def isOpened(self) -> bool:  # noqa: N802  OpenCV's name
        """Whether it could be opened."""

    def grab(self) -> bool:
        """Wait for the next picture; False when there is none."""

    def retrieve(self) -> tuple[bool, Any]:
        """Return whether it decoded, and the picture that was grabbed: (height, width, 3) uint8, BGR."""

    def get(self, prop: int, /) -> float:
        """Return a setting."""

    def set(self, prop: int, value: float, /) -> bool:
        """Ask for a setting; return whether the driver knows it."""

    def release(self) -> None:
        """Let go of the camera."""


CaptureFactory = Callable[[int], Capture]


def list_cameras() -> tuple[CameraInfo, ...]:
    """Return the cameras of this machine, by number.

    Linux is asked for them, and none is started. Elsewhere the first few are opened for a moment, which takes
    about a second each; cameras in use may be missing then.
    """
    if V4L2_CLASS.parent.is_dir():  # Linux
        return known_cameras()
    return probed_cameras(_open_quietly)


def probed_cameras(factory: CaptureFactory, most: int = _MOST_PROBED) -> tuple[CameraInfo, ...]:
    """Return those of the first `most` cameras that open."""
    cameras = []
    for index in range(most):
        capture = factory(index)
        if capture.isOpened():
            cameras.append(CameraInfo(index, f"camera {index}"))
        capture.release()
    return tuple(cameras)


def others(index: int) -> str:
    """Say which cameras there are beside number `index`, for a hint; opens none to find out."""
    if sys.platform != "linux":
        return "see `vitpose-live cameras`"
    found = [f"{camera.index} ({camera.name})" for camera in known_cameras() if camera.index != index]
    return f"cameras here: {', '.join(found)}" if found else "no other camera was found"


def check_permission(index: int) -> None:
    """Refuse a camera that is not there or may not be used, where that can be told without opening it: on Linux.

    Raises
    ------
    SourceError
        Saying what is in the way.
    """
    if sys.platform != "linux":
        return
    device = DEVICES / f"video{index}"
    if not device.exists():
        raise SourceError(f"there is no camera {index}", hint=others(index))
    if not os.access(device, os.R_OK | os.W_OK):
        raise SourceError(
            f"camera {index} may not be used: no permission for {device}",
            hint="`sudo usermod -aG video $USER`, then log in again; in a container, pass the device in",
        )


def open_capture(index: int) -> Capture:
    """Open camera `index` with the back-end of this system.

    Raises
    ------
    SourceError
        When it is not there, may not be used, or does not open.
    """
    check_permission(index)
    capture = _open_quietly(index)
    if not capture.isOpened():
        capture.release()
        if sys.platform == "darwin":
            hint = f"allow it in System Settings, Privacy & Security, Camera; {others(index)}"
        else:
            hint = f"is another program using it? {others(index)}"
        raise SourceError(f"camera {index} cannot be opened", hint=hint)
    return capture


def _open_quietly(index: int) -> Capture:
    """Open a camera without OpenCV's own complaints on stderr."""
    logging = cv2.utils.logging
    before = logging.setLogLevel(logging.LOG_LEVEL_SILENT)
    try:
        return cv2.VideoCapture(index, _BACKENDS.get(sys.platform, cv2.CAP_ANY))
    finally:
        logging.setLogLevel(before)


_BACKENDS = {"linux": cv2.CAP_V4L2, "darwin": cv2.CAP_AVFOUNDATION, "win32": cv2.CAP_MSMF}
