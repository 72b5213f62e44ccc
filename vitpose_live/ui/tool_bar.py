"""Menus and tool bar, made from the table of actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QMainWindow, QMenu, QMenuBar, QSizePolicy, QToolBar, QToolButton, QWidget

from vitpose_live.sources.address import masked
from vitpose_live.ui.actions import TABLE, translated
from vitpose_live.ui.cameras import CameraChoice
from vitpose_live.ui.elided import shortened
from vitpose_live.ui.icons import icon
from vitpose_live.ui.keys import KeepsKeys
from vitpose_live.ui.readout import source_name
from vitpose_live.ui.theme import DARK, Theme

_RIGHT = ("coach", "traces", "panel", "theme", "fullscreen", "help")
"""Pushed to the right end of the tool bar."""


def add_menus(window: QMainWindow, actions: Mapping[str, QAction]) -> QMenuBar:
    """Fill the menu bar of `window`; return it."""
    bar = window.menuBar()
    assert bar is not None
    for title, rows in groupby(TABLE, key=lambda row: row.menu):
        menu = bar.addMenu(translated(title))
        assert menu is not None
        menu.setToolTipsVisible(True)
        for row in rows:
            if row.name in ("record", "quit", "lock", "panel"):
                menu.addSeparator()
            menu.addAction(actions[row.name])
    return bar


class SourceMenu(QMenu):
    """What can be opened: each camera, files, addresses, the demonstration, and what was open before."""

    opened = pyqtSignal(str)

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget) -> None:
        super().__init__(parent)
        self._actions = actions
        self._theme = DARK
        self._cameras: Sequence[CameraChoice] = ()
        self._recent: Sequence[str] = ()
        self.setToolTipsVisible(True)

    def show_cameras(self, cameras: Sequence[CameraChoice]) -> None:
        """Offer `cameras`."""
        self._cameras = cameras
        self._fill()

    def show_recent(self, recent: Sequence[str]) -> None:
        """Offer what was open before."""
        self._recent = recent
        self._fill()

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of `theme`."""
        self._theme = theme
        self._fill()

    def _fill(self) -> None:
        self.clear()
        for camera in self._cameras:
            self._add(shortened(camera.name, self.fontMetrics()), camera.source, "camera")
        if not self._cameras:
            self._add(self.tr("No camera found"), "", "camera")
        self.addSeparator()
        for name in ("file", "address", "demo"):
            self.addAction(self._actions[name])
        if self._recent:
            self.addSeparator()
        for source in self._recent:
            self._add(shortened(source_name(source), self.fontMetrics()), source, "recent")

    def _add(self, text: str, source: str, sign: str) -> None:
        action = QAction(icon(sign, self._theme.text), text.replace("&", "&&"), self)
        action.setToolTip(masked(source))
        action.setEnabled(bool(source))
        action.triggered.connect(lambda: self.opened.emit(source))
        self.addAction(action)


class ToolBar(QToolBar):
    """Open, then what is used all the time; at the right what concerns the window."""

    def __init__(self, actions: Mapping[str, QAction], sources: SourceMenu, parent: QMainWindow) -> None:
        super().__init__(parent)
        self.setObjectName("tools")
        self.setWindowTitle(self.tr("Tool bar"))
        self.setMovable(False)
        self.setIconSize(QSize(20, 20))
        self.open = QToolButton(self)
        self.open.setObjectName("open")
        self.open.setText(f" {self.tr('Open')}")  # room after the icon
        self.open.setAccessibleName(self.tr("Open"))
        self.open.setToolTip(self.tr("Open a camera, a file or a stream"))
        self.open.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.open.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.open.setMenu(sources)
        self.addWidget(self.open)
        self.addSeparator()
        keys = KeepsKeys(self)
        keys.guard(self.open)
        tools = [row.name for row in TABLE if row.tool]
        for name in (name for name in tools if name not in _RIGHT):
            self.addAction(actions[name])
        space = QWidget(self)
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(space)
        for name in _RIGHT:
            self.addAction(actions[name])
        for name in tools:
            button = self.widgetForAction(actions[name])
            assert button is not None
            button.setAccessibleName(actions[name].text().replace("&", ""))
            keys.guard(button)

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of `theme`."""
        self.open.setIcon(icon("camera", theme.accent_text))
