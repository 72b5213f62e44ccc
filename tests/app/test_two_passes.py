"""Smoothing that knows the whole recording: analysed once, gone over again to be written."""

import json
import os
import signal
import threading
from contextlib import closing

import av
import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
from app.test_process import empty_room
from fakes import BoxDetector, CentrePose, ListSink, ListSource, frame

import vitpose_live as vl
from vitpose_live import cli
from vitpose_live.app import process as app_process
from vitpose_live.app import session as app_session
from vitpose_live.app.console import ProgressLine
from vitpose_live.app.live import LiveSession
from vitpose_live.app.process import Outputs, process_source
from vitpose_live.app.settings import Settings, Smoothing
from vitpose_live.app.two_passes import run_twice
from vitpose_live.bundled import bundled_path
from vitpose_live.data import SourceInfo
from vitpose_live.errors import SettingsError, SourceError
from vitpose_live.pipeline import Status

CLIP = bundled_path("demo.mp4")
COCO17 = vl.load_skeleton("coco17")
STEADY = Settings.of(pose="embedded-fast", det_frequency=10, smoothing="zero_phase")


def twice(asked, run, sink):
    analyzer = vl.Analyzer(BoxDetector((1, 1, 4, 5)), CentrePose())
    source = ListSource([frame(index) for index in range(40)])
    return run_twice(source, analyzer, [sink], run, asked, step=lambda *_: None, pictures=True)


@pytest.mark.parametrize("cut", [1, 2])
def test_asked_to_end_it_writes_what_was_analysed_and_asked_again_it_ends(cut):
    """The first request ends the analysis, not the writing."""
    asked, sink, passes = threading.Event(), ListSink(), []

    def run(runner, info):
        passes.append(info.frame_count)
        results = iter(runner)
        for _ in range(12 if len(passes) == 1 else 5):
            next(results)
        if len(passes) == cut:
            asked.set()
            results.close()
        else:
            list(results)
        return runner.status()

    status, _ = twice(asked, run, sink)
    assert asked.is_set()
    assert sink.ended == ["closed"]
    assert passes == [40, passes[1]]
    if cut == 1:
        assert 12 <= passes[1] < 40
        assert len(sink.results) == passes[1] == status.delivered
    else:
        assert passes[1] == 40
        assert 5 <= len(sink.results) < 40


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """One second of the bundled clip: smoothed as a whole, as it comes, and not at all."""
    folder = tmp_path_factory.mktemp("job")
    made = {}
    for name in (Smoothing.ZERO_PHASE, Smoothing.ADAPTIVE, Smoothing.NONE):
        settings = STEADY.model_copy(update={"smoothing": name})
        outputs = Outputs(folder / f"{name}.mp4", (folder / f"{name}.parquet", folder / f"{name}.json"))
        steps = []
        report = process_source(
            CLIP, settings, outputs, duration=1.0, step=lambda *step, steps=steps: steps.append(step)
        )
        made[name] = (report, outputs, steps)
    return made


def test_the_table_is_smooth_and_keeps_what_was_measured(job):
    smooth, causal, plain = (pq.read_table(job[name][1].keypoints[0]) for name in ("zero_phase", "adaptive", "none"))
    names = [f"{joint}_{part}" for joint in COCO17.keypoints for part in ("x", "y", "score")]
    assert plain.column_names[8:] == names
    assert smooth.column_names[8:] == causal.column_names[8:] == names + [f"{name}_raw" for name in names]
    for name in plain.column_names[:8]:
        assert smooth[name].to_pylist() == plain[name].to_pylist()
    for name in names:
        np.testing.assert_array_equal(smooth[f"{name}_raw"].to_numpy(), plain[name].to_numpy())
        np.testing.assert_array_equal(causal[f"{name}_raw"].to_numpy(), plain[name].to_numpy())
    rows = smooth["track_id"].to_numpy() == 1
    shake, left = (
        np.abs(np.diff(smooth[name].to_numpy()[rows], 2)).mean() for name in ("left_hip_x_raw", "left_hip_x")
    )
    assert left < 0.8 * shake
    assert json.loads(smooth.schema.metadata[b"vitpose_live.settings"])["smoothing"] == "zero_phase"
    people = [frame["people"] for frame in json.loads(job["zero_phase"][1].keypoints[1].read_text())["frames"]]
    assert people[15][0]["raw_keypoints"] != people[15][0]["keypoints"]


