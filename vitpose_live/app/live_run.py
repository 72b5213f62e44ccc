"""One source from its opening to its end, on a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from time import monotonic
from typing import Any

import numpy as np

from vitpose_live.app.live_file import FileFrom, FilePlayer
from vitpose_live.app.live_host import Host, Models, as_failure
from vitpose_live.app.live_playback import Playback
from vitpose_live.app.live_replay import ReplayBuffer
from vitpose_live.app.live_rerun import MOST_LATE, Rerun
from vitpose_live.app.priority import give_way
from vitpose_live.app.privacy import Veil, privacy_of
from vitpose_live.app.session import smoother_of, wire
from vitpose_live.app.settings import Settings
from vitpose_live.data import Detections, FrameResult, SourceInfo, SourceKind
from vitpose_live.errors import VitposeLiveError
from vitpose_live.pipeline import Analyzer, Runner, Status
from vitpose_live.pipeline.protocols import Coach, Recorded, Source
from vitpose_live.tracking import BoxTracker

LET_GO_SECONDS = 5.0
"""How long a run waits for the one before it to let go of its camera."""

KEPT_SECONDS = MOST_LATE + 2.0
"""How much is kept: what is shown as late as can be must not be gone before."""


class Run:
    """Opens a source, loads the models, analyses, shows and records; then waits at a file's end for a jump back.

    A live source's results are shown as they come, unless `rerun` has something else to show; while paused they are
    still analysed, recorded and kept, so that people keep their ids. A file's are shown by a `FilePlayer`, paced by
    `playback`; a jump beyond what is `kept` reads the file again, from the nearest place before that it can be entered
    at.

    Parameters
    ----------
    host
        The session.
    open_
        Opens the source.
    after
        The run before this one; its source must be closed first.
    """

    def __init__(self, host: Host, open_: Callable[[], Any], after: Run | None) -> None:
        self._host = host
        self._open = open_
        self._after = after
        self._lock = threading.Lock()
        self._runner: Runner | None = None
        self._source: Source | None = None
        self.playback = Playback()
        self._veil = Veil(privacy_of(host.settings))
        self.kept = ReplayBuffer(KEPT_SECONDS)
        self.rerun = Rerun(self.kept, self.playback, self._show, self._fail)
        self.analyzer: Analyzer | None = None
        self.applied: Settings | None = None
        self.info: SourceInfo | None = None
        self.at_end = False
        self.over = False
        self.position = 0.0
        self.arriving = threading.Lock()
        """Held while a live result is recorded and kept: a recording misses none at its beginning and at its end."""
        self._keeping = threading.Lock()  # held while a result is kept, and while all are forgotten
        # a daemon, because opening and loading cannot be interrupted: the program need not wait for their end
        self._thread = threading.Thread(target=self._guard, name="vitpose-session", daemon=True)
        self._leaver: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def leave(self) -> None:
        """Ask it to end soon; returns at once. Nothing is shown any more."""
        with self._lock:
            if self.playback.left:
                return
            self.playback.leave()
            self.rerun.leave()
            if self._runner is not None:  # a camera may take a second to let go
                self._leaver = threading.Thread(target=self._runner.stop, name="vitpose-leave", daemon=True)
                self._leaver.start()

    def join(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds for its end; return whether it has come."""
        deadline = monotonic() + timeout
        threads = [thread for thread in (self._thread, self._leaver) if thread is not None]
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, deadline - monotonic()))
        return self.rerun.join(max(0.0, deadline - monotonic())) and not any(each.is_alive() for each in threads)

    def status(self) -> Status:
        """Return what the pipeline says of itself."""
        runner = self._runner
        return runner.status() if runner is not None else Status()

    @property
    def problems(self) -> tuple[str, ...]:
        """What went wrong with the source so far without ending the run."""
        return self._source.problems if self._source is not None else ()

    def adopt(self, settings: Settings, models: Models, coach: Coach | None) -> None:
        """Analyse as `settings` say with `models` from the next frame on; another exercise has another `coach`.

        With another skeleton the coach takes that up by itself, and the counts go on.
        """
        analyzer, before = self.analyzer, self.applied
        assert analyzer is not None
        assert before is not None
        assert self.info is not None
        analyzer.detector, analyzer.pose_estimator = models
        if settings.smoothing is not before.smoothing:
            analyzer.smoother = smoother_of(settings)
        if self.info.kind is not SourceKind.STILLS:
            analyzer.det_frequency = settings.det_frequency
        if isinstance(analyzer.tracker, BoxTracker):
            analyzer.tracker.limit(settings.number_people_max)
            analyzer.tracker.reidentify(on=settings.reidentify)
        if settings.exercise != before.exercise:
            analyzer.coach = coach
        self.applied = settings

    def _guard(self) -> None:
        give_way()
        try:
            self._main()
        except Exception as error:  # noqa: BLE001  a thread's exception belongs to the session, and is kept there
            self._fail(error)
        finally:
            self.over = True
            self._after = None
            self._host.moved(self)

    def _fail(self, error: Exception) -> None:
        """End the run with `error`; called by the thread that ran into it."""
        if self.playback.left:
            return
        self._host.fail(self, as_failure(error))
        self.leave()

    def _main(self) -> None:
        if self._after is not None:
            self._after.join(LET_GO_SECONDS)
        if self.playback.left:
            return
        with closing(self._open()) as source:
            self.info, self._source = source.info, source
            analyzer = self._prepare(source.info)
            if analyzer is None:
                return
            if source.info.live:
                self.rerun.begin()
            self.analyzer = analyzer  # from here on the session says that it runs
            self._host.prepared(self)
            if source.info.live:
                self._follow(source, analyzer)
            else:
                self._play(source, analyzer)

    def _prepare(self, info: SourceInfo) -> Analyzer | None:
        """Load what the settings ask for, which may change meanwhile; None when the run was left."""
        with ThreadPoolExecutor(1, "vitpose-warm-up") as beside:
            warm = beside.submit(_warm_up)
            while not self.playback.left:
                settings = self._host.settings
                try:
                    models = self._host.load(settings)
                except VitposeLiveError:
                    if settings is self._host.settings:
                        raise
                    continue  # nobody wants them any more
                if settings is self._host.settings:
                    warm.result()
                    self.applied = settings
                    return wire(settings, info, *models)
        return None

    def _follow(self, source: Source, analyzer: Analyzer) -> None:
        """Show a live source as it comes."""
        runner = self._begin(Runner(source, analyzer, [_Sink(self._arrived)]))
        runner.run()
        self._keep(self._veil.flush())
        self.at_end = not self.playback.left

    def _arrived(self, result: FrameResult) -> None:
        shown = self._hide(result)  # from here on it is among what is `waiting`
        self._host.note_training(self, shown)  # first: a repetition that was seen is kept
        if self.playback.playing:
            self.rerun.show_live(shown)
        self._keep(self._veil.settled())

    def _keep(self, results: Iterator[FrameResult]) -> None:
        while True:
            with self.arriving:  # a result is recorded or still `waiting` for whoever holds this
                result = next(results, None)
                if result is None:
                    return
                self._host.record_result(self, result)
                with self._keeping:
                    if self._veil.privacy == privacy_of(self._host.settings):  # nobody was to be hidden meanwhile
                        self.kept.append(result)
            self.rerun.arrived()

    def _hide(self, result: FrameResult) -> FrameResult:
        """Return `result` with nobody to be recognised, if that is wanted: all that comes after sees nothing else."""
        wanted = privacy_of(self._host.settings)
        if wanted != self._veil.privacy:
            self._veil.privacy = wanted
            self.forget_pictures()
        return self._veil.show(result)

    def forget_pictures(self) -> None:
        """Let go of what was shown before, as when nobody is to be recognised any more."""
        self.rerun.stop_replay()
        with self._keeping:
            self.kept.clear()

    def waiting(self) -> list[FrameResult]:
        """Return what was shown and is still to be recorded; to be asked with `arriving` held."""
        return self._veil.waiting()

    def _play(self, source: Recorded, analyzer: Analyzer) -> None:
        """Show a file as a person leads through it."""
        player = FilePlayer(self.playback, self.kept, self._hide_now, self._show, self._show_first, self._stand)
        while not self.playback.left:
            runner = self._begin(Runner(FileFrom(source, player.start, self.playback), analyzer))
            with closing(self._hidden(runner)) as results:
                player.play(results)
            self._veil.forget()
            analyzer.reset()

    def _hidden(self, results: Iterable[FrameResult]) -> Generator[FrameResult]:
        """Yield the results of a file as they may be written; being a file's they can come late."""
        with closing(iter(results)) as given:  # type: ignore[type-var]  # a generator's
            for result in given:
                self._hide(result)
                yield from self._veil.settled()
        yield from self._veil.flush()

    def _hide_now(self, result: FrameResult) -> FrameResult:
        """Return `result` of a file with nobody to be recognised, if that was asked for after it was read."""
        wanted = privacy_of(self._host.settings)
        return result if wanted == self._veil.privacy else Veil(wanted).show(result)

    def _begin(self, runner: Runner) -> Runner:
        with self._lock:
            self._runner = runner
            left = self.playback.left
        if left:
            runner.stop()
        return runner

    def _show_first(self, result: FrameResult) -> None:
        self._host.record_result(self, result)  # first: what was seen is in the recording, and kept
        self._host.note_training(self, result)
        self._show(result)

    def _stand(self, at_end: bool) -> None:
        if at_end is not self.at_end:
            self.at_end = at_end
            self._host.moved(self)

    def _show(self, result: FrameResult) -> None:
        if not self.playback.left:
            self.position = result.frame.time
            self._host.show(self, result)


def _warm_up() -> None:
    """Have the tracker import what it needs now, half a second, not when the first person comes in."""
    tracker = BoxTracker()
    for time in (0.0, 0.1):
        tracker.update(Detections(np.array([[0, 0, 1, 2]], np.float32), np.ones(1, np.float32)), time)


class _Sink:
    """Hands a live source's results over on the delivery thread."""

    def __init__(self, write: Callable[[FrameResult], None]) -> None:
        self.write = write

    def close(self) -> None:
        """Leave the recording to the session."""

    def abort(self) -> None:
        """Leave the recording to the session."""
