"""Streams over real sockets on the loop-back interface: frames or trouble, never a hang."""

from __future__ import annotations

import itertools
import socket
import threading
from functools import partial

import pytest
from contracts.source_contract import LiveContract
from sources.cameras import Consumer, wait_until
from sources.media import number_in, write_video
from sources.servers import (
    RATE,
    HttpServer,
    RtspServer,
    all_answered,
    falls_silent,
    file,
    free_port,
    live,
    multipart,
    redirect,
    sending_udp,
    silent,
    status,
    text,
)
from sources.test_errors import CONCAT, DASH, HLS, SDP
from stopwatch import Stopwatch

from vitpose_live.errors import SettingsError, SourceError
from vitpose_live.sources import open_source
from vitpose_live.sources.feed import Patience
from vitpose_live.sources.stream import open_stream

FAST = Patience(opening=5.0, silent=0.3, stuck=5.0, waits=(0.02, 0.05))


def opened(url):
    return open_stream(url, patience=FAST, open_timeout=1.5, read_timeout=0.6)


@pytest.fixture
def server():
    with HttpServer(live()) as server:
        yield server
    assert wait_until(lambda: all(thread.name != "vitpose-live-reader" for thread in threading.enumerate()))


class HttpStream(LiveContract):
    def settle(self):
        all_answered()


class TestTransportStream(HttpStream):
    @pytest.fixture
    def opened(self, server):
        return partial(open_source, server.url())


class TestMotionJpeg(HttpStream):
    @pytest.fixture
    def opened(self, server):
        server.behave(multipart)
        return partial(open_source, server.url("video.cgi"))


class TestRtsp(LiveContract):
    @pytest.fixture
    def opened(self):
        with RtspServer() as self.server:
            yield partial(open_source, self.server.url())

    def settle(self):
        assert wait_until(self.server.idle)


class TestUdp(LiveContract):
    @pytest.fixture
    def opened(self):
        port = free_port(socket.SOCK_DGRAM)
        with sending_udp(port):
            yield partial(open_source, f"udp://127.0.0.1:{port}")


def lost_and_found(source, consumer, lose, find):
    """Lose the stream by `lose`, see that it is said, get it back by `find`, see that it is all well again."""
    assert consumer.more()
    lose()
    assert wait_until(lambda: source.trouble.startswith("lost: "))
    said = source.trouble
    assert "\n" not in said
    assert not consumer.done
    find()
    assert consumer.more()
    assert wait_until(lambda: source.trouble == "")
    for earlier, later in itertools.pairwise(consumer.frames):
        assert earlier.index < later.index
        assert earlier.time < later.time
    return said


@pytest.mark.parametrize(
    "failure", [status(404), status(401), status(503), text(b""), text(b"garbage" * 9000), silent, live(count=3)]
)
def test_a_stream_that_ends_is_opened_again_until_it_is_back(server, failure):
    server.behave(live(count=25))
    with opened(server.url()) as source, Consumer(source) as consumer:

        def lose():
            server.behave(failure)
            assert wait_until(lambda: len(server.asked) > 1)

        lost_and_found(source, consumer, lose, partial(server.behave, live()))
        assert source.problems


def test_a_stream_that_falls_silent(server):
    server.behave(falls_silent(25))
    with opened(server.url()) as source, Consumer(source) as consumer:
        said = lost_and_found(source, consumer, lambda: None, partial(server.behave, live()))
        assert "no new picture" in said or "does not answer" in said


def test_a_server_that_dies_and_comes_back():
    first = HttpServer(live())
    with opened(first.url()) as source, Consumer(source) as consumer:
        servers = [first]

        def find():
            servers.append(HttpServer(live(), first.port))

        try:
            said = lost_and_found(source, consumer, first.close, find)
            assert f"127.0.0.1:{first.port}" in said
        finally:
            servers[-1].close()


def test_an_rtsp_camera_that_is_switched_off_and_on():
    first = RtspServer()
    with opened(first.url()) as source, Consumer(source) as consumer:
        servers = [first]

        def find():
            servers.append(RtspServer(port=first.port))

        try:
            lost_and_found(source, consumer, first.close, find)
        finally:
            servers[-1].close()


def test_garbage_in_the_middle(server):
    def answer(handler):
        live(count=20)(handler)
        handler.wfile.write(bytes(range(256)) * 200)
        live(headers=False, stamp=lambda number: (number + 20) / RATE)(handler)

    server.behave(answer)
    with opened(server.url()) as source, Consumer(source) as consumer:
        assert consumer.more(60)
        assert source.trouble == ""


def test_another_size_in_the_middle(server):
    seen = threading.Event()

    def answer(handler):
        live(until=seen)(handler)
        live(headers=False, size=(64, 96), stamp=lambda number: (number + 2000) / RATE)(handler)

    server.behave(answer)
    with opened(server.url()) as source, Consumer(source) as consumer:
        assert consumer.more()
        assert consumer.frames[0].height == 64
        seen.set()
        assert wait_until(lambda: consumer.frames[-1].height == 96)
        assert (source.info.width, source.info.height) == (96, 64)
        assert source.trouble == ""


