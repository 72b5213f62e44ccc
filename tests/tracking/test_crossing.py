"""Two people pass each other, are drawn and filmed, and come out as who they were."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from tracking.scenes import COCO17, body_boxes, id_of, iou, squats

import vitpose_live as vl
from vitpose_live.data import Detections, Frame, Poses
from vitpose_live.pipeline.analyzer import Look
from vitpose_live.tracking import BoxTracker

SIZE, SCALE = (270, 480), 0.25
"""Of the pictures, which show the scene, in px of a picture four times as large, from (0, 180) on."""
ABOVE = 180.0
TORSO = [COCO17.index(name) for name in ("left_shoulder", "right_shoulder", "right_hip", "left_hip")]
RED, BLUE = (190, 40, 40), (40, 60, 180)
FPS = 30.0
GRAIN = np.random.default_rng(0).integers(0, 20, (*SIZE, 3), np.uint8)


def crossing(shared_data, *, fps=FPS, seconds=4.0, speed=160.0):
    """(t, 2, 17, 2) of two mocap subjects who squat while they slide past each other, the first in front."""
    frames = round(seconds * fps)
    there = np.arange(frames) / fps * 100 / 3
    low = there.astype(int)
    part = (there - low)[:, None, None]
    slide = (np.arange(frames) / fps * speed)[:, None, None] * [1.0, 0.0]

    def moving(name, **camera):
        path = squats(shared_data, name, frames=int(there[-1]) + 2, **camera)
        return path[low] + part * (path[low + 1] - path[low])

    front = moving("deep_squat_correct_s01", at=(300.0, 500.0)) + slide
    behind = moving("deep_squat_correct_s03", at=(900.0, 480.0), height=360.0) - slide
    return np.stack([front, behind], axis=1)


class Film:
    """A detector and a pose network that err as real ones do, in pictures of the people `truth` (t, p, 17, 2).

    The first is in front. The detector misses who is hidden. The pose network draws in each box the person there, but
    what somebody in front hides is drawn as theirs; `whole`: once half is hidden, all of it.
    """

    name, device, precision, notices, skeleton = "film", "none", "fp32", (), COCO17

    def __init__(self, truth, noise, *, whole=False, colours=(RED, BLUE), fps=FPS):
        self.truth, self.boxes = truth, body_boxes(truth)
        self.noise, self.whole, self.colours, self.fps = noise, whole, colours, fps
        self.random = np.random.default_rng(0)

    def covered(self, index):
        return iou(*self.boxes[index]) > 0.25

    def frame(self, index):
        image = np.full((*SIZE, 3), 120, np.uint8)
        for body, colour in zip(self.truth[index][::-1], self.colours[::-1], strict=True):
            torso = ((body[TORSO] - [0, ABOVE]) * SCALE).round().astype(np.int32)
            cv2.fillConvexPoly(image, cv2.convexHull(torso), colour)
        return Frame(cv2.add(image, GRAIN), index, index / self.fps, 0)

    def detect(self, frame):
        here = self.boxes[frame.index]
        seen = here[:1] if self.covered(frame.index) else here
        noisy = seen + self.random.normal(0, self.noise, seen.shape)
        return Detections((noisy - [0, ABOVE, 0, ABOVE]) * SCALE, np.full(len(seen), 0.9))

    def estimate(self, frame, tracks):
        truth, boxes = self.truth[frame.index], self.boxes[frame.index]
        points, scores = np.full((len(tracks), 17, 2), np.nan), np.full((len(tracks), 17), 0.8)
        for row, box in enumerate(upright(tracks.boxes)):
            mine = int(np.argmax([iou(box, other) for other in boxes]))
            pad = (box[2:] - box[:2]) / 8
            points[row] = truth[mine]
            for front in range(mine):
                hidden = ((truth[mine] > boxes[front][:2]) & (truth[mine] < boxes[front][2:])).all(-1)
                inside = ((truth[front] > box[:2] - pad) & (truth[front] < box[2:] + pad)).all(-1)
                taken = inside & (hidden | (self.whole and hidden.mean() > 0.5))
                points[row, taken] = truth[front, taken]
        points += self.random.normal(0, self.noise, points.shape)
        return Poses((points - [0, ABOVE]) * SCALE, scores, tracks.ids, tracks.boxes, COCO17)


def upright(boxes):
    """Boxes of the picture in px of the scene."""
    return boxes.astype(float) / SCALE + [0, ABOVE, 0, ABOVE]


def judge(film, results):
    """Nobody but these two, never swapped, both there at the end; return the share of joints drawn on the wrong one."""
    wrong = 0
    for index, result in enumerate(results):
        tracks = vl.Tracks(upright(result.tracks.boxes), result.tracks.ids, result.tracks.observed)
        assert set(tracks.ids.tolist()) <= {1, 2}
        names = [id_of(tracks, box) for box in film.boxes[index]]
        if index == 0:
            first, second = names
            assert {first, second} == {1, 2}
        if not film.covered(index):
            assert names[0] == first
            assert names[1] in (0, second)
        order = [first, second]
        joints = result.poses.keypoints.astype(float) / SCALE + [0, ABOVE]
        for identity, points in zip(result.poses.track_ids.tolist(), joints, strict=True):
            mine, other = (film.truth[index][order.index(who)] for who in (identity, 3 - identity))
            mine, other = (np.linalg.norm(points - body, axis=1) for body in (mine, other))
            wrong += int(((mine > 60) & (other < 20)).sum())
    assert sum(film.covered(index) for index in range(len(results))) > len(results) / 12
    assert names == [first, second]
    return wrong / film.truth[..., 0].size


def filmed(shared_data, way, **options):
    """The crossing, or its mirror image, in which the sides of the body change places, too."""
    truth = crossing(shared_data, fps=options.get("fps", FPS))
    if way == "to the left":
        truth = (truth * [-1, 1] + [1920, 0])[:, :, COCO17.mirror_order]
    return Film(truth, **options)


WAYS = [("to the right", "same"), ("to the left", "different")]
"""By turns, so that each meets every two of the other conditions."""


@pytest.mark.parametrize(
    ("noise", "every", "whole", "way", "clothes"),
    [
        (noise, every, whole, *WAYS[(first + second + whole) % 2])
        for first, noise in enumerate([2.0, 6.0])
        for second, every in enumerate([1, 2, 5, 10])
        for whole in (True, False)
    ],
)
def test_two_who_cross_keep_ids_and_limbs(shared_data, noise, every, whole, clothes, way):
    film = filmed(shared_data, way, noise=noise, whole=whole, colours=(RED, RED if clothes == "same" else BLUE))
    analyzer = vl.Analyzer(film, film, tracker=BoxTracker(), det_frequency=every)
    results = [analyzer.analyze(film.frame(index)) for index in range(len(film.truth))]
    assert judge(film, results) <= 0.005


@pytest.mark.parametrize("way", ["to the right", "to the left"])
@pytest.mark.parametrize("every", [5, 10])
@pytest.mark.parametrize("late", [1, 4, 9])
def test_so_they_do_when_the_detector_answers_late(shared_data, late, every, way):
    film = filmed(shared_data, way, noise=4.0, whole=True)
    analyzer, asked, results = vl.Analyzer(film, film, tracker=BoxTracker(), det_frequency=every), None, []
    analyzer.analyze(film.frame(0))
    for index in range(len(film.truth)):
        frame = film.frame(index)
        if asked is not None and index - asked[0] >= late:
            analyzer.fuse(asked[1])
            asked = None
        if analyzer.ask(frame):
            asked = index, analyzer.detect(frame)
        results.append(analyzer.follow(Look(frame, None, 0.0)))
    assert judge(film, results) <= 0.005


@pytest.mark.parametrize("every_frame", [True, False])
def test_the_frame_rate_does_not_matter(shared_data, every_frame):
    """At 15, 30 and 60 frames per second, detected on every frame or five times a second."""
    for fps in (15, 30, 60):
        film = filmed(shared_data, "to the right", noise=4.0, whole=True, fps=fps)
        analyzer = vl.Analyzer(film, film, tracker=BoxTracker(), det_frequency=1 if every_frame else fps // 5)
        assert judge(film, [analyzer.analyze(film.frame(index)) for index in range(len(film.truth))]) <= 0.005
