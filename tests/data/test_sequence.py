from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from vitpose_live.data import PoseSequence, load_skeleton
from vitpose_live.errors import InvalidArrayError

SKELETON = load_skeleton("coco17")


def sequence(rows: list[int], ids: list[int], count: int = 4, **changes: Any) -> PoseSequence:
    r, k = len(rows), len(SKELETON)
    random = np.random.default_rng(0)
    values: dict[str, Any] = {
        "skeleton": SKELETON,
        "frames": np.arange(count),
        "times": np.arange(count) / 30,
        "rows": np.array(rows, np.int64),
        "ids": np.array(ids, np.int64),
        "boxes": np.tile(np.array([0, 0, 10, 20], np.float32), (r, 1)),
        "box_scores": np.full(r, 0.5, np.float32),
        "keypoints": random.random((r, k, 2), np.float32),
        "scores": random.random((r, k), np.float32),
    }
    return PoseSequence(**(values | changes))


def test_every_row_belongs_to_the_frame_it_says():
    made = sequence([0, 0, 2, 3], [1, 2, 1, 7])
    counts = [len(made.at(place)[0]) for place in range(len(made))]
    assert counts == [2, 0, 1, 1]
    tracks, poses, raw = made.at(2)
    assert tracks.ids.tolist() == poses.track_ids.tolist() == [1]
    assert np.array_equal(poses.keypoints[0], made.keypoints[2])
    assert raw is None
    assert made.of(1).tolist() == [0, 2]
    assert made.people == [1, 2, 7]


def test_people_are_in_the_order_in_which_they_appear():
    assert sequence([0, 1, 1], [9, 2, 9]).people == [9, 2]


def test_nobody_is_empty():
    made = sequence([], [])
    assert made.people == []
    assert len(made.at(3)[1]) == 0


def test_what_was_before_smoothing_comes_along():
    raw = np.ones((1, len(SKELETON), 2), np.float32)
    made = sequence([1], [4], raw_keypoints=raw, raw_scores=np.ones((1, len(SKELETON)), np.float32))
    poses = made.at(1)[2]
    assert poses is not None
    assert np.array_equal(poses.keypoints, raw)


@pytest.mark.parametrize(
    ("rows", "ids", "changes", "word"),
    [
        ([0, 0], [1, 1], {}, "ids"),
        ([1, 0], [1, 1], {}, "rows"),
        ([4], [1], {}, "rows"),
        ([-1], [1], {}, "rows"),
        ([0], [1], {"times": np.zeros(4)}, "times"),
        ([0], [1], {"frames": np.array([0, 2, 1, 3])}, "frames"),
        ([0], [1, 2], {}, "one row"),
        ([0], [1], {"raw_scores": np.zeros((1, 17), np.float32)}, "both"),
    ],
)
def test_what_does_not_fit_is_refused(rows: list[int], ids: list[int], changes: dict[str, Any], word: str):
    with pytest.raises(InvalidArrayError, match=word):
        sequence(rows, ids, **changes)


def test_a_part_is_a_recording_of_its_own():
    raw = {"raw_keypoints": np.ones((4, len(SKELETON), 2)), "raw_scores": np.ones((4, len(SKELETON)))}
    made = sequence([0, 0, 2, 3], [1, 2, 1, 7], observed=np.array([True, False, True, False]), **raw)
    for first, last in [(0, 4), (1, 3), (2, 4), (1, 1), (4, 4)]:
        part = made.cut(first, last)
        assert part.frames.tolist() == list(range(first, last))
        for place in range(last - first):
            for ours, theirs in zip(part.at(place), made.at(first + place), strict=True):
                assert ours is not None
                assert theirs is not None
                assert ours.boxes.tobytes() == theirs.boxes.tobytes()
            assert part.at(place)[0].observed.tolist() == made.at(first + place)[0].observed.tolist()
