"""The session behind the app, with small parts instead of cameras and networks."""

import threading
from dataclasses import replace

import av
import pytest
from app.studio import BOX, SETTINGS, Studio, feed
from fakes import BoxDetector, Camera, CentrePose, ListSource, frame
from stopwatch import Stopwatch

import vitpose_live as vl
from vitpose_live.app.live import LiveState
from vitpose_live.app.settings import Settings
from vitpose_live.errors import OutputError, PipelineError, SettingsError, SourceError, VitposeLiveError


@pytest.fixture
def studio():
    made = Studio()
    yield made
    made.session.stop(20)


def file(count=30, fps=1000.0):
    return ListSource([frame(index, fps=fps, size=(32, 24)) for index in range(count)])


def ended_threads():
    """Wait for what was left to end by itself."""
    for thread in threading.enumerate():
        if thread.name.startswith("vitpose-"):
            thread.join(20)


# --- states ---------------------------------------------------------------------------------------------------------


def test_a_camera_is_shown_until_it_is_stopped(studio):
    session, camera = studio.session, Camera()
    assert session.state is LiveState.IDLE
    assert session.status().captured == 0
    session.open(camera)
    studio.state(LiveState.RUNNING)
    feed(studio, camera, 0, 1, 2)
    assert session.info is camera.info
    assert session.detector.name == "boxes"
    assert session.pose_estimator.name == "centre"
    camera.trouble = "camera 0 is lost"
    status = session.status()
    assert (status.captured, status.trouble) == (3, "camera 0 is lost")
    assert session.position == pytest.approx(2 / 30)
    session.stop(20)
    assert session.state is LiveState.IDLE
    assert camera.closed.is_set()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("vitpose-")]


def test_people_found_late_are_shown(studio):
    camera = Camera()
    studio.session.open(camera)
    index = 0
    while not (studio.results and len(studio.results[-1].tracks)):
        feed(studio, camera, index)
        index += 1
    assert studio.results[-1].tracks.ids.tolist() == [1, 2]


def test_a_file_is_shown_whole_and_its_last_picture_stays(studio):
    studio.session.open(file())
    studio.state(LiveState.ENDED)
    assert studio.indices == list(range(30))
    assert studio.session.position == pytest.approx(29 / 1000)
    assert studio.session.error is None


def test_a_camera_that_ends_has_ended(studio):
    camera = Camera()
    studio.session.open(camera)
    feed(studio, camera, 0)
    camera.close()
    studio.state(LiveState.ENDED)


def test_a_source_that_cannot_be_opened_is_an_error_to_read(studio):
    def broken():
        raise SourceError("no camera there", hint="plug one in")

    studio.session.open(broken)
    studio.state(LiveState.FAILED)
    assert studio.session.error.hint == "plug one in"
    studio.session.open(file())
    assert studio.session.error is None
    studio.state(LiveState.ENDED)


@pytest.mark.parametrize("live", [False, True])
def test_whatever_else_fails_is_kept_too(studio, live):
    def fail(result):
        raise ZeroDivisionError("no")

    studio.each = fail
    studio.session.open(ListSource([frame(0)], live=live))
    studio.state(LiveState.FAILED)
    assert isinstance(studio.session.error, VitposeLiveError)
    assert "ZeroDivisionError: no" in str(studio.session.error)
    assert studio.session.error.hint


def test_another_source_takes_the_place_of_the_one_before(studio):
    first, second = Camera(), Camera()
    studio.session.open(first)
    feed(studio, first, 0)
    studio.session.open(lambda: second if first.closed.is_set() else pytest.fail("two cameras at once"))
    feed(studio, second, 7, 8)
    assert studio.loads == ["auto", "auto"]  # the models stay


# --- nothing waits --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slow", ["source", "detector", "pose_estimator"])
def test_stopping_does_not_wait_for_what_cannot_be_interrupted(slow):
    go, reached = threading.Event(), threading.Event()
    camera = Camera()

    def hold(made):
        reached.set()
        assert go.wait(20)
        return made

    parts = {
        "detector": {"detector": lambda *_: hold(BoxDetector(BOX))},
        "pose_estimator": {"pose_estimator": lambda *_: hold(CentrePose())},
    }
    studio = Studio(**parts.get(slow, {}))
    studio.session.open((lambda: hold(camera)) if slow == "source" else camera)
    assert reached.wait(20)
    assert studio.session.state is LiveState.OPENING
    with Stopwatch() as watch:
        studio.session.stop(timeout=0.05)
    assert watch.seconds < 1
    assert studio.session.state is LiveState.IDLE
    go.set()
    ended_threads()
    assert camera.closed.is_set()  # what was opened in vain is closed
    assert studio.results == []
    assert studio.session.error is None
    assert studio.session.state is LiveState.IDLE


