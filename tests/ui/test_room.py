"""The window keeps its size whatever is written in it, and what is in it keeps its shape."""

import pytest
from PyQt6.QtWidgets import QPushButton
from ui.settling import settled

from vitpose_live.app.settings import Settings
from vitpose_live.models.catalog import ModelKind
from vitpose_live.ui.banner import Kind
from vitpose_live.ui.cameras import CameraChoice
from vitpose_live.ui.elided import ElidedLabel

LONG = "A very long name of a training session on a Sunday afternoon " * 4


def wants(window):
    settled(window)
    window.centralWidget().layout().activate()
    window.layout().activate()
    return window.minimumSizeHint()


def test_a_long_name_does_not_make_the_window_wide(playing):
    window = playing.window
    before = wants(window)
    window.open_source(f"/videos/{LONG}.mp4")
    assert wants(window).width() <= before.width() + 20  # a short name is content with less
    label = window.status_line.labels["source"]
    assert LONG in label.text()  # all of it for who hears it, and in its tip
    assert LONG in label.toolTip()


def test_a_long_word_in_a_message_does_not_make_the_window_wide(desk):
    window = desk.window
    before = wants(window).width()
    window.banners.tell("long", Kind.ERROR, f"cannot write /{'x' * 400}", "y" * 400)
    assert wants(window).width() == before


def test_messages_make_the_window_no_taller_than_their_lines_are(playing):
    window = playing.window
    window.resize(1280, 800)
    before = wants(window).height()
    window.banners.tell("short", Kind.ERROR, "cannot write")
    line = wants(window).height() - before
    window.banners.tell("short", Kind.ERROR, "cannot write " + "what there is " * 14)
    assert wants(window).height() - before < 2 * line


def test_long_names_of_cameras_and_recent_sources_are_cut_in_the_middle(desk):
    window = desk.window
    desk.cameras[:] = [CameraChoice(str(number), f"{LONG}{number}") for number in range(3)]
    window.cameras.refresh()
    window.open_source(f"/videos/{LONG}end.mp4")
    window.close_source()
    settled(window)
    shown = [button for button in window.welcome.findChildren(QPushButton) if LONG[:20] in button.accessibleName()]
    assert len(shown) >= 4
    for button in shown:
        if button.isVisible():
            assert button.sizeHint().width() <= 460
            assert "…" in button.text()
            assert LONG in button.toolTip()
    assert max(window.sources.fontMetrics().horizontalAdvance(a.text()) for a in window.sources.actions()) <= 400


@pytest.mark.parametrize("panel", [True, False])
def test_it_fits_on_a_small_screen(playing, panel):
    window = playing.window
    window.panel.setVisible(panel)
    least = wants(window)
    assert least.width() <= 800
    assert least.height() <= 600


def test_the_side_panel_needs_no_scrolling_in_the_window_as_it_first_is(playing):
    window = playing.window
    window.resize(1280, 800)
    wants(window)
    bar = window.panel.verticalScrollBar()
    assert bar.maximum() == 0


def test_a_low_window_scrolls_how_to_begin_instead_of_squashing_it(desk, qtbot):
    window = desk.window
    for number in range(4):
        window.preferences.remember(f"/videos/{number}.mp4")
    window._show_recent()
    window.resize(window.minimumSizeHint())
    settled(window)
    card = window.welcome.card
    qtbot.waitUntil(lambda: card.height() >= card.minimumSizeHint().height())
    assert window.welcome.file.height() >= window.welcome.file.minimumSizeHint().height()


def test_a_label_shows_what_there_is_room_for(qtbot):
    label = ElidedLabel(40, usual=120)
    qtbot.addWidget(label)
    label.setText("short")
    assert (label.minimumSizeHint().width(), label.sizeHint().width()) == (40, 120)
    label.setText(LONG)
    assert label.minimumSizeHint().width() == 40
    assert label.sizeHint().width() > 1000
    label.resize(60, 20)
    label.grab()


def test_a_model_of_which_there_is_nothing_to_say_leaves_no_gap(make_window):
    panel = make_window(settings=Settings(pose="embedded-fast")).window.panel
    assert not panel.details[ModelKind.POSE].isVisible()
    assert panel.details[ModelKind.DETECTOR].isVisible()
