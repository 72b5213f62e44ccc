"""What a tracker remembers of a scene, and a way back to an earlier moment of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Skeleton
from vitpose_live.tracking.evidence import Judge
from vitpose_live.tracking.motion import MotionModel
from vitpose_live.tracking.track import GONE, Track, beliefs

Floats = NDArray[np.float64]


@dataclass(slots=True, eq=False)
class Scene:
    """Everything remembered of the people, up to the latest frame.

    Parameters
    ----------
    judge
        Knows what scores are typical here.
    tracks
        Everybody, believed in or not.
    emitted
        Who was emitted on the latest frame, by id.
    numbered, observed
        Who got an id on the latest frame, and whom the detector found on it.
    awaited
        Who was found so late that no pose could follow them since: they are emitted on the next frame, however long
        ago that was.
    fresh
        Who got an id on it and is somebody, as the first pose says.
    departed
        Who is no longer expected, but may come back and be known again.
    foreign
        Which joints of the latest poses (k,) are other people's, by the id of the person they were drawn for.
    skeleton
        Of the latest poses: what was learned from joints of another one is forgotten.
    unrest
        How much livelier than usual people are.
    time, detected
        Seconds of the latest frame and of the latest detector run; None before the first.
    """

    judge: Judge
    tracks: list[Track] = field(default_factory=list)
    emitted: dict[int, Track] = field(default_factory=dict)
    numbered: list[Track] = field(default_factory=list)
    observed: set[Track] = field(default_factory=set)
    awaited: set[Track] = field(default_factory=set)
    fresh: list[Track] = field(default_factory=list)
    departed: list[Track] = field(default_factory=list)
    foreign: dict[int, NDArray[np.bool_]] = field(default_factory=dict)
    skeleton: Skeleton | None = None
    unrest: float = 1.0
    time: float | None = None
    detected: float | None = None

    def forecast(self, motion: MotionModel, tracks: list[Track], time: float) -> Floats:
        """(14, n) what is believed of `tracks` at `time`."""
        return motion.forecast(beliefs(tracks), [time - track.time for track in tracks], self.unrest)


class Past:
    """A scene as it stands between two frames, kept while the tracker goes on; good for one return.

    Parameters
    ----------
    scene
        Not changed.
    """

    def __init__(self, scene: Scene) -> None:
        self._twins = {track: track.twin() for track in (*scene.tracks, *scene.emitted.values())}
        self._scene = replace(
            scene,
            judge=scene.judge.twin(),
            tracks=[self._twins[track] for track in scene.tracks],
            emitted={identity: self._twins[track] for identity, track in scene.emitted.items()},
            numbered=[],
            observed=set(),
            awaited={self._twins[track] for track in scene.awaited if track in self._twins},
            fresh=[],
            departed=list(scene.departed),
        )

    def scene(self) -> Scene:
        """Return it. Ids and looks belong to people, not to moments: who was given one since has it here too."""
        for track, twin in self._twins.items():
            twin.id, twin.look, twin.look_time = track.id, track.look, track.look_time
            twin.odd_look = track.odd_look
        scene = self._scene
        scene.tracks = [track for track in scene.tracks if track.id != GONE]
        scene.departed = [track for track in scene.departed if track.id != GONE]
        scene.emitted = {track.id: track for track in scene.emitted.values() if track.id != GONE}
        return scene