def test_stopping_does_not_wait_for_a_slow_network():
    go, reached = threading.Event(), threading.Event()

    class Slow(CentrePose):
        def estimate(self, given, tracks):
            reached.set()
            assert go.wait(20)
            return super().estimate(given, tracks)

    studio = Studio(pose_estimator=lambda *_: Slow())
    camera = Camera()
    studio.session.open(camera)
    camera.give(frame(0))
    assert reached.wait(20)
    with Stopwatch() as watch:
        studio.session.stop(timeout=0.05)
    assert watch.seconds < 1
    go.set()
    ended_threads()
    assert studio.results == []


# --- files ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def paused(studio):
    """A file that stands at picture 10."""
    at_ten = threading.Event()

    def hold(result):
        if result.frame.index == 10:
            studio.session.pause()
            at_ten.set()

    studio.each = hold
    studio.session.open(file(60))
    assert at_ten.wait(20)
    studio.each = None
    studio.shown(10)
    assert studio.session.state is LiveState.PAUSED
    assert studio.session.paused
    return studio


def test_steps_go_on_and_back(paused):
    session = paused.session
    session.step(1)
    paused.shown(11)
    session.step(-3)
    paused.shown(8)
    assert session.position == pytest.approx(8 / 1000)
    session.step(2)
    paused.shown(10)
    assert paused.indices == [*range(12), 10, 9, 8, 9, 10]
    session.resume()
    paused.state(LiveState.ENDED)
    assert paused.indices[-50:] == list(range(10, 60))  # 11 out of memory, 12 fresh


def test_steps_out_of_memory_show_the_same_people(paused):
    paused.session.step(-1)
    paused.shown(9)
    fresh = {result.frame.index: result for result in paused.results[:11]}
    again = paused.results[-1]
    assert again.poses.keypoints.tobytes() == fresh[9].poses.keypoints.tobytes()
    assert again.tracks.ids.tolist() == fresh[9].tracks.ids.tolist()


def test_a_seek_while_paused_shows_that_picture_only(paused):
    paused.session.seek(0.0395)
    paused.shown(40)
    assert paused.session.state is LiveState.PAUSED
    paused.session.seek(0.005)
    paused.shown(5)
    assert paused.indices == [*range(11), 40, 5]


def test_a_step_back_beyond_memory_reads_the_file_again(paused):
    paused.session.seek(0.0395)
    paused.shown(40)
    paused.session.step(-1)
    paused.shown(39)
    paused.session.step(-1)
    paused.shown(38)


def test_a_step_back_at_the_start_is_none(paused):
    paused.session.seek(0.0)
    paused.shown(0)
    paused.session.step(-1)
    while paused.session._run.playback._steps:  # nothing to be seen to wait for
        threading.Event().wait(0.001)
    paused.session.step(1)
    paused.shown(1)
    assert paused.indices[-2:] == [0, 1]


def test_beyond_the_end_is_the_last_picture(paused):
    paused.session.seek(99.0)
    paused.shown(59)
    assert paused.indices == [*range(11), 59]


def test_a_loop_beyond_the_end_is_refused(studio):
    source = file(3)
    source.info = replace(source.info, duration=0.003)
    studio.session.open(source)
    studio.state(LiveState.ENDED)
    with pytest.raises(SettingsError, match="loop: starts at 1 s, but the file ends"):
        studio.session.loop(1.0, 2.0)


def test_from_the_end_every_way_leads_back(studio):
    session = studio.session
    session.open(file(12))
    studio.state(LiveState.ENDED)
    session.step(-2)
    studio.shown(9)
    assert session.state is LiveState.PAUSED
    session.resume()
    studio.state(LiveState.ENDED)
    studio.results.clear()
    session.resume()
    studio.until(lambda: studio.indices == list(range(12)))
    studio.state(LiveState.ENDED)
    session.seek(0.0055)
    studio.until(lambda: studio.indices == [*range(12), *range(6, 12)])


def test_a_loop_repeats_its_part_with_the_same_people(studio):
    session = studio.session
    session.loop(None, None)
    session.open(file(40))
    session.loop(0.01, 0.02)
    studio.until(lambda: studio.indices.count(10) >= 4)
    session.loop(None, None)
    studio.state(LiveState.ENDED)
    indices = studio.indices
    first = indices.index(10)
    assert indices[first : first + 20] == [*range(10, 20)] * 2
    assert indices[-20:] == list(range(20, 40))
    assert {tuple(result.tracks.ids.tolist()) for result in studio.results} == {(1, 2)}


def test_speed_is_kept_from_file_to_file(studio):
    studio.session.speed = 2.0
    studio.session.open(file(3))
    studio.state(LiveState.ENDED)
    assert studio.session._run.playback.speed == studio.session.speed == 2.0


