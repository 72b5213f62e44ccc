"""The picture: a plain widget that paints the newest frame and the people in it."""

from __future__ import annotations

from collections import deque
from time import monotonic_ns, perf_counter

import numpy as np
from PyQt6.QtCore import QPointF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from vitpose_live.data import FrameResult
from vitpose_live.ui.overlay import Overlay
from vitpose_live.ui.overlay_options import OverlayOptions
from vitpose_live.ui.people import PersonLock, Trails, person_at
from vitpose_live.ui.picture import Fit, Picture

_GROUND = QColor(12, 13, 17)
"""Beside the picture, in both themes: a bright frame around a picture changes how it looks."""
_WORDS = QColor(163, 171, 185)
_SAMPLES = 240


class VideoView(QWidget):
    """Shows `Picture` after `Picture`, letterboxed, with the overlay on top.

    A click on somebody locks on to them; one beside everybody lets go.
    """

    locked = pyqtSignal(object)
    """The id of the person locked on to, or None."""
    double_clicked = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 180)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Picture"))
        self.setAccessibleDescription(self.tr("The source with the people found in it. Click somebody to lock on."))
        self._overlay = Overlay(self.font())
        self._options = OverlayOptions()
        self._picture: Picture | None = None
        self._lock = PersonLock()
        self._trails = Trails()
        self._paint_ms: deque[float] = deque(maxlen=_SAMPLES)
        self._age_ms = 0.0
        self._fit = Fit(0, 0)
        self._message = ""

    @property
    def fit(self) -> Fit:
        """What the next picture should be prepared for; may be read from any thread."""
        return self._fit

    @property
    def message(self) -> str:
        """What is written where there is no picture yet."""
        return self._message

    @message.setter
    def message(self, message: str) -> None:
        if message != self._message:
            self._message = message
            self.update()

    @property
    def options(self) -> OverlayOptions:
        """What is drawn over the picture."""
        return self._options

    @options.setter
    def options(self, options: OverlayOptions) -> None:
        if options.trails != self._options.trails:
            self._trails.clear()
        self._options = options
        self._refit()
        self.update()

    @property
    def person(self) -> int | None:
        """Id of the person locked on to."""
        return self._lock.person

    @property
    def picture(self) -> Picture | None:
        """What is shown."""
        return self._picture

    @property
    def paint_ms(self) -> tuple[float, float]:
        """Median and 95th percentile of the milliseconds it took to paint the latest pictures; 0 before the first."""
        if not self._paint_ms:
            return 0.0, 0.0
        median, high = np.percentile(list(self._paint_ms), (50, 95))
        return float(median), float(high)

    @property
    def age_ms(self) -> float:
        """Milliseconds from the capture of the picture to the end of its first painting."""
        return self._age_ms

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Prefer a quarter of full HD."""
        return QSize(960, 540)

    def show_picture(self, picture: Picture) -> None:
        """Take `picture` and paint it soon."""
        self._picture = picture
        self._age_ms = 0.0
        self._lock_follows(picture.result)
        if self._options.trails:
            self._trails.follow(picture.result, self._options.threshold)
        self.update()

    def clear(self) -> None:
        """Show nothing and forget everybody."""
        self._picture = None
        self._trails.clear()
        self._paint_ms.clear()
        self.lock_on(None)
        self.update()

    def lock_on(self, person: int | None) -> None:
        """Lock on to the person of that id; None lets go."""
        if person != self._lock.person:
            self._lock.choose(person)
            if person is not None and self._picture is not None:
                self._lock.follow(self._picture.result)
            self.locked.emit(person)
            self.update()

    def snapshot(self) -> QImage | None:
        """Return the picture at its own size with the overlay drawn on it; None when nothing is shown."""
        if self._picture is None:
            return None
        result = self._picture.result
        width, height = result.frame.width, result.frame.height
        fit = Fit(width, height, self._options, label=self._overlay.label)
        image = QImage(width, height, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        self._draw(painter, Picture.of(result, fit))
        painter.end()
        return image

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: ARG002, N802  Qt's signature
        """Paint the picture and the people."""
        started = perf_counter()
        painter = QPainter(self)
        if self._picture is None:
            painter.fillRect(self.rect(), _GROUND)
            painter.setPen(_WORDS)
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._message)
        else:
            if self.devicePixelRatioF() != self._fit.ratio:  # the window is on another screen now
                self._refit()
            self._picture = self._picture.fitted(self._fit)
            self._draw(painter, self._picture)
        painter.end()
        if self._picture is not None:
            self._paint_ms.append((perf_counter() - started) * 1e3)
            if not self._age_ms:
                self._age_ms = (monotonic_ns() - self._picture.result.frame.captured_ns) / 1e6

    def resizeEvent(self, event: object) -> None:  # noqa: ARG002, N802  Qt's signature
        """Have the pictures prepared for the new size."""
        self._refit()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802  Qt's name
        """Lock on to whoever is under the pointer."""
        if event is None or self._picture is None or event.button() != Qt.MouseButton.LeftButton:
            return
        result = self._picture.result
        place = self._fit.viewport(result).to_source(event.position().x(), event.position().y())
        self.lock_on(None if place is None else person_at(result, *place))

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802  Qt's name
        """Tell who cares."""
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self.double_clicked.emit()

    def _refit(self) -> None:
        ratio = self.devicePixelRatioF()
        self._fit = Fit(
            round(self.width() * ratio), round(self.height() * ratio), self._options, ratio, self._overlay.label
        )

    def _lock_follows(self, result: FrameResult) -> None:
        before = self._lock.person
        self._lock.follow(result)
        if self._lock.person != before:
            self.locked.emit(self._lock.person)

    def _draw(self, painter: QPainter, picture: Picture) -> None:
        viewport, ratio = picture.fit.viewport(picture.result), picture.fit.ratio
        left, top, _, _ = viewport.rectangle
        if picture.pixels is None:
            painter.fillRect(0, 0, round(viewport.area_width), round(viewport.area_height), QColor(0, 0, 0))
        else:
            height, width = picture.pixels.shape[:2]
            image = QImage(picture.pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)  # type: ignore[call-overload]  # any buffer will do
            image.setDevicePixelRatio(ratio)
            place = QPointF(round(left * ratio) / ratio, round(top * ratio) / ratio)
            if (width, height) != (picture.fit.width, picture.fit.height):
                painter.fillRect(0, 0, round(viewport.area_width), round(viewport.area_height), _GROUND)
            painter.drawImage(place, image)
        self._overlay.paint(painter, picture, viewport, self._trails, self._lock.person)
