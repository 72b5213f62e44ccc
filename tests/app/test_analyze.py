"""A saved session is coached as it would have been when it was made."""

from __future__ import annotations

import json
import shutil

import pytest
from app.gym_session import shoot, train

from vitpose_live import cli
from vitpose_live.app.analyze import analyze_session
from vitpose_live.app.saved_session import SavedSession
from vitpose_live.app.settings import Smoothing
from vitpose_live.errors import SettingsError, UnknownNameError
from vitpose_live.sinks import open_keypoint_writer
from vitpose_live.sinks.session_events import event_line, mark


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """Somebody squats: coached when it was made, and not."""
    folder = tmp_path_factory.mktemp("job")
    film = shoot(folder / "film.mp4", sound=False)
    with pytest.MonkeyPatch.context() as patch:
        report = train(film, folder, patch, "coached", picture=False, exercise="squat")
        train(film, folder, patch, "watched", video=False, picture=False)
    return folder, report


@pytest.fixture
def watched(job, tmp_path):
    """A session without any coach, one's own."""
    return SavedSession.open(shutil.copytree(job[0] / "watched.vpl", tmp_path / "watched.vpl"))


def test_it_says_what_the_run_said(job, watched):
    folder, made = job
    for session in (watched, SavedSession.open(folder / "coached.vpl")):
        report = analyze_session(session, "squat")
        said, then = report.as_json(), made.as_json()
        assert (said["frames"], said["people"]) == (150, 1)
        for name in ("repetitions", "sets", "cues"):
            assert said[name] == then[name], name
        assert sum(report.repetitions.values()) == 3
        assert report.problems == ()


@pytest.mark.parametrize("smoothing", list(Smoothing))
def test_it_counts_with_any_smoothing(watched, smoothing):
    assert sum(analyze_session(watched, "squat", smoothing=smoothing).repetitions.values()) == 3


def test_it_recognises_what_is_done(watched):
    (one, *_) = analyze_session(watched, "auto").training.sets
    assert (one.exercise, one.count) == ("squat", 3)


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_session_stays_as_it_is_unless_that_is_asked_for(job, watched):
    folder, _ = job
    path = watched.path
    before = content(path)
    assert analyze_session(watched, "squat").saved is None
    assert content(path) == before
    (path / "events.jsonl").write_bytes(event_line(mark(5.0, "Übung")) + b'{"time_s": 1.0, "ki')
    report = analyze_session(SavedSession.open(path), "squat", save=True)
    assert report.as_json()["outputs"] == {"report": None, "session": str(path)}
    after = SavedSession.open(path)
    events = list(after.events)
    (noted,) = [event for event in events if event.kind == "mark"]
    events.remove(noted)
    assert noted.text == "Übung"
    assert [event.time for event in after.events] == sorted(event.time for event in after.events)
    assert events == list(SavedSession.open(folder / "coached.vpl").events)
    assert analyze_session(after, "squat", save=True).repetitions == report.repetitions
    assert SavedSession.open(path).events == after.events
    assert {**content(path), "events.jsonl": b""} == {**before, "events.jsonl": b""}


def test_a_table_cannot_be_saved_into(watched, tmp_path):
    writer = open_keypoint_writer(tmp_path / "t.json", watched.sequence.skeleton, {})
    writer.close()
    with pytest.raises(SettingsError, match="save"):
        analyze_session(SavedSession.open(tmp_path / "t.json"), "squat", save=True)


def test_the_page_has_pictures_of_the_session(job, tmp_path):
    session = SavedSession.open(job[0] / "coached.vpl")
    report = analyze_session(session, "squat", report=tmp_path / "page.html")
    assert report.report == tmp_path / "page.html"
    assert (tmp_path / "page.html").read_text("utf-8").count("data:image/jpeg") > 0


def test_an_exercise_that_is_not_there_is_refused(watched):
    with pytest.raises(UnknownNameError):
        analyze_session(watched, "squad")


def test_the_command_says_what_it_found(job, tmp_path, capsys):
    folder, made = job
    session = str(folder / "coached.vpl")
    assert cli.run(["analyze", session, "--exercise", "squat", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["repetitions"] == made.as_json()["repetitions"]
    assert cli.run(["analyze", session, "--exercise", "squat", "--report", str(tmp_path / "p.html")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("person 1   3 x squat")
    assert lines[-1].endswith("p.html")
    assert cli.run(["analyze", session]) == 2
    assert cli.run(["analyze", str(tmp_path / "none.vpl"), "--exercise", "squat"]) == 1
    assert cli.run(["analyze", session, "--exercise", "flying"]) == 2
