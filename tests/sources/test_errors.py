"""Bad input: one clear line, a hint, and nothing opened that was not named."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from sources.media import coded, write_picture, write_video

from vitpose_live.errors import SettingsError, SourceError, SourceNotFoundError
from vitpose_live.sources import open_source


def refused(source, kind=SourceError, **options):
    with pytest.raises(kind) as caught:
        open_source(source, **options)
    error = caught.value
    assert str(error)
    assert error.hint
    assert "\n" not in str(error) + error.hint
    return error


def test_missing_file_names_the_nearest(tmp_path):
    (tmp_path / "squat.mp4").write_bytes(b"x")
    error = refused(tmp_path / "sqaut.mp4", SourceNotFoundError)
    assert isinstance(error, FileNotFoundError)
    assert "is not there" in str(error)
    assert f"did you mean {tmp_path / 'squat.mp4'}?" == error.hint


@pytest.mark.parametrize("name", ["nothing.mp4", "no/such/folder/a.mp4", "file.txt/a.mp4"])
def test_missing_file_without_a_near_one(tmp_path, name):
    (tmp_path / "file.txt").write_text("x")
    refused(tmp_path / name, SourceNotFoundError)


@pytest.mark.parametrize("name", ["clip.mp4", "picture.png", "empty"])
def test_empty_file(tmp_path, name):
    (tmp_path / name).touch()
    assert "is empty" in str(refused(tmp_path / name))


def test_text_is_not_a_video(tmp_path):
    for name in ("notes.txt", "notes.mp4", "notes.nfo", "notes.ans"):
        (tmp_path / name).write_text("Dear diary,\n" * 400)
        assert "neither a video nor a picture" in str(refused(tmp_path / name))


@pytest.mark.parametrize("seed", range(8))
def test_random_bytes_are_not_a_video(tmp_path, seed):
    path = tmp_path / "noise.mp4"
    path.write_bytes(random.Random(seed).randbytes(60_000))
    refused(path)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.bmp", "a.webp", "a.tiff"])
def test_a_broken_picture_is_an_error(tmp_path, name):
    path = write_picture(tmp_path / name, coded(5))
    path.write_bytes(path.read_bytes()[:30])
    assert str(path) in str(refused(path))


def test_a_telephone_s_heic_picture(tmp_path):
    path = tmp_path / "IMG_1.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(500))
    assert "HEIC" in str(refused(path))


def test_folder_without_pictures(tmp_path):
    assert "has no pictures" in str(refused(tmp_path))
    (tmp_path / "clip.mp4").write_bytes(b"x")
    (tmp_path / ".hidden.png").write_bytes(b"x")
    assert "clip.mp4" in refused(tmp_path).hint


def test_folder_of_unreadable_pictures(tmp_path):
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_text("no picture")
    assert "not one of 2 pictures" in str(refused(tmp_path))


def test_pattern_without_match(tmp_path):
    assert "nothing matches" in str(refused(tmp_path / "*.png", SourceNotFoundError))
    (tmp_path / "clip.mp4").write_bytes(b"x")
    assert "matches no pictures" in str(refused(str(tmp_path / "*")))


@pytest.fixture
def unprivileged():
    """Drop the right to read everything, where the tests run with it."""
    if os.name != "posix":
        pytest.skip("permissions as POSIX has them")
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_permission_denied(tmp_path, unprivileged):
    path = Path("/etc/shadow") if os.getuid() == 0 else tmp_path / "a.mp4"
    if os.getuid() != 0:
        path.write_bytes(b"x")
        path.chmod(0)
    error = refused(path)
    assert "may not be read" in str(error)
    assert isinstance(error.__cause__, PermissionError)


@pytest.mark.skipif(os.name != "posix", reason="devices and pipes as POSIX has them")
def test_devices_and_pipes_are_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    for path in (tmp_path / "pipe.mp4", "/dev/null"):
        assert "device or pipe" in str(refused(path))


@pytest.mark.parametrize("name", ["a\0b.mp4", "x" * 5000])
def test_impossible_names(name):
    refused(name)


@pytest.mark.parametrize(
    "options",
    [{"duration": 0}, {"duration": -1}, {"duration": float("nan")}, {"duration": float("inf")}, {"threads": 0}],
)
def test_options_out_of_range(tmp_path, options):
    with pytest.raises(SettingsError):
        open_source(tmp_path / "a.mp4", **options)


def test_fps_is_for_pictures(tmp_path):
    refused(write_video(tmp_path / "a.mp4", 2), SettingsError, fps=10)


HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{0}\n#EXT-X-ENDLIST\n"
CONCAT = "ffconcat version 1.0\nfile '{0}'\n"
SDP = (
    "v=0\no=- 0 0 IN IP4 127.0.0.1\ns={0}\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
)
DASH = (
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
    'profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><AdaptationSet mimeType="video/mp4">'
    '<Representation id="1" bandwidth="1"><BaseURL>{0}</BaseURL></Representation></AdaptationSet></Period></MPD>'
)
PLAYLISTS = {"list.m3u8": HLS, "list.ffconcat": CONCAT, "list.sdp": SDP, "list.mpd": DASH}


@pytest.mark.parametrize("ending", ["own", "disguised"])
@pytest.mark.parametrize("name", PLAYLISTS)
@pytest.mark.parametrize("where", ["beside", "absolute", "concat", "http"])
def test_a_list_of_other_files_is_never_followed(tmp_path, name, where, ending):
    video = write_video(tmp_path / "secret.mp4", 3)
    target = {
        "beside": video.name,
        "absolute": str(video),
        "concat": f"concat:{video}|{video}",
        "http": "http://127.0.0.1:9/a.ts",
    }[where]
    path = tmp_path / (name if ending == "own" else "innocent.mp4")
    path.write_text(PLAYLISTS[name].format(target))
    assert "is a playlist" in str(refused(path))


@pytest.mark.parametrize(
    "protocol", ["concat:{0}|{0}", "subfile,,start,0,end,0,,:{0}", "file:{0}", "cache:{0}", "async:{0}"]
)
def test_protocols_are_no_file_names(tmp_path, protocol):
    video = write_video(tmp_path / "a.mp4", 3)
    refused(protocol.format(video), SourceNotFoundError)


def test_a_name_pattern_of_ffmpeg_is_a_plain_name(tmp_path):
    for number in range(3):
        write_picture(tmp_path / f"shot{number}.png", coded(number))
    refused(tmp_path / "shot%d.png", SourceNotFoundError)
