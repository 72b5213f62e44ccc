"""One person as seen in one frame, with what view and size tell of how they are in space."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan

from vitpose_live.fitness.body import NOWHERE, Body
from vitpose_live.fitness.depth import DISTANCE, LEVEL, Pair, Twins, in_space, stride
from vitpose_live.fitness.view import View

NEAR_SIDE = 75.0
"""From here on the side, degrees, one leg or arm stands for both: the other may be hidden behind it."""
_CHAINS = (("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist"))


@dataclass(frozen=True, slots=True)
class Sight:
    """A body as it is measured.

    Parameters
    ----------
    flat
        As it is in the picture.
    sagittal
        As it would be seen from the side: what the view foreshortens is stretched back. Nowhere when the view is not
        known or too near the front.
    view
        From where it is seen.
    leg
        Length in px of this person's legs.
    """

    flat: Body
    sagittal: Body | None
    view: View
    leg: float

    def middle(self, twin: str) -> complex:
        """Where both `twin` joints are in the sagittal plane, on average; nearly from the side one is enough."""
        if self.sagittal is None:
            return NOWHERE
        both = [self.sagittal.joints[f"{side}_{twin}"] for side in ("left", "right")]
        seen = [place for place in both if isfinite(place.real)]
        if len(seen) == 2 or (seen and self.view.from_front >= NEAR_SIDE):
            return sum(seen) / len(seen)
        return NOWHERE

    def limbs(self, first: str, last: str) -> Twins:
        """Return the left and the right limb from joint to joint, in space."""
        chain = next((chain for chain in _CHAINS if first in chain and last in chain), ())
        ahead = stride(self._pair(*chain[:2]), self._pair(*chain[1:])) if chain else LEVEL
        camera = self.flat.middle("ankle").imag - self.leg
        far = DISTANCE * self.leg or nan
        left, right = ((self.flat.joints[f"{side}_{last}"].imag - camera) / far for side in ("left", "right"))
        return in_space(self._pair(first, last), self.view, ahead, (left, right))

    def _pair(self, first: str, last: str) -> Pair:
        joints = self.flat.joints
        return joints[f"left_{last}"] - joints[f"left_{first}"], joints[f"right_{last}"] - joints[f"right_{first}"]

    @property
    def ahead(self) -> float:
        """1 when the person looks to the right of the picture, -1 to the left, NaN when that cannot be told."""
        return {"left": -1.0, "right": 1.0}.get(self.view.near_side, nan)
