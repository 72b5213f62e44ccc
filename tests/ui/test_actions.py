from PyQt6.QtGui import QKeySequence

from vitpose_live.ui.actions import TABLE
from vitpose_live.ui.icons import ICONS


def test_no_name_and_no_key_twice():
    names = [row.name for row in TABLE]
    keys = [QKeySequence(key).toString() for row in TABLE for key in row.keys]
    assert len(set(names)) == len(names)
    assert len(set(keys)) == len(keys)
    assert all(keys)


def test_the_promised_keys_do_something():
    promised = {"Space", "Left", "Right", ",", ".", "[", "]", "L", "S", "F", "R", "O", "H", "F1"}
    assert promised <= {key for row in TABLE for key in row.keys}


def test_every_action_is_in_a_menu_with_a_tip_that_names_its_key(desk):
    menus = {menu.title(): menu.actions() for menu in desk.window.menuBar().findChildren(type(desk.window.sources))}
    menus |= {entry.text(): entry.menu().actions() for entry in desk.window.menuBar().actions()}
    for row in TABLE:
        action = desk.window.actions_by_name[row.name]
        assert action in menus[row.menu], row.name
        assert row.tip in action.toolTip()
        assert QKeySequence(row.keys[0]).toString(QKeySequence.SequenceFormat.NativeText) in action.toolTip()
        assert [key.toString() for key in action.shortcuts()] == [QKeySequence(key).toString() for key in row.keys]
        assert action.isCheckable() is row.checkable, row.name
        if row.icon:
            assert (ICONS / f"{row.icon}.svg").is_file(), row.name
            assert not action.icon().isNull(), row.name


def test_the_help_sheet_lists_every_action(desk):
    lines = desk.window.sheet.lines
    assert len(lines) == len(TABLE)
    for row in TABLE:
        assert any(line.endswith(f": {row.text.replace('&', '').rstrip('…')}") for line in lines)
    assert desk.window.sheet.accessibleDescription() == "\n".join(lines)


def test_every_control_has_a_name_for_those_who_cannot_see_it(playing):
    from PyQt6.QtWidgets import QAbstractButton, QAbstractSlider, QComboBox, QLineEdit, QScrollBar

    window = playing.window
    controls = [
        *window.findChildren(QAbstractButton), *window.findChildren(QAbstractSlider), *window.findChildren(QComboBox),
        *window.findChildren(QLineEdit),
    ]  # fmt: skip
    nameless = [
        control
        for control in controls
        if not isinstance(control, QScrollBar)
        and not control.objectName().startswith("qt_")
        and not (control.accessibleName() or (isinstance(control, QAbstractButton) and control.text()))
    ]
    assert nameless == []