def test_the_video_shows_the_smoothed_people_at_the_sources_times(job):
    pictures = {}
    for name in ("zero_phase", "none"):
        with av.open(str(job[name][1].video)) as made:
            pictures[name] = [(frame.pts, frame.to_ndarray(format="gray")) for frame in made.decode(video=0)]
    smooth, plain = pictures["zero_phase"], pictures["none"]
    assert [pts for pts, _ in smooth] == [pts for pts, _ in plain]
    assert any((one != other).mean() > 0.001 for (_, one), (_, other) in zip(smooth, plain, strict=True))


def test_both_passes_are_told_and_reported(job):
    report, _, steps = job["zero_phase"]
    assert [name for name, _ in steps] == ["analysing", "writing"]
    assert 0 < steps[0][1] < steps[1][1] == 1
    assert job["none"][2] == [("processing", 1.0)]
    said = report.as_json()
    assert said["frames"] == job["none"][0].as_json()["frames"]
    assert said["people"] == job["none"][0].as_json()["people"]
    assert {"capture", "detect", "track", "pose", "smooth", "analyze", "deliver"} <= set(said["timings_ms"])
    assert said["detector_runs_per_s"] == pytest.approx(3, abs=0.5)


def test_the_progress_is_that_of_both_passes():
    known, unknown = SourceInfo("clip.mp4", 8, 6, 30.0, 100), SourceInfo("clip.mp4", 8, 6, 30.0)
    with ProgressLine() as line:
        (task,) = line._progress.tasks
        line.begin("analysing", 0.75)
        line.update(Status(delivered=50), unknown)
        assert task.total is None
        line.update(Status(delivered=50), known)
        assert (task.description, task.completed, task.total) == ("analysing", 0.375, 1)
        line.begin("writing", 1.0)
        assert (task.description, task.completed) == ("writing", 0.375)
        line.update(Status(delivered=40), known)
        assert (task.completed, task.fields["frames"]) == (0.85, "40/100")


def test_without_outputs_it_goes_over_the_source_once(tmp_path):
    steps = []
    room = empty_room(tmp_path / "room.mp4")
    report = process_source(room, STEADY, Outputs(), step=lambda *step, steps=steps: steps.append(step))
    assert steps == [("analysing", 1.0)]
    assert report.status.delivered == 12


def test_a_failure_in_the_second_pass_leaves_nothing(tmp_path):
    room = empty_room(tmp_path / "room.mp4")

    def lose(step, _):
        if step == "writing":
            room.unlink()

    with pytest.raises(SourceError):
        process_source(room, STEADY, Outputs(tmp_path / "o.mp4", (tmp_path / "o.csv",)), step=lose)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="sends a signal as a terminal does")
def test_interrupted_in_the_analysis_the_outputs_hold_what_was_analysed(tmp_path):
    room = empty_room(tmp_path / "room.mp4", frames=200)

    def press(status, info):
        if not pressed and status.delivered:
            pressed.append(True)
            os.kill(os.getpid(), signal.SIGINT)

    pressed = []
    outputs = Outputs(tmp_path / "o.mp4", (tmp_path / "o.json",))
    report = process_source(room, STEADY.model_copy(update={"det_frequency": 1}), outputs, watch=press)
    assert report.interrupted
    with av.open(str(outputs.video)) as made:
        assert sum(1 for _ in made.decode(video=0)) == report.status.delivered
    assert len(json.loads(outputs.keypoints[0].read_text())["frames"]) == report.status.delivered
    assert 0 < report.status.delivered < 200


