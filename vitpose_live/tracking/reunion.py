"""Somebody who was gone for seconds and comes back: known again by the clothes, if the way there was possible."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import dist, exp

import numpy as np
from numpy.typing import NDArray

from vitpose_live.tracking.geometry import coverage
from vitpose_live.tracking.motion import CENTRE, HEIGHT, PLACE
from vitpose_live.tracking.scene import Scene
from vitpose_live.tracking.track import GONE, Track

Floats = NDArray[np.float64]

ALIKE_HERE, ALIKE_FAR = 0.75, 0.92
"""Least likeness of looks (scalar product) of one person at two times: where the person was last seen, and as far away
as anybody gets; in between, in between. Light changes, but many people wear the same colours."""

DISTINCT = 0.08
"""By how much the likeness to the next best must be less: clothes that two people wear say nothing of either."""

LOOK_SECONDS = 0.5
"""How often the look of somebody who is known is refreshed."""

AGAIN_SECONDS = 0.1
"""How soon somebody is looked at again who looked like somebody else."""

FRESH = 0.2
"""Weight of the latest look in what is remembered."""

CROWDED = 0.3
"""Nobody's clothes are seen clearly while others' boxes cover more of the person's than this."""

WAIT_SECONDS = 0.5
"""How long a newcomer who may be somebody gone is not shown while the clothes cannot be seen."""

SPEED, START = 1.5, 1.0
"""How far, in body heights, somebody can be from where they were last seen: per second, and to begin with."""

NEAR_SPEED, NEAR_START = 0.7, 0.5
"""The same for one whose clothes somebody else present wears, too: there, only the place tells."""

GROWTH, RESIZED = 0.25, 0.4
"""How much, in log height, somebody can be taller or smaller: per second, and to begin with."""


@dataclass(frozen=True, slots=True)
class Way:
    """From where somebody was last seen to where a newcomer is.

    Parameters
    ----------
    apart
        In body heights.
    seconds
        Of absence, until the stranger was found.
    growth
        In log height.
    """

    apart: float
    seconds: float
    growth: float

    @classmethod
    def between(cls, gone: Track, stranger: Track) -> Way:
        """From where `gone` was last to where the `stranger` is."""
        here, there = stranger.belief[PLACE].tolist(), gone.belief[PLACE].tolist()
        apart = dist(here[CENTRE], there[CENTRE]) / exp(max(here[HEIGHT], there[HEIGHT]))
        return cls(apart, max(stranger.born - gone.time, 0.0), here[HEIGHT] - there[HEIGHT])

    @property
    def share(self) -> float:
        """Of how far anybody gets."""
        return self.apart / (START + SPEED * self.seconds)

    @property
    def possible(self) -> bool:
        """Whether it is one that a person can go."""
        return self.share <= 1 and abs(self.growth) <= RESIZED + GROWTH * self.seconds

    @property
    def near(self) -> bool:
        """Whether it is one that the person is likely to have gone."""
        return self.apart <= NEAR_START + NEAR_SPEED * self.seconds


@dataclass(frozen=True, slots=True, eq=False)
class Guess:
    """That a newcomer is somebody who was gone.

    Parameters
    ----------
    stranger, gone
        The two.
    way
        Between them.
    look
        (d,) the newcomer's; None where it cannot be seen.
    """

    stranger: Track
    gone: Track
    way: Way
    look: Floats | None

    @property
    def alike(self) -> float:
        """Likeness of the two, 0..1."""
        return _likeness(self.look, self.gone)

    def holds(self, others: Iterable[Guess], present: Iterable[Track]) -> bool:
        """Whether it is so beyond doubt, given all guesses and who else is `present`."""
        if self.alike < ALIKE_HERE + (ALIKE_FAR - ALIKE_HERE) * self.way.share:
            return False
        enough = self.alike - DISTINCT
        if any(
            other.alike > enough for other in others if (other.stranger is self.stranger) != (other.gone is self.gone)
        ):
            return False
        twins = [track for track in present if _likeness(self.look, track) > enough]
        # of a twin whom neither detector nor pose found there, nobody knows whether it is the newcomer
        return not twins or (self.way.near and all(twin.posed or twin.seen >= self.stranger.seen for twin in twins))


