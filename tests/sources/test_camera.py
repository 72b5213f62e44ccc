"""Cameras: frames while they work, the truth while they do not, and back by themselves."""

from __future__ import annotations

import itertools
import shutil
import sys
import threading
from functools import partial
from time import monotonic, monotonic_ns

import cv2
import numpy as np
import pytest
from contracts.source_contract import LiveContract
from sources.cameras import FAST, Consumer, FakeCamera, wait_until
from sources.media import QUADRANTS, coded, number_in, quadrants, quadrants_in
from stopwatch import Stopwatch

from vitpose_live.errors import SettingsError, SourceError
from vitpose_live.sources import linux_cameras, open_source
from vitpose_live.sources.camera import PATIENCE, camera_formats, open_camera


def opened(camera, **options):
    """Open it with little patience: to see soon that it is lost."""
    return open_camera(0, factory=camera.open, patience=FAST, **options)


def working(camera, **options):
    """Open it with the patience of every day."""
    return open_camera(0, factory=camera.open, **options)


class TestCamera(LiveContract):
    @pytest.fixture
    def opened(self):
        return partial(open_camera, 0, factory=FakeCamera().open)


@pytest.fixture
def camera():
    camera = FakeCamera()
    yield camera
    camera.unblock.set()
    assert wait_until(lambda: camera.held == 0)
    assert wait_until(lambda: all(thread.name != "vitpose-live-reader" for thread in threading.enumerate()))


@pytest.mark.parametrize("failure", ["false", "raise", "block", "repeat", "absent", "shut"])
def test_a_lost_camera_is_said_to_be_lost_and_comes_back_by_itself(camera, failure):
    with opened(camera) as source, Consumer(source) as consumer:
        assert consumer.more()
        assert source.trouble == ""
        # what does not open is noticed once it is unplugged
        camera.mode = failure if failure not in ("absent", "shut") else "false"
        assert wait_until(lambda: source.trouble.startswith("lost: "))
        camera.mode = failure
        assert wait_until(lambda: camera.held == 0 or failure == "block")
        assert "\n" not in source.trouble
        assert not consumer.done
        camera.mode = "good"
        assert consumer.more()
        assert wait_until(lambda: source.trouble == "")
        assert source.problems[0].startswith("lost 1 time, ")
        for earlier, later in itertools.pairwise(consumer.frames):
            assert earlier.time < later.time
            assert earlier.index < later.index


@pytest.mark.parametrize("failure", ["false", "raise", "block", "repeat", "nothing"])
def test_it_is_said_within_two_seconds_and_two_seconds_after_it_is_back_pictures_come(camera, failure):
    with open_camera(0, factory=camera.open) as source, Consumer(source) as consumer:
        assert consumer.more()
        with Stopwatch() as watch:
            if failure == "nothing":  # OpenCV says that there is a picture, and gives none
                camera.dress = lambda image: None
            else:
                camera.mode = failure
            assert wait_until(lambda: source.trouble.startswith("lost: "))
        assert watch.seconds < 2
        with Stopwatch() as watch:
            back, camera.mode, camera.dress = monotonic_ns(), "good", lambda image: image
            assert wait_until(lambda: source.trouble == "" and consumer.frames[-1].captured_ns > back)
        assert watch.seconds < 2
        camera.unblock.set()


def test_trouble_is_said_when_nobody_waits_for_a_frame(camera):
    with opened(camera) as source:
        camera.mode = "block"
        assert wait_until(lambda: source.trouble.startswith("lost: "))


def test_what_was_captured_before_a_loss_is_not_shown_after_it(camera):
    with opened(camera) as source:
        camera.mode = "false"
        assert wait_until(lambda: source.trouble)
        lost = monotonic_ns()
        with Consumer(source) as consumer:
            camera.mode = "good"
            assert consumer.more(1)
            assert consumer.frames[0].captured_ns > lost


def test_a_camera_is_opened_again_only_after_it_was_let_go(camera):
    with opened(camera) as source, Consumer(source) as consumer:
        for failure in ("false", "raise", "repeat") * 2:
            assert consumer.more()
            camera.mode = failure
            assert wait_until(lambda: source.trouble)
            camera.mode = "good"
        assert consumer.more()
    assert camera.opened > 1
    assert camera.most_held == 1


def test_waits_between_attempts_grow(camera):
    asked = []

    def factory(index):
        asked.append(monotonic())
        return camera.open(index)

    with open_camera(0, factory=factory, patience=FAST) as source:
        camera.mode = "absent"
        assert wait_until(lambda: len(asked) > 4)
        assert source.trouble == "lost: there is no camera 0; trying again"
    steps = np.diff(asked[1:])
    assert (steps >= FAST.waits[-1] * 0.9).all()
    assert max(PATIENCE.waits) <= 1


