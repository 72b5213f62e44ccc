"""The coach's presenter and words, without a window."""

from dataclasses import replace

import numpy as np
import pytest
from ui.scenes import scene

from vitpose_live.data import Feedback
from vitpose_live.fitness.guided import GuidedSession
from vitpose_live.fitness.logbook import REST_S
from vitpose_live.fitness.plan import Plan, PlannedExercise
from vitpose_live.ui.coach_words import CoachWords
from vitpose_live.ui.coaching import PATIENCE, Coaching, Trainee

SMALL, LARGE = (10, 10, 60, 150), (200, 10, 320, 330)
REPETITION = 2.0
"""Seconds."""


def said(track=1, repetitions=0, phase="top", **options):
    return Feedback(track, **({"exercise": "squat", "phase": phase, "repetitions": repetitions} | options))


def shown(coaching, time, *feedback, locked=None, people=((1, LARGE),)):
    coaching.follow(replace(scene(*people, time=time, size=(64, 36)), feedback=feedback), locked)
    return coaching.trainee


def squats(time, track=1):
    """Squats from 0 s on, one every two seconds, a knee bent from 175 to 80 degrees."""
    way = (time % REPETITION) / REPETITION
    phase = ("down", "bottom", "up", "top")[int(way * 4)]
    knee = 127.5 + 47.5 * np.cos(2 * np.pi * way)
    return said(track, int(time / REPETITION), phase, angles={"left_knee": knee, "trunk_lean": 20.0})


def at_rest(time, track=1, repetitions=0):
    return said(track, repetitions, "rest", angles={"left_knee": 175.0, "trunk_lean": 5.0})


def trained(coaching, start, end, fps=30, what=squats, **options):
    for step in range(round(start * fps), round(end * fps)):
        shown(coaching, step / fps, what(step / fps), **options)
    return coaching.trainee


def test_nobody_trains():
    coaching = Coaching()
    assert coaching.trainee is None
    assert coaching.trainees == ()
    assert shown(coaching, 0.0, people=()) is None
    assert coaching.take_spoken() == ""


def test_what_the_coach_says_is_what_is_shown():
    trainee = shown(Coaching(), 0.0, said(1, 7, "up", partial_repetitions=2, cues=("Go deeper", "Slower")))
    assert (trainee.track, trainee.exercise, trainee.repetitions, trainee.partial) == (1, "squat", 7, 2)
    assert (trainee.phase, trainee.cue, trainee.present) == ("up", "Go deeper", True)


@pytest.mark.parametrize("fps", [10, 15, 30, 60, 120])
def test_sets_and_rests_are_told_by_the_clock_of_the_pictures(fps):
    coaching = Coaching()
    trainee = trained(coaching, 0, 3, fps, at_rest)
    assert (trainee.set_number, trainee.seconds) == (0, 0.0)
    trainee = trained(coaching, 3, 13, fps, lambda time: squats(time - 3))
    assert (trainee.set_number, trainee.resting) == (1, False)
    assert trainee.seconds == pytest.approx(10, abs=2 / fps)
    trainee = trained(coaching, 13, 18, fps, lambda time: at_rest(time, repetitions=5))
    assert not trainee.resting
    trainee = trained(coaching, 18, 40, fps, lambda time: at_rest(time, repetitions=5))
    assert trainee.resting
    assert trainee.seconds == pytest.approx(27, abs=1)
    trainee = trained(
        coaching, 40, 44, fps, lambda time: replace(squats(time - 40), repetitions=5 + int((time - 40) / 2))
    )
    assert (trainee.set_number, trainee.resting) == (2, False)
    assert trainee.seconds == pytest.approx(4, abs=2 / fps)


def test_a_movement_without_a_repetition_is_no_set():
    coaching = Coaching()
    shown(coaching, 0.0, said(phase="down"))
    trained(coaching, 0.1, 2 * REST_S, what=at_rest)
    assert coaching.trainee.resting
    assert shown(coaching, 2 * REST_S, said(phase="down")).set_number == 1


