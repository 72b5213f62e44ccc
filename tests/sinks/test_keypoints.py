"""Keypoint tables hold exactly what the results said, in every format."""

from __future__ import annotations

import csv
import json
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from contracts.sink_contract import COCO17, result

from vitpose_live.data import Frame, FrameResult, Poses, Skeleton, Tracks
from vitpose_live.errors import InvalidArrayError, OutputError
from vitpose_live.registry import keypoint_writers
from vitpose_live.sinks import CsvWriter, JsonWriter, ParquetWriter, open_keypoint_writer

METADATA = {
    "models": {"detector": "nanodet", "pose": "movenet-thunder"},
    "settings": {"det_frequency": 5, "name": 'Übung "深蹲"'},
    "source": {"uri": "clip.mp4", "width": 1280, "height": 720, "fps": 29.97},
}
FIXED = ["frame", "time_s", "track_id", "box_x1", "box_y1", "box_x2", "box_y2", "box_score"]
COLUMNS = FIXED + [f"{name}_{part}" for name in COCO17.keypoints for part in ("x", "y", "score")]
RAW = [f"{name}_{part}_raw" for name in COCO17.keypoints for part in ("x", "y", "score")]


def write(path, results, metadata=METADATA, skeleton=COCO17, *, raw=False):
    writer = open_keypoint_writer(path, skeleton, metadata, raw=raw)
    for each in results:
        writer.write(each)
    writer.close()
    return path


def read(path: Path) -> dict[str, np.ndarray]:
    """The table as columns, whatever the format; missing is NaN."""
    if path.suffix == ".parquet":
        table = pq.read_table(path, partitioning=None)
        return {name: table[name].to_numpy() for name in table.column_names}
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        cells = np.array([[float(cell or "nan") for cell in row] for row in rows]).reshape(-1, len(header))
        return dict(zip(header, cells.T, strict=True))
    document = json.loads(path.read_text("utf-8"))
    rows = [
        [frame["frame"], frame["time_s"], person["track_id"], *person["box"], person["box_score"]]
        + [value for keypoint in person["keypoints"] + person.get("raw_keypoints", []) for value in keypoint]
        for frame in document["frames"]
        for person in frame["people"]
    ]
    names = [f"{name}_{part}" for name in document["skeleton"]["keypoints"] for part in ("x", "y", "score")]
    names += RAW if '"raw_keypoints"' in path.read_text("utf-8") else []
    return dict(zip(FIXED + names, np.array(rows, float).reshape(-1, len(FIXED + names)).T, strict=True))


@pytest.fixture(params=["parquet", "csv", "json"])
def path(request, tmp_path):
    return tmp_path / f"table.{request.param}"


def test_columns_are_those_of_the_contract(path):
    assert list(read(write(path, [result(0)]))) == COLUMNS


def test_every_value_comes_back(path):
    results = [result(index, people=index % 4) for index in range(40)]
    table = read(write(path, results))
    row = 0
    for each in results:
        for person in range(len(each.tracks)):
            assert table["frame"][row] == each.frame.index
            assert table["time_s"][row] == pytest.approx(each.frame.time, abs=1e-6)
            assert table["track_id"][row] == each.tracks.ids[person]
            found = [table[name][row] for name in ("box_x1", "box_y1", "box_x2", "box_y2")]
            assert found == pytest.approx(each.tracks.boxes[person].tolist(), abs=6e-4)
            assert table["box_score"][row] == pytest.approx(each.tracks.scores[person], abs=6e-5)
            for joint, name in enumerate(COCO17.keypoints):
                x, y = each.poses.keypoints[person, joint]
                assert table[f"{name}_x"][row] == pytest.approx(x, abs=6e-4)
                assert table[f"{name}_y"][row] == pytest.approx(y, abs=6e-4)
                assert table[f"{name}_score"][row] == pytest.approx(each.poses.scores[person, joint], abs=6e-5)
            row += 1
    assert row == len(table["frame"])


