"""Two themes of our own: Qt's colour scheme does nothing on X11, and a picture needs calm around it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PyQt6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PyQt6.QtWidgets import QApplication

from vitpose_live.ui.icons import ICONS

_DRESSED = "vitpose-live"
_NO_CHOICE = ("Sans Serif", "sans-serif", "sans", "DejaVu Sans")
_GOOD = ("Inter", "Noto Sans", "Open Sans", "Ubuntu", "Cantarell")


class ThemeName(StrEnum):
    """The two themes."""

    DARK = "dark"
    LIGHT = "light"


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours by what they are for, ``#rrggbb``.

    Text reads at 4.5:1 or better on `ground`, `panel` and `field`, `accent_text` on `accent`.
    """

    name: ThemeName
    ground: str
    panel: str
    field: str
    hover: str
    line: str
    text: str
    muted: str
    accent: str
    accent_text: str
    tint: str
    warning_ground: str
    error_ground: str
    warning: str
    error: str
    mark: str
    left: str
    right: str
    centre: str


DARK = Theme(
    name=ThemeName.DARK,
    ground="#14161c",
    panel="#1b1e26",
    field="#242833",
    hover="#2c313e",
    line="#2f3440",
    text="#eceef2",
    muted="#a3abb9",
    accent="#38aeff",
    accent_text="#07131d",
    tint="#1c3a52",
    warning_ground="#33290f",
    error_ground="#3a1a1e",
    warning="#f5b83d",
    error="#ff7a80",
    mark="#f5b83d",
    left="#38aeff",  # as in the skeletons; the light theme has them dark enough for a thin line on white
    right="#ff9628",
    centre="#f0eee6",
)
LIGHT = Theme(
    name=ThemeName.LIGHT,
    ground="#f3f4f7",
    panel="#ffffff",
    field="#f0f2f5",
    hover="#e6e9ee",
    line="#dadee5",
    text="#1a1d24",
    muted="#5b6472",
    accent="#0b6bcb",
    accent_text="#ffffff",
    tint="#dcebfb",
    warning_ground="#fff4d9",
    error_ground="#fde7e8",
    warning="#8a5a00",
    error="#b4232c",
    mark="#e8a013",
    left="#0068be",
    right="#b85a00",
    centre="#464a52",
)
THEMES = {theme.name: theme for theme in (DARK, LIGHT)}


def set_palette(app: QApplication, theme: Theme) -> None:
    """Give the whole application the plain colours of `theme`; its `style_sheet` is each part's of a window."""
    if not app.property(_DRESSED):
        app.setStyle("Fusion")
        app.setProperty(_DRESSED, True)
    app.setPalette(_palette(theme))


def choose_font(app: QApplication) -> None:
    """Take a better font where the system names none of its own, as a bare X11 does."""
    if app.font().family() not in _NO_CHOICE:
        return
    families = set(QFontDatabase.families())
    for family in _GOOD:
        if family in families:
            app.setFont(QFont(family, 10))
            return


def window_font(base: QFont) -> QFont:
    """Return `base` with figures of one width, so that changing numbers stand still."""
    font = QFont(base)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def _palette(theme: Theme) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for name, colour in {
        role.Window: theme.ground,
        role.WindowText: theme.text,
        role.Base: theme.field,
        role.AlternateBase: theme.panel,
        role.Text: theme.text,
        role.Button: theme.panel,
        role.ButtonText: theme.text,
        role.BrightText: theme.error,
        role.ToolTipBase: theme.panel,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.muted,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.accent_text,
        role.Link: theme.accent,
        role.Mid: theme.line,
    }.items():
        palette.setColor(name, QColor(colour))
    for name in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor(theme.muted))
    return palette


def style_sheet(theme: Theme) -> str:
    """Return the style sheet of `theme`."""
    values = {field: getattr(theme, field) for field in Theme.__slots__}
    sheet = _SHEET.replace("@icons", ICONS.as_posix())
    for name in sorted(values, key=len, reverse=True):
        sheet = sheet.replace(f"@{name}", values[name])
    return sheet


