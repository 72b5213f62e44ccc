"""Who is who: detections handed out to tracks by one-to-one assignment, the surest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from vitpose_live.tracking.geometry import grow, iou
from vitpose_live.tracking.motion import CENTRE, HEIGHT, SIZE, VARIANCE, to_boxes

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
    beliefs
        (14, n) as in `motion`, without measurement noise.
    last_boxes
        n times (4,) xyxy px, where each was last detected.
    believed, known
        (n,) who is believed to be there now, and who ever was.
    """

    beliefs: Floats
    last_boxes: Sequence[Floats]
    believed: Flags
    known: Flags

    def take(self, rows: list[int]) -> Forecast:
        """Return the tracks at `rows`."""
        boxes = [self.last_boxes[row] for row in rows]
        return Forecast(self.beliefs.take(rows, axis=1), boxes, self.believed.take(rows), self.known.take(rows))


@dataclass(frozen=True, slots=True)
class Found:
    """m detections.

    Parameters
    ----------
    boxes, measured
        (m, 4) xyxy px, and (4, m) the same as `motion.to_measurement` gives it.
    strong
        (m,) which come first.
    """

    boxes: Floats
    measured: Floats
    strong: Flags

    def take(self, columns: list[int]) -> Found:
        """Return the detections at `columns`."""
        return Found(self.boxes.take(columns, axis=0), self.measured.take(columns, axis=1), self.strong.take(columns))


def match(forecast: Forecast, found: Found, noise: Floats, rules: MatchRules) -> tuple[Pairs, list[float]]:
    """Hand out detections to tracks.

    In turn: strong detections by overlap, first to those believed in, then to those remembered and then to the
    doubtful, so that no ghost takes them away; then, moved by what the first matches agree the camera did, weak
    detections by overlap, strong ones by reach, strong ones by the last detected box, strong ones to those believed in
    by motion alone.

    Parameters
    ----------
    forecast, found
        The n tracks and the m detections.
    noise
        (2, 1) measurement noise of a detection.

    Returns
    -------
    pairs
        (track, detection) indices.
    surprise
        Squared Mahalanobis distance of the centres of each pair, before the camera was allowed for.
    """
    surprise = _off_centre(forecast, found, noise)
    overlap = iou(to_boxes(forecast.beliefs), found.boxes)
    likely = (overlap > rules.overlap) & (surprise < rules.surprise)
    if not found.strong.all():
        likely &= found.strong
    hand_out = _HandOut(*likely.shape)
    for rank in (forecast.believed, forecast.known, None):
        if not hand_out.done:
            hand_out.run(lambda: _likeness(overlap, forecast, found, rules), likely, rank)
    if not hand_out.done:
        tracks, detections = hand_out.left
        rest, others = forecast.take(tracks), found.take(detections)
        rest.beliefs[CENTRE] += _camera_shift(forecast, found, hand_out.pairs)
        for track, detection in _match_rest(rest, others, noise, rules):
            hand_out.pairs.append((tracks[track], detections[detection]))
    return hand_out.pairs, [float(surprise[pair]) for pair in hand_out.pairs]


def _match_rest(forecast: Forecast, found: Found, noise: Floats, rules: MatchRules) -> Pairs:
    """Hand out the detections that overlap too little with anybody expected, or are weak, to those still left."""
    near, odd_size = _off_centre(forecast, found, noise), _off_size(forecast, found, noise)
    predicted, boxes, strong = to_boxes(forecast.beliefs), found.boxes, found.strong
    hand_out = _HandOut(*near.shape)
    if not strong.all():
        again = iou(predicted, boxes)
        hand_out.run(lambda: again, (again > rules.overlap) & (near < rules.surprise) & ~strong)
    wide = iou(grow(predicted, rules.reach), grow(boxes, rules.reach))
    plausible = (near < rules.surprise) & (odd_size < rules.surprise)
    hand_out.run(lambda: wide, (wide > rules.reach_overlap) & plausible & strong)
    last = iou(np.array(forecast.last_boxes), boxes)
    hand_out.run(lambda: last, (last > rules.last_overlap) & strong)
    near_enough = _apart(forecast, found) < rules.unseen_heights**2
    possible = near_enough & (near < rules.unseen_surprise) & (odd_size < rules.unseen_surprise)
    hand_out.run(lambda: -near - odd_size, possible & strong, forecast.believed)
    return hand_out.pairs


