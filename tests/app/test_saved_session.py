"""What was kept is opened again, value by value; what is broken is said in one line."""

from __future__ import annotations

import csv
import os
import struct
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contracts.sink_contract import COCO17, result

import vitpose_live as vl
from vitpose_live.app.saved_session import SavedSession
from vitpose_live.data import Feedback, RepetitionRecord, Skeleton, SourceInfo
from vitpose_live.errors import SessionError, SourceNotFoundError
from vitpose_live.sinks import open_keypoint_writer
from vitpose_live.sinks.session_folder import SessionWriter

INFO = SourceInfo("clip.mp4", 64, 48, 30.0, duration=2.5)
SOURCE = {"uri": "clip.mp4", "width": 64, "height": 48, "fps": 30.0}
METADATA = {"version": "0.1.0", "models": {"detector": "nanodet"}, "settings": {"kpt_thr": 0.3}, "source": SOURCE}
REPETITION = RepetitionRecord("squat", 1.0, 2.5, 0.7, 0.1, 0.7, 0.9, fault="shallow", measures={"hip": 80.0})
PEOPLE = [2, 0, 1, 3, 0]
RESULTS = [
    replace(result(index, people=count), raw=result(index + 50, people=count).poses)
    for index, count in enumerate(PEOPLE)
]


def keep(path, results=RESULTS, *, video=False, **more):
    sink = SessionWriter(path, COCO17, info=INFO, metadata=METADATA, video=video, **more)
    for each in results:
        sink.write(each)
    sink.close()
    return path


@pytest.fixture
def path(tmp_path):
    return keep(tmp_path / "run.vpl")


@pytest.fixture
def partial(tmp_path):
    """As a kill leaves it."""
    sink = SessionWriter(tmp_path / "run.vpl", COCO17, info=INFO, metadata=METADATA, video=False)
    for each in RESULTS:
        sink.write(each)
    yield sink.folder
    sink.abort()


def check(sequence, results=RESULTS, *, frames=None, places=0.0):
    """The sequence says of each frame what its result said; rows in their order."""
    chosen = [each for each in results if frames is None or each.frame.index in frames]
    assert sequence.frames.tolist() == [each.frame.index for each in chosen]
    assert sequence.times == pytest.approx([each.frame.time for each in chosen], abs=places)
    for place, each in enumerate(chosen):
        tracks, poses, raw = sequence.at(place)
        assert tracks.ids.tolist() == each.tracks.ids.tolist()
        for ours, theirs in (
            (tracks.boxes, each.tracks.boxes),
            (tracks.scores, each.tracks.scores),
            (poses.keypoints, each.poses.keypoints),
            (poses.scores, each.poses.scores),
            (raw.keypoints, each.raw.keypoints),
            (raw.scores, each.raw.scores),
        ):
            np.testing.assert_allclose(ours, theirs, atol=places, rtol=0)
        assert tracks.observed.tolist() == each.tracks.observed.tolist()


def test_a_session_comes_back_to_the_bit(path):
    session = vl.open_session(path)
    check(session.sequence)
    assert isinstance(session.sequence, vl.PoseSequence)
    assert session.sequence.skeleton.edges == COCO17.edges
    assert (session.info.uri, session.info.width, session.info.height, session.info.fps) == ("clip.mp4", 64, 48, 30.0)
    assert (session.info.duration, session.info.frame_count, session.info.live) == (2.5, 5, False)
    assert session.sizes.tolist() == [[64, 48]] * 5
    assert session.metadata["models"] == {"detector": "nanodet"}
    assert session.sequence.metadata["settings"] == {"kpt_thr": 0.3}
    assert session.video is None
    assert session.problems == ()


def test_what_a_kill_has_left_is_opened_and_says_so(partial):
    with (partial / "keypoints.records").open("ab") as file:
        file.write(b"half a record")
    with (partial / "frames.records").open("ab") as file:
        file.write(b"half")
    with (partial / "events.jsonl").open("ab") as file:
        file.write(b'{"time_s": 1.0, "ki')
    session = SavedSession.open(partial)
    check(session.sequence)
    assert session.problems == ("the recording was cut short: 5 frames, 0.1 s, were kept", "the last event is cut off")
    assert session.info.duration == pytest.approx(5 / 30)


