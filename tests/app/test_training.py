"""From `exercise` to counts, history and report, whichever way a recording is gone over."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from gym import BOX, FPS, SquattingPose, detector, film

import vitpose_live as vl
from vitpose_live.app import exercises, session, training
from vitpose_live.app import process as app_process
from vitpose_live.app.console import summary
from vitpose_live.app.process import Outputs, process_source
from vitpose_live.app.session import wire
from vitpose_live.app.settings import Settings, load_settings
from vitpose_live.app.training import TrainingLog
from vitpose_live.data import Feedback, Frame, FrameResult, Poses, RepetitionRecord, SourceInfo, Tracks
from vitpose_live.errors import OutputError, SettingsError, SettingsFileError, UnknownNameError
from vitpose_live.sinks.history import History

SQUATS = Settings.of(exercise="squat", det_frequency=1)


@pytest.fixture
def history(tmp_path, monkeypatch):
    kept = History(tmp_path / "history.sqlite3")
    monkeypatch.setattr(app_process, "own_history", lambda: kept)
    return kept


@pytest.fixture
def gym(monkeypatch, history):
    """Whatever is opened shows somebody who does three squats."""
    monkeypatch.setattr(app_process, "open_source", lambda *_, **__: closing(film()))
    monkeypatch.setattr(session, "open_source", lambda *_, **__: closing(film()))
    monkeypatch.setattr(session, "load_detector_of", detector)
    monkeypatch.setattr(session, "load_pose_estimator_of", lambda *_: SquattingPose())


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A person's own exercises."""
    monkeypatch.setattr(exercises, "own_exercises", lambda: tmp_path / "own")
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


@pytest.mark.parametrize("smoothing", ["adaptive", "zero_phase", "none"])
def test_repetitions_are_counted_kept_and_told(gym, history, smoothing):
    settings = SQUATS.model_copy(update={"smoothing": Settings.of(smoothing=smoothing).smoothing})
    report = process_source("squats.mp4", settings, Outputs())
    assert report.as_json()["repetitions"] == {"1": 3}
    (kept,) = history.sessions()
    kept = history.session(kept.id)
    assert [(one.exercise, one.person, one.count) for one in kept.sets] == [("squat", 1, 3)]
    assert [one.start for one in kept.sets[0].repetitions] == pytest.approx([1, 4, 7], abs=0.5)
    assert "left_knee" in kept.sets[0].traces
    assert kept == replace(report.training, started=kept.started)
    assert f"history   session {kept.id}" in list(summary(report))


@pytest.mark.parametrize("smoothing", ["adaptive", "zero_phase"])
def test_the_library_gives_the_same_feedback(gym, smoothing):
    results = list(vl.process("squats.mp4", exercise="squat", det_frequency=1, smoothing=smoothing))
    assert results[-1].feedback[0].repetitions == 3
    assert sum(len(one.finished) for result in results for one in result.feedback) == 3


def test_without_an_exercise_nothing_is_counted_or_kept(gym, history):
    report = process_source("squats.mp4", Settings.of(det_frequency=1), Outputs())
    assert report.as_json()["repetitions"] == {}
    assert not any(line.startswith(("history", "no repetition")) for line in summary(report))
    assert not history.path.exists()


def test_history_can_be_refused(gym, history, tmp_path):
    (tmp_path / "s.toml").write_text('exercise = "squat"\nhistory = false\ndet_frequency = 1\n')
    report = process_source("squats.mp4", load_settings(tmp_path / "s.toml"), Outputs())
    assert report.as_json()["repetitions"] == {"1": 3}
    assert report.training.id == 0
    assert not history.path.exists()


def test_a_history_that_cannot_be_written_is_an_error_that_says_how_to_go_without(gym, history):
    history.path.mkdir()
    with pytest.raises(OutputError, match="cannot use the history") as caught:
        process_source("squats.mp4", SQUATS, Outputs())
    assert "--no-history" in caught.value.hint


@pytest.mark.parametrize(("smoothing", "exercise"), [("adaptive", "squat"), ("zero_phase", "squat"), ("none", "auto")])
def test_the_report_has_pictures_of_the_best_and_the_worst(gym, tmp_path, smoothing, exercise):
    settings = Settings.of(exercise=exercise, smoothing=smoothing, det_frequency=1)
    page = tmp_path / "r.html"
    report = process_source("squats.mp4", settings, Outputs(report=page))
    assert report.as_json()["outputs"]["report"] == str(page)
    assert page.read_text("utf-8").count("data:image/jpeg;base64,/9j/") == 2
    with pytest.raises(OutputError, match="exists"):
        process_source("squats.mp4", settings, Outputs(report=page))


