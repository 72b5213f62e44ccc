"""A recording that starts and ends while the pictures go on."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vitpose_live.app.annotate import laid_out
from vitpose_live.app.settings import Settings
from vitpose_live.data import Detections, FrameResult, Poses, SourceInfo, Tracks
from vitpose_live.fitness import measure
from vitpose_live.rendering import SkeletonRenderer
from vitpose_live.sinks import open_recorder
from vitpose_live.sinks.live_sound import LiveSound


class Recording:
    """Draws results and records them; written by one thread, asked by any.

    Parameters
    ----------
    path
        MP4 to write.
    info
        Of the source.
    settings
        Say what the recording shows, and how well.
    angles
        Whether the angles of the joints are drawn.
    mirror
        Whether left and right of the picture change places. The person's own left stays left.
    overwrite
        Whether `path` may be replaced.
    channels
        Of the sound to record, 1 or 2; 0 for none.

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
        settings: Settings,
        angles: bool = False,
        mirror: bool = False,
        overwrite: bool = False,
        channels: int = 0,
    ) -> None:
        self.path = path
        self._layout = settings.layout
        self._renderer = renderer_of(settings.kpt_thr, angles=angles)
        self._mirror = mirror
        self._sound = LiveSound(channels) if channels else None
        self._recorder = open_recorder(
            path,
            settings.split,
            fps_hint=info.fps,
            overwrite=overwrite,
            quality=settings.quality,
            encoder=settings.encoder,
            verify=settings.verify,
            sound=self._sound,
        )
        self.seconds = 0.0
        """Seconds recorded so far."""

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._recorder.size

    @property
    def files(self) -> tuple[Path, ...]:
        """What is complete; several files when it is split."""
        return self._recorder.files

    def write(self, result: FrameResult, seconds: float) -> None:
        """Record one result at `seconds` of the recording.

        Raises
        ------
        CutShortError
            When the disk is full: the recording has ended, and says what of it is saved.
        OutputError
            When nothing could be saved.
        """
        shown = mirrored(result) if self._mirror else result
        image = laid_out(shown, self._renderer, self._layout)
        self._recorder.write(np.ascontiguousarray(image), seconds)
        self.seconds = seconds

    def hear(self, samples: NDArray[np.float32], seconds: float) -> None:
        """Take in sound (n, channels) float32 that begins at `seconds` of the recording; nothing without channels."""
        if self._sound is not None:
            self._sound.feed(samples, seconds)

    def finish(self) -> None:
        """Complete the file and put it in its place; does nothing the second time.

        Raises
        ------
        OutputError
            When the disk is full, or the target exists by now.
        """
        self._recorder.close()


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
