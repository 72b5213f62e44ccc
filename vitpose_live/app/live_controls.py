"""What a person does to what is on show: pause, speed, steps, seeks, a loop, a delay and a replay."""

from __future__ import annotations

import threading
from collections.abc import Callable

from vitpose_live.app.live_playback import Playback
from vitpose_live.app.live_replay import Replay
from vitpose_live.app.live_rerun import Showing, check_delay
from vitpose_live.app.live_run import Run
from vitpose_live.errors import PipelineError, SettingsError

REPLAY_SECONDS = 10.0
"""How far back an instant replay begins."""


class Controls:
    """The controls of a session, which act on its run. They return at once and may be called from any thread.

    While an instant replay is on, pause, speed, steps, seeks and the loop are the replay's, in seconds from its
    beginning.

    Parameters
    ----------
    on_change
        Called when the picture begins or ceases to stand still.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._lock = threading.RLock()
        self._run: Run | None = None
        self._speed = 1.0
        self._delay = 0.0

    @property
    def paused(self) -> bool:
        """Whether the picture stands still because it was asked to."""
        run = self._run
        return run is not None and not (run.rerun.replay or run.playback).playing

    @property
    def speed(self) -> float:
        """Seconds of a file or replay per second, 0.25 to 2; a live source has its own."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        with self._lock:
            if self._run is not None:
                self._run.playback.speed = speed
                if (replay := self._run.rerun.replay) is not None:
                    replay.speed = speed
            self._speed = speed

    @property
    def delay(self) -> float:
        """Seconds by which a live source is shown late, 0 to 10; captured, analysed and recorded it is at once.

        It is kept from source to source. Where there is not enough yet, what comes is shown until there is.
        """
        return self._delay

    @delay.setter
    def delay(self, seconds: float) -> None:
        with self._lock:
            check_delay(seconds)
            self._delay = seconds
            if self._run is not None:
                self._run.rerun.delay = seconds
        self._on_change()

    @property
    def showing(self) -> Showing:
        """What of a live source is on show."""
        run = self._run
        return run.rerun.showing if run is not None else Showing()

    def replay(self) -> Replay:
        """Return the latest 10 s, each picture being decoded when it is asked for; it stays as it is."""
        run = self._run
        return run.kept.replay().latest(REPLAY_SECONDS) if run is not None else Replay(())

    def start_replay(self) -> None:
        """Show the latest 10 s of a live source over and over, while it goes on unseen.

        Raises
        ------
        PipelineError
            When there is nothing to show, or a file is open, which can be wound instead.
        """
        with self._lock:
            run, replay = self._run, self.replay()
            if run is None or not len(replay):
                raise PipelineError("there is nothing to replay", hint="wait for the first picture of a live source")
            if self._file() is not None:
                raise PipelineError("a file has no instant replay", hint="loop a part of it instead")
            run.rerun.start_replay(replay, self._speed)
        self._on_change()

    def stop_replay(self) -> None:
        """Show the live source again, and let it go on; does nothing without a replay."""
        with self._lock:
            run = self._run
            if run is not None and run.rerun.replay is not None:
                run.playback.play(playing=True)
                run.rerun.stop_replay()
        self._on_change()

    def pause(self) -> None:
        """Let the picture stand still; a live source is analysed and recorded all the same."""
        self._play(playing=False)

    def resume(self) -> None:
        """Go on: a live source with what is now, a file where it stood, or from its start when it had ended."""
        self._play(playing=True)

    def _play(self, *, playing: bool) -> None:
        with self._lock:
            run = self._run
            if run is not None and (replay := run.rerun.replay) is not None:
                replay.play(playing=playing)
            elif run is not None:
                if playing and run.at_end and not run.over:
                    run.playback.seek(run.playback.start)
                run.playback.play(playing=playing)
                run.rerun.play(playing=playing)
        self._on_change()

    def step(self, frames: int) -> None:
        """Go `frames` on in a file, or back when negative, and pause; nothing on a live source."""
        wound = self._wound()
        if wound is not None:
            wound[0].step(frames)
            self._on_change()

    def seek(self, seconds: float) -> None:
        """Go to the first picture of a file at or after `seconds`; nothing on a live source.

        Within the latest 10 s that is immediate. Further away the file is read again from
        the nearest place before that it can be entered at; in formats without an index, from its start.
        """
        wound = self._wound()
        if wound is not None:
            playback, duration = wound
            playback.seek(seconds if duration is None else min(seconds, duration))

    def loop(self, start: float | None, end: float | None) -> None:
        """Repeat a file from `start` to `end` seconds; None, None ends the loop; nothing on a live source.

        Raises
        ------
        SettingsError
            When there is nothing between them.
        """
        wound = self._wound()
        if wound is None:
            return
        playback, duration = wound
        if duration is not None and start is not None and start >= duration:
            raise SettingsError(f"loop: starts at {start:g} s, but the file ends at {duration:g} s")
        playback.loop(start, end)

    def _wound(self) -> tuple[Playback, float | None] | None:
        """Return what can be wound, the replay or a file, and its seconds; None on a live source."""
        run = self._run
        if run is not None and (replay := run.rerun.replay) is not None:
            shown = run.rerun.showing.replay
            return replay, shown[1] if shown is not None else None
        file = self._file()
        return None if file is None else (file.playback, file.info.duration if file.info is not None else None)

    def _file(self) -> Run | None:
        run = self._run
        return None if run is None or (run.info is not None and run.info.live) else run
