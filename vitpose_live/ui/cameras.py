"""Which cameras there are, and when one comes or goes."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PyQt6.QtCore import QLoggingCategory, QObject, QTimer, pyqtSignal

from vitpose_live.sources import linux_cameras
from vitpose_live.ui.camera_modes import CameraMode

if TYPE_CHECKING:
    from PyQt6.QtMultimedia import QCameraDevice

_LOOK_AGAIN_MS = 2000
_CHATTER = "qt.multimedia.symbolsresolver.warning=false\nqt.multimedia.ffmpeg.info=false"
"""Which sound library it could not find, and which codecs it uses; the environment's QT_LOGGING_RULES outdo it."""


@dataclass(frozen=True, slots=True)
class CameraChoice:
    """A camera: `source` as the engine opens it, `name` as the person knows it, `modes` as it says it can do."""

    source: str
    name: str
    modes: tuple[CameraMode, ...] = ()


class CameraList(QObject):
    """Watches the cameras of this machine.

    Where Qt's multimedia part cannot be loaded, as without the sound library it needs, Linux itself is asked every now
    and then, and elsewhere there is one nameless camera to try.
    """

    changed = pyqtSignal()

    def __init__(self, look: Callable[[], list[CameraChoice]] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._devices: QObject | None = None
        self.cameras: list[CameraChoice] = []

    def prepare(self) -> None:
        """Load what `start` needs, which takes a moment."""
        if self._look is None:
            # what it says of itself on the error output at every start; its errors, and every other category, stay
            QLoggingCategory.setFilterRules(_CHATTER)
            with suppress(ImportError):
                import PyQt6.QtMultimedia  # noqa: F401, PLC0415

    def start(self) -> None:
        """Look for the first time, and listen from now on."""
        if self._look is None:
            self._look = self._watch()
        self.refresh()

    def refresh(self) -> None:
        """Look again."""
        assert self._look is not None
        found = self._look()
        if found != self.cameras:
            self.cameras = found
            self.changed.emit()

    def _watch(self) -> Callable[[], list[CameraChoice]]:
        try:
            from PyQt6.QtMultimedia import QMediaDevices  # noqa: PLC0415  loads codecs and a sound library
        except ImportError:
            return self._watch_plainly()
        devices = QMediaDevices(self)
        devices.videoInputsChanged.connect(self.refresh)
        self._devices = devices

        def look() -> list[CameraChoice]:
            return [
                CameraChoice(camera_source(device.id().data(), position), device.description(), _modes(device))
                for position, device in enumerate(devices.videoInputs())
            ]

        return look

    def _watch_plainly(self) -> Callable[[], list[CameraChoice]]:
        if not linux_cameras.V4L2_CLASS.parent.is_dir():
            return lambda: [CameraChoice("0", self.tr("Camera"))]
        timer = QTimer(self)
        timer.timeout.connect(self.refresh)
        timer.start(_LOOK_AGAIN_MS)
        return lambda: [CameraChoice(str(camera.index), camera.name) for camera in linux_cameras.known_cameras()]


def _modes(device: QCameraDevice) -> tuple[CameraMode, ...]:
    found = {}
    for each in device.videoFormats():
        size = each.resolution()
        pixels = each.pixelFormat().name.removeprefix("Format_")
        found[CameraMode((size.width(), size.height()), each.maxFrameRate(), pixels)] = True
    return tuple(found)


def camera_source(identity: bytes, position: int) -> str:
    """Return the number of a camera: that of its device file where it has one, else its place in the list."""
    numbered = re.fullmatch(rb"/dev/video(\d+)", identity)
    return numbered[1].decode() if numbered else str(position)
