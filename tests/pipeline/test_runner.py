import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from fakes import BoxDetector, CentrePose, EchoAnalyzer, ListSink, ListSource, frame
from hypothesis import given, settings
from hypothesis import strategies as st

import vitpose_live as vl
from vitpose_live.errors import CutShortError, OutputError, PipelineError
from vitpose_live.pipeline import Runner, RunState


class BoomError(Exception):
    pass


def boom(*_):
    raise BoomError


def at(index, action):
    """An action for one frame (or result) only."""

    def maybe(given):
        if getattr(given, "frame", given).index == index:
            action(given)

    return maybe


def frames(count):
    return [frame(index) for index in range(count)]


@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_a_file_loses_nothing_and_ends_in_order(count):
    first, second = ListSink(), ListSink()
    runner = Runner(ListSource(frames(count)), EchoAnalyzer(), [first, second])
    runner.run()
    assert first.indices == second.indices == list(range(count))
    assert first.ended == second.ended == ["closed"]
    status = runner.status()
    assert (status.state, status.captured, status.delivered, status.dropped) == (RunState.DONE, count, count, 0)


def test_threaded_equals_plain():
    def analyzer():
        return vl.Analyzer(BoxDetector((1, 1, 4, 5), (4, 1, 7, 5)), CentrePose(), det_frequency=3)

    plain_analyzer = analyzer()
    plain = [plain_analyzer.analyze(given) for given in frames(40)]
    sink = ListSink()
    Runner(ListSource(frames(40)), analyzer(), [sink]).run()
    assert len(plain) == len(sink.results)
    for one, other in zip(plain, sink.results, strict=True):
        assert one.poses.keypoints.tobytes() == other.poses.keypoints.tobytes()
        assert one.tracks.boxes.tobytes() == other.tracks.boxes.tobytes()
        assert one.tracks.ids.tolist() == other.tracks.ids.tolist()


def test_live_drops_are_counted_once_and_the_newest_wins():
    captured_all = threading.Event()
    analysing = threading.Event()

    def hold(given):
        analysing.set()
        assert captured_all.wait(10)

    def before(given):
        if given.index == 1:  # let the analysis take the first frame, so that the rest compete for one place
            assert analysing.wait(10)

    source = ListSource(frames(10), live=True, before=before)
    sink = ListSink()
    runner = Runner(source, EchoAnalyzer(at(0, hold)), [sink])
    runner.start()
    while runner.status().captured < 10:
        threading.Event().wait(0.001)
    captured_all.set()
    runner.join()
    assert sink.indices == [0, 9]
    status = runner.status()
    assert status.captured == status.delivered + status.dropped
    assert status.dropped == 8


@pytest.mark.parametrize("where", ["source", "analyzer", "sink", "second sink"])
@pytest.mark.parametrize("index", [0, 5, 19])
def test_the_first_exception_stops_the_run_and_is_raised(where, index):
    fail = at(index, boom)
    source = ListSource(frames(20), before=fail if where == "source" else None)
    analyzer = EchoAnalyzer(fail if where == "analyzer" else None)
    sinks = [ListSink(fail if where == "sink" else None), ListSink(fail if where == "second sink" else None)]
    runner = Runner(source, analyzer, sinks)
    with pytest.raises(BoomError):
        runner.run()
    assert runner.status().state is RunState.FAILED
    assert [sink.ended for sink in sinks] == [["aborted"], ["aborted"]]
    assert all(sink.indices == list(range(len(sink.indices))) for sink in sinks)


class KeepingSink(ListSink):
    def __init__(self, *files, **actions):
        super().__init__(**actions)
        self.files = tuple(map(Path, files))

    def keep(self):
        self.ended.append("kept")
        return self.files


class BrokenSink(ListSink):
    def keep(self):
        raise OSError("the disk is gone")


def full(*_):
    message = "the disk is full; 3 s are saved as a.mp4"
    raise CutShortError(message, hint="free some space; b.vpl is there", saved=Path("a.mp4"), seconds=3)


