"""What poses do to the people who are followed."""

import numpy as np
import pytest
from tracking.scenes import COCO17, body_boxes, poses_of, squats

from vitpose_live.data import Detections, Poses, Skeleton
from vitpose_live.tracking import BoxTracker

TURNED = Skeleton("turned17", COCO17.keypoints[::-1])
NOSELESS = Skeleton("coco16", COCO17.keypoints[1:])


def as_in(skeleton, poses, hidden=()):
    """`poses` with the joints of another skeleton, in its order, some of them not seen."""
    order = [COCO17.index(name) for name in skeleton.keypoints]
    points, scores = poses.keypoints[:, order].copy(), poses.scores[:, order].copy()
    gone = [skeleton.index(name) for name in hidden if name in skeleton.keypoints]
    points[:, gone], scores[:, gone] = np.nan, 0.0
    return Poses(points, scores, poses.track_ids, poses.boxes, skeleton)


def test_what_was_learned_from_another_models_joints_is_forgotten_whatever_their_number(shared_data):
    points = squats(shared_data)[:90]
    boxes = body_boxes(points)

    def followed(first):
        tracker = BoxTracker()
        for step, (joints, box) in enumerate(zip(points, boxes, strict=True)):
            detections = Detections(box[None], [0.9]) if step % 5 == 0 and step <= 60 else None
            tracks = tracker.update(detections, step / 33)
            poses = poses_of(tracks, joints[None])
            legs = [name for name in COCO17.keypoints if "ankle" in name or "knee" in name]
            tracker.correct(as_in(first, poses, ["nose"]) if step < 62 else as_in(TURNED, poses, ["nose", *legs]))
            yield tracks.boxes

    same, other = (np.concatenate(list(followed(first))) for first in (COCO17, NOSELESS))
    assert same == pytest.approx(other, abs=1e-3)
