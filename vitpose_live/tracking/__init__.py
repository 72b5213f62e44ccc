"""Who is who, and where: people keep their identity, skeletons stay steady."""

from vitpose_live.tracking.appearance import ClothingColours
from vitpose_live.tracking.box_tracker import BoxTracker
from vitpose_live.tracking.keypoint_smoother import KeypointSmoother
from vitpose_live.tracking.one_euro import OneEuroSmoother
from vitpose_live.tracking.options import TrackerOptions

__all__ = ["BoxTracker", "ClothingColours", "KeypointSmoother", "OneEuroSmoother", "TrackerOptions"]
