from __future__ import annotations

from pathlib import Path

import pytest

from vitpose_live.errors import SourceError
from vitpose_live.sources import open_source
from vitpose_live.sources.address import Camera, Stream, parse_address


@pytest.mark.parametrize(
    ("text", "index"), [("0", 0), ("12", 12), ("webcam", 0), ("WebCam", 0), ("webcam:1", 1), (0, 0), (3, 3)]
)
def test_cameras(text, index):
    assert parse_address(text) == Camera(index)


@pytest.mark.parametrize(
    "text",
    ["rtsp://cam/1", "rtmp://host/live", "http://h/a.mp4", "HTTPS://h/a", "udp://@:1234", "srt://h:1", "rtsps://h"],
)
def test_streams(text):
    assert parse_address(text) == Stream(text)


@pytest.mark.parametrize(
    "text",
    ["clip.mp4", "./0", "webcam.mp4", "webcam:x", "C:\\clips\\a.mp4", "c:/clips/a.mp4", "a b/ü*.png", "concat:a|b"],
)
def test_paths(text):
    assert parse_address(text) == Path(text)


def test_a_path_object_is_always_a_path():
    assert parse_address(Path("0")) == Path("0")
    assert parse_address(Path("webcam")) == Path("webcam")


def test_the_home_folder():
    assert parse_address("~/clip.mp4") == Path.home() / "clip.mp4"


@pytest.mark.parametrize("text", ["ftp://host/a", "file:///a.mp4", "concat://a", "", "  ", -1])
def test_what_is_no_source_says_so(text):
    with pytest.raises(SourceError) as caught:
        parse_address(text)
    assert caught.value.hint


@pytest.mark.parametrize("source", ["0", "webcam:1", 0, "rtsp://127.0.0.1:1/x", "http://127.0.0.1:1/x.mp4"])
def test_what_is_not_read_yet_is_said_and_not_tried(source):
    with pytest.raises(SourceError, match="this version reads files only") as caught:
        open_source(source)
    assert caught.value.hint
