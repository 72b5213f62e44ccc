"""A recording behind a web server's address is read like a file: whole, in order, from its beginning."""

from __future__ import annotations

import threading
from functools import partial

import pytest
from contracts.source_contract import SourceContract
from sources.cameras import Consumer, wait_until
from sources.media import noisy, number_in, write_video
from sources.servers import HttpServer, all_answered, file, live, status
from stopwatch import Stopwatch

from vitpose_live.errors import SourceError
from vitpose_live.sources import open_source


@pytest.fixture
def server():
    with HttpServer(live()) as server:
        yield server
    assert wait_until(lambda: all(thread.name != "vitpose-remote-reader" for thread in threading.enumerate()), 10)


class TestRemoteVideo(SourceContract):
    @pytest.fixture(params=["mp4", "mkv", "ts", "avi"])
    def opened(self, request, server, tmp_path):
        server.behave(file(write_video(tmp_path / f"clip.{request.param}")))
        return partial(open_source, server.url("clip"))

    def settle(self):
        all_answered()


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts"])
def test_it_is_read_whole_whether_or_not_the_server_can_begin_in_the_middle(server, tmp_path, name, ranges):
    server.behave(file(write_video(tmp_path / name, 40), ranges=ranges))
    with open_source(server.url(f"{name}?token=hush", "anna:hush@")) as source:
        assert not source.info.live
        assert "hush" not in source.info.uri
        assert source.info.frame_count == 40
        assert [number_in(frame.image) for frame in source] == list(range(40))
        assert source.problems == ()


def test_a_slow_consumer_loses_nothing(server, tmp_path):
    server.behave(file(write_video(tmp_path / "clip.mp4", 20)))
    with open_source(server.url()) as source:
        frames = []
        for frame in source:
            frames.append(frame)
            wait_until(lambda: False, 0.01)
    assert [frame.index for frame in frames] == list(range(20))


def test_duration_shortens_it(server, tmp_path):
    server.behave(file(write_video(tmp_path / "clip.mp4", 40)))
    with open_source(server.url(), duration=0.4) as source:
        assert len(list(source)) == source.info.frame_count == 10


def test_closing_does_not_wait_for_a_server_that_falls_silent(server, tmp_path):
    path = write_video(tmp_path / "clip.ts", noisy(100, 100))
    body = path.read_bytes()

    def half(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[: len(body) // 2])
        handler.server.quit.wait(30)

    server.behave(file(path))
    with open_source(server.url()) as source:
        server.behave(half)
        with Consumer(source) as consumer:
            assert consumer.more(3)
            count = -1
            while count != len(consumer.frames):  # until it waits for the server
                count = len(consumer.frames)
                wait_until(lambda: False, 0.3)
            with Stopwatch() as watch:
                source.close()
            assert watch.seconds < 1.5
            assert consumer.done
            assert 3 <= len(consumer.frames) < 100


def test_a_recording_that_is_taken_away(server, tmp_path):
    server.behave(file(write_video(tmp_path / "clip.mp4", 20)))
    with open_source(server.url()) as source:
        server.behave(status(404))
        with pytest.raises(SourceError, match="is not there"):
            list(source)
