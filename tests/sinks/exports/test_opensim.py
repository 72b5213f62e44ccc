"""TRC and MOT, read by the rules that OpenSim publishes and its reader enforces."""

from __future__ import annotations

import re

import numpy as np
import pytest
from sinks.exports.recordings import COCO17, material, point, recording, two_people

from vitpose_live.data import load_skeleton
from vitpose_live.errors import OutputError
from vitpose_live.sinks.exports import ExportFiles
from vitpose_live.sinks.exports.markers import SEGMENTS_PER_HEIGHT, marker_name, markers_of
from vitpose_live.sinks.exports.opensim import write_mot, write_trc

KEYS = ["DataRate", "CameraRate", "NumFrames", "NumMarkers", "Units", "OrigDataRate", "OrigDataStartFrame"]
KEYS += ["OrigNumFrames"]


def export(tmp_path, write, sequence, **changes):
    with ExportFiles(tmp_path) as files:
        write(material(sequence, **changes), files)
    return files.written


def fields(line: str) -> list[str]:
    """As OpenSim splits: a tab ends a field, and nothing behind the last tab is no field."""
    parts = line.split("\t")
    return parts if parts[-1] else parts[:-1]


def read_trc(path):
    """Header values by name, marker names, times, and (n, k, 3) positions, NaN where fields are empty."""
    lines = path.read_bytes().decode("ascii").split("\n")
    assert lines.pop() == ""
    assert lines[0].split("\t") == ["PathFileType", "4", "(X/Y/Z)", path.name]
    assert lines[1].split("\t") == KEYS
    header = dict(zip(KEYS, lines[2].split("\t"), strict=True))
    labels = [label for label in fields(lines[3]) if label]
    assert labels[:2] == ["Frame#", "Time"]
    k = int(header["NumMarkers"])
    assert len(labels) == k + 2
    assert [label for label in fields(lines[4]) if label] == [f"{axis}{i}" for i in range(1, k + 1) for axis in "XYZ"]
    assert lines[5] == ""
    rows = [fields(line) for line in lines[6:]]
    assert {len(row) for row in rows} == {3 * k + 2}
    assert [int(row[0]) for row in rows] == list(range(1, int(header["NumFrames"]) + 1))
    positions = [[float(cell) if cell else np.nan for cell in row[2:]] for row in rows]
    return header, labels[2:], np.array([float(row[1]) for row in rows]), np.array(positions).reshape(-1, k, 3)


def read_mot(path):
    """Column names and the (n, c) table behind the header."""
    lines = path.read_text("ascii").splitlines()
    end = lines.index("endheader")
    header = dict(line.split("=") for line in lines[:end] if re.fullmatch(r"\w+=\w+", line))
    names = lines[end + 1].split("\t")
    table = np.array([[float(cell) for cell in line.split("\t")] for line in lines[end + 2 :]])
    assert header["inDegrees"] == "yes"
    assert table.shape == (int(header["nRows"]), int(header["nColumns"]))
    assert names[0] == "time"
    assert len(names) == table.shape[1]
    return names, table


def test_trc_has_one_file_per_person_with_the_values_of_the_table(tmp_path):
    sequence = two_people(missing=0.3)
    files = export(tmp_path, write_trc, sequence)
    assert [path.name for path in files] == ["walk_person7.trc", "walk_person3.trc"]
    for person, path, places in ((7, files[0], [0, 1, 2]), (3, files[1], [1, 2, None, 4])):
        header, names, times, positions = read_trc(path)
        assert (header["Units"], float(header["DataRate"])) == ("px", 25.0)
        assert names == [marker_name(keypoint) for keypoint in COCO17.keypoints]
        assert times == pytest.approx(sequence.times[places[0] : places[-1] + 1], abs=1e-6)
        for found, place in zip(positions, places, strict=True):
            for joint in range(17):
                x, y = (np.nan, np.nan) if place is None else point(sequence, person, place, joint)
                expected = [x, 480 - y, np.nan if np.isnan(x) else 0]
                assert found[joint] == pytest.approx(expected, abs=5.1e-4, nan_ok=True)


def test_a_row_whose_last_marker_is_missing_has_all_its_fields(tmp_path):
    keypoints, scores = np.full((1, 17, 2), 5, np.float32), np.ones((1, 17), np.float32)
    keypoints[0, 16], scores[0, 16] = np.nan, 0
    sequence = recording({1: [0]}, keypoints=keypoints, scores=scores)
    assert np.isnan(read_trc(export(tmp_path, write_trc, sequence)[0])[3][0, 16]).all()


