"""What each action of the window does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QUrl, pyqtSignal
from PyQt6.QtGui import QDesktopServices
from PyQt6.QtWidgets import QFileDialog

from vitpose_live.bundled import bundled_path
from vitpose_live.errors import OutputError, VitposeLiveError
from vitpose_live.ui.banner import Kind
from vitpose_live.ui.people import boxes_by_id
from vitpose_live.ui.theme import ThemeName
from vitpose_live.ui.transport import SPEEDS

if TYPE_CHECKING:
    from vitpose_live.ui.main_window import MainWindow

_LEAP = 5.0
_SAME_LEAP = 0.6
"""A key pressed again within this many seconds goes on from where the last press led, not from the picture shown."""


class Commands(QObject):
    """The handlers of `vitpose_live.ui.actions.TABLE`, by their names."""

    saved = pyqtSignal(object)
    """A screenshot is written; a path, emitted on another thread."""
    unsaved = pyqtSignal(object)
    """A screenshot could not be written; the error, emitted on another thread."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._leapt_to = 0.0
        self._leapt_at = -_SAME_LEAP
        self.saved.connect(lambda path: self.tell_saved(path, self.tr("Screenshot saved")))
        self.unsaved.connect(lambda error: self._window.troubles.tell(error, self.screenshot))

    def handlers(self) -> dict[str, Callable[[], None]]:
        """Return a function for each action."""
        control = self._window.controller
        options = {name: (lambda name=name: self._flip(name)) for name in ("trails", "angles", "mirror", "black")}
        return {
            "camera": self.open_camera,
            "file": self.ask_for_file,
            "address": self.ask_for_address,
            "demo": lambda: self._window.open_source(str(bundled_path("demo.mp4"))),
            "record": self.record,
            "hold": self._window.controller.toggle_hold,
            "screenshot": self.screenshot,
            "close_source": self._window.close_source,
            "quit": lambda: _ignore(self._window.close()),
            "play": control.toggle_pause,
            "step_back": lambda: control.step(-1),
            "step_on": lambda: control.step(1),
            "back": lambda: self.leap(-_LEAP),
            "on": lambda: self.leap(_LEAP),
            "faster": lambda: self.change_speed(1),
            "slower": lambda: self.change_speed(-1),
            "loop_start": lambda: self.mark(0),
            "loop_end": lambda: self.mark(1),
            "loop": self.toggle_loop,
            "replay": self.toggle_replay,
            "delay": self.toggle_delay,
            "overlay": lambda: self._flip("visible"),
            **options,
            "lock": self.lock_next,
            "unlock": self.let_go,
            "panel": self.toggle_panel,
            "traces": self.toggle_traces,
            "coach": self.toggle_coach,
            "fullscreen": self.toggle_full_screen,
            "theme": self.toggle_theme,
            "help": self.toggle_help,
        }

    def open_camera(self) -> None:
        """Open the first camera."""
        cameras = self._window.cameras.cameras
        if cameras:
            self._window.open_source(cameras[0].source)
            return
        self._window.banners.tell(
            "camera",
            Kind.WARNING,
            self.tr("No camera found"),
            self.tr("Plug one in; it appears here by itself. Another program may be using it."),
        )

    def ask_for_file(self) -> None:
        """Let the person pick a file, without stopping anything."""
        dialog = QFileDialog(self._window, self.tr("Open a video or picture"))
        dialog.setStyleSheet(self._window.dressing.sheet)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._window.open_source)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def ask_for_address(self) -> None:
        """Show where to write an address."""
        self._window.address.ask()

    def record(self) -> None:
        """Start or finish a recording."""
        self._window.recordings.toggle()

    def screenshot(self) -> None:
        """Save the picture with its overlay, at its own size."""
        image = self._window.view.snapshot()
        if image is None:
            return

        def write() -> None:
            try:
                path = self._window.files.screenshot()
                if not image.save(str(path), "PNG"):
                    path.unlink(missing_ok=True)
                    raise OutputError(f"cannot write {path}", hint="is the disk full, or the folder read-only?")
            except VitposeLiveError as error:
                self.unsaved.emit(error)
                return
            self.saved.emit(path)

        self._window.errands.run(write)

    def tell_saved(self, path: Path, text: str) -> None:
        """Say where a file is, and offer its folder."""
        folder = QUrl.fromLocalFile(str(path.parent))
        show = (self.tr("Show folder"), lambda: _ignore(QDesktopServices.openUrl(folder)))
        self._window.banners.tell("saved", Kind.DONE, text, str(path), [show], brief=True)

    def tell_recorded(self, path: Path) -> None:
        """Say that a recording is complete."""
        self.tell_saved(path, self.tr("Recording saved"))

    def tell_left(self, number: int) -> None:
        """Say that of what was dropped so many are not open."""
        text = self.tr("One is open at a time: the first of {0}").format(number + 1)
        self._window.banners.tell("left", Kind.INFO, text, brief=True)

    def leap(self, seconds: float) -> None:
        """Go `seconds` on or back."""
        control = self._window.controller
        snapshot = control.snapshot()
        if not snapshot.seekable:
            return
        now = monotonic()
        start = self._leapt_to if now - self._leapt_at < _SAME_LEAP else snapshot.position
        self._leapt_to, self._leapt_at = min(max(0.0, start + seconds), snapshot.duration), now
        control.seek(self._leapt_to)

    def change_speed(self, steps: int) -> None:
        """Play faster or slower by so many steps."""
        control = self._window.controller
        nearest = min(range(len(SPEEDS)), key=lambda index: abs(SPEEDS[index] - control.speed))
        speed = SPEEDS[min(max(nearest + steps, 0), len(SPEEDS) - 1)]
        control.set_speed(speed)
        self._window.transport.show_speed(speed)

    def mark(self, end: int) -> None:
        """Let the loop begin (0) or end (1) at the picture shown."""
        control = self._window.controller
        snapshot = control.snapshot()
        if not snapshot.seekable:
            return
        marks = list(control.loop)
        marks[end] = snapshot.position
        start, stop = marks
        if start is not None and stop is not None and stop <= start:
            marks[1 - end] = None
        control.set_loop(marks[0], marks[1])
        control.refresh()

    def toggle_loop(self) -> None:
        """Repeat the marked part, or all of it; or end that."""
        control = self._window.controller
        snapshot = control.snapshot()
        if control.loop != (None, None):
            control.set_loop(None, None)
        elif snapshot.seekable:
            control.set_loop(0.0, snapshot.duration)
        control.refresh()

    def toggle_replay(self) -> None:
        """Watch the last 10 seconds over and over, or leave that."""
        self._window.replays.toggle_replay()

    def toggle_delay(self) -> None:
        """Show live sources late, or as they come."""
        self._window.replays.toggle_delay()

    def lock_next(self) -> None:
        """Lock on to the person with the next number; after the last one let go."""
        view = self._window.view
        if view.picture is None:
            return
        present = sorted(boxes_by_id(view.picture.result))
        later = [track for track in present if view.person is None or track > view.person]
        view.lock_on(later[0] if later else None)

    def let_go(self) -> None:
        """Undo the nearest thing: the sheet, the address line, the replay, full screen, the lock."""
        window = self._window
        if window.sheet.isVisible():
            self.toggle_help()
        elif window.address.isVisible():
            window.address.hide()
        elif window.replays.on:
            window.replays.leave()
        elif window.isFullScreen():
            self.toggle_full_screen()
        else:
            window.view.lock_on(None)

    def toggle_panel(self) -> None:
        """Show or hide the side panel."""
        shown = not self._window.panel.isVisible()
        self._window.panel.setVisible(shown)
        self._window.preferences.side_panel = shown
        self._window.actions_by_name["panel"].setChecked(shown)

    def toggle_traces(self) -> None:
        """Show or hide the traces of angles."""
        self._window.preferences.traces = not self._window.preferences.traces
        self._window.controller.refresh()

    def toggle_coach(self) -> None:
        """Show or hide the coach."""
        self._window.coach_desk.toggle()

    def toggle_full_screen(self) -> None:
        """Fill the screen with the picture, or go back."""
        self._window.full_screen.switch(on=not self._window.isFullScreen())

    def toggle_theme(self) -> None:
        """Change between light and dark."""
        dark = self._window.theme_name is ThemeName.DARK
        self._window.dressing.change_to(ThemeName.LIGHT if dark else ThemeName.DARK)

    def toggle_help(self) -> None:
        """Show or hide every shortcut."""
        sheet = self._window.sheet
        if sheet.isVisible():
            sheet.leave()
        else:
            sheet.open()

    def _flip(self, name: str) -> None:
        options = self._window.view.options
        self._window.set_overlay(options.with_(**{name: not getattr(options, name)}))


def _ignore(_value: object) -> None:
    """Take what a function returns that nobody wants."""
