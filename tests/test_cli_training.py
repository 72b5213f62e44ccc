"""Exercises, history and reports from the command line."""

import csv
import json
from contextlib import closing
from datetime import UTC, datetime

import pytest
from gym import SquattingPose, detector, film

from vitpose_live import cli
from vitpose_live.app import exercises, session, training
from vitpose_live.app import process as app_process
from vitpose_live.data import RepetitionRecord
from vitpose_live.fitness.exercise_files import exercise_names, read_exercise
from vitpose_live.sinks.history import History

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture
def history(tmp_path, monkeypatch):
    kept = History(tmp_path / "data" / "history.sqlite3")
    monkeypatch.setattr(training, "own_history", lambda: kept)
    monkeypatch.setattr(app_process, "own_history", lambda: kept)
    return kept


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(exercises, "own_exercises", lambda: tmp_path / "own")
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


@pytest.fixture
def trained(history):
    number = history.begin("cam", NOON)
    for start in range(3):
        history.add(number, 0, 1, RepetitionRecord("squat", start, start + 0.9, 0.4, 0.1, 0.4, 1.0, fault="depth"))
    history.add(number, 0, 1, RepetitionRecord("squat", 4, 5, 0.4, 0.1, 0.4, 0.3, complete=False))
    return number


def run(capsys, *arguments):
    status = cli.run([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_list_names_every_exercise_ones_own_and_the_broken_ones_too(capsys, folder):
    (folder / "deep.toml").write_text('like = "squat"\ntitle = "Deep squat"\n')
    (folder / "broken.toml").write_text("title = 3\n")
    status, out, err = run(capsys, "exercises", "list")
    lines = {line.split()[0]: line for line in out.splitlines()[1:]}
    assert (status, err) == (0, "")
    assert set(exercise_names()) < set(lines)
    assert "Deep squat" in lines["deep"]
    assert "your own" in lines["deep"]
    assert "title: expected text" in lines["broken"]
    assert out.splitlines()[-1] == f"your own belong in {folder}"


@pytest.mark.parametrize("name", exercise_names())
def test_show_prints_toml_that_will_do_as_ones_own(capsys, folder, name):
    status, out, _ = run(capsys, "exercises", "show", name)
    assert status == 0
    path = folder / "mine.toml"
    path.write_text(out, "utf-8")
    mine, theirs = read_exercise(path), exercises.find_exercise(name)
    assert (mine.signal, mine.cues, mine.measures, mine.views) == (
        theirs.signal,
        theirs.cues,
        theirs.measures,
        theirs.views,
    )
    assert "# counted by " in out


def test_show_says_what_it_measures(capsys):
    _, out, _ = run(capsys, "exercises", "show", "squat")
    assert "# shows knee_flexion, to come to 100 deg" in out
    assert "below 0.75 of what it was at rest, 2 times in a row" in out


def test_show_of_nothing_says_what_was_meant(capsys):
    assert run(capsys, "exercises", "show", "sqat")[::2] == (
        2, "error: unknown exercise 'sqat'\nhint: did you mean squat or front_squat?\n",
    )  # fmt: skip


def test_check_is_content_with_what_is_fine(capsys, folder):
    (folder / "deep.toml").write_text('like = "squat"\ntitle = "Deep squat"\n')
    status, out, err = run(capsys, "exercises", "check", folder / "deep.toml")
    assert (status, err) == (0, "")
    assert out == f"{folder / 'deep.toml'}: Deep squat (deep) is fine\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = ", "is not TOML"),
        ("titel = 'x'", "unknown key 'titel'"),
        ("title = 'x'", "signal: expected tables"),
        ("like = 'sqat'", "like: unknown exercise 'sqat'"),
        ("like = 'squat'\n[timing]\nminimum_s = 'x'", "timing: minimum_s: expected a number, got 'x'"),
        ("like = 'squat'\n[measures]\nkne = {}", "measures: unknown measure 'kne'"),
        ("like = 'squat'\n[[cues]]\nname = 'x'", "cues 1: say: expected text, got 'nothing'"),
        ("like = 'squat'\n[views]\nbest = 'back'", "views: best: expected one of side, front, got 'back'"),
    ],
)
def test_check_names_file_key_and_what_was_expected(capsys, tmp_path, text, said):
    (tmp_path / "x.toml").write_text(text)
    status, out, err = run(capsys, "exercises", "check", tmp_path / "x.toml")
    assert (status, out) == (1, "")
    assert err.startswith(f"error: exercise file {tmp_path / 'x.toml'}")
    assert said in err


