"""The charts of the traces. Imports pyqtgraph, so it is imported itself only when they are first shown."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyqtgraph as pg  # type: ignore[import-untyped]  # it has no types
from numpy.typing import NDArray
from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtWidgets import QWidget

from vitpose_live.ui.theme import Theme
from vitpose_live.ui.traces import JOINTS, NAMES, side_of

_DEGREES = (0, 90, 180)
_AXIS_WIDTH = 34
_OVERHANG = 24
"""Pixels by which the numbers at the ends of an axis may reach beyond it."""


class TraceCharts:
    """A chart for each joint with an angle to show, the left and the right one in it.

    Lines are one pixel wide: wider ones take many times as long. The charts are built one at a time, because each takes
    so long that the pictures would falter.

    Parameters
    ----------
    titles
        What each of `JOINTS` is called.
    seconds
        How far back the charts reach.
    theme
        Whose colours they have.
    parent
        Of `widget`.
    """

    def __init__(self, titles: Mapping[str, str], seconds: float, theme: Theme, parent: QWidget) -> None:
        self.widget = pg.GraphicsLayoutWidget(parent)
        self.widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.widget.ci.setContentsMargins(0, 0, 14, 0)
        self.plots: dict[str, pg.PlotItem] = {}
        self.lines: dict[str, pg.PlotCurveItem] = {}
        self._titles = titles
        self._seconds = seconds
        self._theme = theme
        self._chosen: tuple[str, ...] = ()
        self._shown: tuple[str, ...] = ()
        self._latest = np.zeros(0), np.zeros((0, len(NAMES)), np.float32)
        self._builder = QTimer(self.widget)
        self._builder.setSingleShot(True)
        self._builder.timeout.connect(self._arrange)
        self.widget.setBackground(theme.panel)

    def choose(self, names: tuple[str, ...]) -> None:
        """Show the angles called `names`."""
        self._chosen = names
        self._arrange()

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of `theme`."""
        self._theme = theme
        self.widget.setBackground(theme.panel)
        for joint in self.plots:
            self._dress(joint)

    def draw(self, times: NDArray[np.float64], degrees: NDArray[np.float32]) -> None:
        """Show (m,) seconds and (m, a) degrees in the order of `NAMES`."""
        self._latest = times, degrees
        for name in self._chosen:
            if name in self.lines:
                self.lines[name].setData(times, degrees[:, NAMES.index(name)], connect="finite")

    def _arrange(self) -> None:
        wanted = tuple(joint for joint, names in JOINTS.items() if set(names) & set(self._chosen))
        missing = [joint for joint in wanted if joint not in self.plots]
        if missing:
            self._build(missing[0])
        shown = tuple(joint for joint in wanted if joint in self.plots)
        if shown != self._shown:
            self._shown = shown
            self.widget.ci.clear()
            for column, joint in enumerate(shown):
                self.widget.ci.addItem(self.plots[joint], 0, column)
        for name, line in self.lines.items():
            line.setVisible(name in self._chosen)
        if missing:
            self.draw(*self._latest)
        if missing[1:]:
            self._builder.start(0)

    def _build(self, joint: str) -> None:
        plot = pg.PlotItem(enableMenu=False)
        plot.hideButtons()
        plot.setMouseEnabled(x=False, y=False)
        plot.setXRange(-self._seconds, 0, padding=0)
        plot.setYRange(_DEGREES[0], _DEGREES[-1], padding=0.03)
        for axis in ("left", "bottom"):
            plot.getAxis(axis).setStyle(hideOverlappingLabels=_OVERHANG)
        plot.getAxis("left").setTicks([[(degrees, f"{degrees}°") for degrees in _DEGREES]])
        plot.getAxis("left").setWidth(_AXIS_WIDTH)
        ticks = [(-back, f"{-back:g} s") for back in (self._seconds, self._seconds / 2)]
        plot.getAxis("bottom").setTicks([[*ticks, (0, "0 s")]])
        for degrees in _DEGREES:  # an axis with a grid would hide its first and last number
            plot.addItem(pg.InfiniteLine(degrees, angle=0))
        for name in JOINTS[joint]:
            self.lines[name] = pg.PlotCurveItem(antialias=True)
            plot.addItem(self.lines[name])
        self.plots[joint] = plot
        self._dress(joint)

    def _dress(self, joint: str) -> None:
        plot, theme = self.plots[joint], self._theme
        plot.setTitle(self._titles[joint], color=theme.text, size="9pt")
        for item in plot.items:
            if isinstance(item, pg.InfiniteLine):
                item.setPen(pg.mkPen(theme.line, width=1))
        for axis in ("left", "bottom"):
            plot.getAxis(axis).setPen(theme.line)
            plot.getAxis(axis).setTextPen(theme.muted)
        for name in JOINTS[joint]:
            self.lines[name].setPen(pg.mkPen(getattr(theme, side_of(name)), width=1))
