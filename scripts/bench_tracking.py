"""How well and how fast people are followed: HOTA, IDF1 and MOTA with the detector on every k-th frame.

Reads MOT sequences (``det.txt``, ``gt.txt``, ``seqinfo.ini``; by default ``../shared/data/mot15``), gives the tracker
the detections of every k-th frame and nothing on the others, and scores every frame. Boxes only: no image, no pose.
One set of parameters for all sequences and every k.

The figures come from the maintained `trackeval` package, the peers from `trackers`; the project needs neither::

    python -m venv --system-site-packages bench && bench/bin/pip install trackeval trackers
    bench/bin/python scripts/bench_tracking.py --peers
"""

from __future__ import annotations

import argparse
import configparser
import contextlib
import io
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from vitpose_live.data import Detections, Poses, Tracks, load_skeleton  # noqa: E402
from vitpose_live.tracking import BoxTracker, KeypointSmoother  # noqa: E402
from vitpose_live.tracking.geometry import iou  # noqa: E402

People = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Ids (n,) and boxes (n, 4) xyxy of one frame."""

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
    """Read one MOT sequence; ground truth flagged 0 is left out, as the MOT15 rules say."""
    config = configparser.ConfigParser()
    config.read(folder / "seqinfo.ini")
    about = config["Sequence"]
    found, true = (np.loadtxt(folder / name, delimiter=",", ndmin=2) for name in ("det.txt", "gt.txt"))
    true = true[true[:, 6] != 0]
    for table in (found, true):
        table[:, 4:6] += table[:, 2:4]
    detections, truth = [], []
    for frame in range(1, int(about["seqLength"]) + 1):
        rows = found[found[:, 0] == frame]
        detections.append(Detections(rows[:, 2:6], np.clip(rows[:, 6], 0, 1)))
        rows = true[true[:, 0] == frame]
        truth.append((rows[:, 1].astype(np.int64), rows[:, 2:6]))
    return Sequence(folder.name, float(about["frameRate"]), detections, truth)


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


def peer(name: str) -> Callable[[Sequence], Follow]:
    """Return a tracker of the package `trackers` with its own defaults; a frame without detections gives it none."""
    supervision, trackers = import_module("supervision"), import_module("trackers")

    def make(_: Sequence) -> Follow:
        tracker = getattr(trackers, name)()

        def step(found: Detections | None, _: float) -> People:
            given = found or Detections.empty()
            kinds = np.zeros(len(given), int)
            result = tracker.update(
                supervision.Detections(given.boxes.copy(), confidence=given.scores.copy(), class_id=kinds)
            )
            if not len(result):
                return np.zeros(0, np.int64), np.zeros((0, 4))
            known = result.tracker_id >= 0
            return result.tracker_id[known].astype(np.int64), result.xyxy[known].astype(np.float64)

        return step

    return make


def score(results: dict[str, list[People]], sequences: list[Sequence]) -> tuple[float, float, float]:
    """HOTA, IDF1 and MOTA in percent over all sequences together."""
    with contextlib.redirect_stdout(io.StringIO()):  # trackeval prints its settings
        package = import_module("trackeval.metrics")
        quiet = {"PRINT_CONFIG": False}
        metrics = [package.HOTA(), package.Identity(quiet), package.CLEAR(quiet)]
        each: list[dict[str, Any]] = [{} for _ in metrics]
        for sequence in sequences:
            data = _as_trackeval(sequence.truth, results[sequence.name])
            for metric, scores in zip(metrics, each, strict=True):
                scores[sequence.name] = metric.eval_sequence(data)
        hota, identity, clear = (m.combine_sequences(scores) for m, scores in zip(metrics, each, strict=True))
    return 100 * float(np.mean(hota["HOTA"])), 100 * float(identity["IDF1"]), 100 * float(clear["MOTA"])


def _as_trackeval(truth: list[People], found: list[People]) -> dict[str, Any]:
    data: dict[str, Any] = {"num_timesteps": len(truth)}
    for side, people in (("gt", truth), ("tracker", found)):
        names = {int(name): number for number, name in enumerate(np.unique(np.concatenate([ids for ids, _ in people])))}
        data[f"num_{side}_ids"] = len(names)
        data[f"num_{side}_dets"] = sum(len(ids) for ids, _ in people)
        data[f"{side}_ids"] = [np.array([names[int(name)] for name in ids], int) for ids, _ in people]
    data["similarity_scores"] = [iou(true[1], seen[1]) for true, seen in zip(truth, found, strict=True)]
    return data


def milliseconds(people: int = 20, every: int = 5, frames: int = 600) -> Iterator[tuple[str, float, float]]:
    """Median and 95th percentile of CPU milliseconds per frame by step, for `people` walking with poses."""
    random = np.random.default_rng(0)
    skeleton = load_skeleton("coco17")
    home = np.stack(np.meshgrid(np.arange(5) * 350.0, np.arange((people + 4) // 5) * 260.0), -1).reshape(-1, 2)[:people]
    speed, body = random.normal(0, 30, (people, 2)), random.uniform(0.1, 0.9, (people, 17, 2))
    tracker, smoother = BoxTracker(), KeypointSmoother()
    spent: dict[str, list[float]] = {"tracker": [], "smoother": []}
    for frame in range(frames):
        corner = home + speed * frame / 30
        boxes = np.hstack([corner, corner + np.array([100.0, 200.0])]) + random.normal(0, 2, (people, 4))
        found = Detections(boxes.astype(np.float32), np.full(people, 0.9, np.float32)) if frame % every == 0 else None
        joints = corner[:, None] + body * (100, 200) + random.normal(0, 2, (people, 17, 2))
        start = time.thread_time()
        tracks: Tracks = tracker.update(found, frame / 30)
        middle = time.thread_time()
        rows = (tracks.ids - 1) % people
        poses = Poses(
            joints[rows].astype(np.float32),
            np.full((len(rows), 17), 0.8, np.float32),
            tracks.ids,
            tracks.boxes,
            skeleton,
        )
        again = time.thread_time()
        tracker.correct(poses)
        corrected = time.thread_time()
        smoother.smooth(poses, frame / 30)
        spent["tracker"].append(middle - start + corrected - again)
        spent["smoother"].append(time.thread_time() - corrected)
    for name, seconds in spent.items():
        yield name, 1000 * float(np.median(seconds[10:])), 1000 * float(np.percentile(seconds[10:], 95))


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "mot15")
    parser.add_argument("--every", type=int, nargs="+", default=[1, 2, 5, 10], metavar="K")
    parser.add_argument("--peers", action="store_true", help="also SORT, ByteTrack and OC-SORT of the package trackers")
    options = parser.parse_args()

    print("CPU ms per frame, 20 people, detector on every 5th frame (median, p95):")
    for name, median, high in milliseconds():
        print(f"  {name:10} {median:6.2f} {high:6.2f}")
    if not options.data.is_dir():
        print(f"no sequences in {options.data}", file=sys.stderr)
        return 1
    sequences = [load(folder) for folder in sorted(options.data.iterdir()) if (folder / "det.txt").is_file()]
    trackers: dict[str, Callable[[Sequence], Follow]] = {"ours": ours}
    try:
        import_module("trackeval")  # if it is missing say so before the work
        if options.peers:
            trackers |= {name: peer(f"{name}Tracker") for name in ("SORT", "ByteTrack", "OCSORT")}
    except ImportError as error:
        print(f"{error.name} is not installed; how to: see the top of {Path(__file__).name}", file=sys.stderr)
        return 1
    print(f"HOTA / IDF1 / MOTA, {len(sequences)} sequences, every frame scored, detections on every k-th:")
    for every in options.every:
        for name, make in trackers.items():
            start = time.thread_time()
            results = {sequence.name: follow(sequence, make(sequence), every) for sequence in sequences}
            spent = 1000 * (time.thread_time() - start) / sum(len(sequence.truth) for sequence in sequences)
            hota, idf1, mota = score(results, sequences)
            print(f"  k={every:<3} {name:10} {hota:5.1f} / {idf1:5.1f} / {mota:5.1f}   {spent:5.2f} CPU ms per frame")
    return 0


if __name__ == "__main__":
    sys.exit(main())
