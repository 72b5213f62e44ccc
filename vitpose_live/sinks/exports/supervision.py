"""Poses as Roboflow's supervision takes them, whose annotators and trackers many people use."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from vitpose_live.data import Poses
from vitpose_live.errors import VitposeLiveError
from vitpose_live.sinks.exports.material import known


def to_supervision(poses: Poses) -> Any:
    """Return the people of a frame as ``supervision.KeyPoints``.

    Parameters
    ----------
    poses
        Of one frame, such as `FrameResult.poses`.

    Returns
    -------
    supervision.KeyPoints
        ``xy`` (n, k, 2) float32, 0, 0 where missing, as its annotators expect; ``keypoint_confidence`` (n, k);
        ``visible`` (n, k), False where missing; ``class_id`` 0; ``data`` with ``track_id`` (n,) and ``xyxy`` (n, 4),
        the boxes.

    Raises
    ------
    VitposeLiveError
        When supervision is not installed, or is older than 0.29, in which scores have their present name.
    """
    try:
        supervision = import_module("supervision")
    except ImportError as error:
        raise VitposeLiveError("this needs the package supervision", hint="pip install 'supervision>=0.29'") from error
    there = known(poses.keypoints)
    try:
        return supervision.KeyPoints(
            xy=np.where(there[..., None], poses.keypoints, np.float32(0)),
            class_id=np.zeros(len(poses), int),
            keypoint_confidence=poses.scores.copy(),
            visible=there,
            data={"track_id": poses.track_ids.copy(), "xyxy": poses.boxes.copy()},
        )
    except TypeError as error:
        raise VitposeLiveError(
            f"supervision {supervision.__version__} is too old", hint="pip install -U 'supervision>=0.29'"
        ) from error
