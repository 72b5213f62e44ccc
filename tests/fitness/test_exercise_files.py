import os
import tomllib
from importlib import resources

import pytest

from vitpose_live.data import load_skeleton
from vitpose_live.errors import SettingsFileError, UnknownNameError
from vitpose_live.fitness.counting import ExerciseCounter
from vitpose_live.fitness.exercise import Effort, ExerciseKind, Sides, Term, TermKind, Timing
from vitpose_live.fitness.exercise_files import ExerciseBook, exercise_names, load_exercise, read_exercise

WANTED = {
    "squat", "front_squat", "lunge", "push_up", "sit_up", "pull_up", "deadlift", "shoulder_press", "bench_press",
    "front_raise", "lateral_raise", "biceps_curl", "biceps_curl_left", "biceps_curl_right", "triceps_pushdown",
    "jumping_jack", "high_knees", "leg_raise", "glute_bridge", "calf_raise", "plank", "wall_sit",
}  # fmt: skip
MINE = """
title = "Mine"
effort = "top"
sides = "each"
[timing]
minimum_s = 0.4
maximum_s = 9
[[signal]]
angle = ["hip", "knee", "ankle"]
rest = 170
effort = 80
weight = 2
[[signal]]
rise = ["knee", "hip"]
over = ["hip", "knee", "ankle"]
rest = 0.5
effort = 0
"""


def written(tmp_path, text, name="mine"):
    path = tmp_path / f"{name}.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_built_in_exercises():
    assert set(exercise_names()) == WANTED
    assert {name for name in WANTED if load_exercise(name).kind is ExerciseKind.HOLD} == {"plank", "wall_sit"}


@pytest.mark.parametrize("name", sorted(WANTED))
def test_each_is_sound_and_runs_on_blazepose(name):
    exercise = load_exercise(name)
    assert exercise.name == name
    assert exercise.title[0].isupper()
    assert exercise.source is None
    ExerciseCounter(exercise, load_skeleton("blazepose33"))


@pytest.mark.parametrize("name", sorted(WANTED - {"calf_raise"}))
def test_all_but_those_that_need_feet_run_on_coco(name):
    ExerciseCounter(load_exercise(name), load_skeleton("coco17"))


def test_unknown_names_offer_the_nearest():
    with pytest.raises(UnknownNameError, match="'pushup'") as caught:
        load_exercise("pushup")
    assert "push_up" in caught.value.hint


def test_a_persons_own_file_is_read(tmp_path):
    exercise = read_exercise(written(tmp_path, MINE))
    assert (exercise.name, exercise.title) == ("mine", "Mine")
    assert (exercise.kind, exercise.sides, exercise.effort) == (ExerciseKind.REPETITIONS, Sides.EACH, Effort.TOP)
    assert exercise.timing == Timing(0.4, 9.0)
    assert exercise.source == tmp_path / "mine.toml"
    assert exercise.signal == (
        Term(TermKind.ANGLE, ("hip", "knee", "ankle"), 170.0, 80.0, weight=2.0),
        Term(TermKind.RISE, ("knee", "hip"), 0.5, 0.0, ("hip", "knee", "ankle")),
    )


def test_a_file_may_be_like_a_built_in_one(tmp_path):
    exercise = read_exercise(written(tmp_path, 'like = "squat"\n[timing]\nminimum_s = 1.5\n'))
    assert exercise.signal == load_exercise("squat").signal
    assert exercise.timing.minimum_s == 1.5
    assert exercise.name == "mine"


