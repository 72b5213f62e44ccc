import pytest

from vitpose_live.fitness.guided import GuidedSession, Stage
from vitpose_live.fitness.plan import Plan, PlannedExercise, load_plan

SQUATS = PlannedExercise("squat", sets=2, repetitions=3, rest=10.0)
PLANK = PlannedExercise("plank", hold=4.0, rest=20.0)
PLAN = Plan("Legs", (SQUATS, PLANK), countdown=5.0)


def through(fps, start=0.0, seconds=60.0, plan=PLAN):
    """Do a repetition every second and hold all the time; return when each stage was entered, as was seen."""
    session = GuidedSession(plan)
    entered = []
    for frame in range(round(seconds * fps) + 1):
        time = frame / fps
        moment = session.observe(start + time, int(time), holding=True)
        key = (moment.stage, moment.exercise.name, moment.set_number)
        if not entered or entered[-1][1] != key:
            entered.append((time, key))
    return entered


@pytest.mark.parametrize("fps", [1, 10, 15, 30, 60, 120])
def test_the_session_is_the_same_at_every_frame_rate(fps):
    expected = [
        (0, (Stage.COUNTDOWN, "squat", 1)),
        (5, (Stage.SET, "squat", 1)),  # the repetition counted in this very moment is the first
        (7, (Stage.REST, "squat", 2)),
        (17, (Stage.COUNTDOWN, "squat", 2)),
        (22, (Stage.SET, "squat", 2)),
        (24, (Stage.REST, "plank", 1)),
        (34, (Stage.COUNTDOWN, "plank", 1)),
        (39, (Stage.SET, "plank", 1)),
        (43, (Stage.DONE, "plank", 1)),
    ]
    seen = through(fps)
    assert [key for _, key in seen] == [key for _, key in expected]
    assert [time for time, _ in seen] == pytest.approx([time for time, _ in expected], abs=1.5 / fps)


def test_when_it_begins_does_not_matter():
    assert through(30, start=1000.0) == through(30)


@pytest.mark.parametrize("name", ["first_steps", "squats_3x10", "whole_body"])
def test_every_built_in_plan_comes_to_its_end(name):
    plan = load_plan(name)
    stages = [key[0] for _, key in through(2, seconds=1500, plan=plan)]
    sets = sum(row.sets for row in plan.exercises)
    assert [stages.count(stage) for stage in Stage] == [sets, sets, sets - 1, 1]
    assert stages[-1] is Stage.DONE


def test_seconds_count_down_and_in_a_set_up():
    session = GuidedSession(PLAN)
    assert session.observe(100.0, 0).seconds == 5
    assert session.observe(102.0).seconds == 3
    moment = session.observe(106.5)
    assert (moment.stage, moment.seconds) == (Stage.SET, 1.5)
    session.observe(107.0, 3)
    assert session.moment.stage is Stage.REST
    assert session.observe(109.0, 3).seconds == 8
    assert session.exercise == "squat"


def test_only_repetitions_of_the_set_count():
    session = GuidedSession(PLAN)
    session.observe(0.0, 40)  # counted before
    session.observe(3.0, 42)  # in the countdown
    assert session.observe(6.0, 42).repetitions == 0
    assert session.observe(8.0, 44).repetitions == 2
    assert session.observe(9.0, 45).stage is Stage.REST
    session.observe(12.0, 49)  # in the rest
    session.observe(19.5, 49)
    assert session.observe(25.0, 50).repetitions == 1


def test_a_count_that_begins_anew_goes_on_from_there():
    session = GuidedSession(PLAN)
    session.observe(0.0, 7)
    session.observe(6.0, 8)
    assert session.moment.repetitions == 1
    assert session.observe(7.0, 0).repetitions == 1
    assert session.observe(8.0, 1).repetitions == 2


def test_while_the_count_is_not_known_nothing_is_lost_or_added():
    session = GuidedSession(PLAN)
    session.observe(0.0, 4)
    session.observe(6.0, 4)
    assert session.observe(7.0).repetitions == 0
    assert session.observe(8.0, 5).repetitions == 1


def test_time_that_goes_back_stands_still():
    session = GuidedSession(PLAN)
    session.observe(100.0)
    session.observe(103.0)
    assert session.observe(20.0).seconds == 2
    assert session.observe(21.0).seconds == 1


def test_another_source_does_not_end_a_rest():
    session = GuidedSession(PLAN)
    session.observe(0.0)
    session.observe(2.0)
    session.interrupt()
    assert session.observe(500.0, 12).seconds == 3
    assert session.observe(501.0, 13).repetitions == 0


def test_a_gap_longer_than_everything_leads_to_the_next_set_and_no_further():
    session = GuidedSession(PLAN)
    session.observe(0.0, 0)
    assert session.observe(1000.0, 0).stage is Stage.SET
    session.observe(1001.0, 3)
    moment = session.observe(2000.0, 3)
    assert (moment.stage, moment.set_number) == (Stage.SET, 2)


def test_what_is_held_counts_only_while_it_is_held():
    session = GuidedSession(Plan("Core", (PLANK,), countdown=0.0))
    assert session.observe(0.0).stage is Stage.SET
    session.observe(1.0, holding=True)
    session.observe(10.0)
    moment = session.observe(12.0, 5, holding=True)
    assert (moment.stage, moment.held) == (Stage.SET, 3.0)
    assert session.observe(13.0, holding=True).stage is Stage.DONE


def test_skipping_leads_through_all_of_it():
    session = GuidedSession(PLAN)
    stages = [session.moment.stage]
    while session.moment.stage is not Stage.DONE:
        stages.append(session.skip().stage)
    assert len(stages) == 9
    assert stages[:4] == [Stage.COUNTDOWN, Stage.SET, Stage.REST, Stage.COUNTDOWN]
    assert session.skip().stage is Stage.DONE
    assert session.observe(5.0, 5).stage is Stage.DONE
