"""People carried by their poses through the frames on which the detector does not run."""

from __future__ import annotations

from itertools import compress

import numpy as np
from numpy.typing import NDArray

from vitpose_live.tracking.motion import CENTRE, HEIGHT, PLACE, correct, to_boxes, to_measurement
from vitpose_live.tracking.options import TrackerOptions
from vitpose_live.tracking.pose_box import Build, learn, measure
from vitpose_live.tracking.track import Track, pull

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

POSE_JUMP = 0.5
"""A pose box whose centre is further off than this share of the height, or so much in log size, is not believed."""


def teach(tracks: list[Track], points: Floats, good: Flags, time: float) -> None:
    """Learn how boxes and skeletons relate from people with both a detection and a pose.

    Parameters
    ----------
    points, good
        (2, n, k) x, y of the joints in px and (n, k) which of them to trust.
    """
    learn(_builds(tracks, points), points, good, np.array([track.box for track in tracks]), time)


def carry(
    tracks: list[Track],
    points: Floats,
    good: Flags,
    forecast: Floats,
    options: TrackerOptions,
    time: float,
) -> None:
    """Move people without a detection to the box that their skeleton implies.

    Parameters
    ----------
    points, good
        (2, n, k) x, y of the joints in px and (n, k) which of them to trust.
    forecast
        (14, n) what is believed of them at `time`.
    """
    boxes, valid = measure(_builds(tracks, points), points, good, to_boxes(forecast), time)
    measured = to_measurement(boxes)
    off = np.abs(measured - forecast[PLACE])
    off[CENTRE] /= np.exp(forecast[HEIGHT])
    valid &= np.logical_and.reduce(off <= POSE_JUMP)
    moved = correct(forecast, measured, options.motion.measurement_noise(options.pose_noise))
    pull(list(compress(tracks, valid)), moved[:, valid], time)


def _builds(tracks: list[Track], points: Floats) -> list[Build]:
    k = points.shape[2]
    builds = []
    for track in tracks:
        if track.build is None:  # the first pose
            track.build = Build.unknown(k)
        builds.append(track.build)
    return builds
