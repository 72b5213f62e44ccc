"""Every shortcut on one sheet, made from the table of actions."""

from __future__ import annotations

from itertools import groupby

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PyQt6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from vitpose_live.ui.actions import TABLE, ActionRow, shown_keys, translated


class HelpSheet(QWidget):
    """Lies over the window until it is clicked or its shortcut is pressed again."""

    shown = pyqtSignal(bool)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Keyboard shortcuts"))
        sheet = QFrame(self)
        sheet.setObjectName("sheet")
        columns = QHBoxLayout(sheet)
        columns.setContentsMargins(32, 26, 32, 28)
        columns.setSpacing(40)
        groups = {menu: list(rows) for menu, rows in groupby(TABLE, key=lambda row: row.menu)}
        names = list(groups)
        # the short last group goes below the shortest
        for menus in ([names[0]], [names[1]], names[2:]):
            column = QVBoxLayout()
            column.setSpacing(8)
            for menu in menus:
                self._add_group(column, menu, groups[menu], sheet)
            column.addStretch(1)
            columns.addLayout(column)
        outer = QVBoxLayout(self)
        outer.addStretch(1)
        outer.addWidget(sheet, alignment=Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(1)
        self.hide()

    def open(self) -> None:
        """Cover the window."""
        parent = self.parentWidget()
        assert parent is not None
        self.setGeometry(parent.rect())
        self.raise_()
        self.show()
        self.shown.emit(True)

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: ARG002, N802  Qt's signature
        """Dim what lies below."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 150))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:  # noqa: ARG002, N802  Qt's signature
        """Go away."""
        self.leave()

    def leave(self) -> None:
        """Uncover the window."""
        self.hide()
        self.shown.emit(False)

    def _add_group(self, column: QVBoxLayout, menu: str, rows: list[ActionRow], sheet: QWidget) -> None:
        heading = QLabel(translated(menu).replace("&", ""), sheet)
        heading.setObjectName("heading")
        column.addWidget(heading)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        for line, row in enumerate(rows):
            key = QLabel(shown_keys(row), sheet)
            key.setObjectName("key")
            key.setAlignment(Qt.AlignmentFlag.AlignCenter)
            grid.addWidget(key, line, 0)
            grid.addWidget(QLabel(translated(row.text).replace("&", "").rstrip("…"), sheet), line, 1)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)
        column.addSpacing(10)
