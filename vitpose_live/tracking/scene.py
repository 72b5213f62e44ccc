"""What a tracker remembers of a scene, and a way back to an earlier moment of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from vitpose_live.tracking.evidence import Judge
from vitpose_live.tracking.track import Track


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
    unrest: float = 1.0
    time: float | None = None
    detected: float | None = None


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
        )

    def scene(self) -> Scene:
        """Return it. Ids belong to people, not to moments: whoever was given one since has it here too."""
        for track, twin in self._twins.items():
            twin.id = track.id
        return self._scene
