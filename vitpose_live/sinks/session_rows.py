"""People and frames as records of one length: what is appended to a file as it comes, and is whole up to its last one.

A run that is killed in the middle of a record leaves all the records before it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import FrameResult, Skeleton
from vitpose_live.data.sequence import PoseSequence
from vitpose_live.sinks.people import people_of

FRAME = np.dtype([("frame", "<i8"), ("time_s", "<f8"), ("width", "<i4"), ("height", "<i4")])
"""A frame: its number and seconds, the size of its picture."""


def person_type(skeleton: Skeleton, *, raw: bool) -> np.dtype[Any]:
    """Return the record of one person in one frame, with the keypoints before smoothing, too, if `raw`.

    `place` is that of the frame among the frames, counted from 0.
    """
    k = len(skeleton)
    before = [("raw", "<f4", (k, 3))] if raw else []
    return np.dtype(
        [
            ("place", "<i8"),
            ("id", "<i8"),
            ("box", "<f4", 4),
            ("box_score", "<f4"),
            ("observed", "?"),
            ("keypoints", "<f4", (k, 3)),
            *before,
        ]
    )


def frame_record(result: FrameResult) -> NDArray[Any]:
    """Return (1,) `FRAME` of a result."""
    frame = result.frame
    return np.array([(frame.index, frame.time, frame.width, frame.height)], FRAME)


def person_records(result: FrameResult, place: int, skeleton: Skeleton, *, raw: bool) -> NDArray[Any]:
    """Return (n,) records of `person_type` of the people of a result.

    Raises
    ------
    InvalidArrayError
        When its poses have another skeleton.
    """
    people = people_of(result, skeleton, raw=raw)
    records = np.zeros(len(people.ids), person_type(skeleton, raw=raw))
    records["place"] = place
    records["id"] = people.ids
    records["box"], records["box_score"] = people.boxes[:, :4], people.boxes[:, 4]
    records["observed"][: len(result.tracks)] = result.tracks.observed
    records["keypoints"] = people.keypoints
    if raw:
        records["raw"] = people.raw
    return records


def sequence_of(
    records: NDArray[Any], frames: NDArray[np.int64], times: NDArray[np.float64], skeleton: Skeleton, **known: Any
) -> PoseSequence:
    """Return what `records` (r,) of `person_type` say of the `frames` (f,) at `times` (f,).

    Parameters
    ----------
    known
        More fields of `PoseSequence`: width, height, fps, metadata.
    """
    raw = records["raw"] if "raw" in (records.dtype.names or ()) else None
    return PoseSequence(
        skeleton,
        frames,
        times,
        records["place"],
        records["id"],
        records["box"],
        records["box_score"],
        records["keypoints"][..., :2],
        records["keypoints"][..., 2],
        None if raw is None else raw[..., :2],
        None if raw is None else raw[..., 2],
        observed=records["observed"],
        **known,
    )
