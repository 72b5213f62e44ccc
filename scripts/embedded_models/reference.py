"""Run a TF.js graph operation by operation in torch: the slow, plain reading the conversion is checked against.

Shares nothing with the translation but the reader: channels last throughout, sizes as the graph states them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from embedded_models.tfjs import Array, GraphModel, Node


def run(graph: GraphModel, entry: str, picture: Array, outputs: list[str]) -> list[Array]:
    """Compute the nodes `outputs` from `picture`, the value of the node `entry`."""
    values = {entry: torch.from_numpy(picture)}
    with torch.inference_mode():
        for node in graph.ordered(outputs, entry):
            if node.name in values:
                continue
            if node.op == "Const":
                values[node.name] = torch.from_numpy(graph.constants[node.name])
            else:
                values[node.name] = _OPERATIONS[node.op](node, [values[name] for name in node.inputs])
    return [values[name].numpy() for name in outputs]


def _same(size: int, window: int, stride: int) -> tuple[int, int]:
    # tensorflow.org/api_docs/python/tf/nn#same_padding: the odd pixel goes to the end
    total = max((-(-size // stride) - 1) * stride + window - size, 0)
    return total // 2, total - total // 2


def _padded(node: Node, picture: Tensor, window: tuple[int, int], fill: float) -> Tensor:
    if node.text("padding") == "VALID":
        return picture
    rows, columns = node.window("strides")
    top, bottom = _same(picture.shape[2], window[0], rows)
    left, right = _same(picture.shape[3], window[1], columns)
    return functional.pad(picture, (left, right, top, bottom), value=fill)


def _convolution(node: Node, values: list[Tensor]) -> Tensor:
    picture, kernel, *rest = values
    picture = picture.permute(0, 3, 1, 2)
    groups = 1
    if "Depthwise" in node.op:
        groups = picture.shape[1]
        weights = kernel.permute(2, 3, 0, 1).flatten(0, 1)[:, None]
    else:
        weights = kernel.permute(3, 2, 0, 1)
    picture = _padded(node, picture, (kernel.shape[0], kernel.shape[1]), 0.0)
    result = functional.conv2d(picture, weights, stride=node.window("strides"), groups=groups).permute(0, 2, 3, 1)
    for step in node.texts("fused_ops"):
        if step == "BiasAdd":
            result = result + rest.pop(0)
        else:
            result = {"Relu": torch.relu, "Relu6": functional.relu6}[step](result)
    return result


def _max_pool(node: Node, values: list[Tensor]) -> Tensor:
    picture = _padded(node, values[0].permute(0, 3, 1, 2), node.window("ksize"), -torch.inf)
    return functional.max_pool2d(picture, node.window("ksize"), node.window("strides")).permute(0, 2, 3, 1)


def _resize(node: Node, values: list[Tensor]) -> Tensor:
    assert node.flag("half_pixel_centers")
    assert not node.flag("align_corners")
    picture = values[0].permute(0, 3, 1, 2)
    return functional.interpolate(picture, values[1].tolist(), mode="bilinear").permute(0, 2, 3, 1)


def _pad(_node: Node, values: list[Tensor]) -> Tensor:
    amounts = np.asarray(values[1])[::-1].ravel().tolist()
    return functional.pad(values[0], amounts, value=float(values[2]) if len(values) > 2 else 0.0)


_OPERATIONS: dict[str, Callable[[Node, list[Tensor]], Tensor]] = {
    "_FusedConv2D": _convolution,
    "FusedDepthwiseConv2dNative": _convolution,
    "Conv2D": _convolution,
    "DepthwiseConv2dNative": _convolution,
    "Add": lambda _, values: values[0] + values[1],
    "AddV2": lambda _, values: values[0] + values[1],
    "Sub": lambda _, values: values[0] - values[1],
    "Mul": lambda _, values: values[0] * values[1],
    "Sigmoid": lambda _, values: values[0].sigmoid(),
    "LeakyRelu": lambda node, values: functional.leaky_relu(values[0], node.number("alpha")),
    "Transpose": lambda _, values: values[0].permute(values[1].tolist()),
    "ConcatV2": lambda _, values: torch.cat(values[:-1], int(values[-1])),
    "Pad": _pad,
    "PadV2": _pad,
    "MaxPool": _max_pool,
    "ResizeBilinear": _resize,
}
