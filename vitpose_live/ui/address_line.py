"""Where the address of a stream is written."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QLineEdit, QWidget

from vitpose_live.sources.address import masked


class AddressLine(QLineEdit):
    """A line for an address, hidden until somebody wants to write one."""

    entered = pyqtSignal(str)
    """An address to open."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(self.tr("Address of a stream: rtsp://… or http://…, then Enter"))
        self.setAccessibleName(self.tr("Address of a stream"))
        self.hide()
        self.returnPressed.connect(self._enter)

    def ask(self) -> None:
        """Show it, ready to be written in."""
        self.show()
        self.setFocus()
        self.selectAll()

    def _enter(self) -> None:
        if text := self.text().strip():
            if masked(text) != text:  # what is left here is shown the next time
                self.clear()
            self.entered.emit(text)
