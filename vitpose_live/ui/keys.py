"""How keys, clicks and the wheel go to a control, and not past it or to one that nobody means."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject, Qt
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QAbstractButton, QWidget

_PRESSES = {Qt.Key.Key_Space}
_KEPT = _PRESSES | {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down}


class KeepsKeys(QObject):
    """Event filter: Space and arrows work a focused control instead of being the window's shortcuts.

    For that only the Tab key gives a control the focus: who clicks on a box and then presses Space wants the film to
    stand still, and not the box to change again. Nor does the wheel, which is meant for what a control lies on, change
    one that has no focus.
    """

    def guard(self, control: QWidget) -> None:
        """Do that for `control`."""
        control.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        control.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: N802  Qt's name
        """Keep what is the control's own, and leave what is not."""
        if event is None or not isinstance(watched, QWidget):
            return False
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            if event.key() in (_PRESSES if isinstance(watched, QAbstractButton) else _KEPT):
                event.accept()
                return True
        elif event.type() == QEvent.Type.Wheel and not watched.hasFocus():
            event.ignore()  # then it goes on to what the control lies on
            return True
        return False
