"""Sees to the coach: what is coached, who is shown, guided sessions, and what is said aloud."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QFileDialog

from vitpose_live.app.exercises import exercise_book
from vitpose_live.app.settings import Settings
from vitpose_live.data import FrameResult
from vitpose_live.errors import VitposeLiveError
from vitpose_live.fitness.cues import read_targets
from vitpose_live.fitness.exercise_files import ExerciseBook, read_exercise
from vitpose_live.fitness.guided import GuidedSession
from vitpose_live.fitness.plan import Plan, load_plan, plan_names, read_plan
from vitpose_live.ui.coach_panel import AUTO, OFF, CoachPanel
from vitpose_live.ui.coaching import Coaching
from vitpose_live.ui.controller import Controller
from vitpose_live.ui.history_desk import HistoryDesk
from vitpose_live.ui.preferences import Preferences
from vitpose_live.ui.voice import Voice


class CoachDesk(QObject):
    """Keeps the panel, the settings and what comes out of the engine in step.

    Parameters
    ----------
    controller
        Is asked to coach.
    panel
        Shows it.
    action
        Shows and hides the panel.
    preferences
        Keep the choices.
    parent
        The window.
    book
        The exercises there are; None for the built-in ones and the person's own.
    voice
        Speaks; None takes the system's voice.
    """

    failed = pyqtSignal(object)
    """A `VitposeLiveError`: a plan that cannot be read, a voice that is not there."""
    person_chosen = pyqtSignal(int)

    def __init__(
        self,
        controller: Controller,
        panel: CoachPanel,
        action: QAction,
        preferences: Preferences,
        parent: QObject,
        book: ExerciseBook | None = None,
        voice: Voice | None = None,
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._panel = panel
        self._action = action
        self._preferences = preferences
        self._book = book or exercise_book()
        self._known_targets: dict[str, Mapping[str, float]] = {}
        self.voice = voice or Voice(self)
        self.coaching = Coaching(self._targets)
        self.session: GuidedSession | None = None
        """The guided session that is going on."""
        self._before = OFF  # what was coached when it began
        self._guided_to = OFF  # what it has asked for
        self.history = HistoryDesk(controller, panel, preferences, self)
        self.history.failed.connect(self.failed.emit)
        panel.exercise_chosen.connect(self.choose)
        panel.spoken_chosen.connect(lambda on: self.speak(on=on))
        panel.person_chosen.connect(self.person_chosen.emit)
        panel.plan_chosen.connect(lambda name: self.begin(load_plan(name)))
        panel.plan_wanted.connect(self.ask_for_plan)
        panel.skipped.connect(self.skip)
        panel.ended.connect(self.end)
        controller.refreshed.connect(self._show_settings)
        self.show_panel(shown=preferences.coach or controller.settings.exercise is not None)

    def show_panel(self, *, shown: bool) -> None:
        """Show or hide the panel."""
        self._preferences.coach = shown
        self._panel.setVisible(shown)
        self._action.setChecked(shown)

    def toggle(self) -> None:
        """Show the panel, or hide it."""
        self.show_panel(shown=not self._preferences.coach)

    def list_exercises(self) -> None:
        """Fill the picker and the menu of plans, and go on with what was coached the last time."""
        names = self._book.names()
        self._panel.offer(names)
        self._panel.offer_plans({name: load_plan(name).title for name in plan_names()})
        kept = self._preferences.exercise
        if self._controller.settings.exercise is None and (kept == AUTO or kept in names):
            self._coach(kept)
        self._show_settings()
        self.history.begin()
        if self._preferences.spoken:
            self.speak(on=True)

    def choose(self, exercise: str) -> None:
        """Coach `exercise`, a name, `AUTO` or `OFF`."""
        self._preferences.exercise = exercise
        self._coach(exercise)

    def speak(self, *, on: bool) -> None:
        """Say cues aloud, or be silent."""
        try:
            if on:
                self.voice.turn_on()
            else:
                self.voice.turn_off()
        except VitposeLiveError as error:
            self.failed.emit(error)
        self._preferences.spoken = self.voice.on
        self._panel.spoken.setChecked(self.voice.on)

    def follow(self, result: FrameResult, locked: int | None) -> None:
        """Take in the picture on show, in which the person is `locked` on to `locked`."""
        self.coaching.follow(result, locked)
        if self.session is not None:
            self._guide(self.session, result.frame.time)
        if spoken := self.coaching.take_spoken():
            self.voice.say(spoken)
        self._show()

    def clear(self) -> None:
        """Forget everybody, as when another source is opened."""
        self.coaching.clear()
        self._known_targets.clear()  # a file may have been changed
        if self.session is not None:
            self.session.interrupt()
        self._show()

    def ask_for_plan(self) -> None:
        """Let the person pick a plan's file, without stopping anything."""
        dialog = QFileDialog(self._panel, self.tr("Open a plan"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Plans (*.toml)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(self.open_plan)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def open_plan(self, path: str) -> None:
        """Begin with the plan in the file at `path`."""
        try:
            self.begin(read_plan(path, self._book.names()))
        except VitposeLiveError as error:
            self.failed.emit(error)

    def begin(self, plan: Plan) -> None:
        """Begin a guided session."""
        if self.session is None:
            self._before = self._controller.settings.exercise or OFF
        self.session = GuidedSession(plan)
        self._guided_to = self.session.exercise
        self._coach(self.session.exercise)
        self._show()

    def skip(self) -> None:
        """Go on to what comes next in the plan."""
        if self.session is not None:
            self.session.skip()
            self._guided_to = self.session.exercise
            self._coach(self.session.exercise)
            self._show()

    def end(self) -> None:
        """Leave the guided session, and coach what was coached before."""
        self.session = None
        self._coach(self._before)
        self._show()

    def _targets(self, exercise: str) -> Mapping[str, float]:
        """Return the targets of the measures of `exercise`; none of one that there is not, or that is broken."""
        if exercise not in self._known_targets:
            asked = Path(self._controller.settings.exercise or OFF)  # may be a file
            of_file = asked.suffix == ".toml" and asked.stem == exercise
            try:
                found = read_exercise(asked) if of_file else self._book.get(exercise)
                self._known_targets[exercise] = read_targets(found)
            except VitposeLiveError:  # whoever coaches it says so
                self._known_targets[exercise] = {}
        return self._known_targets[exercise]

    def _guide(self, session: GuidedSession, time: float) -> None:
        trainee = self.coaching.trainee
        if trainee is not None and trainee.present and trainee.exercise == session.exercise:
            session.observe(time, trainee.repetitions, holding=trainee.holding)
        else:
            session.observe(time)
        if session.exercise != self._guided_to:  # asked for once: a model may not be able to show it
            self._guided_to = session.exercise
            self._coach(session.exercise)

    def _coach(self, exercise: str) -> None:
        settings = self._controller.settings
        if (settings.exercise or OFF) != exercise:
            self._controller.change(Settings.of(**{**settings.model_dump(), "exercise": exercise or None}))
            self._show_settings()

    def _show_settings(self) -> None:
        """Show what is really coached, also once a change has failed."""
        self._panel.show_exercise(self._controller.settings.exercise or OFF)
        self._show()

    def _show(self) -> None:
        trainee = self.coaching.trainee
        title, moment = ("", None) if self.session is None else (self.session.plan.title, self.session.moment)
        self._panel.show_session(moment, title)
        self._panel.show_trainee(trainee)
        self._panel.show_people(self.coaching.trainees, None if trainee is None else trainee.track)
