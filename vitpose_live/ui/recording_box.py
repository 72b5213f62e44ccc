"""At the side: what a recording shows, how well, and how long before the key it begins."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from vitpose_live.app.settings import Layout, Settings
from vitpose_live.sinks.encoders import Quality
from vitpose_live.ui.keys import KeepsKeys

EARLIER = (0.0, 3.0, 5.0, 10.0)
"""Seconds that are offered."""


class RecordingBox(QWidget):
    """Three pickers. Asks by signals; shows what it is told."""

    chosen = pyqtSignal(str, str)
    """Layout and quality."""
    earlier_chosen = pyqtSignal(float)
    """Seconds; 0 begins with the key."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keys = KeepsKeys(self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 16)
        self._column.setSpacing(6)
        heading = QLabel(self.tr("RECORDING"), self)
        heading.setObjectName("section")
        self._column.addWidget(heading)
        self._layouts = {
            Layout.ANNOTATED: self.tr("With skeletons"),
            Layout.CLEAN: self.tr("The plain picture"),
            Layout.SIDE_BY_SIDE: self.tr("Both, side by side"),
        }
        self._qualities = {
            Quality.SMALL: self.tr("Small file"),
            Quality.STANDARD: self.tr("Standard"),
            Quality.HIGH: self.tr("High"),
        }
        self.layout_picker = self._picker(self.tr("Picture"), self.tr("What a recording shows"), self._layouts)
        self.quality_picker = self._picker(
            self.tr("Quality"), self.tr("How good a recording looks, and how large it is"), self._qualities
        )
        texts = {0.0: self.tr("With the key")}
        texts |= {seconds: self.tr("{0:g} s before").format(seconds) for seconds in EARLIER[1:]}
        self.earlier_picker = self._picker(
            self.tr("Begins"), self.tr("Recordings of a camera can begin with what was just seen"), texts
        )
        for picker in (self.layout_picker, self.quality_picker):
            picker.activated.connect(self._choose)
        self.earlier_picker.activated.connect(lambda index: self.earlier_chosen.emit(EARLIER[index]))

    def show_settings(self, settings: Settings) -> None:
        """Show what is wanted, without asking for it again."""
        self.layout_picker.setCurrentIndex(list(self._layouts).index(settings.layout))
        self.quality_picker.setCurrentIndex(list(self._qualities).index(Quality(settings.quality)))

    def show_earlier(self, seconds: float) -> None:
        """Show how long before the key recordings begin; of those offered, the nearest."""
        self.earlier_picker.setCurrentIndex(min(range(len(EARLIER)), key=lambda at: abs(EARLIER[at] - seconds)))

    def _choose(self) -> None:
        layout = list(self._layouts)[self.layout_picker.currentIndex()]
        quality = list(self._qualities)[self.quality_picker.currentIndex()]
        self.chosen.emit(layout, quality)

    def _picker(
        self, name: str, tip: str, texts: dict[Layout, str] | dict[Quality, str] | dict[float, str]
    ) -> QComboBox:
        self._column.addWidget(QLabel(name, self))
        picker = QComboBox(self)
        picker.setAccessibleName(name)
        picker.setToolTip(tip)
        picker.addItems(list(texts.values()))
        self._keys.guard(picker)
        self._column.addWidget(picker)
        return picker
