"""A recording from the key to the file."""

import threading

import pytest
from PyQt6.QtCore import Qt
from ui.settling import settled

from vitpose_live.app.settings import Settings
from vitpose_live.errors import OutputError
from vitpose_live.ui import recordings
from vitpose_live.ui.preferences import Preferences


def calls(engine):
    return [call[0] for call in engine.calls]


def test_a_second_press_ends_what_has_not_begun_yet(playing, qtbot, monkeypatch):
    gate, record = threading.Event(), playing.engine.record

    def slowly(path, **options):
        assert gate.wait(20)
        record(path, **options)

    monkeypatch.setattr(playing.engine, "record", slowly)
    for _ in range(2):
        qtbot.keyClick(playing.window.view, Qt.Key.Key_R)
    gate.set()
    settled(playing.window)
    assert calls(playing.engine) == ["record", "stop_recording"]
    assert playing.engine.recording is None
    assert "error" not in playing.window.banners


def test_it_is_told_when_the_file_is_there_and_not_before(playing, qtbot):
    window = playing.window
    looked = []
    find = window.recordings._find
    window.recordings._find = lambda paths: (find(paths), looked.append(paths))
    window.commands.record()
    settled(window)
    path = playing.engine.recording.path
    path.unlink()  # it is in its place only when it is complete
    window.commands.record()
    settled(window)
    qtbot.waitUntil(lambda: len(looked) >= 2)
    assert "saved" not in window.banners
    path.write_bytes(b"video")
    qtbot.waitUntil(lambda: "saved" in window.banners)
    assert window.banners["saved"].hint.text() == str(path)


@pytest.mark.parametrize("how", ["closed", "another"])
def test_a_recording_that_the_source_took_along_is_told_too(playing, qtbot, how):
    window = playing.window
    window.commands.record()
    settled(window)
    path = playing.engine.recording.path
    if how == "closed":
        window.close_source()
    else:
        window.open_source("other.mp4")
    settled(window)
    qtbot.waitUntil(lambda: "saved" in window.banners)
    assert window.banners["saved"].hint.text() == str(path)


def test_what_never_comes_is_not_waited_for(playing, qtbot, monkeypatch):
    monkeypatch.setattr(recordings, "_PATIENCE", 0.0)
    playing.window.commands.record()
    settled(playing.window)
    playing.engine.recording.path.unlink()
    playing.window.commands.record()
    settled(playing.window)
    qtbot.waitUntil(lambda: not playing.window.recordings._timer.isActive())
    assert "saved" not in playing.window.banners


def test_one_that_fails_can_be_tried_again_without_starting_the_film_anew(playing, tmp_path, qtbot):
    window = playing.window
    (tmp_path / "videos").write_text("in the way")
    window.commands.record()
    settled(window)
    qtbot.waitUntil(lambda: "error" in window.banners)
    (tmp_path / "videos").unlink()
    banner = window.banners["error"]
    (again,) = [button for button in banner.findChildren(type(window.welcome.demo)) if button.text() == "Try again"]
    again.click()
    settled(window)
    assert calls(playing.engine) == ["record"]
    assert "error" not in window.banners


def test_a_full_disk_ends_it_and_the_next_one_takes_the_message_away(playing, qtbot):
    window = playing.window
    window.commands.record()
    settled(window)
    playing.engine.recording, playing.engine.error = None, OutputError("the disk is full", hint="make room")
    settled(window)
    assert window.banners["error"].text.text() == "the disk is full"
    assert not window.actions_by_name["record"].isChecked()
    playing.engine.error = None
    window.commands.record()
    settled(window)
    assert "error" not in window.banners
    assert window.actions_by_name["record"].isChecked()


def test_a_screenshot_that_failed_is_taken_again(playing, tmp_path, qtbot):
    from PyQt6.QtWidgets import QPushButton
    from ui.scenes import scene

    window = playing.window
    (tmp_path / "pictures").write_text("in the way")
    playing.engine.on_result(scene((1, (50, 50, 150, 300))))
    qtbot.waitUntil(lambda: window.view.picture is not None)
    window.commands.screenshot()
    qtbot.waitUntil(lambda: "error" in window.banners)
    (tmp_path / "pictures").unlink()
    window.banners["error"].findChild(QPushButton).click()
    qtbot.waitUntil(lambda: "saved" in window.banners)
    assert len(list((tmp_path / "pictures").iterdir())) == 1
    assert playing.engine.calls == []


def test_what_cannot_be_loaded_can_be_asked_for_again(playing):
    from PyQt6.QtWidgets import QPushButton
    from ui.engine_fake import UNABLE

    window = playing.window
    window.panel.precision_chosen.emit(UNABLE)
    settled(window)
    window.banners["error"].findChild(QPushButton).click()
    settled(window)
    assert [call[1].precision for call in playing.engine.calls] == [UNABLE, UNABLE]
    assert window.controller.settings.precision == "auto"


def test_it_may_begin_before_the_key_and_leave_out_what_comes(playing, qtbot):
    window = playing.window
    window.transport.recording.begins[5.0].trigger()
    window.transport.recording.session.trigger()
    qtbot.keyClick(window.view, Qt.Key.Key_R)
    settled(window)
    assert next(call for call in playing.engine.calls if call[0] == "record")[-2:] == (5.0, True)
    for paused in (True, False):
        qtbot.keyClick(window.view, Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
        settled(window)
        assert playing.engine.calls[-1] == ("pause_recording", paused)
        assert window.actions_by_name["hold"].isChecked() is paused
        assert ("paused" in window.transport.recorded.text()) is paused
    window.commands.record()
    settled(window)
    assert not window.actions_by_name["hold"].isEnabled()


def test_what_a_recording_is_like_is_asked_for_and_remembered(playing, tmp_path):
    window = playing.window
    window.transport.recording.layouts["side_by_side"].trigger()
    window.transport.recording.qualities["small"].trigger()
    settled(window)
    changed = playing.engine.calls[-1][1]
    assert (changed.layout, changed.quality) == ("side_by_side", "small")
    again = Preferences(tmp_path / "window.ini").settings(Settings.of())
    assert (again.layout, again.quality) == ("side_by_side", "small")
    given = Preferences(tmp_path / "window.ini").settings(Settings.of(layout="clean"))
    assert given.layout == "clean"


def test_a_recording_in_parts_is_told_by_its_first(playing, qtbot):
    window = playing.window
    window.commands.record()
    settled(window)
    path = playing.engine.recording.path
    path.rename(path.with_stem(f"{path.stem}-001"))
    window.commands.record()
    settled(window)
    qtbot.waitUntil(lambda: "saved" in window.banners)