def test_what_can_be_kept_is_when_another_sink_cannot_write():
    bad = ListSink(at(3, full))
    good = [KeepingSink(), KeepingSink("a.mp4"), KeepingSink("b.vpl"), KeepingSink("c.csv", "d.csv")]
    sinks = [good[0], ListSink(), BrokenSink(), bad, *good[1:]]
    with pytest.raises(OutputError) as caught:
        Runner(ListSource(frames(9)), EchoAnalyzer(), sinks).run()
    assert str(caught.value) == "the disk is full; 3 s are saved as a.mp4; also saved: c.csv, d.csv"
    assert caught.value.hint == "free some space; b.vpl is there"
    assert all(sink.ended == ["kept", "aborted"] for sink in good)
    assert all(sink.ended == ["aborted"] for sink in sinks[1:4])
    assert [sink.indices for sink in sinks if sink is not bad] == [[0, 1, 2, 3]] * 6


def test_what_was_kept_is_said_when_a_sink_cannot_finish():
    sinks = [KeepingSink("a.csv"), ListSink(close_error=OutputError("b.csv is lost")), KeepingSink("c.csv")]
    with pytest.raises(OutputError, match=r"^b\.csv is lost; saved: a\.csv, c\.csv$"):
        Runner(ListSource(frames(3)), EchoAnalyzer(), sinks).run()
    assert [sink.ended for sink in sinks] == [["closed", "kept"], ["aborted"], ["closed", "kept"]]


def test_nothing_is_kept_of_a_run_that_fails_otherwise():
    sink = KeepingSink("a.csv")
    with pytest.raises(BoomError):
        Runner(ListSource(frames(9)), EchoAnalyzer(), [sink, ListSink(at(3, boom))]).run()
    assert sink.ended == ["aborted"]


def test_a_source_that_fails_at_its_end_fails_the_run():
    sink = ListSink()
    with pytest.raises(BoomError):
        Runner(ListSource(frames(3), error=BoomError()), EchoAnalyzer(), [sink]).run()
    assert sink.ended == ["aborted"]


def test_a_sink_that_cannot_finish_does_not_keep_the_others_from_it():
    bad, good = ListSink(close_error=BoomError()), ListSink()
    with pytest.raises(BoomError):
        Runner(ListSource(frames(3)), EchoAnalyzer(), [bad, good]).run()
    assert good.ended == ["closed"]
    assert bad.ended == ["aborted"]


def test_stop_delivers_what_is_analysed_and_closes_the_sinks():
    reached = threading.Event()
    sink = ListSink(at(3, lambda _: reached.set()))
    stopped = threading.Event()

    def slow(given):
        if given.index == 6:
            assert stopped.wait(10)

    runner = Runner(ListSource(frames(1000)), EchoAnalyzer(slow), [sink])
    runner.start()
    assert reached.wait(10)
    runner.stop()
    stopped.set()
    runner.join()
    assert sink.ended == ["closed"]
    assert sink.indices == list(range(len(sink.indices)))
    assert 4 <= len(sink.indices) <= 7
    assert runner.status().state is RunState.DONE


def test_join_with_a_timeout_says_whether_the_run_ended():
    go = threading.Event()
    runner = Runner(ListSource(frames(1)), EchoAnalyzer(lambda _: go.wait(10)), [])
    runner.start()
    assert runner.join(timeout=0.01) is False
    assert runner.status().state in (RunState.RUNNING, RunState.STOPPING)
    go.set()
    assert runner.join(timeout=10) is True


def test_joining_before_the_start_is_refused():
    with pytest.raises(PipelineError, match="not been started"):
        Runner(ListSource([]), EchoAnalyzer()).join()


def test_aborting_from_outside_fails_the_run():
    reached, go = threading.Event(), threading.Event()
    sink = ListSink()

    def hold(given):
        reached.set()
        assert go.wait(10)

    runner = Runner(ListSource(frames(9)), EchoAnalyzer(at(2, hold)), [sink])
    runner.start()
    assert reached.wait(10)
    runner.abort(BoomError())
    go.set()
    with pytest.raises(BoomError):
        runner.join()
    assert sink.ended == ["aborted"]
    assert runner.status().state is RunState.FAILED


class StuckSink(ListSink):
    def abort(self):
        raise OSError("cannot remove")


def test_a_sink_that_cannot_even_abort_hides_neither_the_error_nor_the_others():
    stuck, good = StuckSink(close_error=BoomError()), ListSink()
    with pytest.raises(BoomError):
        Runner(ListSource(frames(3)), EchoAnalyzer(), [stuck, good]).run()
    assert good.ended == ["closed"]


