#!/usr/bin/env python3
"""Compare ViTPose and the detectors with the model card's own recipe on this machine's CPU; print Markdown tables.

    .venv/bin/python scripts/bench_models.py [--pose NAME ...] [--detector NAME ...] [--rounds 7] [--precision auto]

Method: random weights in the published configurations, full depth, saved with `save_pretrained` and loaded by both
sides from the same folder; no network. The recipe is transformers' eager fp32 with its image processor and its
post-processing, all cores; ours is `load_pose_estimator(...).estimate` and `load_detector(...).detect`. Both see the
same 720p picture and the same boxes, turn by turn, so that a noisy machine is noisy to both sides. Printed are medians
in milliseconds with the spread (lowest to highest), the ratio of the medians, and how far our keypoints are from the
recipe's, in pixels, over boxes inside, across the border and as large as the picture. The heatmaps have peaks
(see random_models.py).
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray
from random_models import (
    POSE_MODELS,
    detector_config,
    noise_frame,
    peak,
    random_detector,
    random_vitpose,
    save_detector,
    save_vitpose,
)
from transformers import (
    AutoModelForObjectDetection,
    RTDetrImageProcessorPil,
    VitPoseForPoseEstimation,
    VitPoseImageProcessorPil,
)
from transformers.utils import logging

from vitpose_live import Frame, Tracks, load_detector, load_pose_estimator
from vitpose_live.machine import available_cores
from vitpose_live.models.vitpose.estimator import ViTPoseEstimator

WIDTH, HEIGHT = 1280, 720
BOXES = np.array([[200, 80, 420, 560], [-60, -40, 150, 330], [1100, 300, 1400, 800], [0, 0, 1280, 720]], np.float32)
"""For parity; the last is the whole picture, where a cell of the heatmap is 25 pixels wide."""
DETECTORS = ("rtdetr-r18", "rtdetr-v2-r18", "dfine-nano", "dfine-small", "rtdetr-r50")

Boxes = NDArray[np.float32]
Times = list[float]


def main() -> None:
    """Measure and print."""
    import openvino  # here, because `bench_gpu` imports this module where there may be none

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pose", nargs="*", choices=POSE_MODELS, default=POSE_MODELS[:4], metavar="NAME")
    parser.add_argument("--detector", nargs="*", choices=DETECTORS, default=DETECTORS[:4], metavar="NAME")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--precision", default="auto", help="ours; the recipe is always fp32")
    given = parser.parse_args()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    frame = Frame(noise_frame(WIDTH, HEIGHT))
    print(
        f"{platform.system()} {platform.machine()}, {available_cores()} cores; torch {torch.__version__}, transformers"
        f" {transformers.__version__}, OpenVINO {openvino.__version__.split('-')[0]}; {given.rounds} rounds\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        print_pose_table([pose_row(name, Path(folder), frame, given) for name in given.pose])
        print_detector_table([detector_row(name, Path(folder), frame, given) for name in given.detector])


def pose_row(name: str, folder: Path, frame: Frame, given: Any) -> list[str]:
    """Return the table row of one pose model."""
    print(f"measuring {name} ...", file=sys.stderr)
    checkpoint = save_pose(name, folder / name, frame)
    model = VitPoseForPoseEstimation.from_pretrained(checkpoint).eval()
    processor = VitPoseImageProcessorPil.from_pretrained(checkpoint)
    estimator = load_pose_estimator(str(checkpoint), device="cpu", precision=given.precision)
    assert isinstance(estimator, ViTPoseEstimator)
    parts = estimator.parts
    expected = recipe(model, processor, frame, BOXES)
    away = np.linalg.norm(estimator.estimate(frame, tracks(BOXES)).keypoints - expected, axis=2)
    person = BOXES[:1]
    windows = parts.windows(person)
    pictures = parts.cut(frame.image, windows)
    inputs = prepared(model, processor, frame, person)
    heatmaps = parts.heatmaps(pictures)
    with torch.inference_mode():
        outputs = model(**inputs)
    whole, network, around = (
        side_by_side(theirs, ours, given.rounds)
        for theirs, ours in (
            (lambda: recipe(model, processor, frame, person), lambda: estimator.estimate(frame, tracks(person))),
            (lambda: run(model, inputs), lambda: parts.heatmaps(pictures)),
            (
                lambda: (
                    prepared(model, processor, frame, person),
                    processor.post_process_pose_estimation(outputs, boxes=[xywh(person).tolist()]),
                ),
                lambda: (parts.cut(frame.image, windows), parts.decode(heatmaps)),
            ),
        )
    )
    return [
        name,
        estimator.precision,
        *compared(whole),
        *compared(network),
        *compared(around),
        f"{away[:3].max():.4f} / {away[3].max():.4f}",
    ]


def save_pose(name: str, folder: Path, frame: Frame) -> Path:
    """Write the random model to `folder`, with peaks at `BOXES`."""
    model = random_vitpose(name)
    pictures = VitPoseImageProcessorPil()(frame.image, boxes=[xywh(BOXES).tolist()], return_tensors="pt").pixel_values
    peak(model, pictures)
    return save_vitpose(model, folder)


def recipe(model: Any, processor: Any, frame: Frame, boxes: Boxes) -> NDArray[np.float32]:
    """Return (n, k, 2) keypoints as the model card finds them, on the device where `model` lies."""
    outputs = run(model, prepared(model, processor, frame, boxes))
    people = processor.post_process_pose_estimation(outputs, boxes=[xywh(boxes).tolist()])[0]
    return np.stack([person["keypoints"].cpu().numpy() for person in people])


def prepared(model: Any, processor: Any, frame: Frame, boxes: Boxes) -> Any:
    """Return the model's inputs as the model card makes them; of the first expert."""
    inputs = processor(frame.image, boxes=[xywh(boxes).tolist()], return_tensors="pt")
    if model.config.backbone_config.num_experts > 1:
        inputs["dataset_index"] = torch.zeros(len(boxes), dtype=torch.long)
    return inputs.to(model.device)


