"""Keys, clicks and the wheel reach what they are meant for."""

import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtWidgets import QAbstractButton, QAbstractSlider, QApplication, QComboBox, QPushButton, QScrollBar
from ui.settling import settled

from vitpose_live.models.catalog import ModelKind


def wheel(control):
    """Turn the wheel over `control`, as the system tells of it."""
    middle = QPointF(control.rect().center())
    nothing = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(middle, control.mapToGlobal(middle), QPoint(), QPoint(0, -120), *nothing, False)
    QApplication.sendEvent(control, event)
    return event


def test_the_wheel_over_a_picker_scrolls_the_panel_and_downloads_nothing(playing):
    window = playing.window
    panel = window.panel
    for control in (*panel.pickers.values(), panel.precision, panel.delay, panel.thickness, panel.threshold):
        before = control.currentIndex() if isinstance(control, QComboBox) else control.value()
        assert not wheel(control).isAccepted()
        assert (control.currentIndex() if isinstance(control, QComboBox) else control.value()) == before
    wheel(window.transport.speed)
    wheel(window.transport.bar)
    settled(window)
    assert playing.engine.calls == []
    assert not window.models.downloading


def test_the_wheel_changes_a_picker_that_was_gone_to_with_the_tab_key(desk):
    picker = desk.window.panel.precision
    picker.setFocus()
    wheel(picker)
    assert picker.currentIndex() == 1


def test_a_click_takes_no_keys_from_the_film(playing, qtbot):
    window = playing.window
    window.view.setFocus()
    box = window.panel.boxes["boxes"]
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(9, box.height() // 2))
    assert not box.isChecked()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    settled(window)
    assert not box.isChecked()
    assert playing.engine.calls == [("pause",)]


def test_nothing_but_lines_and_the_picture_takes_the_focus_at_a_click(playing):
    window = playing.window
    window.banners.tell("one", "info", "text", buttons=[("Do it", lambda: None)])
    kinds = (QAbstractButton, QAbstractSlider, QComboBox)
    greedy = [
        control
        for kind in kinds
        for control in window.findChildren(kind)
        if control.focusPolicy() & Qt.FocusPolicy.ClickFocus
        and not isinstance(control, QScrollBar)
        and not control.objectName().startswith("qt_")
    ]
    assert greedy == []


def test_space_presses_the_button_that_has_the_focus_while_a_film_plays(playing, qtbot):
    window = playing.window
    pressed = []
    banner = window.banners.tell("one", "info", "text", buttons=[("Do it", lambda: pressed.append(True))])
    button = banner.findChild(QPushButton)
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert pressed == [True]
    tool = window.tools.widgetForAction(window.actions_by_name["trails"])
    tool.setFocus()
    before = window.view.options.trails
    qtbot.keyClick(tool, Qt.Key.Key_Space)
    settled(window)
    assert window.view.options.trails is not before
    assert playing.engine.calls == []


def test_letters_typed_into_the_address_line_do_nothing_else(playing, qtbot):
    window = playing.window
    window.commands.ask_for_address()
    before = window.view.options
    text = "rtsp://a.b/cdfghijklmoprst,.[] "
    qtbot.keyClicks(window.address, text)
    settled(window)
    assert window.address.text() == text
    assert window.view.options == before
    assert playing.engine.calls == []


def test_space_after_closing_the_source_opens_nothing(playing, qtbot):
    window = playing.window
    window.view.setFocus()
    window.close_source()
    settled(window)
    assert not isinstance(QApplication.focusWidget(), QAbstractButton)


@pytest.mark.parametrize("kind", list(ModelKind))
def test_what_a_picker_is_called_stands_above_it(desk, kind):
    assert desk.window.panel.pickers[kind].accessibleName()


def test_menus_show_their_tips(desk):
    menus = [entry.menu() for entry in desk.window.menuBar().actions()]
    assert all(menu.toolTipsVisible() for menu in [*menus, desk.window.sources])


def test_of_two_files_dropped_the_first_is_opened_and_that_is_said(desk, tmp_path):
    from PyQt6.QtCore import QMimeData, QUrl
    from PyQt6.QtGui import QDragEnterEvent, QDropEvent

    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(f"/videos/{name}.mp4") for name in ("one", "two")])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    copy = Qt.DropAction.CopyAction
    QApplication.sendEvent(desk.window, QDragEnterEvent(QPoint(9, 9), copy, data, left, none))
    QApplication.sendEvent(desk.window, QDropEvent(QPointF(9, 9), copy, data, left, none))
    settled(desk.window)
    assert [call for call in desk.engines[0].calls if call[0] == "open"] == [("open", "/videos/one.mp4")]
    assert "first of 2" in desk.window.banners["left"].text.text()
