"""Stopping while a source is being opened: at once for the person, and nothing stays open."""

import threading

import pytest
from app.studio import SETTINGS
from fakes import Camera
from stopwatch import Stopwatch

from vitpose_live.app.live import STOP_SECONDS, LiveSession, LiveState
from vitpose_live.app.live_models import ModelShelf
from vitpose_live.errors import SourceError


class Slow:
    """Opens as an address does that does not answer for 15 s: nothing interrupts it."""

    def __init__(self):
        self.begun, self.answer = threading.Event(), threading.Event()
        self.camera: Camera | None = Camera()
        self.options = None

    def __call__(self, source, **options):
        self.options = options
        self.begun.set()
        assert self.answer.wait(20)
        if self.camera is None:
            raise SourceError("it does not answer")
        return self.camera


@pytest.fixture
def slow():
    slow = Slow()
    yield slow
    slow.answer.set()
    for thread in threading.enumerate():
        if thread.name.startswith("vitpose-"):
            thread.join(20)


def made(slow):
    return LiveSession(SETTINGS, on_result=lambda result: None, open_source=slow, models=ModelShelf())


def test_stop_comes_back_within_two_seconds_and_what_opens_later_is_closed(slow):
    session = made(slow)
    session.open("rtsp://nowhere/live")
    assert slow.begun.wait(20)
    with Stopwatch() as watch:
        session.stop()
    assert watch.seconds < 2
    assert STOP_SECONDS < 2
    assert session.state is LiveState.IDLE
    slow.answer.set()
    assert slow.camera.closed.wait(20)
    assert session.state is LiveState.IDLE


def test_an_error_that_comes_after_the_stop_is_nobodys(slow):
    session = made(slow)
    session.open("rtsp://nowhere/live")
    assert slow.begun.wait(20)
    session.stop(timeout=0.01)
    slow.camera = None
    slow.answer.set()
    for thread in threading.enumerate():
        if thread.name == "vitpose-session":
            thread.join(20)
    assert (session.state, session.error) == (LiveState.IDLE, None)


def test_opening_returns_at_once_with_the_options_it_was_given(slow):
    session = made(slow)
    with Stopwatch() as watch:
        session.open("0", size=(640, 480), fps=15.0)
    assert watch.seconds < 1
    assert session.state is LiveState.OPENING
    assert slow.begun.wait(20)
    assert slow.options == {"size": (640, 480), "fps": 15.0}
    session.stop(timeout=0.01)
