"""The cameras that Linux lists, and what their drivers say of them; starts none, and imports nothing slow."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

V4L2_CLASS = Path("/sys/class/video4linux")
DEVICES = Path("/dev")


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """A camera of this machine.

    Parameters
    ----------
    index
        Its number, as in ``webcam:1``.
    name
        What its driver calls it; ``camera 1`` where that is not known.
    """

    index: int
    name: str


def known_cameras(classes: Path = V4L2_CLASS, devices: Path = DEVICES) -> tuple[CameraInfo, ...]:
    """Return the cameras that Linux lists in `classes`, leaving aside their nodes that give no pictures."""
    cameras = []
    for folder in classes.glob("video*"):
        number = folder.name.removeprefix("video")
        if number.isdecimal() and _gives_pictures(folder, devices / folder.name):
            name = _text(folder / "name") or f"camera {number}"
            cameras.append(CameraInfo(int(number), name))
    return tuple(sorted(cameras, key=lambda camera: camera.index))


def camera_name(index: int) -> str:
    """Return what the driver calls camera `index`; empty when it is not there, or not known without opening it."""
    return _text(V4L2_CLASS / f"video{index}" / "name")


def camera_named(name: str) -> int | None:
    """Return the number of the one camera that the driver calls `name`; None when there is none, or several."""
    found = [camera.index for camera in known_cameras(V4L2_CLASS, DEVICES) if camera.name == name]
    return found[0] if len(found) == 1 else None


def _gives_pictures(folder: Path, device: Path) -> bool:
    capabilities = _capabilities(device)
    if capabilities is not None:
        return bool(capabilities & 0x1001)  # V4L2_CAP_VIDEO_CAPTURE, plain or in planes
    # may not be opened: of a camera's nodes the first one gives pictures, others describe them
    return _text(folder / "index") in ("", "0")


def _capabilities(device: Path) -> int | None:
    """Ask a video node what it can do (VIDIOC_QUERYCAP); None when it does not say."""
    import fcntl  # noqa: PLC0415  Windows has none

    answer = bytearray(104)  # struct v4l2_capability: its last members are `capabilities`, `device_caps`, 3 reserved
    try:
        handle = os.open(device, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.ioctl(handle, 0x80685600, answer)
    except OSError:
        return None
    finally:
        os.close(handle)
    whole, own = (int.from_bytes(answer[at : at + 4], sys.byteorder) for at in (84, 88))
    return own if whole & 0x80000000 else whole  # V4L2_CAP_DEVICE_CAPS: what this node of several can do


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
