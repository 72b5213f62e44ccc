"""What there is to see before anything is open: how to begin."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from vitpose_live.sources.address import masked
from vitpose_live.ui.cameras import CameraChoice
from vitpose_live.ui.elided import shortened
from vitpose_live.ui.icons import icon, logo
from vitpose_live.ui.keys import KeepsKeys
from vitpose_live.ui.readout import source_name
from vitpose_live.ui.theme import DARK, Theme

_RECENT = 4
_CAMERAS = 3
_NAME = 380
"""Pixels for a name; the cameras share them."""


class Welcome(QWidget):
    """Invites to pick a camera, open a file or an address, drop something, or play the demonstration."""

    opened = pyqtSignal(str)
    """A camera, an address or a recent source."""
    file_wanted = pyqtSignal()
    demo_wanted = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("empty")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        # messages above it must not make the window larger
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._theme = DARK
        self._keys = KeepsKeys(self)
        self._cameras: Sequence[CameraChoice] = ()
        self._recent: Sequence[str] = ()
        self.card = QFrame(self)
        self.card.setObjectName("drop")
        self.card.setMinimumWidth(440)
        self.card.setMaximumWidth(560)
        self._camera_row = QHBoxLayout()
        self._camera_row.setSpacing(8)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        self.file = _with_icon(self.tr("Open a file…"), self.card)
        self.file.clicked.connect(self.file_wanted)
        self.demo = _with_icon(self.tr("Play the demo"), self.card)
        self.demo.clicked.connect(self.demo_wanted)
        self.address = QLineEdit(self.card)
        self.address.setPlaceholderText(self.tr("rtsp://… or http://…, then Enter"))
        self.address.setAccessibleName(self.tr("Address of a stream"))
        self.address.returnPressed.connect(self._open_address)
        for button in (self.file, self.demo):
            self._keys.guard(button)
            self._buttons.addWidget(button, 1)
        self._recent_column = QVBoxLayout()
        self._recent_column.setSpacing(0)
        self._lay_out()

    def _lay_out(self) -> None:
        picture = QLabel(self.card)
        picture.setPixmap(logo(72, self.devicePixelRatioF()))
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        title = QLabel(self.tr("See how people move"), self.card)
        title.setObjectName("title")
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words = QLabel(self.tr("Pick a camera, or drop a video here. Nothing leaves this computer."), self.card)
        words.setObjectName("muted")
        words.setWordWrap(True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self.card)
        column.setContentsMargins(44, 34, 44, 30)
        column.setSpacing(10)
        for widget in (picture, title, words):
            column.addWidget(widget)
        column.addSpacing(8)
        column.addLayout(self._camera_row)
        column.addLayout(self._buttons)
        column.addWidget(self.address)
        column.addLayout(self._recent_column)
        content = QWidget(self)
        content.setObjectName("empty")
        outer = QVBoxLayout(content)
        outer.addStretch(1)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.card, 100)  # as wide as it may be, and in the middle
        row.addStretch(1)
        outer.addLayout(row)
        outer.addStretch(1)
        area = QScrollArea(self)  # for a low window
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(content)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)

    def show_cameras(self, cameras: Sequence[CameraChoice]) -> None:
        """Show a button for each camera."""
        self._cameras = cameras
        _empty(self._camera_row)
        if not cameras:
            self._camera_row.addWidget(self._button(self.tr("No camera found"), "camera", "", primary=True), 1)
        shown = cameras[:_CAMERAS]
        for camera in shown:
            button = self._button(camera.name, "camera", camera.source, primary=True, width=_NAME // len(shown) - 40)
            button.setToolTip(camera.name)
            self._camera_row.addWidget(button, 1)

    def show_recent(self, recent: Sequence[str]) -> None:
        """Show what was opened before."""
        self._recent = recent
        _empty(self._recent_column)
        if recent:
            heading = QLabel(self.tr("RECENT"), self.card)
            heading.setObjectName("section")
            heading.setContentsMargins(0, 12, 0, 2)
            self._recent_column.addWidget(heading)
        for source in recent[:_RECENT]:
            button = self._button(source_name(source), "recent", source)
            button.setProperty("flat", "true")
            self._recent_column.addWidget(button)

    def show_drop(self, *, over: bool) -> None:
        """Show whether something would be dropped here."""
        self.card.setProperty("over", "true" if over else "false")
        style = self.card.style()
        assert style is not None
        style.polish(self.card)

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of `theme`."""
        self._theme = theme
        self.file.setIcon(icon("file", theme.text))
        self.demo.setIcon(icon("play", theme.text))
        self.show_cameras(self._cameras)
        self.show_recent(self._recent)

    def _open_address(self) -> None:
        if text := self.address.text().strip():
            self.address.clear()
            self.opened.emit(text)

    def _button(self, text: str, sign: str, source: str, *, primary: bool = False, width: int = _NAME) -> QPushButton:
        button = _with_icon(shortened(text, self.fontMetrics(), width), self.card)
        button.setAccessibleName(text)
        button.setToolTip(masked(source))
        button.setProperty("primary", "true" if primary else "false")
        colour = self._theme.muted if not (source and primary) else self._theme.accent_text
        button.setIcon(icon(sign, colour))
        button.setEnabled(bool(source))
        button.clicked.connect(lambda: self.opened.emit(source))
        self._keys.guard(button)
        return button


def _with_icon(text: str, parent: QWidget) -> QPushButton:
    button = QPushButton(f" {text}", parent)  # room after the icon
    button.setAccessibleName(text)
    button.setIconSize(QSize(18, 18))
    return button


def _empty(layout: QHBoxLayout | QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
