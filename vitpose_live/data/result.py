"""What the analysis of one frame yields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from types import MappingProxyType

from vitpose_live.data.frame import Frame
from vitpose_live.data.people import Detections, Poses, Tracks
from vitpose_live.errors import InvalidArrayError


@dataclass(frozen=True, slots=True)
class RepetitionRecord:
    """One repetition, or one hold, that is over.

    Parameters
    ----------
    exercise
        Name of the exercise.
    start, end
        Seconds of presentation time.
    eccentric_s, pause_s, concentric_s
        Seconds of going down, of staying at the far end and of going up; of a hold the pause is all.
    range_of_motion
        How far it went, as a share of the textbook's.
    complete
        False for a partial repetition.
    side
        ``"together"``, ``"left"`` or ``"right"``.
    fault
        Name of the worst fault of form; empty when none was seen.
    view
        From where the camera saw it, as in `Feedback.view`.
    measures
        The exercise's measures where they were furthest from rest, by name; NaN where they could not be believed.
    """

    exercise: str
    start: float
    end: float
    eccentric_s: float
    pause_s: float
    concentric_s: float
    range_of_motion: float
    complete: bool = True
    side: str = "together"
    fault: str = ""
    view: str = ""
    measures: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "measures", MappingProxyType(dict(self.measures)))


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
    level
        How far into a repetition: 0 at rest, 1 at the far end of the person's own range; NaN when it cannot be told.
    held_s
        Seconds that the present hold has lasted; 0 but for holds.
    view
        From where the camera sees the person: ``"front"``, ``"oblique"``, ``"side"``, or empty when not known.
    measures
        The exercise's measures that can be believed in this view, by name; degrees or ratios.
    finished
        The repetitions that came to their end in this very frame; mostly none.
    """

    track_id: int
    exercise: str
    phase: str = ""
    repetitions: int = 0
    partial_repetitions: int = 0
    angles: Mapping[str, float] = field(default_factory=dict)
    cues: tuple[str, ...] = ()
    level: float = nan
    held_s: float = 0.0
    view: str = ""
    measures: Mapping[str, float] = field(default_factory=dict)
    finished: tuple[RepetitionRecord, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "angles", MappingProxyType(dict(self.angles)))
        object.__setattr__(self, "measures", MappingProxyType(dict(self.measures)))


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
    detections
        Everything the detector has said since the result before, whether it became somebody or not; empty where it did
        not look.
    detected_time
        Presentation time in seconds of the picture it looked at: this one of a recording, an earlier one of a live
        source. NaN where it did not look.
    """

    frame: Frame
    tracks: Tracks
    poses: Poses
    feedback: tuple[Feedback, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    raw: Poses | None = None
    detections: Detections = field(default_factory=Detections.empty)
    detected_time: float = nan

    def __post_init__(self) -> None:
        if self.raw is not None and self.raw.track_ids.tolist() != self.poses.track_ids.tolist():
            raise InvalidArrayError(
                f"raw: expected the people of poses, {self.poses.track_ids.tolist()}, got {self.raw.track_ids.tolist()}"
            )
        object.__setattr__(self, "feedback", tuple(self.feedback))
        object.__setattr__(self, "timings", MappingProxyType(dict(self.timings)))
