"""What a run asks of its session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from vitpose_live.app.settings import Settings
from vitpose_live.data import FrameResult
from vitpose_live.errors import VitposeLiveError
from vitpose_live.pipeline.protocols import Detector, PoseEstimator

if TYPE_CHECKING:
    from vitpose_live.app.live_run import Run

Models = tuple[Detector, PoseEstimator]


class Host(Protocol):
    """The session a run belongs to."""

    @property
    def settings(self) -> Settings:
        """The settings wanted now."""

    def load(self, settings: Settings) -> Models:
        """Load what they ask for."""

    def prepared(self, run: Run) -> None:
        """Say that the run has its models; other settings may be wanted by now."""

    def show(self, run: Run, result: FrameResult) -> None:
        """Hand a result over."""

    def record_result(self, run: Run, result: FrameResult) -> None:
        """Record it, if that is wanted."""

    def note_training(self, run: Run, result: FrameResult) -> None:
        """Keep what was trained, if that is wanted."""

    def moved(self, run: Run) -> None:
        """Say that the run got on to another state."""

    def fail(self, run: Run, error: VitposeLiveError) -> None:
        """Keep what ended the run."""


def as_failure(error: Exception) -> VitposeLiveError:
    """Return `error` as something to show a person, whatever it is."""
    if isinstance(error, VitposeLiveError):
        return error
    failure = VitposeLiveError(f"{type(error).__name__}: {error}", hint="this is a fault of the program")
    failure.__cause__ = error
    return failure