def test_the_best_is_the_furthest_from_rest_either_way():
    for home, far in ((175.0, 82.0), (12.0, 171.0)):
        coaching = Coaching()
        shown(coaching, 0.0, said(phase="rest", angles={"left_knee": home}))
        assert np.isnan(coaching.trainee.angles[0].best)
        for step, degrees in enumerate((0.5 * (home + far), far, 0.3 * home + 0.7 * far, float("nan")), 1):
            shown(coaching, 0.1 * step, said(phase="down", angles={"left_knee": degrees}))
        (angle,) = coaching.trainee.angles
        assert angle.best == far
        assert np.isnan(angle.degrees)
        assert np.isnan(angle.share)
        (angle,) = shown(coaching, 0.6, said(phase="up", angles={"left_knee": 0.5 * (home + far)})).angles
        assert angle.share == pytest.approx(0.5)


def test_a_new_set_has_a_best_of_its_own():
    coaching = Coaching()
    trained(coaching, 0, 4)
    assert coaching.trainee.angles[0].best == pytest.approx(80, abs=0.5)
    trained(coaching, 4, 12, what=lambda time: at_rest(time, repetitions=2))
    half = replace(squats(0.6), angles={"left_knee": 120.0}, repetitions=2)
    assert shown(coaching, 12.0, half).angles[0].best == 120


def test_the_first_angle_is_shown_with_that_of_the_other_side():
    angles = {"right_elbow": 30.0, "trunk_lean": 4.0, "left_elbow": float("nan"), "left_knee": 170.0}
    trainee = shown(Coaching(), 0.0, said(angles=angles))
    assert [angle.name for angle in trainee.angles] == ["right_elbow", "left_elbow"]
    assert shown(Coaching(), 0.0, said(angles={"trunk_lean": 4.0, "left_knee": 1.0})).angles[0].name == "trunk_lean"
    assert shown(Coaching(), 0.0, said()).angles == ()


OWN = {"left_knee": 90.0, "trunk_lean": 2.0, "knee_flexion": 85.0, "hip_flexion": 70.0, "torso_twist": 1.0}


def test_the_exercise_s_own_angles_come_first_and_only_what_can_be_believed():
    coaching = Coaching(lambda exercise: {"knee_flexion": 100.0, "hip_flexion": float("nan")})
    shown(coaching, 0.0, said(phase="rest", angles=OWN, measures={"knee_flexion": 10.0}))
    knee, hip = shown(coaching, 0.1, said(phase="down", angles=OWN, measures={"knee_flexion": 55.0})).angles
    assert (knee.name, knee.degrees, knee.best, knee.target) == ("knee_flexion", 55.0, 55.0, 100.0)
    assert knee.share == pytest.approx(0.5)  # of the way to the target, whatever the best is
    assert hip.name == "hip_flexion"
    assert np.isnan([hip.degrees, hip.best, hip.target, hip.share]).all()
    (knee, _) = shown(coaching, 0.2, said(angles=OWN)).angles
    assert np.isnan(knee.degrees)
    assert knee.best == 55


def test_what_is_to_stay_as_it_is_has_no_best():
    coaching = Coaching(lambda exercise: {"knee_flexion": 0.0})
    angles = {"knee_flexion": 0.0}
    shown(coaching, 0.0, said(phase="rest", angles=angles, measures={"knee_flexion": 3.0}))
    (knee,) = shown(coaching, 0.1, said(phase="down", angles=angles, measures={"knee_flexion": 25.0})).angles
    assert (knee.degrees, knee.target) == (25.0, 0.0)
    assert np.isnan([knee.best, knee.share]).all()


def test_level_and_hold_are_the_coach_s_while_somebody_is_there():
    coaching = Coaching()
    trainee = shown(coaching, 0.0, said(phase="bottom", level=0.8, held_s=4.5))
    assert (trainee.level, trainee.held, trainee.holding) == (0.8, 4.5, True)
    trainee = shown(coaching, 0.1, people=())
    assert np.isnan(trainee.level)
    assert (trainee.held, trainee.holding) == (0.0, False)


