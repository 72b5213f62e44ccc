"""Who is who: detections handed out to tracks by one-to-one assignment, the surest first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vitpose_live.tracking.geometry import grow, iou
from vitpose_live.tracking.motion import to_boxes

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]
Pairs = list[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRules:
    """When a detection may belong to a track.

    Parameters
    ----------
    overlap
        Least intersection over union of the predicted box and the detection.
    height
        How much a difference in log height takes away from the overlap: who is taller stands elsewhere.
    reach, reach_overlap
        For those left over: both boxes are widened by this share of their sides and need only this overlap, so that a
        fast mover whose boxes hardly touch is still found.
    last_overlap
        For those still left: least overlap with the box in which the person was last detected (OC-SORT's
        observation-centric recovery): people pause and turn while the prediction runs on.
    surprise
        Largest squared Mahalanobis distance of centre and of log size, two degrees of freedom each.
    unseen_surprise, unseen_heights
        For those believed in and still left, where the detector looks so seldom that boxes no longer overlap: the
        same, and largest distance from the prediction in body heights.
    """

    overlap: float = 0.3
    height: float = 1.0
    reach: float = 0.3
    reach_overlap: float = 0.17
    last_overlap: float = 0.46
    surprise: float = 16.0
    unseen_surprise: float = 9.0
    unseen_heights: float = 1.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """Where n tracks are expected now.

    Parameters
    ----------
    states, covariances
        (n, 4, 2) and (n, 4, 4), as in `motion`, without measurement noise.
    last_boxes
        (n, 4) xyxy px, where each was last detected.
    believed, known
        (n,) who is believed to be there now, and who ever was.
    """

    states: Floats
    covariances: Floats
    last_boxes: Floats
    believed: Flags
    known: Flags


def match(
    forecast: Forecast, boxes: Floats, measured: Floats, strong: Flags, noise: Floats, rules: MatchRules
) -> tuple[Pairs, Floats]:
    """Hand out detections to tracks.

    In turn: strong detections by overlap, first to those believed in, then to those remembered and then to the
    doubtful, so that no ghost takes them away; then, moved by what the first matches agree the camera did, weak
    detections by overlap, strong ones by reach, strong ones by the last detected box, strong ones to those believed in
    by motion alone.

    Parameters
    ----------
    forecast
        The n tracks.
    boxes, measured
        (m, 4) detections, xyxy px, and (m, 2, 2) the same as `motion.to_measurement` gives them.
    strong
        (m,) which detections come first.
    noise
        (2,) measurement noise of a detection.

    Returns
    -------
    pairs
        (track, detection) indices.
    surprise
        (n, m) squared Mahalanobis distance of the centres, before the camera was allowed for.
    """
    surprise = _off_centre(forecast, forecast.states, measured, noise)
    hand_out = _HandOut(len(forecast.states), len(boxes))
    overlap = iou(to_boxes(forecast.states), boxes)
    likely = (overlap > rules.overlap) & (surprise < rules.surprise) & strong

    def likeness() -> Floats:
        growth = np.abs(forecast.states[:, None, 2, 1] - measured[None, :, 1, 1])
        return np.asarray(overlap * np.exp(-rules.height * growth))

    for rank in (forecast.believed, forecast.known, np.ones_like(forecast.known)):
        hand_out.run(likeness, likely & rank[:, None])
        if hand_out.done:
            return hand_out.pairs, surprise

    moved = forecast.states.copy()
    moved[:, 0] += _camera_shift(forecast.states, measured, hand_out.pairs)
    near, odd_size = _off_centre(forecast, moved, measured, noise), _off_size(forecast, measured, noise)
    predicted = to_boxes(moved)
    if not strong.all():
        again = iou(predicted, boxes)
        hand_out.run(lambda: again, (again > rules.overlap) & (near < rules.surprise) & ~strong)
    wide = iou(grow(predicted, rules.reach), grow(boxes, rules.reach))
    plausible = (near < rules.surprise) & (odd_size < rules.surprise)
    hand_out.run(lambda: wide, (wide > rules.reach_overlap) & plausible & strong)
    last = iou(forecast.last_boxes, boxes)
    hand_out.run(lambda: last, (last > rules.last_overlap) & strong)
    near_enough = _apart(moved, measured) < rules.unseen_heights**2
    possible = near_enough & (near < rules.unseen_surprise) & (odd_size < rules.unseen_surprise)
    hand_out.run(lambda: -near - odd_size, possible & strong & forecast.believed[:, None])
    return hand_out.pairs, surprise


def assign(likeness: Callable[[], Floats], allowed: Flags) -> Pairs:
    """Pairs (row, column) that match as many of the `allowed` (n, m) as possible, in all the most alike.

    The `likeness` (n, m) is only asked for where somebody has a choice.
    """
    # scipy.optimize takes half a second to import: only those who track pay, and at their first detection
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415

    rows, columns = (indices.tolist() for indices in allowed.nonzero())
    if len(set(rows)) == len(set(columns)) == len(rows):
        return list(zip(rows, columns, strict=True))
    cost = -likeness()
    kept = cost[allowed]
    forbidden = float(np.ptp(kept) + 1.0) * (min(cost.shape) + 1) + float(kept.max())
    best = linear_sum_assignment(np.where(allowed, cost, forbidden))
    return [(int(r), int(c)) for r, c in zip(*best, strict=True) if allowed[r, c]]


class _HandOut:
    """Tracks and detections not yet matched, and the pairs made so far."""

    def __init__(self, tracks: int, detections: int) -> None:
        self.pairs: Pairs = []
        self._most = min(tracks, detections)

    @property
    def done(self) -> bool:
        """Whether no track or no detection is left."""
        return len(self.pairs) == self._most

    def run(self, likeness: Callable[[], Floats], allowed: Flags) -> None:
        """Match what is free and `allowed`, which is changed, the most alike."""
        if self.pairs:
            tracks, detections = map(list, zip(*self.pairs, strict=True))
            allowed[tracks] = False
            allowed[:, detections] = False
        self.pairs += assign(likeness, allowed)


def _off_centre(forecast: Forecast, states: Floats, measured: Floats, noise: Floats) -> Floats:
    """(n, m) squared Mahalanobis distances of the centres."""
    distances: Floats = _apart(states, measured) / (forecast.covariances[:, 0, 0] + noise[0])[:, None]
    return distances


def _off_size(forecast: Forecast, measured: Floats, noise: Floats) -> Floats:
    """(n, m) squared Mahalanobis distances of the log sizes."""
    off = _differences(forecast.states[:, 2], measured[:, 1])
    off *= off
    distances: Floats = (off[0] + off[1]) / (forecast.covariances[:, 2, 2] + noise[1])[:, None]
    return distances


def _apart(states: Floats, measured: Floats) -> Floats:
    """(n, m) squared distances of centres in body heights."""
    away = _differences(states[:, 0], measured[:, 0])
    away /= np.exp(states[:, 2, 1, None])
    away *= away
    return np.asarray(away[0] + away[1])


def _differences(expected: Floats, measured: Floats) -> Floats:
    """(2, n, m) in x and y, what was `measured` (m, 2) less what was `expected` (n, 2)."""
    differences: Floats = measured.T.copy()[:, None] - expected.T.copy()[..., None]
    return differences


def _camera_shift(states: Floats, measured: Floats, pairs: Pairs) -> Floats:
    """(2,) px by which most of the matched people are away from their prediction: the camera turned, not they."""
    if len(pairs) < 3:
        return np.zeros(2)
    tracks, detections = np.array(pairs).T
    shift: Floats = np.median(measured[detections, 0] - states[tracks, 0], axis=0)
    return shift
