"""Where to put the camera, or oneself: what is not in the picture, and from which side more could be told."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan

from vitpose_live.errors import SettingsError
from vitpose_live.fitness.body import JOINTS, Body
from vitpose_live.fitness.exercise import Exercise
from vitpose_live.fitness.view import FRONT_MOST, SIDE_LEAST, View, ViewKind
from vitpose_live.registry import unknown_name

PATIENCE_S = 2.0
"""How long something must be amiss before it is said."""
AGAIN_S = 20.0
"""How long it is not said again that something is out of the picture; to turn is asked for once."""

_PARTS = {
    "nose": "head", "ear": "head", "shoulder": "shoulders", "elbow": "arms", "wrist": "hands", "hip": "hips",
    "knee": "knees", "ankle": "feet",
}  # fmt: skip
"""What people call the joints."""
_TURNS = {ViewKind.SIDE: "turn side-on", ViewKind.FRONT: "turn to face the camera"}
_WITHIN = {ViewKind.SIDE: (SIDE_LEAST, 90.0), ViewKind.FRONT: (0.0, FRONT_MOST)}


@dataclass(frozen=True, slots=True)
class Placement:
    """What an exercise asks of the camera.

    Parameters
    ----------
    best
        The view from which most can be judged; unknown when none is better.
    what
        What is judged from there.
    needs
        Joints, without their side, that must be in the picture.
    """

    best: ViewKind = ViewKind.UNKNOWN
    what: str = ""
    needs: tuple[str, ...] = ()


def read_placement(exercise: Exercise) -> Placement:
    """Return what `exercise` asks of the camera.

    Raises
    ------
    SettingsError
        When its table says something impossible; names the key.
    """
    table = exercise.views
    for key in table:
        if key not in ("best", "for", "needs"):
            unknown = unknown_name("key", key, ("best", "for", "needs"))
            raise SettingsError(f"views: {unknown.message}", hint=unknown.hint)
    best, what, needs = table.get("best", ""), table.get("for", ""), table.get("needs", [])
    if best and best not in list(_TURNS):
        raise SettingsError(f"views: best: expected one of {', '.join(_TURNS)}, got {best!r}")
    if not isinstance(what, str) or bool(what) != bool(best):
        raise SettingsError("views: expected both best and for, what is judged from there, or neither")
    if not isinstance(needs, list) or not all(isinstance(name, str) for name in needs):
        raise SettingsError(f"views: needs: expected a list of joint names, got {needs!r}")
    for name in needs:
        if name not in _PARTS:
            unknown = unknown_name("joint", name, _PARTS)
            raise SettingsError(f"views: needs: {unknown.message}", hint=unknown.hint)
    return Placement(ViewKind(best) if best else ViewKind.UNKNOWN, what, tuple(needs))


class PlacementCoach:
    """Tells one person what the camera misses."""

    def __init__(self, placement: Placement) -> None:
        self._placement = placement
        self._parts: dict[str, list[str]] = {}
        for twin in placement.needs:
            own = [name for name in JOINTS if name == twin or name.removeprefix("left_").removeprefix("right_") == twin]
            self._parts.setdefault(_PARTS[twin], []).extend(own)
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._since: dict[str, float] = {}
        self._said: dict[str, float] = {}
        self._last = nan

    def observe(self, body: Body, view: View, time: float) -> tuple[str, ...]:
        """Return what is to be said at `time` seconds, most important first; mostly nothing."""
        if isfinite(self._last) and not 0 <= time - self._last <= PATIENCE_S:
            self._since.clear()
        self._last = time
        amiss = [
            f"step back: {part} are out of the picture"
            for part, names in self._parts.items()
            if all(body.scores.get(name, 0.0) == 0 or not isfinite(body.joints[name].real) for name in names)
        ]
        amiss = [hint.replace("head are", "head is") for hint in amiss]
        turn = f"{_TURNS[best]} for {self._placement.what}" if (best := self._placement.best) in _WITHIN else ""
        if turn and view.surely(*_WITHIN[best]):
            self._said.pop(turn, None)
        if turn and not amiss and self._elsewhere(view):
            amiss.append(turn)
        self._since = {hint: self._since.get(hint, time) for hint in amiss}
        due = [
            hint for hint in amiss if time - self._since[hint] >= PATIENCE_S and self._may_say(hint, hint == turn, time)
        ]
        self._said.update(dict.fromkeys(due, time))
        return tuple(due)

    def _may_say(self, hint: str, once: bool, time: float) -> bool:
        return hint not in self._said or (not once and time - self._said[hint] >= AGAIN_S)

    def _elsewhere(self, view: View) -> bool:
        """Whether the view is not the best one; how far from the front it is cannot be told so well near the front."""
        if self._placement.best is ViewKind.SIDE:
            return view.from_front < SIDE_LEAST
        return view.surely(least=FRONT_MOST)
