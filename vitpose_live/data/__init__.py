"""What flows: frozen values over NumPy arrays."""

from vitpose_live.data.frame import Frame, SourceInfo, SourceKind
from vitpose_live.data.people import Detections, Poses, Tracks
from vitpose_live.data.result import Feedback, FrameResult, RepetitionRecord
from vitpose_live.data.sequence import PoseSequence
from vitpose_live.data.skeleton import (
    Skeleton,
    load_skeleton,
    normalised_keypoint_name,
    skeleton_by_keypoints,
    skeleton_names,
)

__all__ = [
    "Detections",
    "Feedback",
    "Frame",
    "FrameResult",
    "PoseSequence",
    "Poses",
    "RepetitionRecord",
    "Skeleton",
    "SourceInfo",
    "SourceKind",
    "Tracks",
    "load_skeleton",
    "normalised_keypoint_name",
    "skeleton_by_keypoints",
    "skeleton_names",
]
