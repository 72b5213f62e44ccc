"""Text of any length in a place of a given width: what tells a name apart is at both of its ends."""

from __future__ import annotations

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PyQt6.QtWidgets import QLabel, QWidget

WIDTH = 360
"""Pixels of a name in a menu."""


def shortened(text: str, metrics: QFontMetrics, width: int = WIDTH) -> str:
    """Return `text`, with an ellipsis in its middle where it is wider than `width` pixels."""
    return metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, width)


class ElidedLabel(QLabel):
    """A label of one line that shows as much of its text as there is room for; `text` stays whole.

    Parameters
    ----------
    least
        Pixels that it must have, however long its text is, so that this does not make the window wide.
    usual
        Pixels that it would like to have, however short its text is, so that nothing moves when this changes.
    mode
        Where the ellipsis goes.
    """

    def __init__(
        self,
        least: int,
        usual: int = 0,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._least = least
        self._usual = usual
        self._mode = mode

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Ask for room for the text, or for a usual one."""
        hint = super().sizeHint()
        return QSize(max(hint.width(), self._usual), hint.height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Be content with little."""
        return QSize(min(self._least, self.sizeHint().width()), super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: ARG002, N802  Qt's signature
        """Write as much as there is room for."""
        painter = QPainter(self)
        room = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), self._mode, room.width())
        painter.drawText(room, self.alignment(), text)
        painter.end()
