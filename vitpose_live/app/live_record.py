"""A recording that starts and ends while the pictures go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from math import inf
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Detections, FrameResult, Poses, SourceInfo, Tracks
from vitpose_live.errors import PipelineError, VitposeLiveError
from vitpose_live.fitness import measure
from vitpose_live.rendering import SkeletonRenderer
from vitpose_live.sinks import VideoRecorder

LONGEST_GAP = 2.0
"""Seconds between two pictures of a file that are still one scene; further apart, somebody jumped."""


class Recording:
    """Draws results and records them; written by one thread, finished by any.

    A recording of a live source keeps its time. One of a file holds what was analysed while it lasted, in the order in
    which it was shown: a jump is a cut.

    Parameters
    ----------
    path
        MP4 to write.
    renderer
        Draws the skeletons; None records the plain pictures.
    mirror
        Whether left and right of the picture change places. The person's own left stays left.
    info
        Of the source.
    overwrite
        Whether `path` may be replaced.

    Raises
    ------
    OutputError
        When `path` cannot be written.
    """

    def __init__(
        self,
        path: Path,
        *,
        info: SourceInfo,
        renderer: SkeletonRenderer | None,
        mirror: bool = False,
        overwrite: bool = False,
    ) -> None:
        self.path = path
        self._renderer = renderer
        self._mirror = mirror
        self._interval = 1 / info.fps if info.fps > 0 else 1 / 30
        self._longest_gap = inf if info.live else LONGEST_GAP
        self._recorder = VideoRecorder(path, fps_hint=info.fps, overwrite=overwrite)
        self._lock = Lock()
        self._ended = False
        self._previous: float | None = None
        self._seconds = 0.0

    @property
    def seconds(self) -> float:
        """Seconds recorded so far."""
        return self._seconds

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._recorder.size

    def write(self, result: FrameResult) -> None:
        """Record one result; does nothing once it is finished.

        Raises
        ------
        OutputError
            When the disk is full; the recording is lost then.
        """
        shown = mirrored(result) if self._mirror else result
        image = np.ascontiguousarray(shown.frame.image) if self._renderer is None else self._renderer.draw(shown)
        with self._lock:
            if self._ended:
                return
            time = result.frame.time
            if self._previous is not None:
                gap = time - self._previous
                self._seconds += gap if 0 < gap <= self._longest_gap else self._interval
            self._previous = time
            try:
                self._recorder.write(image, self._seconds)
            except VitposeLiveError:
                self._ended = True
                raise

    def finish(self) -> None:
        """Complete the file and put it in its place; does nothing the second time.

        Raises
        ------
        OutputError
            When the disk is full, or the target exists by now.
        """
        with self._lock:
            if not self._ended:
                self._ended = True
                self._recorder.close()


class Switch:
    """Starts and ends recordings while results go through it.

    Parameters
    ----------
    failed
        Called with what a recording failed of. The results go on without it.
    """

    def __init__(self, failed: Callable[[VitposeLiveError], None]) -> None:
        self._failed = failed
        self._lock = Lock()
        self.recording: Recording | None = None
        """The one that is going on."""

    def start(self, begin: Callable[[], Recording]) -> None:
        """Begin one.

        Raises
        ------
        PipelineError
            When one is going on.
        """
        with self._lock:
            if self.recording is not None:
                raise PipelineError(f"{self.recording.path} is being recorded", hint="finish that one first")
            self.recording = begin()

    def stop(self, rest: Sequence[FrameResult] = ()) -> Callable[[], object] | None:
        """Take the recording out; return what completes it, which takes a moment. None when there was none.

        The `rest` is recorded before.
        """
        with self._lock:
            recording, self.recording = self.recording, None

        def complete() -> None:
            assert recording is not None
            for result in rest:
                recording.write(result)
            recording.finish()

        return None if recording is None else partial(self._guarded, complete)

    def write(self, result: FrameResult) -> None:
        """Record one result, if that is wanted."""
        recording = self.recording
        if recording is not None and not self._guarded(partial(recording.write, result)):
            with self._lock:
                if self.recording is recording:
                    self.recording = None

    def _guarded(self, work: Callable[[], object]) -> bool:
        try:
            work()
        except VitposeLiveError as error:
            self._failed(error)
            return False
        return True


def renderer_of(threshold: float, *, angles: bool) -> SkeletonRenderer:
    """Return what draws joints that score at least `threshold`, and the angles between such joints if asked."""
    return SkeletonRenderer(kpt_thr=threshold, measure_angles=partial(measure, threshold=threshold) if angles else None)


def mirrored(result: FrameResult) -> FrameResult:
    """Return `result` as in a mirror: picture, boxes and joints, whose names stay."""
    width = result.frame.width
    tracks, poses, raw = result.tracks, result.poses, result.raw
    return replace(
        result,
        frame=replace(result.frame, image=result.frame.image[:, ::-1]),
        detections=Detections(_mirrored(result.detections.boxes, width), result.detections.scores),
        tracks=Tracks(_mirrored(tracks.boxes, width), tracks.ids, tracks.observed, tracks.scores),
        poses=_mirrored_poses(poses, width),
        raw=None if raw is None else _mirrored_poses(raw, width),
    )


def _mirrored_poses(poses: Poses, width: int) -> Poses:
    points = poses.keypoints * np.array([-1, 1], np.float32) + np.array([width - 1, 0], np.float32)
    return Poses(points, poses.scores, poses.track_ids, _mirrored(poses.boxes, width), poses.skeleton)


def _mirrored(boxes: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    return np.stack([width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]], axis=1)