def test_a_live_source_cannot_be_wound(studio):
    camera = Camera()
    studio.session.open(camera)
    feed(studio, camera, 0)
    studio.session.seek(0.0)
    studio.session.step(1)
    studio.session.loop(0.0, 1.0)
    assert studio.session.state is LiveState.RUNNING
    feed(studio, camera, 1)


def test_a_paused_camera_is_analysed_and_goes_on_with_what_is_now(studio):
    camera = Camera()
    studio.session.open(camera)
    feed(studio, camera, 0)
    studio.session.pause()
    camera.give(frame(1, size=(32, 24)))
    while len(studio.session.replay()) < 2:
        threading.Event().wait(0.001)
    assert studio.indices == [0]
    studio.session.resume()
    feed(studio, camera, 2)
    assert [result.frame.index for result in studio.session.replay()] in ([0, 1], [0, 1, 2])


# --- recording ------------------------------------------------------------------------------------------------------


def recorded(path):
    with av.open(str(path)) as made:
        return [each.time for each in made.decode(video=0)]


def test_a_recording_starts_and_ends_while_the_picture_goes_on(studio, tmp_path):
    session, camera = studio.session, Camera()
    session.open(camera)
    feed(studio, camera, 0, 1)
    session.record(tmp_path / "out.mp4")
    for index in range(2, 6):
        camera.give(frame(index, size=(32, 24)))
        studio.shown(index)
    with pytest.raises(PipelineError, match="is being recorded"):
        session.record(tmp_path / "other.mp4")
    while session.recording.seconds < 0.09:
        threading.Event().wait(0.001)
    assert session.recording.size > 0
    session.stop_recording()
    assert session.recording is None
    feed(studio, camera, 6)
    session.stop(20)
    times = recorded(tmp_path / "out.mp4")
    assert times == pytest.approx([index / 30 for index in range(4)], abs=1e-4)


def test_stopping_completes_the_recording(studio, tmp_path):
    session, camera = studio.session, Camera()
    session.open(camera)
    feed(studio, camera, 0)
    session.record(tmp_path / "out.mp4", mirror=True)
    feed(studio, camera, 1, 2)
    while session.recording.seconds == 0:
        threading.Event().wait(0.001)
    session.stop(20)
    assert len(recorded(tmp_path / "out.mp4")) == 2


def test_a_file_that_fails_completes_the_recording(studio, tmp_path):
    gate = threading.Event()

    def hold(given):
        if given.index == 5:
            assert gate.wait(20)
            raise SourceError("torn")

    studio.session.open(ListSource([frame(index, fps=1000, size=(32, 24)) for index in range(9)], before=hold))
    studio.shown(4)
    studio.session.record(tmp_path / "out.mp4")
    gate.set()
    studio.state(LiveState.FAILED)
    studio.session.stop(20)
    assert not list(tmp_path.glob("*.partial*"))


def test_what_cannot_be_recorded_is_refused_at_once(studio, tmp_path):
    with pytest.raises(PipelineError, match="nothing to record"):
        studio.session.record(tmp_path / "out.mp4")
    camera = Camera()
    studio.session.open(camera)
    feed(studio, camera, 0)
    with pytest.raises(OutputError):
        studio.session.record(tmp_path / "out.xyz")
    assert studio.session.recording is None
    feed(studio, camera, 1)


# --- settings -------------------------------------------------------------------------------------------------------


def test_another_model_takes_over_between_frames(studio):
    session, camera = studio.session, Camera()
    session.open(camera)
    index = 0
    while not (studio.results and len(studio.results[-1].tracks)):
        feed(studio, camera, index)
        index += 1
    session.change(SETTINGS.model_copy(update={"pose": "other"}))
    studio.until(lambda: session.pose_estimator.skeleton.name == "mpii16")
    feed(studio, camera, index, index + 1)
    result = studio.results[-1]
    assert result.poses.skeleton.name == "mpii16"
    assert result.tracks.ids.tolist() == [1, 2]
    assert studio.loads == ["auto", "auto", "other"]  # the detector stays


def test_a_model_that_cannot_be_loaded_leaves_everything_as_it_was(studio):
    session, camera = studio.session, Camera()
    session.open(camera)
    feed(studio, camera, 0)
    session.change(SETTINGS.model_copy(update={"pose": "broken"}))
    studio.until(lambda: session.error is not None)
    assert session.error.hint == "take another"
    assert session.state is LiveState.RUNNING
    assert session.settings is SETTINGS
    feed(studio, camera, 1)
    session.change(SETTINGS)
    studio.until(lambda: session.error is None)


