"""The rewritten graphs compute what transformers' modules compute."""

import copy

import numpy as np
import pytest
import torch
import transformers
from models.detr.reference import matched
from random_models import DETECTOR_MODELS, detector_config
from transformers import AutoModelForObjectDetection, ResNetConfig

from vitpose_live.models.detr.graph import detector_graph, fuse

SCALE, SHIFT = [1 / 255] * 3, [0.0] * 3


def stirred(configuration):
    """Return a new model with statistics that are not trivial."""
    torch.manual_seed(0)
    model = AutoModelForObjectDetection.from_config(configuration).eval().requires_grad_(False)
    for module in model.modules():
        if isinstance(getattr(module, "running_var", None), torch.Tensor):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
            module.weight.uniform_(0.5, 1.5)
            module.bias.normal_(0, 0.1)
        if type(module).__name__.endswith("LearnableAffineBlock"):
            module.scale.uniform_(0.8, 1.2)
            module.bias.normal_(0, 0.1)
    for name, parameter in model.named_parameters():
        if "class" in name or "bbox" in name:
            parameter.normal_(0, 0.3)
    return model


def encoded(model, pixels):
    seen = model.model.backbone.model(pixels).feature_maps
    projected = [project(each) for project, each in zip(model.model.encoder_input_proj, seen, strict=True)]
    return model.model.encoder(projected).last_hidden_state


@pytest.mark.parametrize("name", DETECTOR_MODELS)
def test_folding_leaves_the_features_as_they_are(name):
    model = stirred(detector_config(name))
    pixels = torch.rand(1, 3, 128, 128)
    before = [each.clone() for each in encoded(model, pixels)]
    fuse(model)
    for one, other in zip(before, encoded(model, pixels), strict=True):
        assert (one - other).norm() / one.norm() < 1e-5
    assert not any(hasattr(module, "running_var") for module in model.modules())
    assert not any(type(module).__name__.endswith("RepVggBlock") for module in model.modules())


@pytest.mark.parametrize("name", ["rtdetr-r18", "rtdetr-v2-r18", "dfine-nano"])
def test_answers_are_those_of_the_module(name, trained, pictures, pixels):
    model = trained(name)
    expected = model(pixel_values=pixels)
    logits, boxes = detector_graph(model, (320, 320), SCALE, SHIFT)(pictures)
    # equal scores may change places
    one = torch.cat([expected.pred_boxes, expected.logits], 2)[0].numpy()
    other = torch.cat([boxes, logits], 2)[0].numpy()
    assert np.ptp(one[:, 4]) > 3  # the queries do differ
    assert matched(one, other).max() < 2e-3
    assert matched(one[:, :4], other[:, :4]).max() < 1e-5


@pytest.mark.parametrize(("name", "size"), [("dfine-nano", (256, 416)), ("rtdetr-r18", (64, 640))])
def test_pictures_of_another_size_and_shape_are_answered_as_by_the_module(name, size, trained):
    model = trained(name)
    pictures = torch.randint(0, 256, (2, *size, 3), dtype=torch.uint8)
    expected = model(pixel_values=pictures.permute(0, 3, 1, 2) / 255)
    _, boxes = detector_graph(model, size, SCALE, SHIFT)(pictures)
    for row in range(2):
        # which of nearly equal candidates are the last to be chosen is left to rounding
        assert np.quantile(matched(expected.pred_boxes[row].numpy(), boxes[row].numpy()), 0.95) < 1e-5


def test_candidates_too_near_the_border_are_masked_as_by_the_module(trained):
    model = trained("rtdetr-r18")
    graph = detector_graph(model, (64, 640), SCALE, SHIFT)
    memory = torch.randn(1, len(graph.answers.usable[0]), 256)
    seen = []
    graph.answers.prepare.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    graph.answers(memory)
    masked = (seen[0] == 0).all(-1)
    # the first and last of 80 columns of eight rows; one column is less than a hundredth of the width
    assert masked.sum() == 2 * 8
    assert masked[0, 0]
    assert torch.equal(seen[0][~masked], memory[~masked])


def test_anchors_made_for_another_size_do_not_matter(trained, pictures):
    plain = trained("rtdetr-r18")
    fixed = copy.deepcopy(plain)
    fixed.config.anchor_image_size = [640, 640]
    one = detector_graph(plain, (320, 320), SCALE, SHIFT)(pictures)
    other = detector_graph(fixed, (320, 320), SCALE, SHIFT)(pictures)
    assert torch.equal(one[1], other[1])


def test_pixels_are_normalised_inside(trained, pictures, pixels):
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    model = trained("dfine-nano")
    expected = model(pixel_values=(pixels - mean.view(1, 3, 1, 1)) / std.view(1, 3, 1, 1)).pred_boxes[0].numpy()
    _, boxes = detector_graph(model, (320, 320), (1 / 255 / std).tolist(), (-mean / std).tolist())(pictures)
    assert np.quantile(matched(expected, boxes[0].numpy()), 0.95) < 1e-4


def _resnet(*stages):
    return ResNetConfig(
        embedding_size=8,
        hidden_sizes=[8, 16, 24, 32],
        depths=[1, 1, 1, 1],
        layer_type="basic",
        out_features=list(stages),
    )


_SMALL = {"encoder_layers": 1, "decoder_layers": 2, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32,
          "encoder_attention_heads": 2, "decoder_attention_heads": 2, "num_queries": 20}  # fmt: skip
OTHERS = {
    "DetrConfig": {"backbone_config": _resnet("stage4"), "d_model": 32, **_SMALL},
    "ConditionalDetrConfig": {"backbone_config": _resnet("stage4"), "d_model": 32, **_SMALL},
    "DabDetrConfig": {"backbone_config": _resnet("stage4"), "hidden_size": 32, **_SMALL},
    "DeformableDetrConfig": {"backbone_config": _resnet("stage2", "stage3", "stage4"), "d_model": 32, **_SMALL},
    "TableTransformerConfig": {"backbone_config": _resnet("stage4"), "d_model": 32, **_SMALL},
    "YolosConfig": {
        "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32,
        "image_size": [64, 96], "num_detection_tokens": 20,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_other_detectors_answer_as_their_modules(name):
    model = stirred(getattr(transformers, name)(**OTHERS[name]))
    pictures = torch.randint(0, 256, (1, 96, 128, 3), dtype=torch.uint8)
    expected = model(pixel_values=pictures.permute(0, 3, 1, 2) / 255)
    logits, boxes = detector_graph(model, (96, 128), SCALE, SHIFT)(pictures)
    assert expected.logits.std() > 0.01
    torch.testing.assert_close(logits, expected.logits, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(boxes, expected.pred_boxes, atol=1e-5, rtol=1e-5)
