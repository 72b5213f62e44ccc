"""Files and addresses that are dropped on a window."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject, pyqtSignal
from PyQt6.QtGui import QDragEnterEvent, QDropEvent
from PyQt6.QtWidgets import QWidget


class Drops(QObject):
    """Watches what is dragged over `target`, and takes what can be opened.

    Parameters
    ----------
    target
        The widget to drop on; it lives as long as this.
    """

    dropped = pyqtSignal(str)
    """A file or an address."""
    hovering = pyqtSignal(bool)
    """Whether something that can be opened is being held over the widget."""
    left = pyqtSignal(int)
    """How many more were dropped at the same time, and are not opened."""

    def __init__(self, target: QWidget) -> None:
        super().__init__(target)
        target.setAcceptDrops(True)
        target.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: N802  Qt's name
        """Take files and addresses, and leave everything else to the widget."""
        if isinstance(event, QDragEnterEvent):
            if _opened_by(event):
                event.acceptProposedAction()
                self.hovering.emit(True)
        elif isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            self.hovering.emit(False)
            if source := _opened_by(event):
                event.acceptProposedAction()
                self.dropped.emit(source)
                if more := _number(event) - 1:
                    self.left.emit(more)
        elif event is not None and event.type() == QEvent.Type.DragLeave:
            self.hovering.emit(False)
        else:
            return super().eventFilter(watched, event)
        return True


def _number(event: QDropEvent) -> int:
    data = event.mimeData()
    return max(1, 0 if data is None else len(data.urls()))


def _opened_by(event: QDropEvent) -> str:
    """Return the file or address that is dragged; empty when it is something else."""
    data = event.mimeData()
    if data is None:
        return ""
    for url in data.urls():
        return url.toLocalFile() or url.toString()
    text = data.text().strip()
    return text if "://" in text and "\n" not in text else ""
