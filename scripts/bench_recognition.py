"""How well the exercise that somebody does is recognised, and how well what is none of them is not.

Each recording goes to the recogniser pose by pose until it names an exercise. Kinds of recordings: people on video,
whose joints are given stretched to the frame's own extent (by default ``../shared/data/reps``); marker motion capture,
projected to a camera from several sides with noise (``../shared/data/mocap``); and, with ``--video``, clips of a folder
through the embedded models, a recording for each track.

Each is recognised twice: among all exercises, and among all but its own, when every name is a false one. What looks
like what is written by hand in ``looks.toml`` and not learnt from recordings, but its limits were chosen looking at
them; ``--poses`` tells how many single labelled poses that nobody looked at are within the limits.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "scripts"))

import bench_counting as counting  # noqa: E402
from bench_counting import Floats  # noqa: E402

from vitpose_live import process  # noqa: E402
from vitpose_live.data import Skeleton, load_skeleton, normalised_keypoint_name  # noqa: E402
from vitpose_live.fitness.looks import JOINTS, Sight, looks  # noqa: E402
from vitpose_live.fitness.recognition import UNKNOWN, Recogniser  # noqa: E402

FOREIGN = "none of them"
RATE = 20.0
DONE = {"tfjs_pose_squats": "squat", "rohanx01_squat": "squat", "sports2d_demo": "jumping_jack"}
"""What the person who is longest in a clip does; everybody else walks, stands or talks."""
ENOUGH = 30
"""Tracks of fewer frames are left out."""
LABELS = {
    "squats_up": ("squat", "rest"), "squats_down": ("squat", "effort"),
    "pushups_up": ("push_up", "rest"), "pushups_down": ("push_up", "effort"),
}  # fmt: skip
"""What the labels of single poses stand for."""


@dataclass(frozen=True)
class Recording:
    """One person: (t, k, 2) px, NaN where missing, at (t,) seconds, and the name of what they do."""

    name: str
    exercise: str
    skeleton: Skeleton
    points: Floats
    times: Floats

    def named(self, *, without: str = "", drop: float = 0.0) -> tuple[str, float]:
        """Return what it is recognised as, and after how many seconds."""
        recogniser = Recogniser(self.skeleton, among=set(looks()) - {without})
        kept = np.random.default_rng(0).random(len(self.points)) >= drop
        for frame, time in zip(self.points[kept], self.times[kept].tolist(), strict=True):
            scores = np.where(np.isfinite(frame).all(axis=1), 0.9, 0.0)
            if recogniser.observe(frame, scores, time) != UNKNOWN:
                return recogniser.name, time
        return UNKNOWN, float(self.times[-1]) if len(self.times) else 0.0


def on_video(folder: Path) -> Iterator[Recording]:
    """Read recordings of people on video, stretched; what is none of the exercises is foreign."""
    skeleton = load_skeleton("blazepose33")
    for name, exercise, _, points in counting.recordings(folder):
        known = exercise if exercise in looks() else FOREIGN
        yield Recording(f"{name} {exercise}", known, skeleton, points, np.arange(len(points)) / counting.VIDEO_RATE)


def from_mocap(folder: Path, views: Iterable[float], noise: float) -> Iterator[Recording]:
    """Projections of motion capture."""
    skeleton, rng = load_skeleton("coco17"), np.random.default_rng(0)
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as file:
            joints = file["keypoints_mm"][counting.SETTLED :: round(counting.RATE / RATE)].astype(float)
        exercise = next(name for movement, name in counting.MOVEMENTS.items() if path.name.startswith(movement))
        for view in views:
            points = counting.project(joints, view)
            points += rng.normal(0, noise, points.shape)
            yield Recording(f"{path.stem}@{view:g}", exercise, skeleton, points, np.arange(len(points)) / RATE)


def from_clips(folder: Path) -> Iterator[Recording]:
    """Everybody in the clips of a folder, as the embedded models see them."""
    for path in sorted(folder.glob("*.mp4")):
        tracks: dict[int, list[tuple[float, Floats]]] = defaultdict(list)
        skeleton = load_skeleton("coco17")
        for result in process(path, detector="embedded", pose="embedded"):
            skeleton = result.poses.skeleton
            for row, track_id in enumerate(result.poses.track_ids.tolist()):
                seen = result.poses.scores[row, :, None] >= 0.3
                tracks[track_id].append((result.frame.time, np.where(seen, result.poses.keypoints[row], np.nan)))
        longest = max(tracks, key=lambda track: len(tracks[track]), default=None)
        for track_id, seen_at in tracks.items():
            if len(seen_at) >= ENOUGH:
                exercise = DONE.get(path.stem, FOREIGN) if track_id == longest else FOREIGN
                times, points = (np.array(column) for column in zip(*seen_at, strict=True))
                yield Recording(f"{path.stem}#{track_id}", exercise, skeleton, points, times)


def compare(kind: str, recordings: Iterable[Recording], *, drop: float, verbose: bool) -> None:
    """Print what recordings of one kind are named."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    others: dict[str, Counter[str]] = defaultdict(Counter)
    seconds: dict[str, list[float]] = defaultdict(list)
    for one in recordings:
        name, after = one.named(drop=drop)
        found[one.exercise][name] += 1
        if name == one.exercise:
            seconds[name].append(after)
        false, _ = (name, 0.0) if one.exercise == FOREIGN else one.named(without=one.exercise, drop=drop)
        others[one.exercise][false] += 1
        if verbose:
            print(f"  {one.name}: {name} after {after:.1f} s; among the others: {false}")
    print(f"{kind:<16}{'clips':>6}{'right':>7}{'wrong':>7}{'false':>7}{'after s':>9}   false: named, though left out")
    names = sorted(found)
    rows: list[tuple[str, list[str]]] = [(name, [name]) for name in names]
    for label, of in (*rows, ("known", [one for one in names if one != FOREIGN])):
        clips = sum(sum(found[name].values()) for name in of)
        if not clips:
            continue
        right = sum(found[name][name] for name in of if name != FOREIGN)
        unknown = sum(found[name][UNKNOWN] for name in of)
        amiss = clips - sum(others[name][UNKNOWN] for name in of)
        waits = [second for name in of for second in seconds[name]]
        wrong = clips - unknown - right
        middle = f"{np.median(waits):9.1f}" if waits else f"{'':9}"
        print(f"{label:<16}{clips:>6}{right / clips:>7.2f}{wrong / clips:>7.2f}{amiss / clips:>7.2f}{middle}")