def test_settings_apply_to_the_run(studio):
    session, camera = studio.session, Camera()
    session.open(camera)
    feed(studio, camera, 0)
    assert session._run.analyzer.tracker._options.reidentify_seconds > 0
    wanted = Settings.of(det_frequency=7, smoothing="none", number_people_max=1, reidentify=False)
    session.change(wanted)
    studio.until(lambda: session._run.applied is wanted)
    analyzer = session._run.analyzer
    assert analyzer.det_frequency == 7
    assert analyzer.smoother is None
    assert analyzer.tracker._options.reidentify_seconds == 0
    index = 1
    while not len(studio.results[-1].tracks):
        feed(studio, camera, index)
        index += 1
    assert len(studio.results[-1].tracks) == 1


def test_settings_changed_while_the_first_models_load_are_the_ones_used():
    go, reached = threading.Event(), threading.Event()

    def load(settings, get):
        reached.set()
        assert go.wait(20)
        return CentrePose(vl.load_skeleton("mpii16" if settings.pose == "other" else "coco17"))

    studio = Studio(pose_estimator=load)
    camera = Camera()
    studio.session.open(camera)
    assert reached.wait(20)
    studio.session.change(SETTINGS.model_copy(update={"pose": "other"}))
    go.set()
    studio.state(LiveState.RUNNING)
    assert studio.session.pose_estimator.skeleton.name == "mpii16"
    studio.session.stop(20)


def test_notices_are_those_of_models_and_source(studio):
    source = file(3)
    source.problems = ("the end is missing",)
    studio.session.open(source)
    studio.state(LiveState.ENDED)
    assert studio.session.notices == ("the end is missing",)
    assert studio.session.download is None


def test_a_download_is_told_and_can_be_given_up(monkeypatch):
    told, reached, go = [], threading.Event(), threading.Event()

    def fetch(name, kind, *, progress):
        progress(1, 10)
        told.append(studio.session.download)
        reached.set()
        assert go.wait(20)
        progress(2, 10)
        pytest.fail("was not given up")

    monkeypatch.setattr("vitpose_live.app.live_models.fetch", fetch)
    studio = Studio(pose_estimator=lambda settings, get: get("vitpose-huge", "pose"))
    studio.session.open(Camera())
    assert reached.wait(20)
    assert told == [("vitpose-huge", 1, 10)]
    studio.session.stop(timeout=0.01)
    go.set()
    ended_threads()
    assert studio.session.download is None
    assert studio.session.error is None


def test_a_recording_may_begin_before_it_was_asked_for(studio, tmp_path):
    session, camera = studio.session, Camera()
    session.open(camera)
    feed(studio, camera, *range(6))
    session.record(tmp_path / "out.mp4", before=0.1)
    for index in (6, 7):
        camera.give(frame(index))
        while session.replay().times[-1:] != (index / 30,):
            threading.Event().wait(0.001)
    session.pause_recording(paused=True)
    camera.give(frame(8))
    while session.replay().times[-1:] != (8 / 30,):  # what is kept has been through the recording
        threading.Event().wait(0.001)
    session.pause_recording(paused=False)
    camera.give(frame(30))
    studio.shown(30)
    session.stop(20)
    # 0.1 s are three intervals: frames 2 to 5; then 6, 7 and, after the cut, 30
    assert recorded(tmp_path / "out.mp4") == pytest.approx([index / 30 for index in range(7)], abs=1e-4)


def test_a_session_is_kept_beside_the_recording_of_a_camera(studio, tmp_path):
    session, camera = studio.session, Camera()
    session.open(camera)
    feed(studio, camera, 0, 1)
    session.record(tmp_path / "out.mp4", session=True, mirror=True)
    for index in (2, 3, 4):
        camera.give(frame(index))
        while session.replay().times[-1:] != (index / 30,):
            threading.Event().wait(0.001)
    session.stop(20)
    assert len(recorded(tmp_path / "out.mp4")) == 3
    saved = vl.open_session(tmp_path / "out.vpl")
    assert saved.sequence.times == pytest.approx([2 / 30, 3 / 30, 4 / 30])
    assert saved.sequence.people == [1, 2]
    assert session.error is None


def test_a_session_that_cannot_go_on_is_completed_and_the_recording_goes_on(studio, tmp_path):
    session, camera = studio.session, Camera()
    session.open(camera)
    feed(studio, camera, 0)
    session.record(tmp_path / "out.mp4", session=True)
    feed(studio, camera, 1, 2)
    session.change(SETTINGS.model_copy(update={"pose": "other"}))  # which has other joints
    studio.until(lambda: session.pose_estimator.skeleton.name == "mpii16")
    feed(studio, camera, *range(3, 9))
    session.stop_recording()
    session.stop(20)
    assert len(recorded(tmp_path / "out.mp4")) == 8
    assert 2 <= len(vl.open_session(tmp_path / "out.vpl").sequence) < 8
