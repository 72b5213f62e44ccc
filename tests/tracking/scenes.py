"""Scenes with known truth: people who walk, cross and squat, seen by an imaginary detector and pose network."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vitpose_live.data import Detections, Poses, Tracks, load_skeleton
from vitpose_live.tracking import BoxTracker

COCO17 = load_skeleton("coco17")


def project(keypoints_mm, view_deg, *, height=400.0, at=(960.0, 540.0)):
    """Project (t, k, 3) mm, z up, to (t, k, 2) px: a camera 4 m away, a standing person `height` px tall about `at`."""
    view = np.radians(view_deg)
    centred = keypoints_mm - keypoints_mm[0, [11, 12]].mean(axis=0)
    across = centred[..., 1] * np.cos(view) + centred[..., 0] * np.sin(view)
    away = 4000 + centred[..., 1] * np.sin(view) - centred[..., 0] * np.cos(view)
    focal = height / 1750 * 4000
    return np.stack([at[0] + focal * across / away, at[1] - focal * centred[..., 2] / away], axis=-1)


def squats(shared_data: Path, name="deep_squat_correct_s01", *, frames=400, view=60, **camera):
    """(frames, 17, 2) px at 100/3 frames per second, without noise."""
    with np.load(shared_data / "mocap" / f"{name}.npz") as file:
        return project(file["keypoints_mm"][: 3 * frames : 3].astype(float), view, **camera)


def body_boxes(points):
    """Person boxes (..., 4) of keypoints (..., k, 2): flesh, scalp and shoes reach beyond the joints."""
    low, high = points.min(axis=-2), points.max(axis=-2)
    tall = (high - low)[..., 1:]
    return np.concatenate([low - tall * [0.06, 0.09], high + tall * [0.06, 0.05]], axis=-1)


def poses_of(tracks: Tracks, truth, *, score=0.8):
    """The pose network: in each track's box the skeleton of `truth` (p, 17, 2) most of whose joints lie inside.

    Ties go to the first of `truth`, who stands in front; a joint outside the box padded by a quarter is not found.
    """
    points, scores = np.full((len(tracks), 17, 2), np.nan), np.zeros((len(tracks), 17))
    for row, box in enumerate(tracks.boxes):
        pad = (box[2:] - box[:2]) / 8
        inside = ((truth >= box[:2] - pad) & (truth <= box[2:] + pad)).all(-1)
        best = int(inside.sum(axis=1).argmax())
        points[row][inside[best]] = truth[best][inside[best]]
        scores[row][inside[best]] = score
    return Poses(points, scores, tracks.ids, tracks.boxes, COCO17)


def iou(first, second):
    """Intersection over union of two boxes."""
    sides = np.minimum(first[2:], second[2:]) - np.maximum(first[:2], second[:2])
    common = np.prod(np.maximum(sides, 0))
    return common / (np.prod(first[2:] - first[:2]) + np.prod(second[2:] - second[:2]) - common)


def follow(boxes, *, fps=30.0, every=1, points=None, noise=0.0, scores=0.9, tracker=None, hidden=None):
    """Track the true `boxes` (t, p, 4); return one `Tracks` per frame.

    Parameters
    ----------
    every
        The detector runs on every so many frames.
    points
        (t, p, 17, 2) skeletons; None for no pose network.
    noise
        Detector noise, as a share of the box height.
    hidden
        (t, p) whom the detector misses.
    """
    tracker = tracker or BoxTracker()
    random = np.random.default_rng(0)
    results = []
    for step, truth in enumerate(boxes):
        detections = None
        if step % every == 0:
            seen = np.ones(len(truth), bool) if hidden is None else ~hidden[step]
            tall = (truth[:, 3:] - truth[:, 1:2])[seen]
            found = truth[seen] + noise * tall * random.normal(size=(seen.sum(), 4))
            detections = Detections(found, np.broadcast_to(scores, len(truth))[seen])
        tracks = tracker.update(detections, step / fps)
        if points is not None:
            tracker.correct(poses_of(tracks, points[step]))
        results.append(tracks)
    return results


def id_of(tracks: Tracks, box):
    """Id of the track that overlaps `box` most; 0 when none does by half."""
    overlaps = [iou(track, box) for track in tracks.boxes.astype(float)]
    return int(tracks.ids[int(np.argmax(overlaps))]) if overlaps and max(overlaps) >= 0.5 else 0
