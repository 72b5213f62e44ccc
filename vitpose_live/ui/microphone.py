"""The microphone of recordings: which one, whether sound arrives, and what keeps it from arriving."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import log10

from PyQt6.QtCore import QCoreApplication, QObject, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QAction, QActionGroup, QColor, QPainter, QPaintEvent
from PyQt6.QtWidgets import QMenu, QWidget

from vitpose_live.errors import VitposeLiveError
from vitpose_live.sources import list_microphones
from vitpose_live.sources.microphone import DEFAULT
from vitpose_live.ui.banner import Banners, Kind
from vitpose_live.ui.controller import Controller
from vitpose_live.ui.errands import Errands
from vitpose_live.ui.icons import icon
from vitpose_live.ui.preferences import Preferences
from vitpose_live.ui.readout import Hearing, Snapshot
from vitpose_live.ui.theme import DARK, Theme

NONE = ""
"""Stands for no microphone."""

_QUIETEST_DB = -60.0
_LOUD_DB = -3.0  # from there on sound is cut off soon
_ICON, _GAP, _BAR, _HEIGHT = 16, 6, 56, 6
_CLOSE_SECONDS = 0.1


class LevelMeter(QWidget):
    """A bar as long as the microphone is loud; hidden where none is listened to."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self._hearing: Hearing | None = None
        self.setAccessibleName(self.tr("Microphone"))
        self.setFixedSize(_ICON + _GAP + _BAR, 22)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of `theme`."""
        self._theme = theme
        self.update()

    def show_hearing(self, hearing: Hearing | None) -> None:
        """Show how loud it is."""
        self._hearing = hearing
        self.setVisible(hearing is not None)
        if hearing is not None:
            words = hearing.trouble.message if hearing.trouble is not None else label_of(hearing.name)
            self.setToolTip(words)
            self.setAccessibleDescription(words)
            self.update()

    @property
    def share(self) -> float:
        """How much of the bar is filled, 0..1: from -60 dB, which is a quiet room, to as loud as can be recorded."""
        level = 0.0 if self._hearing is None else self._hearing.level
        return 0.0 if level <= 0 else min(max(1 - 20 * log10(level) / _QUIETEST_DB, 0.0), 1.0)

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: ARG002, N802  Qt's
        """Paint the microphone and the bar."""
        theme, hearing = self._theme, self._hearing
        if hearing is None:
            return
        ill = hearing.trouble is not None
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = (self.height() - _ICON) // 2
        drawing = icon("microphone", theme.warning if ill else theme.text)
        painter.drawPixmap(0, top, drawing.pixmap(QSize(_ICON, _ICON), self.devicePixelRatioF()))
        painter.setPen(Qt.PenStyle.NoPen)
        bar = QRectF(_ICON + _GAP, (self.height() - _HEIGHT) / 2, _BAR, _HEIGHT)
        painter.setBrush(QColor(theme.line))
        painter.drawRoundedRect(bar, _HEIGHT / 2, _HEIGHT / 2)
        filled = bar.width() * self.share
        if filled >= 1 and not ill:
            loud = self.share > 1 - _LOUD_DB / _QUIETEST_DB
            painter.setBrush(QColor(theme.error if loud else theme.accent))
            painter.setClipRect(QRectF(bar.x(), bar.y(), filled, bar.height()))
            painter.drawRoundedRect(bar, _HEIGHT / 2, _HEIGHT / 2)
        painter.end()


class MicrophoneMenu(QMenu):
    """A list of microphones in which one is chosen, or none. Asks by signals; shows what it is told."""

    chosen = pyqtSignal(str)
    """The name of one; empty for none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Microphone"))
        entry = self.menuAction()
        assert entry is not None
        entry.setToolTip(self.tr("Recorded with a camera or stream; a file keeps its own sound"))
        self.choices: dict[str, QAction] = {}
        self._group = QActionGroup(self)
        self.show_names((), NONE)

    def show_names(self, names: Sequence[str], chosen: str) -> None:
        """List `names`, and the one that is `chosen` although it may not be there now."""
        wanted = [NONE, DEFAULT, *names]
        if chosen not in wanted:
            wanted.append(chosen)
        if wanted != list(self.choices):
            self.clear()
            self.choices = {name: self._choice(name) for name in wanted}
        self.choices[chosen].setChecked(True)

    def _choice(self, name: str) -> QAction:
        action = QAction(label_of(name), self)
        action.setCheckable(True)
        action.triggered.connect(lambda: self.chosen.emit(name))
        self._group.addAction(action)
        self.addAction(action)
        return action


class MicrophoneDesk(QObject):
    """Between the person's choice and the engine: has it listened to while a camera is open.

    Parameters
    ----------
    controller
        Listens.
    menu
        Where one is chosen; it is listed anew whenever it opens.
    meter
        Shows whether sound arrives.
    banners
        Where what is wrong with it is told, as long as that is so.
    preferences
        Where the choice is kept.
    parent
        The window.
    """

    _listed = pyqtSignal(object)
    _failed = pyqtSignal(object)

    def __init__(
        self,
        controller: Controller,
        menu: MicrophoneMenu,
        meter: LevelMeter,
        banners: Banners,
        preferences: Preferences,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._menu = menu
        self._meter = meter
        self._banners = banners
        self._preferences = preferences
        self._told = ""
        self.look: Callable[[], Sequence[str]] = list_microphones
        # a thread of its own: a sound server that hangs keeps nothing else waiting
        self._errands = Errands(self._failed.emit, name="vitpose-microphones")
        menu.aboutToShow.connect(self.list_names)
        menu.chosen.connect(self._choose)
        self._listed.connect(lambda names: menu.show_names(names, preferences.microphone))
        self._failed.connect(self._tell)
        controller.refreshed.connect(self._watch)
        menu.show_names((), preferences.microphone)

    def list_names(self) -> None:
        """Look which there are."""
        self._errands.run(lambda: self._listed.emit(tuple(self.look())), key="list")

    def wait(self, timeout: float) -> bool:
        """Wait until they are listed; for tests and scripts, not for a window."""
        return self._errands.wait(timeout)

    def close(self) -> None:
        """Look no more; a sound server that hangs is left to itself."""
        self._errands.close(_CLOSE_SECONDS)

    def _choose(self, name: str) -> None:
        self._preferences.microphone = name
        self._tell(None)
        self._controller.refresh()

    def _watch(self, snapshot: Snapshot) -> None:
        hearing = snapshot.hearing
        wanted = self._preferences.microphone if snapshot.live else NONE
        if wanted != (hearing.name if hearing is not None else NONE):
            self._controller.listen(wanted)
        # a recording that has begun without sound stays without
        self._menu.setEnabled(snapshot.recorded is None)
        self._meter.show_hearing(hearing)
        if hearing is not None:
            self._tell(hearing.trouble)
        elif not snapshot.live:
            self._tell(None)

    def _tell(self, trouble: VitposeLiveError | None) -> None:
        text = "" if trouble is None else trouble.message
        if text == self._told:
            return
        self._told = text
        if trouble is None:
            self._banners.drop("microphone")
        else:
            self._banners.tell("microphone", Kind.WARNING, trouble.message, trouble.hint)


def label_of(name: str) -> str:
    """Return what the microphone called `name` is called in the window."""
    if name == DEFAULT:
        return QCoreApplication.translate("MicrophoneMenu", "The system's own")
    return name or QCoreApplication.translate("MicrophoneMenu", "None")
