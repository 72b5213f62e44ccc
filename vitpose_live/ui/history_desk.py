"""Sees to what is kept of the training: whether it is, and the pages about it."""

from __future__ import annotations

from collections import Counter

from PyQt6.QtCore import QDateTime, QLocale, QObject, QUrl, pyqtSignal
from PyQt6.QtGui import QDesktopServices

from vitpose_live.app.settings import Settings
from vitpose_live.data.training import TrainingSession
from vitpose_live.errors import OutputError, VitposeLiveError
from vitpose_live.rendering.coach_card import exercise_title
from vitpose_live.ui.coach_panel import CoachPanel
from vitpose_live.ui.controller import Controller
from vitpose_live.ui.preferences import Preferences

MOST = 12
"""How many sessions are offered."""


class HistoryDesk(QObject):
    """Keeps the switch and the setting in step, and opens what is asked for.

    Parameters
    ----------
    controller
        Keeps what is trained, or does not.
    panel
        Has the switch and the button.
    preferences
        Keep the choice.
    parent
        Whoever owns it.
    """

    failed = pyqtSignal(object)
    """A `VitposeLiveError`: a history that cannot be read, a page that cannot be written or shown."""

    def __init__(self, controller: Controller, panel: CoachPanel, preferences: Preferences, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self._panel = panel
        self._preferences = preferences
        panel.keeping_chosen.connect(lambda on: self.keep(on=on))
        panel.sessions_wanted.connect(self.list_sessions)
        panel.session_chosen.connect(self.open)
        controller.refreshed.connect(self._show)

    def begin(self) -> None:
        """Go on with what was chosen the last time."""
        if not self._preferences.keep_training:
            self.keep(on=False)
        self._show()

    def keep(self, *, on: bool) -> None:
        """Keep what is trained from now on, or keep nothing."""
        self._preferences.keep_training = on
        settings = self._controller.settings
        if settings.history != on:
            self._controller.change(Settings.of(**{**settings.model_dump(), "history": on}))
        self._show()

    def list_sessions(self) -> None:
        """Offer the latest sessions."""
        from vitpose_live.app.history_pages import latest_sessions  # noqa: PLC0415  loads codecs: not with the window

        try:
            sessions = latest_sessions(MOST)
        except VitposeLiveError as error:
            sessions = ()
            self.failed.emit(error)
        self._panel.offer_sessions({session.id: _title(session) for session in sessions})

    def open(self, number: int) -> None:
        """Show the page about a session in the browser."""
        from vitpose_live.app.history_pages import session_page  # noqa: PLC0415  as above

        try:
            path = session_page(number)
            if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
                raise OutputError(f"cannot open {path}", hint="is there a browser on this system?")
        except VitposeLiveError as error:
            self.failed.emit(error)

    def _show(self) -> None:
        self._panel.keeping.setChecked(self._controller.settings.history)


def _title(session: TrainingSession) -> str:
    """Write when it was and what was done."""
    done: Counter[str] = Counter()
    for one in session.sets:
        done[one.exercise] += one.count
    began = QDateTime.fromSecsSinceEpoch(int(session.started.timestamp()))
    when = QLocale().toString(began, QLocale.FormatType.ShortFormat)
    return "   ".join((when, ", ".join(f"{exercise_title(name)} {count}" for name, count in done.most_common(3))))
