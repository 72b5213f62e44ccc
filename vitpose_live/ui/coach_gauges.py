"""What the coach's panel paints: how far a repetition is, and an angle on its way to where it is to come."""

from __future__ import annotations

from math import isfinite

from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from vitpose_live.ui.coaching import AngleNow
from vitpose_live.ui.readout import NOTHING
from vitpose_live.ui.theme import DARK, Theme

_BAR = 8.0
_GAP = 5.0


class PhaseBar(QWidget):
    """A bar that fills on the way out and empties on the way back, with the name of the phase below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self._phase = ""
        self._level = 0.0
        self._words = {
            "down": self.tr("down"),
            "bottom": self.tr("bottom"),
            "up": self.tr("up"),
            "top": self.tr("top"),
            "rest": self.tr("rest"),
            "hold": self.tr("hold"),
        }
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Phase"))
        self.setToolTip(self.tr("How far into the repetition you are"))

    @property
    def phase(self) -> str:
        """The phase shown; empty for none."""
        return self._phase

    @property
    def word(self) -> str:
        """What is written below."""
        return self._words.get(self._phase, self._phase)

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of `theme`."""
        self._theme = theme
        self.update()

    def show_phase(self, phase: str, level: float) -> None:
        """Name the `phase`, and fill the bar up to `level`, 0..1 or NaN."""
        level = min(max(level, 0.0), 1.0) if isfinite(level) else 0.0
        if (phase, level) != (self._phase, self._level):
            self._phase, self._level = phase, level
            self.setAccessibleDescription(self.word)
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Ask for room for the bar and a line of text."""
        return QSize(120, round(_BAR + _GAP) + self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: ARG002, N802  Qt's signature
        """Paint it."""
        painter = QPainter(self)
        _paint_bar(painter, QRectF(0, 0, self.width(), _BAR), self._level, self._theme)
        painter.setPen(QColor(self._theme.text))
        below = QRectF(0, _BAR + _GAP, self.width(), self.height() - _BAR - _GAP)
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, self.word)
        painter.end()


class AngleGauge(QWidget):
    """One angle: its name, what it is now, the best of the set and the target, and a bar that is full at the target.

    Where there is no target the bar is full at the best.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self._texts = ("", "", "", "")
        self._share = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(self.tr("The angle now, the best of this set, and what it is to come to"))

    @property
    def texts(self) -> tuple[str, str, str, str]:
        """What it says: the name, the angle now, the best, the target."""
        return self._texts

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of `theme`."""
        self._theme = theme
        self.update()

    def show_angle(self, name: str, angle: AngleNow) -> None:
        """Show `angle`, called `name`."""
        best = self.tr("best {0}").format(_degrees(angle.best)) if isfinite(angle.best) else ""
        target = self.tr("goal {0}").format(_degrees(angle.target)) if isfinite(angle.target) else ""
        texts = name, _degrees(angle.degrees), best, target
        share = angle.share if isfinite(angle.share) else 0.0
        if (texts, share) != (self._texts, self._share):
            self._texts, self._share = texts, share
            self.setAccessibleName(name)
            self.setAccessibleDescription(", ".join(text for text in texts[1:] if text))
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Ask for room for a large line, the bar and a small line."""
        lines = QFontMetrics(self._large()).height() + self.fontMetrics().height()
        return QSize(120, round(lines + _BAR + 2 * _GAP))

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: ARG002, N802  Qt's signature
        """Paint it."""
        name, now, best, target = self._texts
        painter = QPainter(self)
        under = float(self.fontMetrics().height())
        above = QRectF(0, 0, self.width(), self.height() - under - _BAR - _GAP)
        below = QRectF(0, self.height() - under, self.width(), under)
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        painter.setPen(QColor(self._theme.muted))
        painter.drawText(above, left | Qt.AlignmentFlag.AlignBottom, name)
        painter.drawText(below, left | Qt.AlignmentFlag.AlignTop, best)
        painter.drawText(below, right | Qt.AlignmentFlag.AlignTop, target)
        painter.setPen(QColor(self._theme.text))
        painter.setFont(self._large())
        painter.drawText(above, right | Qt.AlignmentFlag.AlignBottom, now)
        _paint_bar(painter, QRectF(0, above.bottom() + _GAP / 2, self.width(), _BAR), self._share, self._theme)
        painter.end()

    def _large(self) -> QFont:
        font = QFont(self.font())
        font.setPointSize(max(1, round(1.3 * font.pointSize())))
        font.setWeight(QFont.Weight.DemiBold)
        return font


def _paint_bar(painter: QPainter, bar: QRectF, share: float, theme: Theme) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    for width, colour in ((bar.width(), theme.line), (share * bar.width(), theme.accent)):
        if width > 0:
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(QRectF(bar.x(), bar.y(), max(width, _BAR), _BAR), _BAR / 2, _BAR / 2)


def _degrees(degrees: float) -> str:
    return f"{degrees:.0f}°" if isfinite(degrees) else NOTHING
