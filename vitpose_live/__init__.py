"""Human pose, live: people keep their identity, skeletons stay steady, recordings keep their time.

The names below are the public library. Importing the package loads neither torch nor OpenVINO nor Qt; each part is
imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vitpose_live.app.saved_session import open_session
    from vitpose_live.app.session import process
    from vitpose_live.data import (
        Detections,
        Feedback,
        Frame,
        FrameResult,
        Poses,
        PoseSequence,
        Skeleton,
        SourceInfo,
        Tracks,
        load_skeleton,
    )
    from vitpose_live.errors import VitposeLiveError
    from vitpose_live.fitness.coach import Coach
    from vitpose_live.models import load_detector, load_pose_estimator
    from vitpose_live.pipeline import Analyzer
    from vitpose_live.sinks.exports import to_supervision
    from vitpose_live.sources import open_source
    from vitpose_live.tracking import BoxTracker, KeypointSmoother

__version__ = "0.1.0"

_HOMES = {
    "Analyzer": "pipeline",
    "BoxTracker": "tracking",
    "Coach": "fitness.coach",
    "Detections": "data",
    "Feedback": "data",
    "Frame": "data",
    "FrameResult": "data",
    "KeypointSmoother": "tracking",
    "PoseSequence": "data",
    "Poses": "data",
    "Skeleton": "data",
    "SourceInfo": "data",
    "Tracks": "data",
    "VitposeLiveError": "errors",
    "load_detector": "models",
    "load_pose_estimator": "models",
    "load_skeleton": "data",
    "open_session": "app.saved_session",
    "open_source": "sources",
    "process": "app.session",
    "to_supervision": "sinks.exports",
}

__all__ = [
    "Analyzer",
    "BoxTracker",
    "Coach",
    "Detections",
    "Feedback",
    "Frame",
    "FrameResult",
    "KeypointSmoother",
    "PoseSequence",
    "Poses",
    "Skeleton",
    "SourceInfo",
    "Tracks",
    "VitposeLiveError",
    "load_detector",
    "load_pose_estimator",
    "load_skeleton",
    "open_session",
    "open_source",
    "process",
    "to_supervision",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
