"""The microphone in the window: chosen by name, remembered, heard while a camera is open, told of when it is lost."""

import threading
from types import SimpleNamespace

import pytest
from ui.settling import settled

from vitpose_live.errors import SourceError
from vitpose_live.ui.microphone import DEFAULT, NONE, LevelMeter
from vitpose_live.ui.preferences import Preferences
from vitpose_live.ui.readout import Hearing


@pytest.fixture
def filming(desk):
    """A window with a camera open, in a room with two microphones."""
    desk.window.microphone_desk.look = lambda: ("Lesson", "Hall")
    desk.window.open_source("0")
    settled(desk.window)
    desk.engine = desk.engines[0]
    desk.engine.calls.clear()
    desk.menu = desk.window.transport.recording.microphones
    return desk


def listed(desk):
    desk.menu.aboutToShow.emit()
    assert desk.window.microphone_desk.wait(20)


def test_none_is_listened_to_until_one_is_chosen(filming, qtbot):
    assert filming.engine.calls == []
    assert filming.menu.choices[NONE].isChecked()
    assert not filming.window.transport.meter.isVisible()
    listed(filming)
    qtbot.waitUntil(lambda: list(filming.menu.choices) == [NONE, DEFAULT, "Lesson", "Hall"])
    assert [action.text() for action in filming.menu.choices.values()] == ["None", "The system's own", "Lesson", "Hall"]


def test_the_one_that_is_chosen_is_heard_and_remembered(filming, qtbot, tmp_path):
    window = filming.window
    listed(filming)
    qtbot.waitUntil(lambda: "Hall" in filming.menu.choices)
    filming.menu.choices["Hall"].trigger()
    settled(window)
    assert filming.engine.calls == [("listen", "Hall")]
    assert window.transport.meter.isVisible()
    filming.engine.microphone.level = 0.1
    settled(window)
    assert window.transport.meter.share == pytest.approx(2 / 3)
    assert Preferences(tmp_path / "window.ini").microphone == "Hall"
    filming.menu.choices[NONE].trigger()
    settled(window)
    assert filming.engine.microphone is None
    assert not window.transport.meter.isVisible()


def test_it_is_heard_of_cameras_only(filming, make_window):
    filming.window.preferences.microphone = "Lesson"
    filming.window.open_source("clip.mp4")
    settled(filming.window)
    assert filming.engine.microphone is None
    filming.window.open_source("0")
    settled(filming.window)
    assert filming.engine.microphone.name == "Lesson"
    filming.window.open_source("clip.mp4")
    settled(filming.window)
    assert filming.engine.microphone is None


def test_what_is_wrong_with_it_is_told_once_and_taken_back(filming, qtbot):
    window = filming.window
    filming.menu.show_names(["Lesson"], NONE)
    filming.menu.choices["Lesson"].trigger()
    settled(window)
    filming.engine.microphone.trouble = SourceError("the microphone Lesson was lost", hint="is it plugged in?")
    settled(window)
    banner = window.banners["microphone"]
    assert (banner.text.text(), banner.hint.text()) == ("the microphone Lesson was lost", "is it plugged in?")
    assert window.transport.meter.accessibleDescription() == "the microphone Lesson was lost"
    filming.engine.microphone.trouble = SourceError("the microphone Lesson was lost")  # again, and not news
    settled(window)
    assert window.banners["microphone"] is banner
    filming.engine.microphone.trouble = None
    settled(window)
    assert "microphone" not in window.banners


def test_a_recording_keeps_the_microphone_it_began_with(filming):
    filming.window.commands.record()
    settled(filming.window)
    assert not filming.menu.isEnabled()
    filming.window.commands.record()
    settled(filming.window)
    assert filming.menu.isEnabled()


def test_one_that_is_not_there_today_is_still_chosen(make_window, qtbot):
    desk = make_window()
    desk.window.preferences.microphone = "Studio"
    desk.menu = desk.window.transport.recording.microphones
    desk.window.microphone_desk.look = lambda: ("Lesson",)
    listed(desk)
    qtbot.waitUntil(lambda: list(desk.menu.choices) == [NONE, DEFAULT, "Lesson", "Studio"])
    assert desk.menu.choices["Studio"].isChecked()


def test_a_system_without_sound_is_one_line(filming, qtbot):
    def look():
        raise SourceError("the system does not tell of any microphone", hint="is PipeWire running?")

    filming.window.microphone_desk.look = look
    listed(filming)
    qtbot.waitUntil(lambda: "microphone" in filming.window.banners)
    assert filming.window.banners["microphone"].hint.text() == "is PipeWire running?"
    assert list(filming.menu.choices) == [NONE, DEFAULT]


def test_sound_that_hangs_holds_up_nothing(filming, qtbot):
    gate = threading.Event()
    filming.window.microphone_desk.look = lambda: gate.wait(60) and ()
    filming.menu.aboutToShow.emit()
    filming.window.commands.record()
    settled(filming.window)
    assert filming.engine.recording is not None
    filming.window.close()
    assert not filming.window.isVisible()
    gate.set()


@pytest.mark.parametrize(
    ("level", "share"), [(0.0, 0.0), (1e-9, 0.0), (0.001, 0.0), (0.1, 2 / 3), (1.0, 1.0), (2.0, 1.0)]
)
def test_the_bar_is_as_long_as_it_is_loud(qtbot, level, share):
    meter = LevelMeter()
    qtbot.addWidget(meter)
    meter.show_hearing(Hearing("Lesson", level))
    assert meter.share == pytest.approx(share)
    bright = [meter.grab().toImage().pixelColor(x, meter.height() // 2).name() for x in range(22, meter.width())]
    accent = meter._theme.error if share == 1 else meter._theme.accent
    assert bright.count(accent) / len(bright) == pytest.approx(share, abs=0.06)


def test_what_is_wrong_is_seen_on_the_meter(qtbot):
    meter = LevelMeter()
    qtbot.addWidget(meter)
    pictures = []
    for trouble in (None, SourceError("lost")):
        meter.show_hearing(SimpleNamespace(name="Lesson", level=0.5, trouble=trouble))
        pictures.append(meter.grab().toImage())
    assert pictures[0] != pictures[1]
