"""The history: nothing lost, nothing mixed up, whoever writes at the same time or is killed."""

import csv
import json
import math
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from vitpose_live.data import RepetitionRecord
from vitpose_live.data.training import TrainingSession, TrainingSet
from vitpose_live.errors import OutputError, OutputExistsError
from vitpose_live.sinks import history_database
from vitpose_live.sinks.history import History
from vitpose_live.sinks.history_database import MIGRATIONS
from vitpose_live.sinks.history_files import write_history

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def repetition(number=0, **more):
    values = {"measures": {"knee_flexion": 101.5, "trunk_lean": math.nan}, **more}
    return RepetitionRecord("squat", float(number), number + 0.9, 0.4, 0.1, 0.4, 0.95, **values)


@pytest.fixture
def kept(tmp_path):
    return History(tmp_path / "folder" / "history.sqlite3")


def test_without_a_file_there_is_nothing_and_none_is_made(kept):
    assert kept.sessions() == ()
    assert not kept.path.parent.exists()


def test_what_was_kept_comes_back(kept):
    session = kept.begin("a.mp4", NOON)
    kept.add(session, 0, 1, repetition(0, fault="depth", view="side"))
    kept.add(session, 0, 1, repetition(1, complete=False, side="left"))
    kept.add(session, 1, 7, repetition(9))
    kept.trace(session, {0: {"left_knee": ((0.0, 170.0), (0.1, math.nan))}})
    (found,) = kept.sessions()
    assert all(one.traces == {} for one in found.sets)  # a list of many sessions goes without
    whole = kept.session(session)
    assert [replace(one, traces={}) for one in whole.sets] == list(found.sets)
    found = whole
    assert (found.id, found.source, found.started) == (session, "a.mp4", NOON)
    assert [(one.exercise, one.person, one.count, one.partial) for one in found.sets] == [
        ("squat", 1, 1, 1), ("squat", 7, 1, 0),
    ]  # fmt: skip
    first, second = found.sets[0].repetitions
    assert (first.fault, first.view, first.complete, second.complete, second.side) == (
        "depth",
        "side",
        True,
        False,
        "left",
    )
    assert (first.start, first.end, first.eccentric_s, first.range_of_motion) == (0.0, 0.9, 0.4, 0.95)
    assert first.measures["knee_flexion"] == 101.5
    assert math.isnan(first.measures["trunk_lean"])
    (start, end) = found.sets[0].traces["left_knee"]
    assert start == (0.0, 170.0)
    assert math.isnan(end[1])


def test_the_newest_comes_first_and_the_hour_keeps_its_zone(kept):
    zone = NOON.astimezone().tzinfo
    days = [NOON + timedelta(days=day) for day in (1, 0, 2)]
    for day in days:
        kept.begin("x", day.astimezone(zone))
    assert [one.started for one in kept.sessions()] == sorted(days, reverse=True)


def test_to_forget_a_session_takes_all_of_it(kept):
    for number in range(2):
        session = kept.begin("x", NOON)
        kept.add(session, 0, 1, repetition(number))
    kept.forget(1)
    assert [one.id for one in kept.sessions()] == [2]
    with sqlite3.connect(kept.path) as database:
        assert database.execute("SELECT count(*) FROM repetition").fetchone() == (1,)
        assert database.execute("SELECT count(*) FROM training_set").fetchone() == (1,)
    database.close()
    for call in (kept.forget, kept.session):
        with pytest.raises(OutputError, match="no session 1"):
            call(1)


def test_a_failure_leaves_nothing_half_done(kept):
    session = kept.begin("x", NOON)
    with pytest.raises(OutputError, match="cannot use the history"):
        kept.add(session, 0, 1, repetition(side=object()))
    assert kept.session(session).sets == ()


def test_an_older_file_is_brought_up_to_date_and_keeps_what_it_has(kept, monkeypatch):
    session = kept.begin("x", NOON)
    kept.add(session, 0, 1, repetition())
    monkeypatch.setattr(history_database, "MIGRATIONS", (*MIGRATIONS, "ALTER TABLE session ADD COLUMN note TEXT;"))
    assert kept.session(session).sets[0].count == 1
    with sqlite3.connect(kept.path) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (2,)
        assert database.execute("SELECT note FROM session").fetchone() == (None,)
    database.close()


