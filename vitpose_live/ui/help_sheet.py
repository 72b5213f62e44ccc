"""Every shortcut on one sheet, made from the table of actions."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from PyQt6.QtCore import QPointF, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QWidget

from vitpose_live.ui.actions import TABLE, shown_keys, translated
from vitpose_live.ui.theme import DARK, Theme

_SHADE = QColor(0, 0, 0, 150)
_MARGIN, _COLUMN_GAP, _GROUP_GAP = 32.0, 40.0, 18.0
_CAP_PADDING, _CAP_GAP, _LINE_GAP = 7.0, 12.0, 7.0
_RADIUS = 14.0


@dataclass(frozen=True, slots=True)
class _Group:
    """The actions of one menu.

    Parameters
    ----------
    title
        Of the menu.
    rows
        Keys and what they do.
    """

    title: str
    rows: tuple[tuple[str, str], ...]


class HelpSheet(QWidget):
    """Lies over the window until it is clicked or its shortcut is pressed again.

    It is painted, not built of a hundred labels, which would take longer to show and to dress than a person may wait.
    """

    shown = pyqtSignal(bool)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = DARK
        groups = [
            _Group(_plain(translated(menu)), tuple((shown_keys(row), _plain(translated(row.text))) for row in rows))
            for menu, rows in groupby(TABLE, key=lambda row: row.menu)
        ]
        # the short last group goes below the shortest
        self._columns = (groups[:1], groups[1:2], groups[2:])
        self.setAccessibleName(self.tr("Keyboard shortcuts"))
        self.setAccessibleDescription("\n".join(self.lines))
        self.hide()

    @property
    def lines(self) -> list[str]:
        """What it says, a line per action."""
        return [f"{keys}: {text}" for groups in self._columns for group in groups for keys, text in group.rows]

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of `theme`."""
        self._theme = theme
        self.update()

    def open(self) -> None:
        """Cover the window."""
        parent = self.parentWidget()
        assert parent is not None
        self.setGeometry(parent.rect())
        self.raise_()
        self.show()
        self.shown.emit(True)

    def leave(self) -> None:
        """Uncover the window."""
        self.hide()
        self.shown.emit(False)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:  # noqa: ARG002, N802  Qt's signature
        """Go away."""
        self.leave()

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: ARG002, N802  Qt's signature
        """Dim what lies below, and draw the sheet in the middle, smaller where there is not enough room."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), _SHADE)
        columns = [_Column(groups, self.font()) for groups in self._columns]
        width = sum(column.width for column in columns) + _COLUMN_GAP * (len(columns) - 1) + 2 * _MARGIN
        height = max(column.height for column in columns) + 2 * _MARGIN
        scale = min(1.0, self.width() / width, self.height() / height)
        painter.translate(self.width() / 2, self.height() / 2)
        painter.scale(scale, scale)
        painter.translate(-width / 2, -height / 2)
        painter.setPen(QPen(QColor(self._theme.line)))
        painter.setBrush(QColor(self._theme.panel))
        painter.drawRoundedRect(QRectF(0, 0, width, height), _RADIUS, _RADIUS)
        painter.translate(_MARGIN, _MARGIN)
        for column in columns:
            column.paint(painter, self._theme)
            painter.translate(column.width + _COLUMN_GAP, 0)
        painter.end()


class _Column:
    """Groups below each other, in a font."""

    def __init__(self, groups: list[_Group], font: QFont) -> None:
        self._groups = groups
        self._plain, self._title, self._key = QFont(font), QFont(font), QFont(font)
        self._title.setBold(True)
        self._title.setPointSizeF(font.pointSizeF() * 1.1)
        self._key.setWeight(QFont.Weight.DemiBold)
        plain, title, key = (QFontMetricsF(each) for each in (self._plain, self._title, self._key))
        rows = [row for group in groups for row in group.rows]
        self._caps = max(key.horizontalAdvance(keys) for keys, _ in rows) + 2 * _CAP_PADDING
        self._line = max(plain.height(), key.height()) + 4.0
        self._head = title.height() + _LINE_GAP
        self.width = self._caps + _CAP_GAP + max(plain.horizontalAdvance(text) for _, text in rows)
        lines = sum(self._head + len(group.rows) * (self._line + _LINE_GAP) - _LINE_GAP for group in groups)
        self.height = lines + _GROUP_GAP * (len(groups) - 1)

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint them from the origin down."""
        text, line, field = QColor(theme.text), QColor(theme.line), QColor(theme.field)
        top = 0.0
        for group in self._groups:
            painter.setFont(self._title)
            painter.setPen(text)
            painter.drawText(QRectF(QPointF(0, top), QPointF(self.width, top + self._head)), group.title)
            top += self._head
            for keys, what in group.rows:
                cap = QRectF(0, top, self._caps, self._line)
                painter.setPen(line)
                painter.setBrush(field)
                painter.drawRoundedRect(cap, 5, 5)
                painter.setPen(text)
                painter.setFont(self._key)
                painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, keys)
                painter.setFont(self._plain)
                rest = cap.translated(self._caps + _CAP_GAP, 0)
                rest.setRight(self.width + 1)
                painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, what)
                top += self._line + _LINE_GAP
            top += _GROUP_GAP - _LINE_GAP


def _plain(text: str) -> str:
    return text.replace("&", "").rstrip("…")
