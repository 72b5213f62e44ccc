"""One person as COCO points, standing upright, and what an analysis would say of them."""

import numpy as np

import vitpose_live as vl

METRE = 200.0
"""Pixels."""
NAMES = vl.load_skeleton("coco17").keypoints
BODY = {
    "nose": (0, 0.02),
    "left_eye": (0.03, -0.01),
    "right_eye": (-0.03, -0.01),
    "left_ear": (0.07, 0),
    "right_ear": (-0.07, 0),
    "left_shoulder": (0.18, 0.25),
    "right_shoulder": (-0.18, 0.25),
    "left_elbow": (0.24, 0.5),
    "right_elbow": (-0.24, 0.5),
    "left_wrist": (0.25, 0.75),
    "right_wrist": (-0.25, 0.75),
    "left_hip": (0.11, 0.75),
    "right_hip": (-0.11, 0.75),
    "left_knee": (0.11, 1.15),
    "right_knee": (-0.11, 1.15),
    "left_ankle": (0.11, 1.55),
    "right_ankle": (-0.11, 1.55),
}
"""Metres from the middle of the head."""
FACE = NAMES[:5]


def standing(x=320.0, y=100.0, *, turn=0.0, metre=METRE):
    """(17, 2) px with the middle of the head at x, y, turned by so many degrees."""
    points = np.array([BODY[name] for name in NAMES]) * metre
    angle = np.radians(turn)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return (points @ rotation.T + (x, y)).astype(np.float32)


def result(time, people, *, hidden=(), seen=None, image=None, index=None):
    """What is found at `time`: `people` maps ids to points (17, 2), of which the joints `hidden` have no score.

    `seen` are the boxes (m, 4) of the detector; None where it did not look.
    """
    points = np.array(list(people.values()), np.float32).reshape(-1, 17, 2)
    boxes = np.concatenate([points.min(axis=1) - 20, points.max(axis=1) + 20], axis=1).reshape(-1, 4)
    scores = np.full(points.shape[:2], 0.9, np.float32)
    scores[:, [NAMES.index(name) for name in hidden]] = 0.05
    ids = np.array(list(people), np.int64)
    found = vl.Detections.empty() if seen is None else vl.Detections(seen, np.full(len(seen), 0.5))
    image = np.zeros((480, 640, 3), np.uint8) if image is None else image
    number = round(time * 30) if index is None else index
    return vl.FrameResult(
        vl.Frame(image, number, time),
        vl.Tracks(boxes, ids, np.ones(len(ids), bool)),
        vl.Poses(points, scores, ids, boxes, vl.load_skeleton("coco17")),
        detections=found,
        detected_time=time,
    )


def covered(areas, points, margin=0.0):
    """Whether each of the points (m, 2) is inside one of the areas, at least so many pixels."""
    inside = np.zeros(len(points), bool)
    for x1, y1, x2, y2, radius in areas:
        start, way = np.array([x1, y1]), np.array([x2 - x1, y2 - y1])
        along = np.clip((points - start) @ way / max(way @ way, 1e-9), 0, 1)
        inside |= np.hypot(*(points - start - along[:, None] * way).T) <= radius - margin
    return inside
