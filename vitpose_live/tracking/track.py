"""One person being followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vitpose_live.tracking.motion import OBSERVE, MotionModel
from vitpose_live.tracking.pose_box import Build

if TYPE_CHECKING:
    from filterpy.kalman import KalmanFilter

Floats = NDArray[np.float64]


class Track:
    """A person: where, since when, and how sure.

    The filter stands at the latest measurement, not at the latest frame: its model is exact in time, so predicting
    over a gap at once equals predicting frame by frame, and frames without news cost nothing.

    Attributes
    ----------
    id
        Given when the person is first emitted, 0 until then; never used for anybody else.
    filter
        State and covariance at `time`.
    time
        Seconds of the latest measurement, by detector or pose.
    born, seen
        Seconds of the first and the latest detection.
    box, score
        The latest detection, (4,) xyxy px.
    evidence
        Above 0 the person is believed in.
    confirmed
        Whether the evidence was ever above 0.
    build
        What is known of the person's box given the joints; None before the first pose.
    pose_time
        Seconds of the latest pose that was looked at.
    posed
        Whether that pose was good.
    proven
        Whether any pose was.
    unposed
        Seconds for which poses have been poor.
    doubled
        Seconds for which the pose has been another person's.
    double_of
        Id of that other person, once doubled for long enough; 0 for nobody.
    """

    __slots__ = (
        "born",
        "box",
        "build",
        "confirmed",
        "double_of",
        "doubled",
        "evidence",
        "filter",
        "id",
        "pose_time",
        "posed",
        "proven",
        "score",
        "seen",
        "time",
        "unposed",
    )

    def __init__(self, motion: MotionModel, box: Floats, score: float, time: float) -> None:
        self.id = 0
        self.filter: KalmanFilter = motion.start(box)
        self.time = self.born = self.seen = self.pose_time = time
        self.box = box
        self.score = score
        self.evidence = 0.0
        self.confirmed = False
        self.build: Build | None = None
        self.posed = False
        self.proven = False
        self.unposed = 0.0
        self.doubled = 0.0
        self.double_of = 0

    def pull(self, state: Floats, covariance: Floats, measured: Floats, noise: Floats, time: float) -> None:
        """Move the filter to `time`, where it is expected at `state` with `covariance`, and pull it to `measured`.

        Parameters
        ----------
        state, covariance
            (4, 2) and (4, 4), predicted.
        measured, noise
            (2, 2) as `motion.to_measurement` gives it, and (2, 2) its variance.
        """
        self.filter.x, self.filter.P = state, covariance
        self.filter.update(measured, R=noise, H=OBSERVE)
        self.time = time

    def state_at(self, time: float, motion: MotionModel) -> Floats:
        """(4, 2) expected state at `time`."""
        if time == self.time:
            return np.asarray(self.filter.x)
        return np.asarray(motion.step(time - self.time)[0] @ self.filter.x)

    def take_over(self, other: Track) -> None:
        """Become what `other` is, a newer track of the same person, and keep the id and what was learned."""
        for name in ("filter", "time", "seen", "box", "score"):
            setattr(self, name, getattr(other, name))
        self.evidence = max(self.evidence, other.evidence)
        self.doubled, self.double_of = 0.0, 0
