"""Whatever runs, the window closes within two seconds and leaves nothing behind."""

import threading

import av
import pytest
from fakes import BoxDetector, CentrePose
from PyQt6.QtWidgets import QApplication
from sources.cameras import FakeCamera
from sources.media import noisy, write_video
from sources.servers import HttpServer, live, silent
from stopwatch import Stopwatch
from ui.scenes import scene
from ui.settling import settled

import vitpose_live as vl
from vitpose_live.app.live import LiveSession
from vitpose_live.app.live_models import ModelShelf
from vitpose_live.models.catalog import ModelKind
from vitpose_live.sources import open_source
from vitpose_live.sources.camera import open_camera


def ours():
    return sorted(thread.name for thread in threading.enumerate() if thread.name.startswith("vitpose-"))


def test_closing_while_playing_stops_the_engine(playing):
    playing.window.close()
    assert playing.engine.calls[-1] == ("stop",)
    assert ours() == []


def test_a_result_that_comes_after_closing_does_no_harm(playing):
    playing.window.close()
    playing.engine.on_result(scene((1, (50, 50, 150, 300))))
    QApplication.processEvents()
    assert playing.window.view.picture is None


@pytest.mark.parametrize("polite", [True, False], ids=["a download that hears", "a server that says nothing"])
def test_closing_during_a_download(make_window, polite):
    gate, started = threading.Event(), threading.Event()

    def get(name, progress):
        started.set()
        while not gate.wait(0.01):
            if polite:
                progress(1, 10)

    desk = make_window(get=get)
    desk.window.models.fetch(ModelKind.POSE, "vitpose-plus-small")
    assert started.wait(20)
    assert closes(desk.window) < 2.0
    assert polite is (ours() == [])
    gate.set()  # its thread is a daemon: the process would end without this
    if not polite:
        next(thread for thread in threading.enumerate() if thread.name == "vitpose-download").join(20)


def test_closing_while_the_engine_hangs(make_window):
    desk = make_window()
    desk.window.open_source("clip.mp4")
    settled(desk.window)
    gate, started = threading.Event(), threading.Event()
    desk.engines[0].seek = lambda seconds: started.set() or gate.wait(20)
    desk.window.controller.seek(1.0)
    assert started.wait(20)
    assert closes(desk.window) < 2.0
    gate.set()
    for thread in threading.enumerate():
        if thread.name.startswith("vitpose-"):
            thread.join(20)


def test_closing_before_anything_was_opened(desk):
    desk.window.close()
    assert ours() == []


def test_nothing_of_a_closed_window_is_left(make_window, qtbot):
    desk = make_window()
    desk.window.open_source("clip.mp4")
    settled(desk.window)
    desk.window.close()
    before = len(QApplication.allWidgets())
    desk.window.deleteLater()
    with qtbot.waitSignal(desk.window.destroyed):
        pass
    assert len(QApplication.allWidgets()) < before - 40
    assert ours() == []


# --- with the real engine; only its models are small ----------------------------------------------------------------


def engine(source=open_source, load=lambda settings, get: BoxDetector((10, 10, 50, 40))):
    """A factory of engines that open `source`, and load their detector with `load`."""

    def factory(settings, on_result, on_change):
        models = ModelShelf(load, lambda settings, get: CentrePose(vl.load_skeleton("coco17")))
        return LiveSession(settings, on_result=on_result, on_change=on_change, open_source=source, models=models)

    return factory


def closes(window):
    """Close, and return the seconds that took."""
    with Stopwatch() as watch:
        window.close()
    return watch.seconds


def joined():
    """Wait for the threads that were left to end by themselves."""
    for thread in threading.enumerate():
        if thread.name.startswith("vitpose-"):
            thread.join(20)
    assert ours() == []


@pytest.mark.parametrize("kind", ["mp4 file", "stream"])
def test_closing_while_it_records_leaves_a_file_that_plays(make_window, qtbot, tmp_path, kind):
    desk = make_window(factory=engine())
    with HttpServer(live()) as server:
        clip = write_video(tmp_path / "clip.mp4", noisy(300, 5), rate=30)
        desk.window.open_source(str(clip) if kind == "mp4 file" else server.url())
        qtbot.waitUntil(lambda: desk.window.view.picture is not None, timeout=20_000)
        desk.window.commands.record()
        qtbot.waitUntil(lambda: (desk.window.controller.snapshot().recorded or (0, 0))[0] > 0.2, timeout=20_000)
        assert closes(desk.window) < 2.0
        joined()
    (video,) = (tmp_path / "videos").iterdir()
    with av.open(str(video)) as container:
        assert sum(1 for _ in container.decode(video=0)) > 3


def test_closing_while_a_server_says_nothing(make_window, qtbot):
    desk = make_window(factory=engine())
    with HttpServer(silent) as server:
        desk.window.open_source(server.url())
        qtbot.waitUntil(lambda: bool(server.asked), timeout=20_000)
        assert closes(desk.window) < 2.0
        server.close()
        joined()


def test_closing_while_a_camera_hangs_as_it_opens(make_window, qtbot):
    camera = FakeCamera("block open")
    desk = make_window(factory=engine(lambda source, **_: open_camera(0, factory=camera.open)))
    desk.window.open_source("0")
    qtbot.waitUntil(lambda: any(name == "vitpose-live-reader" for name in ours()), timeout=20_000)
    assert closes(desk.window) < 2.0
    camera.mode = "good"
    camera.unblock.set()
    joined()
    assert camera.held == 0


def test_closing_while_a_camera_hangs_as_it_runs(make_window, qtbot):
    camera = FakeCamera()
    desk = make_window(factory=engine(lambda source, **_: open_camera(0, factory=camera.open)))
    desk.window.open_source("0")
    qtbot.waitUntil(lambda: desk.window.view.picture is not None, timeout=20_000)
    camera.mode = "block"
    assert closes(desk.window) < 2.0
    camera.unblock.set()
    joined()
    assert camera.held == 0


def test_closing_while_a_model_loads(make_window, qtbot, tmp_path):
    gate, started = threading.Event(), threading.Event()

    def load(settings, get):
        started.set()
        gate.wait(20)
        return BoxDetector((10, 10, 50, 40))

    desk = make_window(factory=engine(load=load))
    desk.window.open_source(str(write_video(tmp_path / "clip.mp4", noisy(5, 5), rate=30)))
    qtbot.waitUntil(started.is_set, timeout=20_000)
    assert closes(desk.window) < 2.0
    gate.set()
    joined()
