"""The main job end to end, with the embedded models, on the bundled clip."""

import csv
import itertools

import av
import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
from fakes import BoxDetector, CentrePose

import vitpose_live as vl
from vitpose_live.app.process import Outputs, process_source
from vitpose_live.app.session import build_analyzer, wire
from vitpose_live.app.settings import Settings
from vitpose_live.bundled import bundled_path
from vitpose_live.data import SourceInfo
from vitpose_live.errors import OutputError, OutputExistsError, SourceNotFoundError, UnknownNameError

CLIP = bundled_path("demo.mp4")
SECOND = 1.0
FAST = Settings.of(pose="embedded-fast", det_frequency=10)


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """One second of the bundled clip, processed once into every kind of output."""
    folder = tmp_path_factory.mktemp("job")
    outputs = Outputs(
        folder / "out.mp4",
        tuple(folder / f"out.{suffix}" for suffix in ("parquet", "csv", "json")),
        folder / "sheet.png",
    )
    seen = []
    report = process_source(CLIP, FAST, outputs, duration=SECOND, watch=lambda status, info: seen.append(status))
    return report, outputs, seen


def test_report_says_what_was_done(job):
    report, outputs, seen = job
    said = report.as_json()
    assert said["frames"] == report.status.captured > 20
    assert said["duration_s"] == pytest.approx(SECOND, abs=1 / report.info.fps)
    assert said["people"] >= 1
    assert said["dropped"] == 0
    assert said["device"].startswith("openvino:")
    assert {"capture", "detect", "track", "pose", "smooth", "analyze", "deliver"} <= set(said["timings_ms"])
    assert said["outputs"]["video"] == str(outputs.video)
    assert not said["interrupted"]
    assert seen[-1].delivered == said["frames"]


def test_video_lasts_as_long_as_its_source(job):
    report, outputs, _ = job
    with av.open(str(outputs.video)) as made:
        stream = made.streams.video[0]
        assert (stream.width, stream.height) == (report.info.width, report.info.height)
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        times = [frame.time for frame in made.decode(stream)]
        lasts = made.duration / av.time_base
    assert len(times) == report.status.delivered
    assert all(a < b for a, b in itertools.pairwise(times))
    assert lasts == pytest.approx(report.duration, abs=1 / report.info.fps)


def test_tables_agree_and_have_a_row_per_person_and_frame(job):
    report, outputs, _ = job
    table = pq.read_table(outputs.keypoints[0])
    with outputs.keypoints[1].open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert table.column_names == list(rows[0])
    assert table.num_rows == len(rows) >= report.status.delivered
    pairs = set(zip(table["frame"].to_pylist(), table["track_id"].to_pylist(), strict=True))
    assert len(pairs) == table.num_rows
    assert len(set(table["track_id"].to_pylist())) == report.status.people_seen
    np.testing.assert_allclose([float(row["nose_x"]) for row in rows], table["nose_x"].to_numpy(), atol=0.01)


def test_the_annotated_picture_differs_from_the_source(job):
    _, outputs, _ = job
    with av.open(str(outputs.video)) as made, av.open(str(CLIP)) as given:
        drawn, plain = (next(opened.decode(video=0)).to_ndarray(format="rgb24") for opened in (made, given))
    changed = np.abs(drawn.astype(int) - plain).max(axis=2) > 60
    assert 0.0005 < changed.mean() < 0.2


@pytest.mark.parametrize("every", [4, "auto"])
def test_threaded_run_equals_the_plain_loop_to_the_bit(every):
    settings = Settings.of(pose="embedded-fast", det_frequency=every)
    with vl.open_source(CLIP, duration=0.5) as source:
        analyzer = build_analyzer(settings, source.info)
        plain = [analyzer.analyze(frame) for frame in source]
    threaded = list(itertools.islice(vl.process(CLIP, **settings.model_dump()), len(plain)))
    for one, other in zip(plain, threaded, strict=True):
        assert one.frame.time == other.frame.time
        assert one.tracks.ids.tolist() == other.tracks.ids.tolist()
        assert one.tracks.boxes.tobytes() == other.tracks.boxes.tobytes()
        assert one.poses.keypoints.tobytes() == other.poses.keypoints.tobytes()
        assert one.poses.scores.tobytes() == other.poses.scores.tobytes()
        assert one.raw.keypoints.tobytes() == other.raw.keypoints.tobytes()
        assert ("detect" in one.timings) is ("detect" in other.timings)


def empty_room(path, frames=12):
    with av.open(str(path), "w") as made:
        stream = made.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for index in range(frames):
            picture = np.full((240, 320, 3), (90 + index) % 256, np.uint8)
            made.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        made.mux(stream.encode(None))
    return path


