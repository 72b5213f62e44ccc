import math

import numpy as np
import pytest
from fitness_people import BLAZE, COCO, bells, curl, mirrored, person, squat

from vitpose_live.data import Skeleton, load_skeleton
from vitpose_live.errors import SettingsError
from vitpose_live.fitness.counting import ExerciseCounter, Phase, Progress
from vitpose_live.fitness.exercise_files import load_exercise


def follow(exercise, pose, seconds, fps=30.0, skeleton=COCO, scores=None, change=lambda points: points):
    """Observe `pose(t)`; return the counter, all its progress and all repetitions that came to an end."""
    counter, seen, finished = ExerciseCounter(load_exercise(exercise), skeleton), [], []
    for index in range(round(seconds * fps)):
        points = change(pose(index / fps))
        score = np.where(np.isfinite(points).all(axis=1), 0.9, 0.0)
        seen.append(counter.observe(points, score if scores is None else scores(index / fps, score), index / fps))
        finished += seen[-1].finished
    return counter, seen, finished


def squats(t):
    return squat(COCO, bells(t, 5))


def counts(progress):
    return progress.repetitions, progress.partial_repetitions


@pytest.mark.parametrize("fps", [10, 30, 120])
def test_squats_are_counted(fps):
    counter, seen, finished = follow("squat", squats, 16, fps)
    assert counts(counter.progress) == (5, 0)
    assert [progress.repetitions for progress in seen] == sorted(progress.repetitions for progress in seen)
    assert len(finished) == 5
    for number, repetition in enumerate(finished):
        assert repetition.complete
        assert repetition.side == "together"
        assert repetition.start == pytest.approx(3 * number + 1.2, abs=0.3)
        assert repetition.end == pytest.approx(3 * number + 2.8, abs=0.4)


@pytest.mark.parametrize("name", ["coco17", "wholebody133", "blazepose33", "synthpose52"])
def test_any_skeleton_with_the_joints_will_do(name):
    skeleton = load_skeleton(name)
    counter, _, _ = follow("squat", lambda t: squat(skeleton, bells(t, 3)), 10, skeleton=skeleton)
    assert counts(counter.progress) == (3, 0)


def test_a_skeleton_without_them_will_not():
    with pytest.raises(SettingsError, match=r"squat.*shoulder.*hands") as caught:
        ExerciseCounter(load_exercise("squat"), Skeleton("hands", ("left_wrist", "right_wrist")))
    assert caught.value.hint


def test_a_mirror_changes_nothing():
    _, seen, finished = follow("squat", squats, 16)
    _, other, others = follow("squat", squats, 16, change=lambda points: mirrored(points, COCO))
    assert [(p.phase, *counts(p)) for p in seen] == [(p.phase, *counts(p)) for p in other]
    np.testing.assert_allclose([p.level for p in seen], [p.level for p in other], atol=1e-9)
    assert finished == others


@pytest.mark.parametrize("scale", [(0.3, 0.3), (12, 12), (3, 1), (1, 4)])
def test_size_place_and_stretch_change_no_count(scale):
    counter, _, _ = follow("squat", squats, 16, change=lambda points: points * scale + (400, 300))
    assert counts(counter.progress) == (5, 0)


def test_the_phases_of_a_squat_and_of_a_raise():
    def order(exercise, pose):
        seen = [progress.phase for progress in follow(exercise, pose, 2 * 2.5 + 0.3)[1] if progress.phase is not None]
        return [phase for phase, before in zip(seen, [None, *seen], strict=False) if phase is not before]

    assert order("squat", lambda t: squat(COCO, bells(t, 2, rest=0.5))) == [
        Phase.REST, Phase.DOWN, Phase.BOTTOM, Phase.UP, Phase.TOP, Phase.DOWN, Phase.BOTTOM, Phase.UP, Phase.TOP,
    ]  # fmt: skip
    assert order("biceps_curl_left", lambda t: curl(COCO, bells(t, 2, rest=0.5), 0)) == [
        Phase.REST, Phase.UP, Phase.TOP, Phase.DOWN, Phase.BOTTOM, Phase.UP, Phase.TOP, Phase.DOWN, Phase.BOTTOM,
    ]  # fmt: skip


@pytest.mark.parametrize(("exercise", "pose"), [("squat", squat), ("biceps_curl_left", lambda s, x: curl(s, x, 0))])
def test_going_down_is_eccentric_whichever_way_it_begins(exercise, pose):
    def share(t):
        return float(np.interp(t, [1, 3, 3.6, 4.4], [0, 1, 1, 0]))  # slowly there, quickly back

    _, _, (repetition,) = follow(exercise, lambda t: pose(COCO, share(t)), 7)
    slow, quick = repetition.eccentric_s, repetition.concentric_s
    if exercise != "squat":
        slow, quick = quick, slow
    assert slow == pytest.approx(1.6, abs=0.4)
    assert quick == pytest.approx(0.7, abs=0.3)
    assert repetition.pause_s == pytest.approx(0.9, abs=0.4)


def test_curls_of_either_arm_and_of_both():
    def alternating(t):
        return curl(COCO, bells(t, 4), bells(t - 1.5, 4) if t > 1.5 else 0)

    assert counts(follow("biceps_curl", lambda t: curl(COCO, bells(t, 4), 0), 14)[0].progress) == (4, 0)
    assert counts(follow("biceps_curl", lambda t: curl(COCO, 0, bells(t, 4)), 14)[0].progress) == (4, 0)
    assert counts(follow("biceps_curl", lambda t: curl(COCO, bells(t, 4), bells(t, 4)), 14)[0].progress) == (4, 0)
    assert counts(follow("biceps_curl", alternating, 16)[0].progress) == (8, 0)
    assert counts(follow("biceps_curl_left", alternating, 16)[0].progress) == (4, 0)
    assert {repetition.side for repetition in follow("biceps_curl", alternating, 16)[2]} == {"left", "right"}


