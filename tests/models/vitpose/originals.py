"""Release files in the original naming with random numbers, and the original's formulas written down once more."""

import re
from collections import OrderedDict

import pytest
import torch
from torch.nn import functional
from transformers import VitPoseForPoseEstimation

from vitpose_live.errors import WeightsError
from vitpose_live.models.vitpose.original import convert_checkpoint

KEYPOINTS = {"coco": 17, "aic": 14, "mpii": 16, "ap10k": 17, "apt36k": 17, "wholebody": 133}
ROWS = tuple(KEYPOINTS.values())
SKELETONS = ["coco17", "aic14", "mpii16", "ap10k17", "apt36k17", "wholebody133"]
HEADS = ["keypoint_head", *(f"associate_keypoint_heads.{index}" for index in range(5))]
SHARED = 288
"""Rows of the second layer that all data sets of a small ViTPose+ share."""


# --- release files with random numbers ---


def release(*, depth=2, experts=6, shared=SHARED, rows=ROWS, simple=False, width=384, seed=0):
    """Return the tensors of a file with `experts` experts and a head for each of `rows`."""
    draw = torch.Generator().manual_seed(seed)
    tensors = OrderedDict()

    def layer(name, *shape, bias=True):
        tensors[f"{name}.weight"] = torch.randn(shape, generator=draw) / shape[-1] ** 0.5
        if bias:
            tensors[f"{name}.bias"] = torch.randn(shape[0], generator=draw) * 0.2

    def norm(name, size):
        tensors[f"{name}.weight"] = 1 + 0.3 * torch.randn(size, generator=draw)
        tensors[f"{name}.bias"] = 0.3 * torch.randn(size, generator=draw)

    tensors["backbone.pos_embed"] = torch.randn((1, 193, width), generator=draw) * 0.5
    layer("backbone.patch_embed.proj", width, 3, 16, 16)
    for block in (f"backbone.blocks.{index}" for index in range(depth)):
        norm(f"{block}.norm1", width)
        layer(f"{block}.attn.qkv", 3 * width, width)
        layer(f"{block}.attn.proj", width, width)
        norm(f"{block}.norm2", width)
        layer(f"{block}.mlp.fc1", 4 * width, width)
        layer(f"{block}.mlp.fc2", shared if experts else width, 4 * width)
        for expert in range(experts):
            layer(f"{block}.mlp.experts.{expert}", width - shared, 4 * width)
    norm("backbone.last_norm", width)
    for head, outputs in zip(HEADS, rows, strict=False):
        if simple:
            layer(f"{head}.final_layer", outputs, width, 3, 3)
            continue
        for place, inputs in ((0, width), (3, 256)):
            tensors[f"{head}.deconv_layers.{place}.weight"] = torch.randn((inputs, 256, 4, 4), generator=draw) * 0.02
            batch_norm = f"{head}.deconv_layers.{place + 1}"
            norm(batch_norm, 256)
            tensors[f"{batch_norm}.running_mean"] = 0.3 * torch.randn(256, generator=draw)
            tensors[f"{batch_norm}.running_var"] = 0.5 + torch.rand(256, generator=draw)
            tensors[f"{batch_norm}.num_batches_tracked"] = torch.tensor(1234)
        layer(f"{head}.final_layer", outputs, 256, 1, 1)
    return tensors


def split(tensors, dataset):
    """Do what the original's model_split.py does; for COCO it leaves the other heads and all experts there."""
    index = list(KEYPOINTS).index(dataset)
    alone = OrderedDict(tensors)
    for name in tensors:
        if ".mlp.fc2." in name:
            alone[name] = torch.cat([tensors[name], tensors[name.replace("fc2", f"experts.{index}")]])
    if index == 0:
        return alone
    for name in tensors:
        if name.startswith(HEADS[index]):
            alone[name.replace(HEADS[index], "keypoint_head")] = tensors[name]
        if "associate" in name or ".experts." in name:
            del alone[name]
    for kind in ("weight", "bias"):
        alone[f"keypoint_head.final_layer.{kind}"] = alone[f"keypoint_head.final_layer.{kind}"][: KEYPOINTS[dataset]]
    return alone


def save(path, tensors, **more):
    torch.save(
        {"meta": {"epoch": 210, "time": "today", "hook_msgs": {"best_score": 0.75}}, "state_dict": tensors, **more},
        path,
    )
    return path


