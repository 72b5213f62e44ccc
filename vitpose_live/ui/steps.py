"""Work too long for one turn of the window's thread, done in several, between which the window answers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from PyQt6.QtCore import QObject, QTimer


class Steps(QObject):
    """Does one step in each turn of the event loop, in the order they were given."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[Callable[[], object]] = deque()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._take)

    @property
    def idle(self) -> bool:
        """Whether nothing is left to do."""
        return not self._timer.isActive()

    def run(self, *steps: Callable[[], object]) -> None:
        """Do `steps` after those that wait already. Returns at once."""
        self._waiting.extend(steps)
        self._timer.start(0)

    def stop(self) -> None:
        """Do nothing more."""
        self._waiting.clear()
        self._timer.stop()

    def _take(self) -> None:
        step = self._waiting.popleft()
        if not self._waiting:
            self._timer.stop()  # before the step, which may ask for more
        step()