@pytest.mark.parametrize("lag", [0.0, 0.2, -0.2])
@pytest.mark.parametrize("fps", [15, 60])
def test_what_both_arms_do_at_once_is_recorded_as_both_ones(lag, fps):
    def shifted(t):
        return bells(t - lag, 4) if t > lag else 0.0

    counter, _, finished = follow("biceps_curl", lambda t: curl(COCO, bells(t, 4), shifted(t)), 14, fps=fps)
    assert counts(counter.progress) == (4, 0)
    assert [repetition.side for repetition in finished] == ["both"] * 4


def test_both_arms_and_then_one_are_told_apart():
    def right(t):
        return bells(t, 2)

    _, _, finished = follow("biceps_curl", lambda t: curl(COCO, bells(t, 4), right(t)), 14)
    assert [repetition.side for repetition in finished] == ["both", "both", "left", "left"]


def test_the_end_of_a_recording_is_not_seen_late_by_the_low_pass():
    """The last picture may show more of the way back than what is counted by."""
    without, closed = [], []
    for pictures in range(30, 60):  # the bottom is at 1.4 s
        counter, _, _ = follow("squat", lambda t: squat(COCO, bells(t, 1, seconds=0.8)), pictures / 30)
        without.append(counter.progress.repetitions)
        finished = len(counter.close())
        closed.append(counter.progress.repetitions)
        assert finished >= closed[-1] - without[-1]
        assert counter.close() == ()
        assert counter.progress.repetitions == closed[-1]
    assert closed == sorted(closed)
    assert 2 <= sum(closed) - sum(without) <= 4
    assert not any(closed[:16])  # nobody is counted at the bottom


def test_alternating_curls_are_the_same_in_a_mirror():
    def left(t):
        return curl(COCO, bells(t, 4), 0)

    counter, _, finished = follow("biceps_curl", left, 14, change=lambda points: mirrored(points, COCO))
    assert counts(counter.progress) == (4, 0)
    assert {repetition.side for repetition in finished} == {"right"}


@pytest.mark.parametrize("begin", np.arange(9, 12, 0.25))
def test_hidden_legs_do_not_change_the_count(begin):
    legs = [COCO.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("knee", "ankle")]

    def hide(t, scores):
        hidden = np.isin(np.arange(len(scores)), legs) & (begin <= t < begin + 1)
        return np.where(hidden, 0.1, scores)

    assert counts(follow("squat", squats, 16, scores=hide)[0].progress) == (5, 0)


def test_low_visibility_freezes_and_never_counts():
    counter, seen, finished = follow("squat", squats, 16, scores=lambda t, scores: np.full_like(scores, 0.2))
    assert counts(counter.progress) == (0, 0)
    assert finished == []
    assert all(progress.phase is None and math.isnan(progress.level) for progress in seen)


def test_what_was_counted_stays_when_nothing_is_visible():
    counter, seen, _ = follow("squat", squats, 20, scores=lambda t, scores: scores * (t < 8.9))
    assert seen[-1] == Progress(repetitions=seen[-1].repetitions, level=pytest.approx(math.nan, nan_ok=True))
    assert counter.progress.repetitions == 3


@pytest.mark.parametrize("nobody", [np.nan, 0.0])
def test_nobody_counts_for_nothing(nobody):
    counter = ExerciseCounter(load_exercise("squat"), COCO)
    scores = np.zeros(17) if np.isnan(nobody) else np.ones(17)
    for index in range(300):
        assert counter.observe(np.full((17, 2), nobody), scores, index / 30).repetitions == 0
    assert counter.progress.phase is None


def test_half_a_squat_after_whole_ones_is_partial():
    def depth(t):
        return bells(t, 3) if t < 9 else 0.6 * bells(t - 9, 1)

    counter, _, finished = follow("squat", lambda t: squat(COCO, depth(t)), 14)
    assert counts(counter.progress) == (3, 1)
    assert [repetition.complete for repetition in finished] == [True, True, True, False]
    assert finished[-1].range_of_motion < 0.4 * finished[0].range_of_motion


def test_a_wall_sit_is_timed():
    counter, seen, finished = follow("wall_sit", lambda t: squat(COCO, float(2 <= t < 10)), 14)
    assert max(progress.held_s for progress in seen) == pytest.approx(8, abs=0.2)
    assert counts(counter.progress) == (1, 0)
    assert [(hold.start, hold.end) for hold in finished] == [(pytest.approx(2, abs=0.1), pytest.approx(10, abs=0.1))]
    assert finished[0].pause_s == pytest.approx(8, abs=0.2)


def test_reset_forgets():
    counter, _, _ = follow("squat", squats, 16)
    counter.reset()
    assert counter.progress.repetitions == 0
    assert counter.observe(person(COCO), np.ones(17), 0.0).repetitions == 0


def test_the_end_of_a_recording_closes_what_is_going_on():
    counter, _, finished = follow("squat", squats, 2.7)
    assert counter.progress.repetitions == 1
    assert finished == []
    assert len(counter.close()) == 1
    assert counter.close() == ()


def test_blazepose_has_feet_for_calf_raises():
    def raised(t):
        return person(BLAZE, heel=(13, 6 - 14 * bells(t, 4)), ankle=(14, -12 * bells(t, 4)))

    assert counts(follow("calf_raise", raised, 14, skeleton=BLAZE)[0].progress) == (4, 0)
    with pytest.raises(SettingsError, match="foot_index"):
        ExerciseCounter(load_exercise("calf_raise"), COCO)
