"""At the side while a camera is open: which size and frame rate it is asked for."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from vitpose_live.ui.camera_modes import CameraWish, pixels, rates, sizes
from vitpose_live.ui.cameras import CameraChoice
from vitpose_live.ui.keys import KeepsKeys


class CameraBox(QWidget):
    """Two pickers. Asks by a signal; shows what it is told."""

    wished = pyqtSignal(CameraWish)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keys = KeepsKeys(self)
        self._camera = CameraChoice("", "")
        self._sizes: list[tuple[int, int] | None] = []
        self._rates: list[float | None] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 16)
        column.setSpacing(6)
        heading = QLabel(self.tr("CAMERA"), self)
        heading.setObjectName("section")
        column.addWidget(heading)
        self.size_picker = self._picker(column, self.tr("Size"), self.tr("How large the camera's pictures are"))
        self.rate_picker = self._picker(
            column, self.tr("Frame rate"), self.tr("How many pictures a second the camera sends")
        )
        self.hide()

    def show_camera(self, camera: CameraChoice, wish: CameraWish) -> None:
        """Offer what `camera` can do, with `wish` chosen."""
        self._camera = camera
        self._sizes = [None, *sizes(camera.modes)]
        if wish.size not in self._sizes:
            self._sizes.append(wish.size)
        self._rates = [None, *rates(camera.modes, wish.size)]
        if wish.fps not in self._rates:
            self._rates.append(wish.fps)
        own = self.tr("The camera's own")
        self._fill(self.size_picker, [own if size is None else f"{size[0]} x {size[1]}" for size in self._sizes])
        self._fill(
            self.rate_picker, [own if rate is None else self.tr("{0:g} fps").format(rate) for rate in self._rates]
        )
        for index, size in enumerate(self._sizes):
            if size is not None:
                self.size_picker.setItemData(index, pixels(camera.modes, size), Qt.ItemDataRole.ToolTipRole)
        self.size_picker.setCurrentIndex(self._sizes.index(wish.size))
        self.rate_picker.setCurrentIndex(self._rates.index(wish.fps))
        self.show()

    def _choose(self) -> None:
        size, rate = self._sizes[self.size_picker.currentIndex()], self._rates[self.rate_picker.currentIndex()]
        known = rates(self._camera.modes, size)
        self.wished.emit(CameraWish(size, rate if rate in known or not self._camera.modes else None))

    def _picker(self, column: QVBoxLayout, name: str, tip: str) -> QComboBox:
        column.addWidget(QLabel(name, self))
        picker = QComboBox(self)
        picker.setAccessibleName(name)
        picker.setToolTip(tip)
        self._keys.guard(picker)
        picker.activated.connect(self._choose)
        column.addWidget(picker)
        return picker

    def _fill(self, picker: QComboBox, texts: list[str]) -> None:
        picker.clear()
        picker.addItems(texts)
