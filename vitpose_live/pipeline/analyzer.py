"""One frame in, everything found in it out: the plain function in the middle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from time import perf_counter
from typing import Any, Literal

from vitpose_live.data import Detections, Feedback, Frame, FrameResult, Poses
from vitpose_live.data.checks import instance
from vitpose_live.errors import SettingsError
from vitpose_live.pipeline.interval import AdaptiveInterval
from vitpose_live.pipeline.protocols import Appearance, Coach, Detector, PoseEstimator, Smoother, Tracker
from vitpose_live.pipeline.renaming import renamed
from vitpose_live.registry import appearances, trackers

DetFrequency = int | Literal["auto"]


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
    undecided
        Whether the detector is still to run if what the frames before have shown asks for it.
    """

    frame: Frame
    detections: Detections | None
    milliseconds: float
    undecided: bool = False


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

    `detector`, `pose_estimator`, `smoother`, `coach` and `det_frequency` may be replaced from any thread; the next
    frame is the first to see it.

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
        The detector runs every this many frames, at least 1; ``"auto"`` lets what happens decide (`AdaptiveInterval`).
    appearance
        Describes people whom the tracker may know again after an absence; None takes the registered ``"clothing"``.
        Whether they are known again is an option of the tracker.
    """

    def __init__(
        self,
        detector: Detector,
        pose_estimator: PoseEstimator,
        tracker: Tracker | None = None,
        smoother: Smoother | None = None,
        coach: Coach | None = None,
        det_frequency: DetFrequency = 5,
        appearance: Appearance | None = None,
    ) -> None:
        if det_frequency != "auto" and not (isinstance(det_frequency, int) and det_frequency >= 1):
            raise SettingsError(f"det_frequency: expected a whole number of at least 1 or auto, got {det_frequency}")
        self.detector = detector
        self.pose_estimator = pose_estimator
        self.tracker: Tracker = trackers.create("box") if tracker is None else tracker
        self.smoother = smoother
        self.det_frequency = det_frequency
        self.coach = coach
        self._appearance: Appearance = appearances.create("clothing") if appearance is None else appearance
        self._detecting = Lock()
        self._looked = 0
        self._asked_at: int | None = None
        self._interval = AdaptiveInterval()
        self._asked: _Asked | None = None
        self._fused: dict[str, float] = {}
        self._found: tuple[Detections, float] | None = None

    def analyze(self, frame: Frame) -> FrameResult:
        """Return everything found in `frame`, which follows the frame of the previous call."""
        return self.follow(self.look(frame))

    def look(self, frame: Frame) -> Look:
        """Run the detector on `frame` if it is due: the half of the analysis that knows nothing of the other frames.

        It may run ahead of `follow`, on a thread of its own, as long as both get the frames in order. An adaptive
        interval depends on the other frames: there, it is left to `follow`.
        """
        instance("frame", frame, Frame)
        every = self.det_frequency
        if every == "auto":
            return Look(frame, None, 0.0, undecided=True)
        due = self._looked % every == 0
        self._looked += 1
        return self.detect(frame) if due else Look(frame, None, 0.0)

    def detect(self, frame: Frame) -> Look:
        """Run the detector on `frame`; touches nothing else, so that it may have a thread of its own.

        One at a time: whoever makes the interval of a file adaptive, or even, while it runs has two threads ask.
        """
        with self._detecting:
            started = perf_counter()
            detections = self.detector.detect(frame)
        return Look(frame, detections, (perf_counter() - started) * 1e3)

    def ask(self, frame: Frame) -> bool:
        """Return whether the detector should look at `frame`, which goes to `follow` next.

        That is so as often as `det_frequency` says, or later when what it was asked before has not come to `fuse` yet.
        """
        every = self.det_frequency
        self._looked += 1
        if self._asked is not None:
            return False
        if every == "auto":
            due = self._interval.due(frame.time)
        else:
            due = self._asked_at is None or self._looked - self._asked_at >= every
        if not due:
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
        self._found = look.detections, asked.frame.time
        self._fused = {"detect": look.milliseconds}
        with _timed(self._fused, "track"):
            self.tracker.replay(asked.past, look.detections, asked.since)

    def follow(self, look: Look) -> FrameResult:
        """Track, pose, smooth and coach: the half that carries people from frame to frame."""
        frame = look.frame
        if look.undecided and self._interval.due(frame.time):
            look = self.detect(frame)
        timings, self._fused = self._fused, {}
        found, self._found = self._found, None
        smoother = self.smoother
        if look.detections is not None:
            found = look.detections, frame.time
            timings["detect"] = look.milliseconds
        with _timed(timings, "track"):
            tracks = self.tracker.update(look.detections, frame.time)
        with _timed(timings, "pose"):
            poses = self.pose_estimator.estimate(frame, tracks)
        with _timed(timings, "track"):
            estimated, believed = poses, self.tracker.correct(poses)
            poses = self.tracker.own(poses)
            if not believed.all():
                tracks, poses = tracks.select(believed), poses.select(believed)
            names = self._recognise(frame, poses)
            if names:
                tracks, poses, estimated = renamed(tracks, names), renamed(poses, names), renamed(estimated, names)
        if self._asked is not None:
            self._asked.since.append((frame.time, estimated))
        if self.det_frequency == "auto":
            count = len(found[0]) if found is not None else None
            self._interval.observe(frame.time, (frame.width, frame.height), tracks, poses, count)
        raw = None
        if smoother is not None:
            with _timed(timings, "smooth"):
                raw, poses = poses, smoother.smooth(poses, frame.time)
        feedback: list[Feedback] = []
        coach = self.coach
        if coach is not None:
            with _timed(timings, "coach"):
                feedback = coach.observe(poses, frame.time)
        return FrameResult(frame, tracks, poses, tuple(feedback), timings, raw, *(found or ()))

    def _recognise(self, frame: Frame, poses: Poses) -> Mapping[int, int]:
        """Let the tracker see what those look like whom it wants to know; return whose ids change, 0 for hidden."""
        asked = self.tracker.unfamiliar(poses)
        chosen = poses.select(asked)
        return self.tracker.recognise(chosen.track_ids, self._appearance.describe(frame, chosen))

    def reset(self) -> None:
        """Forget the past, as after a seek: the next frame is a first one."""
        self._looked = 0
        self._interval.reset()
        self._asked_at = self._asked = None
        self._fused = {}
        self._found = None
        self.tracker.reset()
        for part in (self.smoother, self.coach):
            if part is not None:
                part.reset()


@contextmanager
def _timed(timings: dict[str, float], stage: str) -> Iterator[None]:
    start = perf_counter()
    yield
    timings[stage] = timings.get(stage, 0.0) + (perf_counter() - start) * 1e3
