"""What a feed says of itself, on a clock of the test's own."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest
from sources.cameras import FAST, wait_until

from vitpose_live.errors import SourceError
from vitpose_live.sources import feed as feed_module
from vitpose_live.sources import stream
from vitpose_live.sources.camera import PATIENCE as CAMERA_PATIENCE
from vitpose_live.sources.feed import Feed, Patience, Picture
from vitpose_live.sources.stream import PATIENCE as STREAM_PATIENCE
from vitpose_live.sources.stream import StreamLink

IMAGE = np.zeros((4, 4, 3), np.uint8)


class Sender:
    """A feed that is told by hand what comes and when."""

    def __init__(self, monkeypatch):
        self.now = 100.0
        monkeypatch.setattr(feed_module, "monotonic", lambda: self.now)
        self.feed = Feed("it", lambda quit_: iter(()), Patience())
        self._quit = threading.Event()

    def send(self, *gaps, fresh=True):
        for gap in gaps:
            self.now += gap
            self.feed._put(Picture(IMAGE, int(self.now * 1e9), fresh=fresh), self._quit)


@pytest.fixture
def sender(monkeypatch):
    return Sender(monkeypatch)


def test_silence_is_told_and_counted(sender):
    sender.send(0, 0.1, 0.1, 0.1, 0.1, 0.1)
    assert sender.feed.trouble == ""
    sender.now += 1.6
    assert sender.feed.trouble == "lost: no new picture from it for 2 s"
    sender.send(0.4)
    assert sender.feed.trouble == ""
    count, seconds = sender.feed.outages
    assert (count, round(seconds, 3)) == (1, 2.0)


def test_a_sender_of_a_picture_every_few_seconds_is_not_lost_between_them(sender):
    sender.send(0, 3, 3, 3, 3)
    before, _ = sender.feed.outages  # until its rate is known
    sender.send(3, 3)
    sender.now += 5.9
    assert sender.feed.trouble == ""
    assert sender.feed.outages[0] == before
    sender.now += 0.2
    assert sender.feed.trouble.startswith("lost: ")


def test_an_outage_does_not_pass_for_the_usual_rate(sender):
    sender.send(0, 0.1, 0.1, 0.1, 0.1, 60)
    sender.now += 1.6
    assert sender.feed.trouble.startswith("lost: ")


def test_the_first_picture_may_take_its_time(sender):
    sender.send(8)
    assert sender.feed.outages == (0, 0.0)


def test_the_same_picture_again_and_again_is_no_sign_of_life(sender):
    sender.send(0, 0.1)
    sender.send(*[0.1] * 16, fresh=False)
    assert sender.feed.trouble.startswith("lost: ")


def test_taking_gives_up_in_time(sender):
    assert sender.feed.take(until=sender.now - 1) is None


def test_an_interrupted_opening_leaves_no_thread(monkeypatch):
    ended = threading.Event()

    def connect(quit_):
        quit_.wait(10)
        ended.set()
        yield from ()

    feed = Feed("it", connect, FAST)
    monkeypatch.setattr(feed._changed, "wait", lambda timeout: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        feed.open()
    assert ended.is_set()


def endless(packet):
    class Container:
        format = SimpleNamespace(name="rtsp", flags=0)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            closed.set()

        def demux(self, *_):
            while True:
                yield packet

    closed = threading.Event()
    return Container(), closed


def undecodable(packet):
    raise stream.av.error.InvalidDataError(1094995529, "Invalid data found")


@pytest.mark.parametrize("index", [0, 1], ids=["pictures that do not decode", "sound alone"])
def test_a_stream_that_sends_no_picture_lets_go_when_it_is_closed(monkeypatch, index):
    container, closed = endless(SimpleNamespace(size=10, stream_index=index))
    video = SimpleNamespace(
        index=0, average_rate=None, guessed_rate=None, time_base=None, codec_context=SimpleNamespace(decode=undecodable)
    )
    monkeypatch.setattr(stream, "open_network", lambda url, **_: container)
    monkeypatch.setattr(stream, "video_stream", lambda container, name: video)
    feed = Feed("it", StreamLink("rtsp://nowhere"), FAST)
    with pytest.raises(SourceError, match="does not answer"):
        feed.open()
    assert closed.is_set()
    assert wait_until(lambda: not feed._thread.is_alive())


def test_the_waits_fit_each_other():
    # what is paced is not taken for stuck, and a camera is back within two seconds
    assert STREAM_PATIENCE.stuck > stream._MOST_EARLY
    assert max(CAMERA_PATIENCE.waits) <= 1
    assert CAMERA_PATIENCE.silent < CAMERA_PATIENCE.stuck < 2
