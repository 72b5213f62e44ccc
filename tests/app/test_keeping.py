"""What is trained on its way into the history, while another program has that to itself."""

import sqlite3
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import pytest

from vitpose_live.app import keeping
from vitpose_live.app.keeping import AGAIN_S, MOST_WAITING, Keeping
from vitpose_live.data import RepetitionRecord
from vitpose_live.data.training import TrainingSession, TrainingSet
from vitpose_live.errors import OutputBusyError, OutputError
from vitpose_live.fitness.logbook import Entry
from vitpose_live.sinks.history import History

SESSION = TrainingSession("camera", datetime(2026, 1, 2, 12, tzinfo=UTC))


class Clock:
    """Goes when it is told to."""

    def __init__(self):
        self.seconds = 100.0

    def __call__(self):
        return self.seconds


def entry(place):
    return Entry(0, place, 1, RepetitionRecord("squat", float(place), place + 0.9, 0.4, 0.1, 0.4, 0.95))


def starts(history):
    return [each.start for session in history.sessions() for one in session.sets for each in one.repetitions]


@pytest.fixture
def history(tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "PATIENCE_S", 0.0)
    return History(tmp_path / "history.sqlite3", patience=0.0)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def kept(history, clock):
    return Keeping(history, SESSION, clock)


@contextmanager
def busy(history):
    """Another program has the file to itself."""
    with closing(sqlite3.connect(history.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_what_came_while_it_was_busy_is_kept_once_and_in_order(history, kept, clock):
    kept.put([entry(0)])
    with busy(history):
        kept.put([entry(1)])
        clock.seconds += AGAIN_S
        kept.put([entry(2)])
        assert starts(history) == [0]
    kept.put([entry(3)])
    assert starts(history) == [0]  # not tried with every picture
    clock.seconds += AGAIN_S
    kept.put([])
    kept.put([entry(4)])
    assert starts(history) == [0, 1, 2, 3, 4]
    assert len(history.sessions()) == 1


def test_a_session_that_begins_while_it_is_busy_is_one_session(history, kept):
    history.check()
    history.begin("another", SESSION.started)
    with busy(history):
        kept.put([entry(0), entry(1)])
        assert kept.session.id == 0
    kept.finish([TrainingSet("squat", 1, (), {"left_knee": ((0.0, 90.0),)})])
    found = history.session(kept.session.id)
    assert [each.start for each in found.sets[0].repetitions] == [0, 1]
    assert found.sets[0].traces == {"left_knee": ((0.0, 90.0),)}


def test_only_what_is_busy_to_the_end_is_an_error_and_nothing_half_done(history, kept):
    kept.put([entry(0)])
    with busy(history):
        kept.put([entry(1)])
        with pytest.raises(OutputBusyError, match="locked"):
            kept.finish([])
    kept.finish([])
    assert starts(history) == [0, 1]


def test_not_more_wait_than_there_is_room_for(history, kept, clock):
    kept.put([entry(0)])
    with busy(history):
        kept.put([entry(place) for place in range(1, MOST_WAITING + 1)])
        clock.seconds += AGAIN_S
        with pytest.raises(OutputBusyError):
            kept.put([entry(MOST_WAITING + 1)])


def test_what_does_not_come_right_by_itself_is_said_at_once(history, kept):
    history.path.mkdir()
    with pytest.raises(OutputError) as caught:
        kept.put([entry(0)])
    assert not isinstance(caught.value, OutputBusyError)


def test_nothing_trained_begins_no_session(history, kept):
    kept.put([])
    kept.finish([])
    assert not history.path.exists()
