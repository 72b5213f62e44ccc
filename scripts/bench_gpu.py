#!/usr/bin/env python3
"""Compare ViTPose and the detectors with the model card's own recipe on a CUDA device; print Markdown tables.

    .venv/bin/python scripts/bench_gpu.py [--quick] [--pose NAME ...] [--detector NAME ...] [--rounds 15]

Method: random weights in the published configurations, full depth, saved with `save_pretrained` and loaded by both
sides from the same folder; no network.

Parity comes first. Poses: keypoints against transformers in fp32 on the CPU, over boxes inside and across the border of
a 720p picture, and one as large as the picture; the heatmaps have peaks (see random_models.py). Detectors: each box of
the recipe on the CPU against the nearest of ours. The status is 1 where keypoints are farther away than `LIMITS`.

Speed: `estimate` and `detect` are timed by the clock, from a 720p picture in memory to NumPy arrays: upload, crop,
network, decode, copy back. The network alone is timed by events on the device, from pictures that lie there. The
recipe is transformers' eager fp32 on the same device, with its image processor and its post-processing; for the network
alone transformers' eager module computes in the same numbers as ours. All sides go turn by turn. Printed are medians
with the spread (lowest to highest). The share of the peak is what our network computes, counted by torch, over what a
large bf16 matrix product reaches here. Launches are counted by torch's profiler. Memory is what torch holds of the
device.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from copy import deepcopy
from functools import cache, partial
from itertools import cycle
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
import transformers
from bench_models import (
    BOXES,
    HEIGHT,
    WIDTH,
    Times,
    card_boxes,
    print_table,
    ratio,
    recipe,
    run,
    save_pose,
    save_random_detector,
    spread,
    tracks,
)
from gpu_clock import Call, clock_times, device_times, held_memory, launches
from random_models import noise_frame, vitpose_config
from torch.utils.flop_counter import FlopCounterMode
from transformers import (
    AutoModelForObjectDetection,
    RTDetrImageProcessorPil,
    VitPoseForPoseEstimation,
    VitPoseImageProcessorPil,
)
from transformers.utils import logging

from vitpose_live import Frame, Tracks, load_detector, load_pose_estimator
from vitpose_live.models.vitpose.estimator import ViTPoseEstimator
from vitpose_live.models.vitpose.graph import PlainViTPose
from vitpose_live.models.vitpose.windows import cut_on_host

POSE_MODELS = ("vitpose-plus-small", "vitpose-plus-base", "vitpose-plus-large", "vitpose-plus-huge")
DETECTORS = ("rtdetr-r18", "rtdetr-r50", "dfine-nano", "dfine-small")
COUNTS = (1, 2, 4, 8, 16, 32, 64)
HALVES = {"fp16": torch.float16, "bf16": torch.bfloat16}
LIMITS = {"fp32": 0.01, "fp16": 0.1, "bf16": 0.1}
"""Pixels that a keypoint may be away, but for the box as large as the picture."""
RECIPE_ROUNDS = 3
"""Of the recipe, which takes seconds for many people."""
CHANGES = 200
"""Frames with another number of people each."""
HEADINGS = {
    "pose parity": (
        "pose, px away: people / whole picture", *LIMITS, "crops: grey levels away (share of pixels)",
    ),
    "detector parity": ("detector, px away: median / 90% / all", "people", *LIMITS),
    "pose speed": (
        "pose", "people", "ours: people/s", "recipe in fp32: people/s", "", "our network: ms", "people/s",
        "eager network: ms", "", "of the peak",
    ),
    "detector speed": (
        "detector, 720p", "ours: frames/s", "recipe in fp32: frames/s", "", "launches: kernels + graphs",
        "the recipe's",
    ),
    "pose costs": (
        "pose", "peak memory", "first frame of a size: ms", "launches, 1 person: kernels + graphs", "8 people",
        f"{CHANGES} frames of 0..20 people: recordings", "growth", "ms",
    ),
}  # fmt: skip

Tables = dict[str, list[list[str]]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pose", nargs="*", choices=POSE_MODELS, default=POSE_MODELS, metavar="NAME")
    parser.add_argument("--detector", nargs="*", choices=DETECTORS, default=DETECTORS, metavar="NAME")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--quick", action="store_true", help="the two smallest of each, 1, 4 and 16 people, 5 rounds")
    given = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit(f"error: torch {torch.__version__} finds no CUDA device here, so there is nothing to measure")
    given.counts = COUNTS
    if given.quick:
        given.pose, given.detector, given.counts, given.rounds = POSE_MODELS[:2], DETECTORS[::2], (1, 4, 16), 5
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    torch.set_grad_enabled(mode=False)
    print(f"{machine()}; {given.rounds} rounds")
    top = matrix_peak()
    print(f"bf16 matrix product, 8192 x 8192 x 8192: {spread(top, '.0f')} TFLOP/s\n", flush=True)
    tables: Tables = {table: [] for table in HEADINGS}
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        for name in given.pose:
            wrong += measure_pose(name, Path(folder) / name, given, median(top), tables)
        for name in given.detector:
            measure_detector(name, Path(folder) / name, given.rounds, tables)
    for table, rows in tables.items():
        print_table(HEADINGS[table], rows)
    if wrong:
        sys.exit(f"error: farther from the recipe than allowed: {', '.join(wrong)}")


def machine() -> str:
    """Return a line about this machine."""
    driver = "unknown"
    if shutil.which("nvidia-smi"):
        line = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
        answer = subprocess.run(line, check=False, capture_output=True, text=True, timeout=30).stdout.split()
        driver = answer[0] if answer else driver
    device = torch.cuda.get_device_properties(0)
    cudnn: Any = torch.backends.cudnn
    return (
        f"{device.name}, {device.total_memory / 2**30:.0f} GiB, driver {driver}; {platform.system()}"
        f" {platform.machine()}, Python {platform.python_version()}; torch {torch.__version__}, CUDA"
        f" {torch.version.cuda}, cuDNN {cudnn.version()}, transformers {transformers.__version__}"
    )


def matrix_peak(size: int = 8192) -> Times:
    """Return TFLOP/s of large bf16 matrix products."""
    one, other = (torch.randn(size, size, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    return [2 * size**3 / each * 1e-9 for each in device_times([lambda: one @ other], 10)[0]]


# --- poses ---


def measure_pose(name: str, folder: Path, given: argparse.Namespace, top: float, tables: Tables) -> list[str]:
    """Measure one pose model and add its rows; return where it is too far from the recipe."""
    print(f"{name}: parity and costs ...", file=sys.stderr, flush=True)
    save_pose(name, folder, frames()[0])
    processor = VitPoseImageProcessorPil.from_pretrained(folder)
    model = VitPoseForPoseEstimation.from_pretrained(folder).eval()
    expected = recipe(model, processor, frames()[0], BOXES)
    cells, wrong, estimators = [name], [], {}
    for precision, limit in LIMITS.items():
        before = held_memory()
        estimator = load_pose_estimator(str(folder), device="cuda", precision=precision)
        assert isinstance(estimator, ViTPoseEstimator)
        away = np.linalg.norm(estimator.estimate(frames()[0], tracks(BOXES)).keypoints - expected, axis=2)
        cells.append(f"{away[:3].max():.4f} / {away[3].max():.4f}")
        if not away[:3].max() < limit:
            wrong.append(f"{name} in {precision}, {away[:3].max():.3f} px")
        if precision in HALVES:
            estimators[precision] = estimator
            tables["pose costs"].append([f"{name}, {precision}", *costs(estimator, before)])
        del estimator
    tables["pose parity"].append([*cells, crops(estimators["fp16"])])
    shutil.rmtree(folder)  # the weights of the largest fill gigabytes
    print(f"{name}: speed ...", file=sys.stderr, flush=True)
    model.to("cuda")
    rivals = {precision: deepcopy(model).to(dtype) for precision, dtype in HALVES.items()}
    for count in given.counts:
        people = crowd(count)
        ours = [partial(each.estimate, tracks=people) for each in estimators.values()]
        calls = [over_frames(call) for call in ours]
        card = over_frames(lambda frame: recipe(model, processor, frame, people.boxes))  # noqa: B023
        theirs, *beside = clock_times([card, *calls], RECIPE_ROUNDS, warm_up=1)
        for precision, few, many in zip(estimators, beside, clock_times(calls, given.rounds), strict=True):
            row = [f"{name}, {precision}", str(count)]
            row += [rate(count, few + many), rate(count, theirs), ratio(theirs, few + many)]
            row += network(estimators[precision], rivals[precision], people, given.rounds, top * 1e12 / flops(name))
            tables["pose speed"].append(row)
    return wrong


def crops(estimator: ViTPoseEstimator) -> str:
    """Return how far the pictures cut on the device are from those cut on the host."""
    windows, image = estimator.parts.windows(BOXES), frames()[0].image
    difference = np.abs(estimator.parts.cut(image, windows).cpu().numpy().astype(int) - cut_on_host(image, windows))
    return f"{difference.max()} ({(difference > 0).mean():.3%})"


def costs(estimator: ViTPoseEstimator, before: int) -> list[str]:
    """Return what a model costs that was loaded when torch held `before` bytes: the cells behind its name."""
    first = []
    for count in (1, 2, 8, 16):  # 4 have been there already
        started = perf_counter()
        estimator.estimate(frames()[0], crowd(count))
        first.append((perf_counter() - started) * 1e3)
    launched = [launches(partial(estimator.estimate, frames()[0], crowd(count))) for count in (1, 8)]
    for count in range(21):
        estimator.estimate(frames()[0], crowd(count))
    most, held = torch.cuda.max_memory_reserved(), held_memory()
    changing = iter([crowd(count) for count in np.random.default_rng(0).integers(0, 21, CHANGES).tolist()])
    call = over_frames(lambda frame: estimator.estimate(frame, next(changing)))
    with patch.object(torch.cuda, "graph", wraps=torch.cuda.graph) as recorded:
        (times,) = clock_times([call], CHANGES, warm_up=0)
    cells = [f"{(most - before) / 2**20:.0f} MiB", spread(first, ".0f"), *launched, str(recorded.call_count)]
    return [*cells, f"{(held_memory() - held) / 2**20:.1f} MiB", spread(times, ".1f")]


def network(estimator: ViTPoseEstimator, rival: Any, people: Tracks, rounds: int, most: float) -> list[str]:
    """Return the cells of our network and transformers'; at the peak there would be `most` people a second."""
    parts = estimator.parts
    pictures = parts.cut(frames()[0].image, parts.windows(people.boxes))
    n, device = len(people), rival.device
    inputs = {
        "pixel_values": torch.randn(n, 3, *pictures.shape[1:3], device=device, dtype=rival.dtype),
        "dataset_index": torch.zeros(n, dtype=torch.long, device=device),
    }
    ours, theirs = device_times([lambda: parts.heatmaps(pictures), lambda: run(rival, inputs)], rounds)
    share = n / median(ours) * 1e3 / most
    return [spread(ours, ".2f"), rate(n, ours), spread(theirs, ".2f"), ratio(theirs, ours), f"{share:.0%}"]


