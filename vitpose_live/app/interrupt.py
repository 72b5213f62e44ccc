"""Ctrl-C and a polite kill as something that is asked, not as an exception in the middle of things."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
"""Exit status of a program that was asked to end."""

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


_early = Request()


def asked_early() -> bool:
    """Whether Ctrl-C came since `remember_interrupts`, and not in `interruptible`."""
    return _early.is_set()


def remember_interrupts() -> None:
    """Have Ctrl-C raise `KeyboardInterrupt`, as ever, and be remembered, from now on.

    What is running then may swallow it, or raise something else in its place, as modules do that are being imported;
    and a shell has programs in the background ignore it.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        if _early.is_set():  # asked twice, while nothing can be lost: at once
            os._exit(INTERRUPTED)
        _early.set()
        signal.default_int_handler(number, frame)

    signal.signal(signal.SIGINT, interrupt)


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

    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    # under `nohup` a run outlives its terminal
    numbers = [number for number in numbers if number == signal.SIGINT or signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, ask) for number in numbers}
    if asked_early():
        asked.set()
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
