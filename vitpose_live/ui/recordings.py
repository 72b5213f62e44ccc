"""Begins and ends recordings, and says where one is once it is there."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from pathlib import Path
from time import monotonic

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from vitpose_live.ui.controller import Controller
from vitpose_live.ui.errands import Errands
from vitpose_live.ui.output_files import OutputFiles
from vitpose_live.ui.overlay_options import OverlayOptions
from vitpose_live.ui.preferences import Preferences

_LOOK_MS = 200
_PATIENCE = 30.0
"""Seconds in which what was recorded is completed, or else it failed, which is told as the engine's error."""


class Recordings(QObject):
    """Sees to recordings from the first key press until the file is in its place.

    However a recording ends - by the person, the end of the source, or another source - `saved` follows.

    Parameters
    ----------
    controller
        Records.
    files
        Names the recordings.
    errands
        Looks for files, which on a slow disk takes a moment.
    options
        Says how the picture is drawn now.
    preferences
        Say how many seconds before the key recordings begin, and whether sessions are kept.
    """

    saved = pyqtSignal(object)
    """The path of a recording that is complete."""
    _found = pyqtSignal(object)

    def __init__(
        self,
        controller: Controller,
        files: OutputFiles,
        errands: Errands,
        options: Callable[[], OverlayOptions],
        preferences: Preferences,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._files = files
        self._errands = errands
        self._options = options
        self._preferences = preferences
        self._ends: dict[Path, float] = {}  # until when each is waited for; for ever while it goes on
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)
        controller.recording_begun.connect(self._expect)
        self._found.connect(self._tell)

    def toggle(self) -> None:
        """Begin a recording, or end the one that there is or is about to be."""
        if self._controller.records:
            self._controller.stop_recording()
        else:
            self.begin()
        self._controller.refresh()

    def begin(self) -> None:
        """Begin one, unless there is one."""
        control, options = self._controller, self._options()
        if control.source and not control.records:
            control.record(
                self._files.recording,
                mirror=options.mirror,
                angles=options.angles,
                before=self._preferences.earlier,
                session=self._preferences.sessions,
            )

    def _expect(self, path: Path) -> None:
        self._ends[path] = inf
        self._timer.start()

    def _look(self) -> None:
        now = monotonic()
        for path, end in list(self._ends.items()):
            if end == inf and path != self._controller.recording:
                self._ends[path] = now + _PATIENCE
            elif end < now:
                del self._ends[path]
        ended = [path for path, end in self._ends.items() if end < inf]
        if ended:
            self._errands.run(lambda: self._find(ended), key="recordings")
        elif not self._ends:
            self._timer.stop()

    def _find(self, paths: list[Path]) -> None:
        for path in paths:
            if path.is_file() or path.with_stem(f"{path.stem}-001").is_file():  # that is the first of several parts
                self._found.emit(path)

    def _tell(self, path: Path) -> None:
        if self._ends.pop(path, None) is not None:
            self.saved.emit(path)
