"""ViTPose as a plain graph, built from transformers' module so that every checkpoint works.

Xu et al., ViTPose (NeurIPS 2022) and ViTPose++ (TPAMI 2023). The numbers are the module's own up to rounding: of the
experts only the chosen one is left, joined to the shared part; query, key and value are one multiplication; the
position embeddings are added up; batch norm is folded into the deconvolutions; the picture is normalised inside.

In half precision the residual stream, the norms, the first and the last convolution stay in fp32 (`precise`): they cost
next to nothing there, and rounding them is most of what moves a keypoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional


class PlainViTPose(nn.Module):
    """Pictures of people to heatmaps.

    Parameters
    ----------
    source
        transformers' ``VitPoseForPoseEstimation`` in eval mode; its weights are shared where they are not changed.
    dataset_index
        The expert to keep; ignored by a model without experts.
    scale, shift
        Of the normalisation, per channel: what a pixel of 0..255 is multiplied by, and what is added then.
    mirror_order
        Keypoint order in a mirrored picture; given, the heatmaps are averaged with what the mirrored picture gives,
        as the paper's evaluation does (flip test, without a shift).
    """

    positions: torch.Tensor
    scale: torch.Tensor
    shift: torch.Tensor
    mirror_order: torch.Tensor | None

    def __init__(
        self,
        source: Any,
        dataset_index: int,
        scale: Sequence[float],
        shift: Sequence[float],
        mirror_order: list[int] | None = None,
    ) -> None:
        super().__init__()
        backbone = source.backbone
        embeddings = backbone.embeddings
        self.patches = embeddings.patch_embeddings.projection
        positions = embeddings.position_embeddings
        self.register_buffer("positions", (positions[:, 1:] + positions[:, :1]).detach())
        self.blocks = nn.ModuleList([_Block(layer, dataset_index) for layer in backbone.encoder.layer])
        self.norm = backbone.layernorm
        self.upsample, self.last = _head(source.head)
        self.input_size = height, width = _pair(source.config.backbone_config.image_size)
        patch_height, patch_width = _pair(source.config.backbone_config.patch_size)
        self.grid = (height // patch_height, width // patch_width)
        self.register_buffer("scale", torch.tensor(scale).view(1, 3, 1, 1))
        self.register_buffer("shift", torch.tensor(shift).view(1, 3, 1, 1))
        order = None if mirror_order is None else torch.tensor(mirror_order)
        self.register_buffer("mirror_order", order)

    def precise(self) -> set[nn.Module]:
        """Return the modules that compute in fp32 even where the others do not."""
        norms = {module for module in self.modules() if isinstance(module, nn.LayerNorm)}
        return {self, self.patches, self.last, *norms}

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor]:
        """Return ((n, k, rows, columns) heatmaps,) of (n, height, width, 3) uint8 RGB `pictures`."""
        pixels = pictures.permute(0, 3, 1, 2).float() * self.scale + self.shift
        if self.mirror_order is None:
            return (self._heatmaps(pixels),)
        plain, mirrored = self._heatmaps(torch.cat([pixels, pixels.flip(3)])).chunk(2)
        return ((plain + mirrored.flip(3)[:, self.mirror_order]) * 0.5,)

    def _heatmaps(self, pixels: torch.Tensor) -> torch.Tensor:
        tokens = self.patches(pixels).flatten(2).transpose(1, 2) + self.positions
        for block in self.blocks:
            tokens = block(tokens)
        features = self.norm(tokens).to(next(self.upsample.parameters(), self.scale).dtype).transpose(1, 2)
        heatmaps: torch.Tensor = self.last(self.upsample(features.unflatten(2, self.grid)).float())
        return heatmaps


class _Block(nn.Module):
    """One transformer layer, normalised before each half."""

    def __init__(self, layer: Any, dataset_index: int) -> None:
        super().__init__()
        self.before, self.after = layer.layernorm_before, layer.layernorm_after
        self.attention = _Attention(layer.attention)
        mlp = layer.mlp
        self.widen = mlp.fc1
        self.activation = mlp.act if hasattr(mlp, "experts") else mlp.activation
        self.narrow = _stacked(mlp.fc2, mlp.experts[dataset_index]) if hasattr(mlp, "experts") else mlp.fc2

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        dtype = self.widen.weight.dtype
        tokens = tokens + self.attention(self.before(tokens).to(dtype))
        changed: torch.Tensor = self.narrow(self.activation(self.widen(self.after(tokens).to(dtype))))
        return tokens + changed


class _Attention(nn.Module):
    def __init__(self, attention: Any) -> None:
        super().__init__()
        parts = attention.attention
        self.heads, self.width = parts.num_attention_heads, parts.attention_head_size
        self.query_key_value = _stacked(parts.query, parts.key, parts.value)
        self.project = attention.output.dense

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        stacked = self.query_key_value(tokens).unflatten(2, (3, self.heads, self.width))
        query, key, value = stacked.permute(2, 0, 3, 1, 4).unbind(0)
        mixed = functional.scaled_dot_product_attention(query, key, value)
        projected: torch.Tensor = self.project(mixed.transpose(1, 2).flatten(2))
        return projected


def _stacked(*layers: nn.Linear) -> nn.Linear:
    """Return one layer that gives the outputs of `layers` one after the other."""
    rows = sum(layer.out_features for layer in layers)
    has_bias = layers[0].bias is not None
    stacked = nn.Linear(layers[0].in_features, rows, bias=has_bias, device="meta")
    stacked.weight = nn.Parameter(torch.cat([layer.weight for layer in layers]), requires_grad=False)
    if has_bias:
        stacked.bias = nn.Parameter(torch.cat([layer.bias for layer in layers]), requires_grad=False)
    return stacked


def _head(head: Any) -> tuple[nn.Module, nn.Module]:
    """Return what makes the features larger, and the convolution that makes heatmaps of them."""
    if not hasattr(head, "deconv1"):
        return nn.Sequential(head.activation, head.upsampling), head.conv
    first, second = _folded(head.deconv1, head.batchnorm1), _folded(head.deconv2, head.batchnorm2)
    return nn.Sequential(first, nn.ReLU(), second, nn.ReLU()), head.conv


def _folded(deconvolution: Any, norm: Any) -> nn.ConvTranspose2d:
    """Return the deconvolution with the batch norm behind it folded in."""
    factor = norm.weight * (norm.running_var + norm.eps).rsqrt()
    folded = nn.ConvTranspose2d(
        deconvolution.in_channels,
        deconvolution.out_channels,
        deconvolution.kernel_size,
        deconvolution.stride,
        deconvolution.padding,
        device="meta",
    )
    folded.weight = nn.Parameter(deconvolution.weight * factor.view(1, -1, 1, 1), requires_grad=False)
    folded.bias = nn.Parameter(norm.bias - norm.running_mean * factor, requires_grad=False)
    return folded


def _pair(size: Any) -> tuple[int, int]:
    height, width = (size, size) if isinstance(size, int) else size
    return int(height), int(width)
