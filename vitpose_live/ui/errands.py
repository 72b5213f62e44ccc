"""Work that must not keep the window waiting: one thread does it, in the order it was asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic

from vitpose_live.errors import VitposeLiveError

Errand = Callable[[], None]


class Errands:
    """Runs errands one after the other on a thread of its own.

    Parameters
    ----------
    failed
        Called on that thread with what an errand raised; the ones behind it still run.
    name
        Of the thread.
    """

    def __init__(self, failed: Callable[[VitposeLiveError], None], name: str = "vitpose-errands") -> None:
        self._failed = failed
        self._waiting: list[tuple[str, Errand]] = []
        self._wake = threading.Condition()
        self._closing = False
        self._busy = False
        # a download or driver that hangs must not keep the process from ending
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    @property
    def idle(self) -> bool:
        """Whether nothing is done or waits to be."""
        with self._wake:
            return not (self._waiting or self._busy)

    def run(self, errand: Errand, *, key: str = "") -> None:
        """Do `errand` soon; one of the same `key` that still waits is done no more. Returns at once."""
        with self._wake:
            if self._closing:
                return
            if key:
                self._waiting = [(other, waiting) for other, waiting in self._waiting if other != key]
            self._waiting.append((key, errand))
            self._wake.notify_all()

    def close(self, timeout: float, last: Errand | None = None) -> bool:
        """Drop what waits, do `last`, and end; return whether that was done within `timeout` seconds."""
        with self._wake:
            if not self._closing:
                self._closing = True
                self._waiting = [] if last is None else [("", last)]
            self._wake.notify_all()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def wait(self, timeout: float) -> bool:
        """Wait until nothing is left to do; return whether that was so within `timeout` seconds."""
        deadline = monotonic() + timeout
        with self._wake:
            while self._waiting or self._busy:
                left = deadline - monotonic()
                if left <= 0:
                    return False
                self._wake.wait(left)
        return True

    def _work(self) -> None:
        while True:
            with self._wake:
                self._busy = False
                self._wake.notify_all()
                while not self._waiting:
                    if self._closing:
                        return
                    self._wake.wait()
                _, errand = self._waiting.pop(0)
                self._busy = True
            try:
                errand()
            except VitposeLiveError as error:
                self._failed(error)
            except Exception as error:  # noqa: BLE001  the guard of this thread: the window says it
                bug = VitposeLiveError(f"{type(error).__name__}: {error}", hint="this is a bug; please report it")
                bug.__cause__ = error
                self._failed(bug)
