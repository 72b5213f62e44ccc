"""COCO's files open in COCO's own readers, and say what the recording says."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sinks.exports.recordings import COCO17, material, recording, two_people

from vitpose_live.data import load_skeleton
from vitpose_live.errors import OutputError
from vitpose_live.sinks.exports import ExportFiles
from vitpose_live.sinks.exports.coco import write_dataset, write_results


def export(tmp_path, write, sequence, **changes):
    with ExportFiles(tmp_path) as files:
        write(material(sequence, **changes), files)
    return files.written[0]


def test_results_hold_every_person_and_value(tmp_path):
    sequence = two_people(missing=0.3)
    results = json.loads(export(tmp_path, write_results, sequence).read_text())
    assert np.isnan(sequence.keypoints).any()
    assert len(results) == len(sequence.ids)
    for row, result in enumerate(results):
        assert sorted(result) == ["category_id", "image_id", "keypoints", "score"]
        assert (result["image_id"], result["category_id"]) == (sequence.frames[sequence.rows[row]], 1)
        points = np.array(result["keypoints"]).reshape(17, 3)
        there = ~np.isnan(sequence.keypoints[row, :, 0])
        assert there.any()
        assert np.abs(points[there, :2] - sequence.keypoints[row, there]).max() <= 5.1e-4
        assert np.abs(points[there, 2] - sequence.scores[row, there]).max() <= 5.1e-5
        assert not points[~there].any()
        expected = sequence.box_scores[row] * sequence.scores[row, there].mean()
        assert result["score"] == pytest.approx(expected, abs=1e-4)


def test_keypoints_of_larger_skeletons_are_found_by_name(tmp_path):
    for name in ("wholebody133", "blazepose33"):
        sequence = recording({1: [0]}, skeleton=load_skeleton(name), missing=0)
        folder = tmp_path / name
        folder.mkdir()
        points = np.array(json.loads(export(folder, write_results, sequence).read_text())[0]["keypoints"]).reshape(
            17, 3
        )
        for place, keypoint in enumerate(COCO17.keypoints):
            assert points[place, :2] == pytest.approx(
                sequence.keypoints[0, sequence.skeleton.index(keypoint)], abs=1e-3
            )


def test_a_skeleton_without_those_keypoints_is_refused_and_leaves_nothing(tmp_path):
    sequence = recording({1: [0]}, skeleton=load_skeleton("mpii16"))
    with pytest.raises(OutputError, match="mpii16 has no nose") as failure:
        export(tmp_path, write_results, sequence)
    assert "coco-dataset" in failure.value.hint
    assert not list(tmp_path.iterdir())


def test_the_numbers_of_pictures_are_those_given(tmp_path):
    sequence = two_people()
    numbers = np.array([139, 285, 632, 724, 776, 785])
    results = json.loads(export(tmp_path, write_results, sequence, image_ids=numbers).read_text())
    assert [result["image_id"] for result in results] == numbers[sequence.rows].tolist()


def test_somebody_without_any_keypoint_is_no_result(tmp_path):
    sequence = recording({1: [0], 2: [0]}, missing=1)
    assert json.loads(export(tmp_path, write_results, sequence).read_text()) == []


@pytest.mark.parametrize("package", ["hotcoco", "pycocotools"])
def test_results_evaluate_as_perfect_against_their_own_labels(tmp_path, package, capfd):
    if package == "hotcoco":
        from hotcoco import COCO, COCOeval
    else:
        pytest.importorskip("pycocotools")
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval
    sequence = recording({1: [0, 1, 2, 3], 2: [1, 2]}, missing=0, seed=4)
    labels, results = export(tmp_path, write_dataset, sequence), export(tmp_path, write_results, sequence)
    truth = COCO(str(labels))
    assert truth.loadImgs([0])[0]["file_name"] == "000000000000.jpg"
    found = truth.loadRes(str(results))
    evaluation = COCOeval(truth, found, "keypoints")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    capfd.readouterr()
    assert evaluation.stats[0] == pytest.approx(1.0)
    assert len(found.getAnnIds()) == len(sequence.ids)


def test_labels_take_any_skeleton_and_say_what_is_missing(tmp_path):
    sequence = recording({1: [0, 2]}, skeleton=load_skeleton("mpii16"), missing=0.3)
    labels = json.loads(export(tmp_path, write_dataset, sequence).read_text())
    assert labels["categories"][0]["keypoints"] == list(sequence.skeleton.keypoints)
    assert min(min(bone) for bone in labels["categories"][0]["skeleton"]) == 1
    assert [image["id"] for image in labels["images"]] == sequence.frames.tolist()
    for row, label in enumerate(labels["annotations"]):
        points = np.array(label["keypoints"]).reshape(-1, 3)
        there = ~np.isnan(sequence.keypoints[row, :, 0])
        assert points[:, 2].tolist() == np.where(there, 2, 0).tolist()
        assert label["num_keypoints"] == there.sum()
        x, y, width, height = label["bbox"]
        assert [x, y, x + width, y + height] == pytest.approx(sequence.boxes[row].tolist(), abs=1e-2)
        assert label["track_id"] == sequence.ids[row]
