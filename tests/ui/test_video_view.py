import time

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QImage
from ui.scenes import scene

from vitpose_live.rendering.style import LEFT, RIGHT, person_colour
from vitpose_live.ui.picture import Fit, Picture
from vitpose_live.ui.video_view import VideoView

GROUND = (60, 90, 120)
BOX = (100, 40, 220, 340)


@pytest.fixture
def view(qtbot):
    widget = VideoView()
    widget.resize(640, 360)
    qtbot.addWidget(widget)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


def show(view, result):
    view.show_picture(Picture.of(result, view.fit))
    view.repaint()


def pixels(image):
    """(h, w, 3) uint8 RGB of a QImage."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    data = np.frombuffer(image.constBits().asarray(image.sizeInBytes()), np.uint8)
    return data.reshape(image.height(), image.bytesPerLine() // 4, 4)[:, : image.width(), 2::-1].copy()


def seen(view):
    return pixels(view.grab().toImage())


def area(image, colour):
    """(m, 2) x, y of the pixels of that colour."""
    return np.argwhere((image == np.array(colour)).all(axis=2))[:, ::-1]


def test_without_overlay_the_frame_is_painted_as_it_is(view):
    view.options = view.options.with_(visible=False)
    noise = np.random.default_rng(0).integers(0, 256, (360, 640, 3), np.uint8)
    result = scene((1, BOX))
    object.__setattr__(result.frame, "image", noise)
    show(view, result)
    assert (seen(view) == noise).all()


def test_skeleton_box_and_number_are_drawn_where_the_person_is(view):
    show(view, scene((1, BOX)))
    image = seen(view)
    for colour in (LEFT, RIGHT, person_colour(1)):
        found = area(image, colour)
        assert len(found) > 50
        x1, y1, x2, y2 = BOX
        assert (found >= (x1 - 4, y1 - 30)).all()
        assert (found <= (x2 + 4, y2 + 4)).all()
    # the person faces us: their left is on our right
    assert area(image, LEFT)[:, 0].mean() > area(image, RIGHT)[:, 0].mean()


@pytest.mark.parametrize(
    ("option", "colour"), [("skeletons", LEFT), ("boxes", person_colour(1))], ids=["skeletons", "boxes"]
)
def test_each_part_can_be_left_out(view, option, colour):
    view.options = view.options.with_(ids=False)
    show(view, scene((1, BOX)))
    assert len(area(seen(view), colour)) > 50
    view.options = view.options.with_(**{option: False})
    view.repaint()
    assert len(area(seen(view), colour)) == 0


def test_joints_below_the_threshold_are_not_drawn(view):
    show(view, scene((1, BOX), score=0.4))
    assert len(area(seen(view), LEFT)) > 50
    view.options = view.options.with_(threshold=0.5)
    assert len(area(seen(view), LEFT)) == 0


def test_thicker_lines_cover_more(view):
    show(view, scene((1, BOX)))
    thin = len(area(seen(view), LEFT))
    view.options = view.options.with_(thickness=2.5)
    assert len(area(seen(view), LEFT)) > 1.8 * thin


def test_mirrored_the_person_is_on_the_other_side_and_left_stays_left(view):
    view.options = view.options.with_(mirror=True)
    show(view, scene((1, BOX)))
    image = seen(view)
    left, right = area(image, LEFT), area(image, RIGHT)
    assert len(left) > 50
    assert left[:, 0].min() > 320
    assert left[:, 0].mean() < right[:, 0].mean()


def test_on_black_only_the_people_are_left(view):
    view.options = view.options.with_(black=True)
    show(view, scene((1, BOX)))
    image = seen(view)
    assert len(area(image, GROUND)) == 0
    assert len(area(image, (0, 0, 0))) > 0.8 * 640 * 360
    assert len(area(image, LEFT)) > 50


def test_trails_show_where_the_wrists_were(view):
    view.options = view.options.with_(trails=True, skeletons=False, boxes=False, ids=False)
    for step in range(12):
        show(view, scene((1, (100 + 8 * step, 40, 220 + 8 * step, 340)), time=step / 30))
    changed = (seen(view) != np.array(GROUND)).any(axis=2)
    assert changed.sum() > 200
    view.options = view.options.with_(trails=False)
    assert (seen(view) == np.array(GROUND)).all()


def test_a_window_of_another_shape_letterboxes(view):
    view.options = view.options.with_(visible=False)
    view.resize(640, 600)
    show(view, scene())
    image = seen(view)
    assert (image[121:479] == np.array(GROUND)).all()
    assert len(np.unique(image[:118].reshape(-1, 3), axis=0)) == 1
    assert not (image[0, 0] == np.array(GROUND)).all()


def test_a_picture_prepared_for_another_size_is_prepared_again(view):
    view.show_picture(Picture.of(scene((1, BOX)), Fit(64, 36)))
    view.options = view.options.with_(visible=False)
    view.repaint()
    assert (seen(view) == np.array(GROUND)).all()
    assert view.picture.fit == view.fit


@pytest.mark.parametrize("mirror", [False, True])
def test_a_click_locks_on_to_the_person_there_and_one_beside_lets_go(view, qtbot, mirror):
    view.options = view.options.with_(mirror=mirror)
    show(view, scene((3, BOX), (4, (400, 40, 520, 340))))
    x = 640 - 160 if mirror else 160
    with qtbot.waitSignal(view.locked) as told:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(x, 200))
    assert told.args == [3]
    assert view.person == 3
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(320, 200))
    assert view.person is None


def test_everybody_else_is_faint_while_one_is_locked_on_to(view):
    result = scene((1, BOX), (2, (400, 40, 520, 340)))
    show(view, result)
    assert (area(seen(view), LEFT)[:, 0] > 320).sum() > 50
    view.lock_on(1)
    found = area(seen(view), LEFT)
    assert (found[:, 0] < 320).sum() > 50
    assert (found[:, 0] > 320).sum() == 0
    # the one locked on to is gone: nobody is to be overlooked
    show(view, scene((2, (400, 40, 520, 340)), time=0.1))
    assert (area(seen(view), LEFT)[:, 0] > 320).sum() > 50


def test_a_snapshot_has_the_pictures_own_size(view):
    view.resize(333, 222)
    assert view.snapshot() is None
    show(view, scene((1, BOX)))
    image = pixels(view.snapshot())
    assert image.shape == (360, 640, 3)
    assert (image[5, 5] == np.array(GROUND)).all()
    assert len(area(image, LEFT)) > 50


def test_cleared_it_shows_nobody_and_says_what_it_waits_for(view):
    show(view, scene((1, BOX)))
    view.lock_on(1)
    view.clear()
    assert view.person is None
    dark = seen(view)
    assert len(np.unique(dark.reshape(-1, 3), axis=0)) == 1
    view.message = "Loading"
    assert len(np.unique(seen(view).reshape(-1, 3), axis=0)) > 1


def test_the_age_is_counted_to_the_end_of_painting(view):
    show(view, scene((1, BOX)))
    first = view.age_ms
    assert 0 < first < 5000
    view.repaint()
    assert view.age_ms == first


def test_painting_four_people_in_720p_is_quick(qtbot, record_property):
    view = VideoView()
    view.resize(1280, 720)
    qtbot.addWidget(view)
    with qtbot.waitExposed(view):
        view.show()
    took = []
    for step in range(40):
        people = [(track, (100 + 290 * track + step, 150, 260 + 290 * track + step, 550)) for track in range(4)]
        view.show_picture(Picture.of(scene(*people, size=(1280, 720), time=step / 30), view.fit))
        started = time.thread_time()
        view.repaint()
        took.append((time.thread_time() - started) * 1e3)
    median = float(np.median(took))
    record_property("paint_ms", median)
    print(f"\npaint: {median:.2f} ms of processor time, 95 %: {np.percentile(took, 95):.2f} ms")  # noqa: T201
    # 4 ms is the aim on a machine with nothing else to do; this one may be busy, so only a blunder fails here
    assert 0.1 < median < 16
