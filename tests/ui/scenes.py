"""Results to show: people of known places in a picture of a known colour."""

from __future__ import annotations

from time import monotonic_ns

import numpy as np

from vitpose_live.data import Frame, FrameResult, Poses, Tracks, load_skeleton

COCO = load_skeleton("coco17")
# a standing figure in a box one wide and one high, joint by joint of coco17
_FIGURE = np.array(
    [
        (0.50, 0.08), (0.53, 0.06), (0.47, 0.06), (0.57, 0.08), (0.43, 0.08), (0.65, 0.22), (0.35, 0.22), (0.78, 0.38),
        (0.22, 0.38), (0.85, 0.52), (0.15, 0.52), (0.60, 0.54), (0.40, 0.54), (0.63, 0.75), (0.37, 0.75), (0.65, 0.96),
        (0.35, 0.96),
    ]
)  # fmt: skip


def scene(
    *people: tuple[int, tuple[float, float, float, float]],
    time: float = 0.0,
    index: int = 0,
    size: tuple[int, int] = (640, 360),
    colour: tuple[int, int, int] = (60, 90, 120),
    score: float = 0.9,
) -> FrameResult:
    """A plain picture of `size` with a standing figure in the box of each of `people` (id, box)."""
    image = np.empty((size[1], size[0], 3), np.uint8)
    image[:] = colour
    ids = np.array([track for track, _ in people], np.int64)
    boxes = np.array([box for _, box in people], np.float32).reshape(-1, 4)
    spans = (boxes[:, 2:] - boxes[:, :2])[:, None]
    keypoints = (boxes[:, None, :2] + _FIGURE[None] * spans).astype(np.float32)
    poses = Poses(keypoints, np.full(keypoints.shape[:2], score, np.float32), ids, boxes, COCO)
    tracks = Tracks(boxes, ids, np.ones(len(ids), np.bool_))
    timings = {"detect": 21.0, "track": 0.4, "pose": 12.0, "smooth": 0.2}
    return FrameResult(Frame(image, index, time, monotonic_ns()), tracks, poses, timings=timings)
