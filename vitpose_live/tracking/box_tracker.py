"""Gives people identities and carries their boxes through the frames on which the detector does not run."""

from __future__ import annotations

from math import exp, isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Detections, Poses, Tracks
from vitpose_live.data.checks import instance
from vitpose_live.errors import InvalidArrayError
from vitpose_live.tracking.duplicates import Duplicates
from vitpose_live.tracking.evidence import Judge
from vitpose_live.tracking.geometry import coverage, nesting
from vitpose_live.tracking.matching import Forecast, Pairs, match
from vitpose_live.tracking.motion import to_boxes, to_measurement
from vitpose_live.tracking.options import TrackerOptions
from vitpose_live.tracking.pose_box import Build, learn, measure, usable
from vitpose_live.tracking.track import Track

Floats = NDArray[np.float64]

NESTED = 0.7
"""A double stays one while this share of its box lies within the other person's."""

PART = 0.5
"""A detection of which, or of whom, this share lies within a person's box may be no other person."""

POSE_JUMP = 0.5
"""A pose box whose centre is further off than this share of the height, or so much in log size, is not believed."""


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
        self._judge = Judge(self._options.evidence)
        self._duplicates = Duplicates(self._options)
        self.reset()

    def reset(self) -> None:
        """Forget everybody; ids are still never re-used."""
        self._tracks: list[Track] = []
        self._emitted: dict[int, Track] = {}
        self._numbered: list[Track] = []  # who got an id on this very frame
        self._observed: set[Track] = set()  # whom the detector found on this very frame
        self._judge.forget()
        self._unrest = 1.0
        self._time: float | None = None
        self._detected: float | None = None  # when the detector last ran

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
        if self._time is not None and not 0 <= time - self._time <= self._options.gap_seconds:
            self.reset()
        self._time = time
        self._observed = set() if detections is None else self._observe(detections, time)
        believed = self._believed(time)
        self._numbered = [track for track in believed if not track.id]
        for track in self._numbered:
            self._last_id += 1
            track.id = self._last_id
        self._emitted = {track.id: track for track in sorted(believed, key=lambda track: track.id)}
        return self._emit(time)

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
        self._judge.sees_poses = True
        rows = [row for row, identity in enumerate(poses.track_ids) if int(identity) in self._emitted]
        if self._time is None or not rows:
            return believed
        options, time = self._options, self._time
        tracks = [self._emitted[int(poses.track_ids[row])] for row in rows]
        points = poses.keypoints[rows].astype(np.float64)
        scores = poses.scores[rows].astype(np.float64)
        good = (scores > options.keypoint_score) & np.isfinite(points).all(axis=-1)
        doubles = self._duplicates.find(tracks, points, good, poses, rows, self._detected, time)
        trusted = usable(good)
        quality = np.where(good, scores, 0.0).sum(axis=1) / np.maximum(good.sum(axis=1), 1)
        for row, track in enumerate(tracks):
            elapsed, track.pose_time = time - track.pose_time, time
            track.posed = bool(trusted[row]) and track.id not in doubles
            hopeless = good[row].sum() < HOPELESS_JOINTS and options.new_track_score is None
            if hopeless and self._judge.reject(track):
                continue
            self._judge.pose(track, elapsed, float(quality[row]) if track.posed else 0.0)
        # whoever was taken over by an older track is marked as a double of itself
        self._tracks = [track for track in self._tracks if not track.id or track.double_of != track.id]
        for detected in (True, False):
            chosen = [row for row, track in enumerate(tracks) if track.posed and (track in self._observed) is detected]
            if chosen:
                step = self._learn if detected else self._follow
                step([tracks[row] for row in chosen], points[chosen], good[chosen], time)
        believed[rows] = [track.evidence > 0 for track in tracks]
        self._take_back_ids()
        return believed

    def _take_back_ids(self) -> None:
        """Let newcomers who turned out to be nobody use no id up, unless somebody real came after them."""
        for track in reversed(self._numbered):
            if track.evidence > 0:
                break
            self._last_id = track.id - 1
        for track in self._numbered:
            if track.evidence <= 0:
                track.id = 0
        self._numbered = []

    def _learn(self, tracks: list[Track], points: Floats, good: NDArray[np.bool_], time: float) -> None:
        """Learn how boxes and skeletons relate from people with both a detection and a pose."""
        learn(self._builds(tracks, points), points, good, np.array([track.box for track in tracks]), time)

    def _follow(self, tracks: list[Track], points: Floats, good: NDArray[np.bool_], time: float) -> None:
        """Move people without a detection to the box that their skeleton implies."""
        states, covariances = self._forecast(tracks, time)
        boxes, valid = measure(self._builds(tracks, points), points, good, to_boxes(states), time)
        measured = to_measurement(boxes)
        off = np.abs(measured - states[:, [0, 2]])
        off[:, 0] /= np.exp(states[:, 2, 1])[:, None]
        valid &= (off <= POSE_JUMP).all(axis=(1, 2))
        noise = self._options.motion.measurement_noise(self._options.pose_noise)
        for row in np.flatnonzero(valid):
            tracks[row].pull(states[row], covariances[row], measured[row], noise, time)

    @staticmethod
    def _builds(tracks: list[Track], points: Floats) -> list[Build]:
        k = points.shape[1]
        builds = []
        for track in tracks:
            if track.build is None or len(track.build.seen) != k:  # the first pose, or another skeleton
                track.build = Build.unknown(k)
            builds.append(track.build)
        return builds

    def _forecast(self, tracks: list[Track], time: float) -> tuple[Floats, Floats]:
        """(n, 4, 2) states and (n, 4, 4) covariances at `time`."""
        return self._options.motion.forecast(
            np.array([track.filter.x for track in tracks]),
            np.array([track.filter.P for track in tracks]),
            [time - track.time for track in tracks],
            self._unrest,
        )

    def _observe(self, detections: Detections, time: float) -> set[Track]:
        """Take in a detector run; return the people it found."""
        boxes = detections.boxes.astype(np.float64)
        scores = detections.scores.astype(np.float64)
        elapsed = time - self._detected if self._detected is not None else float("inf")
        self._detected = time
        options = self._options
        measured = to_measurement(boxes)
        states, covariances, pairs = self._match(boxes, measured, scores, time)
        noise = options.motion.measurement_noise()
        for index, row in pairs:
            track = self._tracks[index]
            track.pull(states[index], covariances[index], measured[row], noise, time)
            track.seen, track.box, track.score = time, boxes[row], float(scores[row])
            self._release(track)
            self._judge.hit(track, elapsed)
        matched = {index for index, _ in pairs}
        found = {self._tracks[index] for index in matched}
        for index, track in enumerate(self._tracks):
            if index not in matched:
                self._judge.miss(track, elapsed)
        newcomers = self._welcome(boxes, scores, sorted(set(range(len(boxes))) - {row for _, row in pairs}), time)
        self._tracks = [track for track in self._tracks if self._remembered(track, time)] + newcomers
        return found.union(newcomers)

    def _welcome(self, boxes: Floats, scores: Floats, rows: list[int], time: float) -> list[Track]:
        """Return new tracks for the detections at `rows`, which are nobody's."""
        options = self._options
        least = options.new_track_score
        alone = not any(track.confirmed for track in self._tracks)  # nobody there to be compared with
        known = np.array([track.box for track in self._tracks if track.seen == time]).reshape(-1, 4)
        newcomers = []
        for row in rows:
            track = Track(options.motion, boxes[row], float(scores[row]), time)
            # a pose will soon tell a coat stand from a person, but not a part of somebody else from a person
            clear = self._judge.sees_poses and nesting(boxes[row][None], known).max(initial=0.0) < PART
            known_good = alone or clear or self._judge.typical(track) if least is None else track.score >= least
            self._judge.welcome(track, at_once=known_good)
            newcomers.append(track)
        return newcomers

    def _match(self, boxes: Floats, measured: Floats, scores: Floats, time: float) -> tuple[Floats, Floats, Pairs]:
        """Return the forecast states and covariances of all tracks, and who is which detection."""
        options, tracks = self._options, self._tracks
        if not tracks or not len(boxes):
            return np.zeros((0, 4, 2)), np.zeros((0, 4, 4)), []
        states, covariances = self._forecast(tracks, time)
        forecast = Forecast(states, covariances, np.array([track.box for track in tracks]))
        noise = options.motion.measurement_noise()
        pairs, surprise = match(forecast, boxes, measured, scores >= options.strong_score, noise, options.matching)
        # before a second measurement the velocity is anybody's guess and so no surprise
        odd = [surprise[index, row] for index, row in pairs if tracks[index].time > tracks[index].born]
        if odd:
            # two degrees of freedom: 2 is expected of each where the noise is right
            excess = float((np.minimum(odd, 6.0) / 2 - 1).sum())
            self._unrest = min(max(self._unrest * exp(options.restless * excess), 1.0), options.restless_max)
        return states, covariances, pairs

    def _release(self, track: Track) -> None:
        """Clear a double that is detected beside the other person: somebody after all."""
        if track.double_of:
            others = [other.box for other in self._tracks if other.id == track.double_of]
            if not others or coverage(track.box[None], np.stack(others)).max() < NESTED:
                track.doubled, track.double_of = 0.0, 0

    def _remembered(self, track: Track, time: float) -> bool:
        seconds = self._options.memory_seconds if track.confirmed else self._options.doubtful_seconds
        return time - track.time <= seconds

    def _believed(self, time: float) -> list[Track]:
        """Return the people to emit, oldest first."""
        options = self._options
        looked = self._detected if self._detected is not None else time
        believed = [
            track
            for track in self._tracks
            if track.evidence > 0
            and time - track.time <= options.coast_seconds
            and looked - track.time <= options.missed_seconds
        ]
        most = options.number_people_max
        if most is not None and len(believed) > most:
            believed.sort(key=lambda track: (track.id not in self._emitted, -track.evidence))
            del believed[most:]
        return believed

    def _emit(self, time: float) -> Tracks:
        tracks = list(self._emitted.values())
        if not tracks:
            return Tracks.empty()
        states = np.array([track.state_at(time, self._options.motion) for track in tracks])
        return Tracks(
            to_boxes(states).astype(np.float32),
            np.array([track.id for track in tracks]),
            np.array([track in self._observed for track in tracks]),
            np.array([track.score for track in tracks]),
        )
