"""Small pictures that are painted over and over: joints and labels, drawn once and then only copied.

Copying one takes a tenth of the time of drawing it, and there are some hundred in every frame.
"""

from __future__ import annotations

from functools import lru_cache

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPixmap

from vitpose_live.rendering.style import OUTLINE, PLATE, Colour, ink_on

_STEP = 0.5
"""Sizes are rounded to this many pixels, so that a walking person does not fill the cache."""


def disc(colour: Colour, diameter: float, rim: float, ratio: float) -> QPixmap:
    """Return a joint: a disc of `diameter` with a dark `rim`, in logical pixels, for `ratio` device pixels each."""
    return _disc(colour, round(diameter / _STEP) * _STEP, round(rim / _STEP) * _STEP, ratio)


@lru_cache(maxsize=256)
def _disc(colour: Colour, diameter: float, rim: float, ratio: float) -> QPixmap:
    side = diameter + 2 * rim + 2
    pixmap, painter = _canvas(side, side, ratio)
    centre = QPointF(side / 2, side / 2)
    for radius, ink in ((diameter / 2 + rim, OUTLINE), (diameter / 2, colour)):
        painter.setBrush(QColor(*ink))
        painter.drawEllipse(centre, radius, radius)
    painter.end()
    return pixmap


@lru_cache(maxsize=256)
def label(text: str, colour: Colour, font: str, ratio: float) -> QPixmap:
    """Return `text` on a rounded ground of `colour`; `font` is as `QFont.toString` writes it."""
    letters = _letters(font)
    metrics = QFontMetricsF(letters)
    height = metrics.height() + 3
    width = max(height, metrics.horizontalAdvance(text) + 13)
    pixmap, painter = _canvas(width, height, ratio)
    painter.setBrush(QColor(*colour))
    painter.drawRoundedRect(QRectF(0, 0, width, height), 5, 5)
    painter.setPen(QColor(*ink_on(colour)))
    painter.setFont(letters)
    painter.drawText(QRectF(0, 0, width, height), Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    return pixmap


@lru_cache(maxsize=8)
def value_size(font: str) -> tuple[float, float]:
    """Return width and height of every `value` in that font, in logical pixels."""
    metrics = QFontMetricsF(_letters(font))
    return round(metrics.horizontalAdvance("180°") + 10), round(metrics.height() + 1)


@lru_cache(maxsize=1024)
def value(text: str, ink: Colour, font: str, ratio: float) -> QPixmap:
    """Return the value of an angle, `text`, in `ink` on a dark plate, which all have one size."""
    width, height = value_size(font)
    pixmap, painter = _canvas(width, height, ratio)
    painter.setBrush(QColor(*PLATE, 225))
    painter.drawRoundedRect(QRectF(0, 0, width, height), 5, 5)
    painter.setPen(QColor(*ink))
    painter.setFont(_letters(font))
    painter.drawText(QRectF(0, 0, width, height), Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    return pixmap


def _letters(font: str) -> QFont:
    letters = QFont()
    letters.fromString(font)
    return letters


def _canvas(width: float, height: float, ratio: float) -> tuple[QPixmap, QPainter]:
    pixmap = QPixmap(max(1, round(width * ratio)), max(1, round(height * ratio)))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    return pixmap, painter
