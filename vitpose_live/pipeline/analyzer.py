"""One frame in, everything found in it out: the plain function in the middle."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from vitpose_live.data import Detections, Feedback, Frame, FrameResult, Poses
from vitpose_live.data.checks import instance
from vitpose_live.errors import SettingsError
from vitpose_live.pipeline.protocols import Coach, Detector, PoseEstimator, Smoother, Tracker
from vitpose_live.registry import trackers


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A frame and what the detector says of it.

    Parameters
    ----------
    frame
        The picture.
    detections
        None where the detector was not due.
    milliseconds
        What that took.
    """

    frame: Frame
    detections: Detections | None
    milliseconds: float


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """A frame the detector was asked about, the tracker before it, and what the tracker has been told since."""

    frame: Frame
    past: Any
    since: list[tuple[float, Poses]] = field(default_factory=list)


class Analyzer:
    """Detect, track, pose, smooth and coach, one frame after the other.

    Starts no thread: `analyze` is the plain function, and its halves `look` and `follow` may each have a thread.
    Holds all state of the analysis, so that the same frames give the same results whoever feeds them.

    A live picture cannot wait for the detector. There, every frame only goes through `follow`; before that, `ask` says
    whether the detector should look at it meanwhile, `detect` does so on a thread of its own, and `fuse` takes in what
    it found, as if it had been known then.

    `detector`, `pose_estimator`, `smoother` and `det_frequency` may be replaced from any thread; the next frame is
    the first to see it.

    Parameters
    ----------
    detector
        Runs on the first frame and then every `det_frequency` frames.
    pose_estimator
        Runs on every frame, in the tracks' boxes.
    tracker
        Carries people from frame to frame; None takes the registered ``"box"`` tracker.
    smoother, coach
        Left out when None.
    det_frequency
        The detector runs every this many frames; at least 1.
    """

    def __init__(
        self,
        detector: Detector,
        pose_estimator: PoseEstimator,
        tracker: Tracker | None = None,
        smoother: Smoother | None = None,
        coach: Coach | None = None,
        det_frequency: int = 5,
    ) -> None:
        if not isinstance(det_frequency, int) or det_frequency < 1:
            raise SettingsError(f"det_frequency: expected a whole number of at least 1, got {det_frequency}")
        self.detector = detector
        self.pose_estimator = pose_estimator
        self.tracker: Tracker = trackers.create("box") if tracker is None else tracker
        self.smoother = smoother
        self.det_frequency = det_frequency
        self._coach = coach
        self._looked = 0
        self._asked_at: int | None = None
        self._asked: _Asked | None = None
        self._fused: dict[str, float] = {}

    def analyze(self, frame: Frame) -> FrameResult:
        """Return everything found in `frame`, which follows the frame of the previous call."""
        return self.follow(self.look(frame))

    def look(self, frame: Frame) -> Look:
        """Run the detector on `frame` if it is due: the half of the analysis that knows nothing of the other frames.

        It may run ahead of `follow`, on a thread of its own, as long as both get the frames in order.
        """
        instance("frame", frame, Frame)
        due = self._looked % self.det_frequency == 0
        self._looked += 1
        return self.detect(frame) if due else Look(frame, None, 0.0)

    def detect(self, frame: Frame) -> Look:
        """Run the detector on `frame`; touches nothing else, so that it may have a thread of its own."""
        started = perf_counter()
        detections = self.detector.detect(frame)
        return Look(frame, detections, (perf_counter() - started) * 1e3)

    def ask(self, frame: Frame) -> bool:
        """Return whether the detector should look at `frame`, which goes to `follow` next.

        That is so every `det_frequency` frames, or later when what it was asked before has not come to `fuse` yet.
        """
        self._looked += 1
        if self._asked is not None:
            return False
        if self._asked_at is not None and self._looked - self._asked_at < self.det_frequency:
            return False
        self._asked_at = self._looked
        self._asked = _Asked(frame, self.tracker.snapshot())
        return True

    def fuse(self, look: Look) -> None:
        """Take in what the detector says of the frame of the latest `ask`: tracking is wound back to it and re-played.

        No network runs again; the poses since are remembered.
        """
        asked = self._asked
        if asked is None or look.frame is not asked.frame or look.detections is None:
            return  # asked before a reset: another scene
        self._asked = None
        self._fused = {"detect": look.milliseconds}
        with _timed(self._fused, "track"):
            self.tracker.replay(asked.past, look.detections, asked.since)

    def follow(self, look: Look) -> FrameResult:
        """Track, pose, smooth and coach: the half that carries people from frame to frame."""
        frame = look.frame
        timings, self._fused = self._fused, {}
        smoother = self.smoother
        if look.detections is not None:
            timings["detect"] = look.milliseconds
        with _timed(timings, "track"):
            tracks = self.tracker.update(look.detections, frame.time)
        with _timed(timings, "pose"):
            poses = self.pose_estimator.estimate(frame, tracks)
        if self._asked is not None:
            self._asked.since.append((frame.time, poses))
        with _timed(timings, "track"):
            believed = self.tracker.correct(poses)
            if not believed.all():
                tracks, poses = tracks.select(believed), poses.select(believed)
        if smoother is not None:
            with _timed(timings, "smooth"):
                poses = smoother.smooth(poses, frame.time)
        feedback: list[Feedback] = []
        if self._coach is not None:
            with _timed(timings, "coach"):
                feedback = self._coach.observe(poses, frame.time)
        return FrameResult(frame, tracks, poses, tuple(feedback), timings)

    def reset(self) -> None:
        """Forget the past, as after a seek: the next frame is a first one."""
        self._looked = 0
        self._asked_at = self._asked = None
        self._fused = {}
        self.tracker.reset()
        for part in (self.smoother, self._coach):
            if part is not None:
                part.reset()


@contextmanager
def _timed(timings: dict[str, float], stage: str) -> Iterator[None]:
    start = perf_counter()
    yield
    timings[stage] = timings.get(stage, 0.0) + (perf_counter() - start) * 1e3
