"""At the side: how people are kept from being recognised."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QCheckBox, QLabel, QVBoxLayout, QWidget

from vitpose_live.app.settings import Settings
from vitpose_live.ui.keys import KeepsKeys


class PrivacyBox(QWidget):
    """Two switches. Asks by a signal; shows what it is told."""

    chosen = pyqtSignal(bool, bool)
    """Whether to hide faces, and whether to show nothing but skeletons."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keys = KeepsKeys(self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 16, 0, 16)
        self._column.setSpacing(6)
        heading = QLabel(self.tr("PRIVACY"), self)
        heading.setObjectName("section")
        self._column.addWidget(heading)
        self.faces = self._switch(
            self.tr("Hide faces"),
            self.tr(
                "Hides the heads of everybody who is found, on the screen and in all that is saved. "
                "Whoever is not found stays visible."
            ),
        )
        self.skeletons = self._switch(
            self.tr("Skeletons only"), self.tr("Neither shows nor saves any picture, only skeletons")
        )

    def show_settings(self, settings: Settings) -> None:
        """Show what is wanted, without asking for it again."""
        for box, on in ((self.faces, settings.blur_faces), (self.skeletons, settings.skeleton_only)):
            box.blockSignals(True)
            box.setChecked(on)
            box.blockSignals(False)

    def _switch(self, text: str, tip: str) -> QCheckBox:
        box = QCheckBox(text, self)
        box.setToolTip(tip)
        self._keys.guard(box)
        box.toggled.connect(lambda: self.chosen.emit(self.faces.isChecked(), self.skeletons.isChecked()))
        self._column.addWidget(box)
        return box