def test_check_of_no_file(capsys, tmp_path):
    assert run(capsys, "exercises", "check", tmp_path / "no.toml")[0] == 1
    assert "call it page.toml" in run(capsys, "exercises", "check", tmp_path / "page.txt")[2]


def test_history_lists_what_was_trained(capsys, trained):
    status, out, err = run(capsys, "history")
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        f"session {trained}   2026-01-02 12:00   cam",
        "  person 1   3 x squat and 1 partial, 3 with a fault, 0.0 s to 5.0 s",
    ]
    (found,) = json.loads(run(capsys, "history", "--json")[1])["sessions"]
    assert (found["id"], found["sets"][0]["count"], len(found["sets"][0]["repetitions"])) == (trained, 3, 4)


def test_an_empty_history_says_how_to_begin(capsys, history):
    status, out, _ = run(capsys, "history")
    assert (status, "nothing was trained yet" in out) == (0, True)
    assert json.loads(run(capsys, "history", "--json")[1]) == {"sessions": []}
    assert not history.path.parent.exists()


def test_history_is_exported(capsys, trained, tmp_path):
    for name in ("h.csv", "h.json"):
        assert run(capsys, "history", "--export", tmp_path / name)[:2] == (0, f"{tmp_path / name}\n")
        assert run(capsys, "history", "--export", tmp_path / name)[0] == 1
        assert run(capsys, "history", "--export", tmp_path / name, "--overwrite")[0] == 0
    with (tmp_path / "h.csv").open(newline="") as opened:
        assert len(list(csv.DictReader(opened))) == 4
    assert run(capsys, "history", "--export", tmp_path / "h.xls")[0] == 1


def test_a_session_of_the_history_is_reported_and_forgotten(capsys, trained, history, tmp_path):
    page = tmp_path / "r.html"
    assert run(capsys, "history", "report", trained, "-o", page)[:2] == (0, f"{page}\n")
    assert "<svg" in page.read_text("utf-8")
    assert run(capsys, "history", "report", 99, "-o", tmp_path / "x.html")[::2] == (
        1, "error: there is no session 99 in the history\nhint: `vitpose-live history` lists them\n",
    )  # fmt: skip
    assert run(capsys, "history", "report", trained)[0] == 2
    assert run(capsys, "history", "forget", trained)[0] == 0
    assert history.sessions() == ()
    assert run(capsys, "history", "forget")[0] == 2


def test_process_counts_keeps_and_reports(capsys, history, tmp_path, monkeypatch):
    monkeypatch.setattr(app_process, "open_source", lambda *_, **__: closing(film()))
    monkeypatch.setattr(session, "load_detector_of", detector)
    monkeypatch.setattr(session, "load_pose_estimator_of", lambda *_: SquattingPose())
    page = tmp_path / "r.html"
    status, out, _ = run(
        capsys, "process", "x", "--exercise", "squat", "--det-frequency", 1, "--report", page, "--json"
    )
    assert (status, json.loads(out)["repetitions"]) == (0, {"1": 3})
    assert page.exists()
    status, out, _ = run(capsys, "process", "x", "--exercise", "squat", "--det-frequency", 1, "--no-history")
    assert status == 0
    assert "person 1   3 x squat" in out
    assert len(history.sessions()) == 1


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--exercise", "sqat"), 2, "unknown exercise 'sqat'"),
        (("--exercise", "no.toml"), 1, "no exercise file at no.toml"),
        (("--report", "r.html"), 2, "--report: nothing is trained without an exercise"),
        (("--exercise", "squat", "--report", "r.pdf"), 1, "ending '.pdf'"),
    ],
)
def test_process_refuses_what_cannot_be_done(capsys, history, words, status, said):
    done = run(capsys, "process", "x.mp4", *words)
    assert done[0] == status
    assert said in done[2]
    assert not history.path.exists()
