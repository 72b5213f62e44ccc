"""What can be set on the box tracker."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from math import inf
from typing import Any

from vitpose_live.errors import SettingsError
from vitpose_live.tracking.evidence import EvidenceRules
from vitpose_live.tracking.matching import MatchRules
from vitpose_live.tracking.motion import MotionModel

REIDENTIFY_SECONDS = 5.5
"""An absence of five seconds, and the time until the detector looks again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerOptions:
    """Options of `BoxTracker`.

    The defaults are one set for all scenes, frame rates and detector intervals, chosen on boxes alone
    (`scripts/bench_tracking.py`).

    Parameters
    ----------
    new_track_score
        A detection at or above it that belongs to nobody is a new person, shown at once; a weaker one is shown when
        further detections have borne it out. 0 shows everything at once. None (the default) lets the scene decide:
        where nobody is being followed everybody is shown at once, and so is whoever scores about as high as the
        people who are, or stands clear of them where poses will soon tell.
    strong_score
        Detections at or above it are handed out first, the weaker ones to whoever is left (ByteTrack).
    number_people_max
        At most this many people are emitted: first those who already were, then those with the most evidence. None
        for no limit.
    coast_blur
        A person is emitted on prediction alone while the standard deviation of where they are is at most this share of
        their box's width: beyond, the box would more likely miss them than not.
    coast_seconds
        How long at most.
    missed_seconds
        How long at most once the detector has run and not found the person.
    memory_seconds
        How long a person no longer emitted can still come back under the same id.
    reidentify_seconds
        How long somebody is remembered by the clothes, where anybody tells the tracker of them (`recognise`); 0 for
        not at all.
    doubtful_seconds
        The same for somebody who was never emitted.
    gap_seconds
        When time jumps further than this, nobody is carried across: the scene is new.
    keypoint_score
        A keypoint scored above it is trusted.
    pose_noise
        Deviation of a box implied by a skeleton, relative to that of a detected one: from one frame to the next its
        error hardly changes.
    duplicate_similarity, duplicate_seconds
        Two people whose poses are at least this similar (object keypoint similarity) for this long are one.
    restless, restless_max
        How quickly, per surprising match, and how far the velocity noise grows, and the weight of detections against
        predictions with it, in a scene where people leave their predictions, as before a moving camera.
    motion, matching, evidence
        Noises, gates and weights.
    """

    new_track_score: float | None = None
    strong_score: float = 0.66
    number_people_max: int | None = None
    coast_blur: float = 0.7
    coast_seconds: float = 1.0
    missed_seconds: float = 0.35
    memory_seconds: float = 1.8
    reidentify_seconds: float = REIDENTIFY_SECONDS
    doubtful_seconds: float = 0.5
    gap_seconds: float = 1.9
    keypoint_score: float = 0.3
    pose_noise: float = 0.3
    duplicate_similarity: float = 0.8
    duplicate_seconds: float = 0.3
    restless: float = 0.083
    restless_max: float = 5.0
    motion: MotionModel = field(default_factory=MotionModel)
    matching: MatchRules = field(default_factory=MatchRules)
    evidence: EvidenceRules = field(default_factory=EvidenceRules)

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                raise SettingsError(f"{name}: expected {least:g} to {most:g}, got {value}")

    @classmethod
    def of(cls, options: dict[str, Any]) -> TrackerOptions:
        """Build from keywords.

        Raises
        ------
        SettingsError
            When there is no such option, or a value is out of range.
        """
        known = [option.name for option in fields(cls)]
        unknown = sorted(set(options) - set(known))
        if unknown:
            raise SettingsError(f"tracker: no option {unknown[0]!r}", hint=f"known: {', '.join(known)}")
        return cls(**options)


_RANGES: dict[str, tuple[float, float]] = {
    "new_track_score": (0, 1),
    "strong_score": (0, 1),
    "number_people_max": (1, inf),
    "coast_blur": (0, inf),
    "coast_seconds": (0, inf),
    "missed_seconds": (0, inf),
    "memory_seconds": (0, inf),
    "reidentify_seconds": (0, inf),
    "doubtful_seconds": (0, inf),
    "gap_seconds": (0, inf),
    "keypoint_score": (0, 1),
    "pose_noise": (0.01, 10),
    "duplicate_similarity": (0, 1),
    "duplicate_seconds": (0, inf),
    "restless": (0, 1),
    "restless_max": (1, inf),
}
