"""A saved session drawn again, in another way if that is asked for. No model is loaded."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from math import inf
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from vitpose_live.app.exercises import coach_of
from vitpose_live.app.interrupt import interruptible
from vitpose_live.app.saved_session import SavedSession
from vitpose_live.app.session_drawing import Artist, Drawing, DrawnVideo, RenderOptions
from vitpose_live.app.session_frames import SessionFrames
from vitpose_live.app.settings import Layout, Settings
from vitpose_live.app.two_passes import Step
from vitpose_live.app.watched import Watch, run_watched
from vitpose_live.data import SourceInfo
from vitpose_live.data.sequence import PoseSequence
from vitpose_live.errors import SessionError, SettingsError, VitposeLiveError
from vitpose_live.pipeline import Runner, Status
from vitpose_live.pipeline.protocols import Coach
from vitpose_live.sinks import VIDEO_SUFFIXES, VideoRecorder, check_output
from vitpose_live.sinks.encoders import Quality
from vitpose_live.sinks.picture_track import TIME_BASE

NONE = "none"
"""In place of an exercise: nobody is coached."""
_LONGEST_PICTURE = float(((1 << 31) - 1) * TIME_BASE)
"""Seconds; how long an MP4 shows one."""


@dataclass(frozen=True, slots=True)
class RenderReport:
    """What a finished rendering has to say; `as_json` is the object `render --json` prints.

    `seconds` are those it took; `notices` what there is to know of how it was drawn.
    """

    status: Status
    info: SourceInfo
    video: Path
    duration: float
    seconds: float
    problems: tuple[str, ...]
    notices: tuple[str, ...]
    interrupted: bool
    side_by_side: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return plain values, named as those of `process --json`."""
        return {
            "frames": self.status.delivered,
            "duration_s": round(self.duration, 6),
            "width": self.info.width * (2 if self.side_by_side else 1),
            "height": self.info.height,
            "people": self.status.people_seen,
            "fps": round(self.status.delivered / self.seconds, 3) if self.seconds else 0.0,
            "timings_ms": {
                stage: {"p50": round(time.p50, 3), "p95": round(time.p95, 3)}
                for stage, time in self.status.timings.items()
            },
            "outputs": {"video": str(self.video) if self.status.delivered else None},
            "problems": list(self.problems),
            "notices": list(self.notices),
            "interrupted": self.interrupted,
        }


def render_session(
    session: SavedSession,
    output: Path,
    options: RenderOptions | None = None,
    *,
    overwrite: bool = False,
    watch: Watch | None = None,
    tell: Callable[[str], object] = lambda _: None,
    step: Step = lambda *_: None,
) -> RenderReport:
    """Draw `session` into the video `output`; unless `options` say otherwise as it was drawn when it was made.

    Parameters
    ----------
    watch, step
        As `process_source` takes them.
    tell
        Called with each notice once it is known how it will be drawn.

    Raises
    ------
    VitposeLiveError
        When anything goes wrong; there is no output then.
    """
    options = options or RenderOptions()
    check_output(output, overwrite=overwrite, suffixes=VIDEO_SUFFIXES, source=session.video or session.source_path)
    places = chosen_places(session.sequence, options.start, options.end)
    coach, notices = _coach(session, options)
    artist = Artist(session, options)
    _check_gaps(session, places)
    with closing(SessionFrames(session, places, black=options.black)) as frames, interruptible() as asked:
        notices = (*session.problems, *frames.notices, *notices)
        for notice in notices:
            tell(notice)
        info = frames.info
        recorder = VideoRecorder(
            output,
            fps_hint=info.fps,
            audio_path=info.audio_path,
            audio_start=info.start_time,
            duration=info.duration,
            overwrite=overwrite,
            **_recording(session, options),
        )
        step("rendering", 1.0)
        started = perf_counter()
        drawing = Drawing(session.sequence, artist, coach, options.smoothing)
        status = run_watched(Runner(frames, drawing, [DrawnVideo(recorder)]), info, asked=asked, watch=watch)
        begin, whole = float(session.sequence.times[places.start]), not asked.is_set()
        until = (
            info.duration if whole and info.duration is not None else status.time + (1 / info.fps if info.fps else 0)
        )
        return RenderReport(
            status=status,
            info=info,
            video=output,
            duration=max(0.0, until - begin) if status.delivered else 0.0,
            seconds=perf_counter() - started,
            problems=(*frames.problems, *recorder.problems) if whole else recorder.problems,
            notices=notices,
            interrupted=not whole,
            side_by_side=artist.layout is Layout.SIDE_BY_SIDE,
        )


def chosen_places(sequence: PoseSequence, start: float = 0.0, end: float | None = None) -> range:
    """Return which frames, counted from 0, are from `start` seconds on and before `end`; None goes to the last.

    Raises
    ------
    SettingsError
        When there are none.
    """
    times = sequence.times
    if not len(times):
        raise SessionError(
            "there is not one frame in the session",
            hint="take another one",
        )
    for name, value in (("start", start), ("end", end)):
        if value is not None and not abs(value) < inf:
            raise SettingsError(f"{name}: expected seconds, got {value}")
    first = bisect_left(times, start)
    last = len(times) if end is None else bisect_left(times, end)
    if first >= last:
        named = "start" if end is None else "end"
        raise SettingsError(
            f"{named}: there are frames from {times[0]:.3f} to {times[-1]:.3f} s, none of them in there"
        )
    return range(first, last)


def _check_gaps(session: SavedSession, places: range) -> None:
    times = session.sequence.times[places.start : places.stop]
    wide = np.flatnonzero(np.diff(times) > _LONGEST_PICTURE)
    if len(wide):
        before, after = times[wide[0] : wide[0] + 2].tolist()
        raise SessionError(
            f"{session.path}: from {before:.3f} to {after:.3f} s there is no frame, and no video holds one for so long",
            hint=f"draw what is before with --end {int(after)}, or what is after with --start {int(after)}",
        )


def _coach(session: SavedSession, options: RenderOptions) -> tuple[Coach | None, tuple[str, ...]]:
    """Return who coaches, and a notice when it cannot be as it was."""
    skeleton = session.sequence.skeleton
    if options.exercise is not None:
        return (None if options.exercise == NONE else coach_of(Settings.of(exercise=options.exercise), skeleton)), ()
    name = session.settings.get("exercise")
    if not isinstance(name, str):
        return None, ()
    why = "it was a file, and a session names no files here"
    if not name.lower().endswith(".toml"):
        try:
            return coach_of(Settings.of(exercise=name), skeleton), ()
        except VitposeLiveError as error:
            why = error.message
    return None, (f"the session was coached in {name}, which is left out: {why}; name one with --exercise",)


def _recording(session: SavedSession, options: RenderOptions) -> dict[str, Any]:
    quality = session.settings.get("quality")
    return {**({"quality": quality} if quality in tuple(Quality) else {}), **options.recording}
