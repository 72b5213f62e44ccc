"""Where people's heads are, faces and all, whichever way they look: what must be covered so that nobody is recognised.

An area is a capsule, all points within r of the line from (x1, y1) to (x2, y2); a circle is one whose ends are the
same. Lengths of the body are in metres and become pixels by the person's own scale: foreshortening only shortens, so of
several measures of that scale the largest is the truest. Wherever one has to guess, the larger area is right.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import exp

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import FrameResult, Poses, Skeleton

Area = tuple[float, float, float, float, float]
"""x1, y1, x2, y2, r in pixels."""

GOOD = 0.3
"""Least score of a joint that is believed."""

RADIUS = 0.17
"""From the middle of the head: hair, chin and nose lie within 0.13, an adult's."""
AROUND_POINTS = 0.09
"""Room beyond the outermost point of a face: from the eyes up to the hair, from the nose down to the chin."""
SHOULDERS, TORSO, FACE = 0.36, 0.5, 0.15
"""Between the shoulders; from between them to between the hips; from ear to ear."""
NECK = 0.25
"""From between the shoulders up to the middle of the head."""
TALLEST, PART, SHORTEST = 2.3, 1.0, 0.25
"""Longer side of a box: of somebody who reaches up, of somebody seen from the hips up, of a face alone."""

SHRINK_SECONDS = 0.7
"""Time constant with which a scale that was seen larger before is forgotten."""
UNSURE = 1.35
"""How much larger an area is where only the trunk, or what was before, tells where the head is."""
GROWTH, MOST_GROWTH = 0.5, 0.6
"""How much it grows for each second in which the head was not seen, and at most."""
SWEEP_SECONDS = 0.3
"""A head is covered where it was that long ago, too: a pose may be late, or wrong for a moment."""

UPPER_PART = 0.34
"""Share of the height of an upright person's box that holds the head for sure; seated people's are about as wide."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """The head of one person at one time.

    Parameters
    ----------
    key
        Their track id.
    time
        Presentation time in seconds.
    areas
        What to cover, the likeliest first.
    size
        Radius in pixels of a circle that holds the head if it is known where that is.
    """

    key: int
    time: float
    areas: tuple[Area, ...]
    size: float

    @classmethod
    def in_box(cls, key: int, time: float, box: list[float]) -> Sighting:
        """Return that of somebody of whom the box, xyxy px, is all that is known."""
        return cls(key, time, (upper_part(box),), RADIUS * max(box[2] - box[0], box[3] - box[1]) / PART)


@dataclass(slots=True)
class _Memory:
    """What is known of one person from before."""

    metre: float = 0.0  # in pixels
    time: float = 0.0
    centre: complex = 0j
    seen: float | None = None  # when the head itself was
    neck_to_head: complex = NECK + 0j  # in metres, the way the trunk points being 1
    in_box: complex | None = None  # 0..1 across and down
    way_up: complex = -1j


@dataclass(frozen=True, slots=True)
class _Parts:
    """Which joints are which."""

    head: NDArray[np.intp]
    shoulders: NDArray[np.intp]
    hips: NDArray[np.intp]


class HeadFinder:
    """Finds the head of everybody in one result after the other.

    From the joints of the head; where they are not seen, as when somebody turns away, from shoulders, hips and what was
    seen of the head before; with no pose to speak of, the upper part of the box.
    """

    def __init__(self) -> None:
        self._people: dict[int, _Memory] = {}

    def find(self, result: FrameResult) -> list[Sighting]:
        """Return the head of everybody who is tracked; results come in order of time."""
        poses = result.poses if result.raw is None else result.raw  # what is smoothed may be late
        time, rows = result.frame.time, {int(key): row for row, key in enumerate(poses.track_ids)}
        self._people = {key: self._people[key] for key in result.tracks.ids.tolist() if key in self._people}
        return [
            self._person(key, box, poses, rows.get(key), time)
            for key, box in zip(result.tracks.ids.tolist(), result.tracks.boxes.tolist(), strict=True)
        ]

    def _person(self, key: int, box: list[float], poses: Poses, row: int | None, time: float) -> Sighting:
        before = self._people.get(key)
        memory = self._people.setdefault(key, _Memory(time=time))
        head, shoulders, hips, most = _joints(poses, row)
        metre = _metre(box, head, shoulders, hips)
        metre = memory.metre = max(metre, memory.metre * exp((memory.time - time) / SHRINK_SECONDS))
        trunk = _trunk(shoulders, hips, memory.way_up)
        sure = len(head) >= min(3, most)
        circles = []
        if len(head):
            centre = _middle(head)
            circles.append((centre, max(RADIUS * metre, float(np.abs(head - centre).max()) + AROUND_POINTS * metre)))
        if not sure:
            circles += _guess(memory, box, trunk, time)
        if not circles:
            return Sighting.in_box(key, time, box)
        centre = circles[0][0]
        areas = [_capsule(circles[0], circles[-1])]
        if before is not None and time - memory.time <= SWEEP_SECONDS:
            last = (memory.centre, circles[0][1])
            if abs(centre - memory.centre) > 3 * circles[0][1]:  # that was no motion
                areas.append(_capsule(last, last))
            elif len(circles) == 1:
                areas = [_capsule(circles[0], last)]
            else:
                areas.append(_capsule(circles[0], last))
        memory.time, memory.centre = time, centre
        if sure:
            memory.seen = time
            width, height = max(box[2] - box[0], 1.0), max(box[3] - box[1], 1.0)
            memory.in_box = complex((centre.real - box[0]) / width, (centre.imag - box[1]) / height)
            if trunk is not None:
                memory.neck_to_head = (centre - trunk[0]) / (trunk[1] * metre)
        if trunk is not None:
            memory.way_up = trunk[1]
        return Sighting(key, time, tuple(areas), RADIUS * metre)


def upper_part(box: Iterable[float]) -> Area:
    """Return the part of a person's box, xyxy px, that holds the head if they are upright; all of it if it is wide."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    part = min(max(UPPER_PART * height, 0.6 * width), height) if width < 1.2 * height else height
    radius = 0.58 * part + 1
    inset = min(0.6 * radius, width / 2)
    return left + inset, top + part / 2, right - inset, top + part / 2, radius


