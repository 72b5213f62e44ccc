"""A saved session coached again. No model is loaded, and the session stays as it is unless that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

from vitpose_live.app.exercises import coach_of, last_word
from vitpose_live.app.interrupt import interruptible
from vitpose_live.app.recollection import Recollection
from vitpose_live.app.render import chosen_places
from vitpose_live.app.saved_session import SavedSession
from vitpose_live.app.session_frames import SessionFrames
from vitpose_live.app.settings import Settings, Smoothing
from vitpose_live.app.training import TrainingLog
from vitpose_live.app.two_passes import Step
from vitpose_live.app.watched import Watch, run_watched
from vitpose_live.data import FrameResult
from vitpose_live.data.training import TrainingSession
from vitpose_live.errors import SettingsError
from vitpose_live.fitness.logbook import Said
from vitpose_live.pipeline import Runner, Status
from vitpose_live.pipeline.protocols import Sink
from vitpose_live.sinks import check_output
from vitpose_live.sinks.history_files import set_json
from vitpose_live.sinks.pages import PAGE_SUFFIXES
from vitpose_live.sinks.session_events import replace_coaching, said


@dataclass(frozen=True, slots=True)
class AnalysisReport:
    """What a finished analysis has to say; `as_json` is the object `analyze --json` prints.

    `seconds` are those it took; `repetitions` the complete ones by the track id of who did them.
    """

    status: Status
    duration: float
    seconds: float
    training: TrainingSession
    repetitions: Mapping[int, int]
    cues: tuple[Said, ...]
    report: Path | None
    saved: Path | None
    problems: tuple[str, ...]
    notices: tuple[str, ...]
    interrupted: bool

    def as_json(self) -> dict[str, Any]:
        """Return plain values, named as those of `process --json`."""
        return {
            "frames": self.status.delivered,
            "duration_s": round(self.duration, 6),
            "people": self.status.people_seen,
            "repetitions": {str(track_id): count for track_id, count in self.repetitions.items()},
            "sets": [set_json(one) for one in self.training.sets],
            "cues": [asdict(one) for one in self.cues],
            "outputs": {
                "report": str(self.report) if self.report else None,
                "session": str(self.saved) if self.saved else None,
            },
            "problems": list(self.problems),
            "notices": list(self.notices),
            "interrupted": self.interrupted,
        }


def analyze_session(
    session: SavedSession,
    exercise: str,
    *,
    smoothing: Smoothing | None = None,
    report: Path | None = None,
    overwrite: bool = False,
    save: bool = False,
    watch: Watch | None = None,
    tell: Callable[[str], object] = lambda _: None,
    step: Step = lambda *_: None,
) -> AnalysisReport:
    """Count and coach what is done in `session`.

    Parameters
    ----------
    exercise
        As in the settings: a name, a TOML file, or ``"auto"``.
    smoothing
        How the keypoints that were measured are steadied; None takes them as they were saved.
    report
        Page about what was trained; its pictures come from the session.
    overwrite
        Whether `report` may be replaced.
    save
        Whether the repetitions and cues take the place of those in the session; marks stay.
    watch, step
        As `process_source` takes them.
    tell
        Called with each notice once it is known.

    Raises
    ------
    VitposeLiveError
        When anything goes wrong; the session is as it was then.
    """
    if report is not None:
        check_output(report, overwrite=overwrite, suffixes=PAGE_SUFFIXES)
    if save and not session.path.is_dir():
        raise SettingsError("save: a table holds no events", hint="only a session folder does")
    settings = Settings.of(exercise=exercise)
    coach = coach_of(settings, session.sequence.skeleton)
    assert coach is not None
    last = cache(last_word(coach))
    log = TrainingLog(
        session.info.uri, exercise=exercise, report=report, overwrite=overwrite, last=last, now=lambda: _when(session)
    )
    events = _Events()
    sinks: list[Sink] = [log, events]
    places = chosen_places(session.sequence)
    with closing(SessionFrames(session, places, black=report is None)) as frames, interruptible() as asked:
        notices = (*session.problems, *frames.notices)
        for notice in notices:
            tell(notice)
        step("analysing", 1.0)
        started = perf_counter()
        recollection = Recollection(session.sequence, coach, smoothing)
        status = run_watched(Runner(frames, recollection, sinks), frames.info, asked=asked, watch=watch)
        interrupted = asked.is_set()
        if save and not interrupted:
            replace_coaching(session.path, [*events.seen, *said(last(), status.time)])
        return AnalysisReport(
            status=status,
            duration=status.time if interrupted or session.info.duration is None else session.info.duration,
            seconds=perf_counter() - started,
            training=log.session,
            repetitions=log.counts,
            cues=log.cues,
            report=report,
            saved=session.path if save and not interrupted else None,
            problems=(*(() if interrupted else frames.problems), *log.problems, *coach.problems),
            notices=notices,
            interrupted=interrupted,
        )


class _Events:
    """A sink that keeps what the coach says."""

    def __init__(self) -> None:
        self.seen: list[Mapping[str, Any]] = []

    def write(self, result: FrameResult) -> None:
        """Keep what was said of one result."""
        self.seen += said(result.feedback, result.frame.time)

    def close(self) -> None:
        """Keep what there is."""

    def abort(self) -> None:
        """Keep what there is."""


def _when(session: SavedSession) -> datetime:
    """Return when the session was made; now, where it does not say so."""
    clock = session.metadata.get("clock")
    started = clock.get("started") if isinstance(clock, Mapping) else None
    try:
        return datetime.fromisoformat(str(started)).astimezone()
    except (ValueError, OverflowError):
        return datetime.now().astimezone()
