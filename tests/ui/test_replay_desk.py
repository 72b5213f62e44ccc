"""The delayed mirror and the instant replay, as a person works them."""

import pytest
from PyQt6.QtCore import Qt
from ui.scenes import scene
from ui.settling import settled

from vitpose_live.app.live_rerun import Showing
from vitpose_live.errors import PipelineError
from vitpose_live.ui.preferences import DELAY, Preferences
from vitpose_live.ui.side_panel import DELAYS


@pytest.fixture
def filming(desk):
    """A window with a camera open."""
    desk.window.open_source("0")
    settled(desk.window)
    desk.engine = desk.engines[0]
    desk.engine.calls.clear()
    return desk


def key(desk, qtbot, which):
    qtbot.keyClick(desk.window.view, which)
    settled(desk.window)


def choose(desk, seconds):
    picker = desk.window.panel.delay
    picker.setCurrentIndex(DELAYS.index(seconds))
    picker.activated.emit(DELAYS.index(seconds))
    settled(desk.window)


def mark(desk):
    label = desk.window.replays.mark
    assert label.isVisible() is bool(label.text())
    return label.accessibleDescription() if label.isVisible() else ""


# --- delayed mirror -------------------------------------------------------------------------------------------------


def test_a_delay_is_chosen_from_a_list_and_told_everywhere(filming):
    choose(filming, 5.0)
    window = filming.window
    assert filming.engine.calls == [("delay", 5.0)]
    assert mark(filming) == "5 s late"
    assert window.transport.live.text() == "5 s LATE"
    assert window.status_line.labels["source"].text() == "camera 0 · running · 5 s late"
    assert window.actions_by_name["delay"].isChecked()
    choose(filming, 0.0)
    assert filming.engine.calls[-1] == ("delay", 0.0)
    assert mark(filming) == ""
    assert window.transport.live.text() == "LIVE"
    assert window.status_line.labels["source"].text() == "camera 0 · running"
    assert not window.actions_by_name["delay"].isChecked()


def test_a_key_switches_the_delay_chosen_last(filming, qtbot):
    key(filming, qtbot, Qt.Key.Key_D)
    assert filming.engine.calls[-1] == ("delay", DELAY)
    assert filming.window.panel.delay.currentText() == "5 s"
    choose(filming, 8.0)
    key(filming, qtbot, Qt.Key.Key_D)
    assert filming.engine.calls[-1] == ("delay", 0.0)
    assert filming.window.panel.delay.currentText() == "Off"
    key(filming, qtbot, Qt.Key.Key_D)
    assert filming.engine.calls[-1] == ("delay", 8.0)


def test_until_there_is_enough_it_counts_down(filming):
    filming.engine.showing = Showing(5.0, starts_in=2.4)
    settled(filming.window)
    assert mark(filming) == "5 s late, starting in 3 s"
    assert filming.window.transport.live.text() == "LIVE"  # that is what is shown
    assert filming.window.status_line.labels["source"].text() == "camera 0 · running"


def test_less_than_was_asked_for_is_not_hidden(filming):
    filming.engine.showing = Showing(10.0, late=6.3000001)
    settled(filming.window)
    assert mark(filming) == "6.3 s late"


def test_the_delay_is_kept_from_day_to_day(make_window, tmp_path):
    first = make_window()
    choose(first, 3.0)
    first.window.close()
    assert Preferences(tmp_path / "window.ini").delay == 3.0
    second = make_window()
    assert second.window.panel.delay.currentText() == "3 s"
    assert second.window.actions_by_name["delay"].isChecked()
    second.window.open_source("0")
    settled(second.window)
    assert ("delay", 3.0) in second.engines[0].calls


@pytest.mark.parametrize("text", ["nonsense", "-1", "0", "11", "nan"])
def test_a_delay_that_makes_no_sense_is_taken_for_the_usual_one(tmp_path, text):
    (tmp_path / "window.ini").write_text(f"[mirror]\ndelay={text}\nlate=true\n")
    assert Preferences(tmp_path / "window.ini").delay == DELAY


def test_a_file_is_never_late(playing):
    choose(playing, 5.0)
    assert mark(playing) == ""
    assert not playing.window.transport.live.isVisible()


# --- instant replay of a live source --------------------------------------------------------------------------------


def test_a_key_replays_and_leaves_the_replay(filming, qtbot):
    window = filming.window
    key(filming, qtbot, Qt.Key.Key_I)
    assert filming.engine.calls == [("start_replay",)]
    assert mark(filming) == "Replay · 3.2 / 10.0 s"
    assert window.actions_by_name["replay"].isChecked()
    assert window.status_line.labels["source"].text() == "camera 0 · replay"
    assert not window.transport.live.isVisible()
    key(filming, qtbot, Qt.Key.Key_I)
    assert filming.engine.calls[-1] == ("stop_replay",)
    assert mark(filming) == ""
    assert not window.actions_by_name["replay"].isChecked()
    assert window.transport.live.isVisible()


def test_escape_leaves_the_replay_before_full_screen(filming, qtbot):
    window = filming.window
    window.full_screen.switch(on=True)
    key(filming, qtbot, Qt.Key.Key_I)
    key(filming, qtbot, Qt.Key.Key_Escape)
    assert filming.engine.calls[-1] == ("stop_replay",)
    assert not window.tools.isVisible()  # still full; without a screen, Qt forgets that it is at any change of layout


def test_pressed_twice_in_a_row_it_is_on_and_off(filming):
    for _ in range(2):
        filming.window.actions_by_name["replay"].trigger()
    settled(filming.window)
    assert filming.engine.calls == [("start_replay",), ("stop_replay",)]