def test_people_of_a_frame_that_was_not_written_are_left_out(partial):
    with (partial / "frames.records").open("r+b") as file:
        file.truncate(4 * 24)
    check(SavedSession.open(partial).sequence, frames=range(4))


def test_nothing_but_the_beginning_is_an_empty_session(partial):
    for name in ("frames", "keypoints"):
        (partial / f"{name}.records").write_bytes(b"")
    session = SavedSession.open(partial)
    assert len(session.sequence) == 0
    assert session.info.duration == 0.0


def test_events_come_back(tmp_path):
    said = replace(RESULTS[0], feedback=(Feedback(1, "squat", cues=("deeper",), finished=(REPETITION,)),))
    sink = SessionWriter(tmp_path / "run.vpl", COCO17, info=INFO, metadata={}, video=False)
    sink.write(said)
    sink.mark(0.25, "Übung 深蹲")
    sink.close()
    cue, repetition, mark = SavedSession.open(tmp_path / "run.vpl").events
    assert (cue.kind, cue.track_id, cue.text) == ("cue", 1, "deeper")
    assert (mark.kind, mark.time, mark.track_id, mark.text) == ("mark", 0.25, None, "Übung 深蹲")
    assert repetition.repetition == REPETITION


def test_the_video_is_found_whole_and_cut_short(tmp_path):
    assert SavedSession.open(keep(tmp_path / "a.vpl", video=True)).video == tmp_path / "a.vpl" / "video.mp4"
    (tmp_path / "a.vpl" / "video.mp4").rename(tmp_path / "a.vpl" / "video.partial.mp4")
    assert SavedSession.open(tmp_path / "a.vpl").video == tmp_path / "a.vpl" / "video.partial.mp4"
    (tmp_path / "a.vpl" / "video.partial.mp4").unlink()
    session = SavedSession.open(tmp_path / "a.vpl")
    assert session.video is None
    assert session.problems == ("the video is not there",)


@pytest.mark.parametrize("raw", [True, False])
@pytest.mark.parametrize("suffix", ["parquet", "csv", "json"])
def test_bare_tables_come_back(tmp_path, suffix, raw):
    path = tmp_path / f"t.{suffix}"
    table = open_keypoint_writer(path, COCO17, METADATA, raw=raw)
    for each in RESULTS:
        table.write(each)
    table.close()
    session = SavedSession.open(path)
    sequence = SavedSession.open(str(path)).sequence
    assert sequence.skeleton == COCO17
    assert sequence.skeleton.edges == COCO17.edges
    frames = None if suffix != "csv" else [index for index, count in enumerate(PEOPLE) if count]
    if raw:
        check(sequence, frames=frames, places=0.0 if suffix == "parquet" else 6e-4)
    else:
        assert sequence.raw_keypoints is None
        assert len(sequence) == (len(PEOPLE) if frames is None else len(frames))
    assert (session.info.width, session.info.fps) == ((0, 0.0) if suffix == "csv" else (64, 30.0))
    assert session.info.uri == (str(path) if suffix == "csv" else "clip.mp4")


@pytest.mark.parametrize("suffix", ["parquet", "json"])
def test_a_table_without_anybody_knows_its_frames(tmp_path, suffix):
    table = open_keypoint_writer(tmp_path / f"t.{suffix}", COCO17, METADATA)
    for each in RESULTS:
        table.write(vl.FrameResult(each.frame, vl.Tracks.empty(), vl.Poses.empty(COCO17)))
    table.close()
    sequence = SavedSession.open(tmp_path / f"t.{suffix}").sequence
    assert sequence.frames.tolist() == [each.frame.index for each in RESULTS]
    assert sequence.times.tolist() == pytest.approx([each.frame.time for each in RESULTS], abs=1e-6)
    assert len(sequence.ids) == 0
    assert (sequence.width, sequence.height, sequence.fps) == (64, 48, 30.0)


def test_a_csv_without_anybody_says_what_it_lacks(tmp_path):
    table = open_keypoint_writer(tmp_path / "t.csv", COCO17, METADATA)
    table.close()
    with pytest.raises(SessionError, match="nobody is in it") as caught:
        SavedSession.open(tmp_path / "t.csv")
    assert ".parquet or .json" in caught.value.hint


