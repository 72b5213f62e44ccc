"""The traces in the window, with the real charts."""

import sys
import threading

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from ui.scenes import scene
from ui.settling import settled

from vitpose_live.errors import VitposeLiveError
from vitpose_live.ui import trace_panel
from vitpose_live.ui.preferences import Preferences
from vitpose_live.ui.theme import DARK, LIGHT, ThemeName
from vitpose_live.ui.traces import DEFAULT, NAMES

TALL, OTHER = (100, 40, 220, 340), (400, 40, 470, 200)


@pytest.fixture
def tracing(playing, qtbot):
    """A window that plays a file and shows the traces."""
    window = playing.window
    qtbot.keyClick(window.view, Qt.Key.Key_J)
    settled(window)
    assert window.traces.isVisible()
    qtbot.waitUntil(lambda: window.traces.charts is not None, timeout=20_000)
    qtbot.waitUntil(lambda: len(window.traces.charts.plots) == 2)
    return playing


def feed(desk, qtbot, times, *people):
    for time in times:
        result = scene(*people, time=time)
        desk.engine.on_result(result)
        qtbot.waitUntil(lambda result=result: desk.window.view.picture.result is result)


def drawn(desk, name):
    """The line called `name` as it is drawn now: its times and degrees."""
    times, degrees = desk.window.traces.charts.lines[name].getData()
    return (np.zeros(0), np.zeros(0)) if times is None else (times, degrees)


def test_the_key_shows_and_hides_them_and_it_is_kept(tracing, qtbot, tmp_path):
    window = tracing.window
    assert window.actions_by_name["traces"].isChecked()
    window.preferences.save()
    assert Preferences(tmp_path / "window.ini").traces
    qtbot.keyClick(window.view, Qt.Key.Key_J)
    settled(window)
    assert not window.traces.isVisible()
    assert not window.actions_by_name["traces"].isChecked()
    assert not Preferences(tmp_path / "window.ini").traces


def test_without_a_source_there_is_nothing_to_trace(tracing):
    tracing.window.close_source()
    settled(tracing.window)
    assert not tracing.window.traces.isVisible()


def test_the_lines_follow_the_person(tracing, qtbot):
    feed(tracing, qtbot, np.arange(10) / 10, (1, TALL), (2, OTHER))
    assert tracing.window.traces.person == 1
    qtbot.waitUntil(lambda: len(drawn(tracing, "left_knee")[0]) == 10)
    times, degrees = drawn(tracing, "left_knee")
    assert times[-1] == 0
    assert (degrees > 170).all()
    tracing.window.view.lock_on(2)
    feed(tracing, qtbot, [1.0], (1, TALL), (2, OTHER))
    qtbot.waitUntil(lambda: len(drawn(tracing, "left_knee")[0]) == 1)
    tracing.window.open_source("other.mp4")
    assert len(drawn(tracing, "left_knee")[0]) == 0


def test_drawing_is_throttled(tracing, qtbot, monkeypatch):
    feed(tracing, qtbot, [0.0], (1, TALL))
    qtbot.waitUntil(lambda: len(drawn(tracing, "left_knee")[0]) == 1)
    draws = []
    monkeypatch.setattr(tracing.window.traces.charts, "draw", lambda times, degrees: draws.append(len(times)))
    for step in range(1, 8):  # all of them at once
        tracing.window.traces.follow(scene((1, TALL), time=step / 30), None, 0.3)
    qtbot.waitUntil(lambda: draws == [8])


def test_hidden_they_cost_nothing(playing, monkeypatch):
    panel = playing.window.traces
    monkeypatch.setattr(panel, "_traces", None)
    panel.follow(scene((1, TALL)), None, 0.3)


