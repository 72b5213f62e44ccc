"""People made of numbers: a figure that exercises before a camera, and what a pose model would say of it."""

from __future__ import annotations

import tomllib
from math import cos, pi

import numpy as np
from fitness.stick_figure import NECK, between, seen
from places import ROOT

from vitpose_live.data import Poses, load_skeleton

COCO = load_skeleton("coco17")
POSTURES = tomllib.loads((ROOT / "tests" / "fitness" / "postures.toml").read_text("utf-8"))
SCALE = 120.0
"""Pixels per trunk length."""


def drawn(posture, around, *, skeleton=COCO, at=(320.0, 240.0), standing=True, hanging=False):
    """(k, 2) px of the figure and (k,) scores; what it lacks is missing. Feet, or hands, stay where they are."""
    joints = seen(posture, around)
    neck = (joints["left_shoulder"] + joints["right_shoulder"]) / 2
    ears = neck + NECK * (neck / abs(neck) if neck else -1j)
    joints |= {"left_ear": ears, "right_ear": ears}
    ground = max(place.imag for place in joints.values()) if standing else 0.0
    if hanging:
        ground = joints["left_wrist"].imag
    points = np.full((len(skeleton), 2), np.nan, np.float32)
    for name, place in joints.items():
        if name in skeleton.keypoints:
            points[skeleton.index(name)] = at[0] + SCALE * place.real, at[1] + SCALE * (place.imag - ground)
    return points, np.where(np.isnan(points[:, 0]), 0, 0.9).astype(np.float32)


def movement(exercise, time, *, period=2.0, repetitions=5, depth=1.0):
    """The posture `time` seconds into a set that begins after a second at rest."""
    row = POSTURES[exercise]
    into = time - 1.0
    moving = 0 <= into < period * repetitions
    share = depth * (1 - cos(2 * pi * into / period)) / 2 if moving else 0.0
    return between(row["rest"], row["effort"], share)


def poses_of(people, skeleton=COCO):
    """Poses of {track id: (points, scores)}."""
    points = np.array([one for one, _ in people.values()], np.float32).reshape(-1, len(skeleton), 2)
    scores = np.array([one for _, one in people.values()], np.float32).reshape(-1, len(skeleton))
    boxes = [(*np.nanmin(one, axis=0), *np.nanmax(one, axis=0)) for one in points]
    return Poses(points, scores, list(people), np.array(boxes).reshape(-1, 4), skeleton)


def film(exercise="squat", around=90.0, *, fps=20.0, track_id=1, seconds=12.0, skeleton=COCO, noise=0.0, **options):
    """(poses, seconds) of somebody exercising."""
    at = options.pop("at", (320.0, 240.0))
    random = np.random.default_rng(0)
    for frame in range(round(seconds * fps)):
        posture, hanging = movement(exercise, frame / fps, **options), exercise == "pull_up"
        points, scores = drawn(posture, around, skeleton=skeleton, at=at, hanging=hanging)
        points += random.normal(0, noise, points.shape).astype(np.float32)
        yield poses_of({track_id: (points, scores)}, skeleton), frame / fps