@pytest.mark.parametrize(
    "said",
    [
        "[]",
        "{",
        '{"frame": [3]}',
        '{"frame": [3], "time_s": []}',
        '{"frame": [3.5], "time_s": [0.1]}',
        '{"frame": [3], "time_s": ["soon"]}',
        '{"frame": [3], "time_s": [1e300]}',
        '{"frame": [3, 3], "time_s": [0.1, 0.1]}',
        '{"frame": [0], "time_s": [0.0]}',
        '{"frame": [99999999999999999999], "time_s": [0.1]}',
    ],
)
def test_wrong_words_about_frames_without_anybody_are_refused(tmp_path, said):
    path = tmp_path / "t.parquet"
    writer = open_keypoint_writer(path, COCO17, METADATA)
    writer.write(RESULTS[0])
    writer.close()
    table = pq.read_table(path, partitioning=None)
    pq.write_table(table.replace_schema_metadata({**table.schema.metadata, "vitpose_live.nobody": said}), path)
    with pytest.raises(SessionError) as caught:
        SavedSession.open(path)
    assert str(caught.value).startswith(str(path))


def test_a_table_that_another_program_has_saved_is_read(tmp_path):
    """Rows in another order, whole numbers as floats, float64, a column more, an empty one."""
    path = tmp_path / "t.csv"
    table = open_keypoint_writer(path, Skeleton("three", ("a", "b_x", "c")), {})
    three = [
        vl.FrameResult(
            each.frame,
            each.tracks,
            vl.Poses(
                each.poses.keypoints[:, :3],
                each.poses.scores[:, :3],
                each.tracks.ids,
                each.tracks.boxes,
                table.skeleton,
            ),
        )
        for each in RESULTS
    ]
    for each in three:
        table.write(each)
    table.close()
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", newline="") as file:
        changed = csv.DictWriter(file, [*rows[0], "note"])
        changed.writeheader()
        for row in reversed(rows):
            changed.writerow(
                {**row, "frame": f"{row['frame']}.0", "note": "mine", "a_x": "", "a_y": "", "a_score": "0"}
            )
    sequence = SavedSession.open(path).sequence
    assert sequence.skeleton.keypoints == ("a", "b_x", "c")
    assert sequence.frames.tolist() == [0, 2, 3]
    assert np.isnan(sequence.keypoints[:, 0]).all()
    assert sorted(sequence.ids[sequence.part(2)].tolist()) == [1, 2, 3]


def rewrite(path, name, change):
    """Put what `change` makes of a table of the session in its place."""
    table = pq.read_table(path / name)
    pq.write_table(change(table), path / name)


def put(name, value):
    def change(table):
        place = table.column_names.index(name)
        return table.set_column(place, name, pa.array(value(table[name].to_pylist())))

    return change


def one(given):
    return lambda values: [given, *values[1:]]


BROKEN_KEYPOINTS = {
    "missing": (lambda table: table.drop_columns(["nose_y"]), "nose"),
    "no ids": (lambda table: table.drop_columns(["track_id"]), "track_id"),
    "infinite": (put("nose_x", one(float("inf"))), "keypoints"),
    "huge": (put("nose_x", one(1e300)), "keypoints"),
    "nan with a score": (put("nose_x", one(float("nan"))), "keypoints"),
    "score": (put("nose_score", one(7.0)), "0..1"),
    "box score": (put("box_score", one(7.0)), "box_score"),
    "box": (put("box_x2", one(-1e5)), "x1 <= x2"),
    "nan box": (put("box_x2", one(float("nan"))), "finite"),
    "words": (put("left_eye_x", lambda values: ["left"] * len(values)), "left_eye_x: expected numbers"),
    "lists": (put("left_eye_x", lambda values: [[1.0]] * len(values)), "left_eye_x: expected numbers"),
    "broken frame": (put("frame", lambda values: [0.5] * len(values)), "whole numbers"),
    "no frame": (put("frame", lambda values: [None, *values[1:]]), "whole numbers"),
    "unknown frame": (put("frame", one(77)), "known frames"),
    "one twice": (put("track_id", lambda values: [5] * len(values)), "different id"),
    "huge id": (put("track_id", one(2**63 - 1)), "whole numbers"),
    "observed": (put("observed", lambda values: [1.5] * len(values)), "true or false"),
}
BROKEN_FRAMES = {
    "nan": (put("time_s", one(float("nan"))), "finite"),
    "far": (put("time_s", lambda values: [*values[:-1], 1e18]), "finite"),
    "in years": (put("time_s", lambda values: [*values[:-1], 9e8]), "fewer than"),
    "back": (put("time_s", lambda values: values[::-1]), "more than the one before"),
    "unsorted": (put("frame", lambda values: values[::-1]), "more than the one before"),
    "wide": (put("width", lambda values: [10**9] * len(values)), "size"),
    "a wall": (put("height", lambda values: [65536] * len(values)), "size"),
    "negative": (put("height", lambda values: [-1] * len(values)), "size"),
}


