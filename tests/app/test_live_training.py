"""The coach of a live session: exercises change while it runs, and what was trained is kept."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import numpy as np
import pytest
from app.studio import Studio
from fakes import Camera, frame
from gym import FPS, SquattingPose, detector

import vitpose_live as vl
from vitpose_live.app import live_training
from vitpose_live.app.live import LiveState
from vitpose_live.app.settings import Settings
from vitpose_live.data import RepetitionRecord
from vitpose_live.errors import SettingsError, UnknownNameError
from vitpose_live.sinks.history import History

SQUATS = Settings.of(det_frequency=1, exercise="squat")


class Gym(Studio):
    """A session before which somebody squats."""

    def __init__(self):
        super().__init__(detector=lambda *_: detector(), pose_estimator=self._pose)
        self.given = 0
        self.camera = Camera()

    def _pose(self, settings, get):
        return SquattingPose(vl.load_skeleton({"ape": "ap10k17", "other": "blazepose33"}.get(settings.pose, "coco17")))

    def open(self, settings=SQUATS):
        self.session.change(settings)
        self.session.open(lambda: self.camera)
        self.state(LiveState.RUNNING)

    def see(self, seconds):
        """Let so much more be captured, picture by picture."""
        for _ in range(round(seconds * FPS)):
            self.camera.give(frame(self.given, fps=FPS, size=(320, 240)))
            self.shown(self.given)
            self.given += 1

    @property
    def feedback(self):
        return self.results[-1].feedback


@pytest.fixture
def history(tmp_path, monkeypatch):
    kept = History(tmp_path / "history.sqlite3")
    monkeypatch.setattr(live_training.Journal.__init__, "__defaults__", (lambda: kept,))
    return kept


@pytest.fixture
def gym(history):
    made = Gym()
    yield made
    made.session.stop(20)


def test_what_is_trained_live_is_counted_and_kept(gym, history):
    gym.open()
    gym.see(10)
    assert gym.feedback[0].repetitions == 3
    assert [len(one.sets[0].repetitions) for one in history.sessions()] == [3]  # while it goes on
    gym.session.stop(20)
    assert "left_knee" in history.session(1).sets[0].traces


def test_history_can_be_refused(gym, history):
    gym.open(SQUATS.model_copy(update={"history": False}))
    gym.see(10)
    assert gym.feedback[0].repetitions == 3
    gym.session.stop(20)
    assert not history.path.exists()


def test_an_exercise_is_begun_changed_and_ended_while_the_pictures_go_on(gym):
    gym.open(Settings.of(det_frequency=1))
    gym.see(0.2)
    assert gym.feedback == ()
    for exercise in ("squat", "lunge", "squat", None):
        wanted = Settings.of(det_frequency=1, exercise=exercise)
        gym.session.change(wanted)
        gym.until(lambda wanted=wanted: gym.session._run.applied is wanted)
        gym.see(0.2)
        assert [one.exercise for one in gym.feedback] == ([exercise] if exercise else [])


@pytest.mark.parametrize("change", [{"conf": 0.2}, {"pose": "other"}])
def test_another_change_lets_the_count_go_on(gym, change):
    gym.open()
    gym.see(4)
    assert gym.feedback[0].repetitions == 1
    wanted = SQUATS.model_copy(update=change)
    gym.session.change(wanted)
    gym.until(lambda: gym.session._run.applied is wanted)
    gym.see(6)
    assert gym.feedback[0].repetitions == 3


@pytest.mark.parametrize(
    ("change", "error"), [({"exercise": "sqat"}, UnknownNameError), ({"pose": "ape"}, SettingsError)]
)
def test_an_exercise_that_cannot_be_coached_leaves_all_as_it_was(gym, change, error):
    gym.open()
    gym.see(4)
    gym.session.change(SQUATS.model_copy(update=change))
    gym.until(lambda: gym.session.error is not None)
    assert isinstance(gym.session.error, error)
    assert gym.session.settings is SQUATS
    gym.see(6)
    assert gym.feedback[0].repetitions == 3
    assert gym.session.state is LiveState.RUNNING


def test_a_history_that_fails_is_said_once_and_does_not_stop_the_pictures(gym, history):
    history.path.mkdir()
    gym.open()
    gym.see(10)
    assert "cannot use the history" in str(gym.session.error)
    assert gym.feedback[0].repetitions == 3
    assert gym.session.state is LiveState.RUNNING


def test_a_history_that_another_program_has_for_a_while_loses_nothing(gym, history):
    history.begin("another", datetime(2026, 1, 2, tzinfo=UTC))
    with closing(sqlite3.connect(history.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        gym.open()
        gym.see(10)
        assert gym.feedback[0].repetitions == 3
        other.execute("ROLLBACK")
    gym.session.stop(20)
    assert gym.session.error is None
    assert [each.count for one in history.sessions() for each in one.sets] == [3]


def test_the_gym_is_what_it_says():
    skeleton = vl.load_skeleton("coco17")
    hip = skeleton.index("left_hip")
    tracks = vl.Tracks(np.zeros((1, 4), np.float32), [1], [True])
    heights = [
        SquattingPose().estimate(frame(round(t * FPS), fps=FPS), tracks).keypoints[0, hip, 1] for t in (0.5, 2.0)
    ]
    assert heights[1] - heights[0] == pytest.approx(45, abs=2)


def test_what_is_counted_when_it_is_stopped_is_kept(gym, history):
    """A repetition is counted on the way back, and recorded when it is over."""
    gym.open()
    gym.see(0.1)
    while not (gym.feedback and gym.feedback[0].repetitions):
        gym.see(1 / FPS)
    assert history.sessions() == ()
    gym.session.stop(20)
    assert [len(one.sets[0].repetitions) for one in history.sessions()] == [1]


def test_a_result_that_comes_too_late_is_not_the_next_sources(history):
    class Run:
        """Something that can be referred to."""

    journal, first = live_training.Journal(pytest.fail), Run()
    squats = [vl.Feedback(1, "squat", repetitions=1, finished=(repetition(end=float(end)),)) for end in (2, 4)]
    results = [vl.FrameResult(frame(at), *nobody(), feedback=(said,)) for at, said in enumerate(squats)]
    journal.write(first, results[0], "first", "squat", tuple)
    journal.finish()
    journal.write(first, results[1], "first", "squat", tuple)
    journal.write(Run(), results[1], "second", "squat", tuple)
    assert [one.source for one in history.sessions()] == ["second", "first"]


def nobody():
    skeleton = vl.load_skeleton("coco17")
    return vl.Tracks.empty(), vl.Poses.empty(skeleton)


def repetition(end):
    return RepetitionRecord("squat", end - 1.5, end, 0.5, 0.2, 0.8, 0.9)
