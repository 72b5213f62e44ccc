"""A recording on a thread of its own: what was before comes first, nothing is lost, memory is bounded."""

import threading

import av
import numpy as np
import pytest
from fakes import BoxDetector, CentrePose

import vitpose_live as vl
from vitpose_live.app.live_record import Recording
from vitpose_live.app.live_replay import Kept
from vitpose_live.app.live_scribe import PLAIN, Backlog, Scribe, Switch
from vitpose_live.data import SourceInfo
from vitpose_live.errors import OutputError, OutputExistsError, PipelineError

CAMERA = SourceInfo("camera", 64, 48, 30.0, live=True)


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
        self.finished = False
        if not stuck:
            self.let.set()

    def write(self, result, *, cut=False):
        assert self.let.wait(20)
        self.written.append((result.frame.index, cut))

    def finish(self):
        self.finished = True


def scribe_of(paper, before=(), failures=None):
    return Scribe(paper, lambda _, error: (failures if failures is not None else []).append(error), before)


def test_what_was_before_comes_first_and_nothing_twice():
    paper = Paper(stuck=True)
    scribe = scribe_of(paper, [Kept.of(0, result(index)) for index in range(5)])
    for index in range(3, 9):  # the two that were kept while the recording began come again
        scribe.write(result(index))
    paper.let.set()
    scribe.finish()
    assert [index for index, _ in paper.written] == list(range(9))
    assert paper.finished


def test_a_pause_leaves_out_what_comes_and_is_a_cut():
    paper = Paper(stuck=True)
    scribe = scribe_of(paper)
    for index in range(6):
        scribe.paused = 2 <= index < 4
        scribe.write(result(index))
    paper.let.set()
    scribe.finish()
    assert paper.written == [(0, False), (1, False), (4, True), (5, False)]


def test_a_recording_goes_on_at_once_after_a_pause(tmp_path):
    recording = Recording(tmp_path / "out.mp4", info=CAMERA, renderer=None)
    for index, cut in [(0, False), (3, False), (300, True), (303, False)]:
        recording.write(result(index), cut=cut)
    recording.finish()
    assert times(tmp_path / "out.mp4") == pytest.approx([0, 0.1, 0.1 + 1 / 30, 0.2 + 1 / 30], abs=1e-4)


def test_whoever_brings_more_than_memory_holds_waits_and_nothing_is_lost():
    most = 4 * len(Kept.of(0, result(0)).jpeg)
    backlog = Backlog(most_bytes=most)
    count = 40

    def bring():
        for index in range(count):
            backlog.put(result(index))
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
        backlog.put(result(index))
    waiting = threading.Thread(target=backlog.put, args=(result(99),))
    waiting.start()
    backlog.end(forget=True)
    waiting.join(20)
    assert not waiting.is_alive()
    assert backlog.take() is None


def test_what_fails_is_told_and_over():
    failures = []

    class Torn(Paper):
        def write(self, result, *, cut=False):
            raise OutputError("the disk is full")

    scribe = scribe_of(Torn(), failures=failures)
    scribe.write(result(0))
    scribe.finish()
    scribe.write(result(1))
    assert [str(failure) for failure in failures] == ["the disk is full"]


def test_a_switch_has_one_recording_at_a_time(tmp_path):
    failures = []
    switch = Switch(failures.append)
    switch.write(result(0))
    assert switch.stop() is None
    switch.start(lambda: Recording(tmp_path / "a.mp4", info=CAMERA, renderer=None))
    with pytest.raises(PipelineError, match="is being recorded"):
        switch.start(lambda: Recording(tmp_path / "b.mp4", info=CAMERA, renderer=None))
    switch.write(result(3))
    finish = switch.stop()
    switch.write(result(6))
    finish()
    assert len(times(tmp_path / "a.mp4")) == 1
    assert failures == []


def test_a_recording_that_fails_is_over_and_the_results_go_on(tmp_path):
    failures = []
    switch = Switch(failures.append)
    switch.start(lambda: Recording(tmp_path / "a.mp4", info=CAMERA, renderer=None))
    switch.write(result(0))
    (tmp_path / "a.mp4").write_bytes(b"precious")  # somebody else's, meanwhile
    switch.stop()()
    assert [type(failure) for failure in failures] == [OutputExistsError]
    assert (tmp_path / "a.mp4").read_bytes() == b"precious"
