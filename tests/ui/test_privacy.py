"""The switches that keep people from being recognised, and the words that say they are on."""

import pytest
from ui.settling import settled

from vitpose_live.app.settings import Settings
from vitpose_live.ui.preferences import Preferences


def wanted(window):
    return window.controller.settings.blur_faces, window.controller.settings.skeleton_only


def test_without_it_nothing_is_said(playing):
    window = playing.window
    assert wanted(window) == (False, False)
    assert not window.privacy.isVisibleTo(window)
    assert not window.panel.privacy.faces.isChecked()


@pytest.mark.parametrize(
    ("box", "settings", "words"),
    [("faces", (True, False), "faces hidden"), ("skeletons", (False, True), "skeletons only")],
)
def test_a_switch_is_heard_at_once_and_seen_on_the_picture(playing, box, settings, words):
    window = playing.window
    switch = getattr(window.panel.privacy, box)
    switch.click()
    settled(window)
    ((name, changed),) = playing.engine.calls
    assert name == "change"
    assert (changed.blur_faces, changed.skeleton_only) == settings == wanted(window)
    window.controller.refresh()
    assert window.privacy.isVisibleTo(window)
    assert words in window.privacy.text()
    assert window.privacy.parent() is window.view
    switch.click()
    settled(window)
    window.controller.refresh()
    assert wanted(window) == (False, False)
    assert not window.privacy.isVisibleTo(window)


def test_skeletons_alone_say_more_than_hidden_faces(playing):
    window = playing.window
    window.panel.privacy.faces.click()
    window.panel.privacy.skeletons.click()
    settled(window)
    window.controller.refresh()
    assert wanted(window) == (True, True)
    assert "skeletons only" in window.privacy.text()


def test_it_hides_no_other_words(playing):
    window = playing.window
    window.panel.privacy.faces.click()
    settled(window)
    window.controller.refresh()
    mark = window.replays.mark
    mark.show_state(window.controller.showing)
    mark.say("anything", "#fff")
    assert not mark.geometry().intersects(window.privacy.geometry())


def test_a_window_opened_tomorrow_hides_them_too(playing, make_window, tmp_path):
    playing.window.panel.privacy.faces.click()
    settled(playing.window)
    again = make_window()
    assert wanted(again.window) == (True, False)
    assert again.window.panel.privacy.faces.isChecked()


def test_what_the_command_line_asks_for_is_on_whatever_was_kept(tmp_path):
    preferences = Preferences(tmp_path / "window.ini")
    preferences.keep_settings(Settings())
    assert preferences.settings(Settings(blur_faces=True)).blur_faces
    preferences.keep_settings(Settings(skeleton_only=True))
    assert preferences.settings(Settings()) == Settings(skeleton_only=True)
    preferences.keep_settings(Settings())
    assert preferences.settings(Settings()) == Settings()
