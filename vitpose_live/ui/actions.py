"""Everything a person can do, in one table: menus, tool bar, shortcuts and the help sheet are made from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PyQt6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QWidget

from vitpose_live.ui.readout import Snapshot

_CONTEXT = "Actions"


def _(text: str) -> str:
    """Mark `text` for translation."""
    return str(QT_TRANSLATE_NOOP(_CONTEXT, text))


def translated(text: str) -> str:
    """Return `text` of the table in the person's language."""
    return QCoreApplication.translate(_CONTEXT, text)


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One thing to do.

    Parameters
    ----------
    name
        What the code calls it.
    menu
        The menu it is in.
    text
        In the menu.
    keys
        Shortcuts, as `QKeySequence` reads them; the first is shown.
    tip
        What it does, in a sentence.
    icon
        A name of `vitpose_live.ui.icons`; empty for none.
    checkable
        Whether it is on or off.
    tool
        Whether it is in the tool bar.
    """

    name: str
    menu: str
    text: str
    keys: tuple[str, ...]
    tip: str
    icon: str = ""
    checkable: bool = False
    tool: bool = False


FILE, PLAY, VIEW, HELP = _("&File"), _("&Playback"), _("&View"), _("&Help")

TABLE: tuple[ActionRow, ...] = (
    ActionRow("camera", FILE, _("Open &camera"), ("Ctrl+K",), _("Open the first camera"), "camera"),
    ActionRow("file", FILE, _("&Open file…"), ("Ctrl+O",), _("Open a video or picture"), "file"),
    ActionRow("address", FILE, _("Open &address…"), ("Ctrl+U",), _("Open a stream by its address"), "address"),
    ActionRow("demo", FILE, _("Open the &demo"), ("Ctrl+D",), _("Play the clip that came along"), "play"),
    ActionRow("record", FILE, _("&Record"), ("R",), _("Record the annotated picture"), "record", True),
    ActionRow("hold", FILE, _("&Pause recording"), ("Shift+R",), _("Leave out of the recording what comes"), "", True),
    ActionRow("screenshot", FILE, _("&Screenshot"), ("S",), _("Save the picture as PNG"), "screenshot", tool=True),
    ActionRow("close_source", FILE, _("C&lose source"), ("Ctrl+W",), _("Close the camera, file or stream"), "stop"),
    ActionRow("quit", FILE, _("&Quit"), ("Ctrl+Q",), _("Close the window"), "quit"),
    ActionRow("play", PLAY, _("&Play or pause"), ("Space",), _("Stand still, or go on"), "play"),
    ActionRow("step_back", PLAY, _("Frame &back"), (",",), _("Go one frame back and pause"), "step-back"),
    ActionRow("step_on", PLAY, _("Frame &on"), (".",), _("Go one frame on and pause"), "step-forward"),
    ActionRow("back", PLAY, _("Back 5 seconds"), ("Left",), _("Go 5 seconds back")),
    ActionRow("on", PLAY, _("On 5 seconds"), ("Right",), _("Go 5 seconds on")),
    ActionRow("faster", PLAY, _("&Faster"), ("Up",), _("Play faster")),
    ActionRow("slower", PLAY, _("&Slower"), ("Down",), _("Play slower")),
    ActionRow("loop_start", PLAY, _("Loop from here"), ("[",), _("Set where the loop begins")),
    ActionRow("loop_end", PLAY, _("Loop to here"), ("]",), _("Set where the loop ends")),
    ActionRow("loop", PLAY, _("&Loop"), ("L",), _("Repeat the marked part, or all of it"), "loop", True),
    ActionRow("replay", PLAY, _("&Instant replay"), ("I",), _("Watch the last 10 seconds again"), "replay", True, True),
    ActionRow("delay", PLAY, _("&Delayed mirror"), ("D",), _("Show a camera some seconds late"), "delay", True),
    ActionRow("overlay", VIEW, _("&Overlay"), ("O",), _("Draw people over the picture"), "overlay", True, True),
    ActionRow("trails", VIEW, _("&Trails"), ("G",), _("Show where hands and feet have been"), "trails", True, True),
    ActionRow("angles", VIEW, _("&Angles"), ("A",), _("Write the angles of the joints"), "angles", True, True),
    ActionRow("mirror", VIEW, _("&Mirror"), ("M",), _("Show the picture as in a mirror"), "mirror", True, True),
    ActionRow("black", VIEW, _("On &black"), ("B",), _("Show skeletons only, on black"), "black", True, True),
    ActionRow("lock", VIEW, _("Lock on to the &next person"), ("K",), _("Keep to one person, as a click does"), "lock"),
    ActionRow("unlock", VIEW, _("&Let go"), ("Escape",), _("Let go, leave full screen, or close the sheet")),
    ActionRow("panel", VIEW, _("&Side panel"), ("P",), _("Show models and overlay controls"), "panel", True, True),
    ActionRow("traces", VIEW, _("Angle &traces"), ("J",), _("Show a person's angles over time"), "traces", True, True),
    ActionRow("coach", VIEW, _("&Coach"), ("E",), _("Count repetitions and coach an exercise"), "coach", True, True),
    ActionRow("fullscreen", VIEW, _("&Full screen"), ("F", "F11"), _("Fill the screen"), "fullscreen", True, True),
    ActionRow("theme", VIEW, _("&Light theme"), ("T",), _("Change between light and dark"), "theme", True, True),
    ActionRow("help", HELP, _("&Keyboard shortcuts"), ("H", "F1"), _("Show every shortcut"), "help", True, True),
)  # fmt: skip


def build_actions(parent: QWidget, handlers: Mapping[str, Callable[[], None]]) -> dict[str, QAction]:
    """Make every action of `TABLE` on `parent`, which calls its handler.

    Raises
    ------
    KeyError
        When a row has no handler.
    """
    actions = {}
    for row in TABLE:
        handler = handlers[row.name]
        action = QAction(translated(row.text), parent)
        action.setObjectName(row.name)
        action.setCheckable(row.checkable)
        action.setShortcuts([QKeySequence(key) for key in row.keys])
        tip = translated(row.tip)
        action.setStatusTip(tip)
        action.setToolTip(f"{tip} ({shown_keys(row)})")
        action.triggered.connect(lambda _checked, handler=handler: handler())
        parent.addAction(action)
        actions[row.name] = action
    return actions


def enable(actions: Mapping[str, QAction], snapshot: Snapshot) -> None:
    """Enable what can be done as things are."""
    for name in ("play", "screenshot", "close_source", "lock"):
        actions[name].setEnabled(bool(snapshot.source))
    actions["record"].setEnabled(snapshot.info is not None and snapshot.state in ("running", "paused", "ended"))
    actions["hold"].setEnabled(snapshot.recorded is not None)
    actions["hold"].setChecked(snapshot.recording_paused)
    for name in ("step_back", "step_on", "back", "on", "faster", "slower", "loop_start", "loop_end", "loop"):
        actions[name].setEnabled(snapshot.seekable)


def shown_keys(row: ActionRow) -> str:
    """Return the shortcuts of `row` as this system writes them."""
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(QKeySequence(key).toString(native) for key in row.keys)
