"""The heads of everybody over a few seconds, those included that were not yet, or are no longer, tracked."""

from __future__ import annotations

from bisect import bisect_left, insort
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import FrameResult
from vitpose_live.tracking.geometry import iou, nesting
from vitpose_live.tracking.heads import Area, HeadFinder, Sighting, middle, shifted

LOOK_BACK = 1.0
"""Seconds for which somebody is taken to have been there before they were first found."""
HOLD = 1.0
"""Seconds for which somebody is taken to be there after they were last found."""
SPREAD = 1.5
"""By how many radii of a head an area grows for each second away from the sighting: people start, stop and turn."""
MOTION_SECONDS = 0.3
"""Over which the velocity is taken."""
FASTEST = 10.0
"""Radii of a head per second; anything faster is a mistake."""
SAME = 0.3
"""Least overlap of the boxes of one person."""
INSIDE = 0.7
"""A box of which, or in which, this share of a person's box lies, and that holds their head, is of the same person."""

_time = attrgetter("time")


class HeadTimes:
    """Says of any moment of the last seconds where heads were, as far as is known by now.

    Whoever the detector found but nobody is tracking, newcomers and people beyond the limit, is a stranger: of them the
    upper part of the box is taken.
    """

    def __init__(self) -> None:
        self._finder = HeadFinder()
        self._seen: dict[int, list[Sighting]] = {}
        self._strangers: dict[int, tuple[float, NDArray[np.float64]]] = {}  # when and in which box
        self._last_stranger = 0

    def observe(self, result: FrameResult) -> None:
        """Take in one result; they come in order of time."""
        heads = self._finder.find(result)
        for sighting in heads:
            self._seen.setdefault(sighting.key, []).append(sighting)
        boxes = result.tracks.boxes.astype(np.float64)
        self._introduce(result.tracks.ids.tolist(), boxes)
        detected = result.detections.boxes.astype(np.float64)
        _, rest = _paired(boxes, detected)
        rest = [place for place in rest if not _part_of(heads, boxes, detected[place])]
        if rest:
            self._see_strangers(detected[rest], result.detected_time)

    def forget(self, before: float) -> None:
        """Forget what says nothing of any time from `before` on."""
        for key, series in list(self._seen.items()):
            if series[-1].time < before - HOLD:
                del self._seen[key]
                self._strangers.pop(key, None)
            else:
                del series[: max(0, bisect_left(series, before - HOLD, key=_time) - 1)]

    def at(self, time: float) -> tuple[Area, ...]:
        """Return what to cover at `time`."""
        return tuple(area for series in self._seen.values() for area in _at(series, time))

    def _see_strangers(self, boxes: NDArray[np.float64], time: float) -> None:
        keys = list(self._strangers)
        before = np.array([self._strangers[key][1] for key in keys]).reshape(-1, 4)
        known, new = _paired(before, boxes)
        for place in new:
            self._last_stranger -= 1
            known.append((len(keys), place))
            keys.append(self._last_stranger)
        for row, place in known:
            self._strangers[keys[row]] = time, boxes[place]
            sighting = Sighting.in_box(keys[row], time, boxes[place].tolist())
            insort(self._seen.setdefault(keys[row], []), sighting, key=_time)

    def _introduce(self, ids: list[int], boxes: NDArray[np.float64]) -> None:
        """Let strangers who are tracked from now on be those people."""
        new = [row for row, key in enumerate(ids) if len(self._seen[key]) == 1]
        if not new or not self._strangers:
            return
        keys = list(self._strangers)
        pairs, _ = _paired(np.array([self._strangers[key][1] for key in keys]), boxes[new])
        for row, place in pairs:
            del self._strangers[keys[row]]
            series = self._seen[ids[new[place]]]
            series[:0] = [known for known in self._seen.pop(keys[row]) if known.time < series[0].time]


def _part_of(heads: list[Sighting], boxes: NDArray[np.float64], box: NDArray[np.float64]) -> bool:
    """Return whether `box` (4,) is another one of somebody whose `heads` and `boxes` (n, 4) are known.

    If it is not, that is seen when they are tracked, and in what is written they are covered from before then.
    """
    left, top, right, bottom = box
    middles = [middle(head.areas[0]) for head in heads]
    held = [left <= each.real <= right and top <= each.imag <= bottom for each in middles]
    return bool((nesting(boxes, box[None])[:, 0] >= INSIDE)[held].any())


def _paired(first: NDArray[np.float64], second: NDArray[np.float64]) -> tuple[list[tuple[int, int]], list[int]]:
    """Pair boxes (n, 4) and (m, 4) that are the same person's, and return who of the second is left over."""
    overlap = iou(first, second)
    pairs = []
    while overlap.size and overlap.max() >= SAME:
        row, place = divmod(int(overlap.argmax()), overlap.shape[1])
        overlap[row] = overlap[:, place] = 0
        pairs.append((row, place))
    return pairs, sorted(set(range(len(second))) - {place for _, place in pairs})


def _at(series: list[Sighting], time: float) -> tuple[Area, ...]:
    """Return what to cover of one person at `time`."""
    place = bisect_left(series, time, key=_time)
    if place < len(series) and series[place].time == time:
        return series[place].areas
    before = series[place - 1] if place else None
    after = series[place] if place < len(series) else None
    if before is not None and after is not None and after.time - before.time <= LOOK_BACK + HOLD:
        return _between(before, after, time)
    areas: tuple[Area, ...] = ()
    if before is not None and time - before.time <= HOLD:
        areas += _beyond(before, _velocity(series[:place], -1), time)
    if after is not None and after.time - time <= LOOK_BACK:
        areas += _beyond(after, _velocity(series[place:], 0), time)
    return areas


def _between(before: Sighting, after: Sighting, time: float) -> tuple[Area, ...]:
    share = (time - before.time) / (after.time - before.time)
    wider = SPREAD * min(time - before.time, after.time - time) * max(before.size, after.size)
    way = middle(after.areas[0]) - middle(before.areas[0])
    return shifted(before.areas[0], share * way, wider), shifted(after.areas[0], (share - 1) * way, wider)


def _beyond(known: Sighting, velocity: complex, time: float) -> tuple[Area, ...]:
    """Return what to cover of somebody who moved on, or stood still, or anything between the two."""
    away = time - known.time
    still = shifted(known.areas[0], 0j, SPREAD * abs(away) * known.size)
    if not velocity:
        return (still,)
    moved, start = shifted(still, away * velocity), middle(still)
    end = start + away * velocity
    return still, moved, (start.real, start.imag, end.real, end.imag, still[4])


def _velocity(series: list[Sighting], end: int) -> complex:
    """Return pixels per second at the first (0) or the last (-1) of a person's sightings."""
    known = series[end]
    others = [each for each in series if 0 < abs(each.time - known.time) <= MOTION_SECONDS]
    if not others:
        return 0j
    other = max(others, key=lambda each: abs(each.time - known.time))
    velocity = (middle(known.areas[0]) - middle(other.areas[0])) / (known.time - other.time)
    fastest = FASTEST * known.size
    return velocity * min(1.0, fastest / abs(velocity)) if velocity else velocity