def upright(count=8, **bent):
    """Somebody 0.779 times 400 px from ankle to shoulder, whose shanks may look shorter in some frames."""
    lengths = {"ankle": 0.0, "knee": 0.246, "hip": 0.491, "shoulder": SEGMENTS_PER_HEIGHT}
    keypoints, scores = np.full((count, 17, 2), np.nan, np.float32), np.zeros((count, 17), np.float32)
    for twin, above in lengths.items():
        for side, x in (("left", 110), ("right", 90)):
            joint = COCO17.index(f"{side}_{twin}")
            keypoints[:, joint] = x, 450 - 400 * above
            scores[:, joint] = 0.9
    for place in bent.get("at", ()):
        keypoints[place, COCO17.index("left_ankle")] -= (0, 60)
    return recording({1: list(range(count))}, count=count, keypoints=keypoints, scores=scores)


def test_a_height_makes_pixels_millimetres(tmp_path):
    sequence = upright(at=(2, 3, 4))
    header, names, _, positions = read_trc(export(tmp_path, write_trc, sequence, height=2.0)[0])
    assert header["Units"] == "mm"
    assert positions[0, names.index("LAnkle")] == pytest.approx([110 * 5, 30 * 5, 0], rel=1e-4)
    shoulder = positions[:, names.index("RShoulder"), 1] - positions[:, names.index("RAnkle"), 1]
    assert shoulder == pytest.approx(np.full(8, 2000 * SEGMENTS_PER_HEIGHT), rel=1e-4)


def test_heights_that_cannot_be_applied_are_refused(tmp_path):
    with pytest.raises(OutputError, match="several") as failure:
        export(tmp_path, write_trc, two_people(), height=1.8)
    assert "--person" in failure.value.hint
    with pytest.raises(OutputError, match="how large person 1 is: ankle and knee"):
        export(tmp_path, write_trc, recording({1: [0]}, missing=1), height=1.8)
    with pytest.raises(OutputError, match="nobody"):
        export(tmp_path, write_trc, recording({}))
    assert not list(tmp_path.iterdir())


def test_the_scale_hardly_depends_on_the_view_or_the_movement(shared_data):
    """Squats and lunges of motion capture, seen from four sides: millimetres are right within 6 %."""
    shares = []
    for path in sorted((shared_data / "mocap").glob("*_correct_*.npz")):
        joints = np.load(path)["keypoints_mm"].astype(float)[::20]
        height = sum(
            np.median([np.linalg.norm(joints[:, first + side] - joints[:, last + side], axis=1) for side in (0, 1)])
            for first, last in ((15, 13), (13, 11), (11, 5))
        )
        for degrees in (0, 30, 60, 90):
            turned = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
            seen = np.stack([joints[..., :2] @ turned, -joints[..., 2]], axis=-1) * 0.2 + (300, 400)
            count = len(seen)
            sequence = recording(
                {1: list(range(count))}, count=count, keypoints=seen.astype(np.float32), scores=np.ones((count, 17))
            )
            markers = next(markers_of(material(sequence, height=height / 1000 / SEGMENTS_PER_HEIGHT)))
            shares.append(np.ptp(markers.points[..., 1]) / np.ptp(joints[..., 2]))
    assert np.abs(np.array(shares) - 1).max() < 0.06


def test_mot_has_the_angles_at_their_times(tmp_path):
    def measure(sequence, person):
        rows = sequence.of(person)
        return ("right knee", "left knee", "trunk"), np.stack([rows * 10.0, rows * np.nan, rows + 0.25], axis=1)

    sequence = two_people()
    files = export(tmp_path, write_mot, sequence, measure=measure)
    assert [path.name for path in files] == ["walk_person7.mot", "walk_person3.mot"]
    names, table = read_mot(files[1])
    assert names == ["time", "right_knee", "trunk"]
    rows = sequence.of(3)
    assert table[:, 0] == pytest.approx(sequence.times[1:5])
    assert table[:, 1] == pytest.approx([rows[0] * 10, rows[1] * 10, np.nan, rows[2] * 10], nan_ok=True)
    with pytest.raises(OutputError, match="no joint angle"):
        export(tmp_path, write_mot, sequence)


def test_marker_names_are_those_of_pose2sim():
    names = {"nose": "Nose", "left_knee": "LKnee", "right_big_toe": "RBigToe", "left_small_toe": "LSmallToe"}
    assert {name: marker_name(name) for name in names} == names
    for skeleton in ("wholebody133", "synthpose52", "blazepose33"):
        made = [marker_name(keypoint) for keypoint in load_skeleton(skeleton).keypoints]
        assert len(set(made)) == len(made)
        assert all(re.fullmatch(r"[A-Za-z0-9]+", name) for name in made)
