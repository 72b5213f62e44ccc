"""The pose estimator's promises beyond its numbers."""

import json
import shutil

import numpy as np
import pytest
from models.vitpose.reference import BOXES, Reference, tracks_of
from random_models import random_vitpose, save_vitpose, vitpose_config

from vitpose_live import Frame, Tracks, load_pose_estimator
from vitpose_live.errors import DeviceError, ModelError, SettingsError, WeightsError
from vitpose_live.models.vitpose import estimator as estimator_module


@pytest.fixture(scope="module")
def folder(published):
    return published("vitpose-plus-small")


@pytest.fixture(scope="module")
def estimator(folder):
    return load_pose_estimator(str(folder), device="cpu", precision="fp32")


def test_it_says_what_it_is(estimator, folder):
    assert estimator.name == str(folder)
    assert (estimator.device, estimator.precision, estimator.skeleton.name) == ("openvino:CPU", "fp32", "coco17")
    assert estimator.notices == ()


def test_somebody_outside_the_frame_has_no_keypoint(estimator, frame):
    boxes = np.concatenate([BOXES[:1], [[2000, 2000, 2100, 2300]]]).astype(np.float32)
    poses = estimator.estimate(frame, tracks_of(boxes))
    assert np.isnan(poses.keypoints[1]).all()
    assert not poses.scores[1].any()
    assert not np.isnan(poses.keypoints[0]).any()


def test_each_persons_pose_is_their_own(estimator, frame):
    together = estimator.estimate(frame, tracks_of(BOXES))
    for person in range(len(BOXES)):
        alone = estimator.estimate(frame, tracks_of(BOXES[person : person + 1]))
        np.testing.assert_array_equal(alone.keypoints[0], together.keypoints[person])


def test_boxes_without_extent_and_far_away_do_not_break_it(estimator, frame):
    boxes = np.array([[10, 10, 10, 10], [5, 700, 900, 700], [-3e8, -3e8, 3e8, 3e8]], np.float32)
    poses = estimator.estimate(frame, tracks_of(boxes))
    assert len(poses) == 3


def test_a_frame_of_another_size_works_at_once(estimator):
    for size in ((480, 640), (9, 13), (1, 1)):
        frame = Frame(np.zeros((*size, 3), np.uint8))
        assert len(estimator.estimate(frame, tracks_of(BOXES[4:]))) == 1


def test_a_changing_number_of_people_builds_nothing(folder, frame, monkeypatch):
    estimator = load_pose_estimator(str(folder), device="cpu", precision="fp32")

    def refuse(*arguments, **options):
        raise AssertionError("built again")

    monkeypatch.setattr(estimator_module, "build_network", refuse)
    for people in (1, 7, 0, 3, 16, 2):
        estimator.estimate(frame, tracks_of(np.resize(BOXES, (people, 4))))


def test_the_converted_network_is_kept_and_needs_no_weights(folder, frame, estimator, monkeypatch):
    def refuse(*arguments):
        raise AssertionError("loaded again")

    monkeypatch.setattr("vitpose_live.models.checkpoint.Checkpoint.load", refuse)
    again = load_pose_estimator(str(folder), device="cpu", precision="fp32")
    expected = estimator.estimate(frame, tracks_of(BOXES))
    np.testing.assert_array_equal(again.estimate(frame, tracks_of(BOXES)).keypoints, expected.keypoints)


def test_other_weights_in_the_same_folder_are_noticed(tmp_path, frame):
    folder = save_vitpose(random_vitpose("vitpose-plus-small", 1, seed=1), tmp_path / "model")
    before = load_pose_estimator(str(folder)).estimate(frame, tracks_of(BOXES))
    save_vitpose(random_vitpose("vitpose-plus-small", 1, seed=2), folder)
    after = load_pose_estimator(str(folder)).estimate(frame, tracks_of(BOXES))
    assert not np.allclose(before.keypoints, after.keypoints, equal_nan=True)


@pytest.mark.parametrize(("name", "index", "expected"), [("vitpose-plus-small", 6, "0..5"), ("vitpose-base", 1, "0")])
def test_a_dataset_index_out_of_range_is_named(published, name, index, expected):
    with pytest.raises(SettingsError, match=f"dataset_index: expected {expected}, got {index}"):
        load_pose_estimator(str(published(name)), dataset_index=index)


def test_a_negative_dataset_index_is_no_index_from_the_end(published):
    with pytest.raises(SettingsError, match="got -1"):
        load_pose_estimator(str(published("vitpose-plus-small")), dataset_index=-1)


def test_another_architecture_is_refused_by_name(tmp_path, folder):
    config = json.loads((folder / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "model_type": "resnet"}))
    with pytest.raises(ModelError, match="is a resnet model") as caught:
        load_pose_estimator(str(tmp_path))
    assert "ViTPose" in caught.value.hint


def test_weights_of_another_shape_name_the_tensor(tmp_path):
    folder = save_vitpose(random_vitpose("vitpose-plus-small", 1), tmp_path / "model")
    vitpose_config("vitpose-base", 1).save_pretrained(folder)
    with pytest.raises(WeightsError, match=r"tensor \S+ is \("):
        load_pose_estimator(str(folder))


def test_missing_weights_are_not_made_up(tmp_path):
    folder = save_vitpose(random_vitpose("vitpose-plus-small", 1), tmp_path / "model")
    vitpose_config("vitpose-plus-small", 2).save_pretrained(folder)
    with pytest.raises(WeightsError, match=r"tensor backbone\.encoder\.layer\.1\.\S+ is missing, and \d+ more"):
        load_pose_estimator(str(folder))


