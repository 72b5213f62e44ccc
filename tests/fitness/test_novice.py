import numpy as np
import pytest
from fitness.figures import COCO, film

from vitpose_live.data import Feedback, load_skeleton
from vitpose_live.fitness.exercise_files import load_exercise
from vitpose_live.fitness.novice import AT_ONCE, Novice
from vitpose_live.fitness.recognition import UNKNOWN
from vitpose_live.fitness.trainee import Trainee

SET = [(poses.keypoints[0], poses.scores[0], time) for poses, time in film("squat", 80, noise=1.0, seconds=13.0)]


def follow(person, frames):
    """Feedback of every frame, and at the end; a novice is replaced by who they turn out to be."""
    found = []
    for points, scores, time in frames:
        found.append(person.observe(1, points, scores, {}, time))
        person = getattr(person, "known", None) or person
    return found, person


def recognised():
    """A novice of whom it has just become known what they do, and the index of that frame."""
    person = Novice(COCO)
    for index, (points, scores, time) in enumerate(SET):
        person.observe(1, points, scores, {}, time)
        if person._trainee is not None:
            return person, index
    raise AssertionError("never known")


def told(found, last: Feedback | None = None):
    return [record for one in (*found, *([last] if last else [])) for record in one.finished]


def test_once_known_everything_is_as_if_it_had_been_known_before():
    before, _ = follow(Trainee(load_exercise("squat"), COCO), SET)
    after, _ = follow(Novice(COCO), SET)
    known = next(index for index, one in enumerate(after) if one.exercise != UNKNOWN)
    assert 0 < known < len(SET) - 20
    assert [one.repetitions for one in after[:known]] == [0] * known
    for one, other in zip(after[known + 1 :], before[known + 1 :], strict=True):
        assert one == other
    assert [(one.start, one.end, one.range_of_motion, one.fault) for one in told(after)] == [
        (one.start, one.end, one.range_of_motion, one.fault) for one in told(before)
    ]
    assert after[-1].repetitions == 5


def test_no_frame_goes_through_more_than_a_few_poses(monkeypatch):
    observed = []
    original = Trainee.observe

    def counting(self, *arguments):
        observed[-1] += 1
        return original(self, *arguments)

    monkeypatch.setattr(Trainee, "observe", counting)
    person = Novice(COCO)
    for points, scores, time in SET:
        observed.append(0)
        person.observe(1, points, scores, {}, time)
        person = getattr(person, "known", None) or person
    assert max(observed) == AT_ONCE
    assert sum(observed) == len(SET)


@pytest.mark.parametrize("frames", [0, 1, 3])
def test_a_recording_that_ends_while_it_is_gone_through_is_counted_all_the_same(frames):
    person, index = recognised()
    ended = SET[: index + 1 + frames]
    for points, scores, time in ended[index + 1 :]:
        assert person.observe(1, points, scores, {}, time).exercise == UNKNOWN
    last = person.close(1)
    trainee = Trainee(load_exercise("squat"), COCO)
    before, _ = follow(trainee, ended)
    assert (last.exercise, last.repetitions) == ("squat", before[-1].repetitions)
    assert [one.start for one in last.finished] == [one.start for one in told(before, trainee.close(1))]


def test_other_joints_in_the_middle_lose_nothing():
    other = load_skeleton("blazepose33")
    person, index = recognised()
    person = person.renewed(None, other)
    points = np.full((len(other), 2), np.nan, np.float32)
    feedback = person.observe(1, points, np.zeros(len(other), np.float32), {}, SET[index + 1][2])
    assert feedback.exercise == "squat"
    assert feedback.repetitions == len(feedback.finished) >= 2


def test_whoever_does_nothing_is_unknown_to_the_end():
    person = Novice(COCO)
    points, scores, _ = SET[0]
    for step in range(60):
        assert person.observe(1, points, scores, {}, step / 20).exercise == UNKNOWN
    assert person.close(1) == Feedback(1, UNKNOWN)
