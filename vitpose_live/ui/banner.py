"""Messages above the picture: they say what is wrong and what to do, and never stand in the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

from PyQt6.QtCore import QSize, Qt, QTimer
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vitpose_live.ui.icons import icon
from vitpose_live.ui.keys import KeepsKeys
from vitpose_live.ui.theme import DARK, Theme

Button = tuple[str, Callable[[], None]]
MOST = 3
"""Banners shown at once; the oldest makes room."""
BRIEF_MS = 6000


class Kind(StrEnum):
    """How much a message matters."""

    INFO = "info"
    DONE = "done"
    WARNING = "warning"
    ERROR = "error"


class Banner(QFrame):
    """One message, with buttons, and a bar while something is being fetched."""

    def __init__(self, kind: Kind, text: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = kind
        self.setObjectName("banner")
        self.setProperty("kind", str(kind))
        self.setAccessibleName(text)
        self.setAccessibleDescription(hint)
        self._sign = QLabel(self)
        self.text = QLabel(text, self)
        self.text.setObjectName("heading")
        self.hint = QLabel(hint, self)
        self.hint.setVisible(bool(hint))
        for label in (self.text, self.hint):
            label.setWordWrap(True)
            # a long word, such as a path, must not make the window wide
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._keys = KeepsKeys(self)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.hide()
        self.close_button = QToolButton(self)
        self.close_button.setProperty("quiet", "true")
        self.close_button.setAccessibleName(self.tr("Close this message"))
        self.close_button.setToolTip(self.tr("Close this message"))
        self._keys.guard(self.close_button)
        words = QVBoxLayout()
        words.setSpacing(2)
        for widget in (self.text, self.hint, self.bar):
            words.addWidget(widget)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(14, 10, 10, 10)
        self._row.setSpacing(10)
        self._row.addWidget(self._sign, alignment=Qt.AlignmentFlag.AlignTop)
        self._row.addLayout(words, 1)
        self._row.addWidget(self.close_button)

    def add_button(self, text: str, pressed: Callable[[], None], *, primary: bool = False) -> QPushButton:
        """Add a button before the closing one."""
        button = QPushButton(text, self)
        button.setProperty("primary", "true" if primary else "false")
        button.clicked.connect(lambda _checked: pressed())
        self._keys.guard(button)
        self._row.insertWidget(self._row.count() - 1, button)
        return button

    def set_theme(self, theme: Theme) -> None:
        """Draw the signs in the colours of `theme`."""
        name = {Kind.INFO: "info", Kind.DONE: "done"}.get(self.kind, "warning")
        colour = {Kind.WARNING: theme.warning, Kind.ERROR: theme.error}.get(self.kind, theme.accent)
        self._sign.setPixmap(icon(name, colour).pixmap(QSize(20, 20), self.devicePixelRatioF()))
        self.close_button.setIcon(icon("close", theme.muted))

    def show_progress(self, done: int, total: int, text: str) -> None:
        """Show how far it is."""
        self.bar.show()
        self.hint.show()
        self.bar.setRange(0, 1000)
        self.bar.setValue(round(1000 * done / total) if total else 0)
        self.hint.setText(text)


class Banners(QWidget):
    """A short stack of messages; one for each key."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self._shown: dict[str, Banner] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(12, 10, 12, 10)
        self._layout.setSpacing(8)
        self.hide()

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Return what the words need at the width that there is; Qt asks for what they would need at the least."""
        width = super().minimumSizeHint().width()
        return QSize(width, self.heightForWidth(max(self.width(), width)))

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802  Qt's name
        """Ask for another height at another width."""
        super().resizeEvent(event)
        self.updateGeometry()

    def __getitem__(self, key: str) -> Banner:
        return self._shown[key]

    def __contains__(self, key: str) -> bool:
        return key in self._shown

    def tell(
        self,
        key: str,
        kind: Kind,
        text: str,
        hint: str = "",
        buttons: Sequence[Button] = (),
        *,
        brief: bool = False,
        closed: Callable[[], None] | None = None,
    ) -> Banner:
        """Show a message in place of the one of the same `key`.

        Parameters
        ----------
        buttons
            Text, and what pressing it does; the first is the one suggested.
        brief
            Whether it goes away by itself.
        closed
            Called when the person closes it.
        """
        self.drop(key)
        if len(self._shown) >= MOST:
            self.drop(next(iter(self._shown)))
        banner = Banner(kind, text, hint, self)
        banner.set_theme(self._theme)
        for position, (label, pressed) in enumerate(buttons):
            banner.add_button(label, pressed, primary=position == 0)

        def close() -> None:
            self.drop(key)
            if closed is not None:
                closed()

        banner.close_button.clicked.connect(close)
        if brief:
            timer = QTimer(banner)
            timer.setSingleShot(True)
            timer.timeout.connect(lambda: self.drop(key))
            timer.start(BRIEF_MS)
        self._shown[key] = banner
        self._layout.addWidget(banner)
        self.show()
        return banner

    def drop(self, key: str) -> None:
        """Take the message of `key` away, if there is one."""
        banner = self._shown.pop(key, None)
        if banner is not None:
            self._layout.removeWidget(banner)
            banner.hide()
            banner.deleteLater()
        self.setVisible(bool(self._shown))

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of `theme`."""
        self._theme = theme
        for banner in self._shown.values():
            banner.set_theme(theme)
