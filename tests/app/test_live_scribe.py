"""A recording on a thread of its own: what was before comes first, nothing is lost, memory is bounded."""

import threading

import av
import numpy as np
import pytest
from fakes import BoxDetector, CentrePose

import vitpose_live as vl
from vitpose_live.app.live_record import Recording
from vitpose_live.app.live_replay import Kept
from vitpose_live.app.live_scribe import PLAIN, Backlog, Scribe, Switch, Timeline
from vitpose_live.app.settings import Settings
from vitpose_live.data import SourceInfo
from vitpose_live.errors import OutputError, OutputExistsError

CAMERA = SourceInfo("camera", 64, 48, 30.0, live=True)
FILE = SourceInfo("file", 64, 48, 30.0)
SETTINGS = Settings.of()


def result(index):
    image = np.full((48, 64, 3), index % 250, np.uint8)
    return vl.Analyzer(BoxDetector((4, 8, 20, 40)), CentrePose()).analyze(vl.Frame(image, index, index / 30))


def times(path):
    with av.open(str(path)) as container:
        return [frame.time for frame in container.decode(video=0)]


class Paper:
    """In place of a recording: writes when it is let."""

    path, seconds, size = "paper", 0.0, 0

    def __init__(self, *, stuck=False):
        self.written = []
        self.let = threading.Event()
        self.heard = []
        self.finished = False
        if not stuck:
            self.let.set()

    def write(self, result, seconds):
        assert self.let.wait(20)
        self.written.append((result.frame.index, pytest.approx(seconds * 30)))

    def hear(self, samples, seconds, *, cut):
        self.heard.append((round(seconds, 3), cut))

    def finish(self):
        self.finished = True


def scribe_of(paper, before=(), failures=None):
    return Scribe(
        paper, Timeline(CAMERA), lambda _, error: (failures if failures is not None else []).append(error), before
    )


def test_what_was_before_comes_first_and_nothing_twice():
    paper = Paper(stuck=True)
    scribe = scribe_of(paper, [Kept.of(0, result(index)) for index in range(5)])
    for index in range(3, 9):  # the two that were kept while the recording began come again
        scribe.write(result(index))
    paper.let.set()
    scribe.finish()
    assert [index for index, _ in paper.written] == list(range(9))
    assert paper.finished


def test_what_was_on_show_already_is_not_recorded():
    paper = Paper()
    scribe = Scribe(paper, Timeline(CAMERA), print, (), 4 / 30)
    for index in range(3, 7):
        scribe.write(result(index))
    scribe.finish()
    assert paper.written == [(5, 0), (6, 1)]


def test_a_pause_leaves_out_what_comes_and_is_a_cut():
    paper = Paper(stuck=True)
    scribe = scribe_of(paper)
    for index in range(6):
        scribe.paused = 2 <= index < 4
        scribe.write(result(index))
    paper.let.set()
    scribe.finish()
    assert paper.written == [(0, 0), (1, 1), (4, 2), (5, 3)]


@pytest.mark.parametrize(
    ("info", "times", "recorded"),
    [
        (CAMERA, [5.0, 5.1, 9.0], [0, 0.1, 4.0]),  # a camera that was lost for a while
        (FILE, [5.0, 5.1, 60.0, 60.1, 3.0], [0, 0.1, 0.1 + 1 / 30, 0.2 + 1 / 30, 0.2 + 2 / 30]),  # jumps are cuts
    ],
)
def test_it_keeps_time(info, times, recorded):
    timeline = Timeline(info)
    frames = [vl.Frame(np.zeros((4, 4, 3), np.uint8), 0, time) for time in times]
    assert [timeline.at(frame) for frame in frames] == pytest.approx(recorded)


def test_whoever_brings_more_than_memory_holds_waits_and_nothing_is_lost():
    most = 4 * len(Kept.of(0, result(0)).jpeg)
    backlog = Backlog(most_bytes=most)
    count = 40

    def bring():
        for index in range(count):
            backlog.put(result(index), index / 30)
        backlog.end()

    bringing = threading.Thread(target=bring)
    bringing.start()
    taken = []
    while (item := backlog.take()) is not None:
        assert len(backlog) <= PLAIN + 6  # those as they are, and as many JPEGs as fit
        taken.append(item[0].frame.index)
    bringing.join()
    assert taken == list(range(count))


