"""An engine without threads, files or networks: does as it is told, and remembers it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

from vitpose_live.app.live_rerun import Showing
from vitpose_live.data import SourceInfo
from vitpose_live.errors import DeviceError, SourceNotFoundError
from vitpose_live.pipeline import RunState, StageTime, Status

NOTHING_THERE = "nowhere.mp4"
"""The source that cannot be opened."""
UNABLE = "fp16"
"""The precision that cannot be had."""


@dataclass
class FakeEngine:
    """Plays a file of ten seconds, or a live source where the name is a number."""

    settings: object
    on_result: object
    on_change: object
    calls: list = field(default_factory=list)
    state: str = "idle"
    info: SourceInfo | None = None
    detector: object = None
    pose_estimator: object = None
    position: float = 0.0
    recording: object = None
    notices: tuple = ()
    error: object = None
    microphone: object = None
    trouble: str = ""
    showing: Showing = field(default_factory=Showing)
    _speed: float = 1.0
    _delay: float = 0.0

    @property
    def speed(self):
        return self._speed

    @speed.setter
    def speed(self, speed):
        self.calls.append(("speed", speed))
        self._speed = speed

    @property
    def delay(self):
        return self._delay

    @delay.setter
    def delay(self, seconds):
        self.calls.append(("delay", seconds))
        self._delay = seconds
        self.showing = Showing(seconds, seconds) if self.info is not None and self.info.live else Showing()

    def start_replay(self):
        self.calls.append(("start_replay",))
        self.showing = Showing(self._delay, replay=(3.2, 10.0))

    def stop_replay(self):
        self.calls.append(("stop_replay",))
        self.showing = Showing(self._delay, self._delay)

    def status(self):
        return Status(
            state=RunState.RUNNING,
            delivered=7,
            dropped=3,
            people=2,
            fps=29.96,
            timings={"pose": StageTime(12.0, 15.0), "analyze": StageTime(14.2, 18.0)},
            trouble=self.trouble,
        )

    def open(self, source, **options):
        self.calls.append(("open", source, options) if options else ("open", source))
        self.error = None
        if source == NOTHING_THERE:
            self.state, self.info = "failed", None
            self.error = SourceNotFoundError(f"no file {source}", hint="check the name")
        else:
            live = source.isdecimal()
            self.state = "running"
            self.info = SourceInfo(source, 640, 360, 30.0, None, None if live else 10.0, live=live)
            self.detector = SimpleNamespace(name="nanodet-g", device="openvino:CPU", precision="fp32")
            self.pose_estimator = SimpleNamespace(name="movenet-thunder", device="openvino:CPU", precision="bf16")
        self.on_change()

    def pause(self):
        self.calls.append(("pause",))
        self.state = "paused"

    def resume(self):
        self.calls.append(("resume",))
        self.state = "running"

    def stop(self):
        self.calls.append(("stop",))
        self.state = "idle"

    def record(self, path, *, mirror, angles, before, session):
        self.calls.append(("record", path, mirror, angles, before, session))
        Path(path).write_bytes(b"video")
        self.recording = SimpleNamespace(path=path, seconds=65.0, size=1_234_567, paused=False)

    def listen(self, name):
        self.calls.append(("listen", name))
        self.microphone = None if name is None else SimpleNamespace(name=name, level=0.0, trouble=None)

    def pause_recording(self, *, paused):
        self.calls.append(("pause_recording", paused))
        self.recording.paused = paused

    def stop_recording(self):
        self.calls.append(("stop_recording",))
        self.recording = None

    def change(self, settings):
        self.calls.append(("change", settings))
        self.error = None
        if settings.precision == UNABLE:
            self.error = DeviceError(f"cannot run in {UNABLE} here", hint="take another")
        else:
            self.settings = settings

    def seek(self, seconds):
        self.calls.append(("seek", seconds))
        self.position = seconds

    def step(self, frames):
        self.calls.append(("step", frames))
        self.state = "paused"

    def loop(self, start, end):
        self.calls.append(("loop", start, end))
