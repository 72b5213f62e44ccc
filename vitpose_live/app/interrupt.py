"""Ctrl-C, a closed terminal and a polite kill end a run early, not badly."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Request:
    """Says whether something was asked for; may be made by a signal's handler, and by one that interrupts another.

    An `Event` takes a lock for those who wait for it, which such a handler would wait for without end.
    """

    def __init__(self) -> None:
        self._made = False

    def is_set(self) -> bool:
        """Return whether it was made."""
        return self._made

    def set(self) -> None:
        """Make it."""
        self._made = True

    def clear(self) -> None:
        """Take it back."""
        self._made = False


@contextmanager
def interruptible() -> Iterator[Request]:
    """Yield a request that is made when the person or the system asks the program to end, instead of an exception.

    An exception out of a signal can strike anywhere, in the middle of stopping threads too; a request is looked at
    where it is safe. Off the main thread, where signals cannot be handled, it is never made.
    """
    asked = Request()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def ask(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  the signature of a handler
        asked.set()

    before = {
        number: signal.signal(number, ask) for number in (getattr(signal, name, None) for name in _NAMES) if number
    }
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
