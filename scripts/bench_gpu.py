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
import gc
import platform
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
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
from numpy.typing import NDArray
from random_models import noise_frame, peak, random_detector, random_vitpose, save_vitpose, vitpose_config
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode
from transformers import AutoModelForObjectDetection, VitPoseForPoseEstimation, VitPoseImageProcessorPil
from transformers.utils import logging

from vitpose_live import Frame, Tracks, load_detector, load_pose_estimator
from vitpose_live.models.vitpose.estimator import ViTPoseEstimator
from vitpose_live.models.vitpose.graph import PlainViTPose
from vitpose_live.models.vitpose.windows import cut_on_host

WIDTH, HEIGHT = 1280, 720
BOXES = np.array([[200, 80, 420, 560], [-60, -40, 150, 330], [1100, 300, 1400, 800], [0, 0, 1280, 720]], np.float32)
"""For parity; the last is the whole picture, where a cell of the heatmap is 25 pixels wide."""
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
LAUNCHES = ("cudaLaunchKernel", "cudaLaunchKernelExC", "cuLaunchKernel", "cuLaunchKernelEx")
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

Boxes = NDArray[np.float32]
Call = Callable[[], Any]
Tables = dict[str, list[list[str]]]
Times = list[float]


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
        if rows:
            for row in (HEADINGS[table], ["---"] * len(HEADINGS[table]), *rows):
                print(f"| {' | '.join(row)} |")
            print()
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
    save_pose(name, folder)
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


def save_pose(name: str, folder: Path) -> None:
    """Write the random model to `folder`, with peaks at `BOXES`."""
    model = random_vitpose(name)
    inputs = VitPoseImageProcessorPil()(frames()[0].image, boxes=[xywh(BOXES).tolist()], return_tensors="pt")
    peak(model, inputs.pixel_values)
    save_vitpose(model, folder)


def recipe(model: Any, processor: Any, frame: Frame, boxes: Boxes) -> NDArray[np.float32]:
    """Return (n, k, 2) keypoints as the model card finds them, on the device where `model` lies."""
    asked = [xywh(boxes).tolist()]
    inputs = processor(frame.image, boxes=asked, return_tensors="pt").to(model.device)
    people = processor.post_process_pose_estimation(run(model, inputs["pixel_values"]), boxes=asked)[0]
    return np.stack([person["keypoints"].cpu().numpy() for person in people])


def run(model: Any, pixels: torch.Tensor) -> Any:
    """Return the outputs of transformers' eager model; of the first expert."""
    with torch.inference_mode():
        return model(pixels, dataset_index=torch.zeros(len(pixels), dtype=torch.long, device=pixels.device))


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
    pixels = torch.randn(len(people), 3, *pictures.shape[1:3], device=rival.device, dtype=rival.dtype)
    ours, theirs = device_times([lambda: parts.heatmaps(pictures), lambda: run(rival, pixels)], rounds)
    share = len(people) / median(ours) * 1e3 / most
    return [spread(ours, ".2f"), rate(len(people), ours), spread(theirs, ".2f"), ratio(theirs, ours), f"{share:.0%}"]


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
    processor = transformers.RTDetrImageProcessorPil()
    pixels = processor(frames()[0].image, return_tensors="pt")["pixel_values"]
    settled(random_detector(name), pixels).save_pretrained(folder)
    processor.save_pretrained(folder)
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


def settled(model: Any, pixels: torch.Tensor) -> Any:
    """Return a random detector with answers that differ as a trained one's do; else rounding chooses among them."""
    torch.manual_seed(1)
    for name, parameter in model.named_parameters():
        if name.endswith("bias") or (parameter.ndim > 1 and ("class" in name or "score" in name)):
            parameter.normal_(0, 0.1)
        elif parameter.ndim > 1 and any(part in name for part in ("bbox", "sampling", "attention_weights", "reg_conf")):
            parameter.normal_(0, 0.03)
        elif parameter.ndim == 1:
            parameter.uniform_(0.8, 1.2)
    last, seen = model.model.decoder.class_embed[-1], []
    hooks = [last.register_forward_hook(lambda _, __, output: seen.append(output[0]))]
    norms = [each for each in model.modules() if isinstance(getattr(each, "running_var", None), torch.Tensor)]
    hooks += [norm.register_forward_pre_hook(_take_statistics) for norm in norms]
    model(pixel_values=pixels)
    for hook in hooks:
        hook.remove()
    scale = 1.5 / seen[-1].std(0)
    last.bias.copy_((last.bias - seen[-1].mean(0)) * scale - 6)
    last.bias[0] += 4.5  # some people, hardly anything else
    last.weight.mul_(scale[:, None])
    return model


