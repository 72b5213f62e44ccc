"""Each control does what it says, on an engine that only takes notes."""

from pathlib import Path

import pytest
from PyQt6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PyQt6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QMenuBar,
    QPushButton,
    QStatusBar,
    QToolBar,
)
from ui.engine_fake import NOTHING_THERE, UNABLE
from ui.scenes import scene
from ui.settling import settled

from vitpose_live.app.settings import Settings
from vitpose_live.models.catalog import ModelKind
from vitpose_live.ui.cameras import CameraChoice, CameraList, camera_source
from vitpose_live.ui.preferences import Preferences
from vitpose_live.ui.side_panel import PRECISIONS
from vitpose_live.ui.theme import DARK, LIGHT, ThemeName, style_sheet


def press(desk, name):
    desk.window.actions_by_name[name].trigger()
    settled(desk.window)


def buttons(banner):
    return {button.text(): button for button in banner.findChildren(QPushButton)}


# --- opening ---------------------------------------------------------------------------------------------------------


def test_the_first_thing_to_see_is_how_to_begin(desk):
    window = desk.window
    assert window.stack.currentWidget() is window.welcome
    assert not window.transport.isVisible()
    assert not window.actions_by_name["play"].isEnabled()
    names = [button.accessibleName() for button in window.welcome.findChildren(QPushButton)]
    assert "Front camera" in names


def test_opening_a_file_shows_the_picture_and_its_time_axis(playing, qtbot):
    window = playing.window
    assert window.stack.currentWidget() is window.view
    assert window.transport.bar.isVisible()
    assert not window.transport.live.isVisible()
    assert window.windowTitle().startswith("clip.mp4")
    playing.engine.on_result(scene((1, (50, 50, 150, 300))))
    qtbot.waitUntil(lambda: window.view.picture is not None)


def test_a_live_source_has_no_time_axis(desk):
    press(desk, "camera")
    assert desk.engines[0].calls[-1] == ("open", "0")
    assert desk.window.transport.live.isVisible()
    assert not desk.window.transport.bar.isVisible()
    assert not desk.window.actions_by_name["step_on"].isEnabled()


def test_without_a_camera_it_says_so(desk):
    desk.cameras.clear()
    desk.window.cameras.refresh()
    press(desk, "camera")
    assert "camera" in desk.window.banners


def test_a_camera_that_is_plugged_in_appears(desk):
    desk.cameras.append(CameraChoice("2", "Side camera"))
    desk.window.cameras.refresh()
    names = [button.accessibleName() for button in desk.window.welcome.findChildren(QPushButton)]
    assert "Side camera" in names
    texts = [action.text() for action in desk.window.sources.actions()]
    assert texts[:2] == ["Front camera", "Side camera"]
    desk.window.sources.actions()[1].trigger()
    settled(desk.window)
    assert desk.engines[0].calls[-1] == ("open", "2")


def test_a_camera_is_named_by_its_device_file_where_it_has_one():
    assert camera_source(b"/dev/video4", 1) == "4"
    assert camera_source(b"0x1420000005ac8600", 1) == "1"


def test_real_cameras_are_listed_without_a_complaint(qtbot):
    cameras = CameraList()
    cameras.start()
    assert all(camera.source.isdecimal() for camera in cameras.cameras)


def drop(window, data):
    """Drag `data` in and let go of it, as the system tells of it."""
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(300, 300), copy, data, left, none))
    QApplication.sendEvent(window, QDropEvent(QPointF(300, 300), copy, data, left, none))


@pytest.mark.parametrize("what", ["file", "address", "text"])
def test_files_and_addresses_can_be_dropped(desk, tmp_path, what):
    data = QMimeData()
    expected = {"file": str(tmp_path / "a b.mp4"), "address": "rtsp://host/a", "text": "http://host/b"}[what]
    if what == "text":
        data.setText(expected)
    else:
        data.setUrls([QUrl.fromLocalFile(expected) if what == "file" else QUrl(expected)])
    drop(desk.window, data)
    settled(desk.window)
    assert desk.engines[0].calls[-1] == ("open", expected)


