"""From the engine's threads to the window: one slot, newest wins, and a signal that carries nothing."""

from __future__ import annotations

from threading import RLock
from typing import Generic, TypeVar

from PyQt6.QtCore import QObject, pyqtSignal

T = TypeVar("T")


class Mailbox(QObject, Generic[T]):
    """Holds the newest value until somebody takes it.

    A value inside a queued signal waits in the event loop's queue, and with it every older one: the picture falls
    seconds behind. Here a newer value replaces the older, and there is never more than one signal on its way.
    """

    arrived = pyqtSignal()
    """A value lies ready; delivered to each receiver on its own thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = RLock()  # whoever puts on the window's own thread takes at once
        self._value: T | None = None
        self._closed = False
        self.replaced = 0
        """How many values a newer one replaced before they were taken."""

    def put(self, value: T) -> None:
        """Leave `value` for the window; callable from any thread, never waits. Does nothing once it is closed."""
        with self._lock:
            if self._closed:
                return
            waiting = self._value is not None
            self._value = value
            self.replaced += waiting
            if not waiting:
                # under the lock, so that nobody emits once close() has returned and Qt's object may be gone
                self.arrived.emit()

    def take(self) -> T | None:
        """Return the newest value and empty the slot; None when it is empty."""
        with self._lock:
            value, self._value = self._value, None
            return value

    def close(self) -> None:
        """Drop what is here and whatever comes."""
        with self._lock:
            self._closed = True
            self._value = None