@pytest.mark.parametrize("case", BROKEN_KEYPOINTS)
def test_a_broken_table_of_people_is_one_clear_line(path, case):
    change, said = BROKEN_KEYPOINTS[case]
    rewrite(path, "keypoints.parquet", change)
    refused(path, said)


@pytest.mark.parametrize("case", BROKEN_FRAMES)
def test_a_broken_table_of_frames_is_one_clear_line(path, case):
    change, said = BROKEN_FRAMES[case]
    rewrite(path, "frames.parquet", change)
    refused(path, said)


@pytest.mark.parametrize(("name", "said"), [("note", ""), ("left_eye_x", "left_eye_x: expected numbers")])
def test_words_that_are_gigabytes_when_read_are_not_read(path, name, said):
    """A few kilobytes on the disk: one long word, again and again."""
    file = path / "keypoints.parquet"
    table = pq.read_table(file).slice(0, 1)
    table = pa.concat_tables([table] * 200)
    table = table.set_column(0, "frame", pa.array(range(200)))
    table = table.set_column(1, "time_s", pa.array([place / 30 for place in range(200)]))
    words = pa.DictionaryArray.from_arrays(pa.array([0] * 200, pa.int32()), ["x" * 1_000_000])
    table = table.drop_columns([name] if name in table.column_names else []).append_column(name, words)
    bomb = path.parent / "bomb.parquet"
    pq.write_table(table, bomb, store_schema=False, compression="zstd")
    assert bomb.stat().st_size < 200_000
    before = pa.default_memory_pool().max_memory()
    if said:
        refused(bomb, said)
    else:
        assert len(SavedSession.open(bomb).sequence) == 200
    assert pa.default_memory_pool().max_memory() < max(before, 50_000_000)


def test_what_a_column_holds_is_not_read_for_one_of_its_name(path):
    """A number called as a part of another column is called."""
    file, words = path / "keypoints.parquet", pa.array([{"b_x": "x" * 1000}])
    table = pq.read_table(file)
    table = table.append_column("a", pa.concat_arrays([words] * len(table)))
    pq.write_table(table.append_column("a.b_x", pa.array([1.0] * len(table))), file)
    check(SavedSession.open(path).sequence)


def refused(path, said=""):
    with pytest.raises(SessionError) as caught:
        SavedSession.open(path)
    assert said in str(caught.value)
    assert str(path.name) in str(caught.value)
    assert caught.value.hint
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["keypoints.parquet", "frames.parquet", "session.toml", "events.jsonl"])
@pytest.mark.parametrize("text", [b"", b"\xff\xfe nothing \0\n", b"PAR1" + bytes(40) + b"PAR1"])
def test_a_file_that_is_none_is_one_clear_line(path, name, text):
    (path / name).write_bytes(text)
    if name == "events.jsonl" and text != b"\xff\xfe nothing \0\n":
        SavedSession.open(path)  # without any event, or with one that a kill has cut
    else:
        refused(path)


@pytest.mark.parametrize("name", ["keypoints.parquet", "frames.parquet"])
def test_a_file_that_is_not_there_is_one_clear_line(path, name):
    (path / name).unlink()
    with pytest.raises(SourceNotFoundError, match=name):
        SavedSession.open(path)


def toml(path, before, after):
    text = (path / "session.toml").read_text("utf-8")
    assert before in text
    (path / "session.toml").write_text(text.replace(before, after), "utf-8")


