"""Draws joint angles as vectors: a tinted wedge under the skeleton, the value on a dark plate over it."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QPointF, QRectF
from PyQt6.QtGui import QColor, QPainter, QPen

from vitpose_live.rendering.angle_marks import AngleMark
from vitpose_live.rendering.style import WEDGE_OPACITY
from vitpose_live.ui import stamps

_ARC_WIDTH = 1.6


def draw_wedges(painter: QPainter, marks: Sequence[AngleMark]) -> None:
    """Tint the angle between the limbs, and draw its arc."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for mark in marks:
        if mark.radius > 0:
            x, y, r = *mark.corner, mark.radius
            place = QRectF(x - r, y - r, 2 * r, 2 * r)
            # Qt counts sixteenths of degrees, and against the clock
            start, span = round(-16 * mark.start), round(-16 * mark.span)
            painter.setPen(QPen(QColor(*mark.colour), _ARC_WIDTH))
            painter.setBrush(QColor(*mark.colour, round(255 * WEDGE_OPACITY)))
            painter.drawPie(place, start, span)


def draw_values(painter: QPainter, marks: Sequence[AngleMark], font: str, ratio: float) -> None:
    """Write the values in `font`, as `QFont.toString` writes it; `ratio` is device pixels per logical one."""
    for mark in marks:
        plate = stamps.value(mark.text, mark.colour, font, ratio)
        size = plate.deviceIndependentSize()
        x, y = mark.label[0] - size.width() / 2, mark.label[1] - size.height() / 2
        painter.drawPixmap(QPointF(round(x * ratio) / ratio, round(y * ratio) / ratio), plate)