def test_nobody_waits_for_a_recording_that_has_failed():
    backlog = Backlog(most_bytes=1)
    for index in range(PLAIN + 1):
        backlog.put(result(index), index / 30)
    waiting = threading.Thread(target=backlog.put, args=(result(99), 3.3))
    waiting.start()
    backlog.end(forget=True)
    waiting.join(20)
    assert not waiting.is_alive()
    assert backlog.take() is None


def test_whoever_waits_for_room_need_not_once_the_end_is_near_and_nothing_is_lost():
    backlog = Backlog(most_bytes=1)
    for index in range(PLAIN + 1):
        backlog.put(result(index), index / 30)
    waiting = threading.Thread(target=backlog.put, args=(result(PLAIN + 1), 1.0))
    waiting.start()
    backlog.hurry()
    waiting.join(20)
    assert not waiting.is_alive()
    backlog.end()
    taken = []
    while (item := backlog.take()) is not None:
        taken.append(item[0].frame.index)
    assert taken == list(range(PLAIN + 2))


def seen(index, *, start=5.0):
    """A result of a camera at 10 pictures a second whose clock was at `start` seconds when it began."""
    frame = vl.Frame(np.zeros((4, 4, 3), np.uint8), index, index / 10, round((start + index / 10) * 1e9))
    return vl.FrameResult(frame, vl.Tracks.empty(), vl.Poses.empty(vl.load_skeleton("coco17")))


def test_sound_is_recorded_with_the_pictures_of_its_moment_and_not_in_a_pause():
    paper = Paper()
    scribe = scribe_of(paper)
    for tick in range(60):  # a block every 50 ms, a picture every 100 that comes two blocks late, a pause of 1 s
        scribe.hear(np.zeros((2400, 1), np.float32), round((4.9 + tick / 20) * 1e9))
        if tick >= 4 and tick % 2 == 0:
            scribe.paused = 10 <= tick // 2 - 2 < 20
            scribe.write(seen(tick // 2 - 2))
    scribe.finish()
    after = 0.9 + 1 / CAMERA.fps  # of the recording, where pictures go on
    before = [(round(tick / 20, 3), False) for tick in range(19)]
    beyond = [(round(after + tick / 20, 3), tick == 0) for tick in range(15)]
    assert paper.heard == [*before, *beyond]


def test_it_begins_with_what_was_heard_before():
    paper = Paper()
    kept = [Kept.of(0, seen(index)) for index in range(4)]
    heard = [(np.zeros((4800, 1), np.float32), round((4.0 + tick / 10) * 1e9)) for tick in range(13)]
    scribe = Scribe(paper, Timeline(CAMERA), print, kept, 0.3, heard)
    scribe.finish()
    assert [seconds for seconds, _ in paper.heard] == [0, 0.1, 0.2]


def test_what_fails_is_told_and_over():
    failures = []

    class Torn(Paper):
        def write(self, result, seconds):
            raise OutputError("the disk is full")

    scribe = scribe_of(Torn(), failures=failures)
    scribe.write(result(0))
    scribe.finish()
    scribe.write(result(1))
    assert [str(failure) for failure in failures] == ["the disk is full"]


def test_a_switch_records_while_it_is_on(tmp_path):
    failures = []
    switch = Switch(failures.append)
    switch.write(result(0))
    assert switch.stop() is None
    switch.start(lambda: Recording(tmp_path / "a.mp4", info=CAMERA, settings=SETTINGS), Timeline(CAMERA))
    switch.write(result(3))
    finish = switch.stop()
    switch.write(result(6))
    finish()
    assert len(times(tmp_path / "a.mp4")) == 1
    assert failures == []


def test_a_recording_that_fails_is_over_and_the_results_go_on(tmp_path):
    failures = []
    switch = Switch(failures.append)
    switch.start(lambda: Recording(tmp_path / "a.mp4", info=CAMERA, settings=SETTINGS), Timeline(CAMERA))
    switch.write(result(0))
    (tmp_path / "a.mp4").write_bytes(b"precious")  # somebody else's, meanwhile
    switch.stop()()
    assert [type(failure) for failure in failures] == [OutputExistsError]
    assert (tmp_path / "a.mp4").read_bytes() == b"precious"
