"""The detector as the pipeline has it, held against the model card's recipe."""

import functools
import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
import transformers
from models.detr.reference import matched, recipe
from random_models import COCO_CLASSES
from transformers import AutoModelForObjectDetection, RTDetrImageProcessorPil, YolosConfig, YolosImageProcessorPil

from vitpose_live import Frame
from vitpose_live.errors import InvalidArrayError, ModelError, WeightsError
from vitpose_live.models.catalog import ModelKind, ModelRow
from vitpose_live.models.detr.detector import DetrDetector
from vitpose_live.models.device import parse_device, parse_precision


def row(folder, **options):
    return ModelRow(folder.name, ModelKind.DETECTOR, "detr", "unknown", "", folder=folder, options=options)


def load(folder, device="torch:cpu", precision="auto", conf=0.3, **options):
    return DetrDetector(row(folder, **options), parse_device(device), parse_precision(precision), conf=conf)


@pytest.fixture(scope="module")
def exact(saved):
    """Return a function: the detector of that name in full precision, loaded once."""
    return functools.cache(lambda name: load(saved(name)))


def clip(boxes, frame):
    return np.clip(boxes, 0, np.array([frame.width, frame.height] * 2, np.float32))


def reference(folder, frame, conf=0.3):
    """Return boxes and scores as the model card gets them from `folder`."""
    model = AutoModelForObjectDetection.from_pretrained(folder).eval()
    processor = RTDetrImageProcessorPil.from_pretrained(folder)
    return recipe(model, processor, frame.image, conf)


def agree(found, boxes, scores, frame):
    """Check that the people are the same to 0.1 px; those within rounding of the threshold may come or go."""
    sure = scores > 0.301
    assert sure.sum() >= 5
    expected = clip(boxes[sure], frame)
    assert matched(expected, found.boxes).max() < 0.1
    assert abs(len(found) - len(boxes)) <= np.count_nonzero(scores <= 0.301) + np.count_nonzero(found.scores <= 0.301)
    np.testing.assert_allclose(found.scores[: sure.sum()], scores[sure], atol=1e-3)


@pytest.mark.parametrize("name", ["rtdetr-r18", "rtdetr-v2-r18", "dfine-nano"])
def test_people_are_those_of_the_model_card_s_recipe(name, exact, saved, frame):
    folder, detector = saved(name), exact(name)
    assert (detector.name, detector.device, detector.precision) == (folder.name, "cpu", "fp32")
    agree(detector.detect(frame), *reference(folder, frame), frame)


@pytest.mark.parametrize("name", ["rtdetr-r18", "dfine-nano"])
def test_openvino_finds_the_same_people_and_remembers_the_network(name, saved, frame, monkeypatch):
    folder = saved(name)
    detector = load(folder, "cpu", "fp32")
    assert (detector.device, detector.precision) == ("openvino:CPU", "fp32")
    agree(detector.detect(frame), *reference(folder, frame), frame)

    monkeypatch.setattr(AutoModelForObjectDetection, "from_pretrained", None)
    again = load(folder, "cpu", "fp32")
    assert again.detect(frame).boxes.tobytes() == detector.detect(frame).boxes.tobytes()


@pytest.mark.parametrize("name", ["rtdetr-r18", "rtdetr-v2-r18", "dfine-nano"])
def test_half_precision_moves_people_by_little(name, exact, saved, frame):
    half = load(saved(name), precision="bf16")
    assert half.precision == "bf16"
    fine, rough = exact(name).detect(frame), half.detect(frame)
    assert len(fine) > 8
    # in pixels; a wholly converted network gives no number at all
    assert np.quantile(matched(fine.boxes[:8], rough.boxes), 0.8) < 0.5


def test_half_precision_of_other_models_is_left_to_autocast(yolos, mosaic):
    frame = Frame(mosaic(90, 160))
    exact, rough = load(yolos).detect(frame), load(yolos, precision="bf16").detect(frame)
    assert np.quantile(matched(exact.boxes[exact.scores > 0.5], rough.boxes), 0.8) < 2


def test_boxes_lie_in_the_picture_strongest_first_and_a_higher_threshold_only_removes_the_weaker(exact, saved, mosaic):
    detector, strict = exact("dfine-nano"), load(saved("dfine-nano"), conf=0.6)
    for height, width in [(1, 1), (1, 500), (700, 3), (123, 457)]:
        found = detector.detect(Frame(mosaic(height, width)))
        assert (found.boxes >= 0).all()
        assert (found.boxes <= [width, height] * 2).all()
        assert (found.boxes[:, 2:] > found.boxes[:, :2]).all()
        assert (np.diff(found.scores) <= 0).all()
        fewer = strict.detect(Frame(mosaic(height, width)))
        np.testing.assert_array_equal(fewer.boxes, found.boxes[found.scores > 0.6])


def test_threads_that_share_a_detector_get_each_their_own_answer(exact, mosaic):
    detector = exact("dfine-nano")
    frames = [Frame(mosaic(90, 160, seed % 2)) for seed in range(4)]
    alone = [detector.detect(frame).boxes for frame in frames]
    with ThreadPoolExecutor(4) as pool:
        together = [found.boxes for found in pool.map(detector.detect, frames)]
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


