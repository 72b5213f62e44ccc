"""A live picture never waits for the detector; what it finds counts for the frame it was asked about."""

import threading

import numpy as np
import pytest
from fakes import BoxDetector, Camera, CentrePose, EchoAnalyzer, ListSink, ListSource, frame

import vitpose_live as vl
from vitpose_live.pipeline import Runner, RunState
from vitpose_live.pipeline.analyzer import Look

BOX = (1.0, 1.0, 4.0, 5.0)
OTHER = (5.0, 1.0, 8.0, 5.0)


class SlowDetector(BoxDetector):
    """Answers when it is told to."""

    def __init__(self, *boxes):
        super().__init__(*boxes)
        self.busy, self.go = threading.Semaphore(0), threading.Semaphore(0)

    def detect(self, given):
        self.busy.release()
        assert self.go.acquire(timeout=20)
        return super().detect(given)


class Room:
    """A live run of which each step is taken when the test says so."""

    def __init__(self, detector, **options):
        self.detector = detector
        self.camera = Camera()
        self.shown = threading.Semaphore(0)
        self.sink = ListSink(lambda _: self.shown.release())
        self.analyzer = vl.Analyzer(detector, CentrePose(), **options)
        self.runner = Runner(self.camera, self.analyzer, [self.sink])
        self.count = 0
        self.runner.start()

    def frame(self):
        """One frame from the camera to the sink; return its result."""
        self.camera.give(frame(self.count))
        self.count += 1
        assert self.shown.acquire(timeout=20)
        return self.sink.results[-1] if len(self.sink.results) == self.count else self._latest()

    def _latest(self):
        while len(self.sink.results) < self.count:  # the sink keeps it right after it has said so
            threading.Event().wait(0.001)
        return self.sink.results[-1]

    def end(self):
        self.detector.go.release(10)
        self.runner.stop()
        self.runner.join()


@pytest.fixture
def room():
    made = Room(SlowDetector(BOX), det_frequency=5)
    yield made
    made.end()


def answered(room):
    """Let the detector answer, and wait until the analysis can have it."""
    room.detector.go.release()
    while not room.runner._looks._items:
        threading.Event().wait(0.001)


def test_pictures_go_on_while_the_detector_thinks(room):
    results = [room.frame() for _ in range(30)]
    assert room.detector.busy.acquire(timeout=20)
    assert [result.frame.index for result in results] == list(range(30))
    assert not any(len(result.tracks) for result in results)
    assert not any("detect" in result.timings for result in results)
    assert not room.detector.busy.acquire(blocking=False)  # it is asked one thing at a time


def test_the_answer_is_taken_in_before_the_next_frame(room):
    for _ in range(4):
        room.frame()
    answered(room)
    result = room.frame()
    assert result.tracks.ids.tolist() == [1]
    assert "detect" in result.timings
    assert "detect" not in room.frame().timings
    status = room.runner.status()
    assert status.timings["detect"].p50 > 0
    assert status.dropped == 0


def test_it_is_asked_every_so_many_frames_when_it_is_done(room):
    for asked in (0, 5, 10):
        while room.count <= asked:
            room.frame()
        assert room.detector.busy.acquire(timeout=20)
        answered(room)
    while room.count < 28:  # slower than that for once
        room.frame()
    answered_at = room.count
    assert room.detector.busy.acquire(timeout=20)
    answered(room)
    room.frame()
    assert room.detector.busy.acquire(timeout=20)
    answered(room)
    room.frame()
    assert room.detector.asked == [0, 5, 10, 15, answered_at]


def test_a_late_answer_equals_one_on_time():
    """Everybody being known, the tracks are those of the plain loop to the bit, a frame after the answer."""
    plain = vl.Analyzer(BoxDetector(BOX, OTHER), CentrePose(), det_frequency=5)
    room = Room(SlowDetector(BOX, OTHER), det_frequency=5)
    room.detector.go.release()
    try:
        # the first frame is looked at twice: by the plain loop at once, and here before the next one
        first = room.frame()
        assert len(first.tracks) == 0
        while not room.runner._looks._items:
            threading.Event().wait(0.001)
        for _ in range(4):
            assert room.frame().tracks.ids.tolist() == [1, 2]
        for _ in range(3):
            room.frame()
        answered(room)
        ours = room.frame()
    finally:
        room.end()
    theirs = [plain.analyze(frame(index)) for index in range(room.count)][-1]
    assert ours.tracks.ids.tolist() == theirs.tracks.ids.tolist()
    np.testing.assert_allclose(ours.tracks.boxes, theirs.tracks.boxes, atol=0.05)


