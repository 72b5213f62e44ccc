"""OpenPose's files have its names, its order, and real ids."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sinks.exports.recordings import COCO17, material, recording, two_people

from vitpose_live.data import Skeleton, load_skeleton
from vitpose_live.errors import OutputError
from vitpose_live.sinks.exports import ExportFiles
from vitpose_live.sinks.exports.openpose import write_openpose

ORDER = (
    *("Nose", "Neck", "RShoulder", "RElbow", "RWrist", "LShoulder", "LElbow", "LWrist", "MidHip"),
    *("RHip", "RKnee", "RAnkle", "LHip", "LKnee", "LAnkle", "REye", "LEye", "REar", "LEar"),
    *("LBigToe", "LSmallToe", "LHeel", "RBigToe", "RSmallToe", "RHeel"),
)
"""BODY_25 as OpenPose's documentation lists it."""


def export(tmp_path, sequence, **options):
    with ExportFiles(tmp_path, **options) as files:
        write_openpose(material(sequence), files)
    return files.written[0]


def read(folder, frame):
    return json.loads((folder / f"walk_{frame:012d}_keypoints.json").read_text())


def our_name(name: str) -> str:
    side = {"L": "left_", "R": "right_"}.get(name[0], "") if name[1].isupper() else ""
    words = name[1:] if side else name
    return side + "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in words).lstrip("_")


def test_a_file_for_every_frame_and_the_right_people_in_it(tmp_path):
    sequence = two_people(frames=np.array([4, 5, 6, 8, 9, 10]))
    folder = export(tmp_path, sequence)
    assert folder.name == "walk_openpose"
    assert len(list(folder.iterdir())) == len(sequence)
    for place, frame in enumerate(sequence.frames.tolist()):
        document = read(folder, frame)
        assert document["version"] == 1.3
        assert [person["person_id"] for person in document["people"]] == [
            [number] for number in sequence.ids[sequence.part(place)].tolist()
        ]


@pytest.mark.parametrize("skeleton", ["coco17", "wholebody133"])
def test_body_25_is_found_by_name_with_midpoints_and_zeros(tmp_path, skeleton):
    sequence = recording({1: [0]}, skeleton=load_skeleton(skeleton), missing=0)
    person = read(export(tmp_path, sequence), 0)["people"][0]
    points = np.array(person["pose_keypoints_2d"]).reshape(25, 3)
    names = list(sequence.skeleton.keypoints)
    middles = {"Neck": "shoulder", "MidHip": "hip"}
    for name, point in zip(ORDER, points, strict=True):
        wanted = [f"{side}_{middles[name]}" for side in ("left", "right")] if name in middles else [our_name(name)]
        if all(one in names for one in wanted):
            places = [names.index(one) for one in wanted]
            assert point[:2] == pytest.approx(sequence.keypoints[0, places].mean(axis=0), abs=1e-3), name
            assert point[2] == pytest.approx(sequence.scores[0, places].min(), abs=1e-4), name
        else:
            assert skeleton == "coco17"
            assert "Toe" in name or "Heel" in name
            assert not point.any()


def test_a_midpoint_of_one_is_missing(tmp_path):
    keypoints, scores = np.full((1, 17, 2), 5, np.float32), np.ones((1, 17), np.float32)
    gone = COCO17.index("left_hip")
    keypoints[0, gone], scores[0, gone] = np.nan, 0
    sequence = recording({1: [0]}, keypoints=keypoints, scores=scores)
    points = np.array(read(export(tmp_path, sequence), 0)["people"][0]["pose_keypoints_2d"]).reshape(25, 3)
    assert not points[ORDER.index("MidHip")].any()
    assert not points[ORDER.index("LHip")].any()
    assert points[ORDER.index("Neck")].tolist() == [5, 5, 1]


def test_face_and_hands_of_the_whole_body(tmp_path):
    skeleton = load_skeleton("wholebody133")
    sequence = recording({1: [0]}, skeleton=skeleton, missing=0)
    person = read(export(tmp_path, sequence), 0)["people"][0]
    for part, first, count in (("face", 23, 68), ("hand_left", 91, 21), ("hand_right", 112, 21)):
        points = np.array(person[f"{part}_keypoints_2d"]).reshape(-1, 3)
        assert points[:count, :2] == pytest.approx(sequence.keypoints[0, first : first + count], abs=1e-3)
    assert len(person["face_keypoints_2d"]) == 70 * 3
    assert not any(person["face_keypoints_2d"][68 * 3 :])  # pupils


def test_no_face_and_hands_without(tmp_path):
    person = read(export(tmp_path, recording({1: [0]})), 0)["people"][0]
    assert person["face_keypoints_2d"] == person["hand_left_keypoints_2d"] == person["hand_right_keypoints_2d"] == []


def test_a_skeleton_that_shares_nothing_is_refused(tmp_path):
    chair = Skeleton("chair", ("seat", "leg"))
    with pytest.raises(OutputError, match="chair"):
        export(tmp_path, recording({1: [0]}, skeleton=chair))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["other_000000000000_keypoints.json", "walk_7_keypoints.json", "best_keypoints.json"])
def test_only_files_of_its_own_name_are_replaced(tmp_path, name):
    folder = export(tmp_path, two_people())
    export(tmp_path, two_people(), overwrite=True)
    (folder / name).write_text("mine")
    with pytest.raises(OutputError, match="no export has written"):
        export(tmp_path, two_people(), overwrite=True)
    assert (folder / name).read_text() == "mine"
    assert list(tmp_path.iterdir()) == [folder]
