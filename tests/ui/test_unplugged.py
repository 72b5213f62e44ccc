"""A camera that is unplugged, hangs or freezes: the window says so within two seconds, and goes on by itself."""

import numpy as np
import pytest
from fakes import BoxDetector, CentrePose
from sources.cameras import FakeCamera
from stopwatch import Stopwatch

import vitpose_live as vl
from vitpose_live.app.live import LiveSession
from vitpose_live.app.live_models import ModelShelf
from vitpose_live.sources.camera import open_camera


@pytest.mark.parametrize("failure", ["false", "raise", "block", "repeat"])
def test_a_lost_camera_is_told_and_comes_back(make_window, qtbot, failure):
    camera = FakeCamera()

    def factory(settings, on_result, on_change):
        models = ModelShelf(
            lambda settings, get: BoxDetector((10, 10, 50, 40)),
            lambda settings, get: CentrePose(vl.load_skeleton("coco17")),
        )
        opened = lambda source, **_: open_camera(0, factory=camera.open)  # noqa: E731  with the patience of every day
        return LiveSession(settings, on_result=on_result, on_change=on_change, open_source=opened, models=models)

    window = make_window(factory=factory).window
    window.open_source("0")
    qtbot.waitUntil(lambda: window.view.picture is not None, timeout=20_000)
    try:
        with Stopwatch() as watch:
            camera.mode = failure
            qtbot.waitUntil(lambda: "trouble" in window.banners, timeout=20_000)
        assert watch.seconds < 2.0 + 0.5  # the window looks five times a second
        assert "lost" in window.banners["trouble"].text.text()
        last = window.view.picture
        camera.unblock.set()
        camera.mode = "good"
        qtbot.waitUntil(lambda: "trouble" not in window.banners, timeout=20_000)
        assert window.view.picture is not last
        assert np.ptp(window.view.picture.result.frame.image) > 0
    finally:
        camera.unblock.set()
        window.close()
    qtbot.waitUntil(lambda: camera.held == 0, timeout=20_000)