@pytest.mark.parametrize("mode", ["block", "absent", "good"])
def test_close_wakes_whoever_waits_at_once(camera, mode):
    camera.pause = 0.05
    with opened(camera) as source, Consumer(source) as consumer:
        assert consumer.more(1)
        camera.mode = mode
        if mode != "good":
            assert wait_until(lambda: source.trouble)
        with Stopwatch() as watch:
            closer = threading.Thread(target=source.close)
            closer.start()
            assert wait_until(lambda: consumer.done)
        assert watch.seconds < 0.25
        camera.unblock.set()
        closer.join()


def test_close_does_not_wait_for_a_driver_that_hangs(camera):
    source = opened(camera)
    camera.mode = "block"
    assert wait_until(lambda: source.trouble)
    with Stopwatch() as watch:
        source.close()
    assert watch.seconds < 1
    assert PATIENCE.release <= 1


def test_a_driver_that_hangs_again_and_again_costs_few_threads(camera):
    with opened(camera) as source, Consumer(source):
        camera.mode = "block open"
        assert wait_until(lambda: source.trouble)
        camera.mode = "block"
        assert wait_until(lambda: camera.held == 3, 10)
        assert not wait_until(lambda: camera.held > 3, 2 * FAST.opening)
        camera.unblock.set()
        camera.mode = "good"
        assert wait_until(lambda: source.trouble == "")


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("absent", "no camera 0"),
        ("shut", "cannot be opened"),
        ("raise", "the driver says"),
        ("false", "camera 0"),
        ("block", "does not answer"),
        ("block open", "does not answer"),
    ],
)
def test_what_cannot_be_opened_is_an_error_with_a_hint(camera, mode, words):
    camera.mode = mode
    with pytest.raises(SourceError, match=words) as caught:
        opened(camera)
    assert caught.value.hint
    assert "\n" not in str(caught.value)


def test_an_exception_nobody_expects_reaches_the_consumer(camera):
    with working(camera) as source, Consumer(source) as consumer:
        assert consumer.more(1)
        camera.mode = "bug"
        assert wait_until(lambda: consumer.done)
        assert isinstance(consumer.error, ZeroDivisionError)


def test_the_newest_frame_wins_and_the_gap_shows_in_the_index(camera):
    with working(camera) as source:
        frames = iter(source)
        first = next(frames)
        number = camera.number
        assert wait_until(lambda: camera.number > number + 20)
        next(frames)  # may have been caught in between
        third = next(frames)
        assert third.index >= 20
        assert number_in(third.image) - number_in(first.image) == third.index


def test_colours_and_grey(camera):
    camera.dress = lambda image: cv2.cvtColor(quadrants(), cv2.COLOR_RGB2BGR)
    with working(camera) as source:
        assert quadrants_in(next(iter(source)).image) == "".join(QUADRANTS)
    camera.dress = lambda image: cv2.cvtColor(quadrants(), cv2.COLOR_RGB2BGRA)
    with working(camera) as source:
        assert quadrants_in(next(iter(source)).image) == "".join(QUADRANTS)
    camera.dress = lambda image: image[:, :, 0]
    with working(camera) as source:
        assert next(iter(source)).image.shape == (64, 96, 3)
    camera.dress = lambda image: image.astype(np.uint16)
    with pytest.raises(SourceError, match="not read: uint16"):
        working(camera)


def test_info_says_what_was_really_set_and_problems_that_it_is_not_what_was_asked(camera):
    with working(camera, size=(1920, 1080), fps=60) as source:
        assert (source.info.width, source.info.height, source.info.fps) == (96, 64, 30.0)
        assert source.problems == (
            "camera 0 gives 96 x 64, not 1920 x 1080 pixels",
            "camera 0 gives 30, not 60 frames a second",
        )
    with working(camera, size=(96, 64), fps=30) as source:
        assert source.problems == ()


@pytest.mark.parametrize(
    ("formats", "options", "size", "rate"),
    [
        ({"YUYV": ((1280, 720), 10.0), "MJPG": ((1280, 720), 30.0)}, {}, (1280, 720), 30.0),
        ({"YUYV": ((640, 480), 30.0), "MJPG": ((640, 480), 30.0)}, {}, (640, 480), 30.0),
        ({"YUYV": ((640, 480), 30.0), "MJPG": ((1920, 1080), 30.0)}, {"size": (1920, 1080)}, (1920, 1080), 30.0),
        ({"YUYV": ((640, 480), 30.0), "MJPG": ((640, 480), 60.0)}, {"fps": 60}, (640, 480), 60.0),
        ({"YUYV": ((1280, 720), 10.0), "MJPG": ((640, 480), 30.0)}, {"size": (1280, 720)}, (1280, 720), 10.0),
        ({"YUYV": ((640, 480), float("nan"))}, {}, (640, 480), 0.0),
    ],
)
def test_motion_jpeg_is_taken_only_where_it_gives_more(camera, formats, options, size, rate):
    camera.formats = formats
    with working(camera, **options) as source:
        assert (source.info.width, source.info.height) == size
        assert source.info.fps == rate


