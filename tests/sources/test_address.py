from __future__ import annotations

from pathlib import Path

import pytest

from vitpose_live.errors import SourceError
from vitpose_live.sources.address import Camera, Stream, masked, masked_text, parse_address


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


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://host/live", "rtsp://host/live"),
        ("rtsp://[::1]:554/a@b", "rtsp://[::1]:554/a@b"),
        ("http://host:8080/@user/live?x=1", "http://host:8080/@user/live?x=1"),
        ("rtsp://anna:hush@host:554/live", "rtsp://***@host:554/live"),
        ("rtsp://anna:hu@sh@host/live", "rtsp://***@host/live"),
        ("rtsp://anna:hu/sh@host/live", "rtsp://***@host/live"),
        ("rtsp://anna:hu?sh#x@host/live", "rtsp://***@host/live"),
        ("rtsp://anna:1 hush@host/live", "rtsp://***@host/live"),
        ("http://h/cgi?user=anna&pwd=hush&size=3", "http://h/cgi?user=***&pwd=***&size=3"),
        (
            "http://h/a.mp4?X-Amz-Signature=hush&Access_Token=hush",
            "http://h/a.mp4?X-Amz-Signature=***&Access_Token=***",
        ),
        ("srt://h:1?passphrase=hush", "srt://h:1?passphrase=***"),
    ],
)
def test_secrets_are_not_shown(url, shown):
    assert masked(url) == shown


def test_an_address_of_another_kind_is_not_shown_with_its_password():
    with pytest.raises(SourceError) as caught:
        parse_address("ftp://anna:hush@host/a.mp4")
    assert "hush" not in str(caught.value)


def test_addresses_in_a_text_are_masked_and_the_rest_is_left():
    said = "no command 'rtsp://anna:hush@host/a', nor http://h/?token=hush; see https://host/page. Mail anna@host"
    assert masked_text(said) == (
        "no command 'rtsp://***@host/a', nor http://h/?token=***; see https://host/page. Mail anna@host"
    )
