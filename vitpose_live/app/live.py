"""The session behind the app: a camera or a file on its way to the screen, under the person's control. No window."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

from vitpose_live.app.exercises import coach_of, last_word
from vitpose_live.app.live_host import Models, as_failure
from vitpose_live.app.live_models import ModelShelf
from vitpose_live.app.live_recording import Records
from vitpose_live.app.live_run import Run
from vitpose_live.app.live_state import LiveState
from vitpose_live.app.live_training import Journal
from vitpose_live.app.privacy import privacy_of
from vitpose_live.app.settings import Settings, require_causal
from vitpose_live.data import FrameResult
from vitpose_live.errors import VitposeLiveError
from vitpose_live.sources import open_source
from vitpose_live.sources.microphone import OpenMicrophone

__all__ = ["STOP_SECONDS", "LiveSession", "LiveState"]

STOP_SECONDS = 1.5
"""How long `LiveSession.stop` waits at most."""


class LiveSession(Records):
    """Opens sources, shows, records and changes models, each without stopping the other.

    ::

        IDLE --open()--> OPENING --source and models are there--> RUNNING <--pause(), resume()--> PAUSED
                            |                                        |                               |
                            |                     end of the source  |                               | end of the file
                            |                                        v                               v
                            |                                      ENDED: the last picture stays; step(), seek(),
                            |                                             loop() and resume() lead back
                            `--------- first exception -----------> FAILED: `error` says why

        open() leads from any state to OPENING, stop() from any to IDLE

    Every method may be called from any thread and, but for `stop`, returns at once: opening, loading and finishing a
    recording have threads of their own. Nothing that goes wrong there is raised; it is kept as `error`. One that ends
    the run leads to FAILED; a model that cannot be loaded by `change` and a recording that cannot be written do not.

    Parameters
    ----------
    settings
        What to analyse with.
    on_result
        Called with each result when it is due, from one thread at a time; what it raises fails the run. The pipeline
        waits for it: it should only leave the result somewhere.
    on_change
        Called, from any thread, when the state, `error`, `notices` or the models may have changed.
    open_source
        Opens what `open` is given.
    models
        Loads models and keeps them from run to run.
    open_microphone
        Opens microphones; None does so with the system's sound.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        on_result: Callable[[FrameResult], None],
        on_change: Callable[[], None] | None = None,
        open_source: Callable[..., Any] = open_source,
        models: ModelShelf | None = None,
        open_microphone: OpenMicrophone | None = None,
    ) -> None:
        require_causal(settings.smoothing)
        super().__init__(settings, models or ModelShelf(), on_change or (lambda: None), open_microphone)
        self._on_result = on_result
        self._open_source = open_source
        self._journal = Journal(self._note)
        self._leaving: Run | None = None  # what `stop` did not wait for to the end
        self._changing = False

    # --- from source to source --------------------------------------------------------------------------------------

    def open(self, source: str | Path | int, **options: Any) -> None:
        """Start on `source`, in place of the one before; `options` are those of `vitpose_live.open_source`."""
        with self._lock:
            before = self._end_run() or self._leaving
            self._leaving = None
            self._error, self._failed = None, False
            run = Run(self, lambda: self._open_source(source, **options), before)
            run.playback.speed, run.rerun.delay = self._speed, self._delay
            self._run = run
            run.start()
        self._on_change()

    def stop(self, timeout: float = STOP_SECONDS) -> None:
        """End the run, finish the recording and let go of the microphone.

        A call of a network, the opening of a source and the loading of a model cannot be interrupted; whatever takes
        longer than `timeout` seconds is left to end by itself, and what comes of it is thrown away.
        """
        deadline = monotonic() + timeout
        with self._lock:
            run = self._leaving = self._end_run() or self._leaving
            self._run = None
            self._error, self._failed = None, False
            self._models.abandon()
            workers, microphone = self._workers, self._microphone
        self.listen(None)
        if run is not None and run.join(max(0.0, deadline - monotonic())):
            with self._lock:
                if self._leaving is run:
                    self._leaving = None
        for worker in workers:
            if worker is not threading.current_thread():
                worker.join(max(0.0, deadline - monotonic()))
        if microphone is not None:
            microphone.close(max(0.0, deadline - monotonic()))
        self._on_change()

    def _end_run(self) -> Run | None:
        run = self._run
        if run is not None:
            run.leave()
        self._finish()
        return run

    def _finish(self) -> None:
        """Complete what was kept of the run."""
        self.stop_recording()
        finish = self._journal.finish()
        if finish is not None:
            self._work("vitpose-history", finish, daemon=False)

    # --- settings ---------------------------------------------------------------------------------------------------

    def change(self, settings: Settings) -> None:
        """Analyse as `settings` say from the next frame after their models are there; goes on as before until then.

        Another exercise is counted from 0. Models that cannot be loaded, and an exercise that is not there or that the
        pose model cannot show, leave everything as it was, and `error` says why.

        Raises
        ------
        SettingsError
            When they ask for smoothing that needs the whole recording, which `LiveSession` itself refuses, too.
        """
        require_causal(settings.smoothing)
        with self._lock:
            before, self._settings = self._settings, settings
            if privacy_of(settings) != privacy_of(before) and self._run is not None:
                self._run.forget_pictures()
            if self._run is None or self._run.analyzer is None or self._changing:
                return  # whoever is loading now, or next, looks again
            self._changing = True
            if not self._failed:
                self._error = None
            self._work("vitpose-change", self._change)

    def _change(self) -> None:
        """Load what is wanted, and have whichever run there is by then use it."""
        while True:
            wanted, failure, models, coach = self._settings, None, None, None
            try:
                loaded = self._models.load(wanted)
                coach = coach_of(wanted, loaded[1].skeleton)
                models = loaded
            except Exception as error:  # noqa: BLE001  a thread's exception belongs to the session, and is kept there
                failure = as_failure(error)
            with self._lock:
                run = self._run
                ready = run is not None and run.analyzer is not None
                if ready and wanted is not self._settings:
                    continue
                self._changing = False
                if run is None or run.applied is None or not ready or run.applied is wanted:
                    return
                if models is not None:
                    run.adopt(wanted, models, coach)
                else:
                    self._settings = run.applied
            if failure is not None:
                self._note(failure)
            self._on_change()
            return

    # --- what a run asks of its session -----------------------------------------------------------------------------

    def load(self, settings: Settings) -> Models:
        """Load what `settings` ask for; called by the run."""
        return self._models.load(settings)

    def prepared(self, run: Run) -> None:
        """Say that it has its models; called by the run."""
        with self._lock:
            if run is self._run and run.applied is not self._settings:  # changed at the last moment
                self.change(self._settings)
        self.moved(run)

    def show(self, run: Run, result: FrameResult) -> None:
        """Hand a result over; called by the run."""
        if run is self._run:
            self._on_result(result)

    def record_result(self, run: Run, result: FrameResult) -> None:
        """Record it, if that is wanted; called by the run."""
        if run is self._run:
            self._switch.write(result)

    def note_training(self, run: Run, result: FrameResult) -> None:
        """Keep what was trained, if that is wanted; called by the run."""
        if run is self._run:
            settings, info = run.applied, run.info
            if settings is not None and settings.history and info is not None:
                coach = run.analyzer.coach if run.analyzer is not None else None
                self._journal.write(run, result, info.uri, settings.exercise, last_word(coach))

    def moved(self, run: Run) -> None:
        """Say that it has; called by the run."""
        with self._lock:
            if run is not self._run:
                return
            if run.over:  # there will be no more pictures
                self._finish()
        self._on_change()

    def fail(self, run: Run, error: VitposeLiveError) -> None:
        """Keep what ended the run; called by it."""
        with self._lock:
            if run is not self._run:
                return
            self._failed, self._error = True, error
            self._finish()
        self._on_change()
