"""The published configurations with random weights: what benchmarks and tests use where nothing can be downloaded.

Speed does not depend on the weights' values; parity is a matter of arithmetic. Accuracy is not to be measured here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import (
    AutoModelForObjectDetection,
    DFineConfig,
    RTDetrConfig,
    RTDetrImageProcessorPil,
    RTDetrV2Config,
    VitPoseBackboneConfig,
    VitPoseConfig,
    VitPoseForPoseEstimation,
    VitPoseImageProcessorPil,
)

COCO_LABELS = (
    "Nose", "L_Eye", "R_Eye", "L_Ear", "R_Ear", "L_Shoulder", "R_Shoulder", "L_Elbow", "R_Elbow", "L_Wrist", "R_Wrist",
    "L_Hip", "R_Hip", "L_Knee", "R_Knee", "L_Ankle", "R_Ankle",
)  # fmt: skip
"""As the published configurations label them."""

_SIZES = {  # hidden size, layers, heads, part features of the experts
    "small": (384, 12, 12, 96),
    "base": (768, 12, 12, 192),
    "large": (1024, 24, 16, 256),
    "huge": (1280, 32, 16, 320),
}
POSE_MODELS = (
    "vitpose-base-simple", "vitpose-base", "vitpose-plus-small", "vitpose-plus-base", "vitpose-plus-large",
    "vitpose-plus-huge",
)  # fmt: skip

COCO_CLASSES = {0: "person", **{number: f"thing {number}" for number in range(1, 80)}}
"""What detectors can tell apart; only the first name matters here."""
_BASIC = {"layer_type": "basic", "hidden_sizes": [64, 128, 256, 512]}
_R18 = {"encoder_in_channels": [128, 256, 512], "hidden_expansion": 0.5, "decoder_layers": 3}
_STAGES = (
    "in_channels", "mid_channels", "out_channels", "num_blocks", "downsample", "light_block", "kernel_size",
    "numb_of_layers",
)  # fmt: skip
_Table = dict[str, tuple[Any, dict[str, Any], dict[str, Any]]]
"""By name: configuration class or stages of the backbone, values that are not the defaults, those of the backbone."""
_RTDETR: _Table = {
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
_B0: Any = (
    [3, 16, 16], True,
    (16, 16, 64, 1, False, False, 3, 3), (64, 32, 256, 1, True, False, 3, 3),
    (256, 64, 512, 2, True, True, 5, 3), (512, 128, 1024, 1, True, True, 5, 3),
)  # fmt: skip
_B2: Any = (
    [3, 24, 32], True,
    (32, 32, 96, 1, False, False, 3, 4), (96, 64, 384, 1, True, False, 3, 4),
    (384, 128, 768, 3, True, True, 5, 4), (768, 256, 1536, 1, True, True, 5, 4),
)  # fmt: skip
_B4: Any = (
    [3, 32, 48], False,
    (48, 48, 128, 1, False, False, 3, 6), (128, 96, 512, 1, True, False, 3, 6),
    (512, 192, 1024, 3, True, True, 5, 6), (1024, 384, 2048, 1, True, True, 5, 6),
)  # fmt: skip
_POINTS = {"decoder_n_points": [3, 6, 3]}
_DFINE: _Table = {
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
DETECTOR_MODELS = (*_RTDETR, *_DFINE)


def vitpose_config(name: str, layers: int | None = None, labels: tuple[str, ...] = COCO_LABELS) -> Any:
    """Return the configuration of the published model `name`, with fewer `layers` if given."""
    size = next(size for size in _SIZES if size in name)
    hidden, published_layers, heads, part = _SIZES[size]
    plus = "plus" in name
    depth = layers or published_layers
    backbone = VitPoseBackboneConfig(
        image_size=(256, 192),
        patch_size=(16, 16),
        hidden_size=hidden,
        num_hidden_layers=depth,
        num_attention_heads=heads,
        num_experts=6 if plus else 1,
        part_features=part if plus else 0,
        out_indices=[depth],
    )
    return VitPoseConfig(
        backbone_config=backbone,
        id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)},
        use_simple_decoder="simple" in name,
    )


def random_vitpose(name: str, layers: int | None = None, seed: int = 0) -> Any:
    """Return the published model `name` with random weights; batch norm has statistics that are not trivial."""
    torch.manual_seed(seed)
    model = VitPoseForPoseEstimation(vitpose_config(name, layers)).eval()
    _stir_batch_norm(model)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, torch.nn.Linear) and module.bias is not None:
                module.bias.normal_(0, 0.02)
        # strong enough that `peak` can tell one place from another
        model.backbone.embeddings.position_embeddings.normal_(0, 0.5)
    return model


def _stir_batch_norm(model: torch.nn.Module) -> None:
    with torch.no_grad():
        for module in model.modules():
            mean, variance = getattr(module, "running_mean", None), getattr(module, "running_var", None)
            if isinstance(mean, torch.Tensor) and isinstance(variance, torch.Tensor):
                mean.normal_(0, 0.1)
                variance.uniform_(0.8, 1.2)


def peak(model: Any, pictures: torch.Tensor, dataset_index: int = 0) -> None:
    """Set the head so that (n, 3, h, w) normalised `pictures` give one peak for each keypoint, at random places.

    Random weights give heatmaps of noise, where the smallest rounding moves the maximum; trained ones give a Gaussian
    of two cells, and so does a ridge regression from the backbone's tokens to each of the 4 x 4 cells of a token.
    """
    captured: list[torch.Tensor] = []
    handle = model.head.register_forward_pre_hook(lambda _, inputs: captured.append(inputs[0]))
    with torch.no_grad():
        if model.config.backbone_config.num_experts > 1:
            model(pictures, dataset_index=torch.full((len(pictures),), dataset_index))
        else:
            model(pictures)
    handle.remove()
    rows, columns = captured[0].shape[2:]
    k = model.config.num_labels
    generator = torch.Generator().manual_seed(1)
    x = 4 + (4 * columns - 8) * torch.rand(k, 1, 1, generator=generator)
    y = 4 + (4 * rows - 8) * torch.rand(k, 1, 1, generator=generator)
    grid_y, grid_x = torch.meshgrid(torch.arange(4 * rows), torch.arange(4 * columns), indexing="ij")
    target = torch.exp(-((grid_x - x) ** 2 + (grid_y - y) ** 2) / (2 * 2.0**2))
    head = model.head
    with torch.no_grad():
        head.conv.weight.zero_()
        head.conv.bias.zero_()
        if model.config.use_simple_decoder:
            features = head.upsampling(captured[0].relu())
            head.conv.weight[:, :, 1, 1] = _ridge(features, target).T
            return
        for norm in (head.batchnorm1, head.batchnorm2):
            for tensor, value in ((norm.weight, 1), (norm.bias, 0), (norm.running_mean, 0), (norm.running_var, 1)):
                tensor[: 4 * k] = value
        # the middle taps of a deconvolution of 4 x 4, stride 2, write the four cells of their input, and no others do
        cells = target.reshape(k, rows, 2, 2, columns, 2, 2)
        readout = _ridge(captured[0], cells.permute(3, 6, 0, 2, 5, 1, 4).flatten(0, 4)).reshape(-1, 2, 2, k, 2, 2)
        head.deconv1.weight[:, : 4 * k] = 0
        head.deconv1.weight[:, : 4 * k, 1:3, 1:3] = readout.flatten(1, 3)
        head.deconv2.weight[:, :k] = 0
        for row in range(2):
            for column in range(2):
                start = (2 * row + column) * k
                head.deconv2.weight[start : start + k, :k, 1 + row, 1 + column] = torch.eye(k)
        head.conv.weight[:, :k, 0, 0] = torch.eye(k)


def _ridge(features: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return the (c, m) weights that make (m, rows, columns) `targets` of each of (n, c, rows, columns) `features`."""
    n, c = features.shape[:2]
    matrix = features.flatten(2).transpose(1, 2).reshape(-1, c).double()
    wanted = targets.flatten(1).T.repeat(n, 1).double()
    gram = matrix.T @ matrix
    # without the ridge the weights would be so large that they magnify rounding as no trained layer does
    gram += torch.eye(c, dtype=torch.float64) * gram.diagonal().mean() * 1e-3
    weights: torch.Tensor = torch.linalg.solve(gram, matrix.T @ wanted).float()
    return weights