def test_a_report_of_nothing_is_refused(gym, tmp_path):
    with pytest.raises(SettingsError, match="without an exercise"):
        process_source("squats.mp4", Settings.of(), Outputs(report=tmp_path / "r.html"))


def test_a_wrong_exercise_is_refused_before_anything_is_loaded(gym, monkeypatch, folder):
    def load(*_):
        pytest.fail("loaded")

    monkeypatch.setattr(session, "load_detector_of", load)
    (folder / "mine.toml").write_text('like = "squat"\n[[cues]]\nname = "x"\nsay = "y"\nmeasure = "kne_flexion"\n')
    for smoothing in ("adaptive", "zero_phase"):
        for wrong, error in (("sqat", UnknownNameError), ("mine", SettingsFileError), ("no.toml", SettingsFileError)):
            settings = Settings.of(exercise=wrong, smoothing=smoothing)
            with pytest.raises(error):
                process_source("squats.mp4", settings, Outputs())
            with pytest.raises(error):
                next(vl.process("squats.mp4", exercise=wrong, smoothing=smoothing))
    with pytest.raises(SettingsFileError, match=r"mine\.toml: cues 1: unknown measure"):
        exercises.find_exercise("mine")


def test_a_skeleton_without_the_joints_is_refused_naming_the_setting():
    ape = vl.load_skeleton("ap10k17")
    with pytest.raises(SettingsError, match=r"^exercise: "):
        wire(SQUATS, SourceInfo("x", 8, 6, 30.0), detector(), SquattingPoseOf(ape))


def SquattingPoseOf(skeleton):  # noqa: N802  stands for a class
    pose = SquattingPose()
    pose.skeleton = skeleton
    return pose


@pytest.mark.parametrize("how", ["own", "file"])
def test_an_own_exercise_is_coached_by_name_and_by_file(gym, history, folder, tmp_path, how):
    place = folder if how == "own" else tmp_path
    (place / "deep.toml").write_text('like = "squat"\ntitle = "Deep squat"\n')
    report = process_source(
        "x", SQUATS.model_copy(update={"exercise": "deep" if how == "own" else str(place / "deep.toml")}), Outputs()
    )
    assert report.as_json()["repetitions"] == {"1": 3}
    (one,) = history.session(1).sets
    assert one.exercise == "deep"
    assert "left_knee" in one.traces


def result(time, *feedback):
    nobody = vl.load_skeleton("coco17")
    picture = Frame(film(1 / FPS)._frames[0].image, round(time * FPS), time)
    poses = Poses.empty(nobody)
    return FrameResult(picture, Tracks.empty(), poses, feedback)


def done(count, start, end):
    return Feedback(
        1, "squat", repetitions=count, finished=(RepetitionRecord("squat", start, end, 0.4, 0.1, 0.4, 1.0),)
    )


def test_a_part_that_is_seen_again_is_not_kept_twice(history):
    log = TrainingLog("a.mp4", history)
    for time, one in (
        (2.0, done(1, 1, 2)),
        (4.0, done(2, 3, 4)),
        (2.0, done(1, 1, 2)),
        (4.0, done(2, 3, 4)),
        (6.0, done(3, 5, 6)),
    ):
        log.write(result(time, one))
    starts = [each.start for one in history.sessions()[0].sets for each in one.repetitions]
    assert starts == [1, 3, 5]


def test_what_is_kept_has_no_password(history):
    log = TrainingLog("rtsp://me:secret@camera.local/a?token=secret", history)
    log.write(result(2.0, done(1, 1, 2)))
    log.close()
    with sqlite3.connect(history.path) as database:
        assert "secret" not in "".join(database.iterdump())
        assert "camera.local" in "".join(database.iterdump())
    database.close()
    assert "secret" not in log.session.source


def test_repetitions_are_kept_when_the_run_fails(history):
    log = TrainingLog("a.mp4", history)
    log.write(result(2.0, done(1, 1, 2)))
    log.abort()
    assert history.sessions()[0].sets[0].count == 1


def test_nobody_trains_nobody_is_kept(history, tmp_path):
    log = TrainingLog("a.mp4", history, report=tmp_path / "r.html")
    log.write(result(0.0))
    log.close()
    assert not history.path.exists()
    assert "No repetition was seen" in (tmp_path / "r.html").read_text("utf-8")


def test_the_persons_own_files_are_not_touched_by_tests():
    home = training.own_history().path
    assert "vitpose-live-tests-" in str(home)
    assert "vitpose-live-tests-" in str(exercises.own_exercises())


def test_the_camera_shows_who_trains():
    image = film(1 / FPS)._frames[0].image
    part = training._around(image, np.array(BOX, np.float32))
    assert part.shape[0] == 240
    assert 0 < part.shape[1] < 320