def test_other_things_cannot_be_dropped(desk):
    data = QMimeData()
    data.setText("just words")
    drop(desk.window, data)
    settled(desk.window)
    assert desk.window.controller.source == ""


def test_an_address_is_typed_in_the_window(desk, qtbot):
    press(desk, "address")
    assert desk.window.address.hasFocus()
    qtbot.keyClicks(desk.window.address, "rtsp://host/flos")
    qtbot.keyClick(desk.window.address, Qt.Key.Key_Return)
    settled(desk.window)
    assert desk.engines[0].calls[-1] == ("open", "rtsp://host/flos")
    assert not desk.window.address.isVisible()


def test_a_file_is_picked_without_stopping_anything(desk, tmp_path):
    press(desk, "file")
    dialog = desk.window.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit("/videos/a.mp4")
    dialog.reject()
    settled(desk.window)
    assert desk.engines[0].calls[-1] == ("open", "/videos/a.mp4")


def test_recent_sources_are_offered_again(desk, tmp_path):
    for name in ("/a/one.mp4", "/a/two.mp4"):
        desk.window.open_source(name)
    desk.window.close_source()
    settled(desk.window)
    recent = [button for button in desk.window.welcome.findChildren(QPushButton) if button.toolTip().startswith("/a/")]
    assert [button.accessibleName() for button in recent if button.isVisible()] == ["two.mp4", "one.mp4"]
    assert Preferences(tmp_path / "window.ini").recent[0] == "/a/two.mp4"


def test_closing_the_source_leads_back_to_the_beginning(playing):
    press(playing, "close_source")
    assert playing.engine.calls[-1] == ("stop",)
    assert playing.window.stack.currentWidget() is playing.window.welcome


# --- playing ---------------------------------------------------------------------------------------------------------


def test_space_pauses_and_goes_on(playing, qtbot):
    for expected in ("pause", "resume"):
        qtbot.keyClick(playing.window.view, Qt.Key.Key_Space)
        settled(playing.window)
        assert playing.engine.calls[-1] == (expected,)
    assert playing.window.transport.buttons["play"].accessibleName() == "Pause"


@pytest.mark.parametrize(
    ("key", "call"),
    [
        (Qt.Key.Key_Comma, ("step", -1)),
        (Qt.Key.Key_Period, ("step", 1)),
        (Qt.Key.Key_Right, ("seek", 5.0)),
        (Qt.Key.Key_Left, ("seek", 0.0)),
        (Qt.Key.Key_Up, ("speed", 1.25)),
        (Qt.Key.Key_Down, ("speed", 0.75)),
        (Qt.Key.Key_L, ("loop", 0.0, 10.0)),
    ],
)
def test_keys_move_in_time(playing, qtbot, key, call):
    qtbot.keyClick(playing.window.view, key)
    settled(playing.window)
    assert playing.engine.calls == [call]


def test_leaps_in_a_row_add_up(playing):
    playing.engine.position = 1.0
    playing.window.commands.leap(3.0)
    playing.window.commands.leap(3.0)
    settled(playing.window)
    assert playing.engine.calls[-1] == ("seek", 7.0)


