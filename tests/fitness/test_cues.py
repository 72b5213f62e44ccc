from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitpose_live.errors import SettingsError
from vitpose_live.fitness.body import Body
from vitpose_live.fitness.counting import Phase, Progress, Repetition
from vitpose_live.fitness.cues import Cue, CueJudge, Take, read_cues, read_targets
from vitpose_live.fitness.exercise_files import exercise_names, load_exercise
from vitpose_live.fitness.measures import Reading
from vitpose_live.fitness.placement import PlacementCoach, read_placement
from vitpose_live.fitness.view import UNKNOWN_VIEW, View

DEPTH = Cue("depth", "Go deeper", "knee_flexion", below=85.0)
LEAN = Cue("lean", "Chest up", "trunk_lean", above=50.0)
SAG = Cue("sag", "Hips up", "hip_sag", Take.NOW, above=15.0, for_s=0.5)
SQUAT = load_exercise("squat")


def judged(cues, values, *, repetitions=3, fps=30, valid=lambda time: True, tempo=0.8, size=1.0):
    """(seconds, what was said) and the faults of `repetitions` of a second each; `values` name -> value of seconds."""
    judge = CueJudge(tuple(cues))
    said, faults = [], []
    for step in range(repetitions * fps + 1):
        time = step / fps
        readings = {name: Reading(of(time), 0.9, valid(time)) for name, of in values.items()}
        over = step and step % fps == 0
        done = (Repetition(time - 1, time, tempo, 0, 1 - tempo, size),) if over else ()
        now, found = judge.observe(readings, Progress(Phase.DOWN, finished=done), time)
        said += [(time, cue.name) for cue in now]
        faults += found.values()
    return said, faults


@pytest.mark.parametrize("fps", [10, 30, 120])
def test_said_once_a_repetition_when_it_is_over(fps):
    said, faults = judged([DEPTH], {"knee_flexion": lambda time: 70.0}, fps=fps)
    assert said == [(1, "depth"), (2, "depth"), (3, "depth")]
    assert faults == ["depth"] * 3


def test_deep_enough_is_silent():
    assert judged([DEPTH], {"knee_flexion": lambda time: 120 * (time % 1)}) == ([], ["", "", ""])


@pytest.mark.parametrize(("size", "times"), [(0.2, 0), (0.3, 3)])
def test_what_is_hardly_a_movement_is_not_judged(size, times):
    said, faults = judged([DEPTH], {"knee_flexion": lambda time: 40.0}, size=size)
    assert len(said) == sum(fault == "depth" for fault in faults) == times


def test_most_important_first_and_the_worst_is_recorded():
    values = {"knee_flexion": lambda time: 70.0, "trunk_lean": lambda time: 70.0}
    for cues in ([DEPTH, LEAN], [LEAN, DEPTH]):
        said, faults = judged(cues, values, repetitions=1)
        assert [name for _, name in said] == [cue.name for cue in cues]
        assert faults == [cues[0].name]


def test_what_is_not_seen_is_not_judged():
    shallow = {"knee_flexion": lambda time: 70.0}
    assert judged([DEPTH], shallow, valid=lambda time: time % 1 < 0.3)[0] == []
    assert judged([DEPTH], {"knee_flexion": lambda time: float("nan")})[0] == []


@pytest.mark.parametrize("told", [True, False])
def test_what_can_be_told_but_not_judged_is_recorded_without_a_fault(told):
    judge = CueJudge((DEPTH,), ("knee_flexion",))
    for step in range(31):
        judge.observe({"knee_flexion": Reading(70.0, 0.9, valid=False, told=told)}, Progress(Phase.DOWN), step / 30)
    repetition = Repetition(0, 1, 0.5, 0, 0.5, 1.0)
    assert judge.fault(repetition) == ""
    assert judge.highest("knee_flexion", repetition) == pytest.approx(70.0 if told else float("nan"), nan_ok=True)


def test_one_misplaced_frame_is_no_fault():
    assert judged([LEAN], {"trunk_lean": lambda time: 90.0 if 0.49 < time < 0.52 else 20.0})[0] == []


def test_persistence_over_repetitions():
    patient = replace(LEAN, repetitions=2)
    said, _ = judged([patient], {"trunk_lean": lambda time: 70.0})
    assert said == [(2, "lean"), (3, "lean")]
    said, _ = judged([patient], {"trunk_lean": lambda time: 70.0 if int(time) % 2 else 10.0}, repetitions=6)
    assert said == []


def test_a_lasting_fault_is_said_while_it_lasts_and_once():
    said, faults = judged([SAG], {"hip_sag": lambda time: 30.0 if 1.1 < time < 1.9 else 0.0})
    assert [name for _, name in said] == ["sag"]
    assert 1.6 <= said[0][0] < 1.75
    assert faults == ["", "sag", ""]
    assert judged([SAG], {"hip_sag": lambda time: 30.0 if time % 0.5 < 0.4 else 0.0})[0] == []


def test_nothing_is_said_at_rest():
    judge = CueJudge((SAG,))
    for step in range(100):
        said, _ = judge.observe({"hip_sag": Reading(40.0, 0.9, True)}, Progress(Phase.REST), step / 30)
        assert said == ()


