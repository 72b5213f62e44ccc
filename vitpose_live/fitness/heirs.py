"""Who is whom when a tracker loses a person and finds them again under another id."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

Box = tuple[float, ...]

LOST_S = 4.0
"""Somebody lost for longer has gone."""
YOUNG_S = 1.0
"""A track may have begun so long before the person's former one ended."""
OVERLAP = 0.3
"""Least intersection over union of the two boxes: whoever trains stays about where they are."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when a track was seen.

    Parameters
    ----------
    box
        x1, y1, x2, y2 in pixels, at last.
    first, last
        Seconds.
    settled
        Whether it is known already whose track it is.
    """

    box: Box
    first: float
    last: float
    settled: bool = False

    def moved(self, box: Box, time: float) -> Place:
        """Return it as seen at `time`."""
        return replace(self, box=box, last=time)

    def as_settled(self) -> Place:
        """Return it as that of somebody known."""
        return replace(self, settled=True)


def heirs(places: Mapping[int, Place], present: AbstractSet[int], time: float) -> dict[int, int]:
    """Find the tracks that carry on what another one began.

    Parameters
    ----------
    places
        Of all tracks by id.
    present
        Ids of those in the picture at `time` seconds.

    Returns
    -------
    The lost track by that of its heir, best matches first; the order of people does not matter.
    """
    young = [one for one in present if not places[one].settled and time - places[one].first <= YOUNG_S]
    lost = [one for one in places if one not in present and time - places[one].last <= LOST_S]
    pairs = sorted(
        (-_overlap(places[heir].box, places[one].box), heir, one)
        for heir in young
        for one in lost
        if places[one].first < places[heir].first
    )
    found: dict[int, int] = {}
    for overlap, heir, one in pairs:
        if -overlap >= OVERLAP and heir not in found and one not in found.values():
            found[heir] = one
    return found


def _overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    common = width * height
    area = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return common / (area - common)
