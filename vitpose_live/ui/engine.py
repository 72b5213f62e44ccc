"""What the window asks of the engine that runs below it; `vitpose_live.app.live.LiveSession` is one by its shape."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from vitpose_live.app.live_rerun import Showing
from vitpose_live.app.settings import Settings
from vitpose_live.data import FrameResult, SourceInfo
from vitpose_live.errors import VitposeLiveError
from vitpose_live.pipeline import Status
from vitpose_live.pipeline.protocols import Model


class Recording(Protocol):
    """A recording that is going on."""

    @property
    def path(self) -> Path:
        """The file it will be."""

    @property
    def seconds(self) -> float:
        """Seconds recorded so far."""

    @property
    def size(self) -> int:
        """Bytes written so far."""

    @property
    def paused(self) -> bool:
        """Whether it leaves out what comes."""


class Microphone(Protocol):
    """A microphone that is listened to."""

    @property
    def name(self) -> str:
        """As it was asked for."""

    @property
    def level(self) -> float:
        """How loud it is, 0..1."""

    @property
    def trouble(self) -> VitposeLiveError | None:
        """What keeps sound from coming."""


class Engine(Protocol):
    """Reads a source, analyses it and hands each result over when it is due. Any method may take its time or raise."""

    @property
    def state(self) -> str:
        """``idle``, ``opening``, ``running``, ``paused``, ``ended`` or ``failed``."""

    @property
    def settings(self) -> Settings:
        """What is analysed with, or will be; what could not be loaded is not among it."""

    @property
    def info(self) -> SourceInfo | None:
        """The open source; None before it is known."""

    @property
    def detector(self) -> Model | None:
        """What finds people; None while it is being loaded."""

    @property
    def pose_estimator(self) -> Model | None:
        """What finds their joints; None while it is being loaded."""

    @property
    def position(self) -> float:
        """Presentation time in seconds of the picture on show."""

    @property
    def recording(self) -> Recording | None:
        """The recording that is going on."""

    @property
    def microphone(self) -> Microphone | None:
        """The microphone that is listened to."""

    @property
    def notices(self) -> tuple[str, ...]:
        """What the person should know, a line each."""

    @property
    def error(self) -> VitposeLiveError | None:
        """What went wrong last; None when all is well."""

    @property
    def speed(self) -> float:
        """Of a file: seconds of the source per second."""

    @speed.setter
    def speed(self, speed: float) -> None: ...

    @property
    def delay(self) -> float:
        """Seconds by which a live source is shown late."""

    @delay.setter
    def delay(self, seconds: float) -> None: ...

    @property
    def showing(self) -> Showing:
        """What of a live source is on show."""

    def start_replay(self) -> None:
        """Show the latest seconds of a live source over and over, until `stop_replay`; it goes on unseen.

        Pause, step, seek, speed and loop are the replay's until then.
        """

    def stop_replay(self) -> None:
        """Show the live source again."""

    def status(self) -> Status:
        """Return how the pipeline is doing."""

    def open(self, source: str, **options: Any) -> None:
        """Start on `source`, in place of another; `options` are those of `vitpose_live.open_source`."""

    def pause(self) -> None:
        """Stand still."""

    def resume(self) -> None:
        """Go on, also from the end."""

    def stop(self) -> None:
        """End the run and finish the recording; at most two seconds."""

    def record(self, path: Path, *, mirror: bool, angles: bool, before: float, session: bool) -> None:
        """Record from now on, as in a mirror and with the joints' angles if asked.

        A live source is recorded from `before` seconds ago on, and with a `session` beside the file.
        """

    def listen(self, name: str | None) -> None:
        """Listen to the microphone of that name, or to none; recordings of a live source have its sound."""

    def pause_recording(self, *, paused: bool) -> None:
        """Leave out of the recording what comes, or go on with it."""

    def stop_recording(self) -> None:
        """Finish the recording."""

    def change(self, settings: Settings) -> None:
        """Analyse as `settings` say from soon on."""

    def seek(self, seconds: float) -> None:
        """Go to `seconds` of a file."""

    def step(self, frames: int) -> None:
        """Go `frames` on, or back, and pause."""

    def loop(self, start: float | None, end: float | None) -> None:
        """Repeat that part of a file; None, None ends it."""


EngineFactory = Callable[[Settings, Callable[[FrameResult], None], Callable[[], None]], Engine]
"""Builds an engine that calls the first function with each result, and the second when something else changed; both on
threads of its own."""


def live_engine(settings: Settings, on_result: Callable[[FrameResult], None], on_change: Callable[[], None]) -> Engine:
    """Build the real engine; imports what it needs only now, long after the window is there."""
    from vitpose_live.app.live import LiveSession  # noqa: PLC0415

    return LiveSession(settings, on_result=on_result, on_change=on_change)
