"""Gives people identities and carries their boxes through the frames on which the detector does not run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from operator import attrgetter
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Detections, Poses, Tracks
from vitpose_live.data.checks import instance
from vitpose_live.errors import InvalidArrayError
from vitpose_live.tracking.detecting import take_detections
from vitpose_live.tracking.evidence import Judge
from vitpose_live.tracking.limbs import without
from vitpose_live.tracking.motion import blur, to_boxes
from vitpose_live.tracking.options import REIDENTIFY_SECONDS, TrackerOptions
from vitpose_live.tracking.posing import take_poses
from vitpose_live.tracking.reunion import recognise, wanted
from vitpose_live.tracking.scene import Past, Scene
from vitpose_live.tracking.track import Track, beliefs


class BoxTracker:
    """People with identities, from detections at intervals and poses in between.

    Every person has a Kalman filter of the box (`motion`), in seconds and body heights, so that neither the frame
    rate nor the resolution matters. Detections are handed out in stages (`matching`), what speaks for and against a
    person is summed up (`evidence`), and between detections the skeleton's own box moves the track (`pose_box`); a
    person whose pose is another person's is dropped (`duplicates`), and single joints of others are taken away
    (`limbs`). Who was gone for seconds is known by the clothes (`reunion`), where `recognise` is told of them.

    A person not believed in any more is no longer emitted but remembered for a while and comes back under the same
    id. Ids start at 1 and are never re-used, not even after `reset`; a newcomer whom `correct` rejects at once was
    nobody, and the number is free again. Time that runs backwards or jumps ahead by more
    than `gap_seconds` means another scene: everybody is forgotten, as by `reset`.

    Parameters
    ----------
    **options
        See `TrackerOptions`.

    Raises
    ------
    SettingsError
        When an option is unknown or out of range.
    """

    def __init__(self, **options: Any) -> None:
        self._options = TrackerOptions.of(options)
        self._changing = Lock()
        self._last_id = 0
        self._scene = Scene(Judge(self._options.evidence))

    def reset(self) -> None:
        """Forget everybody; ids are still never re-used."""
        self._scene.judge.forget()
        self._scene = Scene(self._scene.judge)

    def limit(self, number_people_max: int | None) -> None:
        """Follow at most this many people from the next frame on; may be called from any thread."""
        with self._changing:
            self._options = replace(self._options, number_people_max=number_people_max)

    def reidentify(self, *, on: bool) -> None:
        """Know people again after an absence, or not, from the next frame on; may be called from any thread."""
        with self._changing:
            self._options = replace(self._options, reidentify_seconds=REIDENTIFY_SECONDS if on else 0.0)

    def update(self, detections: Detections | None, time: float) -> Tracks:
        """Advance to `time` seconds.

        Parameters
        ----------
        detections
            None when the detector did not run (predict), empty when it found nobody (evidence of absence).
        time
            Presentation time of the frame. Repeating a time adds no evidence.

        Returns
        -------
        Tracks
            Everybody believed to be there, oldest first. `observed` is True where one of `detections` matched;
            `scores` are those of each person's latest detection.

        Raises
        ------
        InvalidArrayError
            When `time` is not finite.
        """
        if detections is not None:
            instance("detections", detections, Detections)
        if not isfinite(time):
            raise InvalidArrayError(f"time: expected finite seconds, got {time}")
        self._advance(detections, time, number=True)
        return self._emit(time)

    def snapshot(self) -> Past:
        """Return what is remembered now, between two frames, for one `replay`; the tracker goes on unaffected."""
        return Past(self._scene)

    def replay(self, past: Past, detections: Detections, moments: Sequence[tuple[float, Poses]]) -> None:
        """Go back to `past` and live through what came since again, now knowing what the detector saw then.

        People keep the ids they have been shown under. Whoever is found only now gets one on the next `update`, as
        nobody has seen them yet.

        Parameters
        ----------
        past
            The `snapshot` taken before the frame that the detector was given.
        detections
            What it found there.
        moments
            That frame and all since: time in seconds, and the poses that `correct` was given.
        """
        self._scene = past.scene()
        found: Detections | None = detections
        seen: set[Track] = set()
        for time, poses in moments:
            self._advance(found, time, number=False)
            seen = seen or self._scene.observed
            self.correct(poses)
            found = None
        self._scene.awaited = seen.difference(self._scene.emitted.values())

    def _advance(self, detections: Detections | None, time: float, *, number: bool) -> None:
        """Move everybody to `time` and settle who is emitted; newcomers only if they may get a `number`."""
        if self._scene.time is not None and not 0 <= time - self._scene.time <= self._options.gap_seconds:
            self.reset()
        self._scene.time = time
        self._scene.observed = set()
        if detections is not None:
            self._scene.observed = take_detections(self._scene, self._options, detections, time)
        believed, self._scene.awaited = self._believed(time), set()
        self._scene.numbered, self._scene.fresh = [track for track in believed if not track.id and number], []
        for track in self._scene.numbered:
            self._last_id += 1
            track.id = self._last_id
        believed.sort(key=attrgetter("id"))
        self._scene.emitted = {track.id: track for track in believed if track.id}

    def correct(self, poses: Poses) -> NDArray[np.bool_]:
        """Take what the poses say of the boxes of the latest `update`.

        A good pose on a frame with a detection teaches how the person's box reaches beyond the joints; on any other
        frame it is the measurement that moves the track. A poor one counts against the person. A newcomer is not
        shown when the first pose is somebody else's, or hopeless, unless `new_track_score` says who is new. Rows
        whose track was not in the latest `update` are ignored.

        Returns
        -------
        (n,) bool
            False for the people that this frame's pose has shown to be none.
        """
        believed = take_poses(self._scene, self._options, poses)
        self._take_back_ids()
        return believed

    def own(self, poses: Poses) -> Poses:
        """Return `poses`, those of the latest `correct`, without the joints that are another person's.

        Where two people's crops overlap the pose network may draw one's limbs in both. A joint both claim is its
        better owner's (`limbs`); to the other it is missing: NaN with score 0.
        """
        return without(poses, self._scene.foreign)

    def unfamiliar(self, poses: Poses) -> NDArray[np.bool_]:
        """(n,) of which of `poses`, those of the latest `correct`, it should be said now what they look like.

        That is everybody not seen clearly before, and the rest now and then. Nobody, where nobody is to be known again.
        """
        seconds = self._options.reidentify_seconds
        return wanted(self._scene, poses.track_ids.tolist(), poses.boxes.astype(np.float64), seconds)

    def recognise(self, track_ids: NDArray[np.int64], looks: NDArray[np.floating[Any]]) -> dict[int, int]:
        """Take in what people look like; a newcomer may be somebody who was gone.

        Somebody absent for up to `reidentify_seconds` is known again when the looks agree, nobody else absent looks
        nearly the same, and the way was possible; where somebody present does look the same, only nearby. Without a
        look a newcomer who may be somebody absent is not shown for up to half a second.

        Parameters
        ----------
        track_ids, looks
            (n,) and (n, d): unit vectors whose product is 1 for the same and 0 for nothing in common; NaN where it
            cannot be seen.

        Returns
        -------
        dict
            Which ids of this frame turn into which, 0 for those who are not to be shown yet.
        """
        seen = zip(track_ids.tolist(), looks.astype(np.float64), strict=True)
        clear = {identity: look for identity, look in seen if np.isfinite(look).all()}
        names = recognise(self._scene, clear, self._options.reidentify_seconds)
        while self._last_id in names:  # nobody was shown under it, nor came after
            self._last_id -= 1
        return names

    def _take_back_ids(self) -> None:
        """Let newcomers who turned out to be nobody use no id up, unless somebody real came after them."""
        for track in reversed(self._scene.numbered):
            if track.evidence > 0:
                break
            self._last_id = track.id - 1
        for track in self._scene.numbered:
            if track.evidence <= 0:
                track.id = 0
            else:
                self._scene.fresh.append(track)
        self._scene.numbered = []

    def _believed(self, time: float) -> list[Track]:
        """Return the people to emit, oldest first."""
        options = self._options
        looked = self._scene.detected if self._scene.detected is not None else time
        believed = [
            track
            for track in self._scene.tracks
            if track.evidence > 0
            and (
                track in self._scene.awaited
                or (time - track.time <= options.coast_seconds and looked - track.time <= options.missed_seconds)
            )
        ]
        coasting = [track for track in believed if track.time < time and track not in self._scene.awaited]
        if coasting:
            latest = beliefs(coasting)
            ahead = options.motion.forecast(latest, [time - track.time for track in coasting])
            shares = zip(coasting, blur(latest, ahead).tolist(), strict=True)
            lost = {track for track, share in shares if share > options.coast_blur}
            believed = [track for track in believed if track not in lost]
        most = options.number_people_max
        if most is not None and len(believed) > most:
            believed.sort(key=lambda track: (track.id not in self._scene.emitted, -track.evidence))
            del believed[most:]
        return believed

    def _emit(self, time: float) -> Tracks:
        tracks = list(self._scene.emitted.values())
        if not tracks:
            return Tracks.empty()
        ahead, elapsed = beliefs(tracks), [time - track.time for track in tracks]
        if any(elapsed):
            ahead = self._options.motion.forecast(ahead, elapsed)
        observed = self._scene.observed
        return Tracks.trusted(
            to_boxes(ahead).astype(np.float32, order="C"),
            np.array([track.id for track in tracks], np.int64),
            np.array([track in observed for track in tracks], np.bool_),
            np.array([track.score for track in tracks], np.float32),
        )
