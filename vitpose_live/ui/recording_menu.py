"""Beside the record button: what a recording shows, how well, how long before the key it begins, and its sound."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QAction, QActionGroup
from PyQt6.QtWidgets import QMenu, QWidget

from vitpose_live.app.settings import Layout, Settings
from vitpose_live.ui.microphone import MicrophoneMenu

EARLIER = (0.0, 3.0, 5.0, 10.0)
"""Seconds that are offered."""


class RecordingMenu(QMenu):
    """Four lists, in each of which one thing is chosen, and a switch. Asks by signals; shows what it is told.

    Parameters
    ----------
    pause
        The action that pauses a recording.
    """

    chosen = pyqtSignal(dict)
    """Settings by their names."""
    earlier_chosen = pyqtSignal(float)
    """Seconds; 0 begins with the key."""
    session_chosen = pyqtSignal(bool)

    def __init__(self, pause: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Recording"))
        self.addAction(pause)
        self.addSeparator()
        layouts = {
            Layout.ANNOTATED: self.tr("With skeletons"),
            Layout.CLEAN: self.tr("The plain picture"),
            Layout.SIDE_BY_SIDE: self.tr("Both, side by side"),
        }
        qualities = {"small": self.tr("Small file"), "standard": self.tr("Standard"), "high": self.tr("High")}
        begins = {0.0: self.tr("With the key")}
        begins |= {seconds: self.tr("{0:g} s before, of a camera").format(seconds) for seconds in EARLIER[1:]}
        self.layouts = self._list(self.tr("Picture"), layouts, lambda value: self.chosen.emit({"layout": value}))
        self.qualities = self._list(self.tr("Quality"), qualities, lambda value: self.chosen.emit({"quality": value}))
        self.begins = self._list(self.tr("Begins"), begins, self.earlier_chosen.emit)
        self.microphones = MicrophoneMenu(self)
        self.addMenu(self.microphones)
        self.aboutToShow.connect(self.microphones.aboutToShow)  # so that they are known when that one opens
        self.addSeparator()
        self.session = QAction(self.tr("Keep a session, too"), self)
        self.session.setToolTip(self.tr("Of a camera: everything that was found, to draw and count again later"))
        self.session.setCheckable(True)
        self.session.triggered.connect(self.session_chosen)
        self.addAction(self.session)
        self.setToolTipsVisible(True)
        self.show_settings(Settings())
        self.show_earlier(0.0)

    def show_settings(self, settings: Settings) -> None:
        """Show what is wanted."""
        self.layouts[settings.layout].setChecked(True)
        self.qualities[settings.quality].setChecked(True)

    def show_earlier(self, seconds: float) -> None:
        """Show how long before the key recordings begin; of those offered, the nearest."""
        self.begins[min(EARLIER, key=lambda each: abs(each - seconds))].setChecked(True)

    def _list(self, title: str, texts: Mapping[Any, str], choose: Callable[[Any], None]) -> dict[Any, QAction]:
        menu = self.addMenu(title)
        assert menu is not None
        group = QActionGroup(menu)
        actions = {}
        for value, text in texts.items():
            action = QAction(text, menu)
            action.setCheckable(True)
            action.triggered.connect(lambda _checked, value=value: choose(value))
            group.addAction(action)
            menu.addAction(action)
            actions[value] = action
        return actions
