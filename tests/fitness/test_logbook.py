"""The logbook: what the coach says, gathered into people, sets and traces."""

import math

import pytest

from vitpose_live.data import Feedback, RepetitionRecord
from vitpose_live.fitness.angles import ANGLES
from vitpose_live.fitness.exercise_files import exercise_names, load_exercise
from vitpose_live.fitness.logbook import REST_S, Logbook, chosen_traces, joints_of


def repetition(start, end, exercise="squat", **more):
    return RepetitionRecord(exercise, start, end, 0.5, 0.1, 0.5, 1.0, **more)


def say(track, count, *finished, exercise="squat", **more):
    return Feedback(track, exercise, repetitions=count, finished=finished, **more)


def test_nobody_is_an_empty_book():
    book = Logbook()
    assert book.observe((), 0.0) == ()
    assert book.counts == {}
    assert book.sets == ()


def test_everybody_who_was_coached_is_counted_also_with_nothing():
    book = Logbook()
    book.observe([say(1, 0), say(2, 1, repetition(0, 1))], 1.0)
    book.observe([say(1, 0)], 2.0)
    assert book.counts == {1: 0, 2: 1}


def test_who_was_there_for_a_moment_and_did_nothing_is_nobody():
    book = Logbook()
    for time in (0.0, 0.5, 0.9):
        book.observe([say(1, 0), say(2, 0), say(3, 0)] if time else [say(1, 0)], time)
    book.observe([say(1, 0), say(3, 1, repetition(0.5, 1))], 1.0)
    assert book.counts == {1: 0, 3: 1}


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_the_order_of_people_does_not_matter(order):
    book = Logbook()
    words = {1: say(1, 1, repetition(0, 1)), 2: say(2, 1, repetition(0.5, 1.2))}
    book.observe([words[track] for track in order], 1.2)
    assert book.counts == {1: 1, 2: 1}
    assert {one.person: [each.start for each in one.repetitions] for one in book.sets} == {1: [0], 2: [0.5]}


def test_a_person_under_another_track_is_the_same():
    book = Logbook()
    book.observe([say(1, 3, repetition(0, 1))], 1.0)
    book.observe([say(7, 4, repetition(1.5, 2.5), person=1)], 2.5)
    assert book.counts == {1: 4}
    assert [(one.person, len(one.repetitions)) for one in book.sets] == [(1, 2)]


def test_people_of_equal_counts_who_change_tracks_at_once_are_not_exchanged():
    book = Logbook()
    book.observe([say(1, 3, repetition(0, 1)), say(2, 3, repetition(0.2, 1))], 1.0)
    book.observe([say(7, 4, repetition(1.5, 2.5), person=2), say(8, 3, person=1)], 2.5)
    assert book.counts == {1: 3, 2: 4}
    assert {one.person: [each.start for each in one.repetitions] for one in book.sets} == {1: [0], 2: [0.2, 1.5]}


def test_a_count_given_back_to_who_was_taken_for_another():
    book = Logbook()
    book.observe([say(1, 3)], 1.0)
    book.observe([say(2, 3, person=1)], 1.5)
    book.observe([say(1, 4, repetition(2, 3)), say(2, 1, repetition(2, 3))], 3.0)
    assert book.counts == {1: 4, 2: 1}


def test_somebody_who_stays_in_the_picture_hands_nothing_over():
    book = Logbook()
    book.observe([say(1, 3)], 1.0)
    book.observe([say(1, 3), say(2, 3)], 1.5)
    assert book.counts == {1: 3, 2: 3}


def test_a_rest_begins_another_set_and_another_exercise_too():
    book = Logbook()
    book.observe([say(1, 1, repetition(0, 1))], 1.0)
    book.observe([say(1, 2, repetition(1 + REST_S - 0.1, 9))], 9.0)
    book.observe([say(1, 3, repetition(9 + REST_S + 0.1, 20))], 20.0)
    book.observe([say(1, 1, repetition(20, 21, "lunge"), exercise="lunge")], 21.0)
    assert [(one.exercise, one.count) for one in book.sets] == [("squat", 2), ("squat", 1), ("lunge", 1)]


