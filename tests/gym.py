"""A room in which somebody made of numbers does squats before a camera."""

from __future__ import annotations

import numpy as np
from fakes import BoxDetector, ListSource, frame
from fitness_people import bells, squat

from vitpose_live.data import Frame, Poses, Skeleton, Tracks, load_skeleton

BOX = (100.0, 20.0, 220.0, 230.0)
FPS = 15.0


class SquattingPose:
    """Says that whoever it is asked about does three squats, in nine seconds."""

    name, device, precision = "squats", "none", "fp32"
    notices = ()

    def __init__(self, skeleton: Skeleton | None = None) -> None:
        self.skeleton = skeleton or load_skeleton("coco17")

    def estimate(self, frame: Frame, tracks: Tracks) -> Poses:
        points = np.add(squat(self.skeleton, bells(frame.time, 3)), (160, 222)).astype(np.float32)
        scores = np.where(np.isnan(points[:, 0]), 0, 0.9).astype(np.float32)
        n = len(tracks)
        every = np.repeat(points[None], n, axis=0), np.repeat(scores[None], n, axis=0)
        return Poses(*every, tracks.ids, tracks.boxes, self.skeleton)


def detector(*_: object) -> BoxDetector:
    return BoxDetector(BOX)


def film(seconds: float = 11.0) -> ListSource:
    return ListSource([frame(index, fps=FPS, size=(320, 240)) for index in range(round(seconds * FPS))])
