"""Published detectors with random weights, saved as checkpoints, and the model card's own recipe."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from transformers import (
    AutoModelForObjectDetection,
    DFineConfig,
    RTDetrConfig,
    RTDetrImageProcessorPil,
    RTDetrV2Config,
)

COCO = {0: "person", **{number: f"thing {number}" for number in range(1, 80)}}
_BASIC = {"layer_type": "basic", "hidden_sizes": [64, 128, 256, 512]}
_R18 = {"encoder_in_channels": [128, 256, 512], "hidden_expansion": 0.5, "decoder_layers": 3}
_STAGES = (
    "in_channels", "mid_channels", "out_channels", "num_blocks", "downsample", "light_block", "kernel_size",
    "numb_of_layers",
)  # fmt: skip
_RTDETR = {
    "rtdetr-r18": (RTDetrConfig, _R18, {**_BASIC, "depths": [2, 2, 2, 2]}),
    "rtdetr-r34": (RTDetrConfig, {**_R18, "decoder_layers": 4}, {**_BASIC, "depths": [3, 4, 6, 3]}),
    "rtdetr-r50": (RTDetrConfig, {}, {}),
    "rtdetr-v2-r18": (RTDetrV2Config, _R18, {**_BASIC, "depths": [2, 2, 2, 2]}),
    # the published one but for the depth of its third stage, 23
    "rtdetr-r101": (
        RTDetrConfig,
        {"encoder_ffn_dim": 2048, "encoder_hidden_dim": 384, "decoder_in_channels": [384] * 3},
        {"depths": [3, 4, 3, 3]},
    ),
}
_B0 = (
    [3, 16, 16], True,
    (16, 16, 64, 1, False, False, 3, 3), (64, 32, 256, 1, True, False, 3, 3),
    (256, 64, 512, 2, True, True, 5, 3), (512, 128, 1024, 1, True, True, 5, 3),
)  # fmt: skip
_B2 = (
    [3, 24, 32], True,
    (32, 32, 96, 1, False, False, 3, 4), (96, 64, 384, 1, True, False, 3, 4),
    (384, 128, 768, 3, True, True, 5, 4), (768, 256, 1536, 1, True, True, 5, 4),
)  # fmt: skip
_B4 = (
    [3, 32, 48], False,
    (48, 48, 128, 1, False, False, 3, 6), (128, 96, 512, 1, True, False, 3, 6),
    (512, 192, 1024, 3, True, True, 5, 6), (1024, 384, 2048, 1, True, True, 5, 6),
)  # fmt: skip
_POINTS = {"decoder_n_points": [3, 6, 3]}
_DFINE = {
    "dfine-nano": (
        _B0,
        {
            "decoder_layers": 3, "num_feature_levels": 2, "encoder_ffn_dim": 512, "encode_proj_layers": [1],
            "d_model": 128, "encoder_hidden_dim": 128, "decoder_ffn_dim": 512, "encoder_in_channels": [512, 1024],
            "decoder_n_points": [6, 6], "decoder_in_channels": [128, 128], "feat_strides": [16, 32],
            "depth_mult": 0.5, "hidden_expansion": 0.34,
        },
        {"out_indices": [3, 4]},
    ),
    "dfine-small": (
        _B0,
        {"decoder_layers": 3, "hidden_expansion": 0.5, "depth_mult": 0.34, "encoder_in_channels": [256, 512, 1024]},
        {},
    ),
    "dfine-medium": (
        _B2,
        {"decoder_layers": 4, "hidden_expansion": 1.0, "depth_mult": 0.67, "encoder_in_channels": [384, 768, 1536]},
        {},
    ),
    # the largest has the same parts, more of them
    "dfine-large": (_B4, {"encoder_in_channels": [512, 1024, 2048]}, {}),
}  # fmt: skip
NAMES = (*_RTDETR, *_DFINE)


def config(name: str, **changes):
    """Return the configuration of the published model `name`, with `changes`."""
    if name in _RTDETR:
        kind, values, backbone = _RTDETR[name]
    else:
        (stem, affine, *stages), values, backbone = _DFINE[name]
        kind, values = DFineConfig, _POINTS | values
        columns = zip(*stages, strict=True)
        backbone = {
            **{f"stage_{key}": list(column) for key, column in zip(_STAGES, columns, strict=True)},
            "layer_type": "basic", "hidden_sizes": [stage[2] for stage in stages], "embedding_size": stem[-1],
            "stem_channels": stem, "use_learnable_affine_block": affine, **backbone,
        }  # fmt: skip
    settings = kind().backbone_config
    for key, value in backbone.items():
        setattr(settings, key, value)
    return kind(backbone_config=settings, id2label=COCO, **values, **changes)


def random_detector(configuration, pixels: torch.Tensor, seed: int = 0):
    """Return a model whose answers to (1, 3, h, w) `pixels` differ from each other, as a trained one's do.

    Newly made ones answer nearly the same for every query, so that rounding decides which ones are chosen. Batch norm
    gets the statistics of what it sees, and what decides gets weights that matter.
    """
    torch.manual_seed(seed)
    model = AutoModelForObjectDetection.from_config(configuration).eval().requires_grad_(False)
    for name, parameter in model.named_parameters():
        if name.endswith("bias") or (parameter.ndim > 1 and ("class" in name or "score" in name)):
            parameter.normal_(0, 0.1)
        elif parameter.ndim > 1 and any(part in name for part in ("bbox", "sampling", "attention_weights", "reg_conf")):
            parameter.normal_(0, 0.03)
        elif parameter.ndim == 1:
            parameter.uniform_(0.8, 1.2)
    hooks = []
    for module in model.modules():
        if isinstance(getattr(module, "running_var", None), torch.Tensor):
            module.weight.uniform_(0.5, 1.5)
            module.bias.normal_(0, 0.1)
            hooks.append(module.register_forward_pre_hook(_take_statistics))
    logits = []
    last = model.model.decoder.class_embed[-1]
    hooks.append(last.register_forward_hook(lambda _, __, output: logits.append(output[0])))
    model(pixel_values=pixels)
    for hook in hooks:
        hook.remove()
    # with deviation 1.5, people at -1.5 so that some are above the threshold, the others below
    scale = 1.5 / logits[-1].std(0)
    last.bias.copy_((last.bias - logits[-1].mean(0)) * scale - 6)
    last.bias[0] += 4.5
    last.weight.mul_(scale[:, None])
    return model


def _take_statistics(module, inputs) -> None:
    module.running_mean.copy_(inputs[0].mean((0, 2, 3)))
    module.running_var.copy_(inputs[0].var((0, 2, 3)) + 0.1)


def save(model, folder: Path, processor=None) -> Path:
    """Write `model` to `folder` in the Hugging Face format, with the settings of `processor`."""
    model.save_pretrained(folder)
    (processor or RTDetrImageProcessorPil()).save_pretrained(folder)
    return folder


def recipe(model, processor, image: np.ndarray, conf: float = 0.3):
    """Return boxes and scores of people, strongest first, as the model card gets them."""
    inputs = processor(images=image, input_data_format="channels_last", return_tensors="pt")
    outputs = model(pixel_values=inputs["pixel_values"])
    (found,) = processor.post_process_object_detection(outputs, threshold=conf, target_sizes=[image.shape[:2]])
    person = np.array([model.config.id2label[label] == "person" for label in found["labels"].tolist()], bool)
    boxes, scores = found["boxes"].numpy()[person], found["scores"].numpy()[person]
    order = np.argsort(-scores, kind="stable")
    return boxes[order], scores[order]


def matched(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return (n,) how far each row of `first` is from the nearest of `second`: the largest difference in a row."""
    return np.abs(first[:, None] - second[None]).max(axis=2).min(axis=1)
