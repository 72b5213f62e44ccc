"""How the parts lie in the window."""

from __future__ import annotations

from collections.abc import Iterable

from PyQt6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget


def arranged(
    left: QWidget, above: Iterable[QWidget], middle: QWidget, below: Iterable[QWidget], right: QWidget
) -> QWidget:
    """Return one widget with the parts around the `middle`, which takes the room that is left over."""
    whole, column = QWidget(), QVBoxLayout()
    row = QHBoxLayout(whole)
    for part in above:
        column.addWidget(part)
    column.addWidget(middle, 1)
    for part in below:
        column.addWidget(part)
    row.addWidget(left)
    row.addLayout(column, 1)
    row.addWidget(right)
    for layout in (column, row):
        _close_up(layout)
    return whole


def _close_up(layout: QBoxLayout) -> None:
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