def run(model: Any, inputs: Any) -> Any:
    """Return the outputs of transformers' eager model."""
    with torch.inference_mode():
        return model(**inputs)


def detector_row(name: str, folder: Path, frame: Frame, given: Any) -> list[str]:
    """Return the table row of one detector."""
    print(f"measuring {name} ...", file=sys.stderr)
    checkpoint = save_random_detector(name, folder / name, frame)
    model = AutoModelForObjectDetection.from_pretrained(checkpoint).eval()
    processor = RTDetrImageProcessorPil.from_pretrained(checkpoint)
    detector = load_detector(str(checkpoint), device="cpu", precision=given.precision, conf=0.3)
    times = side_by_side(lambda: card_boxes(model, processor, frame), lambda: detector.detect(frame), given.rounds)
    return [name, detector.precision, *compared(times)]


def save_random_detector(name: str, folder: Path, frame: Frame) -> Path:
    """Write the random model to `folder`, with answers to `frame` that differ as a trained one's do."""
    pixels = RTDetrImageProcessorPil()(frame.image, return_tensors="pt").pixel_values
    return save_detector(random_detector(detector_config(name), pixels), folder)


def card_boxes(model: Any, processor: Any, frame: Frame) -> Boxes:
    """Return (n, 4) boxes of people as the model card finds them, within the frame, on the device of `model`."""
    inputs = processor(images=frame.image, return_tensors="pt").to(model.device)
    sizes = [(frame.height, frame.width)]
    found = processor.post_process_object_detection(run(model, inputs), threshold=0.3, target_sizes=sizes)[0]
    boxes = found["boxes"][found["labels"] == 0].cpu().numpy()
    return np.asarray(np.clip(boxes, 0, [frame.width, frame.height] * 2), np.float32)


def side_by_side(theirs: Callable[[], Any], ours: Callable[[], Any], rounds: int) -> tuple[Times, Times]:
    """Time both, turn by turn, after a warm-up; milliseconds."""
    times: tuple[Times, Times] = ([], [])
    for turn in range(rounds + 2):
        for call, seen in zip((theirs, ours), times, strict=True):
            started = perf_counter()
            call()
            if turn >= 2:
                seen.append((perf_counter() - started) * 1e3)
    return times


def compared(times: tuple[Times, Times]) -> list[str]:
    """Return the cells of a comparison: theirs, ours, ratio."""
    theirs, ours = times
    return [spread(theirs, ".1f"), spread(ours, ".1f"), ratio(theirs, ours)]


def spread(values: Times, form: str) -> str:
    """Return the median, and the lowest and highest."""
    return f"{median(values):{form}} ({min(values):{form}}-{max(values):{form}})"


def ratio(theirs: Times, ours: Times) -> str:
    """Return how many times faster ours is, by the medians."""
    return f"**{median(theirs) / median(ours):.1f}x**"


def print_pose_table(rows: list[list[str]]) -> None:
    """Print the table of pose models."""
    print_table(
        [
            "pose, one person", "ours in",
            "recipe ms", "ours ms", "", "network: eager ms", "ours ms", "", "crop + decode: HF ms", "ours ms", "",
            "px away: people / whole picture",
        ],
        rows,
    )  # fmt: skip


def print_detector_table(rows: list[list[str]]) -> None:
    """Print the table of detectors."""
    print_table(["detector, 720p", "ours in", "recipe ms", "ours ms", ""], rows)


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table; nothing without rows."""
    if rows:
        for row in (headings, ["---"] * len(headings), *rows):
            print(f"| {' | '.join(row)} |")
        print()


def tracks(boxes: Boxes) -> Tracks:
    """Return `boxes` as people."""
    return Tracks(boxes, np.arange(len(boxes)), np.ones(len(boxes), bool))


def xywh(boxes: Boxes) -> NDArray[np.float64]:
    """Return `boxes` as the image processor wants them."""
    moved = boxes.astype(np.float64)
    moved[:, 2:] -= moved[:, :2]
    return moved


if __name__ == "__main__":
    main()
