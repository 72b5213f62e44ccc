"""How well and how fast people are followed: HOTA, IDF1 and MOTA with the detector on every k-th frame.

Reads MOT sequences (``det.txt``, ``gt.txt``, ``seqinfo.ini``; by default ``../shared/data/mot15``), gives the tracker
the detections of every k-th frame and nothing on the others, and scores every frame. Boxes only: no image, no pose.
One set of parameters for all sequences and every k.

The figures come from the maintained `trackeval` package, the peers from `trackers` (Apache-2.0); both bring
opencv-python along, which displaces the headless one, so that they are best kept in an environment of their own::

    python -m venv --system-site-packages bench && bench/bin/pip install trackeval trackers
    bench/bin/python scripts/bench_tracking.py --peers
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from vitpose_live.app.evaluate import ASSUMED_FPS, find_trackeval, measure  # noqa: E402
from vitpose_live.app.mot_files import NOBODY, People, read_about, read_detections, read_truth  # noqa: E402
from vitpose_live.data import Detections, Poses, Tracks, load_skeleton  # noqa: E402
from vitpose_live.errors import VitposeLiveError  # noqa: E402
from vitpose_live.tracking import BoxTracker, KeypointSmoother  # noqa: E402

Floats = NDArray[np.float64]

STEPS = ("update", "correct", "own", "recognise", "smooth")

WARM = 10
"""Frames left out: the first calls fill caches."""

Follow = Callable[[Detections | None, float], People]
"""One step of a tracker: detections, or None on a frame without, and the time in seconds."""


@dataclass(frozen=True)
class Sequence:
    """One recording: what the detector said and what is true, frame by frame."""

    name: str
    fps: float
    detections: list[Detections]
    truth: list[People]


def load(folder: Path) -> Sequence:
    """Read one MOT sequence."""
    found, true = read_detections(folder / "det.txt"), read_truth(folder / "gt.txt")
    fps, length = read_about(folder / "det.txt")
    frames = range(1, length + 1)
    return Sequence(
        folder.name,
        fps or ASSUMED_FPS,
        [found.get(frame, Detections.empty()) for frame in frames],
        [true.get(frame, NOBODY) for frame in frames],
    )


def follow(sequence: Sequence, step: Follow, every: int) -> list[People]:
    """Run a tracker over `sequence` with detections on every `every`-th frame."""
    return [
        step(found if index % every == 0 else None, index / sequence.fps)
        for index, found in enumerate(sequence.detections)
    ]


def ours(_: Sequence) -> Follow:
    """Our tracker with its defaults."""
    tracker = BoxTracker()

    def step(found: Detections | None, seconds: float) -> People:
        tracks = tracker.update(found, seconds)
        return tracks.ids, tracks.boxes.astype(np.float64)

    return step


def peer(name: str, *, coasting: bool) -> Callable[[Sequence], Follow]:
    """Return a tracker of the package `trackers` with its own defaults.

    As it comes it is given no detections on the frames without, and then emits nobody. `coasting` helps it: it sees
    only the frames with detections, and whom it emitted on the latest stays, in the box that its filter predicts.
    """
    supervision, trackers = import_module("supervision"), import_module("trackers")

    def given(found: Detections) -> Any:
        kinds = np.zeros(len(found), int)
        return supervision.Detections(found.boxes.copy(), confidence=found.scores.copy(), class_id=kinds)

    def make(sequence: Sequence) -> Follow:
        tracker = getattr(trackers, name)(frame_rate=sequence.fps)
        emitted: set[int] = set()

        def step(found: Detections | None, seconds: float) -> People:
            nonlocal emitted
            if found is None and coasting:
                ahead = deepcopy(tracker)
                ahead.update(given(Detections.empty()), timestamp=seconds)
                kept = [track for track in ahead.tracks if track.tracker_id in emitted]
                ids = np.array([track.tracker_id for track in kept], np.int64)
                return ids, np.array([track.get_state_bbox() for track in kept]).reshape(-1, 4)
            result = tracker.update(given(found or Detections.empty()), timestamp=seconds)
            if not len(result):
                emitted = set()
                return np.zeros(0, np.int64), np.zeros((0, 4))
            known = result.tracker_id >= 0
            emitted = set(result.tracker_id[known].tolist())
            return result.tracker_id[known].astype(np.int64), result.xyxy[known].astype(np.float64)

        return step

    return make


def costs(people: int, every: int, frames: int = 600) -> dict[str, Floats]:
    """CPU and wall milliseconds (frames, 2) by step, as the analyzer takes them, for `people` who walk with poses.

    Their ways cross: three pairs overlap at a time. Every half second they are looked at to be known again.
    """
    random = np.random.default_rng(0)
    skeleton = load_skeleton("coco17")
    home = np.stack(np.meshgrid(np.arange(5) * 350.0, np.arange((people + 4) // 5) * 260.0), -1).reshape(-1, 2)[:people]
    speed, body = random.normal(0, 30, (people, 2)), random.uniform(0.1, 0.9, (people, 17, 2))
    looks = np.abs(random.normal(size=(people, 27)))
    looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    tracker, smoother = BoxTracker(), KeypointSmoother()
    spent: dict[str, list[tuple[float, float]]] = {step: [] for step in STEPS}

    def timed(step: str, work: Callable[[], Any]) -> Any:
        cpu, wall = time.thread_time(), time.perf_counter()
        result = work()
        spent[step].append((1000 * (time.thread_time() - cpu), 1000 * (time.perf_counter() - wall)))
        return result

    def recognise(poses: Poses) -> None:
        asked = tracker.unfamiliar(poses)
        chosen = poses.select(asked)
        tracker.recognise(chosen.track_ids, looks[(chosen.track_ids - 1) % people])

    for frame in range(frames):
        seconds = frame / 30
        corner = home + speed * seconds
        boxes = np.hstack([corner, corner + np.array([100.0, 200.0])]) + random.normal(0, 2, (people, 4))
        found = Detections(boxes.astype(np.float32), np.full(people, 0.9, np.float32)) if frame % every == 0 else None
        tracks: Tracks = timed("update", partial(tracker.update, found, seconds))
        joints = corner[:, None] + body * (100, 200) + random.normal(0, 2, (people, 17, 2))
        rows = (tracks.ids - 1) % people
        scores = np.full((len(rows), 17), 0.8, np.float32)
        poses = Poses(joints[rows].astype(np.float32), scores, tracks.ids, tracks.boxes, skeleton)
        timed("correct", partial(tracker.correct, poses))
        poses = timed("own", partial(tracker.own, poses))
        timed("recognise", partial(recognise, poses))
        timed("smooth", partial(smoother.smooth, poses, seconds))
    return {step: np.array(each[WARM:]) for step, each in spent.items()}


def print_costs(people: int = 20) -> None:
    """Print what tracking and smoothing cost."""
    print(
        f"ms per frame, {people} people with poses, detector on every k-th frame (CPU median, mean, p95; wall median):"
    )
    for every in (1, 5):
        steps = costs(people, every)
        sums = {"update + correct + smooth": ("update", "correct", "smooth"), "together": STEPS}
        rows = {name: np.sum([steps[step] for step in some], axis=0) for name, some in sums.items()}
        for name, each in {**steps, **rows}.items():
            cpu, wall = each.T
            figures = (np.median(cpu), cpu.mean(), np.percentile(cpu, 95))
            print(f"  k={every} {name:25}" + "".join(f"{ms:7.2f}" for ms in figures) + f"{np.median(wall):9.2f}")


def _figures(results: dict[str, list[People]], sequences: list[Sequence]) -> str:
    it = measure([(sequence.truth, results[sequence.name]) for sequence in sequences])
    return f"{it.hota:5.1f} / {it.idf1:5.1f} / {it.mota:5.1f}"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "mot15")
    parser.add_argument("--every", type=int, nargs="+", default=[1, 2, 5, 10], metavar="K")
    parser.add_argument("--peers", action="store_true", help="also SORT, ByteTrack and OC-SORT of the package trackers")
    parser.add_argument("--each", action="store_true", help="also the figures of every sequence")
    options = parser.parse_args()

    print_costs()
    if not options.data.is_dir():
        print(f"no sequences in {options.data}", file=sys.stderr)
        return 1
    sequences = [load(folder) for folder in sorted(options.data.iterdir()) if (folder / "det.txt").is_file()]
    trackers: dict[str, Callable[[Sequence], Follow]] = {"ours": ours}
    try:
        find_trackeval()  # if it is missing say so before the work
        if options.peers:
            for name in ("SORT", "ByteTrack", "OCSORT"):
                trackers[name] = peer(f"{name}Tracker", coasting=False)
                trackers[f"{name}, coasting"] = peer(f"{name}Tracker", coasting=True)
    except (ImportError, VitposeLiveError) as error:
        print(f"{error}; how to: see the top of {Path(__file__).name}", file=sys.stderr)
        return 1
    print(f"HOTA / IDF1 / MOTA, {len(sequences)} sequences, every frame scored, detections on every k-th:")
    for every in options.every:
        for name, make in trackers.items():
            if every == 1 and name.endswith("coasting"):
                continue  # nothing to coast over
            start = time.thread_time()
            results = {sequence.name: follow(sequence, make(sequence), every) for sequence in sequences}
            spent = 1000 * (time.thread_time() - start) / sum(len(sequence.truth) for sequence in sequences)
            # helping a peer to coast copies it on every frame, which is not its fault
            cost = "" if name.endswith("coasting") else f"   {spent:5.2f} CPU ms per frame"
            print(f"  k={every:<3} {name:20} {_figures(results, sequences)}{cost}")
            for sequence in sequences if options.each else ():
                print(f"        {sequence.name:20} {_figures(results, [sequence])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
