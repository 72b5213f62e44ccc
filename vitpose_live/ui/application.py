"""Starts the desktop app and ends it well."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PyQt6.QtCore import QTimer
from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import QApplication

from vitpose_live import __version__
from vitpose_live.app.display import Qt, install_line, window_systems
from vitpose_live.app.settings import Settings
from vitpose_live.bundled import bundled_path
from vitpose_live.errors import VitposeLiveError
from vitpose_live.ui.camera_modes import CameraWish
from vitpose_live.ui.collector import Collector
from vitpose_live.ui.main_window import MainWindow
from vitpose_live.ui.preferences import Preferences, default_path
from vitpose_live.ui.theme import choose_font

Hook = Callable[[type[BaseException], BaseException, TracebackType | None], None]
_PULSE_MS = 200
"""How often Python gets a turn to notice Ctrl-C."""


def run_app(
    source: str | None, settings: Settings, preferences: Path | None = None, wish: CameraWish | None = None
) -> int:
    """Show the window, with `source` open if one is given, until it is closed; return the exit status.

    Parameters
    ----------
    source
        A camera, a file or an address.
    settings
        What to analyse with.
    preferences
        Where the window keeps its things; None is this person's own file.
    wish
        What `source` is asked for where it is a camera.

    Raises
    ------
    VitposeLiveError
        When there is no display to show it on.
    """
    check_display()
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("vitpose-live")
    app.setApplicationDisplayName("vitpose_live")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("vitpose-live")
    app.setWindowIcon(QIcon(str(bundled_path("icon.png"))))
    choose_font(app)
    window = MainWindow(Preferences(preferences or default_path()), settings)
    collector = Collector()
    window.controller.refreshed.connect(collector.follow)
    before = sys.excepthook
    sys.excepthook = _guard(window)
    pulse = QTimer()
    pulse.timeout.connect(lambda: None)
    pulse.start(_PULSE_MS)
    handlers = {number: signal.signal(number, lambda *_: _close(window)) for number in _signals()}
    try:
        collector.start()
        window.show()
        if source is not None:
            if wish is not None:
                window.camera_desk.ask(source, wish)
            window.open_source(source)
        return app.exec()
    finally:
        sys.excepthook = before
        for number, handler in handlers.items():
            signal.signal(number, handler)
        pulse.stop()
        collector.stop()
        window.close()
        window.deleteLater()
        app.processEvents()


def check_display() -> None:
    """Refuse where Qt would only abort: on Linux without a display, or without the libraries that it draws with.

    Raises
    ------
    VitposeLiveError
        Saying what is missing.
    """
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return
    systems = window_systems()
    if not systems:
        raise VitposeLiveError(
            "there is no display to open a window on", hint="`vitpose-live process` and `vitpose-live demo` need none"
        )
    qt = Qt.find()
    missing = qt.lacks_for(systems) if qt is not None else ()
    if missing:
        raise VitposeLiveError(
            f"libraries that windows need are missing: {', '.join(missing)}", hint=install_line(missing)
        )


def _signals() -> tuple[signal.Signals, ...]:
    return (signal.SIGINT, signal.SIGTERM)


def _close(window: MainWindow) -> None:
    window.close()


def _guard(window: MainWindow) -> Hook:
    """Return an excepthook: a mistake in a handler is told, and the window lives on."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.__excepthook__(kind, error, trace)
        if isinstance(error, KeyboardInterrupt):
            window.close()
        elif isinstance(error, VitposeLiveError):
            window.show_error(error)
        else:
            window.show_error(VitposeLiveError(f"{kind.__name__}: {error}", hint="this is a bug; please report it"))

    return hook
