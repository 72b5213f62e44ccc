"""Models and settings that change at awkward moments: nothing that was asked for gets lost."""

import threading

import pytest
from app.studio import BOX, SETTINGS, Studio
from fakes import BoxDetector, Camera, CentrePose, frame

import vitpose_live as vl
from vitpose_live.app import live_run
from vitpose_live.app.live import LiveState
from vitpose_live.app.live_models import ModelShelf
from vitpose_live.errors import ModelError, SourceError, VitposeLiveError

OTHER = SETTINGS.model_copy(update={"pose": "other"})
SLOW = SETTINGS.model_copy(update={"pose": "slow"})


class Loader:
    """Loads pose models; the one called "slow" when it is told to, and "broken" and "buggy" not at all."""

    def __init__(self):
        self.begun, self.go = threading.Event(), threading.Event()
        self.loads = []
        self.slow_error = None

    def __call__(self, settings, get):
        self.loads.append(settings.pose)
        if settings.pose == "slow":
            self.begun.set()
            assert self.go.wait(20)
            if self.slow_error is not None:
                raise self.slow_error
        if settings.pose == "buggy":
            raise ZeroDivisionError("no")
        return CentrePose(vl.load_skeleton("mpii16" if settings.pose == "other" else "coco17"))


@pytest.fixture
def loader():
    return Loader()


@pytest.fixture
def studio(loader):
    made = Studio(pose_estimator=loader)
    yield made
    loader.go.set()
    made.session.stop(20)


def opened(studio):
    camera = Camera()
    studio.session.open(camera)
    studio.state(LiveState.RUNNING)
    return camera


def uses(studio, skeleton):
    pose = studio.session.pose_estimator
    return pose is not None and pose.skeleton.name == skeleton


def test_a_change_while_one_of_the_source_before_is_loading_counts(studio, loader):
    session = studio.session
    opened(studio)
    session.change(SLOW)
    assert loader.begun.wait(20)
    session.change(SETTINGS)
    opened(studio)  # has its models long before the slow one is there
    session.change(OTHER)
    loader.go.set()
    studio.until(lambda: uses(studio, "mpii16"))
    assert session.settings is OTHER


def test_a_change_at_the_last_moment_before_the_first_picture_counts(studio, monkeypatch):
    begun, go = threading.Event(), threading.Event()

    def wire(*parts):
        begun.set()
        assert go.wait(20)
        return made(*parts)

    made = live_run.wire
    monkeypatch.setattr(live_run, "wire", wire)
    studio.session.open(Camera())
    assert begun.wait(20)
    studio.session.change(OTHER)
    go.set()
    studio.until(lambda: uses(studio, "mpii16"))


def test_a_first_model_that_cannot_be_loaded_does_not_matter_once_another_is_wanted(studio, loader):
    loader.slow_error = ModelError("no such model")
    session = studio.session
    session.change(SLOW)
    session.open(Camera())
    assert loader.begun.wait(20)
    session.change(OTHER)
    loader.go.set()
    studio.state(LiveState.RUNNING)
    assert uses(studio, "mpii16")
    assert session.error is None


def test_a_fault_while_a_model_is_loaded_is_told_and_the_next_change_counts(studio):
    session = studio.session
    opened(studio)
    session.change(SETTINGS.model_copy(update={"pose": "buggy"}))
    studio.until(lambda: session.error is not None)
    assert isinstance(session.error, VitposeLiveError)
    assert "ZeroDivisionError: no" in str(session.error)
    assert session.settings is SETTINGS
    session.change(OTHER)
    studio.until(lambda: uses(studio, "mpii16"))
    assert session.error is None


def test_why_a_run_failed_stays_until_something_else_is_opened(studio):
    gate = threading.Event()

    class Torn(Camera):
        def __iter__(self):
            yield from [next(super().__iter__())]
            assert gate.wait(20)
            raise SourceError("torn")

    camera = Torn()
    session = studio.session
    session.open(camera)
    camera.give(frame(0))
    studio.shown(0)
    gate.set()
    studio.state(LiveState.FAILED)
    session.change(OTHER)
    assert str(session.error) == "torn"
    assert session.state is LiveState.FAILED
    opened(studio)
    assert uses(studio, "mpii16")


def test_a_model_wanted_twice_at_once_is_loaded_once(loader):
    shelf = ModelShelf(lambda *_: BoxDetector(BOX), loader)
    got = []
    threads = [threading.Thread(target=lambda: got.append(shelf.load(SLOW))) for _ in range(2)]
    threads[0].start()
    assert loader.begun.wait(20)
    threads[1].start()
    assert not threads[1].join(0.05)
    loader.go.set()
    for thread in threads:
        thread.join(20)
    assert loader.loads == ["slow"]
    assert got[0][1] is got[1][1]


def test_one_model_does_not_wait_for_another(loader):
    shelf = ModelShelf(lambda *_: BoxDetector(BOX), loader)
    slow = threading.Thread(target=shelf.load, args=(SLOW,))
    slow.start()
    assert loader.begun.wait(20)
    assert shelf.load(OTHER)[1].skeleton.name == "mpii16"
    loader.go.set()
    slow.join(20)
