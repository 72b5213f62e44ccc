"""What an original ViTPose or ViTPose+ file holds, and where each tensor of transformers' ViTPose comes from.

Xu et al., ViTPose (2022), arXiv 2204.12484, and ViTPose++ (2023), arXiv 2212.04246; the layout is that of ``vit.py``,
``vit_moe.py``, ``topdown_heatmap_simple_head.py`` and ``model_split.py`` in
https://github.com/ViTAE-Transformer/ViTPose.

A ViTPose+ file holds the networks of several data sets. They share all but the head and, in every block, the last rows
of one linear layer, the data set's "expert". With its expert's rows below the shared ones, the network of one data set
is an ordinary ViTPose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from vitpose_live.data import load_skeleton

DATASETS: Mapping[str, str] = MappingProxyType(
    {
        "coco": "coco17",
        "aic": "aic14",
        "mpii": "mpii16",
        "ap10k": "ap10k17",
        "apt36k": "apt36k17",
        "wholebody": "wholebody133",
    }
)
"""Data set to the skeleton of its keypoints, in the order of the experts."""

SKELETON_KEY = "vitpose_live_skeleton"
"""The key of a converted checkpoint's ``config.json`` that names the skeleton of its keypoints."""

ATTENTION_HEADS: Mapping[int, int] = MappingProxyType({384: 12, 768: 12, 1024: 16, 1280: 16})
"""Width of a block to its attention heads, which no tensor tells: small, base, large and huge."""

TOKENS = 1 + 16 * 12
"""One for all patches, added to each of them, and one for each patch of 256 x 192 pixels."""
_FILTERS = 256


@dataclass(frozen=True, slots=True)
class Size:
    """The sizes of a backbone.

    Parameters
    ----------
    width
        Numbers per token.
    depth
        Number of blocks.
    expert_rows
        Rows that an expert adds below the shared ones; 0 where the layer is whole.
    """

    width: int
    depth: int
    expert_rows: int


@dataclass(frozen=True, slots=True)
class Head:
    """The part of a file that belongs to one data set.

    Parameters
    ----------
    dataset
        One of `DATASETS`.
    prefix
        What its tensors' names begin with.
    expert
        Which expert belongs to it; None where the layer is whole.
    simple
        One convolution after a bilinear enlargement, instead of two deconvolutions before one.
    rows
        Heatmaps it makes; the first are the data set's keypoints.
    """

    dataset: str
    prefix: str
    expert: int | None
    simple: bool
    rows: int

    @property
    def keypoints(self) -> int:
        """Number of keypoints of its data set."""
        return len(load_skeleton(DATASETS[self.dataset]))


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows `first` to `last` of a tensor in the file, which has `shape` there."""

    source: str
    shape: tuple[int, ...]
    first: int = 0
    last: int | None = None


Recipe = dict[str, tuple[Piece, ...]]
"""Name of a tensor in transformers to the pieces that make it, one below the other."""


def recipe(size: Size, head: Head) -> Recipe:
    """Return where the tensors of the network that ends in `head` come from."""
    width = size.width
    made: Recipe = {
        "backbone.embeddings.position_embeddings": (Piece("backbone.pos_embed", (1, TOKENS, width)),),
        **_layer(
            "backbone.embeddings.patch_embeddings.projection", Piece("backbone.patch_embed.proj", (width, 3, 16, 16))
        ),
        **_layer("backbone.layernorm", Piece("backbone.last_norm", (width,))),
    }
    for index in range(size.depth):
        made |= _block(index, size, head.expert)
    return made | (_simple_head(size, head) if head.simple else _classic_head(size, head))


def _block(index: int, size: Size, expert: int | None) -> Recipe:
    source, target, width = f"backbone.blocks.{index}.", f"backbone.encoder.layer.{index}.", size.width
    made: Recipe = {}
    for place, name in enumerate(("query", "key", "value")):
        rows = Piece(f"{source}attn.qkv", (3 * width, width), place * width, (place + 1) * width)
        made |= _layer(f"{target}attention.attention.{name}", rows)
    second = [Piece(f"{source}mlp.fc2", (width - size.expert_rows, 4 * width))]
    if expert is not None:
        second.append(Piece(f"{source}mlp.experts.{expert}", (size.expert_rows, 4 * width)))
    return (
        made
        | _layer(f"{target}attention.output.dense", Piece(f"{source}attn.proj", (width, width)))
        | _layer(f"{target}layernorm_before", Piece(f"{source}norm1", (width,)))
        | _layer(f"{target}layernorm_after", Piece(f"{source}norm2", (width,)))
        | _layer(f"{target}mlp.fc1", Piece(f"{source}mlp.fc1", (4 * width, width)))
        | _layer(f"{target}mlp.fc2", *second)
    )


def _simple_head(size: Size, head: Head) -> Recipe:
    final = Piece(f"{head.prefix}.final_layer", (head.rows, size.width, 3, 3), last=head.keypoints)
    return _layer("head.conv", final)


def _classic_head(size: Size, head: Head) -> Recipe:
    layers = f"{head.prefix}.deconv_layers"
    norm = ("weight", "bias", "running_mean", "running_var")
    final = Piece(f"{head.prefix}.final_layer", (head.rows, _FILTERS, 1, 1), last=head.keypoints)
    return (
        _layer("head.deconv1", Piece(f"{layers}.0", (size.width, _FILTERS, 4, 4)), kinds=("weight",))
        | _layer("head.batchnorm1", Piece(f"{layers}.1", (_FILTERS,)), kinds=norm)
        | _layer("head.deconv2", Piece(f"{layers}.3", (_FILTERS, _FILTERS, 4, 4)), kinds=("weight",))
        | _layer("head.batchnorm2", Piece(f"{layers}.4", (_FILTERS,)), kinds=norm)
        | _layer("head.conv", final)
    )


def _layer(target: str, *pieces: Piece, kinds: tuple[str, ...] = ("weight", "bias")) -> Recipe:
    """Return the tensors of one layer; `pieces` name its parts in the file and have the shapes of their weights."""
    return {
        f"{target}.{kind}": tuple(
            replace(piece, source=f"{piece.source}.{kind}", shape=piece.shape if kind == "weight" else piece.shape[:1])
            for piece in pieces
        )
        for kind in kinds
    }
