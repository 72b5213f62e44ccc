"""The whole screen for the picture."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QMainWindow, QWidget

from vitpose_live.ui.preferences import Preferences


class FullScreen:
    """Fills the screen with the picture and what belongs to it, and goes back to how the window was.

    Parameters
    ----------
    window
        The window.
    bars
        What makes room.
    panel
        Makes room, too; shown again only where the `preferences` have it.
    action
        Shows whether the screen is filled.
    preferences
        Of this person.
    """

    def __init__(
        self, window: QMainWindow, bars: Sequence[QWidget], panel: QWidget, action: QAction, preferences: Preferences
    ) -> None:
        self._window = window
        self._bars = bars
        self._panel = panel
        self._action = action
        self._preferences = preferences
        self._maximised = False

    def switch(self, *, on: bool) -> None:
        """Fill the screen, or go back."""
        for bar in self._bars:
            bar.setVisible(not on)
        self._panel.setVisible(not on and self._preferences.side_panel)
        if on:
            self._maximised = self._window.isMaximized()
            self._window.showFullScreen()
        elif self._maximised:
            self._window.showMaximized()
        else:
            self._window.showNormal()
        self._action.setChecked(on)
