"""Waiting for a window without waiting for time."""

from __future__ import annotations

from PyQt6.QtWidgets import QApplication


def settled(window):
    """Have every command carried out and shown."""
    assert window.controller.wait(20)
    QApplication.processEvents()
    window.controller.refresh()
