"""Under the picture, if wanted: the joint angles of one person over the latest seconds."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from PyQt6.QtCore import Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QShowEvent
from PyQt6.QtWidgets import QCheckBox, QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from vitpose_live.data import FrameResult
from vitpose_live.errors import VitposeLiveError
from vitpose_live.ui.keys import KeepsKeys
from vitpose_live.ui.preferences import Preferences
from vitpose_live.ui.theme import DARK, Theme
from vitpose_live.ui.traces import JOINTS, NAMES, Traces, side_of

if TYPE_CHECKING:
    from vitpose_live.ui.trace_charts import TraceCharts

HEIGHT = 184
UPDATE_MS = 67
"""Least time between two drawings: 15 in a second."""


class TracePanel(QFrame):
    """Charts, and a box for each angle. Follows results while it is shown, and costs nothing while it is not.

    Parameters
    ----------
    run
        Does something slow on another thread.
    preferences
        Keeps which angles are shown.
    """

    _loaded = pyqtSignal(object)

    def __init__(
        self, run: Callable[[Callable[[], None]], None], preferences: Preferences, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("traces")
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName(self.tr("Angle traces"))
        self._run = run
        self._preferences = preferences
        self._theme = DARK
        self._keys = KeepsKeys(self)
        self._traces = Traces()
        self._known = self._traces.known
        self._asked = False
        self.charts: TraceCharts | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(UPDATE_MS)
        self._timer.timeout.connect(self._draw)
        self._loaded.connect(self._take_charts)
        self._titles = {
            "knee": self.tr("Knee"),
            "hip": self.tr("Hip"),
            "elbow": self.tr("Elbow"),
            "shoulder": self.tr("Shoulder"),
            "ankle": self.tr("Ankle"),
            "lean": self.tr("Trunk lean"),
        }
        self.boxes: dict[str, QCheckBox] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(16, 6, 8, 6)
        self._row.setSpacing(14)
        column = QVBoxLayout()
        column.addLayout(self._build_boxes())
        column.addStretch(1)
        self._row.addLayout(column)
        self.message = QLabel(self.tr("Loading…"), self)
        self.message.setObjectName("muted")
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._row.addWidget(self.message, 1)
        self.choose(preferences.traced)

    @property
    def person(self) -> int | None:
        """Whose angles are shown."""
        return self._traces.person

    @property
    def chosen(self) -> tuple[str, ...]:
        """Names of the angles shown."""
        return tuple(name for name in NAMES if self.boxes[name].isChecked())

    def choose(self, names: Iterable[str]) -> None:
        """Show the angles called `names`."""
        wanted = set(names)
        for name, box in self.boxes.items():
            box.blockSignals(True)
            box.setChecked(name in wanted)
            box.blockSignals(False)
        self._show_chosen()

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of `theme`."""
        self._theme = theme
        if self.charts is not None:
            self.charts.set_theme(theme)

    def follow(self, result: FrameResult, locked: int | None, threshold: float) -> None:
        """Add the picture shown, in which the person is `locked` on to `locked`, soon."""
        if self.isVisible():
            self._traces.follow(result, locked, threshold)
            if not self._timer.isActive():
                self._timer.start()

    def clear(self) -> None:
        """Forget everything."""
        self._traces.clear()
        self._draw()

    def showEvent(self, event: QShowEvent | None) -> None:  # noqa: N802  Qt's name
        """Begin afresh, and the first time load what draws."""
        super().showEvent(event)
        self.clear()
        if not self._asked:
            self._asked = True
            self._run(lambda: self._loaded.emit(load_charts()))

    def _build_boxes(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(0)
        letters = {"left": self.tr("L"), "right": self.tr("R"), "centre": ""}
        sides = {"left": self.tr("Left {0}"), "right": self.tr("Right {0}"), "centre": "{0}"}
        for row, (joint, names) in enumerate(JOINTS.items()):
            grid.addWidget(QLabel(self._titles[joint], self), row, 0)
            for place, name in enumerate(names):
                side = side_of(name)
                box = QCheckBox(letters[side], self)
                title = self._titles[joint]
                spoken = sides[side].format(title if side == "centre" else title.lower())
                box.setAccessibleName(spoken)
                box.setToolTip(self.tr("{0}: show its angle").format(spoken))
                box.setProperty("side", side)
                self._keys.guard(box)
                box.toggled.connect(self._change)
                grid.addWidget(box, row, 1 + place)
                self.boxes[name] = box
        return grid

    def _change(self) -> None:
        self._show_chosen()
        self._preferences.traced = self.chosen

    def _show_chosen(self) -> None:
        if self.charts is not None:
            self.charts.choose(tuple(name for name in self.chosen if name in self._known))
            self._draw()

    def _take_charts(self, module: Any) -> None:
        self.charts = module.TraceCharts(self._titles, self._traces.seconds, self._theme, self)
        self._row.replaceWidget(self.message, self.charts.widget)
        self._row.setStretchFactor(self.charts.widget, 1)
        self.message.hide()
        self._show_chosen()

    def _draw(self) -> None:
        if self._traces.known != self._known:
            self._known = self._traces.known
            for name, box in self.boxes.items():
                box.setEnabled(name in self._known)
            self._show_chosen()
        elif self.charts is not None and self.isVisible():
            self.charts.draw(*self._traces.curves())


def load_charts() -> Any:
    """Import what draws the charts, which takes a moment; may be called on any thread.

    Raises
    ------
    VitposeLiveError
        When pyqtgraph is not installed.
    """
    hooks = sys.excepthook, threading.excepthook
    try:
        return import_module("vitpose_live.ui.trace_charts")
    except ImportError as error:
        raise VitposeLiveError("the traces need pyqtgraph", hint="pip install pyqtgraph") from error
    finally:
        # pyqtgraph puts its own in their place, which write to the standard output
        sys.excepthook, threading.excepthook = hooks
