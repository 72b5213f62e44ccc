"""Translate the convolutional part of a TF.js graph into an OpenVINO model.

The result takes ``image``, (n, height, width, 3) uint8 RGB, of any batch and any size that is a multiple of the
network's stride, and gives its heads as (n, channels, rows, columns) float32. Inside, every picture is laid out
channels first; the graph's own layout is only a label on the value, so its transposes cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from openvino import opset11 as ops

from embedded_models.networks import Network
from embedded_models.tfjs import Array, GraphModel, Node

CHANNELS_LAST, CHANNELS_FIRST = "NHWC", "NCHW"


@dataclass(frozen=True, slots=True)
class Picture:
    """A channels-first OpenVINO value and the layout under which the TF.js graph knows it."""

    value: Any
    layout: str


Value = Picture | Array


def translate(graph: GraphModel, network: Network) -> ov.Model:
    """Return `network`'s heads as an OpenVINO model with dynamic batch, height and width."""
    height, width = network.size
    image = ops.parameter([1, height, width, 3], np.uint8, name="image")
    values: dict[str, Value] = {network.entry: _prepared(image, network)}
    for node in graph.ordered(network.heads.values(), network.entry):
        if node.name in values:
            continue
        if node.op == "Const":
            values[node.name] = graph.constants[node.name]
            continue
        translated = _TRANSLATORS[node.op](node, [values[name] for name in node.inputs])
        translated.value.get_node().set_friendly_name(node.name)
        values[node.name] = translated
    results = []
    for name, source in network.heads.items():
        head = values[source]
        assert isinstance(head, Picture)
        result = ops.result(head.value, name=name)
        result.input(0).get_source_output().get_tensor().set_names({name})
        results.append(result)
    image.output(0).get_tensor().set_names({"image"})
    model = ov.Model(results, [image], network.output_name)
    model.reshape({"image": ov.PartialShape([-1, -1, -1, 3])})
    return model


def save(model: ov.Model, path: Path) -> None:
    """Write `model` as ``NAME.xml`` and ``NAME.bin``; the same model gives the same bytes."""
    for position, node in enumerate(model.get_ordered_ops()):
        # automatic names carry a counter of the whole process
        if node.get_type_name() != "Parameter" and node.get_friendly_name() == node.get_name():
            node.set_friendly_name(f"{node.get_type_name()}_{position}")
    ov.save_model(model, path, compress_to_fp16=False)


def _prepared(image: Any, network: Network) -> Picture:
    picture = ops.transpose(ops.convert(image, "f32"), np.array([0, 3, 1, 2]))
    if network.bgr:
        picture = ops.gather(picture, np.array([2, 1, 0]), np.array(1))
    if any(network.mean):
        picture = ops.subtract(picture, _per_channel(network.mean))
    if set(network.deviation) != {1.0}:
        picture = ops.divide(picture, _per_channel(network.deviation))
    return Picture(picture.output(0), CHANNELS_FIRST if network.channels_first else CHANNELS_LAST)


def _per_channel(values: Any) -> Array:
    return np.asarray(values, np.float32).reshape(1, -1, 1, 1)


def _convolution(node: Node, values: list[Value]) -> Picture:
    picture, kernel = _picture(values[0], CHANNELS_LAST), np.asarray(values[1])
    strides, dilations = list(node.window("strides")), list(node.window("dilations"))
    padding = {"SAME": "same_upper", "VALID": "valid"}[node.text("padding")]
    if "Depthwise" in node.op:
        rows, columns, channels, multiplier = kernel.shape
        weights = kernel.transpose(2, 3, 0, 1).reshape(channels, multiplier, 1, rows, columns)
        result = ops.group_convolution(picture.value, _constant(weights), strides, [0, 0], [0, 0], dilations, padding)
    else:
        weights = kernel.transpose(3, 2, 0, 1)
        result = ops.convolution(picture.value, _constant(weights), strides, [0, 0], [0, 0], dilations, padding)
    rest = list(values[2:])
    for step in node.texts("fused_ops"):
        if step == "BiasAdd":
            result = ops.add(result, _constant(_per_channel(rest.pop(0))))
        elif step == "Relu":
            result = ops.relu(result)
        elif step == "Relu6":
            result = ops.clamp(result, 0.0, 6.0)
        else:
            raise NotImplementedError(f"{node.name}: fused {step}")
    return Picture(result.output(0), CHANNELS_LAST)


def _constant(values: Array) -> Any:
    """Return a float32 constant, stored as float16 where that loses nothing (the package stores most weights so)."""
    exact = np.ascontiguousarray(values, np.float32)
    half = exact.astype(np.float16)
    if np.array_equal(half.astype(np.float32), exact):
        return ops.convert(ops.constant(half), "f32")
    return ops.constant(exact)


