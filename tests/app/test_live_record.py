import av
import numpy as np
import pytest
from fakes import BoxDetector, CentrePose

import vitpose_live as vl
from vitpose_live.app.live_record import Recording, mirrored, renderer_of
from vitpose_live.app.settings import Settings
from vitpose_live.data import SourceInfo
from vitpose_live.errors import OutputExistsError

CAMERA = SourceInfo("camera", 64, 48, 30.0, live=True)
CLEAN = Settings.of(layout="clean")


def result(time, *, left=30, right=200):
    image = np.full((48, 64, 3), left, np.uint8)
    image[:, 32:] = right
    analyzer = vl.Analyzer(BoxDetector((4, 8, 20, 40)), CentrePose())
    return analyzer.analyze(vl.Frame(image, round(time * 30), time))


def made(path):
    with av.open(str(path)) as container:
        return [(frame.time, frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]


def test_it_is_in_its_place_once_it_is_complete(tmp_path):
    path = tmp_path / "out.mp4"
    recording = Recording(path, info=CAMERA, settings=CLEAN)
    for index in range(40):
        recording.write(result(index / 30), index / 10)
    assert recording.seconds == pytest.approx(3.9)
    assert recording.size > 0
    assert not path.exists()
    recording.finish()
    recording.finish()
    assert [time for time, _ in made(path)] == pytest.approx([index / 10 for index in range(40)], abs=1e-4)
    assert recording.size == 0
    assert recording.files == (path,)


@pytest.mark.parametrize(
    ("layout", "width", "drawn"), [("annotated", 64, [True]), ("clean", 64, [False]), ("side_by_side", 128, [0, 1])]
)
def test_the_settings_say_what_it_shows(tmp_path, layout, width, drawn):
    recording = Recording(tmp_path / "out.mp4", info=CAMERA, settings=Settings.of(layout=layout))
    recording.write(result(0.0, left=100, right=100), 0.0)
    recording.finish()
    ((_, image),) = made(tmp_path / "out.mp4")
    assert image.shape == (48, width, 3)
    parts = np.split(image, len(drawn), axis=1)
    assert [np.abs(part.astype(int) - 100).max() > 50 for part in parts] == [bool(one) for one in drawn]


@pytest.mark.parametrize("mirror", [False, True])
def test_the_picture_may_be_as_in_a_mirror(tmp_path, mirror):
    recording = Recording(tmp_path / "out.mp4", info=CAMERA, settings=CLEAN, mirror=mirror)
    recording.write(result(0.0), 0.0)
    recording.finish()
    ((_, image),) = made(tmp_path / "out.mp4")
    assert (image[:, :16].mean() > image[:, 48:].mean()) == mirror


def test_a_mirrored_persons_left_stays_left():
    given = result(0.0)
    seen = mirrored(given)
    assert seen.poses.skeleton == given.poses.skeleton
    np.testing.assert_allclose(seen.tracks.boxes, [[64 - 20, 8, 64 - 4, 40]])
    np.testing.assert_allclose(seen.poses.keypoints[..., 0], 63 - given.poses.keypoints[..., 0])
    np.testing.assert_array_equal(mirrored(seen).frame.image, given.frame.image)
    np.testing.assert_allclose(mirrored(seen).poses.boxes, given.poses.boxes)


def test_a_target_that_exists_is_refused_at_once(tmp_path):
    (tmp_path / "out.mp4").write_bytes(b"precious")
    with pytest.raises(OutputExistsError):
        Recording(tmp_path / "out.mp4", info=CAMERA, settings=CLEAN)


@pytest.mark.parametrize("mirror", [False, True])
def test_angles_are_drawn_if_asked(tmp_path, mirror):
    points = np.full((1, 17, 2), np.nan)
    skeleton = vl.load_skeleton("coco17")
    for name, place in {"left_hip": (60, 40), "left_knee": (200, 120), "left_ankle": (60, 200)}.items():
        points[0, skeleton.index(name)] = place
    scores = np.where(np.isnan(points[..., 0]), 0, 0.9)
    poses = vl.Poses(points, scores, np.array([1]), np.array([[40, 20, 220, 220]]), skeleton)
    somebody = vl.FrameResult(vl.Frame(np.full((240, 320, 3), 128, np.uint8)), vl.Tracks.empty(), poses)
    shown = mirrored(somebody) if mirror else somebody
    bare, drawn = (renderer_of(0.3, angles=angles).draw(shown) for angles in (False, True))
    changed = (bare != drawn).any(axis=2)
    assert changed.sum() > 200
    right = changed[:, 160:].sum() > changed[:, :160].sum()
    assert right == (not mirror)  # beside the knee
    doubtful = renderer_of(0.95, angles=True).draw(shown)
    np.testing.assert_array_equal(doubtful, renderer_of(0.95, angles=False).draw(shown))


def test_a_mirror_mirrors_what_was_measured_too():
    skeleton = vl.load_skeleton("coco17")
    smooth, raw = (
        vl.Poses(np.full((1, 17, 2), x), np.ones((1, 17)), [1], [[0, 0, 50, 50]], skeleton) for x in (10.0, 12.0)
    )
    given = vl.FrameResult(vl.Frame(np.zeros((60, 100, 3), np.uint8)), vl.Tracks.empty(), smooth, raw=raw)
    shown = mirrored(given)
    assert shown.poses.keypoints[0, 0].tolist() == [89, 10]
    assert shown.raw.keypoints[0, 0].tolist() == [87, 12]
    assert shown.raw.boxes.tolist() == shown.poses.boxes.tolist() == [[50, 0, 100, 50]]
    assert mirrored(vl.FrameResult(given.frame, given.tracks, smooth)).raw is None
