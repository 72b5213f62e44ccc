"""How sure the tracker is of a person: totals of evidence, judged against the scene's own scores."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log

from vitpose_live.tracking.track import Track


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRules:
    """What speaks for and against a person, in units of one independent detector run.

    Detectors disagree wildly about what a score of 0.6 means, so a score is compared, in log odds, with the typical
    score of the people now being followed.

    Parameters
    ----------
    first
        Evidence of a person shown at once.
    doubtful, doubtful_slope, most_doubtful
        Evidence, negative, of a detection just too weak to be shown at once, how much a unit of log odds changes it,
        and the least it can be.
    near_typical
        A detection this far below the typical score, in log odds, is still shown at once.
    hit, hit_range, least_hit
        What a detection of typical score adds, how far below typical, in log odds, it would add nothing, and the share
        of `hit` that even the weakest adds, so that whoever is detected again and again is shown in the end.
    miss
        What a detector run takes away that did not find the person.
    most
        Upper limit: nobody is so certain that a few misses would not tell.
    comeback
        Evidence from which a person already lost starts again.
    independent_seconds, posed_seconds
        Detector runs closer together than this see the same thing and count in part; the second is for misses of
        somebody whose pose is good.
    certain
        A newcomer scored at least so high is shown even when its first pose is hopeless.
    pose, no_pose
        What a second of good poses adds and a second of poor ones takes away.
    unposed_seconds
        After poor poses for this long, detections scored below `near_typical` count as misses: no person.
    """

    first: float = 0.3
    doubtful: float = -0.74
    doubtful_slope: float = 0.3
    most_doubtful: float = -1.3
    near_typical: float = 0.68
    hit: float = 1.29
    hit_range: float = 2.8
    least_hit: float = 0.17
    miss: float = 1.0
    most: float = 0.9
    comeback: float = -1.5
    independent_seconds: float = 0.05
    posed_seconds: float = 0.3
    certain: float = 0.8
    pose: float = 2.0
    no_pose: float = 0.5
    unposed_seconds: float = 1.0


class Judge:
    """Weighs detections; remembers what scores are typical here."""

    def __init__(self, rules: EvidenceRules) -> None:
        self._rules = rules
        self.sees_poses = False  # whether anybody calls `BoxTracker.correct`
        self.forget()

    def forget(self) -> None:
        """Forget what scores are typical: the scene is new."""
        self._typical = 0.0
        self._count = 0

    def twin(self) -> Judge:
        """Return a copy that goes its own way."""
        return copy(self)

    def typical(self, track: Track) -> bool:
        """Whether `track` scores about as the people being followed do; so does the first of all."""
        return self._relative(track.score) >= -self._rules.near_typical

    def welcome(self, track: Track, *, at_once: bool) -> None:
        """Set the evidence of a new track: enough to be shown `at_once`, or a doubt that further detections clear."""
        rules = self._rules
        if at_once:
            self._confirm(track, rules.first, _log_odds(track.score))
        else:
            doubt = rules.doubtful + rules.doubtful_slope * min(self._relative(track.score) + rules.near_typical, 0.0)
            track.evidence = max(doubt, rules.most_doubtful)

    def hit(self, tracks: Iterable[Track], elapsed: float) -> None:
        """Count detections of `tracks`, `elapsed` seconds after the previous detector run."""
        rules = self._rules
        news = _news(elapsed, rules.independent_seconds)
        for track in tracks:
            score = _log_odds(track.score)
            odds = score - self._typical if self._count else 0.0
            if track.unposed >= rules.unposed_seconds and odds < -rules.near_typical:
                self.miss(track, elapsed)
                continue
            gain = rules.hit * min(max(1.0 + odds / rules.hit_range, rules.least_hit), 1.2)
            before = max(track.evidence, rules.comeback) if track.confirmed else track.evidence
            total = before + gain * news
            if track.double_of:
                track.evidence = min(total, 0.0)
            elif total > 0:
                self._confirm(track, min(total, rules.most), score)
            else:
                track.evidence = total

    def miss(self, track: Track, elapsed: float) -> None:
        """Count that a detector run did not find `track`."""
        rules = self._rules
        seconds = rules.posed_seconds if track.posed else rules.independent_seconds
        track.evidence -= rules.miss * _news(elapsed, seconds)

    def reject(self, track: Track) -> bool:
        """Doubt a newcomer with a hopeless pose, unless the detector is certain; return whether it is doubted."""
        if track.proven or track.score >= self._rules.certain:
            return False
        track.evidence, track.confirmed = self._rules.most_doubtful, False
        return True

    def pose(self, track: Track, elapsed: float, quality: float) -> None:
        """Count a pose of `quality` 0..1, 0 for one too poor to use, `elapsed` seconds after the previous one."""
        rules, seconds = self._rules, min(elapsed, 0.2)
        if quality > 0:
            track.unposed, track.proven, change = 0.0, True, rules.pose * quality
        else:
            track.unposed, change = track.unposed + seconds, -rules.no_pose
        track.evidence = min(track.evidence + change * seconds, rules.most)

    def _confirm(self, track: Track, evidence: float, score: float) -> None:
        """Believe in `track`, whose `score` in log odds then says what is typical."""
        track.evidence = evidence
        track.confirmed = True
        if self.sees_poses and not track.proven:
            return  # perhaps nobody
        self._count += 1
        self._typical += (score - self._typical) / min(self._count, 100)

    def _relative(self, score: float) -> float:
        return _log_odds(score) - self._typical if self._count else 0.0


def _log_odds(score: float) -> float:
    if not 0.004 < score < 0.996:
        score = 0.004 if score < 0.5 else 0.996
    return log(score / (1 - score))


@lru_cache(maxsize=8)
def _news(elapsed: float, seconds: float) -> float:
    """Share of independent evidence in a look taken `elapsed` seconds after the previous one."""
    return 1.0 - exp(-elapsed / seconds)
