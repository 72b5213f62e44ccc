"""One person being followed."""

from __future__ import annotations

from copy import copy
from math import inf

import numpy as np
from numpy.typing import NDArray

from vitpose_live.tracking.motion import MotionModel
from vitpose_live.tracking.pose_box import Build

Floats = NDArray[np.float64]

GONE = -1
"""Id of a track whose person goes on as another track."""


class Track:
    """A person: where, since when, and how sure.

    The filter stands at the latest measurement, not at the latest frame: its model is exact in time, so predicting
    over a gap at once equals predicting frame by frame, and frames without news cost nothing.

    Attributes
    ----------
    id
        Given when the person is first emitted, 0 until then; never used for anybody else. `GONE` once the person
        turned out to be the one of a newer track.
    belief
        (14,) of its filter at `time`, as in `motion`.
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
    look, look_time
        What the person looks like, a unit vector (d,), and when that was last seen; None before that, and when it was
        first looked for in vain.
    odd_look
        A look that contradicts it, and since when the person has looked so; None when the latest one did not.
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
    theft
        How much of the pose has been another person's lately, 0..1.
    double_of
        Id of that other person, once doubled for long enough; 0 for nobody.
    """

    __slots__ = (
        "belief",
        "born",
        "box",
        "build",
        "confirmed",
        "double_of",
        "doubled",
        "evidence",
        "id",
        "look",
        "look_time",
        "odd_look",
        "pose_time",
        "posed",
        "proven",
        "score",
        "seen",
        "theft",
        "time",
        "unposed",
    )

    def __init__(self, motion: MotionModel, box: Floats, score: float, time: float) -> None:
        self.id = 0
        self.belief = motion.start(box)
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
        self.theft = 0.0
        self.look: Floats | None = None
        self.look_time = inf
        self.odd_look: tuple[float, Floats] | None = None

    def twin(self) -> Track:
        """Return a copy that goes its own way."""
        twin = copy(self)  # the belief is replaced, never written into
        if self.build is not None:
            twin.build = copy(self.build)
        return twin

    def take_over(self, other: Track) -> None:
        """Become what `other` is, a newer track of the same person, and keep the id and what was learned."""
        for name in ("belief", "time", "seen", "box", "score"):
            setattr(self, name, getattr(other, name))
        self.evidence = max(self.evidence, other.evidence)
        self.doubled, self.double_of = 0.0, 0


def beliefs(tracks: list[Track]) -> Floats:
    """(14, n) what is believed of `tracks`, each at its own time."""
    return np.array([track.belief for track in tracks]).T


def pull(tracks: list[Track], believed: Floats, time: float) -> None:
    """Believe (14, n) of `tracks` at `time`."""
    for track, belief in zip(tracks, believed.T.copy(), strict=True):
        track.belief, track.time = belief, time
