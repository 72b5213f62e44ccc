"""The status bar: what runs, how fast, on what; always visible."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel, QStatusBar, QWidget

from vitpose_live.data import SourceInfo
from vitpose_live.pipeline import StageTime, Status
from vitpose_live.ui import readout
from vitpose_live.ui.elided import ElidedLabel
from vitpose_live.ui.readout import Snapshot
from vitpose_live.ui.theme import window_font

_STAGES = ("detect", "pose", "analyze")
_LARGE = Snapshot(
    status=Status(delivered=1, dropped=8888, people=88, fps=888.8, timings=dict.fromkeys(_STAGES, StageTime(888, 888))),
    info=SourceInfo("", 1, 1, live=True),
    age_ms=8888,
)
"""What there is room for, so that nothing moves when the numbers change."""
_NUMBERS = ("people", "fps", "analysis", "age", "dropped")
_LEAST = {"source": "name … run", "analysis": "analysis 888 ms …", "device": "ope…", "model": "det…ose"}
"""What a narrow window leaves of the texts that can be cut."""
_PADDING = 16


class StatusLine(QStatusBar):
    """One label for each of `readout.cells`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.setFont(window_font(self.font()))
        self._tips = {
            "source": self.tr("What is open, and what it does"),
            "people": self.tr("People in the picture"),
            "fps": self.tr("Pictures analysed and shown in a second"),
            "age": self.tr("How old the picture of a camera or stream is when it is shown, with any delay asked for"),
            "dropped": self.tr("Pictures of a camera or stream that newer ones overtook"),
            "device": self.tr("What the models run on: the processor (CPU) or a graphics card"),
            "model": self.tr("What finds people, and what finds their joints"),
            "precision": self.tr("How exactly the models calculate: fp32 is exact; bf16, fp16 and int8 are faster"),
        }
        names = {
            "source": self.tr("Source"),
            "people": self.tr("People"),
            "fps": self.tr("Frame rate"),
            "analysis": self.tr("Analysis"),
            "age": self.tr("Age"),
            "dropped": self.tr("Dropped"),
            "device": self.tr("Device"),
            "model": self.tr("Models"),
            "precision": self.tr("Precision"),
        }
        large = readout.cells(_LARGE)
        self.labels: dict[str, QLabel] = {}
        for key, name in names.items():
            label = self.labels[key] = self._label(key, large[key])
            label.setObjectName(key)
            label.setAccessibleName(name)
            label.setToolTip(self._tips.get(key, ""))
            label.setTextFormat(Qt.TextFormat.PlainText)
            self.addPermanentWidget(label, 1 if key == "source" else 0)
        self.show_snapshot(Snapshot())

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show how things are."""
        for key, text in readout.cells(snapshot).items():
            label = self.labels[key]
            if label.text() != text:
                label.setText(text)
        self.labels["analysis"].setToolTip(readout.stages(snapshot))
        self._add_tip("source", snapshot.source and self.labels["source"].text())
        self._add_tip("model", self.labels["model"].text(), *snapshot.notices)
        state = "error" if snapshot.error else "trouble" if snapshot.status.trouble else "fine"
        source = self.labels["source"]
        if source.property("state") != state:
            source.setProperty("state", state)
            style = source.style()
            assert style is not None
            style.polish(source)

    def _add_tip(self, key: str, *lines: str) -> None:
        """Tell what may have been cut, and more."""
        self.labels[key].setToolTip("\n".join([self._tips[key], *filter(None, lines)]))

    def _label(self, key: str, large: str) -> QLabel:
        def pixels(text: str) -> int:
            return self.fontMetrics().horizontalAdvance(text) + _PADDING

        if key not in _NUMBERS:
            return ElidedLabel(pixels(_LEAST.get(key, "bf16")), parent=self)
        label = ElidedLabel(pixels(_LEAST.get(key, large)), pixels(large), Qt.TextElideMode.ElideRight, self)
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return label
