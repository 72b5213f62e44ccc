"""How well, how late and how fast keypoints are smoothed.

Projects marker motion capture (squats and lunges of five subjects; by default ``../shared/data/mocap``) to a camera,
adds Gaussian noise, smooths, and compares the knee angle in the picture with that of the noise-free projection. A kick
and a jump, made from one standing subject, show what fast motion loses. Every clip is seen from several sides; the raw
error of a knee angle in degrees depends on how long thigh and shank are in the picture, so compare only figures of the
same height and views.

The defaults of `KeypointSmoother` were chosen on subjects 1 to 3, seen from the front and the side; 4 and 5 are held
out. Nothing is chosen by this script.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from vitpose_live.data import Poses, load_skeleton  # noqa: E402
from vitpose_live.tracking import KeypointSmoother, OneEuroSmoother  # noqa: E402
from vitpose_live.tracking.zero_phase import zero_phase  # noqa: E402

Floats = NDArray[np.float64]
SKELETON = load_skeleton("coco17")
RATE = 100.0
DISTANCE, STATURE = 4000.0, 1750.0
SETTLED = 10
"""Rows left out: in inline_lunge_correct_s02 the markers jump by a metre in the fourth."""
SUBJECTS = {"1-3": (1, 2, 3), "4-5, held out": (4, 5)}


@dataclass(frozen=True)
class Scene:
    """Clips side by side: (t, p, 17, 2) px, of which `there` (t, p) is real and the rest stands still."""

    name: str
    points: Floats
    there: NDArray[np.bool_]


Smooth = Callable[[Floats, Floats], Floats]
"""(t, p, 17, 2) px and (t,) seconds to (t, p, 17, 2) px."""


def project(joints: Floats, view: float, height: float) -> Floats:
    """(t, 17, 2) px of (t, 17, 3) mm, z up: a camera 4 m away, `height` px for a stature of 1.75 m; 90 is the side."""
    angle = np.radians(view)
    centred = joints - joints[0, [11, 12]].mean(axis=0)
    across = centred[..., 1] * np.cos(angle) + centred[..., 0] * np.sin(angle)
    away = DISTANCE + centred[..., 1] * np.sin(angle) - centred[..., 0] * np.cos(angle)
    focal = height / STATURE * DISTANCE
    return np.stack([960 + focal * across / away, 540 - focal * centred[..., 2] / away], axis=-1)


def resample(joints: Floats, fps: float, seconds: float) -> Floats:
    """Take `joints`, at 100 Hz, at `fps`."""
    end = min((len(joints) - 1) / RATE, seconds)
    at = np.arange(0, end, 1 / fps) * RATE
    low = at.astype(int)
    part = (at - low)[:, None, None]
    return np.asarray(joints[low] * (1 - part) + joints[np.minimum(low + 1, len(joints) - 1)] * part)


def recorded(
    data: Path, subjects: tuple[int, ...], fps: float, views: list[float], height: float, seconds: float
) -> Scene:
    """Every clip of `subjects` from all `views`."""
    clips = []
    for path in sorted(data.glob("*.npz")):
        if int(path.stem[-2:]) in subjects:
            with np.load(path) as file:
                joints = resample(file["keypoints_mm"][SETTLED:].astype(float), fps, seconds)
            clips += [project(joints, view, height) for view in views]
    length = max(map(len, clips))
    points = np.stack([clip[np.minimum(np.arange(length), len(clip) - 1)] for clip in clips], axis=1)
    there = np.arange(length)[:, None] < np.array([len(clip) for clip in clips])
    return Scene(f"subjects {subjects}", points, there)


def _ease(share: Floats) -> Floats:
    share = np.clip(share, 0, 1)
    return np.asarray(share**3 * (10 - 15 * share + 6 * share**2))


def kick(joints: Floats, times: Floats) -> Floats:
    """(t, 17, 3) mm: the standing person of `joints` kicks with the right leg every 1.5 s; the foot reaches 15 m/s."""
    body = joints[0]
    phase = np.mod(times, 1.5)
    hip = np.radians(95) * (_ease((phase - 0.5) / 0.3) - _ease((phase - 0.9) / 0.4))
    knee = np.radians(100) * (_ease((phase - 0.4) / 0.2) - _ease((phase - 0.63) / 0.15))
    ahead = np.cross(body[6] - body[5], [0, 0, 1.0])
    ahead *= np.sign(ahead @ (body[0] - body[3:5].mean(axis=0))) / np.linalg.norm(ahead)

    def bone(length: float, angle: Floats) -> Floats:
        return np.asarray(length * (np.sin(angle)[:, None] * ahead - np.cos(angle)[:, None] * [0, 0, 1.0]))

    result = np.repeat(body[None], len(times), axis=0)
    result[:, 14] = body[12] + bone(float(np.linalg.norm(body[14] - body[12])), hip)
    result[:, 16] = result[:, 14] + bone(float(np.linalg.norm(body[16] - body[14])), hip - knee)
    return result


def jump(joints: Floats, times: Floats) -> Floats:
    """(t, 17, 3) mm: the person of `joints`, who squats first, crouches and jumps a third of a metre high every 2 s."""
    speed, gravity = 2.6, 9.81
    air = 2 * speed / gravity
    phase = np.mod(times, 2.0)
    flight = np.clip(phase - 1.0, 0, air)
    crouch = _ease((phase - 0.4) / 0.4) - _ease((phase - 0.8) / 0.2)
    crouch += _ease((phase - 1 - air) / 0.12) - _ease((phase - 1.12 - air) / 0.3)
    lowest = int(np.argmin(joints[:220, 11, 2]))
    row = np.clip(crouch, 0, 1) * lowest * 0.75
    low = row.astype(int)
    part = (row - low)[:, None, None]
    result = joints[low] * (1 - part) + joints[low + 1] * part
    result[..., 2] += 1000 * (speed * flight - gravity / 2 * flight**2)[:, None]
    return np.asarray(result)


def fast(data: Path, fps: float, views: list[float], height: float) -> Scene:
    """Return a kick and a jump, from all `views`."""
    with np.load(data / "deep_squat_correct_s01.npz") as file:
        joints = file["keypoints_mm"].astype(float)
    times = np.arange(0, 6, 1 / fps)
    clips = [project(make(joints, times), view, height) for make in (kick, jump) for view in views]
    return Scene("kick and jump", np.stack(clips, axis=1), np.ones((len(times), len(clips)), np.bool_))


def knees(points: Floats) -> Floats:
    """(..., 2) left and right knee angle in degrees of (..., 17, 2)."""
    thigh = points[..., [11, 12], :] - points[..., [13, 14], :]
    shank = points[..., [15, 16], :] - points[..., [13, 14], :]
    cross = thigh[..., 0] * shank[..., 1] - thigh[..., 1] * shank[..., 0]
    return np.asarray(np.degrees(np.arctan2(np.abs(cross), (thigh * shank).sum(-1))))


def ankle_speed(points: Floats) -> Floats:
    """(t - 1, p, 2) px per frame."""
    return np.asarray(np.linalg.norm(np.diff(points[:, :, 15:17], axis=0), axis=-1))


def lag(truth: Floats, found: Floats, reach: int = 6) -> float:
    """Frames by which `found` (t, ...) comes after `truth`: the peak of their cross-correlation, by a parabola."""
    truth, found = (signal - signal.mean(axis=0) for signal in (truth, found))
    t = len(truth)
    at = np.array(
        [
            (truth[max(0, -shift) : t - max(0, shift)] * found[max(0, shift) : t + min(0, shift)]).sum()
            / (t - abs(shift))
            for shift in range(-reach, reach + 1)
        ]
    )
    top = int(np.clip(np.argmax(at), 1, 2 * reach - 1))
    return float(top - reach + (at[top - 1] - at[top + 1]) / (2 * (at[top - 1] - 2 * at[top] + at[top + 1])))


def causal(make: Callable[..., Any], **options: Any) -> Smooth:
    """Frame by frame, all clips as the people of one picture."""

    def smooth(points: Floats, times: Floats) -> Floats:
        smoother, results = make(**options), []
        scores, ids = np.full(points.shape[1:3], 0.9, np.float32), np.arange(points.shape[1])
        for frame, seconds in zip(points, times, strict=True):
            boxes = np.concatenate([frame.min(axis=1) - 20, frame.max(axis=1) + 20], axis=1).astype(np.float32)
            poses = Poses(frame.astype(np.float32), scores, ids, boxes, SKELETON)
            results.append(smoother.smooth(poses, float(seconds)).keypoints)
        return np.stack(results).astype(float)

    return smooth


def whole(points: Floats, times: Floats) -> Floats:
    """Over whole recordings."""
    scores = np.full((len(points), 17), 0.9)
    people = (zero_phase(times, clip, scores, SKELETON.mirror_pairs).points for clip in np.moveaxis(points, 1, 0))
    return np.stack(list(people), axis=1)


WAYS: dict[str, Smooth] = {
    "raw": lambda points, _: points,
    "one euro": causal(OneEuroSmoother),
    "one euro .1 40 1": causal(OneEuroSmoother, min_cutoff=0.1, beta=40.0, d_cutoff=1.0),
    "KeypointSmoother": causal(KeypointSmoother),
    "zero_phase": whole,
}


def report(scene: Scene, fps: float, noises: list[float], seeds: int, *, hasty: bool) -> None:
    """Print one block: error of the knee angle, lag of the knee angle, and of the ankles' speed where they move."""
    truth, times = knees(scene.points), np.arange(len(scene.points)) / fps
    mask = scene.there
    print("  " + " " * 18 + "".join(f"{noise:>6g} px        " for noise in noises))
    for name, smooth in WAYS.items():
        cells = []
        for noise in noises:
            errors, lags = [], []
            for seed in range(seeds):
                noisy = scene.points + np.random.default_rng(seed).normal(0, noise, scene.points.shape)
                found = smooth(noisy, times)
                errors.append(float(np.sqrt(np.square(knees(found) - truth)[mask].mean())))
                pair = (ankle_speed(scene.points), ankle_speed(found)) if hasty else (truth, knees(found))
                lags.append(lag(*pair))
            spread = (max(errors) - min(errors)) / 2
            cells.append(f"{np.mean(errors):5.2f}±{spread:.2f} {np.mean(lags):+5.2f}")
        print(f"  {name:18}" + "  ".join(cells), flush=True)


