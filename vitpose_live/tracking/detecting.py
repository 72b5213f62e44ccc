"""What a detector run says: who was found where, who was not, and who is new."""

from __future__ import annotations

from math import exp

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Detections
from vitpose_live.tracking.geometry import coverage, nesting
from vitpose_live.tracking.matching import Forecast, Found, Pairs, match
from vitpose_live.tracking.motion import NUMBERS, correct, to_measurement
from vitpose_live.tracking.options import TrackerOptions
from vitpose_live.tracking.scene import Scene
from vitpose_live.tracking.track import Track, pull

Floats = NDArray[np.float64]

NESTED = 0.7
"""A double stays one while this share of its box lies within the other person's."""

PART = 0.5
"""A detection of which, or of whom, this share lies within a person's box may be no other person."""


def take_detections(scene: Scene, options: TrackerOptions, detections: Detections, time: float) -> set[Track]:
    """Take in a detector run; return the people it found."""
    boxes = detections.boxes.astype(np.float64)
    columns = boxes.T.copy().T  # the same, in memory side by side
    scores = detections.scores.astype(np.float64)
    elapsed = time - scene.detected if scene.detected is not None else float("inf")
    scene.detected = time
    measured, strong = to_measurement(columns), scores >= options.strong_score
    forecast, pairs = _match(scene, options, Found(columns, measured, strong), time)
    matched = [scene.tracks[index] for index, _ in pairs]
    if pairs:
        at, rows = map(list, zip(*pairs, strict=True))
        forecast, measured = forecast.take(at, axis=1), measured.take(rows, axis=1)
        # where the camera moves, that is what predictions are wrong about, all at once; detections are as good as ever
        noise = options.motion.measurement_noise() / scene.unrest**2
        doubt = strong.take(rows) if scene.judge.sees_poses else None  # poses have made it too sure
        pull(matched, correct(forecast, measured, noise, doubt), time)
    worth = scores.tolist()
    for track, (_, row) in zip(matched, pairs, strict=True):
        track.seen, track.box, track.score = time, boxes[row], worth[row]
        if track.double_of:
            _release(scene, track)
    scene.judge.hit(matched, elapsed)
    found = set(matched)
    for track in scene.tracks:
        if track not in found:
            scene.judge.miss(track, elapsed)
    _welcome_back(scene, found)
    taken = {row for _, row in pairs}
    strangers = [row for row in range(len(boxes)) if row not in taken]
    newcomers = _welcome(scene, options, boxes, scores, strangers, time)
    _depart(scene, options, time)
    scene.tracks += newcomers
    return found.union(newcomers)


def _match(scene: Scene, options: TrackerOptions, found: Found, time: float) -> tuple[Floats, Pairs]:
    """Return the forecast beliefs (14, n) of all tracks, and who is which detection."""
    tracks = scene.tracks
    if not tracks or not len(found.boxes):
        return np.empty((NUMBERS, 0)), []
    ahead = scene.forecast(options.motion, tracks, time)
    forecast = Forecast(
        ahead,
        [track.box for track in tracks],
        np.array([track.evidence > 0 for track in tracks]),
        np.array([track.confirmed for track in tracks]),
    )
    pairs, surprise = match(forecast, found, options.motion.measurement_noise(), options.matching)
    # before a second measurement the velocity is anybody's guess and so no surprise
    odd = [each for each, (index, _) in zip(surprise, pairs, strict=True) if tracks[index].time > tracks[index].born]
    if odd:
        # two degrees of freedom: 2 is expected of each where the noise is right
        excess = sum(min(each, 6.0) / 2 - 1 for each in odd)
        scene.unrest = min(max(scene.unrest * exp(options.restless * excess), 1.0), options.restless_max)
    return ahead, pairs


def _welcome(
    scene: Scene, options: TrackerOptions, boxes: Floats, scores: Floats, rows: list[int], time: float
) -> list[Track]:
    """Return new tracks for the detections at `rows`, which are nobody's."""
    if not rows:
        return []
    least = options.new_track_score
    alone = not any(track.confirmed for track in scene.tracks)  # nobody there to be compared with
    known = np.array([track.box for track in scene.tracks if track.seen == time]).reshape(-1, 4)
    newcomers = []
    for row in rows:
        track = Track(options.motion, boxes[row], float(scores[row]), time)
        # a pose will soon tell a coat stand from a person, but not a part of somebody else from a person
        clear = scene.judge.sees_poses and _clear(boxes[row], known)
        known_good = alone or clear or scene.judge.typical(track) if least is None else track.score >= least
        scene.judge.welcome(track, at_once=known_good)
        newcomers.append(track)
    return newcomers


def _welcome_back(scene: Scene, found: set[Track]) -> None:
    """Show those who were lost and are `found` no later than strangers there would be shown."""
    if scene.judge.sees_poses:
        for track in [track for track in scene.tracks if track in found]:  # a set has no order of its own
            if track.confirmed and track.evidence <= 0 and not track.double_of:
                others = np.array([other.box for other in found if other is not track]).reshape(-1, 4)
                if _clear(track.box, others):
                    scene.judge.welcome(track, at_once=True)


def _clear(box: Floats, others: Floats) -> bool:
    """Whether no pose is needed to tell who is in `box` (4,) from whoever is in the `others` (n, 4)."""
    return bool(nesting(box[None], others).max(initial=0.0) < PART)


def _release(scene: Scene, track: Track) -> None:
    """Clear a double that is detected beside the other person: somebody after all."""
    others = [other.box for other in scene.tracks if other.id == track.double_of]
    if not others or coverage(track.box[None], np.stack(others)).max() < NESTED:
        track.doubled, track.double_of = 0.0, 0


def _depart(scene: Scene, options: TrackerOptions, time: float) -> None:
    """Expect nobody back who has been away for too long; by the look they may still be known again."""
    known, doubtful = options.memory_seconds, options.doubtful_seconds
    away = {track for track in scene.tracks if time - track.time > (known if track.confirmed else doubtful)}
    if away:
        scene.departed += [track for track in scene.tracks if track in away and track.id and track.look is not None]
        scene.tracks = [track for track in scene.tracks if track not in away]
    scene.departed = [track for track in scene.departed if time - track.time <= options.reidentify_seconds]