def test_tempo_needs_no_view():
    hasty = Cue("tempo", "Slower", "eccentric_s", below=0.4)
    assert judged([hasty], {}, tempo=0.3)[1] == ["tempo"] * 3
    assert judged([hasty], {}, tempo=0.5)[1] == [""] * 3


def test_a_trend_compares_with_the_beginning_of_the_same_repetition():
    inwards = Cue("knees_in", "Out", "knee_width", Take.CHANGE, below=0.75)
    assert judged([inwards], {"knee_width": lambda time: 1.5 - (time % 1)})[1] == ["knees_in"] * 3
    assert judged([inwards], {"knee_width": lambda time: 0.4})[1] == [""] * 3


@given(st.lists(st.sampled_from([0.0, 30.0, 60.0, 90.0, 120.0]), min_size=1, max_size=40))
def test_never_twice_in_a_repetition(values):
    judge, said = CueJudge((SAG, LEAN)), []
    for step, value in enumerate(values):
        readings = {"hip_sag": Reading(value, 0.9, True), "trunk_lean": Reading(value, 0.9, True)}
        now, _ = judge.observe(readings, Progress(Phase.DOWN), step / 5)
        said += now
    end = len(values) / 5
    now, _ = judge.observe(readings, Progress(Phase.DOWN, finished=(Repetition(0, end, 1, 0, 1, 1.0),)), end)
    said += now
    assert len(said) == len(set(said))


def test_every_built_in_exercise_says_something_sensible():
    for name in exercise_names():
        exercise = load_exercise(name)
        cues = read_cues(exercise)
        assert len({cue.name for cue in cues}) == len(cues), name
        assert read_targets(exercise), name
        assert read_placement(exercise).needs, name
        assert not any(word in cue.say.lower() for cue in cues for word in ("injur", "pain", "hurt", "danger"))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"say": "x", "measure": "knee_flexion", "below": 1}, "name"),
        ({"name": "a", "say": "x", "measure": "knee_flexon", "below": 1}, "knee_flexon"),
        ({"name": "a", "say": "x", "measure": "knee_flexion"}, "above or below"),
        ({"name": "a", "say": "x", "measure": "knee_flexion", "below": "deep"}, "below"),
        ({"name": "a", "say": "x", "measure": "knee_flexion", "below": float("nan")}, "below"),
        ({"name": "a", "say": "x", "measure": "knee_flexion", "below": 1, "take": "best"}, "take"),
        ({"name": "a", "say": "x", "measure": "eccentric_s", "below": 1, "take": "now"}, "eccentric_s"),
        ({"name": "a", "say": "x", "measure": "knee_flexion", "below": 1, "repetitions": 0}, "repetitions"),
        ({"name": "a", "say": "x", "measure": "knee_flexion", "below": 1, "until": 3}, "until"),
    ],
)
def test_impossible_cues_are_refused(table, message):
    with pytest.raises(SettingsError, match=message) as caught:
        read_cues(replace(SQUAT, cues=({"name": "b", "say": "y", "measure": "hip_drop", "above": 1}, table)))
    assert "cues 2" in str(caught.value)


@pytest.mark.parametrize(
    "measures",
    [{"knee_flexon": {}}, {"knee_flexion": 90}, {"knee_flexion": {"goal": 90}}, {"hip_drop": {"target": "x"}}],
)
def test_impossible_targets_are_refused(measures):
    with pytest.raises(SettingsError, match="measures"):
        read_targets(replace(SQUAT, measures=measures))


@pytest.mark.parametrize(
    "views", [{"best": "above", "for": "x"}, {"best": "side"}, {"needs": ["tail"]}, {"needs": "hip"}, {"worst": "side"}]
)
def test_impossible_views_are_refused(views):
    with pytest.raises(SettingsError, match="views"):
        read_placement(replace(SQUAT, views=views))


def hints(view, seconds=60.0, scores=0.9, fps=10):
    coach = PlacementCoach(read_placement(SQUAT))
    names = [f"{side}_{twin}" for side in ("left", "right") for twin in ("hip", "knee", "ankle")]
    body = Body(dict.fromkeys(names, 1j), dict.fromkeys(names, scores))
    said = []
    for step in range(round(seconds * fps)):
        said += [(step / fps, hint) for hint in coach.observe(body, view(step / fps), step / fps)]
    return said


def test_turning_is_asked_for_once_and_again_only_when_it_was_done():
    front, side = View(10.0, 20.0, True, ""), View(88.0, 5.0, None, "left")
    assert hints(lambda time: front) == [(2, "turn side-on for depth")]
    assert hints(lambda time: side) == []
    assert hints(lambda time: UNKNOWN_VIEW) == []
    assert [time for time, _ in hints(lambda time: side if 20 < time < 30 else front)] == [2, 32]


def test_a_glance_is_not_worth_a_word():
    front, side = View(10.0, 20.0, True, ""), View(88.0, 5.0, None, "left")
    assert hints(lambda time: front if time % 4 < 1.5 else side) == []
