"""Gives people identities and carries their boxes through the frames on which the detector does not run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import exp, isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Detections, Poses, Tracks
from vitpose_live.data.checks import instance
from vitpose_live.errors import InvalidArrayError
from vitpose_live.tracking.carrying import carry, teach
from vitpose_live.tracking.duplicates import Duplicates
from vitpose_live.tracking.evidence import Judge
from vitpose_live.tracking.geometry import coverage, nesting
from vitpose_live.tracking.matching import Forecast, Pairs, match
from vitpose_live.tracking.motion import correct, to_boxes, to_measurement
from vitpose_live.tracking.options import TrackerOptions
from vitpose_live.tracking.pose_box import usable
from vitpose_live.tracking.scene import Past, Scene
from vitpose_live.tracking.track import Track, filters, pull

Floats = NDArray[np.float64]

NESTED = 0.7
"""A double stays one while this share of its box lies within the other person's."""

PART = 0.5
"""A detection of which, or of whom, this share lies within a person's box may be no other person."""

HOPELESS_JOINTS = 3
"""A pose with fewer trusted joints shows no person; a face alone has five."""


class BoxTracker:
    """People with identities, from detections at intervals and poses in between.

    Every person has a Kalman filter of the box (`motion`), in seconds and body heights, so that neither the frame
    rate nor the resolution matters. Detections are handed out in stages (`matching`), what speaks for and against a
    person is summed up (`evidence`), and between detections the skeleton's own box moves the track (`pose_box`); a
    person whose pose is another person's is dropped (`duplicates`).

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
        self._last_id = 0
        self._duplicates = Duplicates(self._options)
        self._scene = Scene(Judge(self._options.evidence))

    def reset(self) -> None:
        """Forget everybody; ids are still never re-used."""
        self._scene.judge.forget()
        self._scene = Scene(self._scene.judge)

    def limit(self, number_people_max: int | None) -> None:
        """Follow at most this many people from the next frame on; may be called from any thread."""
        self._options = replace(self._options, number_people_max=number_people_max)

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
        self._scene.observed = set() if detections is None else self._observe(detections, time)
        believed, self._scene.awaited = self._believed(time), set()
        self._scene.numbered = [track for track in believed if not track.id and number]
        for track in self._scene.numbered:
            self._last_id += 1
            track.id = self._last_id
        believed = sorted((track for track in believed if track.id), key=lambda track: track.id)
        self._scene.emitted = {track.id: track for track in believed}

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
        believed = np.ones(len(poses), np.bool_)
        self._scene.judge.sees_poses = True
        ids, emitted = poses.track_ids.tolist(), self._scene.emitted
        rows = [row for row, identity in enumerate(ids) if identity in emitted]
        if self._scene.time is None or not rows:
            return believed
        options, time = self._options, self._scene.time
        tracks = [emitted[ids[row]] for row in rows]
        points = poses.keypoints[rows].astype(np.float64)
        scores = poses.scores[rows].astype(np.float64)
        good = scores > options.keypoint_score  # never of a missing one: it has no score
        trusted, count = usable(good), good.sum(axis=1)
        doubles = self._duplicates.find(tracks, points, good, trusted, poses, rows, self._scene.detected, time)
        quality = np.where(good, scores, 0.0).sum(axis=1) / np.maximum(count, 1)
        seen = zip(tracks, trusted.tolist(), count.tolist(), quality.tolist(), strict=True)
        for track, fit, joints, worth in seen:
            elapsed, track.pose_time = time - track.pose_time, time
            track.posed = fit and track.id not in doubles
            hopeless = joints < HOPELESS_JOINTS and options.new_track_score is None
            if hopeless and self._scene.judge.reject(track):
                continue
            self._scene.judge.pose(track, elapsed, worth if track.posed else 0.0)
        # whoever was taken over by an older track is marked as a double of itself
        self._scene.tracks = [track for track in self._scene.tracks if not track.id or track.double_of != track.id]
        for detected in (True, False):
            chosen = [
                row for row, track in enumerate(tracks) if track.posed and (track in self._scene.observed) is detected
            ]
            if not chosen:
                continue
            people, joints, fit = [tracks[row] for row in chosen], points[chosen], good[chosen]
            if detected:
                teach(people, joints, fit, time)
            else:
                carry(people, joints, fit, self._forecast(people, time), options, time)
        believed[rows] = [track.evidence > 0 for track in tracks]
        self._take_back_ids()
        return believed

    def _take_back_ids(self) -> None:
        """Let newcomers who turned out to be nobody use no id up, unless somebody real came after them."""
        for track in reversed(self._scene.numbered):
            if track.evidence > 0:
                break
            self._last_id = track.id - 1
        for track in self._scene.numbered:
            if track.evidence <= 0:
                track.id = 0
        self._scene.numbered = []

    def _forecast(self, tracks: list[Track], time: float) -> tuple[Floats, Floats]:
        """(n, 4, 2) states and (n, 4, 4) covariances at `time`."""
        elapsed = [time - track.time for track in tracks]
        return self._options.motion.forecast(*filters(tracks), elapsed, self._scene.unrest)

    def _observe(self, detections: Detections, time: float) -> set[Track]:
        """Take in a detector run; return the people it found."""
        boxes = detections.boxes.astype(np.float64)
        scores = detections.scores.astype(np.float64)
        elapsed = time - self._scene.detected if self._scene.detected is not None else float("inf")
        self._scene.detected = time
        options = self._options
        measured = to_measurement(boxes)
        states, covariances, pairs = self._match(boxes, measured, scores, time)
        if pairs:
            at, rows = np.array(pairs).T
            moments = correct(states[at], covariances[at], measured[rows], options.motion.measurement_noise())
            pull([self._scene.tracks[index] for index in at], *moments, time)
        for index, row in pairs:
            track = self._scene.tracks[index]
            track.seen, track.box, track.score = time, boxes[row], float(scores[row])
            self._release(track)
            self._scene.judge.hit(track, elapsed)
        matched = {index for index, _ in pairs}
        found = {self._scene.tracks[index] for index in matched}
        for index, track in enumerate(self._scene.tracks):
            if index not in matched:
                self._scene.judge.miss(track, elapsed)
        newcomers = self._welcome(boxes, scores, sorted(set(range(len(boxes))) - {row for _, row in pairs}), time)
        self._scene.tracks = [track for track in self._scene.tracks if self._remembered(track, time)] + newcomers
        return found.union(newcomers)

    def _welcome(self, boxes: Floats, scores: Floats, rows: list[int], time: float) -> list[Track]:
        """Return new tracks for the detections at `rows`, which are nobody's."""
        options = self._options
        least = options.new_track_score
        alone = not any(track.confirmed for track in self._scene.tracks)  # nobody there to be compared with
        known = np.array([track.box for track in self._scene.tracks if track.seen == time]).reshape(-1, 4)
        newcomers = []
        for row in rows:
            track = Track(options.motion, boxes[row], float(scores[row]), time)
            # a pose will soon tell a coat stand from a person, but not a part of somebody else from a person
            clear = self._scene.judge.sees_poses and nesting(boxes[row][None], known).max(initial=0.0) < PART
            known_good = alone or clear or self._scene.judge.typical(track) if least is None else track.score >= least
            self._scene.judge.welcome(track, at_once=known_good)
            newcomers.append(track)
        return newcomers

    def _match(self, boxes: Floats, measured: Floats, scores: Floats, time: float) -> tuple[Floats, Floats, Pairs]:
        """Return the forecast states and covariances of all tracks, and who is which detection."""
        options, tracks = self._options, self._scene.tracks
        if not tracks or not len(boxes):
            return np.zeros((0, 4, 2)), np.zeros((0, 4, 4)), []
        states, covariances = self._forecast(tracks, time)
        forecast = Forecast(
            states,
            covariances,
            np.array([track.box for track in tracks]),
            np.array([track.evidence > 0 for track in tracks]),
            np.array([track.confirmed for track in tracks]),
        )
        noise = options.motion.measurement_noise()
        pairs, surprise = match(forecast, boxes, measured, scores >= options.strong_score, noise, options.matching)
        # before a second measurement the velocity is anybody's guess and so no surprise
        odd = [surprise[index, row] for index, row in pairs if tracks[index].time > tracks[index].born]
        if odd:
            # two degrees of freedom: 2 is expected of each where the noise is right
            excess = float((np.minimum(odd, 6.0) / 2 - 1).sum())
            self._scene.unrest = min(
                max(self._scene.unrest * exp(options.restless * excess), 1.0), options.restless_max
            )
        return states, covariances, pairs

    def _release(self, track: Track) -> None:
        """Clear a double that is detected beside the other person: somebody after all."""
        if track.double_of:
            others = [other.box for other in self._scene.tracks if other.id == track.double_of]
            if not others or coverage(track.box[None], np.stack(others)).max() < NESTED:
                track.doubled, track.double_of = 0.0, 0

    def _remembered(self, track: Track, time: float) -> bool:
        seconds = self._options.memory_seconds if track.confirmed else self._options.doubtful_seconds
        return time - track.time <= seconds

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
            elapsed = [time - track.time for track in coasting]
            blur = options.motion.blur(*filters(coasting), elapsed).tolist()
            lost = {track for track, share in zip(coasting, blur, strict=True) if share > options.coast_blur}
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
        states = self._options.motion.expect(
            np.array([track.state for track in tracks]), [time - track.time for track in tracks]
        )
        return Tracks(
            to_boxes(states).astype(np.float32),
            np.array([track.id for track in tracks]),
            np.array([track in self._scene.observed for track in tracks]),
            np.array([track.score for track in tracks]),
        )
