"""The work in the background gives way to the window."""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from app.studio import Studio
from fakes import BoxDetector, ListSource, frame

from vitpose_live.app.priority import NICE, give_way

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only on Linux has a thread a niceness of its own")


def niceness():
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_a_thread_gives_way_with_those_it_starts_and_nobody_else():
    before = niceness()

    def work():
        give_way()
        with ThreadPoolExecutor(1) as pool:
            return niceness(), pool.submit(niceness).result()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(work).result() == (min(before + NICE, 19),) * 2
    assert niceness() == before


def test_a_session_loads_detects_and_delivers_below_whoever_uses_it():
    before, seen = niceness(), {}

    def load(settings, get):
        seen["load"] = niceness()
        return Noting()

    class Noting(BoxDetector):
        def detect(self, frame):
            seen["detect"] = niceness()
            return super().detect(frame)

    studio = Studio(detector=load)
    studio.each = lambda result: seen.setdefault("deliver", niceness())
    studio.session.open(lambda: ListSource([frame(index, size=(32, 24)) for index in range(5)]))
    studio.shown(4)
    studio.session.stop(20)
    assert seen == dict.fromkeys(("load", "detect", "deliver"), min(before + NICE, 19))
    assert niceness() == before
