"""What keeps the window answering: long work in steps, and no full collection of garbage while somebody waits."""

import gc

import pytest
from PyQt6.QtCore import QSize, QTimer
from PyQt6.QtGui import QIcon

from vitpose_live.ui.collector import Collector
from vitpose_live.ui.icons import ICONS, icon
from vitpose_live.ui.readout import Snapshot
from vitpose_live.ui.steps import Steps


def test_the_window_gets_a_turn_between_steps(qtbot):
    steps, said = Steps(), []
    turns = QTimer()
    turns.timeout.connect(lambda: said.append("turn"))
    turns.start(0)
    steps.run(lambda: said.append(1), lambda: steps.run(lambda: said.append(3)), lambda: said.append(2))
    assert said == []
    qtbot.waitUntil(lambda: 3 in said)
    assert steps.idle
    assert [word for word in said if word != "turn"] == [1, 2, 3]
    assert "turn" in said[said.index(1) : said.index(2)]


def test_steps_that_are_stopped_are_not_done(qtbot):
    steps, said = Steps(), []
    steps.run(steps.stop, lambda: said.append(1))
    qtbot.waitUntil(lambda: steps.idle)
    qtbot.wait(5)
    assert said == []


@pytest.fixture
def collector():
    made = Collector()
    usual = gc.get_threshold()
    made.start()
    yield made
    made.stop()
    assert gc.get_threshold() == usual
    assert gc.get_freeze_count() == 0


def test_no_full_collection_comes_by_itself_and_garbage_goes_all_the_same(collector):
    full = []

    def note(phase, info):
        if phase == "start" and info["generation"] == 2:
            full.append(info)

    gc.callbacks.append(note)
    try:
        kept = [[number] for number in range(200_000)]  # Python would look through everything about now
        assert full == []
        ring = [kept]
        ring.append(ring)
        del kept, ring
        collector.collect()
        assert len(full) == 1
    finally:
        gc.callbacks.remove(note)
    assert gc.collect() < 10_000


def test_what_the_first_source_brought_is_not_looked_through_again(collector):
    before = gc.get_freeze_count()
    brought = [[number] for number in range(1000)]
    collector.follow(Snapshot(source="clip.mp4", state="opening"))
    assert gc.get_freeze_count() == before
    collector.follow(Snapshot(source="clip.mp4", state="running"))
    assert gc.get_freeze_count() >= before + len(brought)


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_an_icon_is_drawn_as_large_as_it_is_asked_for(qapp, ratio):
    pixmap = icon("play", "#ff0000").pixmap(QSize(20, 20), ratio)
    assert (pixmap.width(), pixmap.devicePixelRatio()) == (20 * ratio, ratio)
    image = pixmap.toImage()
    inks = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())
            if image.pixelColor(x, y).alpha() == 255}  # fmt: skip
    assert inks == {"#ff0000"}
    faint = icon("play", "#ff0000").pixmap(QSize(20, 20), ratio, QIcon.Mode.Disabled).toImage()
    assert max(faint.pixelColor(x, y).alpha() for x in range(faint.width()) for y in range(faint.height())) < 128


def test_every_icon_can_be_drawn(qapp):
    for path in ICONS.glob("*.svg"):
        image = icon(path.stem, "#ffffff").pixmap(QSize(24, 24), 1.0).toImage()
        assert any(image.pixelColor(x, y).alpha() for x in range(24) for y in range(24)), path.stem
