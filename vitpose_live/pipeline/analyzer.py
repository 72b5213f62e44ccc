"""One frame in, everything found in it out: the plain function in the middle."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from vitpose_live.data import Detections, Feedback, Frame, FrameResult
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


class Analyzer:
    """Detect, track, pose, smooth and coach, one frame after the other.

    Starts no thread: `analyze` is the plain function, and its halves `look` and `follow` may each have a thread.
    Holds all state of the analysis, so that the same frames give the same results whoever feeds them.

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
        self._tracker: Tracker = trackers.create("box") if tracker is None else tracker
        self._smoother = smoother
        self._coach = coach
        self._det_frequency = det_frequency
        self._looked = 0

    def analyze(self, frame: Frame) -> FrameResult:
        """Return everything found in `frame`, which follows the frame of the previous call."""
        return self.follow(self.look(frame))

    def look(self, frame: Frame) -> Look:
        """Run the detector on `frame` if it is due: the half of the analysis that knows nothing of the other frames.

        It may run ahead of `follow`, on a thread of its own, as long as both get the frames in order.
        """
        instance("frame", frame, Frame)
        due = self._looked % self._det_frequency == 0
        self._looked += 1
        if not due:
            return Look(frame, None, 0.0)
        started = perf_counter()
        detections = self.detector.detect(frame)
        return Look(frame, detections, (perf_counter() - started) * 1e3)

    def follow(self, look: Look) -> FrameResult:
        """Track, pose, smooth and coach: the half that carries people from frame to frame."""
        frame = look.frame
        timings: dict[str, float] = {}
        if look.detections is not None:
            timings["detect"] = look.milliseconds
        with _timed(timings, "track"):
            tracks = self._tracker.update(look.detections, frame.time)
        with _timed(timings, "pose"):
            poses = self.pose_estimator.estimate(frame, tracks)
        with _timed(timings, "track"):
            believed = self._tracker.correct(poses)
            if not believed.all():
                tracks, poses = tracks.select(believed), poses.select(believed)
        if self._smoother is not None:
            with _timed(timings, "smooth"):
                poses = self._smoother.smooth(poses, frame.time)
        feedback: list[Feedback] = []
        if self._coach is not None:
            with _timed(timings, "coach"):
                feedback = self._coach.observe(poses, frame.time)
        return FrameResult(frame, tracks, poses, tuple(feedback), timings)

    def reset(self) -> None:
        """Forget the past, as after a seek: the next frame is a first one."""
        self._looked = 0
        self._tracker.reset()
        for part in (self._smoother, self._coach):
            if part is not None:
                part.reset()


@contextmanager
def _timed(timings: dict[str, float], stage: str) -> Iterator[None]:
    start = perf_counter()
    yield
    timings[stage] = timings.get(stage, 0.0) + (perf_counter() - start) * 1e3