def test_each_angle_has_a_box_and_the_choice_is_kept(tracing, qtbot, tmp_path):
    panel = tracing.window.traces
    assert set(panel.chosen) == set(DEFAULT)
    panel.boxes["left_hip"].click()
    panel.boxes["left_elbow"].click()
    panel.boxes["right_elbow"].click()
    assert set(panel.charts.plots) == {"knee", "elbow", "hip"}
    shown = [joint for joint, plot in panel.charts.plots.items() if plot.scene() is not None]
    assert shown == ["knee", "hip"]
    assert not panel.charts.lines["right_hip"].isVisible()
    assert Preferences(tmp_path / "window.ini").traced == ("left_knee", "right_knee", "left_hip")
    for name, box in panel.boxes.items():
        side, _, joint = name.partition("_")
        assert joint in box.accessibleName().lower()
        assert side in box.accessibleName().lower()
        assert box.toolTip()


def test_a_chart_that_is_added_while_the_picture_stands_still_is_not_empty(tracing, qtbot):
    feed(tracing, qtbot, [0.0, 0.1], (1, TALL))
    qtbot.waitUntil(lambda: len(drawn(tracing, "left_knee")[0]) == 2)
    for joint in ("hip", "shoulder"):
        tracing.window.traces.boxes[f"left_{joint}"].click()
    tracing.window.traces.boxes["trunk_lean"].click()
    qtbot.waitUntil(lambda: "lean" in tracing.window.traces.charts.plots)
    assert [len(drawn(tracing, name)[0]) for name in ("left_hip", "left_shoulder", "trunk_lean")] == [2, 2, 2]


def test_what_the_skeleton_has_no_joints_for_cannot_be_chosen(tracing, qtbot):
    panel = tracing.window.traces
    panel.boxes["left_ankle"].click()
    feed(tracing, qtbot, [0.0], (1, TALL))  # its skeleton ends at the ankles
    qtbot.waitUntil(lambda: not panel.boxes["left_ankle"].isEnabled())
    assert panel.boxes["left_knee"].isEnabled()
    assert panel.charts.plots["ankle"].scene() is None


def test_the_charts_have_the_colours_of_the_theme(tracing):
    charts = tracing.window.traces.charts

    def pen(name):
        return charts.lines[name].opts["pen"].color().name()

    assert (pen("left_knee"), pen("right_knee")) == (DARK.left, DARK.right)
    tracing.window.set_theme(ThemeName.LIGHT)
    assert (pen("left_knee"), pen("right_knee")) == (LIGHT.left, LIGHT.right)
    assert charts.widget.backgroundBrush().color().name() == LIGHT.panel
    assert charts.lines["left_knee"].opts["pen"].widthF() <= 1  # wider ones take many times as long
    tracing.window.set_theme(ThemeName.DARK)


def test_the_library_leaves_the_hooks_as_they_are(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("pyqtgraph.exceptionHandling")]:
        monkeypatch.delitem(sys.modules, name)
    hooks = sys.excepthook, threading.excepthook

    def put(name):
        sys.excepthook = threading.excepthook = print

    monkeypatch.setattr(trace_panel, "import_module", put)
    trace_panel.load_charts()
    assert (sys.excepthook, threading.excepthook) == hooks


def test_without_the_library_it_says_what_to_install(monkeypatch):
    def refuse(name):
        raise ModuleNotFoundError("No module named 'pyqtgraph'")

    monkeypatch.setattr(trace_panel, "import_module", refuse)
    with pytest.raises(VitposeLiveError, match="pyqtgraph") as caught:
        trace_panel.load_charts()
    assert "pip install" in caught.value.hint


def test_nothing_of_it_is_imported_before_it_is_shown():
    import subprocess

    code = "import sys, vitpose_live.ui.main_window; print('pyqtgraph' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_choice_that_makes_no_sense_is_left_out(tmp_path):
    preferences = Preferences(tmp_path / "window.ini")
    preferences.traced = ("left_wing", "right_hip")
    assert preferences.traced == ("right_hip",)
    preferences.traced = ()
    assert preferences.traced == ()
    assert not preferences.traces
    assert set(preferences.traced) <= set(NAMES)
