"""Ctrl-C, a closed terminal and a polite kill end a run early, not badly."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Yield an event that is set when the person or the system asks the program to end, instead of an exception.

    An exception out of a signal can strike anywhere, in the middle of stopping threads too; an event is looked at
    where it is safe. Off the main thread, where signals cannot be handled, the event is never set.
    """
    asked = threading.Event()
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