# --- the original's formulas: vit_moe.py and topdown_heatmap_simple_head.py ---


def original_heatmaps(tensors, dataset, pictures):
    index = list(KEYPOINTS).index(dataset)
    embedding = tensors["backbone.pos_embed"]
    width = embedding.shape[2]
    heads = {384: 12, 768: 12, 1024: 16, 1280: 16}[width]

    def linear(x, name):
        return x @ tensors[f"{name}.weight"].T + tensors[f"{name}.bias"]

    def norm(x, name):
        centred = x - x.mean(-1, keepdim=True)
        scaled = centred / torch.sqrt((centred**2).mean(-1, keepdim=True) + 1e-6)
        return scaled * tensors[f"{name}.weight"] + tensors[f"{name}.bias"]

    patch = "backbone.patch_embed.proj"
    x = functional.conv2d(pictures, tensors[f"{patch}.weight"], tensors[f"{patch}.bias"], stride=16, padding=2)
    rows, columns = x.shape[2:]
    x = x.flatten(2).transpose(1, 2) + embedding[:, 1:] + embedding[:, :1]
    n, tokens, _ = x.shape
    depth = 1 + max(int(match[1]) for match in map(re.compile(r"backbone\.blocks\.(\d+)").match, tensors) if match)
    for block in (f"backbone.blocks.{number}" for number in range(depth)):
        qkv = linear(norm(x, f"{block}.norm1"), f"{block}.attn.qkv").reshape(n, tokens, 3, heads, width // heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        attention = (query @ key.transpose(-2, -1) * (width // heads) ** -0.5).softmax(-1)
        x = x + linear((attention @ value).transpose(1, 2).reshape(n, tokens, width), f"{block}.attn.proj")
        hidden = functional.gelu(linear(norm(x, f"{block}.norm2"), f"{block}.mlp.fc1"))
        out = linear(hidden, f"{block}.mlp.fc2")
        if f"{block}.mlp.experts.{index}.weight" in tensors:
            out = torch.cat([out, linear(hidden, f"{block}.mlp.experts.{index}")], dim=2)
        x = x + out
    x = norm(x, "backbone.last_norm").transpose(1, 2).reshape(n, width, rows, columns)
    head = HEADS[index] if f"{HEADS[index]}.final_layer.weight" in tensors else "keypoint_head"
    final = [tensors[f"{head}.final_layer.{kind}"][: KEYPOINTS[dataset]] for kind in ("weight", "bias")]
    if f"{head}.deconv_layers.0.weight" not in tensors:
        x = functional.interpolate(x.relu(), scale_factor=4, mode="bilinear", align_corners=False)
        return functional.conv2d(x, *final, padding=1)
    for place in (0, 3):
        x = functional.conv_transpose2d(x, tensors[f"{head}.deconv_layers.{place}.weight"], stride=2, padding=1)
        weight, bias, mean, variance = (
            tensors[f"{head}.deconv_layers.{place + 1}.{kind}"].view(1, -1, 1, 1)
            for kind in ("weight", "bias", "running_mean", "running_var")
        )
        x = ((x - mean) / torch.sqrt(variance + 1e-5) * weight + bias).relu()
    return functional.conv2d(x, *final)


PICTURES = torch.randn((2, 3, 256, 192), generator=torch.Generator().manual_seed(7))


@torch.inference_mode()
def assert_same_heatmaps(folder, tensors, dataset):
    network, report = VitPoseForPoseEstimation.from_pretrained(folder, output_loading_info=True)
    assert not any(report[kind] for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    expected = original_heatmaps(tensors, dataset, PICTURES)
    found = network.eval()(PICTURES).heatmaps
    assert found.shape == (2, KEYPOINTS[dataset], 64, 48)
    assert expected.abs().max() > 0.1
    assert (found - expected).abs().max() < 1e-4 * expected.abs().max()


def refused(path, out, *words, error=WeightsError, hint="", **options):
    """Assert that the file is refused in these words, and nothing is written."""
    before = sorted(out.parent.rglob("*"))
    with pytest.raises(error) as caught:
        convert_checkpoint(path, out, **options)
    for word in words:
        assert word in str(caught.value)
    assert caught.value.hint
    assert hint in caught.value.hint
    assert "\n" not in f"{caught.value}{caught.value.hint}"
    assert "weights_only" not in f"{caught.value}{caught.value.hint}"
    assert sorted(out.parent.rglob("*")) == before
