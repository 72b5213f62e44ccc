"""A recording that starts and ends while the pictures go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitpose_live.app.annotate import laid_out
from vitpose_live.app.film_sound import FilmSound
from vitpose_live.app.keep_session import keep_session
from vitpose_live.app.settings import Settings
from vitpose_live.data import Detections, FrameResult, Poses, SourceInfo, Tracks
from vitpose_live.errors import SourceError, VitposeLiveError
from vitpose_live.fitness import measure
from vitpose_live.pipeline import Analyzer
from vitpose_live.rendering import SkeletonRenderer
from vitpose_live.sinks import open_recorder
from vitpose_live.sinks.live_sound import LiveSound
from vitpose_live.sinks.session_files import SUFFIX as SESSION_SUFFIX
from vitpose_live.sinks.session_folder import SessionWriter
from vitpose_live.sources.file_sound import FileSound


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
        Of the sound to record, 1 or 2; 0 for none but a file's own, see `FilmSound`.
    session
        Keeps the results as they came, too, each at the source's own time.
    told
        Called with what the session or a file's sound failed of; the recording goes on without it.

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
        session: SessionWriter | None = None,
        told: Callable[[VitposeLiveError], object] = lambda _: None,
    ) -> None:
        self.path = path
        self._layout = settings.layout
        self._renderer = renderer_of(settings.kpt_thr, angles=angles)
        self._mirror = mirror
        film = _sound_of(info, told) if not channels else None
        channels = film.channels if film is not None else channels
        self._sound = LiveSound(channels) if channels else None
        interval = 1 / info.fps if info.fps > 0 else 1 / 30
        self._film = None if film is None else FilmSound(film, self.hear, interval, told)
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
        self._session = session
        self._told = told
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
        with self._rest_kept():
            if self._film is not None:
                self._film.see(result.frame.time, seconds)
            self._recorder.write(np.ascontiguousarray(image), seconds)
        self.seconds = seconds
        self._keep(result)

    def hear(self, samples: NDArray[np.float32], start: float, *, cut: bool = False) -> None:
        """Take in sound (n, channels) float32 that begins at `start` s of the recording; nothing without channels.

        After a `cut` it does not go on from what was heard before.
        """
        if self._sound is not None:
            self._sound.feed(samples, start, cut=cut)

    def finish(self) -> None:
        """Complete the file and put it in its place; does nothing the second time.

        Raises
        ------
        OutputError
            When the disk is full, or the target exists by now.
        """
        with self._rest_kept():
            if self._film is not None:
                self._film.finish()
            self._recorder.close()
        self._end_session()

    def _keep(self, result: FrameResult) -> None:
        if self._session is not None:
            try:
                self._session.write(result)
            except VitposeLiveError as error:  # of the disk, or of other joints than it began with
                self._end_session()
                self._told(error)

    @contextmanager
    def _rest_kept(self) -> Iterator[None]:
        """Complete the session, and let go of the file, when the block fails."""
        try:
            yield
        except BaseException:
            if self._film is not None:
                self._film.close()
            self._end_session()
            raise

    def _end_session(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            try:
                session.close()
            except VitposeLiveError as error:
                self._told(error)


def begin_recording(
    path: Path,
    info: SourceInfo,
    settings: Settings,
    analyzer: Analyzer | None,
    *,
    channels: int,
    session: bool,
    overwrite: bool,
    **options: Any,
) -> Recording:
    """Return a recording of the source described by `info`; microphones and sessions are a live one's only."""
    keeper = None
    if session and info.live and analyzer is not None:
        folder = path.with_suffix(SESSION_SUFFIX)
        keeper = keep_session(info, settings, analyzer, folder, overwrite=overwrite)
    sound = channels if info.live else 0
    return Recording(path, info=info, settings=settings, channels=sound, session=keeper, overwrite=overwrite, **options)


def _sound_of(info: SourceInfo, told: Callable[[VitposeLiveError], object]) -> FileSound | None:
    """Return the sound of the file described by `info`, if it has any that can be read."""
    if info.live or info.audio_path is None:
        return None
    try:
        return FileSound(info.audio_path, info.start_time)
    except SourceError as error:
        told(error)
        return None


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