def wanted(scene: Scene, ids: list[int], boxes: Floats, seconds: float) -> NDArray[np.bool_]:
    """(n,) of whom of the `ids` in `boxes` (n, 4) the look should be taken now: newcomers, and the rest now and then.

    `seconds` is how long people are remembered; 0 for not at all.
    """
    rows = np.zeros(len(ids), np.bool_)
    if scene.time is None or not seconds:
        return rows
    for row, identity in enumerate(ids):
        track = scene.emitted.get(identity)
        if track is not None and track.posed:
            rows[row] = track.look is None or scene.time - track.look_time >= LOOK_SECONDS
    due = np.flatnonzero(rows)
    if len(due):
        covered = coverage(boxes[due], boxes)
        covered[np.arange(len(due)), due] = 0.0
        rows[due] = covered.max(axis=1) <= CROWDED
    return rows


def recognise(scene: Scene, looks: dict[int, Floats], seconds: float) -> dict[int, int]:
    """Take in what people look like; return which newcomers' ids turn into which, 0 for one not to be shown yet.

    Parameters
    ----------
    looks
        (d,) unit vectors by id; of a newcomer without one the clothes cannot be seen.
    seconds
        How long people are remembered.
    """
    names: dict[int, int] = {}
    if scene.time is None:
        return names
    fresh, scene.fresh = scene.fresh, []
    guesses = [guess for stranger in fresh for guess in _guesses(scene, stranger, looks.get(stranger.id), seconds)]
    for guess in guesses:
        stranger = guess.stranger
        if guess.look is not None:
            if guess.holds(guesses, [track for track in scene.emitted.values() if track is not stranger]):
                names[stranger.id] = guess.gone.id
                _become(scene, stranger, guess.gone)
        elif stranger.id:
            stranger.look_time = min(stranger.look_time, scene.time)
            if scene.time - stranger.look_time < WAIT_SECONDS:
                names[stranger.id] = 0
                del scene.emitted[stranger.id]
                stranger.id = 0
    for identity, look in looks.items():
        track = scene.emitted.get(names.get(identity, identity))
        if track is not None:
            _remember(track, look, scene.time)
    scene.emitted = dict(sorted(scene.emitted.items()))
    return names


def _guesses(scene: Scene, stranger: Track, look: Floats | None, seconds: float) -> Iterable[Guess]:
    """Yield who the `stranger` may be of those who are not there, after at most so many `seconds`."""
    for gone in (*scene.departed, *scene.tracks):
        there = gone.id in scene.emitted or (gone.seen >= stranger.seen and gone.evidence > 0)
        if gone.id > 0 and not there and not gone.double_of and gone.look is not None:
            way = Way.between(gone, stranger)
            if way.possible and way.seconds <= seconds:
                yield Guess(stranger, gone, way, look)


def _likeness(look: Floats | None, track: Track) -> float:
    """How much somebody looks like the person of `track`, 0..1; 0 where either was never seen."""
    return 0.0 if look is None or track.look is None else float(look @ track.look)


def _become(scene: Scene, stranger: Track, known: Track) -> None:
    """Let `stranger` be who `known` was."""
    del scene.emitted[stranger.id]
    if stranger.id in scene.foreign:
        scene.foreign[known.id] = scene.foreign.pop(stranger.id)
    stranger.id = known.id
    stranger.look, stranger.odd_look = known.look, known.odd_look
    known.id = GONE
    scene.tracks = [track for track in scene.tracks if track is not known]
    scene.departed = [track for track in scene.departed if track is not known]
    scene.emitted[stranger.id] = stranger


def _remember(track: Track, look: Floats, time: float) -> None:
    """Take in a look; one that contradicts what is remembered only if a later one and a detection bear it out.

    Whoever stands in front does not look like the person, nor does a neighbour whose pose was drawn for somebody gone.
    """
    if track.look is not None and float(look @ track.look) < ALIKE_HERE:
        since, odd = track.odd_look or (time, look)
        if float(look @ odd) < ALIKE_HERE:
            since, odd = time, look
        if not since < track.seen:
            track.odd_look, track.look_time = (since, odd), time - LOOK_SECONDS + AGAIN_SECONDS
            return
        track.look = odd
    mixed = look if track.look is None else track.look + FRESH * (look - track.look)
    track.look, track.look_time, track.odd_look = mixed / np.linalg.norm(mixed), time, None