def test_truncated_weights_are_found_before_use(tmp_path):
    folder = save_vitpose(random_vitpose("vitpose-plus-small", 1), tmp_path / "model")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(WeightsError, match="truncated"):
        load_pose_estimator(str(folder))


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_a_broken_configuration_is_named(tmp_path, text):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(WeightsError, match=r"config\.json"):
        load_pose_estimator(str(tmp_path))


def test_values_that_transformers_refuses_are_an_error_of_ours(tmp_path):
    folder = save_vitpose(random_vitpose("vitpose-plus-small", 1), tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    config["backbone_config"]["hidden_size"] = "wide"
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="cannot be used"):
        load_pose_estimator(str(folder))


def test_a_device_that_is_not_here_is_no_silent_fallback(folder):
    with pytest.raises(DeviceError, match="cuda:7 is not here"):
        load_pose_estimator(str(folder), device="cuda:7")


def test_nobody_is_nobody(estimator, frame):
    assert len(estimator.estimate(frame, Tracks.empty())) == 0


def test_unlabelled_checkpoints_answer_for_the_set_they_are_asked_for(tmp_path):
    config = vitpose_config("vitpose-plus-small", 1, tuple(f"LABEL_{index}" for index in range(16)))
    from transformers import VitPoseForPoseEstimation

    folder = save_vitpose(VitPoseForPoseEstimation(config).eval(), tmp_path / "model")
    assert load_pose_estimator(str(folder), dataset_index=2).skeleton.name == "mpii16"
    assert load_pose_estimator(str(folder), dataset_index=0).skeleton.keypoints[0] == "keypoint_0"


def test_own_labels_make_an_own_skeleton(tmp_path, frame):
    config = vitpose_config("vitpose-plus-small", 1, ("Snout", "L_Paw", "R_Paw", "Tail"))
    config.edges = [[0, 1], [0, 2]]
    from transformers import VitPoseForPoseEstimation

    folder = save_vitpose(VitPoseForPoseEstimation(config).eval(), tmp_path / "model")
    for _ in range(2):  # from the weights, then from the kept network
        skeleton = load_pose_estimator(str(folder)).skeleton
        assert skeleton.keypoints == ("snout", "left_paw", "right_paw", "tail")
        assert skeleton.edges == ((0, 1), (0, 2))
        assert skeleton.mirror_pairs == ((1, 2),)


def test_the_flip_test_needs_left_and_right(tmp_path):
    config = vitpose_config("vitpose-plus-small", 1, ("one", "two"))
    from transformers import VitPoseForPoseEstimation

    folder = save_vitpose(VitPoseForPoseEstimation(config).eval(), tmp_path / "model")
    with pytest.raises(SettingsError, match="flip_test"):
        load_pose_estimator(str(folder), flip_test=True)


def test_int8_stays_near_and_says_so(published, frame):
    pytest.importorskip("nncf", reason="int8 needs the package nncf")
    folder = str(published("vitpose-plus-small", layers=1))
    exact = load_pose_estimator(folder, device="cpu", precision="fp32").estimate(frame, tracks_of(BOXES[:2]))
    estimator = load_pose_estimator(folder, device="cpu", precision="int8")
    assert estimator.precision == "int8"
    away = np.linalg.norm(estimator.estimate(frame, tracks_of(BOXES[:2])).keypoints - exact.keypoints, axis=2)
    assert 0 < np.median(away) < 1


def test_int8_without_its_package_says_what_to_install(published, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "nncf", None)
    with pytest.raises(ModelError, match="nncf") as caught:
        load_pose_estimator(str(published("vitpose-plus-small")), device="cpu", precision="int8")
    assert "vitpose-live[int8]" in caught.value.hint


def test_an_expert_without_its_head_is_said(published):
    notices = load_pose_estimator(str(published("vitpose-plus-small")), dataset_index=2).notices
    assert any("coco17" in line and "mpii16" in line and "models convert" in line for line in notices)


def test_normalisation_that_is_switched_off_is_off(published, tmp_path, frame):
    """As in transformers: the same as pixels that were normalised with mean 0 and deviation 1."""
    folder = shutil.copytree(published("vitpose-base-simple"), tmp_path / "model")
    preprocessor = json.loads((folder / "preprocessor_config.json").read_text())
    (folder / "preprocessor_config.json").write_text(json.dumps({**preprocessor, "do_normalize": False}))
    poses = load_pose_estimator(str(folder), device="torch:cpu").estimate(frame, tracks_of(BOXES[:2]))
    _, scores = Reference(folder)(frame.image, BOXES[:2])
    np.testing.assert_allclose(poses.scores, np.clip(scores, 0, 1), atol=1e-3)


@pytest.mark.parametrize(
    "changes",
    [
        {"image_size": [256]}, {"patch_size": 0}, {"num_attention_heads": 0}, {"num_attention_heads": -12},
        {"hidden_size": 0}, {"num_hidden_layers": 10**7}, {"num_experts": 10**6}, {"model_type": "resnet"},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
def test_impossible_configurations_are_one_named_error(published, tmp_path, changes):
    folder = shutil.copytree(published("vitpose-base-simple"), tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    config["backbone_config"] |= changes
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError):
        load_pose_estimator(str(folder))
