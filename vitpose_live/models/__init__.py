"""Networks that find people and their keypoints: a catalogue of them, and one way to load each kind.

Importing this package imports no runtime; a network's own library is imported when the network is loaded.
"""

from vitpose_live.models.loading import load_detector, load_pose_estimator

__all__ = ["load_detector", "load_pose_estimator"]