HUGE = "0x" + "f" * 8000
TOML = {
    "format = 1": {
        "format = 2": "reads up to 1",
        "format = 9999999999999999999999": "64 bits",
        f"format = {HUGE}": "64 bits",
        f"format = 1\nmore = [{{deep = [{HUGE}]}}]": "64 bits",
        "format = '1'": "no format",
        "format = true": "no format",
        "": "no format",
    },
    "width = 64": {
        "width = 1000000000": "size",
        "width = -1": "size",
        "width = 'wide'": "size",
        "width = 1.5": "size",
        f"width = {HUGE}": "64 bits",
    },
    '"nose", ': {"": "", '"knows", ': "knows", "7, ": "keypoints", '"left_eye", ': "twice"},
    "edges = [[": {
        "edges = [[99, 0], [": "0..16",
        "edges = [['a', 'b'], [": "whole",
        "edges = [[": "",
        f"edges = [[{HUGE}, 0], [": "64 bits",
    },
    "sigmas = [0.026, ": {
        f"sigmas = [{HUGE}, ": "64 bits",
        "sigmas = [inf, ": "sigmas",
        "sigmas = [nan, ": "sigmas",
        "sigmas = [-1, ": "sigmas",
        "sigmas = [1e39, ": "sigmas",
        "sigmas = [1, ": "",
    },
    "duration = 2.5": {f"duration = {HUGE}": "64 bits", "duration = 1e300": "", "duration = nan": ""},
    "[skeleton]": {"[bones]": "skeleton", "[skeleton]\nmore = 1": ""},
    "fps = 30.0": {
        "fps = 'fast'": "",
        "fps = nan": "",
        "fps = -3": "",
        "fps = inf": "",
        f"fps = {HUGE}": "64 bits",
        f"odd = {HUGE}\nfps = 30.0": "64 bits",
    },
    "frames = 5": {
        'frames = 5\nvideo = "../../x.mp4"': "cannot be called",
        "frames = 5\nvideo = 7": "cannot be called",
    },
}


@pytest.mark.parametrize(("before", "after"), [(before, after) for before, given in TOML.items() for after in given])
def test_whatever_its_toml_says_it_is_opened_or_refused_in_one_line(path, before, after):
    toml(path, before, after)
    said = TOML[before][after]
    if said or before == '"nose", ':
        refused(path, said)
    else:
        assert len(SavedSession.open(path).sequence) == 5


def test_a_later_format_says_to_update(path):
    toml(path, "format = 1", "format = 2")
    with pytest.raises(SessionError) as caught:
        SavedSession.open(path)
    assert "update" in caught.value.hint


@pytest.mark.parametrize("name", ["session.toml", "keypoints.parquet", "frames.parquet", "events.jsonl", "video.mp4"])
def test_nothing_in_a_session_leads_out_of_it(tmp_path, name):
    path = keep(tmp_path / "run.vpl", video=True)
    (path / name).rename(tmp_path / "elsewhere")
    (path / name).symlink_to(tmp_path / "elsewhere")
    refused(path, "leads out")


