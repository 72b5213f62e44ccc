"""The real app on a real X server, worked with real key and mouse events."""

import ctypes
import shutil
import signal
import socket
import time
from pathlib import Path

import av
import numpy as np
import pytest
from real_desktop import TOOLS, Desktop, until
from sources.servers import free_port, sending_udp
from stopwatch import Stopwatch

from vitpose_live.bundled import bundled_path


@pytest.fixture
def desktop(tmp_path):
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"needs {' and '.join(missing)}: apt install xvfb xdotool")
    try:
        ctypes.CDLL("libxcb-cursor.so.0")
    except OSError:
        pytest.skip("needs what Qt shows windows on X11 with: apt install libxcb-cursor0 libxkbcommon-x11-0 libegl1")
    place = Desktop(tmp_path)
    yield place
    place.close()


def test_a_person_plays_pauses_records_and_closes(desktop):
    started = time.monotonic()
    app = desktop.start("ui", str(bundled_path("demo.mp4")), "--detector", "embedded", "--pose", "embedded-fast")
    try:
        window = until(
            lambda: desktop.hands("search", "--onlyvisible", "--name", "demo.mp4 - vitpose_live"), "the window"
        )
        desktop.hands("windowfocus", "--sync", window.split()[0])
        # the picture's middle is only in colour once there is one
        until(lambda: np.ptp(desktop.screen()[400, 200:800].astype(int), axis=1).max() > 40, "the first picture")
        print(f"\nfirst picture {time.monotonic() - started:.1f} s after the command")  # noqa: T201

        desktop.hands("key", "l")  # over and over, so that there is always something to record
        desktop.hands("key", "r")
        time.sleep(3)
        desktop.hands("key", "r")
        videos = desktop.folder / "Videos" / "vitpose-live"
        until(lambda: sum(_frames(video) for video in videos.glob("vitpose-live*.mp4")) > 1, "a recording that plays")

        desktop.hands("key", "space")
        time.sleep(1)  # for what was on its way
        still = desktop.screen()[200:600, 100:900]
        time.sleep(1)
        assert (desktop.screen()[200:600, 100:900] == still).mean() > 0.999
        desktop.hands("key", "period")
        until(lambda: not np.array_equal(desktop.screen()[200:600, 100:900], still), "the next picture")

        desktop.hands("key", "s")
        pictures = desktop.folder / "Pictures" / "vitpose-live"
        until(lambda: list(pictures.glob("*.png")), "the screenshot")

        dark = desktop.screen()[10, 600].mean()
        desktop.hands("key", "t")
        until(lambda: desktop.screen()[10, 600].mean() > dark + 100, "the light theme")

        before = desktop.screen()
        desktop.hands("key", "h")
        until(lambda: desktop.screen()[10, 600].mean() < before[10, 600].mean() - 50, "the sheet")
        desktop.hands("key", "Escape")

        assert (
            _closes(desktop, app) < 10
        )  # two seconds (test_closing.py), and the interpreter's own end on a busy machine
        assert "theme=light" in (desktop.folder / "config" / "vitpose-live" / "window.ini").read_text()
    finally:
        _end(app)


