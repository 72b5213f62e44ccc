"""transformers' detectors as graphs that are fast to run.

Zhao et al., RT-DETR (CVPR 2024); Lv et al., RT-DETRv2 (2024); Peng et al., D-FINE (ICLR 2025). The numbers are the
module's own up to rounding: batch norm is folded into the convolution before it; the two branches of a RepVGG block
(Ding et al., CVPR 2021) are one convolution; boxes are only predicted for the queries that are chosen; the picture is
normalised inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.functional import pad
from torch.nn.utils.fusion import fuse_conv_bn_weights

_WITH_QUERY_SELECTION = {"rt_detr", "rt_detr_v2", "d_fine"}
_FROZEN_EPSILON = 1e-5
"""What transformers' frozen batch norms add to the variance, without saying so."""


def detector_graph(network: Any, size: tuple[int, int], scale: Sequence[float], shift: Sequence[float]) -> nn.Module:
    """Return a graph of pictures to answers.

    It takes (n, height, width, 3) uint8 RGB, and returns (n, queries, classes) logits and (n, queries, 4) boxes, centre
    x, centre y, width, height in units of the picture.

    Parameters
    ----------
    network
        One of transformers' object detection models, in eval mode; it is taken apart.
    size
        (height, width) of the pictures in pixels.
    scale, shift
        Of the normalisation, per channel: what a pixel of 0..255 is multiplied by, and what is added then.
    """
    fuse(network)
    pixels = _Pixels(scale, shift)
    config = network.config
    if config.model_type in _WITH_QUERY_SELECTION and not config.learn_initial_query:
        return QuerySelectionDetector(network, pixels, size)
    return _AnyDetector(network, pixels)


class QuerySelectionDetector(nn.Module):
    """RT-DETR, RT-DETRv2 or D-FINE for pictures of one size.

    Half weights do for `features`, nearly all of the work, but not for `answers`, which chooses queries and refines
    their boxes: a bf16 coordinate is good to two pixels only. On the CPU there is more: torch's `grid_sample` (2.13)
    reads beyond the memory of half tensors whose channels lie last; the NaN of a wholly converted network come from
    there.
    """

    def __init__(self, network: Any, pixels: nn.Module, size: tuple[int, int]) -> None:
        super().__init__()
        self.features = _Features(network.model, pixels)
        height, width = size
        with torch.no_grad():
            maps = self.features(torch.zeros(1, height, width, 3, dtype=torch.uint8))
        self.answers = _Answers(network.model, [(each.shape[2], each.shape[3]) for each in maps])

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return logits and boxes."""
        maps = self.features(pictures)
        answers: tuple[torch.Tensor, torch.Tensor] = self.answers(
            torch.cat([each.flatten(2).transpose(1, 2) for each in maps], dim=1)
        )
        return answers


class _AnyDetector(nn.Module):
    def __init__(self, network: Any, pixels: nn.Module) -> None:
        super().__init__()
        self.pixels, self.network = pixels, network

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        found = self.network(pixel_values=self.pixels(pictures))
        return found.logits, found.pred_boxes


class _Pixels(nn.Module):
    """Normalises pictures."""

    scale: torch.Tensor
    shift: torch.Tensor

    def __init__(self, scale: Sequence[float], shift: Sequence[float]) -> None:
        super().__init__()
        self.register_buffer("scale", torch.tensor(scale).view(1, 3, 1, 1))
        self.register_buffer("shift", torch.tensor(shift).view(1, 3, 1, 1))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return pictures.permute(0, 3, 1, 2).to(self.scale.dtype) * self.scale + self.shift


class _Features(nn.Module):
    """Pictures to feature maps of several scales."""

    def __init__(self, model: Any, pixels: nn.Module) -> None:
        super().__init__()
        self.pixels = pixels
        self.backbone = model.backbone.model
        self.into_encoder, self.encoder = model.encoder_input_proj, model.encoder
        self.into_decoder = model.decoder_input_proj

    def forward(self, pictures: torch.Tensor) -> list[torch.Tensor]:
        seen = self.backbone(self.pixels(pictures)).feature_maps
        mixed = self.encoder([project(each) for project, each in zip(self.into_encoder, seen, strict=True)])
        maps = mixed.last_hidden_state
        # scales beyond the encoder's are made of its last
        maps = [*maps, *[maps[-1]] * (len(self.into_decoder) - len(maps))]
        return [project(each) for project, each in zip(self.into_decoder, maps, strict=True)]


class _Answers(nn.Module):
    """Features to logits and boxes: chooses queries, and refines them in the decoder."""

    anchors: torch.Tensor
    usable: torch.Tensor

    def __init__(self, model: Any, shapes: list[tuple[int, int]]) -> None:
        super().__init__()
        self.shapes = shapes
        self.queries: int = model.config.num_queries
        self.prepare, self.score, self.place = model.enc_output, model.enc_score_head, model.enc_bbox_head
        self.decoder = model.decoder
        anchors, usable = model.generate_anchors(tuple(shapes), device=torch.device("cpu"), dtype=torch.float32)
        # a copy: transformers keeps and hands out the same tensor again
        self.register_buffer("anchors", anchors.clone())
        self.register_buffer("usable", usable.float())

    def forward(self, memory: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        memory = memory.to(self.anchors.dtype)
        candidates = self.prepare(memory * self.usable)
        best = self.score(candidates).amax(-1).topk(self.queries, dim=1).indices.unsqueeze(-1)
        chosen = candidates.gather(1, best.expand(-1, -1, candidates.shape[-1]))
        anchors = self.anchors.expand(len(memory), -1, -1).gather(1, best.expand(-1, -1, 4))
        decoded = self.decoder(
            inputs_embeds=chosen,
            encoder_hidden_states=memory,
            reference_points=self.place(chosen) + anchors,
            # on the host, because some of them are compared there
            spatial_shapes=torch.tensor(self.shapes),
            spatial_shapes_list=self.shapes,
            level_start_index=None,
        )
        return decoded.intermediate_logits[:, -1], decoded.intermediate_reference_points[:, -1]


def fuse(network: nn.Module) -> None:
    """Fold each batch norm of `network` into the convolution before it, and merge RepVGG blocks; changes `network`."""
    for module in network.modules():
        parts = dict(module.named_children())
        pairs = [("convolution", "normalization"), ("conv", "norm")]
        if isinstance(module, nn.Sequential):
            pairs = [("0", "1")]
        for convolution, norm in pairs:
            if isinstance(parts.get(convolution), nn.Conv2d) and hasattr(parts.get(norm), "running_var"):
                _fold(parts[convolution], parts[norm])
                setattr(module, norm, nn.Identity())
    for module in list(network.modules()):
        for name, block in module.named_children():
            if type(block).__name__.endswith("RepVggBlock"):
                setattr(module, name, _merged(block))


@torch.no_grad()
def _fold(convolution: Any, norm: Any) -> None:
    epsilon = getattr(norm, "eps", _FROZEN_EPSILON)
    convolution.weight, convolution.bias = fuse_conv_bn_weights(
        convolution.weight, convolution.bias, norm.running_mean, norm.running_var, epsilon, norm.weight, norm.bias
    )


@torch.no_grad()
def _merged(block: Any) -> nn.Module:
    """Return a RepVGG block, whose batch norms are folded, as one convolution."""
    wide, narrow = block.conv1.conv, block.conv2.conv
    wide.weight += pad(narrow.weight, (1, 1, 1, 1))
    wide.bias += narrow.bias
    return nn.Sequential(wide, block.activation)