def test_nobody_is_a_success_with_zero_people(tmp_path):
    outputs = Outputs(tmp_path / "o.mp4", (tmp_path / "o.parquet", tmp_path / "o.csv", tmp_path / "o.json"))
    report = process_source(empty_room(tmp_path / "room.mp4"), FAST, outputs)
    assert (report.status.delivered, report.status.people_seen) == (12, 0)
    table = pq.read_table(outputs.keypoints[0])
    assert table.num_rows == 0
    assert "left_ankle_score" in table.column_names
    assert outputs.video.stat().st_size > 0


def test_stills_are_detected_one_by_one_and_nobody_is_carried_over(tmp_path, shared_data):
    images = sorted((shared_data / "coco/images").glob("*.jpg"))[:4]
    for image in images:
        (tmp_path / image.name).symlink_to(image)
    results = list(vl.process(tmp_path, pose="embedded-fast"))
    assert len(results) == 4
    assert all(result.tracks.observed.all() for result in results)
    ids = [set(result.tracks.ids.tolist()) for result in results]
    assert all(a.isdisjoint(b) for a, b in itertools.combinations(ids, 2))


def test_stills_are_further_apart_than_anybody_is_carried():
    from vitpose_live.sources.images import STILLS_SPACING
    from vitpose_live.tracking import TrackerOptions

    assert TrackerOptions().gap_seconds < STILLS_SPACING


def test_one_picture_makes_a_video_as_long_as_it_says(tmp_path):
    picture = np.full((48, 64, 3), 90, np.uint8)
    cv2.imwrite(str(tmp_path / "one.png"), picture)
    report = process_source(tmp_path / "one.png", FAST, Outputs(tmp_path / "one.mp4"))
    assert report.duration == 2.0
    with av.open(str(tmp_path / "one.mp4")) as made:
        assert made.duration / av.time_base == pytest.approx(2.0, abs=0.01)


def test_a_watcher_that_fails_takes_the_outputs_back(tmp_path):
    class WatcherError(Exception):
        pass

    def fail(status, info):
        raise WatcherError

    outputs = Outputs(tmp_path / "o.mp4", (tmp_path / "o.csv",))
    with pytest.raises(WatcherError):
        process_source(CLIP, FAST, outputs, watch=fail)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"source": "none.mp4"}, SourceNotFoundError),
        ({"settings": {"detector": "embeded"}}, UnknownNameError),
        ({"settings": {"pose": "movenet-thundr"}}, UnknownNameError),
        ({"video": "out.avi"}, OutputError),
        ({"video": "missing_folder/out.mp4"}, OutputError),
        ({"keypoints": "out.xlsx"}, OutputError),
        ({"video": "taken.mp4"}, OutputExistsError),
    ],
)
def test_what_cannot_work_is_refused_and_leaves_nothing(tmp_path, change, error):
    (tmp_path / "taken.mp4").write_bytes(b"precious")
    outputs = Outputs(
        tmp_path / change.get("video", "out.mp4"), (tmp_path / change.get("keypoints", "out.parquet"),), None
    )
    with pytest.raises(error) as caught:
        process_source(change.get("source", CLIP), Settings.of(**change.get("settings", {})), outputs)
    assert caught.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["taken.mp4"]
    assert (tmp_path / "taken.mp4").read_bytes() == b"precious"


def test_the_source_is_never_overwritten(tmp_path):
    clip = empty_room(tmp_path / "clip.mp4")
    before = clip.read_bytes()
    with pytest.raises(OutputError):
        process_source(clip, FAST, Outputs(clip, overwrite=True))
    assert clip.read_bytes() == before


def test_people_are_known_again_unless_that_is_off():
    info = SourceInfo("clip.mp4", 8, 6, 30.0)
    for on in (True, False):
        tracker = wire(Settings.of(reidentify=on), info, BoxDetector(), CentrePose()).tracker
        assert (tracker._options.reidentify_seconds > 0) is on


def test_leaving_process_early_stops_its_threads():
    results = vl.process(CLIP, pose="embedded-fast")
    assert next(results).frame.index == 0
    results.close()


def test_a_session_is_refused_before_any_work_and_never_half_there(tmp_path):
    (tmp_path / "taken.vpl").mkdir()
    for name in ("taken.vpl", "none/run.vpl", "run.mp4"):
        with pytest.raises(OutputError) as caught:
            process_source(CLIP, Settings.of(pose="none-such"), Outputs(session=tmp_path / name))
        assert caught.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["taken.vpl"]

    class WatcherError(Exception):
        pass

    def fail(status, info):
        raise WatcherError

    with pytest.raises(WatcherError):
        process_source(empty_room(tmp_path / "room.mp4"), FAST, Outputs(session=tmp_path / "run.vpl"), watch=fail)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["room.mp4", "taken.vpl"]


def test_nobody_is_a_session_too(tmp_path):
    report = process_source(empty_room(tmp_path / "room.mp4"), FAST, Outputs(session=tmp_path / "run.vpl"))
    session = vl.open_session(tmp_path / "run.vpl")
    assert len(session.sequence) == report.status.delivered == 12
    assert session.sequence.people == []
    assert session.source_path == tmp_path / "room.mp4"
    assert session.metadata["models"]["detector"] == report.detector