def test_the_seek_bar_goes_where_it_is_clicked(playing, qtbot):
    bar = playing.window.transport.bar
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(7 + round(0.4 * (bar.width() - 14)), bar.height() // 2))
    settled(playing.window)
    assert playing.engine.calls[-1][0] == "seek"
    assert playing.engine.calls[-1][1] == pytest.approx(4.0, abs=0.1)


def test_the_seek_bar_follows_the_picture(playing):
    playing.engine.position = 7.5
    settled(playing.window)
    assert playing.window.transport.bar.value() / playing.window.transport.bar.maximum() == pytest.approx(0.75)
    assert playing.window.transport.time.text() == "0:07.5"
    assert playing.window.transport.length.text() == "0:10.0"


def test_speed_is_chosen_from_a_list_and_shown_when_keys_change_it(playing, qtbot):
    speed = playing.window.transport.speed
    speed.setCurrentIndex(1)
    speed.activated.emit(1)
    settled(playing.window)
    assert playing.engine.calls[-1] == ("speed", 0.5)
    press(playing, "slower")
    assert speed.currentData() == 0.25
    press(playing, "slower")
    assert playing.engine.calls[-1] == ("speed", 0.25)


def test_a_part_is_looped_from_mark_to_mark(playing):
    playing.engine.position = 2.0
    press(playing, "loop_start")
    assert playing.engine.calls == []
    playing.engine.position = 5.0
    press(playing, "loop_end")
    assert playing.engine.calls == [("loop", 2.0, 5.0)]
    assert playing.window.transport.bar.marks == (2.0, 5.0)
    assert playing.window.actions_by_name["loop"].isChecked()
    playing.window.transport.bar.grab()
    press(playing, "loop")
    assert playing.engine.calls[-1] == ("loop", None, None)
    assert not playing.window.actions_by_name["loop"].isChecked()


def test_an_end_before_the_start_takes_the_starts_place(playing):
    playing.engine.position = 5.0
    press(playing, "loop_start")
    playing.engine.position = 2.0
    press(playing, "loop_end")
    assert playing.window.controller.loop == (None, 2.0)


# --- keeping ---------------------------------------------------------------------------------------------------------


def test_recording_shows_its_time_and_size_and_then_where_it_is(playing, tmp_path, qtbot):
    playing.window.set_overlay(playing.window.view.options.with_(mirror=True, angles=True))
    qtbot.keyClick(playing.window.view, Qt.Key.Key_R)
    settled(playing.window)
    name, path, mirror, angles, before, session = playing.engine.calls[-1]
    assert (name, mirror, angles, before, session) == ("record", True, True, 0.0, False)
    assert path.parent == tmp_path / "videos"
    assert playing.window.transport.recorded.text() == "1:05  1.2 MB"
    assert playing.window.actions_by_name["record"].isChecked()
    qtbot.keyClick(playing.window.view, Qt.Key.Key_R)
    settled(playing.window)
    assert playing.engine.calls[-1] == ("stop_recording",)
    qtbot.waitUntil(lambda: "saved" in playing.window.banners)
    assert playing.window.banners["saved"].hint.text() == str(path)
    assert not playing.window.actions_by_name["record"].isChecked()


def test_a_screenshot_is_the_picture_with_its_overlay(playing, tmp_path, qtbot):
    playing.engine.on_result(scene((1, (50, 50, 150, 300))))
    qtbot.waitUntil(lambda: playing.window.view.picture is not None)
    qtbot.keyClick(playing.window.view, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: "saved" in playing.window.banners)
    (path,) = (tmp_path / "pictures").iterdir()
    image = QImage(str(path))
    assert (image.width(), image.height()) == (640, 360)


def test_a_screenshot_that_cannot_be_written_says_why(playing, tmp_path, qtbot):
    (tmp_path / "pictures").write_text("in the way")
    playing.engine.on_result(scene((1, (50, 50, 150, 300))))
    qtbot.waitUntil(lambda: playing.window.view.picture is not None)
    press(playing, "screenshot")
    qtbot.waitUntil(lambda: "error" in playing.window.banners)
    assert "pictures" in playing.window.banners["error"].text.text()


# --- looking ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["trails", "mirror", "black", "skeletons", "boxes", "ids"])
def test_switches_and_actions_agree(desk, name):
    window = desk.window
    before = getattr(window.view.options, name)
    window.panel.boxes[name].click()
    assert getattr(window.view.options, name) is not before
    action = window.actions_by_name.get(name)
    if action is not None:
        assert action.isChecked() is not before
        action.trigger()
        assert window.panel.boxes[name].isChecked() is before
        assert getattr(window.view.options, name) is before


def test_sliders_change_width_and_threshold(desk):
    desk.window.panel.thickness.setValue(200)
    desk.window.panel.threshold.setValue(55)
    assert desk.window.view.options.thickness == 2.0
    assert desk.window.view.options.threshold == 0.55


def test_the_arrows_move_a_focused_slider_and_not_the_film(playing, qtbot):
    slider = playing.window.panel.threshold
    slider.setFocus()
    before = slider.value()
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    settled(playing.window)
    assert slider.value() == before + 1
    assert playing.engine.calls == []


def test_locking_goes_from_person_to_person(playing, qtbot):
    playing.engine.on_result(scene((4, (50, 50, 150, 300)), (9, (250, 50, 350, 300))))
    qtbot.waitUntil(lambda: playing.window.view.picture is not None)
    people = []
    for _ in range(3):
        qtbot.keyClick(playing.window.view, Qt.Key.Key_K)
        people.append(playing.window.view.person)
    assert people == [4, 9, None]
    playing.window.view.lock_on(9)
    qtbot.keyClick(playing.window.view, Qt.Key.Key_Escape)
    assert playing.window.view.person is None


def sheets(window):
    """Every style sheet by which a widget of `window` with something to draw is drawn."""

    def sheet(widget):
        while widget is not None and not widget.styleSheet():
            widget = widget.parentWidget()
        return None if widget is None else widget.styleSheet()

    drawn = (QLabel, QAbstractButton, QAbstractSlider, QComboBox, QLineEdit, QMenu, QMenuBar, QToolBar, QStatusBar)
    return {sheet(widget) for kind in drawn for widget in window.findChildren(kind)}


def test_the_theme_changes_everything(desk, qtbot):
    dark = desk.window.grab().toImage().pixelColor(4, 4).lightness()
    press(desk, "theme")
    assert desk.window.theme_name is ThemeName.LIGHT
    qtbot.waitUntil(lambda: desk.window.steps.idle)
    assert sheets(desk.window) == {style_sheet(LIGHT)}
    assert desk.window.grab().toImage().pixelColor(4, 4).lightness() > dark + 100
    press(desk, "theme")
    press(desk, "theme")
    press(desk, "theme")
    assert desk.window.theme_name is ThemeName.DARK
    qtbot.waitUntil(lambda: desk.window.steps.idle)
    assert sheets(desk.window) == {style_sheet(DARK)}


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_text_can_be_read_on_every_ground(theme):
    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(one, other):
        low, high = sorted((luminance(one), luminance(other)))
        return (high + 0.05) / (low + 0.05)

    for ground in (theme.ground, theme.panel, theme.field, theme.tint, theme.warning_ground, theme.error_ground):
        assert contrast(theme.text, ground) >= 4.5
    for ground in (theme.ground, theme.panel, theme.field):
        assert contrast(theme.muted, ground) >= 4.5
    assert contrast(theme.accent_text, theme.accent) >= 4.5
    assert contrast(theme.error, theme.panel) >= 4.5
    assert contrast(theme.warning, theme.panel) >= 4.5
    assert "@" not in style_sheet(theme)


def test_the_panel_and_the_sheet_come_and_go(desk, qtbot):
    window = desk.window
    assert window.panel.isVisible()
    press(desk, "panel")
    assert not window.panel.isVisible()
    press(desk, "help")
    assert window.sheet.isVisible()
    assert window.actions_by_name["help"].isChecked()
    qtbot.mouseClick(window.sheet, Qt.MouseButton.LeftButton)
    assert not window.sheet.isVisible()
    assert not window.actions_by_name["help"].isChecked()
    press(desk, "help")
    press(desk, "unlock")
    assert not window.sheet.isVisible()


def test_full_screen_leaves_the_picture_and_the_status(playing):
    window = playing.window
    press(playing, "fullscreen")
    assert window.isFullScreen()
    assert not window.tools.isVisible()
    assert not window.panel.isVisible()
    assert window.status_line.isVisible()
    press(playing, "unlock")
    assert not window.isFullScreen()
    assert window.tools.isVisible()
    assert window.panel.isVisible()


def test_the_status_bar_is_filled(playing):
    settled(playing.window)
    texts = {key: label.text() for key, label in playing.window.status_line.labels.items()}
    assert texts["people"] == "2 people"
    assert texts["fps"] == "30.0 fps"
    assert texts["dropped"] == "3 dropped"
    assert texts["model"] == "nanodet-g + movenet-thunder"
    assert texts["precision"] == "bf16"
    assert "pose: 12.0 ms" in playing.window.status_line.labels["analysis"].toolTip()


# --- troubles --------------------------------------------------------------------------------------------------------


def test_what_cannot_be_opened_is_told_with_a_hint_and_a_retry(desk):
    desk.window.open_source(NOTHING_THERE)
    settled(desk.window)
    banner = desk.window.banners["error"]
    assert NOTHING_THERE in banner.text.text()
    assert banner.hint.text() == "check the name"
    buttons(banner)["Try again"].click()
    settled(desk.window)
    assert desk.engines[0].calls.count(("open", NOTHING_THERE)) == 2
    desk.window.open_source("clip.mp4")
    settled(desk.window)
    assert "error" not in desk.window.banners


def test_a_lost_camera_is_told_until_it_is_back(desk):
    press(desk, "camera")
    engine = desk.engines[0]
    engine.trouble = "no picture from the camera for 2 s"
    settled(desk.window)
    assert engine.trouble in desk.window.banners["trouble"].text.text()
    assert "no picture" in desk.window.status_line.labels["source"].text()
    assert not desk.window.transport.live.isVisible()
    engine.trouble = ""
    settled(desk.window)
    assert desk.window.transport.live.isVisible()
    assert "trouble" not in desk.window.banners


def test_notices_are_told_once(playing):
    playing.engine.notices = ("runs on the CPU",)
    settled(playing.window)
    assert playing.window.banners["notice"].text.text() == "runs on the CPU"
    playing.window.banners.drop("notice")
    settled(playing.window)
    assert "notice" not in playing.window.banners


def test_at_most_three_messages_are_shown(desk):
    from vitpose_live.ui.banner import Kind

    for number in range(6):
        desk.window.banners.tell(str(number), Kind.INFO, f"message {number}")
    assert [str(number) in desk.window.banners for number in range(6)] == [False, False, False, True, True, True]


# --- models ----------------------------------------------------------------------------------------------------------


def pick(desk, kind, name):
    panel = desk.window.panel
    index = next(i for i, choice in enumerate(panel._choices[kind]) if choice.name == name)
    panel.pickers[kind].setCurrentIndex(index)
    panel.pickers[kind].activated.emit(index)
    settled(desk.window)


def test_a_model_that_is_here_is_used_at_once_and_remembered(playing, tmp_path):
    pick(playing, ModelKind.POSE, "movenet-lightning")
    name, settings = playing.engine.calls[-1]
    assert name == "change"
    assert settings == Settings(pose="movenet-lightning")
    assert "Lightning" in playing.window.panel.details[ModelKind.POSE].text()
    assert Preferences(tmp_path / "window.ini").settings(Settings()).pose == "movenet-lightning"


def test_the_precision_is_chosen(playing):
    playing.window.panel.precision.activated.emit(4)
    settled(playing.window)
    assert playing.engine.calls[-1] == ("change", Settings(precision="int8"))


def test_what_cannot_be_loaded_is_told_and_the_picker_shows_what_is_in_use(playing, tmp_path):
    panel = playing.window.panel
    for wanted in ("int8", UNABLE):
        panel.precision.setCurrentIndex(PRECISIONS.index(wanted))
        panel.precision.activated.emit(PRECISIONS.index(wanted))
        settled(playing.window)
        assert PRECISIONS[panel.precision.currentIndex()] == "int8"
    assert UNABLE in playing.window.banners["error"].text.text()
    assert playing.window.controller.settings.precision == "int8"
    assert Preferences(tmp_path / "window.ini").settings(Settings()).precision == "int8"


def test_a_model_that_is_not_here_is_fetched_first(make_window, qtbot, tmp_path):
    asked = []

    def get(name, progress):
        asked.append(name)
        progress(50, 100)
        return tmp_path

    desk = make_window(get=get)
    desk.window.open_source("clip.mp4")
    settled(desk.window)
    pick(desk, ModelKind.DETECTOR, "dfine-nano")
    qtbot.waitUntil(lambda: not desk.window.models.downloading)
    settled(desk.window)
    assert asked == ["dfine-nano"]
    assert desk.engines[0].calls[-1] == ("change", Settings(detector="dfine-nano"))


def test_the_first_start_offers_vitpose_without_standing_in_the_way(make_window, qtbot):
    import threading

    gate, started = threading.Event(), threading.Event()

    def get(name, progress):
        progress(33_000_000, 132_000_000)
        started.set()
        gate.wait(20)
        progress(1, 1)

    desk = make_window(get=get)
    banners = desk.window.banners
    assert QApplication.activeModalWidget() is None
    buttons(banners["offer"])["Download"].click()
    assert started.wait(20)
    qtbot.waitUntil(lambda: banners["download"].hint.text() == "33.0 MB of 132.0 MB")
    assert banners["download"].bar.value() == 250
    buttons(banners["download"])["Cancel"].click()
    gate.set()
    assert "download" not in banners
    assert desk.window.controller.settings.pose == "auto"


def test_a_failed_download_can_be_tried_again(make_window, qtbot):
    from vitpose_live.errors import WeightsError

    tries = []

    def get(name, progress):
        tries.append(name)
        if len(tries) == 1:
            raise WeightsError("the hub does not answer", hint="is there a network?")

    desk = make_window(get=get)
    pick(desk, ModelKind.POSE, "vitpose-plus-small")
    qtbot.waitUntil(lambda: "download" in desk.window.banners and not desk.window.models.downloading)
    assert desk.window.panel.pickers[ModelKind.POSE].currentIndex() == 0  # what is really in use
    buttons(desk.window.banners["download"])["Try again"].click()
    qtbot.waitUntil(lambda: desk.window.controller.settings.pose == "vitpose-plus-small")
    settled(desk.window)


def test_a_declined_offer_is_not_made_again(make_window):
    desk = make_window()
    desk.window.banners["offer"].close_button.click()
    assert "offer" not in desk.window.banners
    assert "offer" not in make_window().window.banners


# --- from day to day -------------------------------------------------------------------------------------------------


def test_the_window_is_as_it_was_left(make_window):
    first = make_window().window
    first.resize(790, 650)
    left = first.size()
    first.set_theme(ThemeName.LIGHT)
    first.set_overlay(first.view.options.with_(mirror=True, thickness=1.5))
    first.commands.toggle_panel()
    first.close()
    second = make_window().window
    assert second.size() == left
    assert left.height() == 650
    assert second.theme_name is ThemeName.LIGHT
    assert second.view.options.mirror
    assert second.view.options.thickness == 1.5
    assert not second.panel.isVisible()
    second.set_theme(ThemeName.DARK)


def test_what_the_folders_are_called(qtbot):
    from vitpose_live.ui.output_files import OutputFiles

    files = OutputFiles.of_this_person()
    assert files.videos.name == files.pictures.name == "vitpose-live"
    assert isinstance(files.videos, Path)


def test_names_of_one_second_differ(tmp_path):
    from datetime import datetime

    from vitpose_live.ui.output_files import OutputFiles

    files = OutputFiles(tmp_path, tmp_path, now=lambda: datetime(2025, 3, 4, 5, 6, 7))
    first = files.recording()
    first.touch()
    assert first.name == "vitpose-live 2025-03-04 05.06.07.mp4"
    assert files.recording().name == "vitpose-live 2025-03-04 05.06.07 2.mp4"


def test_settings_of_the_command_line_reach_the_engine(make_window):
    desk = make_window(settings=Settings(pose="embedded-fast"))
    desk.window.open_source("clip.mp4")
    settled(desk.window)
    assert desk.engines[0].settings == Settings(pose="embedded-fast")
    assert desk.window.panel.pickers[ModelKind.POSE].currentText() == "embedded-fast"
