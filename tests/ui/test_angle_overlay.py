import time

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from ui.scenes import scene
from ui.settling import settled
from ui.test_video_view import pixels

from vitpose_live.rendering.style import CENTRE, LEFT, RIGHT
from vitpose_live.ui.picture import Picture
from vitpose_live.ui.preferences import Preferences
from vitpose_live.ui.video_view import VideoView

TALL, OTHER = (100, 40, 260, 700), (700, 40, 860, 700)


@pytest.fixture
def view(qtbot):
    widget = VideoView()
    widget.resize(1280, 720)
    widget.options = widget.options.with_(angles=True, skeletons=False, boxes=False, ids=False)
    qtbot.addWidget(widget)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


def seen(view, *people, **options):
    view.show_picture(Picture.of(scene(*people, size=(1280, 720), **options), view.fit))
    view.repaint()
    return pixels(view.grab().toImage())


def near(image, colour, between=(0, 1280)):
    """How many pixels between two x are about of that colour."""
    part = image[:, slice(*between)].astype(int)
    return int((np.abs(part - np.array(colour)).max(axis=2) < 24).sum())


@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (60, 90, 120)])
def test_values_are_written_in_the_colours_of_both_sides_on_any_ground(view, colour):
    image = seen(view, (1, TALL), colour=colour)
    assert near(image, LEFT) > 100
    assert near(image, RIGHT) > 100
    view.options = view.options.with_(angles=False)
    assert (pixels(view.grab().toImage()) == np.array(colour)).all()


def test_nothing_is_written_of_small_people_and_doubtful_joints(view):
    for people, options in (([(1, (100, 40, 145, 150))], {}), ([(1, TALL)], {"score": 0.2}), ([], {})):
        assert (seen(view, *people, **options) == np.array((60, 90, 120))).all()


def test_while_somebody_is_locked_on_to_only_theirs_are_written(view):
    people = (1, TALL), (2, OTHER)
    both = seen(view, *people)
    assert near(both, LEFT, (0, 640)) > 100
    assert near(both, LEFT, (640, 1280)) > 100
    view.options = view.options.with_(boxes=True)
    view.lock_on(2)
    one = seen(view, *people)
    assert near(one, LEFT, (0, 640)) == 0
    assert near(one, LEFT, (640, 1280)) > 100


def test_mirrored_they_are_with_the_person_and_can_be_read(view):
    plain = seen(view, (1, TALL))
    view.options = view.options.with_(mirror=True)
    mirrored = seen(view, (1, TALL))
    assert near(mirrored, LEFT, (0, 640)) == 0
    assert near(mirrored, LEFT) == pytest.approx(near(plain, LEFT), rel=0.3)
    assert near(mirrored, CENTRE) > 10


def test_the_screenshot_has_them(view):
    seen(view, (1, TALL))
    assert near(pixels(view.snapshot()), LEFT) > 100


def test_a_key_switches_them_and_it_is_kept(playing, qtbot, tmp_path):
    window = playing.window
    qtbot.keyClick(window.view, Qt.Key.Key_A)
    settled(window)
    assert window.view.options.angles
    assert window.panel.boxes["angles"].isChecked()
    assert window.actions_by_name["angles"].isChecked()
    window.preferences.save()
    assert Preferences(tmp_path / "window.ini").overlay.angles
    window.panel.boxes["angles"].click()
    assert not window.view.options.angles
    assert not window.actions_by_name["angles"].isChecked()


def test_writing_them_for_four_people_is_quick(view, record_property):
    people = [(track, (100 + 290 * track, 150, 260 + 290 * track, 700)) for track in range(4)]
    medians = []
    for angles in (False, True):
        view.options = view.options.with_(angles=angles, skeletons=True, boxes=True, ids=True)
        took = []
        for step in range(40):
            view.show_picture(Picture.of(scene(*people, size=(1280, 720), time=step / 30), view.fit))
            started = time.thread_time()
            view.repaint()
            took.append((time.thread_time() - started) * 1e3)
        medians.append(float(np.median(took)))
    record_property("angles_ms", medians[1] - medians[0])
    print(f"\nangles of four people: {medians[1] - medians[0]:.2f} ms of processor time")  # noqa: T201
    assert medians[1] - medians[0] < 8  # a millisecond or two on a machine with nothing else to do