def milliseconds(make: Callable[[], Any], people: int = 20, frames: int = 600) -> tuple[float, float]:
    """Median and 95th percentile of CPU milliseconds per frame."""
    random = np.random.default_rng(0)
    home = random.uniform(100, 600, (people, 17, 2))
    boxes, scores = (
        np.tile(np.array([100, 100, 600, 600], np.float32), (people, 1)),
        np.full((people, 17), 0.8, np.float32),
    )
    smoother, spent = make(), []
    for frame in range(frames):
        poses = Poses(
            (home + random.normal(0, 2, home.shape)).astype(np.float32), scores, np.arange(people), boxes, SKELETON
        )
        start = time.thread_time()
        smoother.smooth(poses, frame / 30)
        spent.append(1000 * (time.thread_time() - start))
    return float(np.median(spent[10:])), float(np.percentile(spent[10:], 95))


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "mocap")
    parser.add_argument("--fps", type=float, nargs="+", default=[15, 100 / 3, 60])
    parser.add_argument("--noise", type=float, nargs="+", default=[1, 2, 4, 6], help="px")
    parser.add_argument("--views", type=float, nargs="+", default=[90], help="degrees; 0 is the front, 90 the side")
    parser.add_argument("--height", type=float, default=500, help="px of a standing person")
    parser.add_argument("--seconds", type=float, default=20, help="of each clip")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()

    print("CPU ms per frame, 20 people (median, p95):")
    for make in (OneEuroSmoother, KeypointSmoother):
        print(f"  {make.__name__:18} {milliseconds(make)[0]:5.2f} {milliseconds(make)[1]:5.2f}")
    if not options.data.is_dir():
        print(f"no motion capture in {options.data}", file=sys.stderr)
        return 1
    print(f"{options.height:g} px tall, views {options.views}; RMSE of the knee angle in degrees (half the range over")
    print(f"{options.seeds} seeds), lag in frames of the knee angle, for kick and jump of the ankles' speed")
    for fps in options.fps:
        for name, subjects in SUBJECTS.items():
            print(f"{fps:.0f} fps, subjects {name}")
            scene = recorded(options.data, subjects, fps, options.views, options.height, options.seconds)
            report(scene, fps, options.noise, options.seeds, hasty=False)
        print(f"{fps:.0f} fps, kick and jump")
        report(fast(options.data, fps, [60, 90], options.height), fps, options.noise, options.seeds, hasty=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
