"""The coach in the window: each control, offscreen."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QDesktopServices
from PyQt6.QtWidgets import QFileDialog
from ui.scenes import scene
from ui.settling import settled
from ui.test_controls import wheel
from ui.test_video_view import pixels

from vitpose_live.app import history_pages
from vitpose_live.app.settings import Settings
from vitpose_live.data import Feedback, RepetitionRecord
from vitpose_live.errors import SettingsFileError
from vitpose_live.fitness.exercise_files import ExerciseBook
from vitpose_live.fitness.guided import Stage
from vitpose_live.fitness.plan import load_plan, plan_names
from vitpose_live.sinks.history import History
from vitpose_live.ui.coach_desk import CoachDesk
from vitpose_live.ui.coach_gauges import AngleGauge, PhaseBar
from vitpose_live.ui.coach_panel import AUTO, OFF
from vitpose_live.ui.coaching import AngleNow
from vitpose_live.ui.preferences import Preferences
from vitpose_live.ui.readout import NOTHING
from vitpose_live.ui.theme import DARK, LIGHT, ThemeName
from vitpose_live.ui.voice import Voice

LARGE, SMALL = (200, 10, 320, 330), (10, 10, 60, 150)
PLAN = """
title = "Legs & more"
countdown_s = 2
[[exercises]]
name = "squat"
sets = 2
repetitions = 2
rest_s = 10
[[exercises]]
name = "lunge"
repetitions = 5
"""


def said(track=1, repetitions=0, phase="down", **options):
    return Feedback(track, **({"exercise": "squat", "phase": phase, "repetitions": repetitions} | options))


@pytest.fixture
def coached(playing, qtbot):
    """A window that plays a file and shows the coach."""
    qtbot.keyClick(playing.window.view, Qt.Key.Key_E)
    settled(playing.window)
    assert playing.window.coach.isVisible()
    return playing


def choose(window, name):
    """Choose an exercise as a person does."""
    picker = window.coach.picker
    index = window.coach._names.index(name)
    picker.setCurrentIndex(index)
    picker.activated.emit(index)
    settled(window)


def show(desk, qtbot, time, *feedback, people=((1, LARGE),)):
    result = replace(scene(*people, time=time), feedback=feedback)
    desk.engine.on_result(result)
    qtbot.waitUntil(lambda: desk.window.view.picture is not None and desk.window.view.picture.result is result)


def changes(desk):
    return [call[1].exercise for call in desk.engine.calls if call[0] == "change"]


# --- the panel -------------------------------------------------------------------------------------------------------


def test_the_key_shows_and_hides_it_and_it_is_kept(coached, qtbot, tmp_path):
    window = coached.window
    assert window.actions_by_name["coach"].isChecked()
    assert Preferences(tmp_path / "window.ini").coach
    qtbot.keyClick(window.view, Qt.Key.Key_E)
    settled(window)
    assert not window.coach.isVisible()
    assert not window.actions_by_name["coach"].isChecked()
    assert not Preferences(tmp_path / "window.ini").coach


def test_who_names_an_exercise_sees_the_coach(make_window):
    window = make_window(settings=Settings(exercise="squat")).window
    assert window.coach.isVisible()
    assert window.coach.exercise == "squat"


def test_it_says_what_to_do(coached, qtbot):
    panel = coached.window.coach
    assert "Choose" in panel.hint.text()
    choose(coached.window, "squat")
    assert "Step" in panel.hint.text()
    show(coached, qtbot, 0.0, said())
    assert not panel.hint.isVisible()
    show(coached, qtbot, 1.0)
    assert "out of" in panel.hint.text()


def test_it_shows_what_the_coach_says(coached, qtbot):
    panel = coached.window.coach
    angles = {"left_knee": 171.0, "right_knee": float("nan"), "trunk_lean": 3.0}
    show(coached, qtbot, 0.0, said(phase="rest", angles=angles))
    show(coached, qtbot, 1.0, said(1, 4, "down", angles=angles | {"left_knee": 90.0}, partial_repetitions=1))
    show(
        coached,
        qtbot,
        6.0,
        said(1, 4, "up", angles=angles | {"left_knee": 130.0}, cues=("Go deeper",), partial_repetitions=1),
    )
    assert (panel.count.text(), panel.goal.text()) == ("4", "+ 1 partial")
    assert (panel.phases.phase, panel.phases.word) == ("up", "up")
    assert panel.cue.text() == "Go deeper"
    assert panel.timer.text() == "Set 1 · 0:05"
    assert [gauge.isVisible() for gauge in panel.gauges] == [True, True]
    assert panel.gauges[0].texts == ("Left knee", "130°", "best 90°", "")
    assert panel.gauges[1].texts == ("Right knee", NOTHING, "", "")
    show(coached, qtbot, 7.0, said(1, 4, "up", partial_repetitions=1))
    assert not any(gauge.isVisible() for gauge in panel.gauges)
    assert panel.cue.text() == "Go deeper"


def test_another_source_begins_with_nothing(coached, qtbot):
    window = coached.window
    show(coached, qtbot, 0.0, said(1, 4))
    window.open_source("other.mp4")
    assert window.coach.count.text() == "0"
    show(coached, qtbot, 0.0, said(1, 3))
    assert window.coach.count.text() == "3"
    window.close_source()
    assert window.coach.count.text() == "0"


def test_what_is_replayed_is_not_done_again(desk, qtbot):
    window = desk.window
    window.open_source("0")
    settled(window)
    desk.engine = desk.engines[0]
    show(desk, qtbot, 20.0, said(1, 4))
    desk.engine.start_replay()
    show(desk, qtbot, 12.0, said(1, 2))
    assert window.coach_desk.coaching.trainee.repetitions == 4
    desk.engine.stop_replay()
    show(desk, qtbot, 21.0, said(1, 5))
    assert window.coach_desk.coaching.trainee.repetitions == 5


def test_the_wheel_and_letters_do_nothing_to_it(coached):
    panel = coached.window.coach
    assert not wheel(panel.picker).isAccepted()
    assert panel.exercise == OFF
    for control in (panel.picker, panel.plan, panel.skip, panel.end, panel.spoken):
        assert control.focusPolicy() is Qt.FocusPolicy.TabFocus
        assert control.toolTip()


def test_everything_has_a_name_for_those_who_cannot_see_it(coached, qtbot):
    panel = coached.window.coach
    show(coached, qtbot, 0.0, said(angles={"left_knee": 90.0}))
    parts = (panel, panel.picker, panel.count, panel.goal, panel.cue, panel.timer, panel.phases, panel.gauges[0])
    names = [part.accessibleName() for part in parts]
    assert all(names)
    assert len(set(names)) == len(names)
    assert panel.gauges[0].accessibleDescription() == "90°"
    assert panel.phases.accessibleDescription() == "down"


@pytest.mark.parametrize("name", list(ThemeName))
def test_it_has_the_colours_of_the_theme(coached, qtbot, name):
    window = coached.window
    window.set_theme(name)
    show(coached, qtbot, 0.0, said(level=1.0))
    theme = {ThemeName.DARK: DARK, ThemeName.LIGHT: LIGHT}[name]
    image = window.coach.grab().toImage()
    assert image.pixelColor(8, 300) == QColor(theme.panel)
    accent = QColor(theme.accent)
    lit = (pixels(image) == (accent.red(), accent.green(), accent.blue())).all(axis=2)
    assert lit.sum() > 100


# --- the exercise ----------------------------------------------------------------------------------------------------


def test_the_picker_offers_every_exercise_and_the_choice_is_analysed_with_and_kept(coached, tmp_path):
    window = coached.window
    assert window.coach._names[:2] == [OFF, AUTO]
    assert {"squat", "push_up", "plank"} <= set(window.coach._names)
    texts = [window.coach.picker.itemText(index) for index in range(window.coach.picker.count())]
    assert {"Off", "Push up"} <= set(texts)
    for name, expected in (("squat", "squat"), (AUTO, AUTO), (OFF, None)):
        choose(window, name)
        assert changes(coached)[-1] == expected
        assert window.coach.exercise == name
        assert Preferences(tmp_path / "window.ini").exercise == name


def test_what_was_coached_the_last_time_is_coached_again(make_window, tmp_path):
    before = Preferences(tmp_path / "window.ini")
    before.exercise = "lunge"
    before.save()
    window = make_window().window
    assert window.controller.settings.exercise == "lunge"
    assert window.coach.exercise == "lunge"


def test_what_is_asked_for_on_the_command_line_wins(make_window, tmp_path):
    before = Preferences(tmp_path / "window.ini")
    before.exercise = "lunge"
    before.save()
    assert make_window(settings=Settings(exercise="squat")).window.controller.settings.exercise == "squat"


def test_an_exercise_that_is_gone_is_not_asked_for(make_window, tmp_path):
    before = Preferences(tmp_path / "window.ini")
    before.exercise = "my_own"
    before.save()
    window = make_window().window
    assert window.controller.settings.exercise is None
    assert window.coach.exercise == OFF


def test_an_exercise_that_cannot_be_loaded_is_shown_as_not_chosen(coached, monkeypatch):
    window, engine = coached.window, coached.engine

    def refuse(settings):
        engine.error = SettingsFileError("lunge.toml is broken")

    monkeypatch.setattr(engine, "change", refuse)
    choose(window, "lunge")
    settled(window)
    assert window.coach.exercise == OFF


def test_exercises_of_the_person_s_own_are_offered_too_and_a_broken_one_is_no_error(qtbot, coached, tmp_path):
    folder = tmp_path / "exercises"
    folder.mkdir()
    (folder / "my_squat.toml").write_text(
        'title = "Mine"\nlike = "squat"\n[measures]\nknee_flexion = { target = 77.0 }\n'
    )
    (folder / "my_lunge.toml").write_text("this is not TOML")
    window = coached.window
    desk = CoachDesk(
        window.controller, window.coach, window.actions_by_name["coach"], window.preferences, window,
        book=ExerciseBook(folder),
    )  # fmt: skip
    desk.list_exercises()
    assert {"my_squat", "my_lunge", "squat"} <= set(window.coach._names)
    angles, measures = {"knee_flexion": 40.0}, {"knee_flexion": 40.0}
    for exercise, goal in (("my_squat", 77.0), ("my_lunge", None), ("nonsense", None)):
        result = replace(scene((1, LARGE)), feedback=(said(exercise=exercise, angles=angles, measures=measures),))
        desk.follow(result, None)
        target = desk.coaching.trainee.angles[0].target
        assert target == goal or (goal is None and target != target)


def test_an_exercise_may_be_a_file(make_window, tmp_path):
    path = tmp_path / "my_squat.toml"
    path.write_text('title = "Mine"\nlike = "squat"\n[measures]\nknee_flexion = { target = 66.0 }\n')
    window = make_window(settings=Settings(exercise=str(path))).window
    assert window.coach.exercise == str(path)
    assert window.coach.picker.currentText() == "My squat"
    feedback = said(exercise="my_squat", angles={"knee_flexion": 40.0}, measures={"knee_flexion": 40.0})
    window.coach_desk.follow(replace(scene((1, LARGE)), feedback=(feedback,)), None)
    assert window.coach_desk.coaching.trainee.angles[0].target == 66


def told(window):
    from vitpose_live.ui.banner import Banner

    return [banner.text.text() for banner in window.banners.findChildren(Banner)]


# --- what is kept ----------------------------------------------------------------------------------------------------


def kept(monkeypatch, tmp_path, count):
    """A history of `count` sessions; returns what was opened."""
    history = History(tmp_path / "history.sqlite3")
    for number in range(count):
        session = history.begin("camera", datetime(2026, 1, 1 + number, 12, tzinfo=UTC))
        history.add(session, 0, 1, RepetitionRecord("front_squat", 1.0, 2.0, 0.4, 0.1, 0.4, 0.9))
    monkeypatch.setattr(history_pages, "own_history", lambda: history)
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(Path(url.toLocalFile())) or True)
    return opened


def test_what_is_trained_is_kept_unless_it_is_switched_off_and_that_is_remembered(coached, qtbot):
    window = coached.window
    assert window.coach.keeping.isChecked()
    for on in (False, True):
        qtbot.mouseClick(window.coach.keeping, Qt.MouseButton.LeftButton)
        settled(window)
        assert [call[1].history for call in coached.engine.calls if call[0] == "change"][-1] is on
        assert window.coach.keeping.isChecked() is on
        assert window.preferences.keep_training is on


def test_who_kept_nothing_the_last_time_keeps_nothing_now(make_window, tmp_path):
    preferences = Preferences(tmp_path / "window.ini")
    preferences.keep_training = False
    window = make_window().window
    settled(window)
    assert not window.controller.settings.history
    assert not window.coach.keeping.isChecked()


def test_a_session_of_the_history_is_opened_as_a_page(coached, monkeypatch, tmp_path):
    opened = kept(monkeypatch, tmp_path, 15)
    menu = coached.window.coach._sessions
    menu.aboutToShow.emit()
    titles = [action.text() for action in menu.actions()]
    assert len(titles) == 12
    assert all("Front squat 1" in title for title in titles)
    menu.actions()[1].trigger()
    assert [path.name for path in opened] == ["session-14.html"]
    assert "Front squat" in opened[0].read_text("utf-8")


def test_a_history_of_nothing_says_so_and_a_broken_one_is_told(coached, monkeypatch, tmp_path):
    kept(monkeypatch, tmp_path, 0)
    menu = coached.window.coach._sessions
    menu.aboutToShow.emit()
    assert [(action.text(), action.isEnabled()) for action in menu.actions()] == [("Nothing was trained yet", False)]
    (tmp_path / "history.sqlite3").write_bytes(b"no history" * 100)
    menu.aboutToShow.emit()
    assert any("history" in line for line in told(coached.window))


def test_a_page_that_nothing_can_show_is_told(coached, monkeypatch, tmp_path):
    kept(monkeypatch, tmp_path, 1)
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: False)
    coached.window.coach.session_chosen.emit(1)
    assert any("cannot open" in line for line in told(coached.window)), told(coached.window)


# --- people ----------------------------------------------------------------------------------------------------------


def test_several_people_have_a_line_each_that_locks_on_to_them(coached, qtbot):
    window = coached.window
    people = (1, LARGE), (2, SMALL)
    show(coached, qtbot, 0.0, said(1, 3), people=people)
    assert window.coach._people == {}
    show(coached, qtbot, 0.1, said(1, 3), said(2, 8, "up"), people=people)
    lines = window.coach._people
    assert [line.text() for line in lines.values()] == ["Person 1 · Squat · 3", "Person 2 · Squat · 8"]
    assert [line.isChecked() for line in lines.values()] == [True, False]
    lines[2].click()
    assert window.view.person == 2
    show(coached, qtbot, 0.2, said(1, 3), said(2, 8, "up"), people=people)
    assert [line.isChecked() for line in lines.values()] == [False, True]
    assert window.coach.count.text() == "8"
    window.view.lock_on(None)
    show(coached, qtbot, 8.0, said(1, 4), people=people)
    assert window.coach._people == {}
    assert window.coach.count.text() == "4"


# --- guided sessions -------------------------------------------------------------------------------------------------


def test_every_built_in_plan_is_in_the_menu_and_begins(coached):
    panel, desk = coached.window.coach, coached.window.coach_desk
    entries = [action for action in panel._plans.actions() if not action.isSeparator()]
    assert [entry.text() for entry in entries[:-1]] == [load_plan(name).title for name in plan_names()]
    for name, entry in zip(plan_names(), entries, strict=False):
        entry.trigger()
        assert desk.session.plan == load_plan(name)
        assert coached.window.controller.settings.exercise == desk.session.exercise


def test_a_plan_from_a_file_leads_through_its_sets(coached, qtbot, tmp_path):
    window = coached.window
    panel, desk = window.coach, window.coach_desk
    choose(window, "push_up")
    path = tmp_path / "legs.toml"
    path.write_text(PLAN)
    panel._plans.actions()[-1].trigger()
    dialog = window.findChild(QFileDialog)
    dialog.fileSelected.emit(str(path))
    dialog.reject()
    settled(window)
    assert not panel.plan.isVisible()
    assert not panel.picker.isEnabled()
    assert panel.plan_title.text() == "Legs & more"
    assert changes(coached) == ["push_up", "squat"]
    assert panel.exercise == "squat"
    show(coached, qtbot, 0.0, said(1, 7))
    assert (panel.count.text(), panel.goal.text()) == ("2", "seconds")
    show(coached, qtbot, 2.5, said(1, 8))
    assert (panel.count.text(), panel.goal.text()) == ("1", "of 2")
    assert panel.plan_step.text() == "Squat, set 1 of 2"
    show(coached, qtbot, 4.0, said(1, 9))
    assert panel.plan_step.text() == "Rest. Next: Squat, set 2 of 2"
    assert panel.count.text() == "10"
    for _ in range(3):
        panel.skip.click()
    assert panel.plan_step.text() == "Rest. Next: Lunge, set 1 of 1"
    settled(window)
    assert changes(coached)[-1] == "lunge"
    for _ in range(3):
        panel.skip.click()
    assert desk.session.moment.stage is Stage.DONE
    assert not panel.skip.isEnabled()
    panel.end.click()
    settled(window)
    assert changes(coached)[-1] == "push_up"  # as before
    assert panel.picker.isEnabled()
    assert panel.plan.isVisible()
    assert panel.count.text() == "9"


def test_repetitions_of_another_exercise_do_not_count(coached, qtbot):
    window = coached.window
    window.coach_desk.begin(load_plan("squats_3x10"))
    show(coached, qtbot, 0.0, said(1, 0))
    show(coached, qtbot, 6.0, said(1, 0))
    show(coached, qtbot, 7.0, said(1, 3, exercise="lunge"))
    assert window.coach_desk.session.moment.repetitions == 0
    show(coached, qtbot, 8.0, said(1, 1))
    assert window.coach_desk.session.moment.repetitions == 1


def test_another_source_does_not_end_a_session(coached, qtbot):
    window = coached.window
    window.coach_desk.begin(load_plan("squats_3x10"))
    show(coached, qtbot, 0.0, said())
    show(coached, qtbot, 2.0, said())
    window.open_source("other.mp4")
    settled(window)
    show(coached, qtbot, 700.0, said(1, 5))
    assert window.coach.count.text() == "3"


def test_a_plan_that_cannot_be_read_is_told(coached, tmp_path):
    window = coached.window
    (tmp_path / "bad.toml").write_text(PLAN.replace('"lunge"', '"lung"'))
    for path, words in ((tmp_path / "bad.toml", "lung"), (tmp_path / "none.toml", "no plan")):
        window.coach_desk.open_plan(str(path))
        assert window.coach_desk.session is None
        assert any(words in text for text in told(window))


# --- what is said aloud ----------------------------------------------------------------------------------------------


class Mute(Voice):
    """Says nothing, and remembers it."""

    def __init__(self, parent=None):
        super().__init__(parent)
        self.said = []
        self.able = True
        self._on = False

    @property
    def on(self):
        return self._on

    def turn_on(self):
        if not self.able:
            raise SettingsFileError("no voice was found")
        self._on = True

    def turn_off(self):
        self._on = False

    def say(self, text):
        if self._on:
            self.said.append(text)
        return self._on


@pytest.fixture
def voice(coached):
    coached.window.coach_desk.voice = Mute(coached.window)
    return coached.window.coach_desk.voice


def test_cues_are_said_aloud_when_asked_for_once_per_repetition(coached, qtbot, voice, tmp_path):
    box = coached.window.coach.spoken
    assert not box.isChecked()
    show(coached, qtbot, 0.0, said(1, 0, cues=("Go deeper",)))
    assert voice.said == []
    box.click()
    assert Preferences(tmp_path / "window.ini").spoken
    for step in range(1, 7):
        show(coached, qtbot, step / 10, said(1, step // 3, cues=("Slower", "Go deeper")))
    assert voice.said == ["Slower", "Slower"]
    box.click()
    show(coached, qtbot, 1.0, said(1, 5, cues=("Slower",)))
    assert len(voice.said) == 2
    assert not Preferences(tmp_path / "window.ini").spoken


def test_a_machine_without_a_voice_is_told_and_the_box_stays_empty(coached, voice):
    voice.able = False
    box = coached.window.coach.spoken
    box.click()
    assert not box.isChecked()
    assert any("no voice" in text for text in told(coached.window))


def test_it_speaks_with_the_engine_of_qt_and_does_not_interrupt_itself(qtbot, capfd):
    speech = pytest.importorskip("PyQt6.QtTextToSpeech")
    voice = Voice(engine="mock")
    assert not voice.on
    assert not voice.say("nothing yet")
    voice.turn_on()
    voice.turn_on()
    assert voice.on
    assert not voice.say("")
    assert voice.say("go deeper than that")
    assert not voice.say("slower")
    assert voice._speech.state() is speech.QTextToSpeech.State.Speaking
    voice.turn_off()
    assert not voice.on
    assert not voice.say("slower")


def test_an_engine_that_is_not_there_is_told(qtbot, capfd):
    pytest.importorskip("PyQt6.QtTextToSpeech")
    voice = Voice(engine="nobody")
    with pytest.raises(Exception, match="no voice") as caught:
        voice.turn_on()
    assert "speech-dispatcher" in caught.value.hint
    assert not voice.on


def test_speech_is_not_imported_until_it_is_asked_for():
    import subprocess
    import sys

    code = "import sys, vitpose_live.ui.main_window; print('PyQt6.QtTextToSpeech' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# --- what is painted -------------------------------------------------------------------------------------------------


def painted(widget, qtbot):
    qtbot.addWidget(widget)
    widget.resize(220, widget.sizeHint().height())
    return pixels(widget.grab().toImage())


def filled(widget, qtbot):
    """How many pixels wide the bar is filled."""
    accent = QColor(DARK.accent)
    colour = (accent.red(), accent.green(), accent.blue())
    return int((painted(widget, qtbot) == colour).all(axis=2).any(axis=0).sum())


def test_the_bar_is_as_full_as_the_repetition_is_far(qtbot):
    widths = []
    for level in (float("nan"), -1.0, 0.0, 0.5, 1.0, 3.0):
        bar = PhaseBar()
        bar.show_phase("down", level)
        widths.append(filled(bar, qtbot))
    assert widths == pytest.approx([0, 0, 0, 110, 220, 220], abs=4)


def test_each_phase_has_a_word_below_the_bar(qtbot):
    pictures = []
    for phase in ("down", "bottom", "up", "top", "rest", "hold", "", "something else"):
        bar = PhaseBar()
        bar.show_phase(phase, 0.3)
        assert bar.word == phase
        pictures.append(painted(bar, qtbot).tobytes())
    assert len(set(pictures)) == len(pictures)


def test_the_bar_of_an_angle_is_as_full_as_it_is_near_its_target(qtbot):
    widths = []
    for share in (float("nan"), 0.0, 0.5, 1.0):
        gauge = AngleGauge()
        gauge.show_angle("Left knee", AngleNow("left_knee", 90.0, 80.0, 70.0, share))
        widths.append(filled(gauge, qtbot))
    assert widths == pytest.approx([0, 0, 110, 220], abs=4)
    assert gauge.texts == ("Left knee", "90°", "best 80°", "goal 70°")
    assert gauge.accessibleDescription() == "90°, best 80°, goal 70°"


def test_the_panel_scrolls_where_the_window_is_low(coached):
    panel = coached.window.coach
    assert panel.minimumSizeHint().height() < 200
    panel.resize(panel.width(), 240)
    assert panel.verticalScrollBar().maximum() > 100