# --- several people --------------------------------------------------------------------------------------------------


def test_the_one_locked_on_to_is_in_the_foreground_else_the_largest_and_they_stay():
    coaching = Coaching()
    both = (said(1, 3), said(2, 5))
    people = (1, SMALL), (2, LARGE)
    assert shown(coaching, 0.0, *both, people=people).track == 2
    assert shown(coaching, 0.1, *both, people=people, locked=1).track == 1
    assert shown(coaching, 0.2, *both, people=people).track == 1
    assert shown(coaching, 0.3, *both, people=people, locked=9).track == 1
    assert [(each.track, each.repetitions) for each in coaching.trainees] == [(1, 3), (2, 5)]


def test_the_order_of_people_does_not_matter():
    one, other = Coaching(), Coaching()
    people = (1, SMALL), (2, LARGE)
    for step in range(120):
        time = step / 30
        both = squats(time, 1), at_rest(time, 2)
        shown(one, time, *both, people=people)
        shown(other, time, *both[::-1], people=people[::-1])
        assert one.trainees == other.trainees
        assert one.trainee == other.trainee


def test_somebody_who_walks_through_changes_nothing():
    alone, visited = Coaching(), Coaching()
    for step in range(300):
        time = step / 30
        shown(alone, time, squats(time))
        visitor = (said(2, 0, "rest"),) if 60 < step < 150 else ()
        shown(visited, time, squats(time), *visitor, people=((1, SMALL), (2, LARGE)))
        assert visited.trainee == alone.trainee


def test_dropped_pictures_change_no_more_than_the_moment_of_the_best():
    whole, dropped = Coaching(), Coaching()
    rng = np.random.default_rng(5)
    for step in range(301):
        time = step / 30
        shown(whole, time, squats(time))
        if rng.random() > 0.3 or step in (0, 300):
            shown(dropped, time, squats(time))
    assert dropped.trainee.seconds == whole.trainee.seconds
    assert dropped.trainee.set_number == whole.trainee.set_number
    assert dropped.trainee.angles[0].best == pytest.approx(whole.trainee.angles[0].best, abs=2)


def test_who_is_lost_is_shown_for_a_while_and_then_no_more():
    coaching = Coaching()
    trained(coaching, 0, 5)
    trainee = shown(coaching, 6.0, people=())
    assert (trainee.repetitions, trainee.present, trainee.phase) == (2, False, "")
    assert all(np.isnan(angle.degrees) for angle in trainee.angles)
    assert shown(coaching, 5.1 + PATIENCE, people=()) is None


def test_who_is_coached_on_under_another_id_goes_on():
    coaching = Coaching()
    trained(coaching, 0, 5)
    shown(coaching, 5.5, people=())
    trainee = shown(coaching, 6.0, replace(squats(5.9), track_id=8), people=((8, LARGE),))
    assert (trainee.track, trainee.set_number) == (8, 1)
    assert trainee.seconds == pytest.approx(6.0)
    assert trainee.angles[0].best == pytest.approx(80, abs=0.5)
    # but somebody else with the same count is not taken for them
    shown(coaching, 6.1, replace(squats(6.0), track_id=9, person=9), people=((9, LARGE),))
    assert {each.track: each.set_number for each in coaching.trainees} == {8: 1, 9: 1}
    assert coaching.trainees[1].seconds == 0


def test_people_of_equal_counts_who_change_tracks_at_once_are_not_exchanged():
    coaching = Coaching()
    shown(coaching, 0.0, said(1, 3), said(2, 3), people=((1, LARGE), (2, SMALL)))
    swapped = said(7, 3, person=2), said(8, 3, person=1)
    assert shown(coaching, 0.1, *swapped, people=((7, SMALL), (8, LARGE))).track == 8
    assert shown(coaching, 0.2, *swapped, people=((7, SMALL), (8, LARGE)), locked=7).track == 7


