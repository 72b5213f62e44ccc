"""The real app on an X server of its own, worked with real key and mouse events; for a test and for screenshots."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtGui import QImage
from window_tools import start_server

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ("Xvfb", "xdotool")
PATIENCE = 90.0
_SHOT = """
import sys
from PyQt6.QtWidgets import QApplication
app = QApplication([])
app.primaryScreen().grabWindow(0).save(sys.argv[1], quality=90)
"""
# the command, and ten times a second a note of where things are: what a person sees with their eyes
_APP = """
import json, os, sys
from pathlib import Path
import vitpose_live.ui.main_window as shown
from PyQt6.QtCore import QPoint, QPointF, QTimer
from vitpose_live.ui.people import boxes_by_id
note = Path(sys.argv.pop(1))
build = shown.MainWindow.__init__
def built(window, *arguments, **named):
    build(window, *arguments, **named)
    def look():
        view, transport, control = window.view, window.transport, window.controller
        def place(part):
            corner = part.mapToGlobal(QPoint(0, 0))
            return [corner.x(), corner.y(), part.width(), part.height()] if part.isVisible() else None
        seen = {"view": place(view), "bar": place(transport.bar), "person": view.person, "people": {}}
        seen["record"] = place(transport.buttons["record"])
        snapshot = control.snapshot()
        seen |= {"state": snapshot.state, "position": snapshot.position, "recorded": snapshot.recorded is not None}
        seen |= {"duration": snapshot.duration, "theme": str(window.theme_name), "steps": window.steps.idle}
        if view.picture is not None:
            frame = view.picture.result.frame
            at = view.fit.viewport(view.picture.result)
            seen |= {"index": frame.index, "size": [frame.width, frame.height]}
            for track, (x1, y1, x2, y2) in boxes_by_id(view.picture.result).items():
                (x, y), = at.to_view([[(x1 + x2) / 2, (y1 + y2) / 2]])
                place_ = view.mapToGlobal(QPointF(x, y))
                seen["people"][track] = [place_.x(), place_.y()]
        note.with_suffix(".new").write_text(json.dumps(seen))
        os.replace(note.with_suffix(".new"), note)
    window.looking = QTimer(window)
    window.looking.timeout.connect(look)
    window.looking.start(100)
shown.MainWindow.__init__ = built
from vitpose_live.__main__ import main
main()
"""
T = TypeVar("T")


class Desktop:
    """An X server of its own, and hands on its keyboard and mouse.

    Parameters
    ----------
    folder
        The person's own: recordings, screenshots and settings go there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._server, display = start_server()
        self.environment = {
            **os.environ, "DISPLAY": display, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_RUNTIME_DIR": str(folder),
        }  # fmt: skip
        for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "XDG_VIDEOS_DIR", "XDG_PICTURES_DIR"):
            self.environment.pop(name, None)
        self._shots = 0
        self._note = folder / "seen.json"

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the command."""
        line = [sys.executable, "-W", "error", "-c", _APP, str(self._note), *arguments]
        return subprocess.Popen(line, env=self.environment, cwd=ROOT, stderr=subprocess.PIPE, text=True)

    def hands(self, *words: object) -> str:
        """Do what `xdotool` understands."""
        line = ["xdotool", *map(str, words)]
        return subprocess.run(line, env=self.environment, capture_output=True, text=True, check=False).stdout.strip()

    def click(self, x: float, y: float) -> None:
        """Click there with the mouse."""
        self.hands("mousemove", "--sync", round(x), round(y), "click", 1)

    def look(self) -> dict[str, Any]:
        """Return what there is to see in the window; empty before there is one."""
        with contextlib.suppress(FileNotFoundError):
            seen: dict[str, Any] = json.loads(self._note.read_text("utf-8"))
            return seen
        return {}

    def shoot(self, path: Path) -> None:
        """Save what is on the screen."""
        subprocess.run([sys.executable, "-c", _SHOT, str(path)], env=self.environment, check=True, capture_output=True)

    def screen(self) -> NDArray[np.uint8]:
        """(h, w, 3) uint8 RGB of what is on the screen."""
        self._shots += 1
        path = self.folder / f"screen{self._shots}.png"
        self.shoot(path)
        image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB32)
        bits = image.constBits()
        assert bits is not None
        data = np.asarray(bits.asarray(image.sizeInBytes()), np.uint8)
        pixels: NDArray[np.uint8] = data.reshape(image.height(), image.width(), 4)[..., 2::-1].copy()
        return pixels

    def close(self) -> None:
        """Take the X server down."""
        self._server.terminate()
        self._server.wait(10)


def until(condition: Callable[[], T], what: str) -> T:
    """Return what `condition` returns as soon as it is true."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.1)  # the other process is the one that is waited for
    raise AssertionError(f"waited {PATIENCE:.0f} s for {what}")