@pytest.mark.parametrize(
    ("which", "call"),
    [
        (Qt.Key.Key_Space, ("pause",)),
        (Qt.Key.Key_Comma, ("step", -1)),
        (Qt.Key.Key_Period, ("step", 1)),
        (Qt.Key.Key_Right, ("seek", 8.2)),
        (Qt.Key.Key_Left, ("seek", 0.0)),
        (Qt.Key.Key_Down, ("speed", 0.75)),
    ],
)
def test_a_replay_is_worked_as_a_file_is(filming, qtbot, which, call):
    key(filming, qtbot, Qt.Key.Key_I)
    filming.engine.calls.clear()
    key(filming, qtbot, which)
    assert filming.engine.calls == [call]


def test_the_time_axis_is_the_replays(filming, qtbot):
    bar = filming.window.transport.bar
    assert not bar.isVisible()
    key(filming, qtbot, Qt.Key.Key_I)
    assert bar.isVisible()
    assert bar.value() / bar.maximum() == pytest.approx(0.32)
    assert filming.window.transport.length.text() == "0:10.0"
    key(filming, qtbot, Qt.Key.Key_BracketLeft)
    assert filming.window.controller.loop == (pytest.approx(3.2), None)
    key(filming, qtbot, Qt.Key.Key_I)
    assert not bar.isVisible()
    assert filming.window.controller.loop == (None, None)


def test_the_words_follow_each_picture(filming, qtbot):
    key(filming, qtbot, Qt.Key.Key_I)
    filming.window.controller._timer.stop()  # they do not wait for the refresh
    filming.engine.showing = Showing(replay=(3.3, 10.0))
    filming.engine.on_result(scene((1, (50, 50, 150, 300))))
    qtbot.waitUntil(lambda: mark(filming) == "Replay · 3.3 / 10.0 s")


def test_without_anything_to_replay_it_says_so(filming, qtbot):
    def fail():
        raise PipelineError("there is nothing to replay", hint="wait")

    filming.engine.start_replay = fail
    key(filming, qtbot, Qt.Key.Key_I)
    assert "nothing to replay" in filming.window.banners["error"].text.text()
    assert not filming.window.actions_by_name["replay"].isChecked()


def test_recording_and_replaying_do_not_disturb_each_other(filming, qtbot):
    key(filming, qtbot, Qt.Key.Key_R)
    key(filming, qtbot, Qt.Key.Key_I)
    assert filming.engine.recording is not None
    key(filming, qtbot, Qt.Key.Key_R)
    assert [call[0] for call in filming.engine.calls] == ["record", "start_replay", "stop_recording"]
    assert filming.window.actions_by_name["replay"].isChecked()


def test_another_source_is_not_a_replay(filming, qtbot):
    key(filming, qtbot, Qt.Key.Key_I)
    filming.window.open_source("clip.mp4")
    filming.engine.showing = Showing()
    settled(filming.window)
    assert mark(filming) == ""
    assert not filming.window.actions_by_name["replay"].isChecked()
    filming.window.close_source()
    settled(filming.window)
    assert not filming.window.actions_by_name["replay"].isEnabled()


def test_the_words_do_not_take_clicks_from_the_picture(filming, qtbot):
    filming.engine.on_result(scene((4, (0, 0, 300, 300))))
    qtbot.waitUntil(lambda: filming.window.view.picture is not None)
    key(filming, qtbot, Qt.Key.Key_I)
    place = filming.window.replays.mark.geometry().center()
    assert filming.window.childAt(filming.window.view.mapTo(filming.window, place)) is filming.window.view


# --- instant replay of a file ---------------------------------------------------------------------------------------


def test_in_a_file_it_loops_the_last_seconds_and_goes_on_from_there(playing, qtbot):
    playing.engine.info = playing.engine.info.__class__("clip.mp4", 640, 360, 30.0, None, 60.0)
    playing.engine.position = 25.0
    key(playing, qtbot, Qt.Key.Key_I)
    assert playing.engine.calls == [("loop", 15.0, 25.0), ("seek", 15.0)]
    playing.engine.position = 18.2
    settled(playing.window)
    assert mark(playing) == "Replay · 3.2 / 10.0 s"
    assert playing.window.actions_by_name["replay"].isChecked()
    assert playing.window.transport.bar.marks == (15.0, 25.0)
    key(playing, qtbot, Qt.Key.Key_Escape)
    assert playing.engine.calls[2:] == [("loop", None, None), ("seek", 25.0)]
    assert mark(playing) == ""
    assert not playing.window.actions_by_name["replay"].isChecked()


def test_near_the_start_of_a_file_there_is_less_of_it(playing, qtbot):
    playing.engine.position = 0.2
    key(playing, qtbot, Qt.Key.Key_I)
    assert playing.engine.calls == [("loop", 0.0, 1.0), ("seek", 0.0)]


def test_a_paused_file_plays_its_replay(playing, qtbot):
    playing.engine.state = "paused"
    playing.engine.position = 5.0
    key(playing, qtbot, Qt.Key.Key_I)
    assert playing.engine.calls[-1] == ("resume",)


def test_another_loop_ends_the_replay_of_a_file(playing, qtbot):
    playing.engine.position = 5.0
    key(playing, qtbot, Qt.Key.Key_I)
    key(playing, qtbot, Qt.Key.Key_L)
    assert not playing.window.actions_by_name["replay"].isChecked()
    assert mark(playing) == ""
