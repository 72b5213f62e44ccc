"""Opening the desktop app from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitpose_live.errors import VitposeLiveError

if TYPE_CHECKING:
    from vitpose_live.app.settings import Settings


def open_window(source: str | None, settings: Settings, size: tuple[int, int] | None, fps: float | None) -> int:
    """Show the desktop app until it is closed; return the exit status.

    Raises
    ------
    VitposeLiveError
        When this system has no display, or lacks a library that windows need.
    """
    try:
        from vitpose_live.ui.application import run_app  # noqa: PLC0415
    except ImportError as error:  # PyQt6 is there, but not what it is linked to
        from vitpose_live.app.display import Qt, install_line, window_systems  # noqa: PLC0415

        qt = Qt.find()
        missing = qt.lacks_for(window_systems() or ("xcb",)) if qt is not None else ()
        hint = install_line(missing) if missing else "`vitpose-live doctor` says what is wrong"
        raise VitposeLiveError(f"the desktop app cannot be loaded: {error}", hint=hint) from error
    from vitpose_live.app.console import prepare_process  # noqa: PLC0415
    from vitpose_live.ui.camera_modes import CameraWish  # noqa: PLC0415

    prepare_process()
    return run_app(source, settings, wish=CameraWish(size, fps) if size or fps else None)
