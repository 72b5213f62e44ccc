"""The seams: what the pipeline asks of each part. Parts satisfy these by shape, without importing them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Detections, Feedback, Frame, FrameResult, Poses, Skeleton, SourceInfo, Tracks


class Source(Protocol):
    """Yields frames in order; owns time. Open from construction until it is closed."""

    @property
    def info(self) -> SourceInfo:
        """What is known of the source; complete once it is open."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What went wrong so far without ending the run, a line each: a truncated end, an unreadable picture."""

    @property
    def trouble(self) -> str:
        """What keeps frames from coming just now, one line; empty when they come, as a file's always do."""

    def close(self) -> None:
        """Wake whoever waits for a frame and end the iteration; may be called from any thread, more than once."""

    def __iter__(self) -> Iterator[Frame]: ...


class Recorded(Source, Protocol):
    """A source that can be read from the middle on."""

    def frames(self, start: float = 0.0) -> Iterator[Frame]:
        """Yield the frames from one at or before `start` seconds on, with the times they have when all is read."""


class Model(Protocol):
    """A loaded network, honest about what it is and what it runs on."""

    @property
    def name(self) -> str:
        """Catalogue name, such as ``"movenet-thunder"``."""

    @property
    def device(self) -> str:
        """What it really runs on, such as ``"openvino:CPU"``."""

    @property
    def precision(self) -> str:
        """What it really computes in: ``fp32``, ``bf16``, ``fp16`` or ``int8``."""

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should know of the choice and of how it runs, a line each: every fallback that was taken."""


class Detector(Model, Protocol):
    """Finds people. Deterministic; keeps nothing from frame to frame."""

    def detect(self, frame: Frame) -> Detections:
        """Return the people in `frame`, strongest first; empty when there is nobody."""


class PoseEstimator(Model, Protocol):
    """Finds the keypoints of people whose boxes are known. Keeps nothing from frame to frame."""

    @property
    def skeleton(self) -> Skeleton:
        """The keypoints it names."""

    def estimate(self, frame: Frame, tracks: Tracks) -> Poses:
        """Return one row per track, in the order of `tracks`."""


class Tracker(Protocol):
    """Gives people identities and carries their boxes through frames without a detection."""

    def update(self, detections: Detections | None, time: float) -> Tracks:
        """Advance to `time` seconds; None means the detector did not run, empty that nobody is there."""

    def correct(self, poses: Poses) -> NDArray[np.bool_]:
        """Take what `poses` (n people) say of the latest `update`; return (n,) bool, who is still believed in."""

    def own(self, poses: Poses) -> Poses:
        """Return `poses`, those of the latest `correct`, without the joints that are another person's."""

    def unfamiliar(self, poses: Poses) -> NDArray[np.bool_]:
        """(n,) of which of `poses`, those of the latest `correct`, it should be said now what they look like."""

    def recognise(self, track_ids: NDArray[np.int64], looks: NDArray[np.float32]) -> Mapping[int, int]:
        """Take in `looks` (n, d) of the `track_ids` (n,), as `Appearance` gives them; called once per frame.

        Return which ids of this frame turn into which, as a newcomer was known before; 0 for who is not shown yet.
        """

    def snapshot(self) -> Any:
        """Return what is remembered now, between two frames, for one `replay`; the tracker goes on unaffected."""

    def replay(self, past: Any, detections: Detections, moments: Sequence[tuple[float, Poses]]) -> None:
        """Go back to the snapshot `past` and live through `moments` again, the first of which has `detections`.

        Each is a frame's time in seconds and the poses that `correct` was given. An id that was shown for a person
        stays that person's.
        """

    def reset(self) -> None:
        """Forget everybody; ids are still never re-used."""


class Appearance(Protocol):
    """Says what people look like, so that somebody who was gone can be known again. Keeps nothing."""

    def describe(self, frame: Frame, poses: Poses) -> NDArray[np.float32]:
        """Return (n, d) float32, a unit vector per row of `poses`; the product of two is 1 for the same look.

        It is 0 for looks with nothing in common, and a look that cannot be seen is NaN.
        """


class Smoother(Protocol):
    """Steadies keypoints over time."""

    def smooth(self, poses: Poses, time: float) -> Poses:
        """Return `poses` at `time` seconds, steadied; same rows."""

    def reset(self) -> None:
        """Forget the past."""


class Coach(Protocol):
    """Counts and comments."""

    def observe(self, poses: Poses, time: float) -> list[Feedback]:
        """Return what there is to say at `time` seconds."""

    def reset(self) -> None:
        """Forget the past."""


class Sink(Protocol):
    """Takes every result, in order, on the delivery thread."""

    def write(self, result: FrameResult) -> None:
        """Take one result."""

    def close(self) -> None:
        """Finish: what was written is complete and in its place."""

    def abort(self) -> None:
        """Give up after a failure: leave nothing half-written behind."""


@runtime_checkable
class Keeping(Protocol):
    """A sink whose work is worth having as far as it goes: it stays when another cannot write, as on a full disk."""

    def keep(self) -> tuple[Path, ...]:
        """End, if it has not ended: what was written until now stays. Return where; empty when there is nothing."""
