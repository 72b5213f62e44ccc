"""Size and frame rate of the open camera: offered, asked for, kept per camera."""

import sys
from pathlib import Path

import pytest
from PyQt6.QtCore import QSize
from ui.settling import settled

from vitpose_live.sources.linux_cameras import CameraInfo
from vitpose_live.ui import cameras as cameras_module
from vitpose_live.ui.camera_modes import USUAL_RATES, USUAL_SIZES, CameraMode, CameraWish, pixels, rates, sizes
from vitpose_live.ui.cameras import CameraChoice, CameraList
from vitpose_live.ui.preferences import Preferences

MODES = (
    CameraMode((640, 480), 30.0, "YUYV"),
    CameraMode((1280, 720), 10.0, "YUYV"),
    CameraMode((1280, 720), 60.0, "Jpeg"),
    CameraMode((1920, 1080), 24.0, "Jpeg"),
)


# --- without a window ---


@pytest.mark.parametrize("wish", [CameraWish(), CameraWish((640, 480)), CameraWish(fps=29.97), CameraWish((1, 2), 5.0)])
def test_a_wish_is_read_as_it_is_written(wish):
    assert CameraWish.of(str(wish)) == wish


@pytest.mark.parametrize("text", ["", "x", "640", "640x", "0x480", "@", "@nan", "640x480@-3", "a" * 99, "@0"])
def test_what_makes_no_sense_is_no_wish(text):
    assert CameraWish.of(text) == CameraWish()


def test_a_wish_as_options_leaves_out_what_is_left_to_the_camera():
    assert CameraWish().options() == {}
    assert CameraWish((640, 480), 30.0).options() == {"size": (640, 480), "fps": 30.0}


def test_what_is_offered_is_what_the_camera_can_do():
    assert sizes(MODES) == ((1920, 1080), (1280, 720), (640, 480))
    assert rates(MODES, (1280, 720)) == (60.0, 30.0, 15.0, 10.0)
    assert rates(MODES, (1920, 1080)) == (24.0, 15.0)
    assert rates(MODES, None)[0] == 60.0
    assert pixels(MODES, (1280, 720)) == "Jpeg, YUYV"


def test_of_a_camera_that_does_not_say_the_usual_is_offered():
    assert sizes(()) == USUAL_SIZES
    assert rates((), None) == rates((), (640, 480)) == USUAL_RATES


# --- in the window ---


@pytest.fixture
def watching(make_window):
    desk = make_window()
    desk.cameras[:] = [CameraChoice("0", "Front / camera", MODES), CameraChoice("2", "Studio")]
    desk.window.cameras.refresh()
    desk.box = desk.window.panel.camera
    return desk


def opened(desk, source):
    desk.window.open_source(source)
    settled(desk.window)
    return desk.engines[0].calls[-1]


def choose(picker, text):
    index = picker.findText(text)
    assert index >= 0, [picker.itemText(i) for i in range(picker.count())]
    picker.setCurrentIndex(index)
    picker.activated.emit(index)


def offered(picker):
    return [picker.itemText(index) for index in range(picker.count())]


def test_the_pickers_are_there_for_cameras_only(watching):
    assert watching.box.isHidden()
    assert opened(watching, "0") == ("open", "0")
    assert not watching.box.isHidden()
    assert offered(watching.box.size_picker) == ["The camera's own", "1920 x 1080", "1280 x 720", "640 x 480"]
    assert watching.box.size_picker.itemData(2, 3) == "Jpeg, YUYV"
    opened(watching, "clip.mp4")
    assert watching.box.isHidden()
    opened(watching, "webcam:2")
    assert not watching.box.isHidden()
    assert offered(watching.box.rate_picker) == ["The camera's own", "60 fps", "30 fps", "15 fps"]
    watching.window.close_source()
    assert watching.box.isHidden()


def test_a_choice_opens_the_camera_again_and_is_kept_for_it_alone(watching, tmp_path):
    opened(watching, "0")
    choose(watching.box.size_picker, "1280 x 720")
    settled(watching.window)
    assert watching.engines[0].calls[-1] == ("open", "0", {"size": (1280, 720)})
    choose(watching.box.rate_picker, "60 fps")
    settled(watching.window)
    assert watching.engines[0].calls[-1] == ("open", "0", {"size": (1280, 720), "fps": 60.0})
    assert watching.box.rate_picker.currentText() == "60 fps"
    assert opened(watching, "2") == ("open", "2")
    assert opened(watching, "0") == ("open", "0", {"size": (1280, 720), "fps": 60.0})
    watching.window.preferences.save()
    kept = Preferences(tmp_path / "window.ini")
    assert kept.camera_wish("Front / camera") == CameraWish((1280, 720), 60.0)
    assert kept.camera_wish("camera 0") == CameraWish((1280, 720), 60.0)
    assert kept.camera_wish("Studio") == CameraWish()


