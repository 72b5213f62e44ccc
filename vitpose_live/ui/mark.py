"""A few words in the corner of the picture: that it is not what the camera sees now, or not all of it."""

from __future__ import annotations

from PyQt6.QtCore import QCoreApplication, Qt
from PyQt6.QtWidgets import QLabel, QWidget

from vitpose_live.app.live_rerun import Showing
from vitpose_live.app.settings import Settings
from vitpose_live.ui.theme import window_font

_REPLAY, _LATE, _PRIVATE = "#ff7a80", "#f5b83d", "#4fc3a1"
_GAP, _BELOW = 14, 38


class _Words(QLabel):
    """Words in the corner of a picture; hidden where there are none.

    Parameters
    ----------
    picture
        The widget in whose corner they are.
    name
        What they are about.
    top
        Pixels from its upper edge.
    """

    def __init__(self, picture: QWidget, name: str, top: int) -> None:
        super().__init__(picture)
        self.setObjectName("mark")
        self.setAccessibleName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setFont(window_font(self.font()))
        self.move(_GAP, top)
        self.hide()

    def say(self, text: str, colour: str) -> None:
        """Say `text`, with a dot of `colour` before it."""
        line = f'<span style="color: {colour}">\N{BLACK CIRCLE}</span>&nbsp; {text}' if text else ""
        if line != self.text():
            self.setText(line)
            self.setAccessibleDescription(text)
            self.adjustSize()
            self.setVisible(bool(line))


class Mark(_Words):
    """Says what of a source is on show; hidden where it is what comes.

    Parameters
    ----------
    picture
        The widget in whose corner it is.
    """

    def __init__(self, picture: QWidget) -> None:
        super().__init__(picture, QCoreApplication.translate("Mark", "What is on show"), _GAP)

    def show_state(self, showing: Showing) -> None:
        """Say it of `showing`."""
        self.say(self.words(showing), _REPLAY if showing.replay is not None else _LATE)

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


class PrivacyMark(_Words):
    """Says that people are hidden; hidden itself where they are not.

    Parameters
    ----------
    picture
        The widget in whose corner it is.
    """

    def __init__(self, picture: QWidget) -> None:
        super().__init__(picture, QCoreApplication.translate("PrivacyMark", "Privacy"), _GAP + _BELOW)

    def show_settings(self, settings: Settings) -> None:
        """Say it of `settings`."""
        if settings.skeleton_only:
            self.say(self.tr("Privacy · skeletons only"), _PRIVATE)
        else:
            self.say(self.tr("Privacy · faces hidden") if settings.blur_faces else "", _PRIVATE)