def test_the_formats_that_open_are_listed_once_each(camera):
    camera.formats = {"YUYV": ((640, 480), 30.0), "MJPG": ((1280, 720), 30.0)}
    found = camera_formats(0, factory=camera.open)
    assert [str(each) for each in found] == ["640x480@30", "1280x720@30"]
    camera.mode = "shut"
    with pytest.raises(SourceError):
        camera_formats(0, factory=camera.open)


def test_duration_ends_the_iteration(camera):
    with working(camera, duration=0.1) as source:
        frames = list(source)
    assert frames[-1].time < 0.1


@pytest.mark.parametrize("options", [{"size": (0, 480)}, {"size": (640, 10**6)}, {"fps": 0}, {"duration": -1}])
def test_options_out_of_range(options):
    with pytest.raises(SettingsError):
        open_source("webcam", **options)


def test_a_camera_that_is_not_there(capfd):
    for source in ("webcam:99", "99", 99):
        with pytest.raises(SourceError, match="camera 99") as caught:
            open_source(source)
        assert caught.value.hint
    assert capfd.readouterr().err == ""


class Buffered:
    """A camera that goes on filling a queue of its driver's while nobody reads, and gives the oldest first."""

    DEPTH, PERIOD = 4, 0.03

    def __init__(self):
        self.begun = monotonic()
        self.last = -1

    @property
    def produced(self):
        return int((monotonic() - self.begun) / self.PERIOD)

    def open(self, index):
        capture = FakeCamera().open(index)
        capture.grab = self.grab
        capture.retrieve = lambda: (True, coded(self.last % 256, 96, 64))
        return capture

    def grab(self):
        following = max(self.last + 1, self.produced - self.DEPTH + 1)
        assert wait_until(lambda: self.produced >= following)
        self.last = following
        return True


def test_what_the_driver_has_buffered_does_not_make_frames_older_while_the_consumer_is_slow():
    camera = Buffered()
    behind = []
    with open_camera(0, factory=camera.open) as source:
        busy = threading.Event()
        for frame in source:
            behind.append((camera.produced - number_in(frame.image)) % 256)
            busy.wait(5 * camera.PERIOD)
            if len(behind) == 9:
                break
    # what was captured while it was busy is gone: it gets what is new, not what has waited longest
    assert np.median(behind[1:]) <= 2


def test_a_duration_ends_a_camera_that_is_lost_too(camera):
    with opened(camera, duration=0.2) as source, Consumer(source) as consumer:
        camera.mode = "false"
        assert wait_until(lambda: consumer.done)


def nodes(folder, **names):
    for node, name in names.items():
        (folder / node).mkdir(parents=True, exist_ok=True)
        (folder / node / "name").write_text(name)


@pytest.fixture
def plugged(tmp_path, monkeypatch):
    """Return a function that plugs cameras in, by their nodes, in place of those before."""

    def plug(**names):
        shutil.rmtree(tmp_path, ignore_errors=True)
        nodes(tmp_path, **names)

    monkeypatch.setattr(linux_cameras, "V4L2_CLASS", tmp_path)
    plug(video0="Front", video2="Studio")
    return plug


@pytest.mark.skipif(sys.platform != "linux", reason="camera numbers of Linux")
def test_a_camera_that_comes_back_with_another_number_is_found_by_its_name(camera, plugged):
    asked = []

    def factory(index):
        asked.append(index)
        return camera.open(index)

    with open_camera(0, factory=factory, patience=FAST) as source, Consumer(source) as consumer:
        assert consumer.more()
        plugged(video0="Studio", video4="Front")
        camera.mode = "false"
        assert wait_until(lambda: camera.held == 0)
        camera.mode = "good"
        assert consumer.more()
    assert asked[0] == 0
    assert set(asked[1:]) == {4}


@pytest.mark.skipif(sys.platform != "linux", reason="camera numbers of Linux")
@pytest.mark.parametrize("others", [{"video0": "Studio"}, {}, {"video4": "Front", "video6": "Front"}])
def test_another_camera_never_takes_its_place(camera, plugged, others):
    asked = []

    def factory(index):
        asked.append(index)
        return camera.open(index)

    with open_camera(0, factory=factory, patience=FAST) as source:
        plugged(**others)
        camera.mode = "false"
        assert wait_until(lambda: "camera 0 (Front) is not there" in source.trouble)
        camera.mode = "good"
        assert not wait_until(lambda: len(asked) > 1, 10 * FAST.waits[-1])
        plugged(video0="Front")
        assert wait_until(lambda: source.trouble == "")