def test_a_migration_that_fails_changes_nothing(kept, monkeypatch):
    session = kept.begin("x", NOON)
    broken = "ALTER TABLE session ADD COLUMN note TEXT; ALTER TABLE nowhere ADD COLUMN x TEXT;"
    monkeypatch.setattr(history_database, "MIGRATIONS", (*MIGRATIONS, broken.replace("; ", ";\n")))
    with pytest.raises(OutputError, match="no such table: nowhere"):
        kept.sessions()
    monkeypatch.undo()
    assert kept.session(session).source == "x"


def test_a_newer_file_is_left_alone(kept):
    kept.begin("x", NOON)
    with sqlite3.connect(kept.path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(OutputError, match="newer version"):
        kept.begin("y", NOON)


def test_what_is_no_history_is_said_to_be_none(kept):
    kept.path.parent.mkdir()
    kept.path.write_bytes(b"something else entirely, and long enough to be looked at" * 20)
    with pytest.raises(OutputError, match="cannot use the history") as caught:
        kept.sessions()
    assert "--no-history" in caught.value.hint


WRITE = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from vitpose_live.data import RepetitionRecord
from vitpose_live.sinks.history import History
kept = History(Path(sys.argv[1]))
session = kept.begin(sys.argv[2], datetime(2026, 1, 2, tzinfo=UTC))
for number in range(int(sys.argv[3])):
    kept.add(session, number // 5, 1, RepetitionRecord("squat", float(number), number + 0.9, 0.4, 0.1, 0.4, 1.0))
    print(number, flush=True)
"""


def writer(path, name, count):
    line = [sys.executable, "-c", WRITE, str(path), name, str(count)]
    return subprocess.Popen(line, stdout=subprocess.PIPE, text=True)


def test_processes_write_at_the_same_time_from_the_first_moment_on(kept):
    writers = [writer(kept.path, f"w{number}", 20) for number in range(3)]
    for one in writers:
        one.communicate()
        assert one.returncode == 0
    found = kept.sessions()
    assert sorted(one.source for one in found) == ["w0", "w1", "w2"]
    for session in found:
        assert [each.start for one in session.sets for each in one.repetitions] == list(range(20))


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_kill_loses_nothing_that_was_kept(kept):
    one = writer(kept.path, "killed", 100000)
    for _ in range(30):
        line = one.stdout.readline()
    one.send_signal(signal.SIGKILL)
    one.communicate()
    (found,) = kept.sessions()
    starts = [each.start for each in (each for one in found.sets for each in one.repetitions)]
    assert starts == list(range(len(starts)))
    assert len(starts) > int(line)
    kept.begin("afterwards", NOON)


def sessions():
    one = TrainingSet("squat", 1, (repetition(0), repetition(1, fault="depth")))
    other = TrainingSet("plank", 2, (RepetitionRecord("plank", 5, 35, 0, 30, 0, 1.0, measures={"hip_sag": 0.1}),))
    return (TrainingSession('a,"b".mp4', NOON, (one, other), 3),)


def test_a_csv_has_a_line_per_repetition(tmp_path):
    write_history(tmp_path / "h.csv", sessions())
    with (tmp_path / "h.csv").open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [(row["set"], row["exercise"], row["person"], row["repetition"]) for row in rows] == [
        ("1", "squat", "1", "1"), ("1", "squat", "1", "2"), ("2", "plank", "2", "1"),
    ]  # fmt: skip
    assert rows[0]["source"] == 'a,"b".mp4'
    assert rows[1]["fault"] == "depth"
    assert [row["knee_flexion"] for row in rows] == ["101.5", "101.5", ""]
    assert [row["hip_sag"] for row in rows] == ["", "", "0.1"]
    assert rows[0]["trunk_lean"] == ""


def test_a_json_holds_the_same_and_is_valid(tmp_path):
    write_history(tmp_path / "h.json", sessions())
    (session,) = json.loads((tmp_path / "h.json").read_text("utf-8"), parse_constant=pytest.fail)
    assert session["started"] == "2026-01-02T12:00:00+00:00"
    assert [one["count"] for one in session["sets"]] == [2, 1]
    assert session["sets"][0]["repetitions"][0]["measures"] == {"knee_flexion": 101.5, "trunk_lean": None}


def test_an_export_replaces_nothing_unasked_and_only_what_it_knows(tmp_path):
    (tmp_path / "h.csv").write_text("mine")
    with pytest.raises(OutputExistsError):
        write_history(tmp_path / "h.csv", sessions())
    assert (tmp_path / "h.csv").read_text() == "mine"
    with pytest.raises(OutputError, match="ending"):
        write_history(tmp_path / "h.xls", sessions())