def test_the_same_choice_again_opens_nothing(watching):
    opened(watching, "0")
    before = len(watching.engines[0].calls)
    choose(watching.box.size_picker, "The camera's own")
    settled(watching.window)
    assert len(watching.engines[0].calls) == before


def test_a_rate_that_the_new_size_has_not_is_given_up(watching):
    opened(watching, "0")
    choose(watching.box.rate_picker, "60 fps")
    choose(watching.box.size_picker, "1920 x 1080")
    settled(watching.window)
    assert watching.engines[0].calls[-1] == ("open", "0", {"size": (1920, 1080)})


def test_what_failed_is_tried_again_with_the_same_options(watching):
    opened(watching, "0")
    choose(watching.box.size_picker, "640 x 480")
    settled(watching.window)
    watching.engines[0].state = "failed"
    watching.window.controller.toggle_pause()
    settled(watching.window)
    assert watching.engines[0].calls[-1] == ("open", "0", {"size": (640, 480)})


def test_what_the_command_line_asks_for_is_for_this_time(watching, tmp_path):
    watching.window.camera_desk.ask("0", CameraWish((800, 600)))
    watching.window.camera_desk.ask("clip.mp4", CameraWish((800, 600)))
    assert opened(watching, "0") == ("open", "0", {"size": (800, 600)})
    assert watching.box.size_picker.currentText() == "800 x 600"
    assert opened(watching, "clip.mp4") == ("open", "clip.mp4")
    watching.window.preferences.save()
    assert Preferences(tmp_path / "window.ini").camera_wish("Front / camera") == CameraWish()


def test_a_camera_that_is_plugged_in_shows_by_itself_with_what_it_can_do(watching):
    opened(watching, "4")
    watching.window.preferences.keep_camera_wish("Late", CameraWish(fps=24.0))
    assert offered(watching.box.size_picker)[1] == "1920 x 1080"
    watching.cameras.append(CameraChoice("4", "Late", (CameraMode((320, 240), 24.0),)))
    watching.window.cameras.refresh()
    assert offered(watching.box.size_picker) == ["The camera's own", "320 x 240"]
    assert watching.box.rate_picker.currentText() == "24 fps"
    assert "Late" in [action.text() for action in watching.window.sources.actions()]
    watching.cameras.pop()
    watching.window.cameras.refresh()
    assert "Late" not in [action.text() for action in watching.window.sources.actions()]


def test_the_pickers_have_names_and_keep_their_keys(watching, qtbot):
    opened(watching, "0")
    for picker in (watching.box.size_picker, watching.box.rate_picker):
        assert picker.accessibleName()
        assert picker.toolTip()


def test_modes_are_read_as_qt_gives_them():
    class Format:
        def __init__(self, width, height, fps, name):
            self._values = QSize(width, height), fps, type("Pixels", (), {"name": name})()

        def resolution(self):
            return self._values[0]

        def maxFrameRate(self):  # noqa: N802  Qt's name
            return self._values[1]

        def pixelFormat(self):  # noqa: N802  Qt's name
            return self._values[2]

    class Device:
        def videoFormats(self):  # noqa: N802  Qt's name
            return [Format(640, 480, 30.0, "Format_YUYV"), Format(640, 480, 30.0, "Format_YUYV")]

    assert cameras_module._modes(Device()) == (CameraMode((640, 480), 30.0, "YUYV"),)


def test_without_qts_multimedia_linux_is_asked_again_and_again(monkeypatch, qtbot):
    found = [CameraInfo(2, "Studio")]
    monkeypatch.setitem(sys.modules, "PyQt6.QtMultimedia", None)  # how Python marks what cannot be imported
    monkeypatch.setattr(cameras_module.linux_cameras, "V4L2_CLASS", Path("/").resolve() / "any")
    monkeypatch.setattr(cameras_module.linux_cameras, "known_cameras", lambda: tuple(found))
    monkeypatch.setattr(cameras_module, "_LOOK_AGAIN_MS", 5)
    cameras = CameraList()
    cameras.prepare()
    cameras.start()
    assert cameras.cameras == [CameraChoice("2", "Studio")]
    with qtbot.waitSignal(cameras.changed):
        found.append(CameraInfo(4, "Late"))
    assert [camera.name for camera in cameras.cameras] == ["Studio", "Late"]
    monkeypatch.setattr(cameras_module.linux_cameras, "V4L2_CLASS", Path("nowhere at all") / "class")
    elsewhere = CameraList()
    elsewhere.start()
    assert [camera.source for camera in elsewhere.cameras] == ["0"]
    cameras.deleteLater()
