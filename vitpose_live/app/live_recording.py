"""The part of a session that records what comes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from math import inf
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vitpose_live.app.hearing import Heard
from vitpose_live.app.live_host import as_failure
from vitpose_live.app.live_models import ModelShelf
from vitpose_live.app.live_record import begin_recording
from vitpose_live.app.live_scribe import KEPT_SECONDS, Scribe, Switch, Timeline
from vitpose_live.app.live_state import Reports
from vitpose_live.app.priority import give_way
from vitpose_live.app.settings import Settings
from vitpose_live.errors import PipelineError, VitposeLiveError
from vitpose_live.sources.microphone import Microphone, OpenMicrophone


class Records(Reports):
    """Starts, pauses and ends recordings; may be called from any thread, and returns at once.

    What goes wrong with one later is kept as `error`; the pictures go on.

    Parameters
    ----------
    settings, models, on_change
        As of `Reports`.
    open_microphone
        Opens microphones; None does so with the system's sound.
    """

    def __init__(
        self,
        settings: Settings,
        models: ModelShelf,
        on_change: Callable[[], None],
        open_microphone: OpenMicrophone | None = None,
    ) -> None:
        super().__init__(settings, models, on_change)
        self._open_microphone = open_microphone
        self._microphone: Microphone | None = None
        self._hearing = threading.Lock()  # to begin with what was heard before, and to miss none
        self._heard = Heard(KEPT_SECONDS)
        self._switch = Switch(self._note)
        self._workers: list[threading.Thread] = []

    @property
    def recording(self) -> Scribe | None:
        """The recording that is going on, with its `seconds`, its `size` and whether it is `paused`; None without."""
        return self._switch.recording

    def record(
        self,
        path: str | Path,
        *,
        angles: bool = False,
        mirror: bool = False,
        before: float = 0.0,
        channels: int | None = None,
        session: bool = False,
        overwrite: bool = False,
    ) -> None:
        """Record from the next result on, into a video at `path`, as `settings` say; with the joint angles if asked.

        A live source is recorded from `before` seconds ago on, as far as that is kept: at most 12 s. With `channels`, 1
        or 2, it has the sound that `hear` is given; None is 1 while a microphone is listened to, else 0. A file's own
        sound goes with every stretch of it that is recorded. With `session` all that was found is kept beside it, in a
        folder ``<stem>.vpl`` with the plain pictures.

        Raises
        ------
        PipelineError
            When nothing is running, or it is being recorded already.
        OutputError
            When `path` cannot be written.
        """
        with self._lock:
            info, settings = self.info, self._settings
            if self._run is None or info is None or self._run.over or self._failed:
                raise PipelineError("there is nothing to record", hint="open a camera or a file first")
            if (recording := self._switch.recording) is not None:
                raise PipelineError(f"{recording.path} is being recorded", hint="finish that one first")
            self._error = None

            run, live = self._run, info.live
            begin = partial(
                begin_recording,
                Path(path),
                info,
                settings,
                run.analyzer,
                angles=angles,
                mirror=mirror,
                channels=channels if channels is not None else int(self._microphone is not None),
                session=session,
                overwrite=overwrite,
                told=self._note,
            )
            with run.arriving, self._hearing:
                kept = run.kept.replay().latest(before).kept if before > 0 and live else ()
                self._switch.start(begin, Timeline(info), kept, run.position if live else -inf, self._heard)

    def pause_recording(self, *, paused: bool) -> None:
        """Leave out of the recording what comes, or go on with it: that is a cut. Nothing without a recording."""
        recording = self._switch.recording
        if recording is not None:
            recording.paused = paused
        self._on_change()

    def hear(self, samples: NDArray[np.float32], captured_ns: int) -> None:
        """Take in sound for the recording, if there is one with sound.

        Parameters
        ----------
        samples
            (n, channels) float32, -1..1, 48000 a second.
        captured_ns
            `time.monotonic_ns()` when the first of them was captured.
        """
        with self._hearing:
            self._heard.append(samples, captured_ns)
            self._switch.hear(samples, captured_ns)

    @property
    def microphone(self) -> Microphone | None:
        """The one that is listened to, with its `name`, its `level` and what is its `trouble`; None without."""
        return self._microphone

    def listen(self, name: str | None) -> None:
        """Listen to the microphone of that name, ``"default"`` for the system's own, until `stop`; to None with None.

        Recordings of a live source that begin from now on have its sound. Returns at once; what keeps it from being
        heard is its `trouble`, and as soon as that is over it is heard.
        """
        with self._lock:
            before = self._microphone
            if name == (before.name if before is not None else None):
                return
            if before is not None:
                before.close()
            self._microphone = (
                None
                if name is None
                else Microphone(name, self.hear, changed=self._on_change, open_=self._open_microphone)
            )
        self._on_change()

    def stop_recording(self) -> None:
        """Finish the recording with what was shown last.

        The file is complete and in its place soon after, and before the program ends.
        """
        with self._lock:
            run, recording = self._run, self._switch.recording
            if run is None or recording is None:
                return
            recording.hurry()
            with run.arriving:
                live = run.info is not None and run.info.live
                finish = self._switch.stop(run.waiting() if live else ())
            if finish is not None:
                self._work("vitpose-record", finish, daemon=False)

    def _note(self, error: VitposeLiveError) -> None:
        self._error = error
        self._on_change()

    def _work(self, name: str, body: Callable[[], object], *, daemon: bool = True) -> None:
        """Do something slow on a thread of its own; `stop` waits for it, and the end of the program if no `daemon`."""

        def work() -> None:
            give_way()
            try:
                body()
            except Exception as error:  # noqa: BLE001  a thread's exception belongs to the session, and is kept there
                self._note(as_failure(error))

        thread = threading.Thread(target=work, name=name, daemon=daemon)
        self._workers = [*(worker for worker in self._workers if worker.is_alive()), thread]
        thread.start()