def test_a_slow_repetition_after_a_short_rest_belongs_to_its_set():
    book = Logbook()
    book.observe([say(1, 1, repetition(0, 1))], 1.0)
    for tenth in range(11, 240):
        book.observe([say(1, 1)], tenth / 10)
    book.observe([say(1, 2, repetition(4, 24))], 24.0)
    assert [one.count for one in book.sets] == [2]


def test_partial_repetitions_are_kept_apart():
    book = Logbook()
    book.observe([say(1, 1, repetition(0, 1), repetition(1, 2, complete=False))], 2.0)
    assert (book.sets[0].count, book.sets[0].partial, book.counts) == (1, 1, {1: 1})


def test_entries_say_where_in_the_book_they_are():
    book = Logbook()
    first = book.observe([say(1, 1, repetition(0, 1))], 1.0)
    other = book.observe([say(1, 1), say(2, 1, repetition(0, 2))], 2.0)
    third = book.observe([say(1, 2, repetition(2, 3)), say(2, 1)], 3.0)
    assert [(one.number, one.place, one.person) for one in (*first, *other, *third)] == [
        (0, 0, 1), (1, 0, 2), (0, 1, 1),
    ]  # fmt: skip


def test_a_jump_back_begins_anew_and_keeps_the_sets():
    book = Logbook()
    book.observe([say(1, 5, repetition(8, 9))], 9.0)
    book.observe([say(1, 0)], 1.0)
    book.observe([say(1, 1, repetition(1, 2))], 2.0)
    assert book.counts == {1: 1}
    assert [one.start for one in book.sets] == [8, 1]


@pytest.mark.parametrize("fps", [10, 30, 120])
def test_traces_are_those_of_the_set_at_any_rate(fps):
    book = Logbook()
    for frame in range(8 * fps):
        time = frame / fps
        angles = {"left_knee": 180 - 40 * math.sin(time) ** 2, "right_knee": 180.0, "knee_flexion": 90 * math.sin(time)}
        done = (repetition(3, 5),) if frame == 5 * fps else ()
        book.observe([say(1, int(time >= 5), *done, angles=angles, measures={"knee_flexion": 1.0})], time)
    traces = book.sets[0].traces
    assert set(traces) == {
        "left_knee",
        "right_knee",
    }  # the exercise's own measure could not be believed: it never moved
    times = [time for time, _ in traces["left_knee"]]
    assert times[0] == pytest.approx(2, abs=0.2)
    assert times[-1] == pytest.approx(6, abs=0.2)
    assert 25 <= len(times) <= 45


def test_an_hour_of_one_set_does_not_grow_without_end():
    book = Logbook()
    for tenth in range(36000):
        time = tenth / 10
        done = (repetition(time - 2, time),) if tenth % 30 == 29 else ()
        book.observe([say(1, tenth // 30, *done, angles={"left_knee": float(tenth % 90), "right_knee": 0.0})], time)
    assert len(book.sets) == 1
    assert len(book.sets[0].traces["left_knee"]) <= 6000


def test_what_does_not_move_has_no_trace():
    assert chosen_traces([(0.1 * step, {"left_elbow": 90.0, "right_elbow": math.nan}) for step in range(30)]) == {}


def test_traces_are_of_the_joints_that_the_exercise_is_about():
    samples = [(step / 10, {"left_elbow": 10.0 * step, "left_knee": 2.0 * step}) for step in range(10)]
    assert set(chosen_traces(samples)) == {"left_elbow"}
    assert set(chosen_traces(samples, joints_of(load_exercise("squat")))) == {"left_knee"}


@pytest.mark.parametrize("name", exercise_names())
def test_every_exercise_is_about_joints_that_have_an_angle(name):
    assert joints_of(load_exercise(name)) & {row.name.partition("_")[2] for row in ANGLES}


def test_what_was_said_is_kept_with_whom_and_when():
    book = Logbook()
    book.observe([say(1, 2, cues=("Go deeper",))], 1.0)
    book.observe([say(7, 2, cues=("Chest up", "Slower"), person=1)], 2.0)
    assert [(said.time_s, said.track_id, said.cue) for said in book.cues] == [
        (1.0, 1, "Go deeper"), (2.0, 1, "Chest up"), (2.0, 1, "Slower"),
    ]  # fmt: skip