def single_poses(path: Path, names: Path) -> None:
    """Print how many labelled poses are within the limits of their end of their exercise, and of the other's."""
    order = [normalised_keypoint_name(name) for name in names.read_text("utf-8").split()]
    columns = [order.index(joint) for joint in JOINTS]
    poses: dict[str, list[Floats]] = defaultdict(list)
    with path.open(newline="") as file:
        for _, label, *numbers in csv.reader(file):
            poses[label].append(np.array(numbers, float).reshape(-1, 3)[columns, :2])
    for label, found in sorted(poses.items()):
        sight = Sight(np.array(found))
        row = f"{label:<16}{len(found):>6}"
        for exercise, part in sorted(set(LABELS.values())):
            limits = getattr(looks()[exercise], part)
            within = np.all([[one.holds(value) for value in sight.read(one.feature)] for one in limits], axis=0)
            row += f"   {exercise} {part} {within.mean():.2f}"
        print(row)


def main(arguments: list[str] | None = None) -> int:
    """Measure."""
    data = ROOT.parent / "shared" / "data"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--reps", type=Path, default=data / "reps")
    parser.add_argument("--mocap", type=Path, default=data / "mocap")
    parser.add_argument("--views", type=float, nargs="*", default=[0, 30, 60, 90, 150, -60], help="degrees")
    parser.add_argument("--noise", type=float, default=2.0, help="px, of a person 500 px high")
    parser.add_argument("--drop", type=float, default=0.0, help="share of frames left out")
    parser.add_argument("--video", type=Path, help="folder of clips that go through the embedded models")
    parser.add_argument("--poses", type=Path, default=data / "poses" / "mlkit_fitness_pose_samples.csv")
    parser.add_argument("--verbose", action="store_true", help="name every recording")
    options = parser.parse_args(arguments)
    how = {"drop": options.drop, "verbose": options.verbose}
    if options.reps.is_dir():
        compare("on video", on_video(options.reps), **how)
        if options.poses.is_file():
            single_poses(options.poses, options.reps / "keypoint_names.txt")
    if options.mocap.is_dir():
        compare("from mocap", from_mocap(options.mocap, options.views, options.noise), **how)
    if options.video is not None:
        compare("from pixels", from_clips(options.video), **how)
    return 0


if __name__ == "__main__":
    sys.exit(main())