@lru_cache(maxsize=64)
def _parts(skeleton: Skeleton) -> _Parts:
    words = [{word.rstrip("0123456789") for word in name.split("_")} for name in skeleton.keypoints]
    named = {"nose", "eye", "ear", "mouth", "lip", "head", "contour", "brow"}
    if not any("nose" in each for each in words):
        named.add("neck")

    def chosen(wanted: set[str]) -> NDArray[np.intp]:
        return np.array([joint for joint, each in enumerate(words) if each & wanted], np.intp)

    def pair(name: str) -> NDArray[np.intp]:
        both = [f"{side}_{name}" for side in ("left", "right")]
        return np.array([skeleton.index(joint) for joint in both if joint in skeleton.keypoints], np.intp)

    return _Parts(chosen(named), pair("shoulder"), pair("hip"))


Points = NDArray[np.complex128]


def _joints(poses: Poses, row: int | None) -> tuple[Points, Points, Points, int]:
    """Return the good joints of head, shoulders and hips, and how many the head has."""
    parts = _parts(poses.skeleton)
    if row is None:
        nothing = np.zeros(0, np.complex128)
        return nothing, nothing, nothing, len(parts.head)
    points = poses.keypoints[row].astype(np.float64) @ np.array([1, 1j])
    good = poses.scores[row] >= GOOD  # a missing joint has no score

    def chosen(part: NDArray[np.intp]) -> Points:
        return np.asarray(points[part[good[part]]])

    return chosen(parts.head), chosen(parts.shoulders), chosen(parts.hips), len(parts.head)


def _metre(box: list[float], head: Points, shoulders: Points, hips: Points) -> float:
    """Return pixels per metre: the most that any measure says."""
    side = max(box[2] - box[0], box[3] - box[1], 1.0)
    metre = side / TALLEST
    if len(head) >= 2:
        metre = max(metre, 2 * float(np.abs(head - _middle(head)).max()) / FACE)
    if len(shoulders) == 2:
        metre = max(metre, float(abs(shoulders[1] - shoulders[0])) / SHOULDERS)
        if len(hips) == 2:
            metre = max(metre, float(abs(shoulders.mean() - hips.mean())) / TORSO)
    return min(metre, side / SHORTEST)


def _middle(points: Points) -> complex:
    """Return the middle of the two points that are furthest apart, nearly that of the least circle around all."""
    apart = np.abs(points[:, None] - points)
    first, second = divmod(int(apart.argmax()), len(points))
    return complex(points[first] + points[second]) / 2


def _trunk(shoulders: Points, hips: Points, way_up: complex) -> tuple[complex, complex] | None:
    """Return where the neck is and which way, of length 1, leads up the trunk; None without shoulders."""
    if not len(shoulders):
        return None
    neck = complex(shoulders.mean())
    if len(hips):
        up = neck - complex(hips.mean())
    elif len(shoulders) == 2:
        up = complex(shoulders[1] - shoulders[0]) * 1j
        up = up if (up * way_up.conjugate()).real >= 0 else -up
    else:
        up = way_up
    return neck, up / abs(up) if up else way_up


def _guess(
    memory: _Memory, box: list[float], trunk: tuple[complex, complex] | None, time: float
) -> list[tuple[complex, float]]:
    """Return the circle around where the head should be; none when nothing tells."""
    unseen = time - memory.seen if memory.seen is not None else 0.0
    radius = RADIUS * memory.metre * UNSURE * (1 + min(GROWTH * unseen, MOST_GROWTH))
    if trunk is not None:
        neck, up = trunk
        return [(neck + up * memory.neck_to_head * memory.metre, radius)]
    if memory.in_box is not None:
        across, down = memory.in_box.real * (box[2] - box[0]), memory.in_box.imag * (box[3] - box[1])
        return [(complex(box[0] + across, box[1] + down), radius)]
    return []


def _capsule(first: tuple[complex, float], second: tuple[complex, float]) -> Area:
    (start, wide), (end, narrow) = first, second
    return start.real, start.imag, end.real, end.imag, max(wide, narrow)


def shifted(area: Area, by: complex, wider: float = 0.0) -> Area:
    """Return `area` moved `by` so many pixels and so many `wider` on all sides."""
    x1, y1, x2, y2, radius = area
    return x1 + by.real, y1 + by.imag, x2 + by.real, y2 + by.imag, radius + wider


def middle(area: Area) -> complex:
    """Return the middle of `area`."""
    x1, y1, x2, y2, _ = area
    return complex((x1 + x2) / 2, (y1 + y2) / 2)