def test_the_library_yields_what_is_written(job):
    settings = STEADY.model_dump()
    table = pq.read_table(job["zero_phase"][1].keypoints[0])
    results = list(vl.process(CLIP, duration=1.0, **settings))
    assert len(results) == job["zero_phase"][0].status.delivered
    assert all(each.frame.image.shape == results[0].frame.image.shape == (720, 1280, 3) for each in results)
    for poses, suffix in (([each.poses for each in results], ""), ([each.raw for each in results], "_raw")):
        noses = np.concatenate([each.keypoints[:, 0, 0] for each in poses])
        np.testing.assert_array_equal(table[f"nose_x{suffix}"].to_numpy(), noses)


def test_left_early_the_library_stops_its_threads():
    results = vl.process(CLIP, duration=0.5, **STEADY.model_dump())
    assert next(results).frame.index == 0
    results.close()


def test_a_failure_in_the_first_pass_leaves_nothing(tmp_path):
    class WatcherError(Exception):
        pass

    def fail(status, info):
        raise WatcherError

    with pytest.raises(WatcherError):
        process_source(CLIP, STEADY, Outputs(tmp_path / "o.mp4", (tmp_path / "o.csv",)), watch=fail)
    assert list(tmp_path.iterdir()) == []


def test_the_sound_goes_with_it(tmp_path):
    room = empty_room(tmp_path / "silent.mp4")
    with av.open(str(room)) as given, av.open(str(tmp_path / "room.mp4"), "w") as made:
        picture = made.add_stream_from_template(given.streams.video[0])
        sound = made.add_stream("aac", rate=8000, layout="mono")
        for packet in given.demux(video=0):
            if packet.dts is not None:
                packet.stream = picture
                made.mux(packet)
        hum = av.AudioFrame.from_ndarray(np.zeros((1, 3200), np.float32), "fltp", "mono")
        hum.rate = 8000
        made.mux([*sound.encode(hum), *sound.encode(None)])
    process_source(tmp_path / "room.mp4", STEADY, Outputs(tmp_path / "o.mp4"))
    with av.open(str(tmp_path / "o.mp4")) as made:
        assert [stream.codec_context.name for stream in made.streams.audio] == ["aac"]
        assert sum(frame.samples for frame in made.decode(audio=0)) >= 3200


def test_a_folder_of_pictures_is_gone_over_twice_too(tmp_path):
    for index in range(3):
        cv2.imwrite(str(tmp_path / f"{index}.png"), np.full((48, 64, 3), 90 + index, np.uint8))
    report = process_source(tmp_path, STEADY, Outputs(tmp_path / "o.mp4"))
    assert report.status.delivered == 3


def test_a_live_source_is_refused_before_any_model_is_loaded(monkeypatch):
    class Live(ListSource):
        info = SourceInfo("camera", 8, 6, 30.0, live=True)

        def __init__(self):
            self.closed = threading.Event()

    settings = STEADY.model_copy(update={"detector": "none-such"})
    for module, use in (
        (app_process, lambda: process_source(0, settings, Outputs())),
        (app_session, lambda: next(vl.process(0, **settings.model_dump()))),
    ):
        monkeypatch.setattr(module, "open_source", lambda *_, **__: closing(Live()))
        with pytest.raises(SettingsError, match="live") as caught:
            use()
        assert "use adaptive" in caught.value.hint


def test_a_live_session_refuses_it_at_once():
    with pytest.raises(SettingsError, match="live"):
        LiveSession(STEADY, on_result=print)
    session = LiveSession(Settings(), on_result=print)
    with pytest.raises(SettingsError, match="live"):
        session.change(STEADY)
    assert session.settings == Settings()


def test_the_window_is_not_opened_with_it(capsys):
    assert cli.run(["ui", str(CLIP), "--smoothing", "zero_phase"]) == 2
    assert capsys.readouterr().err.startswith("error: --smoothing: zero_phase needs the whole recording")