def save_vitpose(model: Any, folder: Path) -> Path:
    """Write `model` and the published processor's settings to `folder` in the Hugging Face format."""
    model.save_pretrained(folder)
    VitPoseImageProcessorPil().save_pretrained(folder)
    return folder


def detector_config(name: str) -> Any:
    """Return the configuration of the published detector `name`."""
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
    return kind(backbone_config=settings, id2label=COCO_CLASSES, **values)


def random_detector(configuration: Any, pixels: torch.Tensor, seed: int = 0) -> Any:
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


def _take_statistics(module: Any, inputs: tuple[torch.Tensor, ...]) -> None:
    module.running_mean.copy_(inputs[0].mean((0, 2, 3)))
    module.running_var.copy_(inputs[0].var((0, 2, 3)) + 0.1)


def save_detector(model: Any, folder: Path, processor: Any = None) -> Path:
    """Write `model` to `folder` in the Hugging Face format, with the settings of `processor` or the published one's."""
    model.save_pretrained(folder)
    (processor or RTDetrImageProcessorPil()).save_pretrained(folder)
    return folder


def noise_frame(width: int, height: int, seed: int = 0) -> NDArray[np.uint8]:
    """Return a (height, width, 3) uint8 picture with structure at every size."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3))
    for size in (2, 8, 32, 128):
        coarse = rng.random((height // size + 2, width // size + 2, 3))
        fine = np.repeat(np.repeat(coarse, size, 0), size, 1)[:height, :width]
        picture += fine
    return np.asarray(picture / picture.max() * 255, np.uint8)
