"""What is drawn over the picture."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class OverlayOptions:
    """What to draw, and how.

    Parameters
    ----------
    visible
        False leaves the bare picture.
    skeletons, boxes, ids, angles, trails
        What to draw of each person; while somebody is locked on to, the angles of nobody else.
    black
        Whether the people are drawn on black instead of the picture.
    mirror
        Whether picture and people are shown as in a mirror; left and right stay the person's own.
    thickness
        Factor on the width of every line.
    threshold
        Least score of a joint to draw, 0..1.
    """

    visible: bool = True
    skeletons: bool = True
    boxes: bool = True
    ids: bool = True
    angles: bool = False
    trails: bool = False
    black: bool = False
    mirror: bool = False
    thickness: float = 1.0
    threshold: float = 0.3

    def with_(self, **changes: bool | float) -> OverlayOptions:
        """Return these options with `changes`."""
        return replace(self, **changes)  # type: ignore[arg-type]  # the names are this class's own
