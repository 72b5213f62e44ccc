"""What a session says of itself."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from vitpose_live.app.live_controls import Controls
from vitpose_live.app.live_models import ModelShelf
from vitpose_live.app.settings import Settings
from vitpose_live.data import SourceInfo
from vitpose_live.errors import VitposeLiveError
from vitpose_live.pipeline import Status
from vitpose_live.pipeline.protocols import Detector, PoseEstimator


class LiveState(StrEnum):
    """Where a session is; `vitpose_live.app.live.LiveSession` draws how it gets there."""

    IDLE = "idle"
    OPENING = "opening"
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"
    FAILED = "failed"


class Reports(Controls):
    """What can be asked of a session, from any thread.

    Parameters
    ----------
    settings
        What to analyse with.
    models
        Loads them.
    on_change
        Called when the answers may have changed.
    """

    def __init__(self, settings: Settings, models: ModelShelf, on_change: Callable[[], None]) -> None:
        super().__init__(on_change)
        self._settings = settings
        self._models = models
        self._error: VitposeLiveError | None = None
        self._failed = False

    @property
    def state(self) -> LiveState:
        """Where it is."""
        with self._lock:
            run = self._run
            if self._failed:
                return LiveState.FAILED
            if run is None:
                return LiveState.IDLE
            if (replay := run.rerun.replay) is not None:
                return LiveState.RUNNING if replay.playing else LiveState.PAUSED
            if run.at_end:
                return LiveState.ENDED
            if run.analyzer is None:
                return LiveState.OPENING
            return LiveState.RUNNING if run.playback.playing else LiveState.PAUSED

    @property
    def settings(self) -> Settings:
        """What is analysed with, or will be as soon as the models are there."""
        return self._settings

    @property
    def error(self) -> VitposeLiveError | None:
        """What went wrong last; None since the latest `open`, `change` and `record` all is well."""
        return self._error

    @property
    def info(self) -> SourceInfo | None:
        """What is known of the source; None before it is open."""
        run = self._run
        return run.info if run is not None else None

    @property
    def detector(self) -> Detector | None:
        """The detector in use; None before it is loaded."""
        analyzer = self._run.analyzer if self._run is not None else None
        return analyzer.detector if analyzer is not None else None

    @property
    def pose_estimator(self) -> PoseEstimator | None:
        """The pose model in use; None before it is loaded."""
        analyzer = self._run.analyzer if self._run is not None else None
        return analyzer.pose_estimator if analyzer is not None else None

    @property
    def notices(self) -> tuple[str, ...]:
        """What the person should know of models and source, a line each."""
        models = [model for model in (self.detector, self.pose_estimator) if model is not None]
        run = self._run
        lines = [line for model in models for line in model.notices]
        return tuple(dict.fromkeys([*lines, *(run.problems if run is not None else ())]))

    @property
    def download(self) -> tuple[str, int, int] | None:
        """Model, bytes here and bytes in all of the download going on; None without one."""
        return self._models.download

    @property
    def position(self) -> float:
        """Presentation time in seconds of the picture on show."""
        run = self._run
        return run.position if run is not None else 0.0

    def status(self) -> Status:
        """Return how the pipeline is doing; callable at any time."""
        run = self._run
        return run.status() if run is not None else Status()