@pytest.mark.parametrize("name", ["keypoints.parquet", "frames.parquet", "session.toml"])
def test_a_link_in_a_circle_is_said_in_one_line(path, name):
    (path / name).unlink()
    (path / name).symlink_to(name)
    with pytest.raises(SessionError, match=name):
        SavedSession.open(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("name", ["keypoints.parquet", "frames.parquet", "events.jsonl", "video.mp4", "../t.csv"])
def test_a_pipe_keeps_nobody_waiting(tmp_path, name):
    path = keep(tmp_path / "run.vpl", video=True)
    (path / name).unlink(missing_ok=True)
    os.mkfifo(path / name)
    with pytest.raises(SessionError, match="no file" if "csv" not in name else "no session"):
        SavedSession.open(tmp_path / "t.csv" if "csv" in name else path)


def test_a_link_to_a_session_is_one(path):
    (path.parent / "link.vpl").symlink_to(path)
    check(SavedSession.open(path.parent / "link.vpl").sequence)


@pytest.mark.parametrize(
    "line",
    [
        b"[]", b"7", b"{}", b'{"kind": "cue"}', b'{"kind": "cue", "time_s": "now"}', b'{"kind": 1, "time_s": 1}',
        b'{"kind": "cue", "time_s": 1e300}', b'{"kind": "cue", "time_s": 1, "track_id": "me"}',
        b'{"kind": "repetition", "time_s": 1}', b'{"kind": "cue", "time_s": NaN}', b"[" * 9000,
    ],
)  # fmt: skip
def test_an_event_that_is_none_is_one_clear_line(path, line):
    (path / "events.jsonl").write_bytes(line + b"\n")
    refused(path, "line 1")


def test_without_events_it_is_still_a_session(path):
    (path / "events.jsonl").unlink()
    assert SavedSession.open(path).problems == ("the events are not there",)


@pytest.mark.parametrize("values", [(np.nan, 0.0), (np.inf, 0.5)])
def test_records_are_no_more_believed_than_tables(partial, values):
    kind = 8 + 8 + 16 + 4 + 1 + 17 * 12 * 2
    with (partial / "keypoints.records").open("r+b") as file:
        assert os.fstat(file.fileno()).st_size == sum(PEOPLE) * kind
        file.seek(8 + 8)
        file.write(struct.pack("<f", values[0]))
    refused(partial)


def test_records_of_unknown_frames_and_strange_flags_do_no_harm(partial):
    data = bytearray((partial / "keypoints.records").read_bytes())
    data[8 + 8 + 16 + 4] = 7
    data[-(8 + 8 + 16 + 4 + 1 + 17 * 12 * 2) :][:8] = struct.pack("<q", -5)
    (partial / "keypoints.records").write_bytes(data)
    assert SavedSession.open(partial).sequence.observed[0]


@pytest.mark.parametrize(
    "text",
    [
        b"", b"[]", b"{}", b'{"frames": 3}', b'{"frames": []}', b"[" * 9000,
        b'{"skeleton": {"name": "one", "keypoints": ["a"]}, "frames": [3]}',
        b'{"skeleton": {"name": "one", "keypoints": ["a"]}, "frames": [{"frame": 0, "time_s": 0, "people": [7]}]}',
        b'{"skeleton": {"name": "one", "keypoints": ["a"]}, "frames": [{"frame": 0, "time_s": null, "people": []}]}',
        b'{"skeleton": {"name": "one", "keypoints": ["a"]}, "frames": [{"frame": "x", "time_s": 0, "people": []}]}',
        b'{"skeleton": {"name": "one", "keypoints": ["a"]}, "frames": [{"frame": 0, "time_s": 0, "people": [{'
        b'"track_id": 1, "box": [0, 0, 1, 1], "box_score": 1, "keypoints": [[1, 2]]}]}]}',
        b'{"skeleton": {"name": "one", "keypoints": ["a"]}, "frames": [{"frame": 0, "time_s": 0, "people": [{'
        b'"track_id": 1, "box": [0, 0, 1, {}], "box_score": 1, "keypoints": [[1, 2, 1]]}]}]}',
        b'{"skeleton": {"name": "one", "keypoints": ["a"]}, "frames": [{"frame": 0, "time_s": 0, "people": [{'
        b'"track_id": 1, "box": [0, 0, 1, 1], "box_score": 1, "keypoints": [[1, 2, 1e400]]}]}]}',
    ],
)  # fmt: skip
def test_json_that_is_no_table_is_one_clear_line(tmp_path, text):
    (tmp_path / "t.json").write_bytes(text)
    refused(tmp_path / "t.json")


@pytest.mark.parametrize(
    "text", [b"", b"\0\xff", b"frame,time_s\n1,2\n", b"a,b\n1\n", b'"', b"frame,frame\n1,1\n", b"x" * 100]
)
def test_csv_that_is_no_table_is_one_clear_line(tmp_path, text):
    (tmp_path / "t.csv").write_bytes(text)
    refused(tmp_path / "t.csv")


def test_what_is_no_session_at_all_says_what_would_be_one(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"")
    for path in (tmp_path, tmp_path / "a.mp4"):
        with pytest.raises(SessionError, match="no session") as caught:
            SavedSession.open(path)
        assert ".vpl" in caught.value.hint
    with pytest.raises(SourceNotFoundError):
        SavedSession.open(tmp_path / "none.vpl")
