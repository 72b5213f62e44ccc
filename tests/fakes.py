"""Small real parts for testing the seams: every one keeps its protocol's promises."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from vitpose_live.data import (
    Detections,
    Frame,
    FrameResult,
    Poses,
    Skeleton,
    SourceInfo,
    Tracks,
    load_skeleton,
)
from vitpose_live.pipeline.analyzer import Look


def frame(index: int = 0, *, fps: float = 30.0, size: tuple[int, int] = (8, 6)) -> Frame:
    """A small picture whose grey is its index."""
    return Frame(np.full((size[1], size[0], 3), index % 256, np.uint8), index, index / fps, 0)


class ListSource:
    """Yields given frames; may raise after them."""

    def __init__(
        self,
        frames: Iterable[Frame],
        *,
        live: bool = False,
        error: Exception | None = None,
        before: Callable[[Frame], None] | None = None,
    ) -> None:
        self._frames = list(frames)
        self._error = error
        self._before = before
        self.info = SourceInfo("list", 8, 6, 30.0, len(self._frames), live=live)
        self.problems: tuple[str, ...] = ()
        self.trouble = ""
        self.closed = threading.Event()

    def close(self) -> None:
        self.closed.set()

    def __iter__(self) -> Iterator[Frame]:
        return self.frames()

    def frames(self, start: float = 0.0) -> Iterator[Frame]:
        for given in self._frames:
            if self._before is not None:
                self._before(given)
            if self.closed.is_set():
                return
            yield given
        if self._error is not None:
            raise self._error


class Camera:
    """A live source that gives the frames it is handed, when it is handed them; nothing comes of itself."""

    def __init__(self) -> None:
        self._frames: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
        self.info = SourceInfo("camera", 8, 6, 30.0, live=True)
        self.problems: tuple[str, ...] = ()
        self.trouble = ""
        self.closed = threading.Event()

    def give(self, *frames: Frame) -> None:
        """Let these be captured."""
        for given in frames:
            self._frames.put(given)

    def close(self) -> None:
        self.closed.set()
        self._frames.put(None)

    def __iter__(self) -> Iterator[Frame]:
        while (given := self._frames.get()) is not None and not self.closed.is_set():
            yield given


class BoxDetector:
    """Says that the given boxes are people, and counts how often it was asked."""

    name, device, precision = "boxes", "none", "fp32"
    notices = ()

    def __init__(self, *boxes: tuple[float, float, float, float]) -> None:
        self._detections = Detections(np.array(boxes, np.float32).reshape(-1, 4), np.full(len(boxes), 0.9, np.float32))
        self.asked: list[int] = []

    def detect(self, frame: Frame) -> Detections:
        self.asked.append(frame.index)
        return self._detections


class CentrePose:
    """Puts every joint at the centre of its person's box."""

    name, device, precision = "centre", "none", "fp32"
    notices = ()

    def __init__(self, skeleton: Skeleton | None = None) -> None:
        self.skeleton = skeleton or load_skeleton("coco17")

    def estimate(self, frame: Frame, tracks: Tracks) -> Poses:
        k = len(self.skeleton)
        centres = (tracks.boxes[:, :2] + tracks.boxes[:, 2:]) / 2
        keypoints = np.repeat(centres[:, None], k, axis=1)
        return Poses(keypoints, np.full((len(tracks), k), 0.8), tracks.ids, tracks.boxes, self.skeleton)


class EchoAnalyzer:
    """Finds nobody; may do something per frame first."""

    def __init__(self, each: Callable[[Frame], None] | None = None) -> None:
        self._each = each
        self._nobody = Poses.empty(load_skeleton("coco17"))

    def look(self, frame: Frame) -> Look:
        return Look(frame, None, 0.0)

    detect = look

    def ask(self, frame: Frame) -> bool:
        return False

    def fuse(self, look: Look) -> None:
        raise AssertionError("nothing was asked")

    def follow(self, look: Look) -> FrameResult:
        if self._each is not None:
            self._each(look.frame)
        return FrameResult(look.frame, Tracks.empty(), self._nobody, timings={"pose": 1.0})


class ListSink:
    """Keeps what it is given and how it ended; may fail on the way."""

    def __init__(self, each: Callable[[FrameResult], None] | None = None, close_error: Exception | None = None) -> None:
        self.results: list[FrameResult] = []
        self.ended: list[str] = []
        self._each = each
        self._close_error = close_error

    def write(self, result: FrameResult) -> None:
        if self._each is not None:
            self._each(result)
        self.results.append(result)

    def close(self) -> None:
        if self._close_error is not None:
            raise self._close_error
        self.ended.append("closed")

    def abort(self) -> None:
        self.ended.append("aborted")

    @property
    def indices(self) -> list[int]:
        return [result.frame.index for result in self.results]
