"""A detection that comes late counts as if it had been on time, and nobody's number changes because of it."""

import numpy as np
import pytest
from contracts.tracker_contract import people
from hypothesis import given, settings
from hypothesis import strategies as st
from tracking.scenes import COCO17, poses_of

from vitpose_live.data import Detections, Poses
from vitpose_live.tracking import BoxTracker

FPS = 30.0


def standing(boxes):
    """(p, 17, 2) joints spread over the boxes (p, 4)."""
    spread = np.stack([np.tile([0.3, 0.5, 0.7], 6)[:17], np.linspace(0.05, 0.95, 17)], axis=1)
    return boxes[:, None, :2] + spread * (boxes[:, 2:] - boxes[:, :2])[:, None]


def walk(frames, count=3):
    """(frames, count, 4) boxes of people who walk beside each other without meeting."""
    time = np.arange(frames)[:, None] / FPS
    start = np.array([[300 * person, 100, 300 * person + 80, 340] for person in range(count)], float)
    speed = np.array([[60 - 40 * person, 5, 60 - 40 * person, 5] for person in range(count)], float)
    return start[None] + time[:, :, None] * speed[None]


class Late:
    """A tracker whose detector answers some frames after it was asked; keeps the ids it showed."""

    def __init__(self, tracker=None):
        self.tracker = tracker or BoxTracker()
        self.past = None

    def ask(self, detections):
        self.past, self.detections, self.since = self.tracker.snapshot(), detections, []

    def answer(self):
        self.tracker.replay(self.past, self.detections, self.since)
        self.past = None

    def step(self, time, points):
        tracks = self.tracker.update(None, time)
        poses = poses_of(tracks, points)
        if self.past is not None:
            self.since.append((time, poses))
        believed = self.tracker.correct(poses)
        return tracks.select(believed)


def on_time(boxes, every):
    tracker, results = BoxTracker(), []
    for step, truth in enumerate(boxes):
        tracks = tracker.update(people(*truth) if step % every == 0 else None, step / FPS)
        tracker.correct(poses_of(tracks, standing(truth)))
        results.append(tracks)
    return results


@pytest.mark.parametrize("late", [1, 3, 7])
def test_the_present_is_what_it_would_be_had_the_answer_been_on_time(late):
    boxes, every = walk(40), 8
    line = Late()
    tracks = line.tracker.update(people(*boxes[0]), 0.0)
    line.tracker.correct(poses_of(tracks, standing(boxes[0])))
    prompt = on_time(boxes, every)
    known = asked = 0
    for step in range(1, len(boxes)):
        if line.past is not None and step - asked == late:
            line.answer()
            known = asked
        if step % every == 0:
            line.ask(people(*boxes[step]))
            asked = step
        tracks = line.step(step / FPS, standing(boxes[step]))
        assert tracks.ids.tolist() == prompt[step].ids.tolist()
        if step // every * every == known:  # the newest detection is known by now
            assert tracks.boxes.tobytes() == prompt[step].boxes.tobytes()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 9), st.sets(st.integers(0, 3))), min_size=1, max_size=12))
def test_a_number_is_one_persons_for_ever(looks):
    """Whatever the delays, and whoever the detector misses."""
    boxes = walk(sum(late for late, _ in looks) + 2, count=4)
    line, owner, step = Late(), {}, 0
    for late, missed in looks:
        seen = [box for person, box in enumerate(boxes[step]) if person not in missed]
        line.ask(people(*seen))
        for _ in range(late):
            tracks = line.step(step / FPS, standing(boxes[step]))
            for identity, box in zip(tracks.ids.tolist(), tracks.boxes, strict=True):
                person = int(np.abs(boxes[step][:, 0] - box[0]).argmin())
                assert owner.setdefault(identity, person) == person
            assert len(set(tracks.ids.tolist())) == len(tracks)
            step += 1
        line.answer()
    assert sorted(owner) == list(range(1, len(owner) + 1))  # and none is wasted


