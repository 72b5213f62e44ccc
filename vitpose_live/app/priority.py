"""Lets the work in the background give way to whoever answers a person."""

from __future__ import annotations

import os
import sys
import threading

NICE = 5
"""How much nicer a thread in the background is: where there is not enough for all, it gets a third of a share."""


def give_way() -> None:
    """Let this thread, and every one it starts from now on, give way to the program's others; on Linux only.

    A network keeps every core busy. Where its threads are a window's equals, the window waits for its turn behind
    each of them, and answers late. Elsewhere the system itself prefers the window in front.
    """
    if sys.platform == "linux":  # where a thread has a niceness of its own, and those it starts inherit it
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, min(os.getpriority(os.PRIO_PROCESS, thread) + NICE, 19))