def _take_statistics(norm: Any, inputs: tuple[torch.Tensor, ...]) -> None:
    norm.weight.uniform_(0.5, 1.5)
    norm.bias.normal_(0, 0.1)
    norm.running_mean.copy_(inputs[0].mean((0, 2, 3)))
    norm.running_var.copy_(inputs[0].var((0, 2, 3)) + 0.1)


def card_boxes(model: Any, processor: Any, frame: Frame) -> Boxes:
    """Return (n, 4) boxes of people as the model card finds them, within the frame, on the device of `model`."""
    inputs = processor(images=frame.image, return_tensors="pt").to(model.device)
    with torch.inference_mode():
        outputs = model(**inputs)
    sizes = [(frame.height, frame.width)]
    found = processor.post_process_object_detection(outputs, threshold=0.3, target_sizes=sizes)[0]
    boxes = found["boxes"][found["labels"] == 0].cpu().numpy()
    return np.asarray(np.clip(boxes, 0, [WIDTH, HEIGHT, WIDTH, HEIGHT]), np.float32)


# --- measuring ---


def clock_times(calls: Sequence[Call], rounds: int, warm_up: int = 2) -> list[Times]:
    """Return the milliseconds of each call, turn by turn, after some turns that do not count."""
    times: list[Times] = [[] for _ in calls]
    for turn in range(rounds + warm_up):
        for call, seen in zip(calls, times, strict=True):
            torch.cuda.synchronize()
            started = perf_counter()
            call()
            torch.cuda.synchronize()
            if turn >= warm_up:
                seen.append((perf_counter() - started) * 1e3)
    return times


def device_times(calls: Sequence[Call], rounds: int) -> list[Times]:
    """Return the milliseconds that the device is busy with each call, turn by turn, after a warm-up of three."""
    times: list[Times] = [[] for _ in calls]
    event: Any = partial(torch.cuda.Event, enable_timing=True)
    for turn in range(rounds + 3):
        for call, seen in zip(calls, times, strict=True):
            started, ended = event(), event()
            started.record()
            call()
            ended.record()
            ended.synchronize()
            if turn >= 3:
                seen.append(started.elapsed_time(ended))
    return times


def launches(call: Call) -> str:
    """Return how many kernels and graphs `call` launches."""
    call()
    with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as profiler:
        call()
        torch.cuda.synchronize()
    seen = Counter(event.name for event in profiler.events() or ())
    return f"{sum(seen[name] for name in LAUNCHES)} + {seen['cudaGraphLaunch']}"


def held_memory() -> int:
    """Give back what nothing uses, start to look for a peak, and return the bytes that torch holds of the device."""
    gc.collect()
    torch.cuda.synchronize()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    return torch.cuda.memory_reserved()


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


def tracks(boxes: Boxes) -> Tracks:
    """Return `boxes` as people."""
    return Tracks(boxes, np.arange(len(boxes)), np.ones(len(boxes), bool))


def xywh(boxes: Boxes) -> NDArray[np.float64]:
    """Return `boxes` as the image processor wants them."""
    moved = boxes.astype(np.float64)
    moved[:, 2:] -= moved[:, :2]
    return moved


# --- cells ---


def spread(values: Times, form: str) -> str:
    """Return the median, and the lowest and highest."""
    return f"{median(values):{form}} ({min(values):{form}}-{max(values):{form}})"


def rate(count: int, times: Times) -> str:
    """Return how many a second, of `count` in each of `times` milliseconds."""
    return spread([count / each * 1e3 for each in times], ".0f")


def ratio(theirs: Times, ours: Times) -> str:
    """Return how many times faster ours is, by the medians."""
    return f"**{median(theirs) / median(ours):.1f}x**"


if __name__ == "__main__":
    main()