def test_another_input_size_is_taken_from_the_row(saved, frame):
    folder = saved("dfine-nano")
    model = AutoModelForObjectDetection.from_pretrained(folder).eval()
    boxes, scores = recipe(model, RTDetrImageProcessorPil(size={"height": 256, "width": 352}), frame.image)
    found = load(folder, input_size=(256, 352)).detect(frame)
    # chosen for 320 x 320: here many of the queries are nearly alike
    near = matched(clip(boxes[scores > 0.301], frame), found.boxes)
    assert np.quantile(near, 0.9) < 0.1
    with pytest.raises(ModelError, match="input size 100 x 100"):
        load(folder, input_size=(100, 100))


@pytest.fixture(scope="module")
def yolos(tmp_path_factory):
    """A small model that keeps the aspect of its pictures."""
    transformers.set_seed(0)
    config = YolosConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32, image_size=[64, 96],
        num_detection_tokens=30, id2label={0: "N/A", 1: "person"},
    )  # fmt: skip
    model = AutoModelForObjectDetection.from_config(config).eval().requires_grad_(False)
    for name, parameter in model.named_parameters():
        if parameter.ndim > 1:
            parameter.normal_(0, 1 if "tokens" in name else 0.1)
    # half of the answers are people, the rest nothing
    classes, logits = model.class_labels_classifier.layers[-1], model(pixel_values=torch.rand(1, 3, 64, 112)).logits
    scale = 2 / logits[0, :, 1].std()
    classes.weight[1] *= scale
    classes.bias[1] = (classes.bias[1] - logits[0, :, 1].mean()) * scale
    classes.weight[[0, 2]] = 0
    classes.bias[[0, 2]] = torch.tensor([-9.0, 0.0])
    folder = tmp_path_factory.mktemp("yolos")
    model.save_pretrained(folder)
    YolosImageProcessorPil(size={"shortest_edge": 64, "longest_edge": 112}).save_pretrained(folder)
    return folder


def test_a_model_that_keeps_the_aspect_has_a_network_for_each_of_the_last_sizes(yolos, mosaic):
    detector = load(yolos)
    model = AutoModelForObjectDetection.from_pretrained(yolos).eval()
    processor = YolosImageProcessorPil.from_pretrained(yolos)
    for height, width in [(90, 160), (160, 90), (64, 64), (100, 130), (130, 100), (90, 160), (100, 100)]:
        frame = Frame(mosaic(height, width))
        boxes, scores = recipe(model, processor, frame.image)
        found = detector.detect(frame)
        boxes = clip(boxes, frame)
        whole = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
        assert whole.sum() > 0
        np.testing.assert_allclose(found.boxes, boxes[whole], atol=0.01)
        np.testing.assert_allclose(found.scores, scores[whole], atol=1e-5)
    assert len(detector._networks.part._by_size) <= 4


def changed(folder, target, **config):
    shutil.copytree(folder, target)
    path = target / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **config}), "utf-8")
    return target


def test_people_are_the_class_of_that_name_wherever_it_is(saved, frame, tmp_path):
    labels = {str(number): label for number, label in COCO_CLASSES.items()} | {"0": "dog", "7": "person"}
    folder = changed(saved("dfine-nano"), tmp_path / "moved", id2label=labels)
    boxes, scores = reference(folder, frame, conf=0.01)
    found = load(folder, conf=0.01).detect(frame)
    sure = scores > 0.0101
    assert 0 < sure.sum() < 60
    assert matched(clip(boxes[sure], frame), found.boxes).max() < 0.1


def test_a_model_without_people_is_refused_before_its_weights_are_read(saved, tmp_path):
    folder = changed(saved("dfine-nano"), tmp_path / "cats", id2label={"0": "cat", "1": "sofa"})
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="cats does not detect people: its classes are cat, sofa"):
        load(folder)


def test_a_pose_model_is_refused_with_what_is_supported(saved, tmp_path):
    folder = changed(saved("dfine-nano"), tmp_path / "pose", model_type="vitpose")
    (folder / "preprocessor_config.json").unlink()
    with pytest.raises(ModelError, match="pose is a vitpose model") as caught:
        load(folder)
    assert "rt_detr" in caught.value.hint


def test_a_configuration_that_does_not_fit_the_weights_names_the_tensor(saved, tmp_path):
    folder = changed(saved("dfine-nano"), tmp_path / "other", decoder_ffn_dim=256)
    with pytest.raises(WeightsError, match=r"tensor model\.decoder\.layers\.0"):
        load(folder)


def test_a_package_that_is_not_installed_is_named(saved, tmp_path, monkeypatch):
    def needs_timm(*_, **__):
        raise ImportError("\nTimmBackbone requires the timm library but it was not found.")

    monkeypatch.setattr(AutoModelForObjectDetection, "from_pretrained", needs_timm)
    with pytest.raises(ModelError, match="needs a package that is not installed: TimmBackbone requires the timm"):
        load(saved("dfine-nano"))


def test_what_was_said_of_the_choice_is_passed_on(saved):
    device, precision = parse_device("torch:cpu"), parse_precision("auto")
    detector = DetrDetector(row(saved("dfine-nano")), device, precision, conf=0.3, notices=("chosen",))
    assert detector.notices == ("chosen",)


def test_the_bare_array_is_refused(exact, frame):
    with pytest.raises(InvalidArrayError, match="Frame"):
        exact("dfine-nano").detect(frame.image)
