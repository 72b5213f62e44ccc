"""npz and the tables say what the recording says."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from sinks.exports.recordings import material, recording, two_people

from vitpose_live.errors import OutputError
from vitpose_live.registry import exporters
from vitpose_live.sinks.exports import ExportFiles, only, unsmoothed
from vitpose_live.sinks.exports.arrays import write_npz


def export(tmp_path, write, sequence):
    with ExportFiles(tmp_path) as files:
        write(material(sequence), files)
    return files.written[0]


@pytest.mark.parametrize("raw", [False, True])
def test_npz_holds_every_array_without_pickles(tmp_path, raw):
    sequence = two_people(raw=raw, metadata={"models": {"pose": "movenet"}})
    with np.load(export(tmp_path, write_npz, sequence)) as found:
        for name in ("frames", "times", "rows", "ids", "boxes", "box_scores", "keypoints", "scores", "observed"):
            kept = getattr(sequence, name)
            assert found[name].dtype == kept.dtype
            assert np.array_equal(found[name], kept, equal_nan=found[name].dtype.kind == "f")
        assert ("raw_keypoints" in found) == raw
        assert found["keypoint_names"].tolist() == list(sequence.skeleton.keypoints)
        assert [tuple(edge) for edge in found["edges"].tolist()] == list(sequence.skeleton.edges)
        assert (int(found["width"]), int(found["height"]), float(found["fps"])) == (640, 480, 25.0)
        assert json.loads(str(found["metadata"])) == {"models": {"pose": "movenet"}}


@pytest.mark.parametrize("raw", [False, True])
def test_the_parquet_table_has_every_row_exactly(tmp_path, raw):
    sequence = two_people(raw=raw, metadata={"source": {"uri": "a.mp4"}})
    path = export(tmp_path, exporters.get("parquet"), sequence)
    assert path.name == "walk_keypoints.parquet"
    table = pq.read_table(path, partitioning=None)
    assert table["frame"].to_pylist() == sequence.frames[sequence.rows].tolist()
    assert table["time_s"].to_pylist() == sequence.times[sequence.rows].tolist()
    assert table["track_id"].to_pylist() == sequence.ids.tolist()
    assert np.array_equal(table["box_score"].to_numpy(), sequence.box_scores)
    for joint, name in enumerate(sequence.skeleton.keypoints):
        assert np.array_equal(table[f"{name}_y"].to_numpy(), sequence.keypoints[:, joint, 1], equal_nan=True)
        if raw:
            before = table[f"{name}_x_raw"].to_numpy()
            assert np.array_equal(before, sequence.raw_keypoints[:, joint, 0], equal_nan=True)
    assert ("nose_x_raw" in table.column_names) == raw
    assert json.loads(table.schema.metadata[b"vitpose_live.source"]) == {"uri": "a.mp4"}


@pytest.mark.parametrize("suffix", ["csv", "json"])
def test_the_text_tables_have_a_row_per_person(tmp_path, suffix):
    sequence = two_people()
    text = export(tmp_path, exporters.get(suffix), sequence).read_text()
    if suffix == "csv":
        assert len(text.splitlines()) == len(sequence.ids) + 1
    else:
        assert [len(frame["people"]) for frame in json.loads(text)["frames"]] == [1, 2, 2, 0, 1, 0]


def test_one_person_alone():
    sequence = two_people(raw=True)
    alone = only(sequence, 3)
    assert alone.people == [3]
    assert alone.frames is not None
    assert len(alone) == len(sequence)
    rows = sequence.of(3)
    for name in ("rows", "boxes", "keypoints", "scores", "raw_keypoints", "observed"):
        assert np.array_equal(
            getattr(alone, name), getattr(sequence, name)[rows], equal_nan=getattr(alone, name).dtype.kind == "f"
        )
    with pytest.raises(OutputError, match="no person 4") as failure:
        only(sequence, 4)
    assert "7, 3" in failure.value.hint


def test_keypoints_before_smoothing_take_the_place_of_the_smoothed_ones():
    sequence = two_people(raw=True)
    before = unsmoothed(sequence)
    assert np.array_equal(before.keypoints, sequence.raw_keypoints, equal_nan=True)
    assert before.raw_keypoints is None
    with pytest.raises(OutputError, match="not kept"):
        unsmoothed(two_people())


@pytest.mark.parametrize("name", exporters.names())
def test_every_format_takes_a_recording_with_nobody_or_says_why_not(tmp_path, name):
    if name == "c3d":
        pytest.importorskip("ezc3d", reason="C3D is written and read by ezc3d, which is not installed")
    sequence = recording({})
    if name in ("trc", "mot", "c3d"):
        with pytest.raises(OutputError, match=r"nobody|anybody"):
            export(tmp_path, exporters.get(name), sequence)
        assert not list(tmp_path.iterdir())
    else:
        assert export(tmp_path, exporters.get(name), sequence).exists()
