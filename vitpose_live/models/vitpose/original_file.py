"""An original ViTPose file's tensors: which networks they are, and whether they are all there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import NoReturn

import torch
from torch import Tensor

from vitpose_live.data import load_skeleton
from vitpose_live.errors import WeightsError
from vitpose_live.models.vitpose.original_layout import ATTENTION_HEADS, DATASETS, TOKENS, Head, Size, recipe
from vitpose_live.registry import unknown_name

_LISTED = 3
"""Complaints of a kind in one error."""

# of no use to the networks converted: heads and experts of other data sets, and a token that the original never reads
_IDLE = re.compile(
    r"(keypoint_head|associate_keypoint_heads\.[0-4])\..+"
    r"|backbone\.blocks\.\d+\.mlp\.experts\.[0-5]\.(weight|bias)|backbone\.cls_token"
)


class OriginalFile:
    """The networks in an original file, checked: every tensor they need is there and has its shape.

    Parameters
    ----------
    name
        The file's name; one such as ``apt36k.pth`` tells a head of 17 keypoints from COCO's.
    tensors
        The file's ``state_dict``.
    dataset
        Take this data set's network only; where the file has only one, this says which it is.

    Raises
    ------
    UnknownNameError
        When `dataset` is none of `DATASETS`.
    WeightsError
        When this is no original ViTPose file, or a tensor is missing, has another shape or is not known; the first few
        are named, with the shape expected and found.
    """

    def __init__(self, name: str, tensors: Mapping[str, object], dataset: str | None = None) -> None:
        if dataset is not None and dataset not in DATASETS:
            raise unknown_name("data set", dataset, DATASETS)
        self.name = name
        self._tensors = tensors
        self.size = self._find_size()
        self.heads = self._find_heads(dataset)
        self._recipes = {head.dataset: recipe(self.size, head) for head in self.heads}
        self._check()

    def network(self, head: Head) -> dict[str, Tensor]:
        """Return the tensors of the network that ends in `head`, fp32, named as in transformers.

        They share the file's memory where they can.
        """
        network: dict[str, Tensor] = {}
        for target, pieces in self._recipes[head.dataset].items():
            parts = [self._tensor(piece.source)[piece.first : piece.last].to(torch.float32) for piece in pieces]
            network[target] = parts[0].contiguous() if len(parts) == 1 else torch.cat(parts)
        if not head.simple:
            # a counter of training steps that transformers expects to find and inference never reads
            for number in (1, 2):
                network[f"head.batchnorm{number}.num_batches_tracked"] = torch.zeros((), dtype=torch.int64)
        return network

    def _tensor(self, name: str) -> Tensor:
        tensor = self._tensors[name]
        assert isinstance(tensor, Tensor)
        return tensor.detach()

    def _shape(self, name: str) -> tuple[int, ...]:
        value = self._tensors.get(name)
        return tuple(value.shape) if isinstance(value, Tensor) else ()

    def _find_size(self) -> Size:
        position = "backbone.pos_embed"
        if position not in self._tensors:
            self._refuse(f"there is no tensor {position}", self._not_original())
        width = (0, *self._shape(position))[-1]
        if width not in ATTENTION_HEADS:
            widths = ", ".join(map(str, ATTENTION_HEADS))
            self._refuse(
                f"tensor {position}: expected (1, {TOKENS}, N) with N of {widths}, found {self._shape(position)}",
                "only the published sizes are known: small, base, large, huge",
            )
        whole = self._shape("backbone.blocks.0.mlp.fc2.weight")[:1] == (width,)
        experts = [] if whole else self._numbered(r"(backbone\.blocks\.\d+\.mlp\.experts\.\d+\.weight)")
        expert_rows = next((shape[0] for shape in map(self._shape, experts) if shape), 0)
        blocks = set(self._numbered(r"backbone\.blocks\.(\d+)\..*"))
        return Size(width, max(1, len(blocks)), expert_rows)

    def _numbered(self, pattern: str) -> list[str]:
        """Return the group of `pattern` in the names that have it."""
        return [match[1] for match in map(re.compile(pattern).fullmatch, self._tensors) if match]

    def _not_original(self) -> str:
        if any(name.startswith("backbone.embeddings.") for name in self._tensors):
            return "it is in the Hugging Face format already: use its folder as it is"
        return "expected a release file of https://github.com/ViTAE-Transformer/ViTPose"

    def _find_heads(self, dataset: str | None) -> tuple[Head, ...]:
        others = {int(index) for index in self._numbered(r"associate_keypoint_heads\.([0-4])\..*")}
        has_experts = bool(self._numbered(r".*\.mlp\.(experts)\..*"))
        # model_split.py leaves the experts and heads of the others in coco.pth, whose layers are COCO's already
        if not self.size.expert_rows and (has_experts or not others):
            alone = self._head(dataset or self._guessed(), "keypoint_head", None)
            return (replace(alone, rows=alone.keypoints),)
        prefixes = {0: "keypoint_head"} | {index + 1: f"associate_keypoint_heads.{index}" for index in sorted(others)}
        names = list(DATASETS)
        heads = [
            self._head(names[index], prefix, index if self.size.expert_rows else None)
            for index, prefix in prefixes.items()
        ]
        chosen = tuple(head for head in heads if dataset in (None, head.dataset))
        if not chosen:
            self._refuse(f"it has no head for {dataset}", f"it has {', '.join(head.dataset for head in heads)}")
        return chosen

    def _head(self, dataset: str, prefix: str, expert: int | None) -> Head:
        final = self._shape(f"{prefix}.final_layer.weight")
        # it may make more heatmaps than its data set has keypoints
        rows = max((len(load_skeleton(DATASETS[dataset])), *final[:1]))
        return Head(dataset, prefix, expert, final[2:] == (3, 3), rows)

    def _guessed(self) -> str:
        """Return the data set of the only head, from its number of keypoints and the file's name."""
        tensor = "keypoint_head.final_layer.weight"
        sizes = {dataset: len(load_skeleton(skeleton)) for dataset, skeleton in DATASETS.items()}
        if tensor not in self._tensors:
            return "coco"  # the check names the tensor
        rows = (0, *self._shape(tensor)[:1])[-1]
        fitting = [dataset for dataset, size in sizes.items() if size == rows]
        if not fitting:
            known = ", ".join(f"{dataset} {size}" for dataset, size in sizes.items())
            self._refuse(f"tensor {tensor}: {rows} keypoints, as no known data set has", f"known: {known}")
        words = set(re.split(r"[^a-z0-9]+", self.name.lower()))
        named = [dataset for dataset in DATASETS if dataset in words]
        if len(fitting) > 1 and len(named) == 1:
            if named[0] not in fitting:
                self._refuse(
                    f"its head has {rows} keypoints, {named[0]} has {sizes[named[0]]}",
                    f"say which data set it is: {', '.join(fitting)}",
                )
            return named[0]
        return fitting[0]

    def _check(self) -> None:
        expected = {
            piece.source: piece.shape for made in self._recipes.values() for pieces in made.values() for piece in pieces
        }
        counters = {
            f"{head.prefix}.deconv_layers.{layer}.num_batches_tracked" for head in self.heads for layer in (1, 4)
        }
        converted = tuple(f"{head.prefix}." for head in self.heads)
        wrong = [
            f"tensor {name} {complaint}"
            for name, shape in expected.items()
            if (complaint := _complaint(self._tensors.get(name), shape))
        ]
        unknown = [
            f"tensor {name} is not known"
            for name in self._tensors
            if name not in expected
            and name not in counters
            and (name.startswith(converted) or not _IDLE.fullmatch(name))
        ]
        if wrong or unknown:
            alone = ", or convert one data set alone" if len(self.heads) > 1 else ""
            self._refuse("; ".join([*_first_few(wrong), *_first_few(unknown)]), f"{self._not_original()}{alone}")

    def _refuse(self, complaint: str, hint: str) -> NoReturn:
        raise WeightsError(f"{self.name} does not fit ViTPose: {complaint}", hint=hint)


def _first_few(complaints: list[str]) -> list[str]:
    more = len(complaints) - _LISTED
    return complaints[:_LISTED] + ([f"and {more} more"] if more > 0 else [])


def _complaint(value: object, shape: tuple[int, ...]) -> str:
    if value is None:
        return "is missing"
    if not isinstance(value, Tensor):
        return f"is no tensor but {type(value).__name__}"
    if tuple(value.shape) != shape:
        return f"expected {shape}, found {tuple(value.shape)}"
    if not value.is_floating_point() or value.layout is not torch.strided:
        return f"expected floating point numbers, found {value.dtype}".replace("torch.", "")
    return ""