@pytest.mark.parametrize("jump", [3600.0, -3600.0, -0.5])
def test_stamps_that_jump_do_not_move_the_frames_in_time(server, jump):
    server.behave(live(stamp=lambda number: 4000 + number / RATE + (jump if number >= 30 else 0)))
    with opened(server.url()) as source, Consumer(source) as consumer:
        assert consumer.more(80)
        frames = consumer.frames
    real = (frames[-1].captured_ns - frames[0].captured_ns) / 1e9
    assert frames[-1].time == pytest.approx(real, abs=1.2)
    for earlier, later in itertools.pairwise(frames):
        assert 0 < later.time - earlier.time < 1.5


@pytest.mark.parametrize(
    ("behave", "words"),
    [
        (status(404), "is not there"),
        (status(401), "user name and password"),
        (status(403), "refuses access"),
        (status(500), "failing server"),
        (status(429), "refuses the request"),
        (text(b"garbage" * 9000), "no video"),
        (text(b"<html>Not here</html>" * 100), "no video"),
        (text(b""), "127.0.0.1"),
        (silent, "does not answer"),
    ],
)
def test_what_cannot_be_opened_is_an_error_with_a_hint_and_no_secret(server, behave, words):
    server.behave(behave)
    with pytest.raises(SourceError, match=words) as caught:
        opened(server.url("live?token=hush", "anna:hush@"))
    error = caught.value
    assert error.hint
    assert "hush" not in "".join(map(repr, (error, error.hint, error.__cause__)))


@pytest.mark.parametrize("scheme", ["http", "https", "rtsp", "rtsps", "rtmp", "srt"])
def test_nobody_listens(scheme):
    with pytest.raises(SourceError) as caught:
        opened(f"{scheme}://anna:hush@127.0.0.1:{free_port()}/live")
    assert caught.value.hint
    assert "hush" not in "".join(map(repr, (caught.value, caught.value.__cause__)))


def test_a_server_on_the_wrong_port_speaks_another_language():
    with RtspServer() as camera, pytest.raises(SourceError):
        opened(f"http://127.0.0.1:{camera.port}/live")


@pytest.mark.parametrize("url", ["http://", "rtsp://[::1", "http://host/\nlive", "udp://127.0.0.1:99999"])
def test_odd_addresses(url):
    with pytest.raises(SourceError) as caught:
        opened(url)
    assert caught.value.hint


def test_a_password_opens_and_is_not_shown():
    with RtspServer(password="YW5uYTpodXNo") as camera:  # anna:hush
        with pytest.raises(SourceError, match="user name and password"):
            opened(camera.url())
        with opened(camera.url("anna:hush@")) as source:
            assert next(iter(source)).index == 0
            assert source.info.uri == camera.url("***@")
            camera.hang_up()
            assert wait_until(lambda: source.trouble)
            assert "hush" not in source.trouble


@pytest.mark.parametrize("behave", [live(), falls_silent(25), silent])
def test_close_wakes_whoever_waits_at_once_and_leaves_nothing(server, behave):
    server.behave(falls_silent(25))
    with opened(server.url()) as source, Consumer(source) as consumer:
        assert consumer.more(1)
        server.behave(behave)
        assert wait_until(lambda: len(server.asked) > 1)
        with Stopwatch() as watch:
            source.close()
            assert wait_until(lambda: consumer.done)
        assert watch.seconds < 1.2


@pytest.mark.parametrize("target", ["file://{0}", "{0}", "concat:{0}|{0}", "subfile,,start,0,end,0,,:{0}"])
def test_nobody_outside_opens_a_file_of_this_machine(server, tmp_path, target):
    target = target.format(write_video(tmp_path / "secret.ts", 50))
    lists = [text(template.format(target).encode()) for template in (HLS, CONCAT, SDP, DASH)]
    for behave, path in itertools.product([redirect(target), *lists], ["live", "live.m3u8", "live.mpd", "live.ts"]):
        server.behave(behave)
        with pytest.raises(SourceError):
            opened(server.url(path))


@pytest.mark.parametrize("options", [{"size": (640, 480)}, {"fps": 30}])
def test_a_stream_keeps_its_own_size_and_times(options):
    with pytest.raises(SettingsError, match="on the network") as caught:
        open_source("rtsp://anna:hush@127.0.0.1:1/live", **options)
    assert "hush" not in str(caught.value)


def test_a_playlist_of_pieces_is_spread_out_in_time(server, tmp_path):
    pieces = {}
    for number in range(2):
        stamps = [40 * (25 * number + picture) for picture in range(25)]
        path = write_video(tmp_path / f"{number}.ts", 25, stamps=stamps, muxing={"mpegts_copyts": "1"})
        pieces[f"/{number}.ts"] = file(path)
    playlist = text(b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n0.ts\n#EXTINF:1,\n1.ts\n")

    server.behave(lambda handler: pieces.get(handler.path, playlist)(handler))
    with opened(server.url("live.m3u8")) as source:
        frames = list(itertools.islice(source, 20))
    assert source.info.live
    assert [number_in(frame.image) for frame in frames] == sorted(number_in(frame.image) for frame in frames)
    real = (frames[-1].captured_ns - frames[0].captured_ns) / 1e9
    assert real == pytest.approx(frames[-1].time, abs=0.2)
