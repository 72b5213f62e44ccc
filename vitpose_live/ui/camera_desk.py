"""Which size and frame rate each camera is asked for, from one day to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PyQt6.QtCore import QObject

from vitpose_live.errors import SourceError
from vitpose_live.sources.address import Camera, parse_address
from vitpose_live.ui.camera_box import CameraBox
from vitpose_live.ui.camera_modes import CameraWish
from vitpose_live.ui.cameras import CameraChoice, CameraList
from vitpose_live.ui.preferences import Preferences


class CameraDesk(QObject):
    """Between the cameras, what is kept of them, and the pickers.

    Parameters
    ----------
    cameras
        Which there are and what they can do.
    box
        Shows it.
    preferences
        Where it is kept, by the name of the camera.
    reopen
        Opens a source in place of what is open.
    parent
        The window.
    """

    def __init__(
        self,
        cameras: CameraList,
        box: CameraBox,
        preferences: Preferences,
        reopen: Callable[[str], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._cameras = cameras
        self._box = box
        self._preferences = preferences
        self._reopen = reopen
        self._source = ""
        self._asked: dict[str, CameraWish] = {}
        box.wished.connect(self._wish)
        cameras.changed.connect(lambda: self.show_source(self._source))

    def options(self, source: str) -> dict[str, Any]:
        """Return what `source` is to be asked for, as options of `vitpose_live.open_source`; nothing of a file."""
        camera = self._camera(source)
        return {} if camera is None else self._wish_of(camera).options()

    def show_source(self, source: str) -> None:
        """Show the pickers for `source` where it is a camera, else nothing."""
        self._source = source
        camera = self._camera(source)
        if camera is None:
            self._box.hide()
        else:
            self._box.show_camera(camera, self._wish_of(camera))

    def ask(self, source: str, wish: CameraWish) -> None:
        """Ask the camera `source` for that this time; of anything else there is nothing to ask."""
        camera = self._camera(source)
        if camera is not None:
            self._asked[camera.source] = wish

    def _wish(self, wish: CameraWish) -> None:
        camera = self._camera(self._source)
        if camera is None or wish == self._wish_of(camera):
            return
        self._asked[camera.source] = wish
        # by its number, too: what is opened at once is opened before the names are known
        for name in {camera.name, _nameless(camera.source)}:
            self._preferences.keep_camera_wish(name, wish)
        self._reopen(self._source)

    def _wish_of(self, camera: CameraChoice) -> CameraWish:
        return self._asked.get(camera.source) or self._preferences.camera_wish(camera.name)

    def _camera(self, source: str) -> CameraChoice | None:
        try:
            address = parse_address(source)
        except SourceError:  # said when it is opened
            return None
        if not isinstance(address, Camera):
            return None
        number = str(address.index)
        known = (camera for camera in self._cameras.cameras if camera.source == number)
        return next(known, CameraChoice(number, _nameless(number)))


def _nameless(number: str) -> str:
    return f"camera {number}"
