"""At the side: which models to use, and what to draw."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QScrollArea, QSlider, QVBoxLayout, QWidget

from vitpose_live.app.settings import Settings
from vitpose_live.models.catalog import ModelKind
from vitpose_live.ui.camera_box import CameraBox
from vitpose_live.ui.icons import icon
from vitpose_live.ui.keys import KeepsKeys
from vitpose_live.ui.model_store import Choice
from vitpose_live.ui.overlay_options import OverlayOptions
from vitpose_live.ui.privacy_box import PrivacyBox
from vitpose_live.ui.theme import DARK, Theme

PRECISIONS = ("auto", "fp32", "bf16", "fp16", "int8")
DELAYS = (0.0, 1.0, 2.0, 3.0, 5.0, 8.0, 10.0)
WIDTH = 288


class SidePanel(QScrollArea):
    """Pickers and switches. Asks by signals; shows what it is told."""

    model_chosen = pyqtSignal(ModelKind, str, bool)
    """Kind, name, and whether it is on this machine."""
    precision_chosen = pyqtSignal(str)
    overlay_changed = pyqtSignal(OverlayOptions)
    delay_chosen = pyqtSignal(float)
    """Seconds; 0 is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("side")
        self.setFixedWidth(WIDTH)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._theme = DARK
        self._keys = KeepsKeys(self)
        self._choices: dict[ModelKind, list[Choice]] = {kind: [] for kind in ModelKind}
        self._options = OverlayOptions()
        content = QWidget(self)
        content.setObjectName("content")
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(18, 16, 18, 16)
        self._column.setSpacing(6)
        self.camera = CameraBox(content)
        self._column.addWidget(self.camera)
        self._section(self.tr("MODELS"))
        self.pickers: dict[ModelKind, QComboBox] = {}
        self.details: dict[ModelKind, QLabel] = {}
        for kind, name in ((ModelKind.POSE, self.tr("Pose")), (ModelKind.DETECTOR, self.tr("Person detector"))):
            self.pickers[kind] = self._picker(name)
            self.details[kind] = self._muted("")
            self.pickers[kind].activated.connect(lambda index, kind=kind: self._choose(kind, index))
        self.precision = self._picker(self.tr("Precision"))
        self.precision.addItems([self.tr("Automatic"), *PRECISIONS[1:]])
        self.precision.setToolTip(self.tr("What the networks compute in"))
        self.precision.activated.connect(lambda index: self.precision_chosen.emit(PRECISIONS[index]))
        self._column.addSpacing(16)
        self._section(self.tr("OVERLAY"))
        self.boxes: dict[str, QCheckBox] = {}
        grid = QGridLayout()
        grid.setVerticalSpacing(2)
        self._column.addLayout(grid)
        for key, text, tip in (
            ("skeletons", self.tr("Skeletons"), self.tr("Draw joints and bones")),
            ("boxes", self.tr("Boxes"), self.tr("Mark where each person is")),
            ("ids", self.tr("Numbers"), self.tr("Write each person's number")),
            ("angles", self.tr("Angles"), self.tr("Write the angles of the joints")),
            ("trails", self.tr("Trails"), self.tr("Show where hands and feet have been")),
            ("mirror", self.tr("Mirror"), self.tr("Show the picture as in a mirror")),
            ("black", self.tr("On black"), self.tr("Show skeletons only, on black")),
        ):
            place = len(self.boxes)
            self.boxes[key] = self._box(key, text, tip)
            grid.addWidget(self.boxes[key], place // 2, place % 2)
        self._width_label, self.thickness = self._slider(self.tr("Line width"), 25, 300)
        self._threshold_label, self.threshold = self._slider(self.tr("Joint threshold"), 0, 95)
        self.thickness.valueChanged.connect(lambda value: self._alter(thickness=value / 100))
        self.threshold.valueChanged.connect(lambda value: self._alter(threshold=value / 100))
        self.privacy = PrivacyBox(content)
        self._column.addWidget(self.privacy)
        self._section(self.tr("DELAYED MIRROR"))
        self.delay = self._picker(self.tr("Watch yourself late"))
        self.delay.setToolTip(self.tr("Shows a camera or stream some seconds late; recording does not wait"))
        self.delay.addItem(self.tr("Off"))
        self.delay.addItems([self.tr("{0:g} s").format(seconds) for seconds in DELAYS[1:]])
        self.delay.activated.connect(lambda index: self.delay_chosen.emit(DELAYS[index]))
        self._column.addStretch(1)
        self.setWidget(content)
        self.show_overlay(OverlayOptions())

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of `theme`."""
        self._theme = theme
        for kind, choices in self._choices.items():
            for index, choice in enumerate(choices):
                self.pickers[kind].setItemIcon(index, self._sign(choice))

    def offer(self, kind: ModelKind, choices: Sequence[Choice], chosen: str) -> None:
        """Fill the picker of `kind`; `chosen` may be a name that is not among them."""
        listed = list(choices)
        if chosen not in (choice.name for choice in listed):
            listed.append(Choice(chosen, chosen, True, ""))
        self._choices[kind] = listed
        picker = self.pickers[kind]
        picker.clear()
        for index, choice in enumerate(listed):
            picker.addItem(self._sign(choice), choice.text)
            picker.setItemData(index, choice.detail, Qt.ItemDataRole.ToolTipRole)
        self.show_choice(kind, chosen)

    def show_choice(self, kind: ModelKind, name: str) -> None:
        """Show which model of `kind` is used."""
        for index, choice in enumerate(self._choices[kind]):
            if choice.name == name:
                self.pickers[kind].setCurrentIndex(index)
                self._describe(kind, choice)

    def show_settings(self, settings: Settings) -> None:
        """Show what is analysed with."""
        self.show_choice(ModelKind.DETECTOR, settings.detector)
        self.show_choice(ModelKind.POSE, settings.pose)
        if settings.precision in PRECISIONS:
            self.precision.setCurrentIndex(PRECISIONS.index(settings.precision))
        self.privacy.show_settings(settings)

    def show_delay(self, seconds: float) -> None:
        """Show by how many seconds live sources are late; of those offered, the nearest."""
        self.delay.setCurrentIndex(min(range(len(DELAYS)), key=lambda index: abs(DELAYS[index] - seconds)))

    def show_overlay(self, options: OverlayOptions) -> None:
        """Show what is drawn, without asking for it again."""
        self._options = options
        for key, box in self.boxes.items():
            box.blockSignals(True)
            box.setChecked(getattr(options, key))
            box.blockSignals(False)
        for slider, value in ((self.thickness, options.thickness), (self.threshold, options.threshold)):
            slider.blockSignals(True)
            slider.setValue(round(100 * value))
            slider.blockSignals(False)
        self._name_sliders()

    def _choose(self, kind: ModelKind, index: int) -> None:
        choice = self._choices[kind][index]
        self._describe(kind, choice)
        self.model_chosen.emit(kind, choice.name, choice.here)

    def _describe(self, kind: ModelKind, choice: Choice) -> None:
        self.details[kind].setText(choice.detail)
        self.details[kind].setVisible(bool(choice.detail))

    def _alter(self, **changes: bool | float) -> None:
        self._options = self._options.with_(**changes)
        self._name_sliders()
        self.overlay_changed.emit(self._options)

    def _name_sliders(self) -> None:
        self._width_label.setText(self.tr("Line width  {0:.2f}").format(self._options.thickness))
        self._threshold_label.setText(self.tr("Joint threshold  {0:.2f}").format(self._options.threshold))

    def _section(self, text: str) -> None:
        label = QLabel(text, self)
        label.setObjectName("section")
        self._column.addWidget(label)

    def _muted(self, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setObjectName("muted")
        label.setWordWrap(True)
        self._column.addWidget(label)
        self._column.addSpacing(6)
        return label

    def _picker(self, name: str) -> QComboBox:
        self._column.addWidget(QLabel(name, self))
        picker = QComboBox(self)
        picker.setAccessibleName(name)
        picker.setIconSize(QSize(16, 16))
        picker.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        picker.setMinimumContentsLength(12)
        self._keys.guard(picker)
        self._column.addWidget(picker)
        return picker

    def _box(self, key: str, text: str, tip: str) -> QCheckBox:
        box = QCheckBox(text, self)
        box.setToolTip(tip)
        self._keys.guard(box)
        box.toggled.connect(lambda on: self._alter(**{key: on}))
        return box

    def _slider(self, name: str, least: int, most: int) -> tuple[QLabel, QSlider]:
        label = QLabel(name, self)
        self._column.addSpacing(6)
        self._column.addWidget(label)
        slider = QSlider(Qt.Orientation.Horizontal, self)
        slider.setAccessibleName(name)
        slider.setRange(least, most)
        self._keys.guard(slider)
        self._column.addWidget(slider)
        return label, slider

    def _sign(self, choice: Choice) -> QIcon:
        return icon("done" if choice.here else "download", self._theme.muted)
