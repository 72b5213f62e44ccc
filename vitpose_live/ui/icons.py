"""The window's icons: line drawings in the colour of the theme, sharp at every size and pixel ratio."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PyQt6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PyQt6.QtSvg import QSvgRenderer

from vitpose_live.bundled import bundled_path

ICONS = Path(__file__).parent / "icons"
_DISABLED_ALPHA = 90


@lru_cache(maxsize=256)
def icon(name: str, colour: str) -> QIcon:
    """Return the icon called `name` in `colour` (``#rrggbb``), faint where its action is disabled."""
    return QIcon(_Drawing(name, colour))


@lru_cache(maxsize=8)
def logo(size: int, ratio: float = 1.0) -> QPixmap:
    """Return the app's own picture, `size` logical pixels wide."""
    return _render(bundled_path("icon.svg").read_bytes(), round(size * ratio), round(size * ratio), ratio)


class _Drawing(QIconEngine):
    """Draws an icon when and as large as it is painted: a theme has dozens, and a window shows a few of them."""

    def __init__(self, name: str, colour: str) -> None:
        super().__init__()
        self._name = name
        self._colour = colour

    def clone(self) -> QIconEngine:
        return _Drawing(self._name, self._colour)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:  # noqa: ARG002, N802  Qt's
        faint = mode is QIcon.Mode.Disabled
        return _drawn(self._name, self._colour, round(size.width() * scale), round(size.height() * scale), scale, faint)

    def paint(self, painter: QPainter | None, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        if painter is not None:
            device = painter.device()
            ratio = 1.0 if device is None else device.devicePixelRatioF()
            painter.drawPixmap(rect, self.scaledPixmap(rect.size(), mode, state, ratio))


@lru_cache(maxsize=512)
def _drawn(name: str, colour: str, width: int, height: int, ratio: float, faint: bool) -> QPixmap:
    drawing = (ICONS / f"{name}.svg").read_text("utf-8").replace('"#000"', f'"{colour}"')
    return _render(drawing.encode(), width, height, ratio, _DISABLED_ALPHA if faint else 255)


def _render(drawing: bytes, width: int, height: int, ratio: float, alpha: int = 255) -> QPixmap:
    """Draw `width` by `height` device pixels, `ratio` of which make one logical pixel."""
    pixmap = QPixmap(width, height)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    side = min(width, height)
    place = QRectF((width - side) / 2, (height - side) / 2, side, side)
    QSvgRenderer(QByteArray(drawing)).render(painter, place)
    if alpha < 255:
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
        painter.fillRect(pixmap.rect(), QColor(0, 0, 0, alpha))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