def test_scores_and_poses_are_found_by_id_not_by_place(path):
    tracks = Tracks([[0, 0, 1, 1], [2, 2, 3, 3], [4, 4, 5, 5]], [7, 3, 5], [True] * 3, [0.7, 0.3, 0.5])
    keypoints = np.full((2, 17, 2), 50, np.float32)
    keypoints[1] = 70
    poses = Poses(keypoints, np.ones((2, 17)), [5, 7], [[4, 4, 5, 5], [0, 0, 1, 1]], COCO17)
    table = read(write(path, [FrameResult(Frame(np.zeros((4, 4, 3), np.uint8)), tracks, poses)]))
    assert table["track_id"].tolist() == [7, 3, 5]
    assert table["box_score"] == pytest.approx([0.7, 0.3, 0.5])
    assert table["box_x1"].tolist() == [0, 2, 4]
    assert table["nose_x"] == pytest.approx([70, np.nan, 50], nan_ok=True)
    assert table["nose_score"].tolist() == [1, 0, 1]


def test_a_pose_without_a_track_still_has_its_row(path):
    poses = Poses(np.ones((1, 17, 2)), np.ones((1, 17)), [9], [[1, 2, 3, 4]], COCO17)
    table = read(write(path, [FrameResult(Frame(np.zeros((4, 4, 3), np.uint8)), Tracks.empty(), poses)]))
    assert table["track_id"].tolist() == [9]
    assert table["box_y2"].tolist() == [4]
    assert np.isnan(table["box_score"]).all()


def test_missing_keypoints_are_nan(path):
    keypoints, scores = np.full((1, 17, 2), 3.25), np.ones((1, 17))
    keypoints[0, 4], scores[0, 4] = np.nan, 0
    poses = Poses(keypoints, scores, [1], [[0, 0, 1, 1]], COCO17)
    tracks = Tracks([[0, 0, 1, 1]], [1], [True])
    table = read(write(path, [FrameResult(Frame(np.zeros((4, 4, 3), np.uint8)), tracks, poses)]))
    missing = [name for name, values in table.items() if np.isnan(values).any()]
    assert missing == [f"{COCO17.keypoints[4]}_x", f"{COCO17.keypoints[4]}_y"]
    assert table[f"{COCO17.keypoints[4]}_score"].tolist() == [0]


def test_raw_keypoints_follow_the_smoothed_ones(path):
    smooth, rough = result(0, people=3), result(1, people=3)
    both = replace(smooth, raw=rough.poses)
    table = read(write(path, [both], raw=True))
    assert list(table) == COLUMNS + RAW
    for index, (name, before) in enumerate(zip(COLUMNS[8:], RAW, strict=True)):
        joint, part = divmod(index, 3)
        for poses, column in ((smooth.poses, name), (rough.poses, before)):
            values = poses.scores[:, joint] if part == 2 else poses.keypoints[:, joint, part]
            assert table[column] == pytest.approx(values, abs=6e-4)
    assert list(read(write(path.with_stem("plain"), [both]))) == COLUMNS


def test_what_nothing_smoothed_is_the_same_before(path):
    table = read(write(path, [result(0, people=2)], raw=True))
    for name, before in zip(COLUMNS[8:], RAW, strict=True):
        assert table[before].tolist() == table[name].tolist()


def test_missing_raw_keypoints_are_nan(path):
    whole = result(0)
    keypoints, scores = whole.poses.keypoints.copy(), whole.poses.scores.copy()
    keypoints[0, 4], scores[0, 4] = np.nan, 0
    raw = Poses(keypoints, scores, whole.poses.track_ids, whole.poses.boxes, COCO17)
    table = read(write(path, [replace(whole, raw=raw)], raw=True))
    joint = COCO17.keypoints[4]
    assert [name for name, values in table.items() if np.isnan(values).any()] == [f"{joint}_x_raw", f"{joint}_y_raw"]


@pytest.mark.parametrize("frames", [0, 5])
def test_nobody_is_a_valid_empty_table(path, frames):
    table = read(write(path, [result(index, people=0) for index in range(frames)]))
    assert list(table) == COLUMNS
    assert all(len(values) == 0 for values in table.values())


def test_another_skeleton_is_refused(path):
    other = Skeleton("pair", ("left", "right"))
    with pytest.raises(InvalidArrayError, match="pair"):
        write(path, [result(0)], skeleton=other)


@pytest.mark.parametrize("value", [float("nan"), object(), {"x": {1, 2}}])
def test_metadata_that_cannot_be_stored_is_named(path, value):
    with pytest.raises(OutputError, match="'models'"):
        open_keypoint_writer(path, COCO17, {"models": value})
    assert list(path.parent.iterdir()) == []


def test_metadata_may_hold_paths_and_numpy_values(tmp_path):
    given = {"source": Path("a/b"), "size": np.array([3, 4]), "rate": np.float32(0.5)}
    document = json.loads(write(tmp_path / "t.json", [], given).read_text("utf-8"))
    assert document["metadata"] == {"source": str(Path("a/b")), "size": [3, 4], "rate": 0.5}


