"""Under the picture: play, step, seek, speed, loop, record."""

from __future__ import annotations

from collections.abc import Mapping

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QAction, QColor, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from vitpose_live.ui import readout
from vitpose_live.ui.icons import icon
from vitpose_live.ui.keys import KeepsKeys
from vitpose_live.ui.microphone import LevelMeter
from vitpose_live.ui.readout import Snapshot
from vitpose_live.ui.recording_menu import RecordingMenu
from vitpose_live.ui.theme import DARK, Theme, window_font

SPEEDS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
_TICKS = 1000
"""Positions of the seek bar in a second."""


class SeekBar(QSlider):
    """A slider that jumps to where it is clicked, and shows the looped part."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.marks: tuple[float | None, float | None] = (None, None)
        self.mark_colour = QColor(DARK.mark)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802  Qt's name
        """Jump there, then drag as usual."""
        if event is not None and event.button() == Qt.MouseButton.LeftButton and self.maximum() > 0:
            share = (event.position().x() - 7) / max(1, self.width() - 14)
            self.setValue(round(min(max(share, 0.0), 1.0) * self.maximum()))
            self.sliderMoved.emit(self.value())
        super().mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent | None) -> None:  # noqa: N802  Qt's name
        """Stay: a slider that is wheeled moves without telling where to."""
        if event is not None:
            event.ignore()

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: N802  Qt's name
        """Paint the slider, then the marks."""
        super().paintEvent(event)
        places = [None if mark is None else self._place(mark) for mark in self.marks]
        if places == [None, None]:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.mark_colour)
        middle = self.height() / 2
        start, end = places
        if start is not None and end is not None:
            painter.drawRect(QRectF(start, middle - 2, end - start, 4))
        for place, direction in ((start, 1), (end, -1)):
            if place is not None:
                corners = (QPointF(place, middle - 9), QPointF(place + 6 * direction, middle - 9))
                painter.drawPolygon(*corners, QPointF(place, middle + 2))
        painter.end()

    def _place(self, seconds: float) -> float:
        share = seconds * _TICKS / self.maximum() if self.maximum() else 0.0
        return 7 + min(max(share, 0.0), 1.0) * (self.width() - 14)


class Transport(QWidget):
    """The controls of a running source; those of a time axis are hidden for a live one."""

    sought = pyqtSignal(float)
    """Seconds of the file to go to."""
    speed_chosen = pyqtSignal(float)

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("transport")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = DARK
        self._playing: bool | None = None
        self._play = actions["play"]
        self.setFont(window_font(self.font()))
        self._keys = KeepsKeys(self)
        self.buttons = {name: _button(actions[name], self) for name in ("step_back", "play", "step_on", "loop")}
        self.buttons["record"] = _button(actions["record"], self)
        self.time = QLabel("0:00.0", self)
        self.length = QLabel("0:00.0", self)
        self.length.setObjectName("muted")
        for label, name in ((self.time, self.tr("Time")), (self.length, self.tr("Length"))):
            label.setAccessibleName(name)
            label.setMinimumWidth(label.fontMetrics().horizontalAdvance("0:00:00.0"))
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.live = QLabel(self.tr("LIVE"), self)
        self.live.setObjectName("live")
        self.bar = SeekBar(self)
        self.bar.setAccessibleName(self.tr("Position"))
        self.bar.setToolTip(self.tr("Drag or click to go somewhere else"))
        self.bar.setRange(0, 0)
        self.bar.sliderMoved.connect(lambda value: self.sought.emit(value / _TICKS))
        self.speed = QComboBox(self)
        self.speed.setAccessibleName(self.tr("Speed"))
        self.speed.setToolTip(self.tr("How fast a file or replay is played (Up, Down)"))
        for speed in SPEEDS:
            self.speed.addItem(f"{speed:g} ×", speed)  # noqa: RUF001  a multiplication sign
        self.speed.setCurrentIndex(SPEEDS.index(1.0))
        self.speed.activated.connect(lambda index: self.speed_chosen.emit(SPEEDS[index]))
        self._keys.guard(self.speed)
        for button in self.buttons.values():
            self._keys.guard(button)
        self.recording = RecordingMenu(actions["hold"], self)
        self.how = QToolButton(self)
        self.how.setObjectName("how")
        self.how.setIconSize(QSize(12, 12))
        self.how.setAccessibleName(self.tr("Recording options"))
        self.how.setToolTip(self.tr("What recordings show, how well, when they begin, and their sound"))
        self.how.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.how.setMenu(self.recording)
        self._keys.guard(self.how)
        self.meter = LevelMeter(self)
        self.recorded = QLabel("", self)
        self.recorded.setAccessibleName(self.tr("Recording"))
        self._of_a_file: tuple[QWidget, ...] = (
            self.bar, self.length, self.speed, *(self.buttons[name] for name in ("step_back", "step_on", "loop"))
        )  # fmt: skip
        self._lay_out()
        self.show_snapshot(Snapshot(), (None, None))

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of `theme`."""
        self._theme = theme
        self.bar.mark_colour = QColor(theme.mark)
        self.meter.set_theme(theme)
        self.how.setIcon(icon("chevron", theme.muted))
        self._playing = None

    def show_snapshot(self, snapshot: Snapshot, loop: tuple[float | None, float | None]) -> None:
        """Show how things are."""
        playing = snapshot.playing
        if playing != self._playing:
            self._playing = playing
            # the action's own, so that the menu shows it too
            self._play.setIcon(icon("pause" if playing else "play", self._theme.text))
            self.buttons["play"].setAccessibleName(self.tr("Pause") if playing else self.tr("Play"))
        for widget in (
            self.bar,
            self.length,
            self.speed,
            *(self.buttons[name] for name in ("step_back", "step_on", "loop")),
        ):
            widget.setVisible(snapshot.seekable)
        late = round(snapshot.showing.late, 1)
        self.live.setText(self.tr("{0:g} s LATE").format(late) if late else self.tr("LIVE"))
        # what is lost is not live
        self.live.setVisible(snapshot.live and snapshot.showing.replay is None and not snapshot.status.trouble)
        self.bar.setMaximum(round(snapshot.duration * _TICKS))
        if not self.bar.isSliderDown():
            self.bar.setValue(round(snapshot.position * _TICKS))
        marks = (None, None) if loop == (0.0, snapshot.duration) else loop
        if self.bar.marks != marks:
            self.bar.marks = marks
            self.bar.update()
        self.time.setText(readout.clock(snapshot.position, tenths=True))
        self.length.setText(readout.clock(snapshot.duration, tenths=True))
        self.recorded.setVisible(snapshot.recorded is not None)
        if snapshot.recorded is not None:
            seconds, size = snapshot.recorded
            paused = f"  {self.tr('paused')}" if snapshot.recording_paused else ""
            self.recorded.setText(f"{readout.clock(seconds)}  {readout.size(size)}{paused}")

    def show_speed(self, speed: float) -> None:
        """Show the speed that was chosen elsewhere."""
        self.speed.setCurrentIndex(min(range(len(SPEEDS)), key=lambda index: abs(SPEEDS[index] - speed)))

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 14, 8)
        row.setSpacing(6)
        for name in ("step_back", "play", "step_on"):
            row.addWidget(self.buttons[name])
        self.buttons["play"].setObjectName("play")
        row.addWidget(self.time)
        row.addWidget(self.live, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.bar, 1)
        row.addStretch(0)
        for widget in (self.length, self.speed, self.buttons["loop"], self.buttons["record"], self.how):
            row.addWidget(widget)
        row.addWidget(self.meter)
        row.addWidget(self.recorded)


def _button(action: QAction, parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setDefaultAction(action)
    button.setIconSize(QSize(20, 20))
    button.setAccessibleName(action.text().replace("&", ""))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    return button