def test_a_detector_that_fails_ends_the_run():
    class BrokenError(Exception):
        pass

    class Broken(SlowDetector):
        def detect(self, given):
            super().detect(given)
            raise BrokenError

    room = Room(Broken(BOX))
    room.frame()
    room.frame()
    room.detector.go.release()
    with pytest.raises(BrokenError):
        room.runner.join(timeout=20)
    assert room.runner.status().state is RunState.FAILED
    assert room.sink.ended == ["aborted"]
    assert room.camera.closed.is_set()


def test_stopping_waits_for_nothing_but_the_call_that_runs(room):
    room.frame()
    assert room.detector.busy.acquire(timeout=20)
    room.runner.stop()  # the camera gives nothing more; the detector is in the middle
    assert room.runner.join(timeout=0.01) is False
    assert room.camera.closed.is_set()
    room.detector.go.release()
    assert room.runner.join(timeout=20)
    assert room.sink.ended == ["closed"]
    assert room.detector.asked == [0]


def test_the_end_of_the_camera_is_the_end(room):
    room.frame()
    room.camera.close()
    room.detector.go.release()
    assert room.runner.join(timeout=20)
    assert room.runner.status().state is RunState.DONE


def test_stop_wakes_a_capture_that_waits_for_a_frame():
    camera = Camera()
    runner = Runner(camera, EchoAnalyzer())
    runner.start()
    runner.stop()
    assert runner.join(timeout=20)


def test_abort_wakes_it_too():
    camera = Camera()
    runner = Runner(camera, EchoAnalyzer())
    runner.start()
    runner.abort(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        runner.join(timeout=20)


def test_a_file_is_not_closed_by_stopping():
    source = ListSource([frame(index) for index in range(1000)])
    with Runner(source, EchoAnalyzer()):
        pass
    assert not source.closed.is_set()


def test_status_says_what_keeps_the_frames():
    camera = Camera()
    runner = Runner(camera, EchoAnalyzer())
    assert runner.status().trouble == ""
    camera.trouble = "camera 0 is lost; trying again"
    assert runner.status().trouble == camera.trouble


def test_an_answer_from_before_a_reset_is_another_scenes():
    analyzer = vl.Analyzer(BoxDetector(BOX), CentrePose())
    assert analyzer.ask(frame(0))
    late = analyzer.detect(frame(0))
    analyzer.follow(vl.pipeline.analyzer.Look(frame(0), None, 0.0))
    analyzer.reset()
    analyzer.fuse(late)
    assert len(analyzer.follow(vl.pipeline.analyzer.Look(frame(1), None, 0.0)).tracks) == 0
    assert analyzer.ask(frame(2))


def test_another_frequency_counts_from_the_next_frame_on():
    analyzer = vl.Analyzer(BoxDetector(BOX), CentrePose(), det_frequency=1000)
    asked = []
    for index in range(6):
        if index == 3:
            analyzer.det_frequency = 2
        if analyzer.ask(frame(index)):
            asked.append(index)
            analyzer.follow(Look(frame(index), None, 0.0))
            analyzer.fuse(analyzer.detect(analyzer._asked.frame))
    assert asked == [0, 3, 5]


def test_parts_can_be_replaced_between_frames():
    analyzer = vl.Analyzer(BoxDetector(BOX), CentrePose(), det_frequency=1)
    assert len(analyzer.analyze(frame(0)).tracks) == 1
    analyzer.detector = BoxDetector(BOX, OTHER)
    analyzer.pose_estimator = CentrePose(vl.load_skeleton("mpii16"))
    result = analyzer.analyze(frame(1))
    assert result.tracks.ids.tolist() == [1, 2]
    assert result.poses.skeleton.name == "mpii16"
    analyzer.det_frequency = 2
    asked = analyzer.detector.asked
    for index in range(2, 6):
        analyzer.analyze(frame(index))
    assert asked == [1, 2, 4]


def test_what_a_camera_let_go_of_itself_counts_as_dropped():
    camera, shown = Camera(), threading.Semaphore(0)
    runner = Runner(camera, EchoAnalyzer(), [ListSink(lambda _: shown.release())])
    runner.start()
    for index in (0, 1, 5):
        camera.give(frame(index))
        assert shown.acquire(timeout=20)
    camera.close()
    assert runner.join(timeout=20)
    status = runner.status()
    assert (status.captured, status.delivered, status.dropped) == (6, 3, 3)
    assert status.age.p95 >= status.age.p50 > 0