class TestParquet:
    def test_types(self, tmp_path):
        schema = pq.read_schema(write(tmp_path / "t.parquet", [result(0)]))
        types = {name: str(schema.field(name).type) for name in schema.names}
        assert types == dict.fromkeys(COLUMNS, "float") | {
            "frame": "int64",
            "time_s": "double",
            "track_id": "int64",
        }

    def test_time_is_exact(self, tmp_path):
        path = write(tmp_path / "t.parquet", [result(index, fps=29.97) for index in range(50)])
        assert read(path)["time_s"].tolist() == [index / 29.97 for index in range(50)]

    def test_metadata_carries_everything(self, tmp_path):
        stored = pq.read_schema(write(tmp_path / "t.parquet", [])).metadata
        skeleton = json.loads(stored[b"vitpose_live.skeleton"])
        assert tuple(skeleton["keypoints"]) == COCO17.keypoints
        assert tuple(map(tuple, skeleton["edges"])) == COCO17.edges
        assert tuple(map(tuple, skeleton["mirror_pairs"])) == COCO17.mirror_pairs
        assert skeleton["sigmas"] == pytest.approx(COCO17.sigmas.tolist())
        for name, value in METADATA.items():
            assert json.loads(stored[f"vitpose_live.{name}".encode()]) == value

    def test_row_groups_are_written_as_they_fill(self, tmp_path):
        path = tmp_path / "t.parquet"
        writer = ParquetWriter(path, COCO17, metadata={})
        crowd = result(0, people=1000)
        for _ in range(10):
            writer.write(crowd)
        assert next(path.parent.iterdir()).stat().st_size > 100_000
        writer.close()
        found = pq.ParquetFile(path).metadata
        assert [found.row_group(group).num_rows for group in range(found.num_row_groups)] == [5000, 5000]


class TestText:
    def test_csv_is_plain(self, tmp_path):
        lines = write(tmp_path / "t.csv", [result(0)]).read_bytes().split(b"\n")
        assert lines[0].decode() == ",".join(COLUMNS)
        assert lines[1].startswith(b"0,0.000000,1,")
        assert lines[2:] == [b""]

    def test_json_layout(self, tmp_path):
        text = write(tmp_path / "t.json", [result(0, 2), result(1, 0)]).read_text("utf-8")
        document = json.loads(text, parse_constant=pytest.fail)
        assert list(document) == ["metadata", "skeleton", "frames"]
        assert document["metadata"] == METADATA
        assert [len(frame["people"]) for frame in document["frames"]] == [2, 0]
        person = document["frames"][0]["people"][1]
        assert list(person) == ["track_id", "box", "box_score", "keypoints"]
        assert np.shape(person["keypoints"]) == (17, 3)
        assert len([line for line in text.splitlines() if '"people"' in line]) == 2


@pytest.mark.parametrize("kind", [CsvWriter, JsonWriter])
def test_rows_are_written_not_kept(tmp_path, kind):
    crowd = result(0, people=100)
    writer = kind(tmp_path / f"t{kind.suffix}", COCO17, metadata={})
    writer.write(crowd)
    tracemalloc.start()
    for _ in range(10):
        writer.write(crowd)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    writer.abort()
    assert held < 50_000  # the text of these rows is 400 kB


class TestFactory:
    @pytest.mark.parametrize(
        ("ending", "kind"), [("parquet", ParquetWriter), ("csv", CsvWriter), ("json", JsonWriter), ("CSV", CsvWriter)]
    )
    def test_ending_names_the_format(self, tmp_path, ending, kind):
        writer = open_keypoint_writer(tmp_path / f"t.{ending}", COCO17, {})
        assert type(writer) is kind

    @pytest.mark.parametrize(
        ("name", "hint"), [("t.parqet", "did you mean parquet?"), ("t.xlsx", ".csv, .json, .parquet"), ("t", ".csv")]
    )
    def test_unknown_ending(self, tmp_path, name, hint):
        with pytest.raises(OutputError) as caught:
            open_keypoint_writer(tmp_path / name, COCO17, {})
        assert hint in caught.value.hint

    def test_registered_names_are_these(self):
        assert [keypoint_writers.get(name) for name in ("parquet", "csv", "json")] == [
            ParquetWriter,
            CsvWriter,
            JsonWriter,
        ]
