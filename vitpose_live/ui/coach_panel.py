"""Beside the picture, if wanted: the coach. The count, phase, angles, the last cue, set and rest, everybody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from vitpose_live.fitness.guided import Moment
from vitpose_live.rendering.coach_card import exercise_title
from vitpose_live.ui.coach_gauges import AngleGauge, PhaseBar
from vitpose_live.ui.coach_words import CoachWords
from vitpose_live.ui.coaching import Trainee
from vitpose_live.ui.keys import KeepsKeys
from vitpose_live.ui.theme import Theme

WIDTH = 264
OFF, AUTO = "", "auto"
"""What the picker calls no exercise, and one that is to be recognised."""
_GAUGES = 2


class CoachPanel(QScrollArea):
    """Asks by signals; shows what it is told."""

    exercise_chosen = pyqtSignal(str)
    """Its name, `AUTO` or `OFF`."""
    spoken_chosen = pyqtSignal(bool)
    keeping_chosen = pyqtSignal(bool)
    """Whether what is trained is to be kept."""
    sessions_wanted = pyqtSignal()
    """The menu of what was trained opens."""
    session_chosen = pyqtSignal(int)
    """Its number in the history."""
    person_chosen = pyqtSignal(int)
    plan_chosen = pyqtSignal(str)
    """The name of a built-in plan."""
    plan_wanted = pyqtSignal()
    """A plan is to be opened from a file."""
    skipped = pyqtSignal()
    ended = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("coach")
        self.setFixedWidth(WIDTH)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Coach"))
        self._keys = KeepsKeys(self)
        self._words = CoachWords()
        self._names: list[str] = []
        self._guided = False
        content = QWidget(self)
        content.setObjectName("content")
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(18, 16, 18, 16)
        self._column.setSpacing(6)
        self._build_exercise()
        self._build_count()
        self._build_plan()
        self._build_kept()
        self._others = QVBoxLayout()
        self._people: dict[int, QPushButton] = {}
        self._column.addSpacing(10)
        self._people_section = self._section(self.tr("EVERYBODY"))
        self._column.addLayout(self._others)
        self._column.addStretch(1)
        self.setWidget(content)
        self.offer(())
        self.show_people((), None)
        self.show_trainee(None)
        self.show_session(None, "")

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of `theme`."""
        self.phases.set_theme(theme)
        for gauge in self.gauges:
            gauge.set_theme(theme)

    # --- what may be chosen -----------------------------------------------------------------------------------------

    def offer(self, names: Sequence[str]) -> None:
        """Fill the picker with the exercises there are."""
        chosen = self.exercise
        self._names = [OFF, *([AUTO] if names else []), *names]
        self.picker.clear()
        self.picker.addItems([self._title(name) for name in self._names])
        self.show_exercise(chosen)

    @property
    def exercise(self) -> str:
        """The exercise that the picker shows."""
        index = self.picker.currentIndex()
        return self._names[index] if 0 <= index < len(self._names) else OFF

    def show_exercise(self, name: str) -> None:
        """Show what is coached, without asking for it; a name that is not offered yet is added."""
        if name not in self._names:
            self._names.append(name)
            self.picker.addItem(self._title(name))
        self.picker.setCurrentIndex(self._names.index(name))

    def offer_plans(self, titles: Mapping[str, str]) -> None:
        """Fill the menu with plans, their titles by name."""
        self._plans.clear()
        for name, title in titles.items():
            action = QAction(title.replace("&", "&&"), self._plans)
            action.triggered.connect(lambda _checked, name=name: self.plan_chosen.emit(name))
            self._plans.addAction(action)
        self._plans.addSeparator()
        action = QAction(self.tr("Open a plan…"), self._plans)
        action.setToolTip(self.tr("A TOML file with exercises, sets, repetitions and rests"))
        action.triggered.connect(lambda _checked: self.plan_wanted.emit())
        self._plans.addAction(action)

    def offer_sessions(self, titles: Mapping[int, str]) -> None:
        """Fill the menu with sessions, their titles by number."""
        self._sessions.clear()
        for number, title in titles.items():
            action = QAction(title.replace("&", "&&"), self._sessions)
            action.triggered.connect(lambda _checked, number=number: self.session_chosen.emit(number))
            self._sessions.addAction(action)
        if not titles:
            nothing = QAction(self.tr("Nothing was trained yet"), self._sessions)
            nothing.setEnabled(False)
            self._sessions.addAction(nothing)

    # --- what is shown ----------------------------------------------------------------------------------------------

    def show_trainee(self, trainee: Trainee | None) -> None:
        """Show the person in the foreground; None for nobody."""
        if not self._guided:
            self.count.setText(self._words.count(trainee))
            self.goal.setText(self._words.under_count(trainee))
            self.timer.setText(self._words.timer(trainee))
        angles = trainee.angles if trainee is not None else ()
        self.phases.show_phase(*self._words.phase(trainee))
        for position, gauge in enumerate(self.gauges):
            gauge.setVisible(position < len(angles))
            if position < len(angles):
                gauge.show_angle(exercise_title(angles[position].name), angles[position])
        self.cue.setText(trainee.cue if trainee is not None else "")
        self.hint.setText(self._words.hint(trainee, coached=self.exercise != OFF))
        self.hint.setVisible(bool(self.hint.text()))

    def show_people(self, trainees: Sequence[Trainee], foremost: int | None) -> None:
        """Show everybody, when several train."""
        listed = trainees if len(trainees) > 1 else ()
        tracks = [trainee.track for trainee in listed]
        if tracks != list(self._people):
            for button in self._people.values():
                self._others.removeWidget(button)
                button.deleteLater()
            self._people = {track: self._person(track) for track in tracks}
        self._people_section.setVisible(bool(tracks))
        for trainee in listed:
            button = self._people[trainee.track]
            button.setText(self._words.person(trainee))
            button.setAccessibleName(button.text())
            button.setChecked(trainee.track == foremost)

    def show_session(self, moment: Moment | None, title: str) -> None:
        """Show how far the guided session called `title` is; None for none."""
        self._guided = moment is not None
        for part in (self.plan_title, self.plan_step, self.skip, self.end):
            part.setVisible(self._guided)
        self.plan.setVisible(not self._guided)
        self.picker.setEnabled(not self._guided)
        if moment is None:
            return
        self.plan_title.setText(title)
        self.plan_step.setText(self._words.step(moment))
        self.count.setText(self._words.session_count(moment))
        self.goal.setText(self._words.session_goal(moment))
        self.timer.setText(self._words.session_timer(moment))
        self.skip.setEnabled(moment.stage != "done")

    # --- how it is built --------------------------------------------------------------------------------------------

    def _build_exercise(self) -> None:
        self._section(self.tr("COACH"))
        self.picker = QComboBox(self)
        self.picker.setAccessibleName(self.tr("Exercise"))
        self.picker.setToolTip(self.tr("Which exercise to count and to coach"))
        self.picker.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.picker.setMinimumContentsLength(12)
        self._keys.guard(self.picker)
        self.picker.activated.connect(lambda index: self.exercise_chosen.emit(self._names[index]))
        self._column.addWidget(self.picker)

    def _build_count(self) -> None:
        self.count = self._label("count", self.tr("Repetitions"))
        self.count.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.goal = self._label("muted", self.tr("Goal and partial repetitions"))
        self.goal.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._column.addSpacing(6)
        self.phases = PhaseBar(self)
        self._column.addWidget(self.phases)
        self.gauges = [AngleGauge(self) for _ in range(_GAUGES)]
        for gauge in self.gauges:
            self._column.addWidget(gauge)
        self._column.addSpacing(6)
        self.cue = self._label("cue", self.tr("Last cue"))
        self.cue.setWordWrap(True)
        self.cue.setMinimumHeight(2 * self.cue.fontMetrics().lineSpacing() + 12)  # nothing below it moves
        self.cue.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.hint = self._label("muted", self.tr("What to do"))
        self.hint.setWordWrap(True)
        self.timer = self._label("heading", self.tr("Set and rest"))

    def _build_plan(self) -> None:
        self._column.addSpacing(10)
        self._section(self.tr("GUIDED SESSION"))
        self.plan = QPushButton(self.tr("Choose a plan"), self)
        self.plan.setToolTip(self.tr("Be led through sets, repetitions and rests"))
        self._plans = QMenu(self.plan)
        self._plans.setToolTipsVisible(True)
        self.plan.setMenu(self._plans)
        self.offer_plans({})
        self.plan_title = self._label("heading", self.tr("Plan"))
        self.plan_title.setWordWrap(True)
        self.plan_step = self._label("", self.tr("Step of the plan"))
        self.plan_step.setWordWrap(True)
        self.skip = QPushButton(self.tr("Skip"), self)
        self.skip.setToolTip(self.tr("Go on to what comes next"))
        self.skip.clicked.connect(lambda _checked: self.skipped.emit())
        self.end = QPushButton(self.tr("End"), self)
        self.end.setToolTip(self.tr("Leave the guided session"))
        self.end.clicked.connect(lambda _checked: self.ended.emit())
        for button in (self.plan, self.skip, self.end):
            self._keys.guard(button)
        self._column.addWidget(self.plan)
        row = QHBoxLayout()
        row.addWidget(self.skip)
        row.addWidget(self.end)
        self._column.addLayout(row)

    def _build_kept(self) -> None:
        self.spoken = QCheckBox(self.tr("Say cues aloud"), self)
        self.spoken.setToolTip(self.tr("Speak the most important cue of each repetition, with the system's own voice"))
        self.spoken.clicked.connect(self.spoken_chosen.emit)
        self.keeping = QCheckBox(self.tr("Keep what I train"), self)
        self.keeping.setToolTip(self.tr("Keep every repetition in a history, on this machine only"))
        self.keeping.clicked.connect(self.keeping_chosen.emit)
        self.history = QPushButton(self.tr("History"), self)
        self.history.setToolTip(self.tr("Read the page about a session in the browser"))
        self._sessions = QMenu(self.history)
        self._sessions.aboutToShow.connect(self.sessions_wanted.emit)
        self.history.setMenu(self._sessions)
        self._column.addSpacing(10)
        for control in (self.spoken, self.keeping, self.history):
            self._keys.guard(control)
            self._column.addWidget(control)

    def _label(self, kind: str, name: str) -> QLabel:
        label = QLabel("", self)
        label.setObjectName(kind)
        label.setAccessibleName(name)
        self._column.addWidget(label)
        return label

    def _section(self, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setObjectName("section")
        self._column.addWidget(label)
        return label

    def _person(self, track: int) -> QPushButton:
        button = QPushButton(self)
        button.setProperty("flat", True)
        button.setCheckable(True)
        button.setToolTip(self.tr("Lock on to this person"))
        button.clicked.connect(lambda: self.person_chosen.emit(track))
        self._keys.guard(button)
        self._others.addWidget(button)
        return button

    def _title(self, name: str) -> str:
        return {OFF: self.tr("Off"), AUTO: self.tr("Recognise it")}.get(name) or exercise_title(Path(name).stem)
