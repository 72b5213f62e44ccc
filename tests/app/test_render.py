"""A saved session is drawn as it was, or in another way, and no model has a part in it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from app.gym_session import SIZE, shoot, train
from contracts.sink_contract import COCO17, result
from sinks.media import clicks, durations, pictures

from vitpose_live import cli
from vitpose_live.app.body_parts import PARTS, chosen_joints
from vitpose_live.app.recollection import Recollection
from vitpose_live.app.render import chosen_places, render_session
from vitpose_live.app.saved_session import SavedSession
from vitpose_live.app.session_drawing import Artist, Drawing, RenderOptions
from vitpose_live.app.session_frames import SessionFrames
from vitpose_live.app.settings import Layout, Smoothing
from vitpose_live.data import Frame, SourceInfo, load_skeleton
from vitpose_live.data.skeleton import skeleton_names
from vitpose_live.errors import OutputError, SessionError, SettingsError, SourceError
from vitpose_live.sinks import open_keypoint_writer
from vitpose_live.sinks.canvas import fit, unfit
from vitpose_live.sinks.session_folder import SessionWriter
from vitpose_live.sources.video import VideoFile

FAST = RenderOptions()


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """Ten seconds of squats, coached and smoothed, as a video and as sessions with and without pictures."""
    folder = tmp_path_factory.mktemp("job")
    film = shoot(folder / "film.mp4")
    with pytest.MonkeyPatch.context() as patch:
        report = train(film, folder, patch, exercise="squat")
        train(film, folder, patch, "bare", video=False, picture=False, exercise="squat")
        train(film, folder, patch, "steady", video=False, picture=False, smoothing="zero_phase")
        train(film, folder, patch, "plain", video=False, picture=False, smoothing="none")
    return folder, report


@pytest.fixture
def session(job):
    return SavedSession.open(job[0] / "run.vpl")


@pytest.fixture
def bare(job):
    """Without pictures of its own."""
    return SavedSession.open(job[0] / "bare.vpl")


def drawn(session, options=FAST, coach=None):
    """The pictures before they are encoded."""
    places = chosen_places(session.sequence, options.start, options.end)
    with closing(SessionFrames(session, places, black=options.black)) as frames:
        drawing = Drawing(session.sequence, Artist(session, options), coach, options.smoothing)
        return [drawing.follow(drawing.look(frame)).frame.image for frame in frames]


def test_process_says_where_the_session_is(job):
    folder, report = job
    assert report.as_json()["outputs"]["session"] == str(folder / "run.vpl")
    assert report.status.delivered == 150
    assert sum(report.repetitions.values()) == 3


def test_the_session_has_what_was_coached(session):
    kinds = [event.kind for event in session.events]
    assert kinds.count("repetition") == 3
    assert all(event.repetition.exercise == "squat" for event in session.events if event.kind == "repetition")
    assert session.metadata["settings"]["exercise"] == "squat"
    assert session.metadata["models"]["pose"] == "squats"


def test_from_the_original_it_is_the_video_of_the_run_to_the_bit(job, bare, tmp_path):
    folder, _ = job
    report = render_session(bare, tmp_path / "again.mp4")
    assert report.notices == (f"the session has no video; the pictures are those of {folder / 'film.mp4'}",)
    times, images = pictures(folder / "run.mp4")
    times_again, images_again = pictures(tmp_path / "again.mp4")
    assert times_again == times
    assert all(np.array_equal(one, other) for one, other in zip(images, images_again, strict=True))
    assert clicks(tmp_path / "again.mp4") == pytest.approx(clicks(folder / "run.mp4"), abs=0.002)
    assert durations(tmp_path / "again.mp4") == durations(folder / "run.mp4")


def test_from_its_own_video_it_is_the_same_but_for_the_encoders_loss(job, session, tmp_path):
    """Every line is in its place: where the film differs from the run, so does what was drawn again."""
    folder, _ = job
    report = render_session(session, tmp_path / "again.mp4")
    assert report.notices == ()
    times, images = pictures(folder / "run.mp4")
    times_again, images_again = pictures(tmp_path / "again.mp4")
    assert times_again == pytest.approx(times, abs=1e-4)
    for one, other in zip(images, images_again, strict=True):
        assert np.abs(one.astype(int) - other).mean() < 3.5
    assert clicks(tmp_path / "again.mp4") == pytest.approx(clicks(folder / "run.mp4"), abs=0.03)
    assert durations(tmp_path / "again.mp4")["video"] == pytest.approx(durations(folder / "run.mp4")["video"], abs=1e-3)


def test_smoothed_again_it_is_as_if_it_had_been_smoothed_so(job):
    folder, _ = job
    saved = {name: SavedSession.open(folder / f"{name}.vpl").sequence for name in ("bare", "steady", "plain")}
    for name, smoothing in (
        ("bare", None), ("bare", Smoothing.ADAPTIVE), ("steady", Smoothing.ZERO_PHASE), ("plain", Smoothing.NONE),
    ):  # fmt: skip
        recollection = Recollection(saved["bare"], smoothing=smoothing)
        for place in range(len(saved["bare"])):
            frame = Frame(np.zeros((1, 1, 3), np.uint8), place, float(saved["bare"].times[place]))
            poses = recollection.follow(recollection.look(frame)).poses
            assert poses.keypoints.tobytes() == saved[name].at(place)[1].keypoints.tobytes()
            assert poses.scores.tobytes() == saved[name].at(place)[1].scores.tobytes()
    assert (
        saved["steady"].keypoints.tobytes() != saved["bare"].keypoints.tobytes() != saved["plain"].keypoints.tobytes()
    )


@pytest.mark.parametrize("smoothing", [None, Smoothing.ONE_EURO, Smoothing.ZERO_PHASE])
def test_a_part_is_that_part_of_the_whole(bare, smoothing):
    """What was before is lived through."""
    options = RenderOptions(smoothing=smoothing, black=True)
    whole = drawn(bare, options)
    part = drawn(bare, replace(options, start=4.0, end=4.5))
    first = round(4.0 * 15)
    assert len(part) == 8
    assert all(np.array_equal(one, other) for one, other in zip(whole[first:], part, strict=False))
    assert drawn(bare, replace(options, start=9.9))[-1].tobytes() == whole[-1].tobytes()


def test_a_part_has_the_pictures_and_the_sound_of_that_part(job, session, bare, tmp_path):
    times, images = pictures(job[0] / "film.mp4")
    for each in (session, bare):
        options = RenderOptions(start=4.0, end=6.0, layout=Layout.CLEAN)
        report = render_session(each, tmp_path / "part.mp4", options, overwrite=True)
        assert (report.status.delivered, report.duration) == (30, pytest.approx(2.0))
        assert report.problems == ()
        times_part, images_part = pictures(tmp_path / "part.mp4")
        assert times_part == pytest.approx([time - 4.0 for time in times[60:90]], abs=1e-3)
        for one, other in zip(images[60:90], images_part, strict=True):
            assert np.abs(one.astype(int) - other).mean() < 3.5
        assert clicks(tmp_path / "part.mp4") == pytest.approx([0.25, 0.75, 1.25, 1.75], abs=0.03)


@pytest.mark.parametrize(
    ("options", "named"), [({"start": 99.0}, "start"), ({"start": 3, "end": 3}, "end"), ({"end": float("nan")}, "end")]
)
def test_a_part_that_is_none_is_refused(bare, tmp_path, options, named):
    with pytest.raises(SettingsError, match=f"^{named}: "):
        render_session(bare, tmp_path / "x.mp4", RenderOptions(**options))
    assert list(tmp_path.iterdir()) == []


def test_layouts(bare):
    begin = RenderOptions(end=0.2)
    annotated, clean, both = (drawn(bare, replace(begin, layout=layout)) for layout in Layout)
    for one, plain, two in zip(annotated, clean, both, strict=True):
        assert two.shape == (SIZE[1], 2 * SIZE[0], 3)
        assert np.array_equal(two[:, : SIZE[0]], plain)
        assert np.array_equal(two[:, SIZE[0] :], one)
        assert not np.array_equal(one, plain)


def test_on_black_there_is_nothing_of_the_pictures(bare):
    (image, *_) = drawn(bare, RenderOptions(end=0.1, black=True))
    nothing = drawn(bare, RenderOptions(end=0.1, black=True, boxes=False, ids=False, skeletons=False))
    assert image.any()
    assert not np.any(nothing)


def test_what_is_not_asked_for_is_not_drawn(bare):
    options = RenderOptions(end=0.1, black=True)
    all_of_it = np.count_nonzero(drawn(bare, options))
    for name in ("boxes", "ids", "skeletons"):
        assert np.count_nonzero(drawn(bare, replace(options, **{name: False}))) < all_of_it
    assert np.count_nonzero(drawn(bare, replace(options, angles=True))) > all_of_it
    assert np.count_nonzero(drawn(bare, replace(options, line_width=9))) > all_of_it
    assert np.count_nonzero(drawn(bare, replace(options, kpt_thr=1.0))) < all_of_it


def test_a_part_of_the_body_is_drawn_where_the_whole_was(bare):
    options = RenderOptions(end=0.1, black=True, boxes=False, ids=False, line_width=4)
    whole, lower, upper = (
        drawn(bare, replace(options, body_part=part))[0].any(axis=2) for part in (None, "lower", "upper")
    )
    assert lower.any()
    assert upper.any()
    assert not (lower & ~whole).any()
    assert np.flatnonzero(upper.any(axis=1)).max() < np.flatnonzero(lower.any(axis=1)).max()


@pytest.mark.parametrize("name", skeleton_names())
def test_parts_of_the_body_of_every_skeleton(name):
    skeleton = load_skeleton(name)

    def joints(part):
        try:
            return chosen_joints(skeleton, part)
        except SettingsError:
            return np.zeros(len(skeleton), bool)

    found = {part: joints(part) for part in PARTS}
    everything = np.ones(len(skeleton), bool)
    for one, other in (("face", "no-face"), ("upper", "lower")):
        assert (found[one] ^ found[other]).all()
    assert (found["body"] ^ (found["face"] | found["hands"])).all()
    assert np.array_equal(found["left"] | found["right"], everything)
    sides = [
        found[side][[joint for pair in skeleton.mirror_pairs for joint in pair]].reshape(-1, 2)
        for side in ("left", "right")
    ]
    assert (sides[0] ^ sides[1]).all()
    assert (sides[0].sum(axis=1) == 1).all()
    for part in ("face", "hands", "upper", "lower", "body"):
        mirrored = found[part][skeleton.mirror_order]
        assert np.array_equal(mirrored, found[part]), part


def test_named_joints_and_parts_add_up():
    chosen = chosen_joints(COCO17, " Nose, lower,left_wrist")
    names = {COCO17.keypoints[joint] for joint in np.flatnonzero(chosen)}
    assert names == {"nose", "left_wrist", *(f"{s}_{j}" for s in ("left", "right") for j in ("hip", "knee", "ankle"))}
    with pytest.raises(SettingsError, match=r"^body_part: .*uper") as caught:
        chosen_joints(COCO17, "uper")
    assert "upper" in caught.value.hint
    for text in ("", " , ", "hands"):
        with pytest.raises(SettingsError, match="body_part"):
            chosen_joints(COCO17, text)


@pytest.mark.parametrize("size", [(64, 48), (63, 47), (200, 30), (30, 200), (1, 1)])
@pytest.mark.parametrize("canvas", [(64, 48), (320, 240)])
def test_what_was_fitted_is_unfitted(size, canvas):
    """A gradient is where it was, and as large."""
    across = np.linspace(0, 250, size[0])[None, :, None]
    image = np.broadcast_to(across, (size[1], size[0], 3)).astype(np.uint8)
    again = unfit(fit(image, canvas), *size)
    assert again.shape == image.shape
    if size in ((64, 48), (63, 47)) and canvas == (64, 48):
        assert np.array_equal(again, image)
    assert np.abs(again.astype(int) - image).mean() < 6


def test_pictures_of_other_sizes_have_their_own_again(tmp_path):
    sizes = [(64, 48), (63, 47), (128, 48), (32, 200)]
    sink = SessionWriter(tmp_path / "s.vpl", COCO17, info=SourceInfo("s", 64, 48, 30.0), metadata={})
    for index, size in enumerate(sizes):
        sink.write(result(index, size=size))
    sink.close()
    images = drawn(SavedSession.open(tmp_path / "s.vpl"), RenderOptions(layout=Layout.CLEAN))
    assert [image.shape[1::-1] for image in images] == sizes


def test_what_a_kill_has_left_is_rendered_as_far_as_there_are_pictures(tmp_path):
    sink = SessionWriter(tmp_path / "s.vpl", COCO17, info=SourceInfo("s", 64, 48, 30.0), metadata={})
    for index in range(60):
        sink.write(result(index))
    kept = shutil.copytree(sink.folder, tmp_path / "killed.vpl")
    sink.abort()
    session = SavedSession.open(kept)
    report = render_session(session, tmp_path / "out.mp4")
    assert 30 < report.status.delivered < 60
    assert report.notices[0].startswith("the recording was cut short")
    assert report.problems[-1] == f"{60 - report.status.delivered} of 60 frames have no picture and were left out"
    assert len(pictures(tmp_path / "out.mp4")[0]) == report.status.delivered


def test_a_table_is_rendered_on_black(tmp_path):
    writer = open_keypoint_writer(tmp_path / "t.csv", COCO17, {})
    for index in range(5):
        writer.write(result(index))
    writer.close()
    report = render_session(SavedSession.open(tmp_path / "t.csv"), tmp_path / "t.mp4")
    assert report.status.delivered == 5
    assert "it was no file" in report.notices[0]


@pytest.mark.parametrize("suffix", ["json", "parquet"])
def test_a_table_of_nobody_is_drawn(tmp_path, suffix):
    writer = open_keypoint_writer(tmp_path / f"t.{suffix}", COCO17, {})
    writer.write(result(0, people=0))
    writer.close()
    assert render_session(SavedSession.open(tmp_path / f"t.{suffix}"), tmp_path / "t.mp4").status.delivered == 1


def test_a_table_without_a_frame_is_not(tmp_path):
    open_keypoint_writer(tmp_path / "t.json", COCO17, {}).close()
    with pytest.raises(SessionError, match="not one frame") as caught:
        render_session(SavedSession.open(tmp_path / "t.json"), tmp_path / "t.mp4")
    assert caught.value.hint


def shades(path, times, **more):
    """A session of pictures that tell by their shade which they are."""
    info = SourceInfo("s", 64, 48, 30.0)
    sink = SessionWriter(path, COCO17, info=info, **{"metadata": {}, **more})
    for place, time in enumerate(times):
        image = np.full((48, 64, 3), 20 + 20 * (place % 11), np.uint8)
        sink.write(replace(result(place), frame=Frame(image, place, float(time))))
    sink.close()
    return SavedSession.open(path)


@pytest.mark.parametrize(
    "times",
    [
        *(np.arange(11) / fps for fps in (240, 500, 600, 1000, 10_000)),
        7 + np.arange(11) / 1000,
        np.array([0, 0.033, 0.0345, 0.0355, 0.037, 0.0385, 0.066, 0.1, 0.1333]),
        np.array([0, 1e-6, 2e-6, 0.033, 0.033001, 0.066]),
    ],
)
@pytest.mark.parametrize("own", [True, False])
def test_however_near_pictures_are_each_is_with_its_frame(tmp_path, times, own):
    session = shades(tmp_path / "a.vpl", times)
    if not own:
        source = {"path": str(session.video), "width": 64, "height": 48}
        with VideoFile(session.video) as video:  # what a run would have read
            times = [frame.time for frame in video]
        session = shades(tmp_path / "b.vpl", times, video=False, metadata={"source": source})
    for first, last in ((0, len(times)), (3, len(times) - 1)):
        with closing(SessionFrames(session, range(first, last))) as frames:
            got = [(frame.index, int(frame.image.mean())) for frame in frames]
            assert [index for index, _ in got] == list(range(first, last))
            assert all(abs(shade - 20 - 20 * (index % 11)) < 6 for index, shade in got)
            assert frames.problems == ()
            assert (frames.notices == ()) is own


def test_pictures_too_large_to_be_are_refused(tmp_path):
    session = shades(tmp_path / "s.vpl", [0.0, 0.1])
    session = replace(session, sizes=np.full((2, 2), 16_000))
    for black in (True, False):
        with pytest.raises(SessionError, match="16000x16000") as caught:
            SessionFrames(session, range(2), black=black)
        assert caught.value.hint


def test_a_gap_that_no_video_holds_is_refused(tmp_path):
    session = shades(tmp_path / "s.vpl", [0.0, 0.1, 24_000.5, 24_000.6], video=False)
    with pytest.raises(SessionError, match=r"from 0\.100 to 24000\.500 s") as caught:
        render_session(session, tmp_path / "x.mp4")
    assert not (tmp_path / "x.mp4").exists()
    assert "--start 24000" in caught.value.hint
    for part in (RenderOptions(start=24_000), RenderOptions(end=24_000)):
        assert render_session(session, tmp_path / "x.mp4", part, overwrite=True).status.delivered == 2


def moved(job, tmp_path, change):
    """A copy of the session without pictures after `change` of its words."""
    copy = shutil.copytree(job[0] / "bare.vpl", tmp_path / "copy.vpl")
    text = (copy / "session.toml").read_text("utf-8")
    (copy / "session.toml").write_text(change(text), "utf-8")
    return SavedSession.open(copy)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("film.mp4", "gone.mp4", "is not there any more"),
        ("film.mp4", "film.m4a", "cannot be shown"),
        ("live = false", "live = true", "it was live"),
        ("path = ", "path = 'webcam:0' #", "is not there any more"),
        ("path = ", "path = 'rtsp://127.0.0.1:1/x' #", "is not there any more"),
        ("path = ", "path = '/dev/zero' #", "device"),
        ("path = ", "path = 7 #", "it was no file"),
        ("path = ", f"path = '/tmp/{'a' * 300}' #", "cannot be read"),
        ('privacy = "off"', 'privacy = "faces hidden"', "not to be recognised"),
    ],
)
def test_a_source_that_cannot_be_shown_is_black_and_said(job, tmp_path, before, after, said):
    session = moved(job, tmp_path, lambda text: text.replace(before, after))
    with closing(SessionFrames(session, range(2))) as frames:
        assert len(frames.notices) == 1
        assert said in frames.notices[0]
        assert not any(frame.image.any() for frame in frames)


def test_a_source_that_was_replaced_is_refused(job, tmp_path):
    other = shoot(tmp_path / "other.mp4", seconds=2.0, size=(160, 120), sound=False)
    session = moved(job, tmp_path, lambda text: text.replace(str(job[0] / "film.mp4"), str(other)))
    with closing(SessionFrames(session, range(2))) as frames:
        assert "is not what it was" in frames.notices[0]
    session = replace(
        session, sequence=replace(session.sequence, times=session.sequence.times * 1.1), source_path=job[0] / "film.mp4"
    )
    frames = SessionFrames(session, range(9))
    with closing(frames), pytest.raises(SourceError, match="is not what it was") as caught:
        list(frames)
    assert "--background black" in caught.value.hint


def test_another_sessions_video_is_refused(job, tmp_path):
    copy = shutil.copytree(job[0] / "run.vpl", tmp_path / "copy.vpl")
    session = SavedSession.open(copy)
    session = replace(session, sequence=replace(session.sequence, times=session.sequence.times * 1.1))
    with pytest.raises(SessionError, match="another session's"):
        render_session(session, tmp_path / "x.mp4")
    assert not (tmp_path / "x.mp4").exists()


def test_a_session_names_no_files_of_exercises(job, tmp_path):
    """A file elsewhere on the disk is not read because a session says so."""
    session = moved(job, tmp_path, lambda text: text.replace('exercise = "squat"', 'exercise = "/etc/mine.TOML"'))
    report = render_session(session, tmp_path / "x.mp4", RenderOptions(end=0.2))
    assert "left out" in report.notices[-1]
    session = SavedSession.open(job[0] / "bare.vpl")
    assert (
        render_session(session, tmp_path / "y.mp4", RenderOptions(end=0.2, exercise="none")).notices
        == report.notices[:1]
    )


def test_nothing_is_written_over_what_it_is_made_of(job, session, bare):
    for each, path in ((session, session.video), (bare, job[0] / "film.mp4")):
        before = path.read_bytes()
        with pytest.raises(OutputError, match="it is the source"):
            render_session(each, path, overwrite=True)
        assert path.read_bytes() == before


def test_no_frames_no_video(tmp_path):
    sink = SessionWriter(tmp_path / "s.vpl", COCO17, info=SourceInfo("s", 64, 48, 30.0), metadata={}, video=False)
    sink.write(result(0))
    kept = shutil.copytree(sink.folder, tmp_path / "killed.vpl")
    sink.abort()
    for name in ("frames", "keypoints"):
        (kept / f"{name}.records").write_bytes(b"")
    with pytest.raises(SessionError, match="not one frame"):
        render_session(SavedSession.open(kept), tmp_path / "x.mp4")


def test_the_command_says_what_it_did(job, tmp_path, capsys):
    folder, _ = job
    out = tmp_path / "o.mp4"
    command = ["render", str(folder / "run.vpl"), "-o", str(out), "--duration", "1", "--layout", "side_by_side"]
    assert cli.run([*command, "--no-boxes", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["width"], said["height"]) == (2 * SIZE[0], SIZE[1])
    assert (said["frames"], said["duration_s"], said["outputs"]) == (15, 1.0, {"video": str(out)})
    assert {"draw", "deliver", "capture"} <= set(said["timings_ms"])
    assert pictures(out)[1][0].shape == (SIZE[1], 2 * SIZE[0], 3)
    assert cli.run(command) == 1
    assert "--overwrite" in capsys.readouterr().err
    assert cli.run([*command, "--overwrite"]) == 0
    assert "15 frames, 1.00 s" in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong",
    ["--smoothing very", "--duration 1 --end 2", "--kpt-thr 7", "--line-width 0", "--start 99", "--exercise flying",
     "--body-part tail"],
)  # fmt: skip
def test_the_command_says_what_it_cannot_do(job, tmp_path, capsys, wrong):
    out = tmp_path / "o.mp4"
    assert cli.run(["render", str(job[0] / "bare.vpl"), "-o", str(out), *wrong.split()]) in (1, 2)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("error: ")
    assert not out.exists()


@pytest.mark.parametrize("wrong", ["--start 99", "--kpt-thr 7", "--colour red"])
def test_wrong_usage_leads_to_the_help_of_the_command(job, tmp_path, capsys, wrong):
    assert cli.run(["render", str(job[0] / "bare.vpl"), "-o", str(tmp_path / "o.mp4"), *wrong.split()]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == "hint: see `vitpose-live render --help`"


def test_an_unknown_part_of_the_body_is_wrong_usage(job, tmp_path, capsys):
    assert cli.run(["render", str(job[0] / "bare.vpl"), "-o", str(tmp_path / "o.mp4"), "--body-part", "uper"]) == 2
    error, hint = capsys.readouterr().err.splitlines()
    assert error.startswith("error: --body-part: ")
    assert "upper" in hint


def test_beside_the_session_unless_said_otherwise(job, tmp_path, capsys):
    copy = shutil.copytree(job[0] / "bare.vpl", tmp_path / "copy.vpl")
    assert cli.run(["render", str(copy), "--end", "0.2", "--background", "black"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.vpl", "copy_rendered.mp4"]


def test_interrupted_it_leaves_a_valid_video(job, tmp_path, monkeypatch, capsys):
    from vitpose_live.app import render as module

    class Interrupting(Artist):
        count = 0

        def draw(self, result):
            self.count += 1
            if self.count == 40:
                os.kill(os.getpid(), signal.SIGINT)
            return super().draw(result)

    monkeypatch.setattr(module, "Artist", Interrupting)
    monkeypatch.setattr(module.Runner, "RESULT_CAPACITY", 1)
    out = tmp_path / "o.mp4"
    status = cli.run(["render", str(job[0] / "run.vpl"), "-o", str(out), "--json"])
    said = json.loads(capsys.readouterr().out)
    assert status == 130
    assert said["interrupted"]
    assert len(pictures(out)[0]) == said["frames"]


HEAVY = "torch openvino transformers onnxruntime vitpose_live.models vitpose_live.app.process PyQt6"


@pytest.mark.parametrize(
    "command", [["render", "-o", "x.mp4", "--smoothing", "zero_phase"], ["analyze", "--exercise", "squat"]]
)
def test_no_model_is_loaded_nor_what_loads_models(job, tmp_path, command):
    code = (
        "import sys; from vitpose_live.cli import run; status = run(sys.argv[1:]);"
        f"print([m for m in '{HEAVY}'.split() if m in sys.modules]); sys.exit(status)"
    )
    name, *rest = command
    done = subprocess.run(
        [sys.executable, "-c", code, name, str(job[0] / "run.vpl"), *rest],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("video", [True, False])
def test_what_was_made_to_hide_people_never_shows_them(job, tmp_path, monkeypatch, video):
    """Not in the session, and not from what it was made of either."""
    train(job[0] / "film.mp4", tmp_path, monkeypatch, video=video, picture=False, skeleton_only=True)
    session = SavedSession.open(tmp_path / "run.vpl")
    assert session.metadata["privacy"] == "skeletons only"
    images = drawn(session, RenderOptions(layout=Layout.CLEAN, end=1.0))
    assert len(images) == 15
    assert all(np.ptp(image.reshape(-1, 3), axis=0).max() < 8 for image in images)  # one colour, but for the encoder
    assert (session.video is not None) is video
