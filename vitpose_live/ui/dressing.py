"""Dresses the window in a theme."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QApplication, QWidget

from vitpose_live.ui.actions import TABLE
from vitpose_live.ui.icons import icon
from vitpose_live.ui.preferences import Preferences
from vitpose_live.ui.steps import Steps
from vitpose_live.ui.theme import THEMES, Theme, ThemeName, set_palette, style_sheet


class Dressed(Protocol):
    """A part of the window with colours of its own."""

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of `theme`."""


class Dressing(QObject):
    """Knows the theme, changes it, and remembers it.

    Qt takes a tenth of a millisecond for each widget that gets a style sheet, and all at once for the application's:
    so each part of the window has the sheet, and gets it in a turn of its own.

    Parameters
    ----------
    panes
        The parts of the window, which together hold every widget that is drawn by the style sheet.
    actions
        Whose icons are drawn in the theme's colours.
    parts
        What else is.
    steps
        Change it bit by bit.
    preferences
        Keep it.
    parent
        The window.
    """

    changed = pyqtSignal()
    """Everything is dressed in another theme."""

    def __init__(
        self,
        panes: Sequence[QWidget],
        actions: Mapping[str, QAction],
        parts: Sequence[Dressed],
        steps: Steps,
        preferences: Preferences,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._panes = panes
        self._actions = actions
        self._parts = parts
        self._steps = steps
        self._preferences = preferences
        self.name = preferences.theme
        """Of the theme, also while it is being put on."""

    @property
    def sheet(self) -> str:
        """The style sheet of the theme, for a window that opens now."""
        return style_sheet(THEMES[self.name])

    def put_on(self, name: ThemeName) -> None:
        """Dress everything in the theme called `name`."""
        for step in self._dress(name):
            step()

    def change_to(self, name: ThemeName) -> None:
        """Do that while people watch: in steps, because all at once the picture would stand still for a moment."""
        self._steps.run(*self._dress(name))

    def _dress(self, name: ThemeName) -> tuple[Callable[[], None], ...]:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self.name = self._preferences.theme = name
        theme = THEMES[name]
        sheet = style_sheet(theme)
        return (
            lambda: set_palette(app, theme),
            *(partial(pane.setStyleSheet, sheet) for pane in self._panes),
            lambda: self._show(theme),
        )

    def _show(self, theme: Theme) -> None:
        for row in TABLE:
            if row.icon:
                self._actions[row.name].setIcon(icon(row.icon, theme.text))
        self._actions["theme"].setChecked(theme.name is ThemeName.LIGHT)
        for part in self._parts:
            part.set_theme(theme)
        self.changed.emit()
