"""A session folder holds what a run has found, whatever becomes of the run."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import tomllib
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from contracts.sink_contract import BEFORE, COCO17, SinkContract, result
from sinks.media import pictures

from vitpose_live.data import Feedback, Frame, RepetitionRecord, Skeleton, SourceInfo
from vitpose_live.errors import InvalidArrayError, OutputError
from vitpose_live.sinks import session_folder
from vitpose_live.sinks.session_folder import SessionWriter

INFO = SourceInfo("clip.mp4", 64, 48, 30.0, duration=2.0)
METADATA = {
    "version": "0.1.0",
    "models": {"detector": "nanodet", "pose": "movenet-thunder"},
    "settings": {"kpt_thr": 0.3, "exercise": None, "name": 'Übung "深蹲" \x7f\n'},
    "source": {"uri": "clip.mp4", "path": "/films/clip.mp4"},
}
REPETITION = RepetitionRecord(
    "squat", 1.0, 2.5, 0.7, 0.1, 0.7, float("nan"), measures={"knee": float("nan"), "hip": 80.0}
)
FILES = ["events.jsonl", "frames.parquet", "keypoints.parquet", "session.toml", "video.mp4"]


def writer(path, *, video=True, skeleton=COCO17, info=INFO, **more):
    return SessionWriter(path, skeleton, info=info, metadata=METADATA, video=video, **more)


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


class TestSessionWriter(SinkContract):
    suffix = ".vpl"
    written_when_empty = False

    def make(self, path, *, overwrite=False):
        return writer(path, overwrite=overwrite, video=False)

    def count(self, path):
        return pq.read_table(path / "keypoints.parquet", partitioning=None).num_rows

    def occupy(self, path):
        path.mkdir()
        (path / "session.toml").write_bytes(BEFORE)

    def occupied(self, path):
        return names(path) == ["session.toml"] and (path / "session.toml").read_bytes() == BEFORE


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.vpl"


def keep(path, results, **more):
    sink = writer(path, **more)
    for each in results:
        sink.write(each)
    sink.close()
    return path


def test_every_file_says_its_part(path):
    when = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    results = [result(index, people=index % 3) for index in range(20)]
    keep(path, results, now=lambda: when)
    assert names(path) == FILES
    said = tomllib.loads((path / "session.toml").read_text("utf-8"))
    assert (said["format"], said["complete"], said["frames"], said["video"]) == (1, True, 20, "video.mp4")
    assert said["created"] == "2026-11-22T12:00:00+00:00"
    assert said["models"] == METADATA["models"]
    assert said["settings"] == {"kpt_thr": 0.3, "name": METADATA["settings"]["name"]}
    assert said["source"]["path"] == "/films/clip.mp4"
    assert (said["source"]["width"], said["source"]["fps"], said["source"]["kind"]) == (64, 30.0, "video")
    assert said["skeleton"]["keypoints"] == list(COCO17.keypoints)
    assert said["clock"]["last"] == results[-1].frame.time
    frames = pq.read_table(path / "frames.parquet")
    assert frames["frame"].to_pylist() == list(range(20))
    assert frames["time_s"].to_pylist() == [each.frame.time for each in results]
    assert set(frames["width"].to_pylist()) == {64}
    shown, _ = pictures(path / "video.mp4")
    assert len(shown) == 20


def test_the_table_is_that_of_the_contract_with_what_was_before(path):
    smooth, rough = result(0, people=3), result(1, people=3)
    keep(path, [replace(smooth, raw=rough.poses)], video=False)
    table = pq.read_table(path / "keypoints.parquet")
    columns = [f"{name}_{part}" for name in COCO17.keypoints for part in ("x", "y", "score")]
    fixed = ["frame", "time_s", "track_id", "box_x1", "box_y1", "box_x2", "box_y2", "box_score"]
    assert table.column_names == [*fixed, *columns, *(f"{name}_raw" for name in columns), "observed"]
    assert table["left_knee_x"].to_pylist() == smooth.poses.keypoints[:, COCO17.index("left_knee"), 0].tolist()
    assert table["left_knee_y_raw"].to_pylist() == rough.poses.keypoints[:, COCO17.index("left_knee"), 1].tolist()
    assert table["nose_score_raw"].to_pylist() == rough.poses.scores[:, 0].tolist()
    assert table["box_score"].to_pylist() == smooth.tracks.scores.tolist()
    assert table["observed"].to_pylist() == [True] * 3
    assert json.loads(table.schema.metadata[b"vitpose_live.skeleton"])["name"] == "coco17"
    assert json.loads(table.schema.metadata[b"vitpose_live.models"]) == METADATA["models"]


def test_events_are_lines_in_their_order(path):
    sink = writer(path, video=False, last=lambda: [Feedback(1, "squat", finished=(REPETITION,))])
    sink.mark(0.0, "before all")
    said = replace(result(0), feedback=(Feedback(1, "squat", cues=("deeper",)), Feedback(2, "squat")))
    sink.write(said)
    sink.mark(0.5, "here")
    sink.close()
    sink.mark(1.0, "too late")
    lines = [json.loads(line) for line in (path / "events.jsonl").read_text("utf-8").splitlines()]
    assert [(line["kind"], line["track_id"], line["text"]) for line in lines] == [
        ("mark", None, "before all"),
        ("cue", 1, "deeper"),
        ("mark", None, "here"),
        ("repetition", 1, ""),
    ]
    assert (lines[3]["exercise"], lines[3]["end"], lines[3]["range_of_motion"]) == ("squat", 2.5, None)
    assert lines[3]["measures"] == {"knee": None, "hip": 80.0}


def test_marks_without_a_frame_leave_nothing(path):
    sink = writer(path)
    sink.mark(0.0, "nobody came")
    sink.close()
    assert list(path.parent.iterdir()) == []


def test_long_runs_are_in_several_row_groups(path, monkeypatch):
    monkeypatch.setattr("vitpose_live.sinks.session_tables._ROW_GROUP", 100)
    results = [result(index, people=3) for index in range(90)]
    found = pq.ParquetFile(keep(path, results, video=False) / "keypoints.parquet")
    assert found.metadata.num_row_groups == 3
    assert found.read()["frame"].to_pylist() == [index for index in range(90) for _ in range(3)]


def test_another_skeleton_is_refused(path):
    with pytest.raises(InvalidArrayError, match="pair"):
        keep(path, [result(0)], skeleton=Skeleton("pair", ("left", "right")))
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("strange", ["holiday.jpg", "folder", None])
def test_a_folder_with_anything_else_in_it_is_never_replaced(path, strange):
    path.mkdir()
    if strange is not None:
        keep(path.with_name("other.vpl"), [result(0)], video=False).rename(path / "x")
        for entry in (path / "x").iterdir():
            entry.rename(path / entry.name)
        (path / "x").rename(path / "folder") if strange == "folder" else (path / "x").rmdir()
        if strange != "folder":
            (path / strange).write_bytes(BEFORE)
    before = names(path)
    with pytest.raises(OutputError, match="cannot replace"):
        writer(path, overwrite=True)
    assert names(path) == before


@pytest.mark.parametrize("times", [1, 2, 9], ids=["once", "and back", "always"])
def test_what_cannot_be_replaced_stays_and_so_does_what_was_to_replace_it(path, monkeypatch, times):
    """As on Windows while another program has a file of it open."""
    keep(path, [result(index) for index in range(3)], video=False)
    sink = writer(path, video=False, overwrite=True)
    sink.write(result(0))
    rename, failed = Path.rename, []

    def refuse(self, target):
        if target == path and len(failed) < times:
            failed.append(self)
            raise PermissionError(errno.EACCES, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OutputError, match="Permission denied") as caught:
        sink.close()
    sink.abort()
    ours = path.with_name("run.partial.vpl")
    before = path if times == 1 else path.with_name("run.old.vpl")
    assert set(path.parent.iterdir()) == {ours, before}
    assert str(ours) in caught.value.hint
    assert (str(before) in caught.value.hint) is (times > 1)
    assert [pq.read_table(each / "frames.parquet").num_rows for each in (ours, before)] == [1, 3]


def test_a_session_that_is_replaced_but_cannot_be_removed_is_said(path, monkeypatch):
    keep(path, [result(0)], video=False)
    path.with_name("run.old.vpl").mkdir()  # somebody else's
    unlink = Path.unlink

    def refuse(self, **how):
        if self.parent.name == "run.old-2.vpl":
            raise PermissionError(errno.EACCES, "Permission denied")
        unlink(self, **how)

    monkeypatch.setattr(Path, "unlink", refuse)
    sink = writer(path, video=False, overwrite=True)
    for index in range(2):
        sink.write(result(index))
    sink.close()
    (problem,) = sink.problems
    assert str(path.with_name("run.old-2.vpl")) in problem
    assert pq.read_table(path / "frames.parquet").num_rows == 2
    assert names(path.with_name("run.old.vpl")) == []


def test_a_file_is_not_replaced_by_a_folder(path):
    path.write_bytes(BEFORE)
    for overwrite in (True, False):
        with pytest.raises(OutputError):
            writer(path, overwrite=overwrite)
    assert path.read_bytes() == BEFORE


@pytest.mark.parametrize("when", ["people", "frames", "events", "tables"])
def test_a_full_disk_leaves_what_was_kept_and_says_where(path, monkeypatch, when):
    sink = writer(path, video=False)
    for index in range(10):
        sink.write(result(index))

    class Full:
        closed = False

        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self):
            pass

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    if when == "tables":
        monkeypatch.setattr(session_folder, "make_tables", full)
    else:
        getattr(sink, f"_{when}").close()
        monkeypatch.setattr(sink, f"_{when}", Full())
    said = replace(result(10), feedback=(Feedback(1, "squat", cues=("deeper",)),))
    fails = sink.close if when == "tables" else lambda: sink.write(said)
    with pytest.raises(OutputError, match="No space left") as caught:
        fails()
    sink.abort()
    sink.close()
    kept = path.with_name("run.partial.vpl")
    assert str(kept) in caught.value.hint
    assert list(path.parent.iterdir()) == [kept]
    assert (kept / "frames.records").stat().st_size >= 10 * 24


def test_an_endless_run_takes_no_more_memory(path):
    """Ten times the frames, hardly more bytes."""
    sink, one = writer(path, video=False), result(0, people=4)
    held = []
    tracemalloc.start()
    try:
        for index in range(2200):
            sink.write(replace(one, frame=Frame(one.frame.image, index, index / 30)))
            if index in (200, 2199):
                held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
        sink.abort()
    assert held[1] - held[0] < 20_000


KILLED = """
import os, signal, sys
from contracts.sink_contract import COCO17, result
from vitpose_live.data import SourceInfo
from vitpose_live.sinks import session_tables
from vitpose_live.sinks.session_folder import SessionWriter
import vitpose_live.sinks.session_folder as module
path, when = sys.argv[1:]
sink = SessionWriter(path, COCO17, info=SourceInfo("clip.mp4", 64, 48, 30.0), metadata={})
for index in range(90):
    sink.write(result(index, people=2))
    sink.mark(index / 30, "now")
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
if when == "finishing":
    write = session_tables._write
    session_tables._write = lambda path, *rest: (write(path, *rest), "keypoints" in path.name and die())
    sink.close()
