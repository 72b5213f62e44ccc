from dataclasses import replace
from types import SimpleNamespace

import pytest

from vitpose_live.app.live_rerun import Showing
from vitpose_live.data import SourceInfo
from vitpose_live.pipeline import RunState, StageTime, Status
from vitpose_live.ui import readout
from vitpose_live.ui.readout import Snapshot

LIVE = Snapshot(
    source="0",
    state="running",
    status=Status(
        state=RunState.RUNNING,
        delivered=9,
        dropped=4,
        people=1,
        fps=24.96,
        timings={"pose": StageTime(10.0, 12.5), "analyze": StageTime(11.26, 14.0)},
    ),
    info=SourceInfo("0", 640, 480, live=True),
    detector=SimpleNamespace(name="nanodet-g", device="cpu", precision="fp32"),
    pose=SimpleNamespace(name="movenet-thunder", device="openvino:CPU", precision="bf16"),
    age_ms=41.7,
    paint_ms=1.25,
)


def test_every_promise_of_the_status_bar_is_kept():
    assert readout.cells(LIVE) == {
        "source": "camera 0 · running",
        "people": "1 person",
        "fps": "25.0 fps",
        "analysis": "analysis 11 ms (pose 10)",
        "age": "age 42 ms",
        "dropped": "4 dropped",
        "device": "openvino:CPU",
        "model": "nanodet-g + movenet-thunder",
        "precision": "bf16",
    }


def test_nothing_is_claimed_before_there_is_anything():
    assert not any(letter.isdigit() and letter != "0" for text in readout.cells(Snapshot()).values() for letter in text)


def test_the_age_of_a_files_pictures_is_not_told():
    of_a_file = replace(LIVE, info=SourceInfo("a.mp4", 640, 480, duration=3.0))
    assert readout.cells(of_a_file)["age"] == f"age {readout.NOTHING}"


def test_each_stage_is_told_with_its_median_and_its_95th_percentile():
    assert readout.stages(LIVE).splitlines() == [
        "How long each step takes for one picture, usually (and at most, 19 times of 20):",
        "pose: 10.0 ms (12.5 ms)",
        "analysis in all: 11.3 ms (14.0 ms)",
        "paint: 1.2 ms",
    ]


@pytest.mark.parametrize(
    ("state", "trouble", "words"),
    [
        ("running", "the camera is gone", "no picture"),
        ("running", "", "running"),
        ("opening", "", "loading"),
        ("failed", "", "failed"),
        ("ended", "", "ended"),
        ("paused", "", "paused"),
    ],
)
def test_the_state_in_words(state, trouble, words):
    assert readout.state(replace(LIVE, state=state, status=replace(LIVE.status, trouble=trouble))) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0:00.0"), (65.37, "1:05.3"), (3723.05, "1:02:03.0"), (-1, "0:00.0"), (59.999, "0:59.9")]
)
def test_times_are_cut_not_rounded_up(seconds, words):
    assert readout.clock(seconds, tenths=True) == words


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (132_574_788, "132.6 MB"), (3.6e9, "3.60 GB")]
)
def test_sizes(number, words):
    assert readout.size(number) == words


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("/videos/squat.mp4", "squat.mp4"),
        ("webcam:1", "camera 1"),
        ("webcam", "camera 0"),
        ("rtsp://anna:secret@host/live@home", "rtsp://host/live@home"),
        ("rtsp://anna:sec/ret@host/live", "rtsp://host/live"),
        ("http://host/live?token=secret", "http://host/live?token=***"),
        ("http://host/a.m3u8", "http://host/a.m3u8"),
    ],
)
def test_a_source_is_named_without_its_password(source, words):
    assert readout.source_name(source) == words


@pytest.mark.parametrize(
    ("showing", "state", "words"),
    [
        (Showing(5.0, late=5.0), "running", "running · 5 s late"),
        (Showing(5.0, late=5.0), "paused", "paused · 5 s late"),
        (Showing(10.0, late=6.31), "running", "running · 6.3 s late"),
        (Showing(5.0, starts_in=2.0), "running", "running"),
        (Showing(5.0, replay=(1.0, 9.0)), "running", "replay"),
        (Showing(replay=(1.0, 9.0)), "paused", "replay paused"),
    ],
)
def test_what_is_not_now_is_said(showing, state, words):
    assert readout.cells(replace(LIVE, state=state, showing=showing))["source"] == f"camera 0 · {words}"


def test_every_stage_and_state_has_its_words():
    stages = ("capture", "detect", "track", "pose", "smooth", "analyze", "deliver", "own stage")
    told = readout.stages(replace(LIVE, status=Status(timings=dict.fromkeys(stages, StageTime(1.0, 2.0)))))
    assert len(told.splitlines()) == len(stages) + 3  # what they are, painting, and that not every picture is searched
    assert "own stage: 1.0 ms" in told
    for state in ("idle", "opening", "running", "paused", "ended", "failed"):
        assert readout.state(Snapshot(state=state))


def test_only_what_no_button_mends_is_worth_an_interruption():
    notices = ("runs on the CPU", "the embedded x is used; `vitpose-live models download y` gets one")
    assert readout.worth_telling(notices) == ["runs on the CPU"]


@pytest.mark.parametrize(("age", "words"), [(41.7, "42 ms"), (5041.0, "5041 ms"), (14_260.0, "14.3 s")])
def test_a_delay_is_part_of_the_age(age, words):
    assert readout.cells(replace(LIVE, age_ms=age))["age"] == f"age {words}"


def test_a_replay_has_the_time_axis_that_its_live_source_has_not():
    replay = replace(LIVE, showing=Showing(replay=(3.0, 9.5)))
    assert (LIVE.seekable, LIVE.duration) == (False, 0.0)
    assert (replay.seekable, replay.duration) == (True, 9.5)
