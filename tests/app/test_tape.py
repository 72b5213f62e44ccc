"""What was found in a recording, kept without pictures, and remembered smoothed."""

import errno
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from fakes import ListSource, frame

import vitpose_live as vl
from vitpose_live.app import recollection as recollections
from vitpose_live.app import tape as tapes
from vitpose_live.app.recollection import Recollection
from vitpose_live.app.tape import Again, Tape
from vitpose_live.errors import OutputError, SourceError
from vitpose_live.tracking.zero_phase import Steadied, zero_phase

COCO17 = vl.load_skeleton("coco17")


def found(index, *ids, shake=0.0):
    """A frame with people of these ids, each at a place of its own."""
    rng = np.random.default_rng(index)
    boxes = np.array([(100 * i, 10, 100 * i + 50, 210) for i in ids], np.float32).reshape(-1, 4)
    points = np.repeat((boxes[:, None, :2] + boxes[:, None, 2:]) / 2, 17, axis=1) + rng.normal(
        0, shake, (len(ids), 17, 2)
    )
    poses = vl.Poses(points, np.full((len(ids), 17), 0.9), ids, boxes, COCO17)
    tracks = vl.Tracks(boxes, ids, np.arange(len(ids)) % 2 == 0, np.full(len(ids), 0.7))
    return vl.FrameResult(frame(index), tracks, poses)


@pytest.fixture
def tape():
    with Tape(COCO17) as opened:
        yield opened


def record(tape, results):
    for each in results:
        tape.write(each)
    return tape


def test_what_the_detector_said_is_kept(tape):
    said = [None, [[1, 2, 3, 4]], [], [[5, 6, 7, 8], [0, 0, 9, 9]]]
    results = [found(index, 1) for index in range(4)]
    for each, boxes in zip(results, said, strict=True):
        if boxes is not None:
            object.__setattr__(each, "detections", vl.Detections(boxes, np.full(len(boxes), 0.4)))
            object.__setattr__(each, "detected_time", each.frame.time)
    again = remember(record(tape, results), results)
    assert [each.detections.boxes.tolist() for each in again] == [boxes or [] for boxes in said]
    assert again[3].detections.scores.tolist() == pytest.approx([0.4, 0.4])
    assert again[3].detected_time == results[3].frame.time


def remember(tape, results):
    """What the tape says of the frames of `results`, one after the other."""
    recollection = Recollection(tape, detections=tape.detections)
    return [recollection.follow(recollection.look(each.frame)) for each in results]


def test_the_tape_gives_back_what_it_took_and_smooths_each_person_by_themselves(tape):
    whole = [(1, 2), (1,), (), (2, 1), (2, 7)] * 12
    results = [found(index, *ids, shake=3.0) for index, ids in enumerate(whole)]
    again = remember(record(tape, results), results)
    assert len(tape) == len(again) == len(results)
    for one, other in zip(results, again, strict=True):
        assert other.frame is one.frame
        for name in ("ids", "boxes", "observed", "scores"):
            assert getattr(one.tracks, name).tobytes() == getattr(other.tracks, name).tobytes()
        assert other.raw.keypoints.tobytes() == one.poses.keypoints.tobytes()
        assert other.raw.scores.tobytes() == one.poses.scores.tobytes()
        assert other.poses.boxes.tobytes() == one.poses.boxes.tobytes()
    for person in (1, 2, 7):
        rows = [
            (r.frame.time, r.poses.track_ids.tolist().index(person), r) for r in results if person in r.poses.track_ids
        ]
        points = [r.poses.keypoints[row] for _, row, r in rows]
        alone = zero_phase([time for time, _, _ in rows], points, np.full((len(rows), 17), 0.9), COCO17.mirror_pairs)
        ours = [again[r.frame.index].poses.keypoints[row] for _, row, r in rows]
        np.testing.assert_array_equal(ours, alone.points.astype(np.float32))
        steadier = np.std(ours, axis=0).mean() < 0.9 * np.std(points, axis=0).mean()
        assert steadier == (person != 7)  # who was there six times a second, too seldom to be filtered at 6 Hz


@pytest.mark.parametrize("results", [[], [found(0)], [found(0, 4)]])
def test_nothing_nobody_and_who_is_there_for_one_frame_are_smoothed_too(tape, results):
    again = remember(record(tape, results), results)
    assert [each.poses.keypoints.tobytes() for each in again] == [each.poses.keypoints.tobytes() for each in results]