@cache
def flops(name: str) -> float:
    """Return the operations of our network for one person; a multiplication and an addition are two."""
    with torch.device("meta"):
        model = PlainViTPose(VitPoseForPoseEstimation(vitpose_config(name)).eval(), 0, [0.5] * 3, [0.5] * 3)
        with FlopCounterMode(display=False) as counter:
            model(torch.zeros(1, 256, 192, 3, dtype=torch.uint8))
    return float(counter.get_total_flops())


# --- detectors ---


def measure_detector(name: str, folder: Path, rounds: int, tables: Tables) -> None:
    """Measure one detector and add its rows."""
    print(f"{name}: parity and speed ...", file=sys.stderr, flush=True)
    save_random_detector(name, folder, frames()[0])
    processor = RTDetrImageProcessorPil.from_pretrained(folder)
    model = AutoModelForObjectDetection.from_pretrained(folder).eval()
    expected = card_boxes(model, processor, frames()[0])
    cells, detectors = [name, str(len(expected))], {}
    for precision in LIMITS:
        detectors[precision] = load_detector(str(folder), device="cuda", precision=precision)
        found = detectors[precision].detect(frames()[0]).boxes
        away = np.abs(expected[:, None] - found[None]).max(axis=2).min(axis=1, initial=np.inf)
        cells.append(" / ".join(f"{np.quantile(away, share):.4f}" for share in (0.5, 0.9, 1)))
    tables["detector parity"].append(cells)
    model.to("cuda")
    card = over_frames(lambda frame: card_boxes(model, processor, frame))
    ours = [over_frames(detectors[precision].detect) for precision in HALVES]
    *times, theirs = clock_times([*ours, card], rounds)
    launched = launches(card)
    for precision, mine, call in zip(HALVES, times, ours, strict=True):
        cells = [rate(1, mine), rate(1, theirs), ratio(theirs, mine), launches(call), launched]
        tables["detector speed"].append([f"{name}, {precision}", *cells])


# --- pictures and people ---


@cache
def frames() -> tuple[Frame, ...]:
    """Return three different 720p pictures, always the same."""
    return tuple(Frame(noise_frame(WIDTH, HEIGHT, seed)) for seed in range(3))


def over_frames(work: Callable[[Frame], Any]) -> Call:
    """Return a call that does `work` on another picture every time."""
    pictures = cycle(frames())
    return lambda: work(next(pictures))


def crowd(count: int) -> Tracks:
    """Return `count` people of different sizes, always the same."""
    rng = np.random.default_rng(count)
    low = rng.uniform((0, 0), (WIDTH - 320, HEIGHT - 420), (count, 2))
    return tracks(
        np.concatenate([low, low + rng.uniform((60, 150), (300, 400), (count, 2))], axis=1).astype(np.float32)
    )


# --- cells ---


def rate(count: int, times: Times) -> str:
    """Return how many a second, of `count` in each of `times` milliseconds."""
    return spread([count / each * 1e3 for each in times], ".0f")


if __name__ == "__main__":
    main()
