"""What the analysis of one frame yields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from vitpose_live.data.frame import Frame
from vitpose_live.data.people import Poses, Tracks
from vitpose_live.errors import InvalidArrayError


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the coach says of one person in one frame.

    Parameters
    ----------
    track_id
        The person's track.
    exercise
        Name of the exercise being counted.
    phase
        Where in the repetition the person is, such as ``"down"``; empty when it cannot be told.
    repetitions, partial_repetitions
        Full and partial repetitions so far.
    angles
        Joint angles in degrees by name; NaN where a joint is not visible.
    cues
        Form cues to say now, most important first.
    """

    track_id: int
    exercise: str
    phase: str = ""
    repetitions: int = 0
    partial_repetitions: int = 0
    angles: Mapping[str, float] = field(default_factory=dict)
    cues: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "angles", MappingProxyType(dict(self.angles)))


@dataclass(frozen=True, slots=True, eq=False)
class FrameResult:
    """A frame with everything found in it.

    Parameters
    ----------
    frame
        The picture.
    tracks
        Who is where.
    poses
        Their keypoints; rows are found by `Poses.track_ids`.
    feedback
        The coach's words, one entry per coached person; empty without a coach.
    timings
        Milliseconds by stage (``detect``, ``track``, ``pose``, ``smooth``, ``coach``); a stage that did not run is
        absent.
    raw
        The people's keypoints as they were before smoothing, same rows as `poses`; None where nothing smoothed them.
    """

    frame: Frame
    tracks: Tracks
    poses: Poses
    feedback: tuple[Feedback, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    raw: Poses | None = None

    def __post_init__(self) -> None:
        if self.raw is not None and self.raw.track_ids.tolist() != self.poses.track_ids.tolist():
            raise InvalidArrayError(
                f"raw: expected the people of poses, {self.poses.track_ids.tolist()}, got {self.raw.track_ids.tolist()}"
            )
        object.__setattr__(self, "feedback", tuple(self.feedback))
        object.__setattr__(self, "timings", MappingProxyType(dict(self.timings)))