def test_what_others_read_is_handed_on(tmp_path):
    text = MINE + '[measures]\ndepth = 1\n[[cues]]\nsay = "deeper"\n[views]\nside = true\n'
    exercise = read_exercise(written(tmp_path, text))
    assert dict(exercise.measures) == {"depth": 1}
    assert [dict(cue) for cue in exercise.cues] == [{"say": "deeper"}]
    assert dict(exercise.views) == {"side": True}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("title = ", "title = 3 #"), "title: expected text"),
        (('"top"', '"middle"'), "effort: expected one of bottom, top, got 'middle'"),
        (('"each"', '"both"'), "sides: expected one of together, each, left, right"),
        (('title = "Mine"', 'kind = "hold"'), "sides: a hold"),
        (("minimum_s = 0.4", "minimum_s = 12"), "0 < minimum_s < maximum_s, got 12, 9"),
        (("minimum_s = 0.4", "minimum_s = 0"), "0 < minimum_s"),
        (("minimum_s = 0.4", 'minimum_s = "x"'), "timing: minimum_s: expected a number, got 'x'"),
        (("minimum_s = 0.4", "midway = 3"), "midway: expected true or false"),
        (("minimum_s", "minimum"), "timing: unknown key 'minimum'"),
        (("title", "tilte"), "unknown key 'tilte'"),
        (('angle = ["hip", "knee", "ankle"]', 'angle = ["hip", "knee"]'), "signal 1: angle: expected 3 joints, got 2"),
        (('angle = ["hip", "knee", "ankle"]', "angle = 3"), "signal 1: angle: expected a list of joint names"),
        (('angle = ["hip", "knee", "ankle"]', ""), "signal 1: expected exactly one of angle, lean, rise"),
        (('rise = ["knee", "hip"]', 'rise = ["a", "b"]\nlean = ["a", "b"]'), "signal 2: expected exactly one of"),
        (('over = ["hip", "knee", "ankle"]', ""), "signal 2: rise needs over"),
        (('over = ["hip", "knee", "ankle"]', 'over = ["hip"]'), "signal 2: over: expected at least 2 joints, got 1"),
        (("weight = 2", 'over = ["hip", "knee"]'), "signal 1: over: angle is in degrees"),
        (("weight = 2", "weight = 0"), "signal 1: weight: expected more than 0"),
        (("rest = 170", "rest = 80"), "signal 1: rest and effort are both 80"),
        (("rest = 170", "rest = nan"), "signal 1: rest: expected a number"),
        (("rest = 170", "rest = true"), "signal 1: rest: expected a number, got True"),
        (("rest = 170", ""), "signal 1: rest: expected a number, got nothing"),
        (("[[signal]]", "[[cues]]"), "signal: expected"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_place(tmp_path, change, message):
    text = MINE.replace(*change, 1) if change[0] != "[[signal]]" else MINE.replace(*change)
    assert text != MINE
    with pytest.raises(SettingsFileError, match=message) as caught:
        read_exercise(written(tmp_path, text))
    assert str(tmp_path / "mine.toml") in str(caught.value)


@pytest.mark.parametrize("like", ['"sqat"', '"../squat"', "3"])
def test_like_has_to_be_a_built_in_one(tmp_path, like):
    with pytest.raises(SettingsFileError, match="like: unknown exercise") as caught:
        read_exercise(written(tmp_path, f"like = {like}\n"))
    assert caught.value.hint


def test_broken_and_missing_files(tmp_path):
    with pytest.raises(SettingsFileError, match="not TOML"):
        read_exercise(written(tmp_path, "title = "))
    (tmp_path / "latin.toml").write_bytes(b'title = "\xe4"')
    with pytest.raises(SettingsFileError, match="not TOML"):
        read_exercise(tmp_path / "latin.toml")
    with pytest.raises(SettingsFileError, match="no exercise file"):
        read_exercise(tmp_path / "none.toml")
    with pytest.raises(SettingsFileError, match="cannot read"):
        read_exercise(tmp_path)


def test_a_book_has_the_built_in_ones_and_those_of_the_folder_which_win(tmp_path):
    written(tmp_path, MINE)
    written(tmp_path, MINE, "squat")
    book = ExerciseBook(tmp_path)
    assert set(book.names()) == WANTED | {"mine"}
    assert book.get("mine").title == book.get("squat").title == "Mine"
    assert book.get("lunge") is load_exercise("lunge")
    assert ExerciseBook().get("squat") is load_exercise("squat")
    assert ExerciseBook(tmp_path / "none").names() == exercise_names()
    with pytest.raises(UnknownNameError) as caught:
        book.get("mime")
    assert "mine" in caught.value.hint
    with pytest.raises(UnknownNameError):
        ExerciseBook(tmp_path / "sub").get("../mine")


def test_a_changed_file_is_read_again(tmp_path):
    path, book = written(tmp_path, MINE), ExerciseBook(tmp_path)
    first = book.get("mine")
    assert book.get("mine") is first
    written(tmp_path, MINE.replace("Mine", "Ours"))
    os.utime(path, ns=(1, 1))
    assert book.get("mine").title == "Ours"
    written(tmp_path, "nonsense")
    with pytest.raises(SettingsFileError):
        book.get("mine")
    path.unlink()
    with pytest.raises(UnknownNameError):
        book.get("mine")


@pytest.mark.parametrize("name", sorted(WANTED))
def test_the_files_themselves_are_toml_with_a_title(name):
    text = (resources.files("vitpose_live.fitness") / "exercises" / f"{name}.toml").read_text("utf-8")
    assert tomllib.loads(text)["title"]
