"""Sees to the delayed mirror and the instant replay: their actions, the picker, and the words over the picture."""

from __future__ import annotations

from collections.abc import Mapping

from PyQt6.QtCore import QObject
from PyQt6.QtGui import QAction

from vitpose_live.app.live_rerun import Showing
from vitpose_live.ui.controller import Controller
from vitpose_live.ui.mark import Mark
from vitpose_live.ui.preferences import Preferences
from vitpose_live.ui.readout import Snapshot
from vitpose_live.ui.side_panel import SidePanel
from vitpose_live.ui.video_view import VideoView

REPLAY_SECONDS = 10.0
_LEAST_SECONDS = 1.0


class ReplayDesk(QObject):
    """Between what the person asks for and the controller.

    The replay of a live source is the engine's. A file has its past at hand: there it is a loop over the last 10
    seconds, after which the file goes on where it was left.

    Parameters
    ----------
    controller
        Is asked for delays and replays.
    actions
        The window's, by name.
    view
        Gets the words.
    panel
        Has the picker.
    preferences
        Keep the delay.
    """

    def __init__(
        self,
        controller: Controller,
        actions: Mapping[str, QAction],
        view: VideoView,
        panel: SidePanel,
        preferences: Preferences,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._replay, self._delay = actions["replay"], actions["delay"]
        self._panel = panel
        self._preferences = preferences
        self._part: tuple[float, float] | None = None  # of a file
        self._back_to = 0.0
        self.mark = Mark(view)
        controller.refreshed.connect(self._show_snapshot)
        controller.pictures.arrived.connect(self._show_mark)
        panel.delay_chosen.connect(self.choose_delay)
        self._apply_delay(preferences.delay if preferences.late else 0.0)

    @property
    def on(self) -> bool:
        """Whether a replay is shown."""
        return self._of_a_file or self._controller.showing.replay is not None

    def toggle_replay(self) -> None:
        """Watch the last 10 seconds over and over, or leave that."""
        snapshot = self._controller.snapshot()
        if snapshot.live:
            self._controller.toggle_replay()
        elif self._of_a_file:
            self._leave_part()
        elif snapshot.seekable:
            self._enter_part(snapshot)

    def leave(self) -> None:
        """Leave the replay, if there is one."""
        if self._of_a_file:
            self._leave_part()
        else:
            self._controller.stop_replay()

    def toggle_delay(self) -> None:
        """Show a live source as late as was chosen last, or as it comes."""
        late = not self._preferences.late
        self._preferences.late = late
        self._apply_delay(self._preferences.delay if late else 0.0)

    def choose_delay(self, seconds: float) -> None:
        """Show a live source so many seconds late; 0 shows it as it comes."""
        self._preferences.late = seconds > 0
        if seconds > 0:
            self._preferences.delay = seconds
        self._apply_delay(seconds)

    def _apply_delay(self, seconds: float) -> None:
        self._controller.set_delay(seconds)
        self._panel.show_delay(seconds)
        self._delay.setChecked(seconds > 0)

    @property
    def _of_a_file(self) -> bool:
        return self._part is not None and self._controller.loop == self._part

    def _enter_part(self, snapshot: Snapshot) -> None:
        self._back_to = snapshot.position
        start = max(0.0, snapshot.position - REPLAY_SECONDS)
        self._part = start, min(max(snapshot.position, start + _LEAST_SECONDS), snapshot.duration)
        self._controller.set_loop(*self._part)
        self._controller.seek(start)
        if not snapshot.playing:
            self._controller.toggle_pause()
        self._controller.refresh()

    def _leave_part(self) -> None:
        self._part = None
        self._controller.set_loop(None, None)
        self._controller.seek(self._back_to)
        self._controller.refresh()

    def _show_snapshot(self, snapshot: Snapshot) -> None:
        self._replay.setEnabled(snapshot.seekable or (snapshot.live and snapshot.status.delivered > 0))
        self._replay.setChecked(self.on)
        self._show_mark()

    def _show_mark(self) -> None:
        if self._of_a_file:
            assert self._part is not None
            start, end = self._part
            at = min(max(self._controller.position - start, 0.0), end - start)
            self.mark.show_state(Showing(replay=(at, end - start)))
        else:
            self.mark.show_state(self._controller.showing)
