"""A few words in the corner of the picture: that it is not what the camera sees now."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel, QWidget

from vitpose_live.app.live_rerun import Showing
from vitpose_live.ui.theme import window_font

_REPLAY, _LATE = "#ff7a80", "#f5b83d"
_GAP = 14


class Mark(QLabel):
    """Says what of a source is on show; hidden where it is what comes.

    Parameters
    ----------
    picture
        The widget in whose corner it is.
    """

    def __init__(self, picture: QWidget) -> None:
        super().__init__(picture)
        self.setObjectName("mark")
        self.setAccessibleName(self.tr("What is on show"))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setFont(window_font(self.font()))
        self.move(_GAP, _GAP)
        self.hide()

    def show_state(self, showing: Showing) -> None:
        """Say it of `showing`."""
        text = self.words(showing)
        colour = _REPLAY if showing.replay is not None else _LATE
        line = f'<span style="color: {colour}">\N{BLACK CIRCLE}</span>&nbsp; {text}' if text else ""
        if line != self.text():
            self.setText(line)
            self.setAccessibleDescription(text)
            self.adjustSize()
            self.setVisible(bool(line))

    def words(self, showing: Showing) -> str:
        """Write it, such as ``Replay · 3.2 / 10.0 s``; nothing of what comes."""
        if showing.replay is not None:
            at, length = showing.replay
            return self.tr("Replay · {0:.1f} / {1:.1f} s").format(at, length)
        if showing.late:
            return self.tr("{0:g} s late").format(round(showing.late, 1))
        if showing.delay:
            left = int(showing.starts_in) + 1
            return self.tr("{0:g} s late, starting in {1} s").format(showing.delay, left)
        return ""