def test_somebody_numbered_meanwhile_keeps_the_number():
    """One may be shown. The first leaves while the detector thinks, so that the second gets a number meanwhile."""
    boxes = walk(27)
    line = Late(BoxTracker(number_people_max=1, coast_blur=9.0))
    line.ask(people(*boxes[0][:2]))
    line.step(0.0, standing(boxes[0][:2]))
    line.answer()
    ids = [line.step(1 / FPS, standing(boxes[1][:2])).ids.tolist()]
    line.ask(people(*boxes[2][1:]))
    for step in range(2, 27):
        if step == 26:
            line.answer()
        ids.append(line.step(step / FPS, standing(boxes[step][1:])).ids.tolist())
    assert ids[0] == [1]
    assert ids[-2] == [2]
    assert ids[-1] == [2]


def test_who_is_found_late_is_numbered_when_shown():
    boxes = walk(20)
    line = Late()
    line.ask(people(*boxes[0]))
    for step in range(5):
        assert len(line.step(step / FPS, standing(boxes[step]))) == 0
    line.answer()
    tracks = line.step(5 / FPS, standing(boxes[5]))
    assert tracks.ids.tolist() == [1, 2, 3]
    assert not tracks.observed.any()


def test_a_newcomer_whose_first_pose_is_hopeless_uses_no_number_up():
    line = Late()
    nobody = np.full((1, 17, 2), -999.0)
    coat, anna = np.array([[900, 100, 1000, 400]], float), np.array([[100, 100, 200, 400]], float)
    line.ask(people(*coat, score=0.5))
    line.step(0.0, nobody)
    line.step(0.1, nobody)
    line.answer()
    assert len(line.step(0.2, nobody)) == 0
    line.ask(people(*anna, score=0.5))
    line.step(0.3, nobody)
    line.answer()
    assert line.step(0.4, standing(anna)).ids.tolist() == [1]


def test_the_snapshot_is_untouched_by_what_follows():
    boxes = walk(12)
    one, other = Late(), Late()
    for line in (one, other):
        tracks = line.tracker.update(people(*boxes[0]), 0.0)
        line.tracker.correct(poses_of(tracks, standing(boxes[0])))
    past = one.tracker.snapshot()
    for step in range(1, 12):  # another future: boxes twice as high, nobody any more
        tall = boxes[step] + np.array([0, 0, 0, 240])
        tracks = one.tracker.update(people(*tall) if step % 2 else Detections.empty(), step / FPS)
        one.tracker.correct(poses_of(tracks, standing(boxes[step])))
    one.tracker.replay(past, people(*boxes[1]), [(1 / FPS, Poses.empty(COCO17))])
    other.tracker.update(people(*boxes[1]), 1 / FPS)
    other.tracker.correct(Poses.empty(COCO17))
    for step in range(2, 12):
        here, there = (line.step(step / FPS, standing(boxes[step])) for line in (one, other))
        assert here.boxes.tobytes() == there.boxes.tobytes()
        assert here.ids.tolist() == there.ids.tolist()


@pytest.mark.parametrize("late", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("pace", [0.0, 15.0])
def test_however_late_the_detector_answers_people_are_shown_and_keep_their_numbers(late, pace):
    """With a detector that takes seconds, everybody found is out of date when they are known."""
    frames, delay = int(12 * FPS), int(late * FPS)
    truth = np.array([[[100 + pace * at / FPS, 100, 200 + pace * at / FPS, 400]] for at in range(frames)])
    tracker, shown = Late(), []
    for step, boxes in enumerate(truth):
        if step % delay == 0:
            if tracker.past is not None:
                tracker.answer()
            tracker.ask(people(*boxes))
        shown.append(tracker.step(step / FPS, standing(boxes)).ids.tolist())
    assert all(ids == [] for ids in shown[:delay])
    assert all(ids == [1] for ids in shown[delay + 1 :])


def test_who_is_found_late_and_is_not_there_any_more_is_soon_let_go():
    tracker, shown = Late(), []
    nobody = np.zeros((1, 17, 2))
    tracker.ask(people([100, 100, 200, 400]))
    for step in range(int(3 * FPS)):
        if step == int(2 * FPS):
            tracker.answer()
        shown.append(tracker.step(step / FPS, np.full_like(nobody, np.nan)).ids.tolist())
    assert sum(ids != [] for ids in shown) <= 1
