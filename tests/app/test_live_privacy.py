"""Nobody is to be recognised, neither on the screen nor in what is recorded, kept for a replay or shown again."""

import av
import numpy as np
import pytest
from app.studio import Studio
from fakes import BoxDetector, Camera, ListSource

from vitpose_live.app.live import LiveState
from vitpose_live.app.settings import Settings
from vitpose_live.data import Frame

BOX = (60.0, 60.0, 100.0, 180.0)
FACE = (slice(112, 128), slice(72, 88))  # joints are in the middle of the box
OFF = Settings.of(det_frequency=1, layout="clean")
FACES = Settings.of(det_frequency=1, layout="clean", blur_faces=True)
SKELETONS = Settings.of(det_frequency=1, layout="clean", skeleton_only=True)


def picture(index):
    """Blue, with a red face."""
    image = np.full((240, 160, 3), (0, 0, 200), np.uint8)
    image[FACE] = (255, 0, 0)
    return Frame(image, index, index / 30, 1 + round(index / 30 * 1e9))


def shows_a_face(image):
    return bool((image[FACE][..., 0] > 150).any())


class Stage(Studio):
    """A camera in front of which somebody stands."""

    def __init__(self):
        super().__init__(detector=lambda settings, get: BoxDetector(BOX))
        self.camera = Camera()
        self.given = 0

    def open(self, settings):
        self.session.change(settings)
        self.session.open(self.camera)
        self.state(LiveState.RUNNING)

    def give(self, count):
        for _ in range(count):
            self.camera.give(picture(self.given))
            self.shown(self.given)
            self.given += 1

    @property
    def kept(self):
        return [each.frame for each in self.session._run.kept.replay()]


@pytest.fixture
def stage():
    made = Stage()
    yield made
    made.session.stop(20)


def recorded(path):
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def test_the_test_can_see_a_face(stage, tmp_path):
    stage.open(OFF)
    stage.give(1)
    stage.session.record(tmp_path / "out.mp4")
    stage.give(3)
    stage.session.stop(20)
    assert shows_a_face(stage.results[-1].frame.image)
    images = recorded(tmp_path / "out.mp4")
    assert images
    assert all(shows_a_face(image) for image in images)


@pytest.mark.parametrize("settings", [FACES, SKELETONS])
def test_no_face_is_shown_kept_or_recorded(stage, tmp_path, settings):
    stage.open(settings)
    stage.give(5)
    stage.session.record(tmp_path / "out.mp4")
    stage.give(40)
    assert stage.indices == list(range(45))
    assert stage.kept
    stage.session.stop(20)
    # the first pictures are from before the detector first said anything
    assert not any(shows_a_face(each.frame.image) for each in stage.results[3:])
    images = recorded(tmp_path / "out.mp4")
    assert len(images) == 40
    assert not any(shows_a_face(image) for image in images)


def test_what_is_kept_for_a_replay_is_hidden_from_the_very_first_picture(stage):
    stage.open(FACES)
    stage.give(45)
    kept = stage.kept
    assert [each.index for each in kept] == list(range(len(kept)))
    assert 10 <= len(kept) <= 16
    assert not any(shows_a_face(each.image) for each in kept)


def test_a_recording_ends_with_the_last_picture_shown(stage, tmp_path):
    stage.open(FACES)
    stage.give(40)
    stage.session.record(tmp_path / "out.mp4")
    stage.give(20)
    stage.session.stop_recording()
    stage.give(40)
    stage.session.stop(20)
    images = recorded(tmp_path / "out.mp4")
    assert len(images) == 20
    assert not any(shows_a_face(image) for image in images)


def test_whoever_is_hidden_from_now_on_is_so_in_what_was_before(stage):
    stage.open(OFF)
    stage.give(10)
    assert any(shows_a_face(each.image) for each in stage.kept)
    stage.session.start_replay()
    stage.session.change(FACES)
    assert stage.session.showing.replay is None
    assert not any(shows_a_face(each.image) for each in stage.kept)
    stage.give(40)
    assert not any(shows_a_face(each.frame.image) for each in stage.results[-40:])
    assert not any(shows_a_face(each.image) for each in stage.kept)
    stage.session.change(OFF)
    stage.give(2)
    assert shows_a_face(stage.results[-1].frame.image)


def test_a_live_source_that_ends_leaves_nothing_out(stage, tmp_path):
    source = ListSource([picture(n) for n in range(50)], live=True)
    stage.session.change(FACES)
    stage.session.open(source)
    stage.state(LiveState.ENDED)
    kept = stage.kept
    assert kept[-1].index == stage.indices[-1]


@pytest.mark.parametrize("settings", [FACES, SKELETONS])
def test_a_file_is_shown_whole_and_hidden_from_its_first_picture(stage, settings):
    stage.session.change(settings)
    stage.session.open(ListSource([picture(n) for n in range(45)]))
    stage.session.speed = 2.0
    stage.state(LiveState.ENDED)
    assert stage.indices == list(range(45))
    assert not any(shows_a_face(each.frame.image) for each in stage.results)
    assert not any(shows_a_face(each.image) for each in stage.kept)


@pytest.mark.parametrize("settings", [FACES, SKELETONS])
def test_the_next_step_through_a_file_hides_who_is_to_be_hidden_by_now(stage, settings):
    stage.each = lambda _: stage.session.pause()  # at the first picture
    stage.session.open(ListSource([picture(n) for n in range(9)]))
    stage.shown(0)
    assert shows_a_face(stage.results[-1].frame.image)
    stage.session.change(settings)
    stage.session.step(1)
    stage.shown(1)
    assert not shows_a_face(stage.results[-1].frame.image)
    assert not any(shows_a_face(each.image) for each in stage.kept)