def assign(likeness: Callable[[], Floats], allowed: Flags) -> Pairs:
    """Pairs (row, column) that match as many of the `allowed` (n, m) as possible, in all the most alike.

    The `likeness` (n, m) is only asked for where somebody has a choice.
    """
    solve = _solver()
    rows, columns = (indices.tolist() for indices in allowed.nonzero())
    if len(set(rows)) == len(set(columns)) == len(rows):
        return list(zip(rows, columns, strict=True))
    cost = -likeness()
    kept = cost[allowed]
    forbidden = float(np.ptp(kept) + 1.0) * (min(cost.shape) + 1) + float(kept.max())
    best = solve(np.where(allowed, cost, forbidden))
    return [(int(r), int(c)) for r, c in zip(*best, strict=True) if allowed[r, c]]


@cache
def _solver() -> Callable[[Floats], tuple[Indices, Indices]]:
    # scipy.optimize takes half a second to import: only those who track pay, and at their first detection
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415

    return linear_sum_assignment


class _HandOut:
    """Tracks and detections not yet matched, and the pairs made so far."""

    def __init__(self, tracks: int, detections: int) -> None:
        self.pairs: Pairs = []
        self._tracks, self._detections = tracks, detections

    @property
    def done(self) -> bool:
        """Whether no track or no detection is left."""
        return len(self.pairs) == min(self._tracks, self._detections)

    @property
    def left(self) -> tuple[list[int], list[int]]:
        """Tracks and detections not matched."""
        tracks, detections = {track for track, _ in self.pairs}, {detection for _, detection in self.pairs}
        return (
            [track for track in range(self._tracks) if track not in tracks],
            [detection for detection in range(self._detections) if detection not in detections],
        )

    def run(self, likeness: Callable[[], Floats], allowed: Flags, who: Flags | None = None) -> None:
        """Match what is free and `allowed` (n, m), only those tracks `who` (n,) are meant, the most alike."""
        allowed = allowed.copy() if who is None else allowed & who[:, None]
        if self.pairs:
            tracks, detections = map(list, zip(*self.pairs, strict=True))
            allowed[tracks] = False
            allowed[:, detections] = False
        self.pairs += assign(likeness, allowed)


def _likeness(overlap: Floats, forecast: Forecast, found: Found, rules: MatchRules) -> Floats:
    """(n, m) overlaps, less where the heights differ."""
    growth = np.abs(forecast.beliefs[HEIGHT][:, None] - found.measured[HEIGHT])
    return np.asarray(overlap * np.exp(-rules.height * growth))


def _off_centre(forecast: Forecast, found: Found, noise: Floats) -> Floats:
    """(n, m) squared Mahalanobis distances of the centres."""
    return np.asarray(_apart(forecast, found) / (forecast.beliefs[VARIANCE.start] + noise[0])[:, None])


def _off_size(forecast: Forecast, found: Found, noise: Floats) -> Floats:
    """(n, m) squared Mahalanobis distances of the log sizes."""
    off = found.measured[SIZE, None] - forecast.beliefs[SIZE, :, None]
    off *= off
    return np.asarray((off[0] + off[1]) / (forecast.beliefs[VARIANCE.stop - 1] + noise[1])[:, None])


def _apart(forecast: Forecast, found: Found) -> Floats:
    """(n, m) squared distances of centres in body heights."""
    away = found.measured[CENTRE, None] - forecast.beliefs[CENTRE, :, None]
    away /= np.exp(forecast.beliefs[HEIGHT])[:, None]
    away *= away
    return np.asarray(away[0] + away[1])


def _camera_shift(forecast: Forecast, found: Found, pairs: Pairs) -> Floats:
    """(2, 1) px by which most of the matched people are away from their prediction: the camera turned, not they."""
    if len(pairs) < 3:
        return np.zeros((2, 1))
    tracks, detections = np.array(pairs).T
    ways = found.measured[CENTRE].take(detections, axis=1) - forecast.beliefs[CENTRE].take(tracks, axis=1)
    return np.asarray(np.median(ways, axis=1, keepdims=True))