@pytest.mark.parametrize("fps", [15, 30])
def test_smoothed_by_stretches_a_long_recording_is_smoothed_as_a_whole(tape, monkeypatch, fps):
    """Somebody walks to and fro, shakes, is hidden and loses left and right, for six stretches."""
    monkeypatch.setattr(recollections, "STRETCH", 8.0)
    rng = np.random.default_rng(3)
    times = np.arange(round(50 * fps)) / fps
    points = 200 + 60 * rng.uniform(size=(17, 2)) * [1, 4] + rng.normal(0, 1, (len(times), 17, 2))
    points[..., 0] += 90 * np.sin(times)[:, None]
    for start in range(20, len(times) - 20, 60):
        points[start : start + 4] = points[start : start + 4, COCO17.mirror_order]
        points[start + 20, ::3] += 150
    scores = np.full((len(times), 17), 0.9)
    scores[30::45, 9] = 0
    points[scores == 0] = np.nan
    box, here = np.array([[100, 100, 400, 600]]), np.ones(1, bool)
    results = [
        vl.FrameResult(
            frame(index, fps=fps),
            vl.Tracks(box, [1], here),
            vl.Poses(points[[index]], scores[[index]], [1], box, COCO17),
        )
        for index in range(len(times))
    ]
    again = remember(record(tape, results), results)
    seen = zero_phase(
        [each.frame.time for each in results],
        [each.poses.keypoints[0] for each in results],
        [each.poses.scores[0] for each in results],
        COCO17.mirror_pairs,
    )
    np.testing.assert_allclose([each.poses.keypoints[0] for each in again], seen.points, atol=0.01)
    np.testing.assert_array_equal([each.poses.scores[0] for each in again], seen.scores.astype(np.float32))


def test_memory_does_not_grow_with_the_recording(monkeypatch):
    """The tape is a file; of what is smoothed one stretch at a time is in memory."""
    monkeypatch.setattr(recollections, "STRETCH", 2.0)
    monkeypatch.setattr(recollections, "MARGIN", 1.0)
    monkeypatch.setattr(tapes, "IN_MEMORY", 1)
    monkeypatch.setattr(
        "vitpose_live.tracking.zero_phase.zero_phase", lambda times, points, scores, _: Steadied(points, scores)
    )
    one, most = found(0, *range(1, 9)), {}
    for frames in (200, 800):
        results = [replace(one, frame=frame(index)) for index in range(frames)]
        with Tape(COCO17) as tape:
            tracemalloc.start()
            try:
                recollection = Recollection(record(tape, results))
                for each in results:
                    recollection.follow(recollection.look(each.frame))
                most[frames] = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
    assert most[800] - most[200] < 500 * 600  # eight people take 2 kB a frame; what differs by chance is some 60 kB


class FullDisk:
    """A file on a disk without room: what is written is held back, as in any buffer, and refused when it must go."""

    def write(self, _):
        pass

    def flush(self, *_):
        raise OSError(errno.ENOSPC, "No space left on device")

    seek = close = flush


@pytest.mark.parametrize("told", [Tape.close, lambda tape: tape.cut(0, 1)], ids=["at the end", "when it is read"])
def test_a_full_disk_says_where_whenever_it_shows(told):
    def fill():
        with Tape(COCO17) as tape:
            tape._file.close()
            tape._file = FullDisk()
            tape.write(found(0, 1))
            told(tape)

    with pytest.raises(OutputError, match="temporary folder: No space left") as said:
        fill()
    assert "TMPDIR" in said.value.hint


@pytest.mark.parametrize("other", [frame(3), vl.Frame(np.zeros((6, 8, 3), np.uint8), 1, 0.5)])
def test_a_source_that_is_another_one_the_second_time_is_an_error(tape, other):
    recollection = Recollection(record(tape, [found(0), found(1)]))
    recollection.follow(recollection.look(frame(0)))
    with pytest.raises(SourceError, match="changed"):
        recollection.follow(recollection.look(other))


def test_a_source_that_is_shorter_the_second_time_is_an_error(tape):
    again = Again(ListSource([frame(0)]), record(tape, [found(0), found(1)]), pictures=True)
    with pytest.raises(SourceError, match="ended after 1 frames"):
        list(again)


def test_without_anybody_who_looks_at_pictures_none_is_decoded(tape):
    def refuse(_):
        raise AssertionError("decoded")

    again = Again(ListSource([frame(0)], before=refuse), record(tape, [found(0), found(1)]), pictures=False)
    assert [each.index for each in again] == [0, 1]
    assert again.info.frame_count == 2