def _picture(value: Value, layout: str) -> Picture:
    if not isinstance(value, Picture) or value.layout != layout:
        raise NotImplementedError(f"expected a {layout} picture, got {getattr(value, 'layout', 'a constant')}")
    return value


def _elementwise(operation: Callable[..., Any]) -> Callable[[Node, list[Value]], Picture]:
    def translator(node: Node, values: list[Value]) -> Picture:
        layouts = {value.layout for value in values if isinstance(value, Picture)}
        if len(layouts) != 1:
            raise NotImplementedError(f"{node.name}: operands laid out as {layouts}")
        layout = layouts.pop()
        operands = [
            value.value if isinstance(value, Picture) else _constant(_broadcast(value, layout)) for value in values
        ]
        return Picture(operation(*operands).output(0), layout)

    return translator


def _broadcast(constant: Array, layout: str) -> Array:
    if constant.size == 1:
        return constant.reshape(1, 1, 1, 1)
    if layout != CHANNELS_LAST or constant.size != constant.shape[-1]:
        raise NotImplementedError(f"a {constant.shape} constant beside a {layout} picture")
    return _per_channel(constant)


def _leaky_relu(node: Node, values: list[Value]) -> Picture:
    picture = values[0]
    assert isinstance(picture, Picture)
    slope = np.array([node.number("alpha")], np.float32)
    return Picture(ops.prelu(picture.value, _constant(slope)).output(0), picture.layout)


def _transpose(node: Node, values: list[Value]) -> Picture:
    picture, order = values
    assert isinstance(picture, Picture)
    turned = "".join(picture.layout[axis] for axis in np.asarray(order))
    if turned not in {CHANNELS_LAST, CHANNELS_FIRST}:
        raise NotImplementedError(f"{node.name}: {picture.layout} to {turned}")
    # a node of its own, so that the friendly name does not move to another operation
    return Picture(picture.value, turned)


def _concatenate(_node: Node, values: list[Value]) -> Picture:
    *parts, axis = values
    pictures = [part for part in parts if isinstance(part, Picture)]
    layout = pictures[0].layout
    joined = ops.concat([picture.value for picture in pictures], "NCHW".index(layout[int(np.asarray(axis))]))
    return Picture(joined.output(0), layout)


def _pad(node: Node, values: list[Value]) -> Picture:
    picture, amounts = values[0], np.asarray(values[1])
    assert isinstance(picture, Picture)
    fill = float(np.asarray(values[2])) if node.op == "PadV2" else 0.0
    ordered = amounts[[picture.layout.index(axis) for axis in CHANNELS_FIRST]]
    padded = ops.pad(picture.value, ordered[:, 0], ordered[:, 1], "constant", _scalar(fill))
    return Picture(padded.output(0), picture.layout)


def _scalar(value: float) -> Any:
    return ops.constant(np.array(value, np.float32))


def _max_pool(node: Node, values: list[Value]) -> Picture:
    picture = _picture(values[0], CHANNELS_LAST)
    padding = {"SAME": "same_upper", "VALID": "valid"}[node.text("padding")]
    strides, size = list(node.window("strides")), list(node.window("ksize"))
    pooled = ops.max_pool(picture.value, strides, [1, 1], [0, 0], [0, 0], size, auto_pad=padding)
    return Picture(pooled.output(0), CHANNELS_LAST)


def _resize(node: Node, values: list[Value]) -> Picture:
    picture, size = _picture(values[0], CHANNELS_LAST), np.asarray(values[1])
    if not node.flag("half_pixel_centers") or node.flag("align_corners"):
        raise NotImplementedError(f"{node.name}: only half-pixel centres are translated")
    # by factor rather than by size, so that the network runs at other input sizes
    before = np.array([picture.value.get_shape()[2], picture.value.get_shape()[3]])
    factors = (size / before).astype(np.float32)
    resized = ops.interpolate(
        picture.value,
        ops.constant(factors),
        "linear_onnx",
        "scales",
        coordinate_transformation_mode="half_pixel",
        axes=ops.constant(np.array([2, 3])),
    )
    return Picture(resized.output(0), CHANNELS_LAST)


_TRANSLATORS: dict[str, Callable[[Node, list[Value]], Picture]] = {
    "_FusedConv2D": _convolution,
    "FusedDepthwiseConv2dNative": _convolution,
    "Conv2D": _convolution,
    "DepthwiseConv2dNative": _convolution,
    "Add": _elementwise(ops.add),
    "AddV2": _elementwise(ops.add),
    "Sub": _elementwise(ops.subtract),
    "Mul": _elementwise(ops.multiply),
    "Sigmoid": _elementwise(ops.sigmoid),
    "LeakyRelu": _leaky_relu,
    "Transpose": _transpose,
    "ConcatV2": _concatenate,
    "Pad": _pad,
    "PadV2": _pad,
    "MaxPool": _max_pool,
    "ResizeBilinear": _resize,
}
