"""Between the window and the engine: asks it off the window's thread, and tells the window what became of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from vitpose_live.app.live_rerun import Showing
from vitpose_live.app.settings import Settings
from vitpose_live.data import FrameResult
from vitpose_live.errors import VitposeLiveError
from vitpose_live.ui.engine import Engine, EngineFactory
from vitpose_live.ui.errands import Errands
from vitpose_live.ui.mailbox import Mailbox
from vitpose_live.ui.picture import Fit, Picture
from vitpose_live.ui.readout import Hearing, Snapshot

REFRESH_MS = 200
CLOSE_SECONDS = 1.8


class Controller(QObject):
    """Runs one engine. No method waits; what fails arrives as `failed`.

    Parameters
    ----------
    factory
        Builds the engine, on the errands' thread, when it is first needed.
    settings
        What to analyse with.
    fit
        Says, on any thread, what the next picture should be prepared for.
    """

    failed = pyqtSignal(object)
    """A `VitposeLiveError` that a command ran into."""
    refreshed = pyqtSignal(object)
    """A `Snapshot`, a few times a second while something is open, and when something changed."""
    recording_begun = pyqtSignal(object)
    """The path of a recording; emitted on another thread."""
    _changed = pyqtSignal()

    def __init__(
        self, factory: EngineFactory, settings: Settings, fit: Callable[[], Fit], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._factory = factory
        self._fit = fit
        self._engine: Engine | None = None
        self._errands = Errands(self._fail)
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        self._closed = False
        self._asked = self._opened = 0  # sources, by number; each is written by one thread only
        self._changed.connect(self.refresh)
        self.pictures: Mailbox[Picture] = Mailbox(self)
        self.settings = self.wanted = settings
        """What is analysed with, or will be; and what was asked for, which may be what could not be loaded."""
        self._begins = False
        self.source = ""
        self._options: dict[str, Any] = {}
        self.speed = 1.0
        self.delay = 0.0
        self.loop: tuple[float | None, float | None] = (None, None)
        self.age_ms: Callable[[], float] = float
        self.paint_ms: Callable[[], float] = float

    def warm_up(self) -> None:
        """Build the engine ahead of the first source: its imports take a moment."""
        self._ask(lambda engine: None, settings=self.settings)  # noqa: ARG005

    def open(self, source: str, **options: Any) -> None:
        """Analyse `source` in place of whatever is open; `options` are those of `vitpose_live.open_source`."""
        self.stop_recording()
        self.source, self._options = source, options
        self.loop = (None, None)
        self._begins = False
        self._asked += 1
        number, settings = self._asked, self.settings

        def start(engine: Engine) -> None:
            self.pictures.take()
            try:
                engine.open(source, **options)
            finally:
                self._opened = number

        self._ask(start, settings=settings)
        self._timer.start()
        self.refresh()

    def stop(self) -> None:
        """Close the source."""
        self.stop_recording()
        self.source = ""
        self._timer.stop()
        self._ask(lambda engine: engine.stop())
        self.refresh()

    def toggle_pause(self) -> None:
        """Stand still, or go on; what has ended or failed starts again."""
        snapshot = self.snapshot()
        if snapshot.state == "failed":
            self.open(snapshot.source, **self._options)
        elif snapshot.playing:
            self._ask(lambda engine: engine.pause())
        elif snapshot.source:
            self._ask(lambda engine: engine.resume())

    def step(self, frames: int) -> None:
        """Go `frames` on or back."""
        self._ask(lambda engine: engine.step(frames))

    def seek(self, seconds: float) -> None:
        """Go to `seconds`; of several in a row the last one counts."""
        self._ask(lambda engine: engine.seek(seconds), key="seek")

    def set_speed(self, speed: float) -> None:
        """Play a file `speed` times as fast."""
        self.speed = speed

        def change(engine: Engine) -> None:
            engine.speed = speed

        self._ask(change, key="speed")

    def set_delay(self, seconds: float) -> None:
        """Show live sources so many seconds late."""
        self.delay = seconds

        def change(engine: Engine) -> None:
            engine.delay = seconds

        self._ask(change, key="delay")

    def toggle_replay(self) -> None:
        """Watch the latest seconds of a live source over and over, or leave that."""
        self.loop = (None, None)

        def toggle(engine: Engine) -> None:
            if engine.showing.replay is None:
                engine.start_replay()
            else:
                engine.stop_replay()

        self._ask(toggle)

    def stop_replay(self) -> None:
        """Leave the replay, if there is one."""
        self.loop = (None, None)
        self._ask(lambda engine: engine.stop_replay())

    def set_loop(self, start: float | None, end: float | None) -> None:
        """Repeat from `start` to `end` seconds once both are given."""
        self.loop = (start, end)
        if start is not None and end is not None and end > start:
            self._ask(lambda engine: engine.loop(start, end), key="loop")
        elif start is None and end is None:
            self._ask(lambda engine: engine.loop(None, None), key="loop")

    def change(self, settings: Settings) -> None:
        """Analyse with `settings` from soon on."""
        self.settings = self.wanted = settings
        self._ask(lambda engine: engine.change(settings), key="change")

    def record(self, name: Callable[[], Path], *, mirror: bool, angles: bool, before: float, session: bool) -> None:
        """Record into the file that `name` says, as in a mirror and with the joints' angles if asked.

        A live source is recorded from `before` seconds ago on, and with a `session` beside the file.
        """
        self._begins = True

        def begin(engine: Engine) -> None:
            try:
                path = name()  # makes its folder, maybe on a slow disk
                engine.record(path, mirror=mirror, angles=angles, before=before, session=session)
            finally:
                self._begins = False
            self.recording_begun.emit(path)

        self._ask(begin)

    def stop_recording(self) -> None:
        """Finish the recording, if there is one or is about to be."""
        if self.records:
            self._ask(lambda engine: engine.stop_recording())

    def toggle_hold(self) -> None:
        """Leave out of the recording what comes, or go on with it."""
        self._ask(lambda engine: engine.pause_recording(paused=not (engine.recording and engine.recording.paused)))

    def listen(self, name: str) -> None:
        """Listen to the microphone of that name; to none where it is empty."""
        self._ask(lambda engine: engine.listen(name or None), key="listen")

    @property
    def recording(self) -> Path | None:
        """The recording that is going on."""
        recording = self._engine.recording if self._engine is not None else None
        return None if recording is None else recording.path

    @property
    def records(self) -> bool:
        """Whether there is a recording, or is about to be."""
        return self._begins or self.recording is not None

    @property
    def showing(self) -> Showing:
        """What of a live source is on show."""
        engine = self._engine
        return engine.showing if engine is not None and self.source and self._opened == self._asked else Showing()

    @property
    def position(self) -> float:
        """Where the picture on show is in what can be wound: the replay's seconds, or else the source's."""
        replay = self.showing.replay
        return replay[0] if replay is not None else self._engine.position if self._engine is not None else 0.0

    def snapshot(self) -> Snapshot:
        """Return the run as it is now."""
        engine = self._engine
        if not self.source:
            return Snapshot()
        if engine is None or self._opened != self._asked:  # it would tell of what was open before
            return Snapshot(source=self.source, state="opening")
        recording, ear = engine.recording, engine.microphone
        if engine.error is not None and self._errands.idle:  # what could not be loaded was given up
            self.settings = engine.settings
        return Snapshot(
            source=self.source,
            state=engine.state,
            status=engine.status(),
            info=engine.info,
            detector=engine.detector,
            pose=engine.pose_estimator,
            position=self.position,
            showing=self.showing,
            notices=engine.notices,
            error=engine.error,
            recorded=None if recording is None else (recording.seconds, recording.size),
            recording_paused=recording is not None and recording.paused,
            age_ms=self.age_ms(),
            paint_ms=self.paint_ms(),
            hearing=None if ear is None else Hearing(ear.name, ear.level, ear.trouble),
        )

    def refresh(self) -> None:
        """Tell the window how things are."""
        self.refreshed.emit(self.snapshot())

    def wait(self, timeout: float) -> bool:
        """Wait until every command has been carried out; for tests and scripts, not for a window."""
        return self._errands.wait(timeout)

    def close(self, timeout: float = CLOSE_SECONDS) -> bool:
        """End everything; return whether that was done within `timeout` seconds."""
        self._closed = True
        self._timer.stop()
        self.pictures.close()

        def end() -> None:
            if self._engine is not None:
                self._engine.stop()

        return self._errands.close(timeout, last=end)

    def _ask(self, command: Callable[[Engine], None], *, key: str = "", settings: Settings | None = None) -> None:
        def errand() -> None:
            if self._engine is None:
                if settings is None:  # nothing has been opened, so there is nothing to command
                    return
                self._engine = self._factory(settings, self._deliver, self._changed.emit)
                self._engine.delay = self.delay
            command(self._engine)

        self._errands.run(errand, key=key)

    def _deliver(self, result: FrameResult) -> None:
        # on the engine's thread: here the picture is prepared, so that the window only copies it
        self.pictures.put(Picture.of(result, self._fit()))

    def _fail(self, error: VitposeLiveError) -> None:
        if not self._closed:
            self.failed.emit(error)
