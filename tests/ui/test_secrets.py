"""A password in an address is never shown."""

from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget
from ui.settling import settled

from vitpose_live.errors import SourceError

SECRET = "rtsp://anna:hush@camera/live?token=hush"


def shown(window):
    """Every text that the window shows or tells, tooltips and accessible names too."""
    texts = [window.windowTitle()]
    for widget in window.findChildren(QWidget):
        texts += [widget.toolTip(), widget.statusTip(), widget.accessibleName(), widget.accessibleDescription()]
        if isinstance(widget, QLabel | QAbstractButton | QLineEdit):
            texts.append(widget.text())
    for action in window.findChildren(QAction):
        texts += [action.text(), action.toolTip(), action.statusTip()]
    return texts


def test_title_recent_sources_and_status_do_not_show_it(desk):
    window = desk.window
    window.address.setText(SECRET)
    window.address.returnPressed.emit()
    settled(window)
    assert desk.engines[0].calls[-1] == ("open", SECRET)
    window.troubles.tell(SourceError("rtsp://***@camera/live does not answer"))
    texts = shown(window)
    assert "rtsp://camera/live" in " ".join(texts)
    assert not [text for text in texts if "hush" in text]
    assert window.preferences.recent == [SECRET]
    window.close_source()
    settled(window)
    assert not [text for text in shown(window) if "hush" in text]
