"""What the settings ask of a recording is what it becomes."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import av
import numpy as np
import pytest
from fakes import BoxDetector, CentrePose
from sinks.media import durations, pictures

from vitpose_live import open_session
from vitpose_live.app import process as app_process
from vitpose_live.app import record as app_record
from vitpose_live.app.annotate import ContactSheet, RecordedVideo, laid_out
from vitpose_live.app.outputs import Outputs
from vitpose_live.app.process import process_source
from vitpose_live.app.session import wire
from vitpose_live.app.settings import Layout, Settings
from vitpose_live.bundled import bundled_path
from vitpose_live.data import Frame, FrameResult, Poses, SourceInfo, Tracks, load_skeleton
from vitpose_live.errors import OutputError, SettingsError
from vitpose_live.rendering import SkeletonRenderer
from vitpose_live.sinks import CsvWriter
from vitpose_live.sinks.encoders import ENCODER_NAMES, Quality
from vitpose_live.sinks.session_folder import SessionWriter
from vitpose_live.sinks.verify import Verify

CLIP = bundled_path("demo.mp4")
SECOND = 1.0


@pytest.fixture(autouse=True)
def models(monkeypatch):
    """Nobody is measured here: one person who stands still."""
    build = lambda settings, info, get: wire(settings, info, BoxDetector((400, 100, 700, 650)), CentrePose())  # noqa: E731
    monkeypatch.setattr(app_process, "build_analyzer", build)


def processed(folder, **settings):
    outputs = Outputs(folder / "out.mp4")
    return process_source(CLIP, Settings.of(**settings), outputs, duration=SECOND)


def result(width=64):
    rng = np.random.default_rng(0)
    points = rng.uniform(5, 40, (1, 17, 2))
    boxes = np.array([[5, 5, 40, 40]], np.float32)
    ids = np.array([1])
    poses = Poses(points, np.ones((1, 17)), ids, boxes, load_skeleton("coco17"))
    image = rng.integers(0, 256, (48, width, 3), np.uint8)
    return FrameResult(Frame(image, 0, 0.0), Tracks(boxes, ids, np.ones(1, bool), np.ones(1)), poses)


@pytest.mark.parametrize("width", [64, 63])
def test_layouts_show_the_picture_the_drawing_or_both(width):
    given, renderer = result(width), SkeletonRenderer()
    drawn = renderer.draw(given)
    assert not np.array_equal(drawn, given.frame.image)
    assert np.array_equal(laid_out(given, renderer, Layout.CLEAN), given.frame.image)
    assert np.array_equal(laid_out(given, renderer, Layout.ANNOTATED), drawn)
    both = laid_out(given, renderer, Layout.SIDE_BY_SIDE)
    assert np.array_equal(both[:, :width], given.frame.image)
    assert np.array_equal(both[:, width:], drawn)


@pytest.mark.parametrize("layout", Layout)
def test_a_recording_has_its_layout(tmp_path, layout):
    report = processed(tmp_path, layout=layout)
    with av.open(str(report.videos[0])) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (1280 * (2 if layout is Layout.SIDE_BY_SIDE else 1), 720)
        assert stream.frames == report.status.delivered


def test_better_is_larger(tmp_path):
    sizes = []
    for quality in Quality:
        (tmp_path / quality).mkdir()
        sizes.append(processed(tmp_path / quality, quality=quality).videos[0].stat().st_size)
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == 3


def test_a_recording_in_parts_is_reported_whole(tmp_path):
    report = process_source(CLIP, Settings.of(split="1s"), Outputs(tmp_path / "out.mp4"), duration=2.5)
    assert [path.name for path in report.videos] == ["out-001.mp4", "out-002.mp4", "out-003.mp4"]
    assert set(tmp_path.iterdir()) == set(report.videos)
    said = report.as_json()
    assert said["outputs"]["video"] == [str(path) for path in report.videos]
    assert said["verified"] is True
    assert sum(len(pictures(path)[0]) for path in report.videos) == report.status.delivered
    assert sum(durations(path)["video"] for path in report.videos) == pytest.approx(report.duration, abs=0.05)


def test_without_a_recording_nothing_is_verified(tmp_path):
    report = process_source(CLIP, Settings.of(), Outputs(), duration=0.2)
    assert report.videos == ()
    assert report.as_json()["verified"] is None
    assert report.as_json()["outputs"]["video"] is None


@pytest.mark.parametrize("pictures", [True, False])
def test_a_session_needs_an_encoder_before_any_work_if_it_keeps_pictures(tmp_path, monkeypatch, pictures):
    class OpenedError(Exception):
        pass

    def find(name):
        raise OutputError("no driver")

    def opened(*_, **__):
        raise OpenedError

    monkeypatch.setattr(app_record, "find_encoder", find)
    monkeypatch.setattr(app_process, "open_source", opened)
    with pytest.raises(OutputError if pictures else OpenedError):
        process_source(CLIP, Settings.of(), Outputs(session=tmp_path / "run.vpl", session_video=pictures))


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [({"encoder": "hardware"}, OutputError, "no driver"), ({"split": "10 apples"}, SettingsError, "split")],
)
def test_what_cannot_be_recorded_is_refused_before_any_work(tmp_path, monkeypatch, settings, error, message):
    def find(name):
        raise OutputError("no driver")

    monkeypatch.setattr(app_record, "find_encoder", find if "encoder" in settings else lambda name: None)
    monkeypatch.setattr(app_process, "open_source", None)
    with pytest.raises(error, match=message):
        processed(tmp_path, **settings)


def test_a_recording_in_parts_never_replaces_its_source(tmp_path, monkeypatch):
    clip = Path(shutil.copy(CLIP, tmp_path / "clip-001.mp4"))
    monkeypatch.setattr(app_process, "open_source", None)
    outputs = Outputs(tmp_path / "clip.mp4", overwrite=True)
    with pytest.raises(OutputError, match="is the source"):
        process_source(clip, Settings.of(split="1min"), outputs)
    assert clip.read_bytes() == CLIP.read_bytes()
    assert list(tmp_path.iterdir()) == [clip]


@pytest.mark.parametrize(
    ("owner", "settings"),
    [(RecordedVideo, {}), (CsvWriter, {"skeleton_only": True}), (SessionWriter, {"smoothing": "zero_phase"})],
)
def test_what_is_written_outlives_an_output_that_cannot_be(tmp_path, monkeypatch, settings, owner):
    write = owner.write

    def full(self, given):
        if given.frame.index == 3:
            raise OutputError("the disk is full", hint="free some space")
        write(self, given)

    monkeypatch.setattr(owner, "write", full)
    video, csv, parquet, session = (tmp_path / name for name in ("out.mp4", "out.csv", "out.parquet", "run.vpl"))
    outputs = Outputs(video, (csv, parquet), session=session)
    with pytest.raises(OutputError) as caught:
        process_source(CLIP, Settings.of(**settings), outputs, duration=0.2)
    assert str(caught.value) == f"the disk is full; saved: {video}, {csv}, {parquet}, {session}"
    assert caught.value.hint == "free some space"
    assert set(tmp_path.iterdir()) == {video, csv, parquet, session}
    counts = dict.fromkeys((RecordedVideo, CsvWriter, SessionWriter), 4) | {owner: 3}
    assert len(pictures(video)[0]) == counts[RecordedVideo]
    for path, count in ((csv, counts[CsvWriter]), (parquet, 4), (session, counts[SessionWriter])):
        assert open_session(path).sequence.frames.tolist() == list(range(count))
    saved = open_session(session)
    assert saved.problems == ()
    assert saved.video is not None
    assert len(pictures(saved.video)[0]) == counts[SessionWriter]


def test_what_is_cut_short_replaces_nothing(tmp_path, monkeypatch):
    outputs = Outputs(tmp_path / "out.mp4", (tmp_path / "out.csv",), session=tmp_path / "run.vpl", overwrite=True)
    process_source(CLIP, Settings.of(), outputs, duration=0.2)

    def full(self, given):
        if given.frame.index == 3:
            raise OutputError("the disk is full")

    monkeypatch.setattr(ContactSheet, "write", full)
    outputs = replace(outputs, sheet=tmp_path / "sheet.png")
    with pytest.raises(OutputError) as caught:
        process_source(CLIP, Settings.of(), outputs, duration=0.2)
    for name in ("out.mp4", "out.csv", "run.vpl"):
        stem, _, suffix = name.partition(".")
        kept = tmp_path / f"{stem}.partial.{suffix}"
        assert str(kept) in str(caught.value)
        if suffix != "mp4":
            assert [len(open_session(path).sequence) for path in (tmp_path / name, kept)] == [6, 4]
    assert [len(pictures(tmp_path / name)[0]) for name in ("out.mp4", "out.partial.mp4")] == [6, 4]


@pytest.mark.parametrize(
    ("wanted", "told_of"),
    [
        ({}, []),
        ({"video": "out.mp4"}, [1280]),
        ({"session": "run.vpl"}, [1280]),
        ({"session": "run.vpl", "session_video": False}, []),
        ({"video": "out.mp4", "session": "run.vpl"}, [2560]),
    ],
    ids=str,
)
def test_a_disk_that_may_be_too_small_is_told_at_the_start(tmp_path, monkeypatch, wanted, told_of):
    told = []
    monkeypatch.setattr(
        app_record, "tight", lambda folder, **named: f"{folder}: {named['size']} for {named['seconds']} s"
    )
    outputs = Outputs(**{name: tmp_path / value if isinstance(value, str) else value for name, value in wanted.items()})
    process_source(CLIP, Settings.of(), outputs, duration=0.2, tell=told.append)
    assert told == [f"{tmp_path}: {(width, 720)} for 0.2 s" for width in told_of]


def test_each_disk_is_asked_for_room_for_what_goes_there(tmp_path, monkeypatch):
    """Twice as wide are both layouts; what is beside it on the disk comes on top."""
    asked = []
    (tmp_path / "there").mkdir()
    monkeypatch.setattr(app_record, "tight", lambda folder, **named: asked.append((folder, named["size"])) or "")
    outputs = Outputs(tmp_path / "out.mp4", session=tmp_path / "there" / "run.vpl")
    info, chosen = SourceInfo("x", 64, 48, 30.0), Settings.of(layout="side_by_side")
    assert app_record.shortage(info, chosen, outputs, None) == ()
    assert asked == [(tmp_path, (192, 48))]
    stat = Path.stat
    disk = lambda self, **how: SimpleNamespace(st_dev=len(self.parts)) if self.is_relative_to(tmp_path) else stat(self)  # noqa: E731
    monkeypatch.setattr(Path, "resolve", Path.absolute)
    monkeypatch.setattr(Path, "stat", disk)
    app_record.shortage(info, chosen, outputs, None)
    monkeypatch.undo()
    assert asked[1:] == [(tmp_path, (128, 48)), (tmp_path / "there", (64, 48))]


def test_settings_know_what_the_recorder_takes():
    fields = Settings.model_fields
    assert get_args(fields["encoder"].annotation) == ENCODER_NAMES
    assert get_args(fields["quality"].annotation) == tuple(Quality)
    assert get_args(fields["verify"].annotation) == tuple(Verify)