def test_a_person_works_a_clip_with_the_mouse_and_leaves_while_it_records(desktop, shared_data, tmp_path):
    clip = shared_data / "video" / "sports2d_demo.mp4"
    app = desktop.start("ui", str(clip), "--detector", "embedded", "--pose", "embedded-fast")
    try:
        seen = until(lambda: (seen := desktop.look()).get("people") and seen, "people in the picture")
        desktop.hands("windowfocus", "--sync", desktop.hands("search", "--onlyvisible", "--name", clip.name).split()[0])

        desktop.hands("key", "space")
        until(lambda: desktop.look()["state"] == "paused", "the pause")
        left, top, width, height = desktop.look()["bar"]
        desktop.click(left + 0.3 * width, top + height / 2)
        until(
            lambda: abs((seen := desktop.look())["position"] - 0.3 * seen["duration"]) < 0.1 * seen["duration"]
            and seen["people"], "the place that was clicked",
        )  # fmt: skip
        seen = _standing(desktop)

        desktop.hands("key", "period")
        stepped = until(lambda: (now := desktop.look())["index"] == seen["index"] + 1 and now, "one picture on")
        desktop.hands("key", "comma")
        until(lambda: desktop.look()["index"] == seen["index"], "one picture back")

        assert stepped["person"] is None
        (track, place), *_ = desktop.look()["people"].items()
        desktop.click(*place)
        until(lambda: str(desktop.look()["person"]) == track, "the lock")

        desktop.hands("key", "p")
        dark = tmp_path / "ui_dark.png"
        desktop.shoot(dark)
        desktop.hands("key", "t")
        until(lambda: desktop.look()["theme"] == "light" and desktop.look()["steps"], "the light theme")
        light = tmp_path / "ui_light.png"
        until(lambda: desktop.shoot(light) or _brightness(light) > _brightness(dark) + 30, "a light window")

        desktop.hands("key", "space")
        left, top, width, height = desktop.look()["record"]
        desktop.click(left + width / 2, top + height / 2)
        until(lambda: desktop.look()["recorded"], "the recording")
        before = desktop.look()["index"]
        until(lambda: desktop.look()["index"] > before + 10, "some pictures of it")

        assert (
            _closes(desktop, app) < 10
        )  # two seconds (test_closing.py), and the interpreter's own end on a busy machine
        (video,) = (desktop.folder / "Videos" / "vitpose-live").glob("*.mp4")
        assert _frames(video) >= 5
    finally:
        _end(app)


def test_a_person_watches_a_stream_and_records_it(desktop):
    port = free_port(socket.SOCK_DGRAM)
    with sending_udp(port):
        app = desktop.start("ui", f"udp://127.0.0.1:{port}", "--detector", "embedded", "--pose", "embedded-fast")
        try:
            until(lambda: desktop.look().get("index", 0) > 5, "pictures of the stream")
            window = desktop.hands("search", "--onlyvisible", "--name", "vitpose_live").split()[0]
            desktop.hands("windowfocus", "--sync", window)
            assert desktop.look()["bar"] is None  # there is nothing to seek in
            desktop.hands("key", "r")
            until(lambda: desktop.look()["recorded"], "the recording")
            before = desktop.look()["index"]
            until(lambda: desktop.look()["index"] > before + 20, "some pictures of it")
            desktop.hands("key", "r")
            until(lambda: not desktop.look()["recorded"], "the end of the recording")
            videos = desktop.folder / "Videos" / "vitpose-live"
            until(lambda: sum(_frames(video) for video in videos.glob("*.mp4")) > 3, "a recording that plays")
            desktop.hands("key", "space")
            until(lambda: desktop.look()["state"] == "paused", "the pause")
            still = desktop.look()["index"]
            desktop.hands("key", "space")
            until(lambda: desktop.look()["index"] > still, "the newest picture")
            assert _closes(desktop, app) < 10
        finally:
            _end(app)


def test_ctrl_c_closes_the_window(desktop):
    app = desktop.start()
    try:
        until(lambda: desktop.hands("search", "--onlyvisible", "--name", "vitpose_live"), "the window")
        app.send_signal(signal.SIGINT)
        assert app.wait(40) == 0
    finally:
        app.kill()
        app.wait()
        app.stderr.close()


def _closes(desktop, app):
    """Leave with the keyboard, and return the seconds until the process is gone."""
    with Stopwatch() as watch:
        desktop.hands("key", "ctrl+q")
        assert app.wait(40) == 0, app.stderr.read()
    assert "Traceback" not in app.stderr.read()
    return watch.seconds


def _standing(desktop):
    """What is to be seen once the picture stands still."""
    while True:
        seen = desktop.look()
        time.sleep(0.5)
        if desktop.look()["index"] == seen["index"]:
            return seen


def _end(app):
    app.kill()
    app.wait()
    app.stderr.close()


def _brightness(picture: Path) -> float:
    with av.open(str(picture)) as container:
        return float(next(container.decode(video=0)).to_ndarray(format="gray").mean())


def _frames(path: Path) -> int:
    try:
        with av.open(str(path)) as container:
            return sum(1 for _ in container.decode(video=0))
    except av.error.FFmpegError:
        return 0