def test_another_exercise_a_new_count_and_a_jump_begin_anew():
    coaching = Coaching()
    trained(coaching, 0, 5)
    assert shown(coaching, 5.0, said(1, 2, "rest", exercise="lunge")).set_number == 0
    trained(coaching, 6, 12)
    assert shown(coaching, 12.0, said(1, 0, "rest")).set_number == 0
    for jump in (1.0, 500.0):
        trained(coaching, 12, 18)
        assert shown(coaching, jump, said(1, 8, "rest")).set_number == 0
        coaching.clear()
    assert coaching.trainee is None


# --- what is said aloud ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fps", [10, 30, 120])
def test_a_cue_is_spoken_at_most_once_per_repetition(fps):
    coaching, spoken = Coaching(), []
    for step in range(10 * fps):
        time = step / fps
        squat = squats(time)
        cues = ("Go deeper", "Slower") if squat.phase == "up" else ("Slower",) if squat.phase == "top" else ()
        shown(coaching, time, replace(squat, cues=cues))
        spoken.append(coaching.take_spoken())
    assert [text for text in spoken if text] == ["Go deeper"] * 5


def test_only_the_one_in_the_foreground_is_spoken_to():
    coaching = Coaching()
    shown(coaching, 0.0, said(1), said(2, cues=("Slower",)), people=((1, LARGE), (2, SMALL)))
    assert coaching.take_spoken() == ""
    shown(coaching, 0.1, said(1), said(2, cues=("Slower",)), people=((1, LARGE), (2, SMALL)), locked=2)
    assert coaching.take_spoken() == "Slower"


# --- words -----------------------------------------------------------------------------------------------------------


def someone(**options):
    return Trainee(
        **(
            {"track": 2, "exercise": "front_squat", "phase": "up", "repetitions": 7, "partial": 0, "present": True}
            | options
        )
    )


def test_words_of_a_person():
    words = CoachWords()
    assert (words.count(None), words.count(someone())) == ("0", "7")
    assert tuple(words.under_count(each) for each in (None, someone(), someone(partial=2))) == ("", "", "+ 2 partial")
    assert (words.count(someone(held=12.7)), words.under_count(someone(held=12.7))) == ("12", "seconds")
    assert words.phase(None) == ("", 0.0)
    assert words.phase(someone(level=0.4)) == ("up", 0.4)
    assert words.phase(someone(held=3.0, level=1.0)) == ("hold", 1.0)
    assert words.person(someone()) == "Person 2 · Front squat · 7"
    assert words.timer(None) == words.timer(someone()) == ""
    assert words.timer(someone(set_number=2, resting=False, seconds=65.2)) == "Set 2 · 1:05"
    assert words.timer(someone(set_number=2, resting=True, seconds=9.9)) == "Rest 0:09"
    assert "exercise" in words.hint(None, coached=False)
    assert "picture" in words.hint(None, coached=True)
    assert "out of" in words.hint(someone(present=False), coached=True)
    assert words.hint(someone(), coached=True) == ""


def test_words_of_a_guided_session():
    words = CoachWords()
    squat, plank = PlannedExercise("squat", 2, repetitions=3, rest=30.0), PlannedExercise("plank", hold=20.0)
    session = GuidedSession(Plan("Legs", (squat, plank), 5.0))
    lines = []

    def note():
        moment = session.moment
        lines.append(
            (words.step(moment), words.session_count(moment), words.session_goal(moment), words.session_timer(moment))
        )

    session.observe(0.0, 0)
    session.observe(1.2, 0)
    note()
    session.observe(8.0, 1)
    note()
    session.observe(9.0, 3)
    session.observe(9.5, 3)
    note()
    for _ in range(5):
        session.skip()
    session.observe(11.0)
    session.observe(15.5, holding=True)
    note()
    session.skip()
    note()
    assert lines == [
        ("Get ready: Squat, set 1 of 2", "4", "seconds", ""),
        ("Squat, set 1 of 2", "1", "of 3", "Set 1 · 0:03"),
        ("Rest. Next: Squat, set 2 of 2", "30", "seconds", ""),
        ("Plank, set 1 of 1", "4", "of 20 s", "Set 1 · 0:06"),
        ("Done. Well trained!", "✓", "", ""),
    ]