if when == "moving":
    module.SessionTarget.commit = die
    sink.close()
die()
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.parametrize("when", ["writing", "finishing", "moving"])
def test_a_kill_loses_no_keypoints(path, when):
    from vitpose_live.app.saved_session import SavedSession

    tests = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([tests, os.path.dirname(tests)])}  # noqa: PTH120
    done = subprocess.run([sys.executable, "-c", KILLED, str(path), when], env=environment, check=False)
    assert done.returncode == -signal.SIGKILL
    kept = path.with_name("run.partial.vpl")
    assert list(path.parent.iterdir()) == [kept]
    session = SavedSession.open(kept)
    assert len(session.sequence) == 90
    assert len(session.events) == 90
    np.testing.assert_array_equal(session.sequence.keypoints[-2:], result(89, people=2).poses.keypoints)
    assert session.problems == (
        () if when == "moving" else ("the recording was cut short: 90 frames, 3.0 s, were kept",)
    )
    assert session.video is not None
    shown, _ = pictures(session.video)
    assert len(shown) == 90 if when != "writing" else 50 < len(shown) <= 90


FILLED = """
import resource, sys
from contracts.sink_contract import COCO17, result
from vitpose_live.data import SourceInfo
from vitpose_live.errors import OutputError
from vitpose_live.sinks.session_folder import SessionWriter
sink = SessionWriter(sys.argv[1], COCO17, info=SourceInfo("clip.mp4", 64, 48, 30.0), metadata={})
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    for index in range(900):
        sink.write(result(index, people=int(sys.argv[2])))
except OutputError as error:
    sink.abort()
    print(index, error.hint)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on the size of files")
@pytest.mark.parametrize(("people", "lost"), [(1, 40), (25, 0)], ids=["of pictures", "of people"])
def test_on_a_disk_that_is_really_full_the_pictures_stay_too(path, people, lost):
    from vitpose_live.app.saved_session import SavedSession

    tests = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([tests, os.path.dirname(tests)])}  # noqa: PTH120
    command = [sys.executable, "-c", FILLED, str(path), str(people)]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    count, hint = done.stdout.strip().split(maxsplit=1)
    kept = path.with_name("run.partial.vpl")
    assert str(kept) in hint
    assert list(path.parent.iterdir()) == [kept]
    session = SavedSession.open(kept)
    assert 0 <= len(session.sequence) - int(count) <= 1
    assert session.video is not None
    shown, _ = pictures(session.video)
    assert int(count) - lost <= len(shown) <= int(count) + 1
