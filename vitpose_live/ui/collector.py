"""Python's collector of garbage, kept from stopping the window, and what it freed given back to the system.

A full collection looks through everything there is while nobody else gets a turn: some 50 ms with the imports of a
model, and the imports themselves bring it on.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from time import perf_counter

from PyQt6.QtCore import QObject, QTimer

from vitpose_live.ui.readout import Snapshot

_NEVER = 1_000_000
_EVERY_MS = 60_000
_LONG = 0.01
"""Seconds of a collection after which what is left is not looked through again."""


class Collector(QObject):
    """Holds full collections back, and does one a minute itself, of what came since the models were there."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._usual = gc.get_threshold()
        self._settled = False
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.collect)

    def start(self) -> None:
        """Begin."""
        gc.set_threshold(*self._usual[:2], _NEVER)
        gc.freeze()
        self._timer.start()

    def follow(self, snapshot: Snapshot) -> None:
        """Take what the first source brought, modules and models, as here to stay once it runs."""
        if not self._settled and snapshot.state == "running":
            self._settled = True
            gc.freeze()

    def collect(self) -> None:
        """Collect what is garbage by now, and give back what is free."""
        started = perf_counter()
        gc.collect()
        if perf_counter() - started > _LONG:
            gc.freeze()
        _give_back()

    def stop(self) -> None:
        """Leave it to Python again."""
        self._timer.stop()
        gc.set_threshold(*self._usual)
        gc.unfreeze()


def _give_back() -> None:
    """Return free memory to the system, where the C library can; takes 3 ms.

    glibc keeps what lies between things still in use, for each thread apart: with pictures of many sizes coming and
    going on a dozen threads that grows by a hundred megabytes an hour.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's alone
        if trim is not None:
            trim(0)
