"""Who was where in which pose over a whole recording: what a table of keypoints holds, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data.checks import boxes_xyxy, frozen_array, same_length, unit_scores
from vitpose_live.data.people import Poses, Tracks
from vitpose_live.data.skeleton import Skeleton
from vitpose_live.errors import InvalidArrayError


@dataclass(frozen=True, slots=True, eq=False)
class PoseSequence:
    """The poses of a recording: f frames, and r rows of one person in one frame each, k keypoints.

    Parameters
    ----------
    skeleton
        Names and order of the k keypoints.
    frames
        (f,) int64 numbers of the frames in the source, increasing; a frame with nobody in it is here, too.
    times
        (f,) float64 presentation times in seconds, increasing.
    rows
        (r,) int64 in which frame each row is, as a place in `frames`; in order.
    ids
        (r,) int64 track ids, unique within a frame.
    boxes
        (r, 4) float32, x1, y1, x2, y2 in pixels.
    box_scores
        (r,) float32, 0..1; NaN where it is not known.
    keypoints
        (r, k, 2) float32, x, y in pixels; NaN where missing.
    scores
        (r, k) float32, 0..1; 0 where missing.
    raw_keypoints, raw_scores
        The same before smoothing; None where that was not kept.
    observed
        (r,) bool, as in `Tracks.observed`; all True when not given.
    width, height
        Of the source's pictures in pixels; 0 when not known.
    fps
        Nominal frames per second of the source; 0.0 when not known. Never used as a clock.
    metadata
        Where it comes from: ``version``, ``models``, ``settings``, ``source``; plain values.
    """

    skeleton: Skeleton
    frames: NDArray[np.int64]
    times: NDArray[np.float64]
    rows: NDArray[np.int64]
    ids: NDArray[np.int64]
    boxes: NDArray[np.float32]
    box_scores: NDArray[np.float32]
    keypoints: NDArray[np.float32]
    scores: NDArray[np.float32]
    raw_keypoints: NDArray[np.float32] | None = None
    raw_scores: NDArray[np.float32] | None = None
    observed: NDArray[np.bool_] = field(default=None)  # type: ignore[arg-type]  # filled in below
    width: int = 0
    height: int = 0
    fps: float = 0.0
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        k = len(self.skeleton)
        put = object.__setattr__
        put(self, "frames", frozen_array("frames", self.frames, ("f",), np.int64))
        put(self, "times", frozen_array("times", self.times, ("f",), np.float64))
        put(self, "rows", frozen_array("rows", self.rows, ("r",), np.int64))
        put(self, "ids", frozen_array("ids", self.ids, ("r",), np.int64))
        put(self, "boxes", boxes_xyxy("boxes", self.boxes))
        put(self, "box_scores", frozen_array("box_scores", self.box_scores, ("r",), np.float32))
        put(self, "keypoints", frozen_array("keypoints", self.keypoints, ("r", k, 2), np.float32))
        put(self, "scores", unit_scores("scores", self.scores, ("r", k)))
        if (self.raw_keypoints is None) != (self.raw_scores is None):
            raise InvalidArrayError("raw_keypoints and raw_scores: expected both or neither")
        if self.raw_keypoints is not None:
            put(self, "raw_keypoints", frozen_array("raw_keypoints", self.raw_keypoints, ("r", k, 2), np.float32))
            put(self, "raw_scores", unit_scores("raw_scores", self.raw_scores, ("r", k)))
            same_length("PoseSequence", ids=self.ids, raw_keypoints=self.raw_keypoints)
        observed = np.ones(len(self.rows), np.bool_) if self.observed is None else self.observed
        put(self, "observed", frozen_array("observed", observed, ("r",), np.bool_))
        same_length("PoseSequence", frames=self.frames, times=self.times)
        same_length(
            "PoseSequence",
            rows=self.rows,
            ids=self.ids,
            boxes=self.boxes,
            box_scores=self.box_scores,
            keypoints=self.keypoints,
            scores=self.scores,
            observed=self.observed,
        )
        for name, values in (("frames", self.frames), ("times", self.times)):
            if not np.isfinite(values).all() or (np.diff(values) <= 0).any():
                raise InvalidArrayError(f"{name}: expected finite numbers, each more than the one before")
        if len(self.rows) and ((np.diff(self.rows) < 0).any() or self.rows[0] < 0 or self.rows[-1] >= len(self.frames)):
            raise InvalidArrayError(f"rows: expected places in the {len(self.frames)} frames, in order")
        pairs = np.stack([self.rows, self.ids], axis=1)
        if len(np.unique(pairs, axis=0)) != len(pairs):
            raise InvalidArrayError("ids: expected a different id per person of a frame")
        put(self, "metadata", MappingProxyType(dict(self.metadata)))

    def __len__(self) -> int:
        """Frames."""
        return len(self.frames)

    @property
    def people(self) -> list[int]:
        """The ids of everybody, in the order in which they appear."""
        _, first = np.unique(self.ids, return_index=True)
        return [int(self.ids[place]) for place in np.sort(first)]

    def part(self, place: int) -> slice:
        """Return which rows are those of the frame at `place`, counted from 0."""
        first, last = np.searchsorted(self.rows, (place, place + 1))
        return slice(int(first), int(last))

    def of(self, track_id: int) -> NDArray[np.intp]:
        """(m,) which rows are those of the person called `track_id`, in order of time."""
        return np.flatnonzero(self.ids == track_id)

    def cut(self, first: int, last: int) -> PoseSequence:
        """Return the frames from the one at `first` to before the one at `last`, counted from 0."""
        rows = slice(self.part(first).start, self.part(last).start)
        raw, raw_scores = (None if each is None else each[rows] for each in (self.raw_keypoints, self.raw_scores))
        return replace(
            self,
            frames=self.frames[first:last],
            times=self.times[first:last],
            rows=self.rows[rows] - first,
            ids=self.ids[rows],
            boxes=self.boxes[rows],
            box_scores=self.box_scores[rows],
            keypoints=self.keypoints[rows],
            scores=self.scores[rows],
            raw_keypoints=raw,
            raw_scores=raw_scores,
            observed=self.observed[rows],
        )

    def at(self, place: int) -> tuple[Tracks, Poses, Poses | None]:
        """Return who was there in the frame at `place`, their poses, and the poses before smoothing where kept."""
        part = self.part(place)
        ids, boxes = self.ids[part], self.boxes[part]
        box_scores = np.nan_to_num(self.box_scores[part], nan=0.0)
        raw = None
        if self.raw_keypoints is not None and self.raw_scores is not None:
            raw = Poses(self.raw_keypoints[part], self.raw_scores[part], ids, boxes, self.skeleton)
        poses = Poses(self.keypoints[part], self.scores[part], ids, boxes, self.skeleton)
        return Tracks(boxes, ids, self.observed[part], box_scores), poses, raw
