"""How runs, recordings and their threads end, and that nobody waits meanwhile."""

import threading

import av
import pytest
from app.studio import SETTINGS, Studio, feed
from fakes import Camera, CentrePose, ListSource, frame

from vitpose_live.app import live
from vitpose_live.app.live import LiveState
from vitpose_live.errors import PipelineError


@pytest.fixture
def studio():
    made = Studio()
    yield made
    made.session.stop(20)


def recording(studio, path, camera):
    studio.session.open(camera)
    feed(studio, camera, 0)
    studio.session.record(path)
    feed(studio, camera, 1, 2)
    while studio.session.recording.seconds == 0:
        threading.Event().wait(0.001)


def test_no_thread_of_a_recording_outlives_the_stop(studio, tmp_path, monkeypatch):
    made = []

    class Lingering(threading.Thread):
        """Takes a while to end after its work is done, as any may on a busy machine."""

        def run(self):
            made.append(self)
            super().run()
            threading.Event().wait(0.2)

    recording(studio, tmp_path / "out.mp4", Camera())
    monkeypatch.setattr(live.threading, "Thread", Lingering)
    studio.session.stop_recording()
    while not (tmp_path / "out.mp4").exists():
        threading.Event().wait(0.001)
    threading.Event().wait(0.05)
    studio.session.stop(20)
    assert [thread.name for thread in made if thread.name == "vitpose-record"]
    assert not [thread.name for thread in made if thread.is_alive()]


def test_a_recording_that_is_being_completed_keeps_the_program_alive(studio, tmp_path):
    """A daemon would be killed with the file half done."""
    seen = []
    recording(studio, tmp_path / "out.mp4", Camera())
    finish = studio.session.recording.finish
    studio.session.recording.finish = lambda rest: seen.append(threading.current_thread().daemon) or finish(rest)
    studio.session.stop(20)
    assert seen == [False]


def test_a_camera_that_ends_completes_the_recording(studio, tmp_path):
    camera = Camera()
    recording(studio, tmp_path / "out.mp4", camera)
    camera.close()
    studio.state(LiveState.ENDED)
    studio.until(lambda: studio.session.recording is None)
    while not (tmp_path / "out.mp4").exists():
        threading.Event().wait(0.001)
    with av.open(str(tmp_path / "out.mp4")) as file:
        assert len(list(file.decode(video=0))) == 2


@pytest.mark.parametrize("privacy", ["plain", "faces hidden"])
@pytest.mark.parametrize("live", [True, False])
def test_what_was_seen_before_a_recording_is_ended_is_in_it(studio, tmp_path, live, privacy):
    """However soon after: here from the very call that shows it."""
    session, camera, gate = studio.session, Camera(), threading.Event()
    pictures = [frame(index, fps=1000, size=(32, 24)) for index in range(9)]
    session.change(SETTINGS.model_copy(update={"blur_faces": privacy == "faces hidden"}))
    session.open(camera if live else ListSource(pictures, before=lambda given: given.index < 1 or gate.wait(20)))
    if live:
        camera.give(pictures[0])
    if live or privacy == "plain":  # a file's come late where faces are hidden
        studio.shown(0)
    studio.state(LiveState.RUNNING)
    session.record(tmp_path / "out.mp4")
    studio.each = lambda result: result.frame.index == 5 and session.stop_recording()
    gate.set()
    if live:
        feed(studio, camera, *range(1, 9))
    else:
        studio.state(LiveState.ENDED)
    session.stop(20)
    with av.open(str(tmp_path / "out.mp4")) as file:
        assert len(list(file.decode(video=0))) == (5 if live or privacy == "plain" else 6)


def test_a_recording_that_is_ended_while_a_picture_is_on_its_way_there_waits_for_it(studio, tmp_path, monkeypatch):
    session, camera = studio.session, Camera()
    recording(studio, tmp_path / "out.mp4", camera)
    ending, record = threading.Thread(target=session.stop_recording), session.record_result
    begun = threading.Event()

    def record_meanwhile(run, result):
        if result.frame.index == 3:
            ending.start()
            ending.join(0.1)
            begun.set()
        record(run, result)

    monkeypatch.setattr(session, "record_result", record_meanwhile)
    feed(studio, camera, 3)
    assert begun.wait(20)
    ending.join(20)
    feed(studio, camera, 4, 5)
    session.stop(20)
    with av.open(str(tmp_path / "out.mp4")) as file:
        assert len(list(file.decode(video=0))) == 3


class Sticky(Camera):
    """Takes its time to let go, as a camera does whose driver hangs."""

    def __init__(self):
        super().__init__()
        self.closing, self.go = threading.Event(), threading.Event()

    def close(self):
        self.closing.set()
        assert self.go.wait(20)
        super().close()


@pytest.mark.parametrize("end", ["open", "stop"])
def test_nobody_waits_for_a_camera_that_is_slow_to_let_go(studio, end):
    session, camera = studio.session, Sticky()
    session.open(camera)
    feed(studio, camera, 0)
    ended = threading.Thread(target=lambda: session.open(Camera()) if end == "open" else session.stop(0.01))
    ended.start()
    assert camera.closing.wait(20)
    ended.join(10)
    reader = threading.Thread(target=lambda: session.state)  # as the window does
    reader.start()
    reader.join(10)
    waited = ended.is_alive(), reader.is_alive()
    camera.go.set()
    ended.join(20)
    reader.join(20)
    assert waited == (False, False)


def test_opening_after_a_stop_that_did_not_wait_waits_for_the_camera():
    go, reached = threading.Event(), threading.Event()

    class Slow(CentrePose):
        def estimate(self, given, tracks):
            reached.set()
            assert go.wait(20)
            return super().estimate(given, tracks)

    studio, first, second = Studio(pose_estimator=lambda *_: Slow()), Camera(), Camera()
    closed = []
    studio.session.open(first)
    first.give(frame(0))
    assert reached.wait(20)
    first_thread = next(thread for thread in threading.enumerate() if thread.name == "vitpose-session")
    studio.session.stop(0.01)
    studio.session.open(lambda: closed.append(not first_thread.is_alive()) or second)
    threading.Event().wait(0.05)
    go.set()
    studio.state(LiveState.RUNNING)
    studio.session.stop(20)
    assert closed == [True]


def test_what_failed_cannot_be_recorded(studio, tmp_path, monkeypatch):
    """Not even while the threads of the run are still ending."""
    refused, session, camera = [], studio.session, Camera()
    session.open(camera)
    feed(studio, camera, 0)

    def record_at_once():
        if session.state is LiveState.FAILED and not refused:
            assert not session._run.over
            with pytest.raises(PipelineError, match="nothing to record"):
                session.record(tmp_path / "out.mp4")
            refused.append(str(session.error))

    def fail(result):
        raise ZeroDivisionError("no")

    monkeypatch.setattr(session, "_on_change", record_at_once)
    studio.each = fail
    camera.give(frame(1, size=(32, 24)))
    while not refused:
        threading.Event().wait(0.001)
    assert "ZeroDivisionError: no" in refused[0]
