"""The fast path gives transformers' own coordinates.

All widths and both heads, two layers deep or less; scripts/bench_models.py does the same at full depth.
"""

import numpy as np
import pytest
from models.vitpose.reference import BOXES, Reference, tracks_of
from random_models import POSE_MODELS

from vitpose_live import load_pose_estimator


def distances(poses, keypoints):
    return np.linalg.norm(poses.keypoints - keypoints, axis=2)


@pytest.mark.parametrize("name", POSE_MODELS)
def test_openvino_in_fp32_is_within_a_hundredth_of_a_pixel(published, frame, name):
    folder = published(name, layers=1 if name.endswith(("large", "huge")) else 2)  # these are only wider
    poses = load_pose_estimator(str(folder), device="cpu", precision="fp32").estimate(frame, tracks_of(BOXES))
    keypoints, scores = Reference(folder)(frame.image, BOXES)
    assert distances(poses, keypoints).max() < 0.01
    np.testing.assert_allclose(poses.scores, np.clip(scores, 0, 1), atol=1e-3)


@pytest.mark.parametrize("name", ["vitpose-base-simple", "vitpose-plus-small"])
def test_torch_in_fp32_is_within_a_hundredth_of_a_pixel(published, frame, name):
    folder = published(name)
    poses = load_pose_estimator(str(folder), device="torch:cpu", precision="fp32").estimate(frame, tracks_of(BOXES))
    assert distances(poses, Reference(folder)(frame.image, BOXES)[0]).max() < 0.01


@pytest.mark.parametrize("name", ["vitpose-base-simple", "vitpose-plus-small"])
def test_bf16_is_within_a_tenth_of_a_pixel(published, frame, name):
    folder = published(name)
    estimator = load_pose_estimator(str(folder), device="cpu", precision="bf16")
    assert estimator.precision == "bf16"
    away = distances(estimator.estimate(frame, tracks_of(BOXES)), Reference(folder)(frame.image, BOXES)[0])
    assert away[:4].max() < 0.1
    # the last box is the whole frame, where a cell of the heatmap is 25 pixels wide
    assert away[4].max() < 0.3


@pytest.mark.parametrize("dataset_index", [1, 3, 5])
def test_every_expert_answers_as_in_transformers(published, frame, dataset_index):
    folder = published("vitpose-plus-small", dataset_index=dataset_index)
    estimator = load_pose_estimator(str(folder), device="cpu", precision="fp32", dataset_index=dataset_index)
    poses = estimator.estimate(frame, tracks_of(BOXES))
    keypoints, _ = Reference(folder)(frame.image, BOXES, dataset_index)
    assert distances(poses, keypoints).max() < 0.01


def test_the_experts_differ(published, frame):
    folder = str(published("vitpose-plus-small"))
    poses = [load_pose_estimator(folder, dataset_index=index).estimate(frame, tracks_of(BOXES)) for index in (0, 3)]
    assert distances(poses[0], poses[1].keypoints).max() > 1


def test_any_number_of_people_matches(published, frame):
    folder = published("vitpose-plus-small")
    estimator, reference = load_pose_estimator(str(folder), device="cpu", precision="fp32"), Reference(folder)
    for people in (0, 1, 2, 5, 16):
        boxes = np.resize(BOXES, (people, 4))
        poses = estimator.estimate(frame, tracks_of(boxes))
        assert len(poses) == people
        if people:
            assert distances(poses, reference(frame.image, boxes)[0]).max() < 0.01, people


def test_the_flip_test_is_the_papers(published, frame):
    """Heatmaps averaged with those of the mirrored picture, turned back by transformers' own function."""
    import torch

    folder = published("vitpose-plus-small")
    reference = Reference(folder)
    estimator = load_pose_estimator(str(folder), device="cpu", precision="fp32", flip_test=True)
    pairs = torch.tensor(estimator.skeleton.mirror_pairs)
    plain = reference.model.forward

    def averaged(pixel_values, dataset_index):
        outputs = plain(pixel_values, dataset_index=dataset_index)
        mirrored = plain(pixel_values.flip(3), dataset_index=dataset_index, flip_pairs=pairs)
        outputs.heatmaps = (outputs.heatmaps + mirrored.heatmaps) / 2
        return outputs

    reference.model.forward = averaged
    keypoints, scores = reference(frame.image, BOXES)
    poses = estimator.estimate(frame, tracks_of(BOXES))
    # the mirrored picture of a random network has peaks elsewhere: two of equal height may change places
    same = np.isclose(poses.scores, np.clip(scores, 0, 1), atol=1e-3)
    assert same.mean() > 0.95
    assert np.median(distances(poses, keypoints)) < 0.01