def test_a_source_that_fails_is_never_taken_for_one_that_ended(monkeypatch):
    """Whatever the threads' order: its channel closes only after its exception is known."""
    sink = ListSink()
    runner = Runner(ListSource(frames(3), error=BoomError()), EchoAnalyzer(), [sink])
    noted = runner.abort

    def slow_abort(error):
        threading.Event().wait(0.05)
        noted(error)

    monkeypatch.setattr(runner, "abort", slow_abort)
    with pytest.raises(BoomError):
        runner.run()
    assert sink.ended == ["aborted"]


def test_a_loop_left_open_does_not_keep_the_interpreter_from_ending():
    code = (
        "from fakes import EchoAnalyzer, ListSource, frame\n"
        "from vitpose_live.pipeline import Runner\n"
        "results = iter(Runner(ListSource([frame(i) for i in range(999)]), EchoAnalyzer()))\n"
        "print(next(results).frame.index)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    line = [sys.executable, "-c", code]
    done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=200, check=False)
    assert (done.returncode, done.stdout) == (0, "0\n"), done.stderr


def test_a_live_run_nobody_stopped_ends_with_the_program_and_closes_its_sinks():
    code = (
        "from fakes import Camera, EchoAnalyzer, ListSink, frame\n"
        "from vitpose_live.pipeline import Runner\n"
        "class Telling(ListSink):\n"
        "    def close(self):\n"
        "        print(len(self.results), 'closed')\n"
        "camera, sink = Camera(), Telling()\n"
        "Runner(camera, EchoAnalyzer(), [sink]).start()\n"
        "camera.give(frame(0))\n"
        "while not sink.results: pass\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    line = [sys.executable, "-c", code]
    done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=200, check=False)
    assert (done.returncode, done.stdout) == (0, "1 closed\n"), done.stderr


def test_a_runner_runs_once():
    runner = Runner(ListSource([]), EchoAnalyzer())
    runner.run()
    with pytest.raises(PipelineError, match="runs once"):
        runner.start()


def test_the_caller_may_be_the_delivery_thread():
    sink = ListSink()
    runner = Runner(ListSource(frames(12)), EchoAnalyzer(), [sink])
    assert [result.frame.index for result in runner] == list(range(12)) == sink.indices
    assert sink.ended == ["closed"]


def test_leaving_the_loop_early_stops_and_closes():
    sink = ListSink()
    results = iter(Runner(ListSource(frames(1000)), EchoAnalyzer(), [sink]))
    assert next(results).frame.index == 0
    results.close()
    assert sink.ended == ["closed"]
    assert len(sink.results) < 1000


def test_iterating_raises_the_runs_exception():
    with pytest.raises(BoomError):
        list(Runner(ListSource(frames(9)), EchoAnalyzer(at(4, boom))))


def test_as_a_context_it_stops_at_the_end():
    sink = ListSink()
    with Runner(ListSource(frames(1000)), EchoAnalyzer(), [sink]):
        pass
    assert sink.ended == ["closed"]


def test_the_bodys_own_exception_wins():
    with pytest.raises(ZeroDivisionError), Runner(ListSource(frames(9)), EchoAnalyzer(boom)):
        raise ZeroDivisionError


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 30),
    st.booleans(),
    st.sampled_from(["source", "analyzer", "sink", "stop", "nothing"]),
    st.integers(0, 30),
)
def test_whatever_fails_whenever_nothing_hangs_and_the_sink_ends_once(count, live, where, index):
    sink = ListSink(at(index, boom) if where == "sink" else None)
    source = ListSource(frames(count), live=live, before=at(index, boom) if where == "source" else None)
    runner = Runner(source, EchoAnalyzer(at(index, boom) if where == "analyzer" else None), [sink])
    runner.start()
    if where == "stop":
        runner.stop()
    try:
        assert runner.join(timeout=20)
    except BoomError:
        assert sink.ended == ["aborted"]
    else:
        assert sink.ended == ["closed"]
    assert not any(thread.name.startswith("vitpose-") for thread in threading.enumerate())


def test_status_tells_the_times_of_every_stage():
    runner = Runner(ListSource(frames(30)), EchoAnalyzer(), [ListSink()])
    assert runner.status().state is RunState.NEW
    runner.run()
    status = runner.status()
    assert set(status.timings) == {"capture", "pose", "analyze", "deliver"}
    assert status.timings["pose"].p50 == status.timings["pose"].p95 == 1.0
    assert status.time == pytest.approx(29 / 30)
    assert status.people_seen == 0