_SHEET = """
QDialog { background: @ground; }
QMenuBar { background: @panel; padding: 2px 8px; border-bottom: 1px solid @line; }
QMenuBar::item { padding: 5px 10px; border-radius: 6px; background: transparent; }
QMenuBar::item:selected { background: @hover; }
QMenu { background: @panel; border: 1px solid @line; padding: 6px; }
QMenu::item { padding: 6px 28px 6px 12px; border-radius: 6px; }
QMenu::icon { padding-left: 8px; }
QMenu::item:selected { background: @tint; color: @text; }
QMenu::item:disabled { color: @muted; }
QMenu::separator { height: 1px; background: @line; margin: 6px 8px; }
QToolTip { background: @panel; color: @text; border: 1px solid @line; padding: 5px 8px; }

QToolBar { background: @panel; border: none; border-bottom: 1px solid @line; padding: 6px 10px; spacing: 4px; }
QToolBar::separator { width: 1px; background: @line; margin: 6px 8px; }
QToolButton { border: 1px solid transparent; border-radius: 8px; padding: 6px; background: transparent; }
QToolButton:hover { background: @hover; }
QToolButton:pressed { background: @line; }
QToolButton:checked { background: @tint; }
QToolButton:focus { border-color: @accent; }
QToolButton:disabled { color: @muted; }
QToolButton#open { padding: 6px 12px; font-weight: 600; background: @accent; color: @accent_text; }
QToolButton#open::menu-indicator { image: none; }
QToolButton#play { background: @field; border-radius: 18px; padding: 7px; }
QToolButton#play:hover { background: @hover; }
QToolButton#how { padding: 6px 0px; }
QToolButton#how::menu-indicator { image: none; }
QToolButton[quiet="true"] { padding: 3px; }

QPushButton { border: 1px solid @line; border-radius: 8px; padding: 7px 14px; background: @field; }
QPushButton:hover { background: @hover; }
QPushButton:pressed { background: @line; }
QPushButton:focus { border-color: @accent; }
QPushButton:disabled { color: @muted; background: @ground; }
QPushButton[primary="true"] { background: @accent; color: @accent_text; border-color: @accent; font-weight: 600; }
QPushButton[primary="true"]:focus { border-color: @text; }
QPushButton[primary="true"]:disabled { background: @field; color: @muted; border-color: @line; }
QPushButton[flat="true"] { background: transparent; border-color: transparent; text-align: left; padding: 6px 10px; }
QPushButton[flat="true"]:hover { background: @hover; }
QPushButton[flat="true"]:focus { border-color: @accent; }

QLineEdit, QComboBox { border: 1px solid @line; border-radius: 8px; padding: 6px 10px; background: @field; }
QLineEdit:focus, QComboBox:focus { border-color: @accent; }
QComboBox:hover { background: @hover; }
QComboBox:disabled { color: @muted; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: url(@icons/chevron.svg); width: 16px; height: 16px; }
QComboBox QAbstractItemView {
    background: @panel; border: 1px solid @line; padding: 4px; outline: none;
    selection-background-color: @tint; selection-color: @text;
}
QCheckBox { spacing: 10px; padding: 3px 0; }
QCheckBox::indicator { width: 18px; height: 18px; border-radius: 5px; border: 1px solid @muted; background: @field; }
QCheckBox::indicator:hover { border-color: @accent; }
QCheckBox:focus { color: @accent; }
QCheckBox::indicator:checked { background: @accent; border-color: @accent; image: url(@icons/check.svg); }
QCheckBox[side="left"]::indicator:checked { background: @left; border-color: @left; }
QCheckBox[side="right"]::indicator:checked { background: @right; border-color: @right; }
QCheckBox[side="centre"]::indicator:checked { background: @muted; border-color: @muted; }
QSlider { min-height: 22px; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: @line; }
QSlider::sub-page:horizontal { height: 4px; border-radius: 2px; background: @accent; }
QSlider::handle:horizontal {
    width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; background: @accent;
}
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus { background: @text; }
QSlider::sub-page:horizontal:disabled, QSlider::handle:horizontal:disabled { background: @line; }
QProgressBar { border: none; border-radius: 3px; background: @line; max-height: 6px; min-height: 6px; }
QProgressBar::chunk { border-radius: 3px; background: @accent; }
QScrollArea { border: none; background: transparent; }
QScrollBar:vertical { width: 10px; background: transparent; margin: 2px; }
QScrollBar::handle:vertical { border-radius: 3px; background: @line; min-height: 30px; }
QScrollBar::handle:vertical:hover { background: @muted; }
QScrollBar::add-line, QScrollBar::sub-line { height: 0; }

#transport, #traces { background: @panel; border-top: 1px solid @line; }
#side { background: @panel; border-left: 1px solid @line; }
#coach { background: @panel; border-right: 1px solid @line; }
#side QWidget#content, #coach QWidget#content { background: @panel; }
#count { font-size: 60pt; font-weight: 800; }
#cue { color: @warning; font-size: 12pt; font-weight: 600; }
QPushButton[flat="true"]:checked { background: @tint; }
#empty { background: @ground; }
#title { font-size: 22pt; font-weight: 700; }
#heading { font-weight: 700; font-size: 11pt; }
#section { color: @muted; font-weight: 700; font-size: 8pt; }
#muted { color: @muted; }
#live { color: @accent_text; background: @error; border-radius: 6px; padding: 2px 8px; font-weight: 700; }
#mark { color: #f4f6fa; background: rgba(12, 13, 17, 205); border-radius: 9px; padding: 6px 13px; font-weight: 600; }
#drop { border: 2px dashed @line; border-radius: 18px; background: @panel; }
#drop[over="true"] { border-color: @accent; background: @tint; }

QFrame#banner { background: @tint; border: 1px solid @line; border-radius: 10px; }
QFrame#banner[kind="warning"] { background: @warning_ground; }
QFrame#banner[kind="error"] { background: @error_ground; }
QFrame#banner QLabel#heading { font-size: 10pt; }

QStatusBar { background: @panel; border-top: 1px solid @line; }
QStatusBar::item { border: none; }
QStatusBar QLabel { padding: 2px 7px; color: @muted; }
QStatusBar QLabel#source { color: @text; font-weight: 600; }
QStatusBar QLabel[state="trouble"] { color: @warning; }
QStatusBar QLabel[state="error"] { color: @error; }
"""
