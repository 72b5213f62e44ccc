"""A window on a fake engine, and proof that nothing of it is left."""

from __future__ import annotations

import gc
import os
from functools import partial
from types import SimpleNamespace

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

try:
    from PyQt6 import sip
    from PyQt6.QtWidgets import QApplication
except ImportError as error:  # PyQt6 is installed, but not the display libraries that it is linked to
    WHY = f"needs the libraries that PyQt6 draws with: {error}"

    class _Skipped(pytest.Module):
        def collect(self):
            pytest.skip(WHY, allow_module_level=True)

    def pytest_pycollect_makemodule(module_path, parent):
        return _Skipped.from_parent(parent, path=module_path)

else:
    from ui.engine_fake import FakeEngine
    from ui.settling import settled

    from vitpose_live.ui.cameras import CameraChoice, CameraList
    from vitpose_live.ui.main_window import MainWindow
    from vitpose_live.ui.output_files import OutputFiles
    from vitpose_live.ui.preferences import Preferences


@pytest.fixture(autouse=True, scope="module")
def _quick_collections():
    """Have the collections of garbage after each test look at what came since: a window's end unfreezes the rest."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _no_widget_left(qapp):
    """Fail the test that leaves a window behind."""
    before = {id(widget) for widget in QApplication.topLevelWidgets()}
    yield
    gc.collect()
    qapp.processEvents()
    left = [w for w in QApplication.topLevelWidgets() if id(w) not in before and w.isVisible()]
    assert not left, f"windows left: {left}"


@pytest.fixture
def qtbot(qtbot):
    """Give it the patience that a busy machine asks for."""
    for wait in ("waitUntil", "waitSignal", "waitActive", "waitExposed"):
        setattr(qtbot, wait, partial(getattr(qtbot, wait), timeout=20_000))
    return qtbot


@pytest.fixture
def make_window(qtbot, tmp_path):
    """Build windows that keep their things under `tmp_path`; all are closed at the end."""
    made = []

    def make(**options):
        engines = []

        def factory(settings, on_result, on_change):
            engines.append(FakeEngine(settings, on_result, on_change))
            return engines[-1]

        cameras = CameraList(look=lambda: list(desk.cameras))
        window_options = {
            "factory": factory,
            "cameras": cameras,
            "files": OutputFiles(tmp_path / "videos", tmp_path / "pictures"),
            "get": lambda name, progress: tmp_path,
        } | options
        desk = SimpleNamespace(cameras=[CameraChoice("0", "Front camera")], engines=engines)
        window = MainWindow(Preferences(tmp_path / "window.ini"), **window_options)
        desk.window = window
        with qtbot.waitActive(window):  # keys reach an active window only
            window.show()
            window.activateWindow()
        qtbot.waitUntil(lambda: window.cameras.cameras == desk.cameras and window.steps.idle)
        made.append(window)
        return desk

    yield make
    for window in made:
        if not sip.isdeleted(window):
            window.close()
            window.deleteLater()
    qtbot.wait(1)


@pytest.fixture
def desk(make_window):
    """One window, its engines and its cameras."""
    return make_window()


@pytest.fixture
def playing(desk, qtbot):
    """The same with a file open."""
    desk.window.open_source("clip.mp4")
    settled(desk.window)
    desk.engine = desk.engines[0]
    desk.engine.calls.clear()
    return desk
