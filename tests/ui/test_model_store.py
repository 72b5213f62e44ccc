import threading
from pathlib import Path

import pytest

from vitpose_live.errors import WeightsError
from vitpose_live.models import catalog
from vitpose_live.models.catalog import ModelKind
from vitpose_live.ui.model_store import Download, choices, offered


@pytest.mark.parametrize("kind", list(ModelKind))
def test_every_model_is_offered_once_and_what_is_here_comes_first(kind):
    listed = choices(kind)
    assert listed[0].name == "auto"
    assert sorted(choice.name for choice in listed[1:]) == sorted(row.name for row in catalog.rows(kind))
    here = [choice.here for choice in listed]
    assert here == sorted(here, reverse=True)
    assert not here[-1]
    assert "MB" in listed[-1].text


def test_the_first_start_offers_a_vitpose():
    row = offered()
    assert row is not None
    assert row.architecture == "vitpose"


def test_a_download_tells_how_far_it_is_and_that_it_ended():
    told, ended = [], threading.Event()

    def get(name, progress):
        progress(1, 10)
        progress(10, 10)
        return Path(name)

    download = Download("x", lambda *far: told.append(far), lambda error: told.append(error) or ended.set(), get)
    download.start()
    assert ended.wait(20)
    assert download.join(20)
    assert told == [(1, 10), (10, 10), None]


def test_a_failure_is_told():
    told, ended = [], threading.Event()

    def get(name, progress):
        raise WeightsError("no network", hint="plug it in")

    download = Download("x", lambda *far: None, lambda error: told.append(error) or ended.set(), get)
    download.start()
    assert ended.wait(20)
    assert download.join(20)
    assert told[0].hint == "plug it in"


def test_cancelling_ends_it_at_the_next_bytes_and_nothing_is_told():
    told, started, gate = [], threading.Event(), threading.Event()

    def get(name, progress):
        progress(1, 10)
        started.set()
        gate.wait(20)
        progress(2, 10)
        told.append("went on")

    download = Download("x", lambda *far: None, told.append, get)
    download.start()
    assert started.wait(20)
    download.cancel()
    gate.set()
    assert download.join(20)
    assert told == []
