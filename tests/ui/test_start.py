"""From the command line to the window."""

import ctypes
import os
import subprocess
import sys

import pytest
from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication

from vitpose_live.app.settings import Settings
from vitpose_live.errors import VitposeLiveError
from vitpose_live.ui import application, main_window
from vitpose_live.ui.cameras import CameraList


def run(*arguments, **changes):
    environment = {name: value for name, value in os.environ.items() if name not in changes}
    environment |= {name: value for name, value in changes.items() if value is not None}
    line = [sys.executable, "-m", "vitpose_live", *arguments]
    return subprocess.run(line, capture_output=True, text=True, env=environment, check=False, timeout=200)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")
@pytest.mark.parametrize("arguments", [(), ("ui",), ("ui", "clip.mp4")], ids=["alone", "ui", "with a source"])
def test_without_a_display_it_says_so(arguments):
    done = run(*arguments, DISPLAY=None, WAYLAND_DISPLAY=None, QT_QPA_PLATFORM=None)
    assert done.returncode == 1
    assert "no display" in done.stderr
    assert "vitpose-live process" in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_usage_is_still_wrong():
    assert run("ui", "a", "b").returncode == 2
    assert run("squat").returncode == 2


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a library of X11")
def test_a_missing_display_library_is_named(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":99")
    for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)

    def refuse(name):
        raise OSError(f"{name}: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    with pytest.raises(VitposeLiveError, match="libxcb-cursor") as caught:
        application.check_display()
    assert "libxcb-cursor" in caught.value.hint


def test_opening_the_package_of_the_window_loads_neither_networks_nor_codecs():
    code = (
        "import sys; import vitpose_live.ui.main_window;"
        "heavy = ('torch', 'openvino', 'transformers', 'av', 'PyQt6.QtMultimedia');"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture
def started(tmp_path, monkeypatch, qapp):
    """Run the app until `then(window)` is done with it."""

    def start(then, source=None):
        monkeypatch.setattr(main_window, "CameraList", lambda parent: CameraList(look=list, parent=parent))

        def act():
            (window,) = (w for w in QApplication.topLevelWidgets() if isinstance(w, main_window.MainWindow))
            then(window)

        QTimer.singleShot(50, act)
        return application.run_app(source, Settings(), tmp_path / "window.ini")

    return start


def test_the_app_runs_until_its_window_is_closed(started):
    before = sys.excepthook
    assert started(lambda window: window.close()) == 0
    assert sys.excepthook is before


def test_a_mistake_in_a_handler_is_told_and_the_window_lives_on(started, capsys):
    told = []

    def fail_first(window):
        # what Qt does with an exception that leaves a handler
        try:
            1 / 0  # noqa: B018
        except ZeroDivisionError as error:
            sys.excepthook(type(error), error, error.__traceback__)
        told.append(window.banners["error"].text.text())
        window.close()

    assert started(fail_first) == 0
    assert told == ["ZeroDivisionError: division by zero"]
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_source_that_is_named_is_opened(started):
    opened = []

    def look(window):
        opened.append(window.controller.source)
        window.close()

    started(look, source="nothing there.mp4")
    assert opened == ["nothing there.mp4"]


def test_looking_for_cameras_says_nothing_on_the_error_output():
    code = (
        "import os; os.environ['QT_QPA_PLATFORM'] = 'offscreen'; from PyQt6.QtWidgets import QApplication;"
        "from vitpose_live.ui.cameras import CameraList; app = QApplication([]); cameras = CameraList();"
        "cameras.prepare(); cameras.start();"
        "from PyQt6.QtCore import QLoggingCategory as C;"
        "names = ('qt.multimedia.symbolsresolver', 'qt.multimedia.ffmpeg');"
        "print([C(name).isCriticalEnabled() for name in names], C('qt.multimedia.ffmpeg').isWarningEnabled())"
    )
    environment = {name: text for name, text in os.environ.items() if name != "QT_LOGGING_RULES"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stderr == ""
    assert done.stdout.split() == ["[True,", "True]", "True"]  # what goes wrong is still told
