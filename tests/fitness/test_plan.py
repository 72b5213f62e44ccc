import tomllib

import pytest

from vitpose_live.errors import SettingsFileError, UnknownNameError
from vitpose_live.fitness.plan import Plan, PlannedExercise, load_plan, plan_names, read_plan

WHOLE = """
title = "Legs"
countdown_s = 3
[[exercises]]
name = "squat"
sets = 3
repetitions = 10
rest_s = 60
[[exercises]]
name = "plank"
hold_s = 30.5
"""


@pytest.fixture
def plan_of(tmp_path):
    def read(text, *names):
        path = tmp_path / "legs.toml"
        path.write_text(text, "utf-8")
        return read_plan(path, names or None)

    return read


def test_a_plan_is_what_the_file_says(plan_of):
    plan = plan_of(WHOLE)
    squats = PlannedExercise("squat", sets=3, repetitions=10, rest=60.0)
    plank = PlannedExercise("plank", sets=1, hold=30.5, rest=60.0)
    assert plan == Plan("Legs", (squats, plank), 3.0)
    assert plan_of('[[exercises]]\nname = "squat"\nrepetitions = 5').title == "legs"


@pytest.mark.parametrize("name", plan_names())
def test_every_plan_that_comes_along_can_be_done(name):
    plan = load_plan(name)
    assert plan.title
    assert all(row.sets >= 1 and (row.repetitions > 0) != (row.hold > 0) for row in plan.exercises)


def test_a_built_in_plan_that_is_not_there_names_the_nearest():
    with pytest.raises(UnknownNameError) as caught:
        load_plan("whole_bod")
    assert "whole_body" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "exercises: expected at least one"),
        ("exercises = 3", "exercises: expected at least one"),
        ("exercises = [1]", "exercises: expected at least one"),
        ("title = 5\n" + WHOLE.replace('title = "Legs"', ""), "title: expected"),
        (WHOLE.replace("countdown_s = 3", "countdown_s = nan"), "countdown_s: expected 0 to"),
        (WHOLE.replace("countdown_s = 3", "countdown_s = -1"), "countdown_s: expected 0 to"),
        (WHOLE.replace("countdown_s", "countdown"), "unknown key 'countdown'"),
        (WHOLE.replace('name = "squat"', "name = 1"), "exercises 1: name: expected"),
        (WHOLE.replace("sets = 3", "sets = 0"), "exercises 1: sets: expected a whole number"),
        (WHOLE.replace("sets = 3", "sets = 2.5"), "exercises 1: sets: expected a whole number"),
        (WHOLE.replace("sets = 3", "sets = true"), "exercises 1: sets: expected a whole number"),
        (WHOLE.replace("repetitions = 10", 'repetitions = "ten"'), "exercises 1: repetitions: expected"),
        (WHOLE.replace("repetitions = 10", ""), "exercises 1: expected either repetitions or hold_s"),
        (WHOLE.replace("hold_s = 30.5", "hold_s = 5\nrepetitions = 5"), "exercises 2: expected either"),
        (WHOLE.replace("hold_s = 30.5", "hold_s = 0"), "exercises 2: hold_s: expected more than 0"),
        (WHOLE.replace("rest_s = 60", "rest_s = inf"), "exercises 1: rest_s: expected 0 to"),
        ("= 5", "is not TOML"),
    ],
)
def test_what_a_plan_cannot_hold_is_told_by_file_and_key(plan_of, text, said):
    with pytest.raises(SettingsFileError, match=r"legs\.toml") as caught:
        plan_of(text)
    assert said in str(caught.value)


def test_an_exercise_that_is_not_there_names_the_nearest(plan_of):
    assert plan_of(WHOLE, "squat", "plank").exercises[0].name == "squat"
    with pytest.raises(SettingsFileError, match="unknown exercise 'plank'") as caught:
        plan_of(WHOLE, "squat", "planks")
    assert "planks" in caught.value.hint


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(SettingsFileError, match="plan"):
            read_plan(path)
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsFileError, match="is not TOML"):
        read_plan(tmp_path / "binary.toml")


def test_the_example_in_the_documentation_is_a_plan(plan_of):
    import inspect

    from vitpose_live.fitness import plan

    example = inspect.cleandoc((plan.__doc__ or "").partition("::")[2])
    assert tomllib.loads(example)
    assert [row.name for row in plan_of(example).exercises] == ["squat", "plank"]
