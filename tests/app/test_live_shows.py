"""Late pictures and replays by a clock that only waiting moves."""

from dataclasses import replace

import numpy as np
import pytest
from fakes import BoxDetector, CentrePose
from hypothesis import given, settings
from hypothesis import strategies as st

import vitpose_live as vl
from vitpose_live.app.live_replay import ReplayBuffer
from vitpose_live.app.live_shows import Again, Late
from vitpose_live.data import Frame

ANALYZER = vl.Analyzer(BoxDetector((8, 8, 40, 60)), CentrePose())
PLAIN = ANALYZER.analyze(Frame(np.zeros((12, 16, 3), np.uint8), 0, 0.0, 0))


class Clock:
    """Stands in for a condition: to wait is to move the clock, past the moments at which something happens."""

    def __init__(self, time=100.0):
        self.time = time
        self.plan = []

    def now(self):
        return self.time

    def at(self, moment, deed):
        self.plan.append((moment, deed))
        self.plan.sort(key=lambda each: each[0])

    def wait(self, seconds):
        until = None if seconds is None else self.time + seconds
        if self.plan and (until is None or self.plan[0][0] <= until):
            moment, deed = self.plan.pop(0)
            self.time = max(self.time, moment)
            deed()
            return
        assert until is not None, "waits for ever"
        self.time = until

    def notify_all(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


class Bench:
    """A show, and when it put what on the screen."""

    def __init__(self, clock=None):
        self.clock = clock or Clock()
        self.kept = ReplayBuffer(12.0)
        self.shown = []

    def keep(self, index, time, captured=None):
        captured = 100.0 + time if captured is None else captured
        frame = Frame(PLAIN.frame.image, index, time, round(captured * 1e9))
        self.kept.append(replace(PLAIN, frame=frame))

    def put(self, show, result):
        show.ready = True
        self.shown.append((self.clock.time, result.frame.index))

    def late(self, delay):
        return Late(self.kept, delay, self.put, pytest.fail, self.clock.now, self.clock)

    def again(self, speed=1.0):
        return Again(self.kept.replay(), speed, self.put, pytest.fail, self.clock.now, self.clock)

    @property
    def indices(self):
        return [index for _, index in self.shown]

    @property
    def moments(self):
        return [moment for moment, _ in self.shown]


def filming(bench, times, lag=lambda index: 0.0):
    """Have pictures of these times arrive as the clock passes, each `lag` after its moment."""
    for index, time in enumerate(times):
        moment = 100.0 + time + lag(index)
        bench.clock.at(moment, lambda index=index, time=time, moment=moment: bench.keep(index, time, moment))


# --- late -----------------------------------------------------------------------------------------------------------


def test_each_picture_is_shown_when_it_is_as_old_as_asked_for():
    bench = Bench()
    filming(bench, [index / 30 for index in range(300)])
    late = bench.late(5.0)
    bench.clock.at(114.99, late.playback.leave)
    late.main()
    assert bench.indices == list(range(300))
    assert bench.moments == pytest.approx([105 + index / 30 for index in range(300)], abs=2e-3)


@settings(deadline=None)
@given(st.lists(st.floats(0.01, 0.2), min_size=2, max_size=30), st.lists(st.floats(0, 0.5), min_size=30, max_size=30))
def test_the_pace_is_that_of_the_presentation_times_however_they_arrived(gaps, lags):
    bench = Bench()
    times = np.cumsum([0, *gaps]).tolist()[:30]
    lags[0] = 0.0
    late_by = iter(np.maximum.accumulate([time + lag for time, lag in zip(times, lags, strict=False)]).tolist())
    arrivals = list(late_by)
    filming(bench, times, lambda index: arrivals[index] - times[index] + index * 1e-6)
    late = bench.late(2.0)
    bench.clock.at(100 + times[-1] + 3, late.playback.leave)
    late.main()
    assert bench.indices == list(range(len(times)))
    assert bench.moments == pytest.approx([102 + time for time in times], abs=2e-3)


def test_until_there_is_enough_it_counts_down():
    bench = Bench()
    late = bench.late(5.0)
    assert (late.ready, late.starts_in) == (False, 5.0)
    filming(bench, [0.0, 1.0, 2.0])
    seen = []
    for moment in (100.5, 102.0, 104.5):
        bench.clock.at(moment, lambda: seen.append((late.ready, round(late.starts_in, 3))))
    bench.clock.at(105.5, late.playback.leave)
    late.main()
    assert seen == [(False, 4.5), (False, 3.0), (False, 0.5)]
    assert late.ready
    assert bench.indices == [0]


def test_with_enough_there_it_begins_at_once_with_what_was_then():
    bench = Bench(Clock(109.0))
    for index in range(270):
        bench.keep(index, index / 30)
    late = bench.late(5.0)
    assert late.ready
    bench.clock.at(109.2, late.playback.leave)
    late.main()
    assert bench.shown[0] == (109.0, 120)
    assert bench.indices == list(range(120, 126 + 1))


def test_a_pause_ends_with_what_is_due_then():
    bench = Bench()
    filming(bench, [index / 10 for index in range(100)])
    late = bench.late(2.0)
    bench.clock.at(103.05, lambda: late.playback.play(playing=False))
    bench.clock.at(106.05, lambda: late.playback.play(playing=True))
    bench.clock.at(107.05, late.playback.leave)
    late.main()
    assert bench.indices == [*range(11), *range(40, 51)]
    assert bench.shown[11][0] == pytest.approx(106.05)


def test_a_pause_does_not_shorten_the_beginning():
    bench = Bench()
    filming(bench, [index / 10 for index in range(60)])
    late = bench.late(2.0)
    bench.clock.at(101.02, lambda: late.playback.play(playing=False))
    bench.clock.at(101.52, lambda: late.playback.play(playing=True))
    bench.clock.at(102.55, late.playback.leave)
    late.main()
    assert bench.shown[0] == (pytest.approx(102.0, abs=2e-3), 0)


def test_a_camera_that_stops_is_shown_to_its_end_and_goes_on_later():
    bench = Bench()
    filming(bench, [*(index / 10 for index in range(10)), 6.0, 6.1])
    late = bench.late(2.0)
    bench.clock.at(109.0, late.playback.leave)
    late.main()
    expected = [*(102 + index / 10 for index in range(10)), 108.0, 108.1]
    assert bench.moments == pytest.approx(expected, abs=2e-3)


def test_what_does_not_fit_into_memory_is_less_late_and_still_moves():
    bench = Bench()
    size = len(bench_jpeg(bench))
    bench.kept = ReplayBuffer(12.0, most_bytes=31 * size)  # about three seconds
    filming(bench, [index / 10 for index in range(200)])
    late = bench.late(8.0)
    bench.clock.at(119.0, late.playback.leave)
    late.main()
    assert 2.0 < late.delay < 3.2
    steady = [shown for shown in bench.shown if shown[0] > 112]
    assert len(steady) > 60
    assert [moment - 100 - index / 10 for moment, index in steady] == pytest.approx(
        [late.delay] * len(steady), abs=2e-3
    )


def bench_jpeg(bench):
    bench.keep(0, 0.0)
    return bench.kept.oldest.jpeg


# --- again ----------------------------------------------------------------------------------------------------------


def ten_pictures():
    bench = Bench()
    for index in range(10):
        bench.keep(index, 7.0 + index / 10)
    return bench


@pytest.mark.parametrize("speed", [0.25, 1.0, 2.0])
def test_a_replay_goes_round_and_round_at_its_own_pace(speed):
    bench = ten_pictures()
    again = bench.again(speed)
    bench.clock.at(100 + 2.45 / speed, again.playback.leave)
    again.main()
    assert again.length == pytest.approx(1.0)
    assert bench.indices == [*range(10), *range(10), *range(5)]
    assert bench.moments == pytest.approx([100 + index / 10 / speed for index in range(25)])
    assert again.at == pytest.approx(0.4)


def test_a_replay_is_stepped_both_ways_over_its_ends():
    bench = ten_pictures()
    again = bench.again()
    again.playback.step(1)
    for moment, step in ((101, -1), (102, -1), (103, 1), (104, 2)):
        bench.clock.at(moment, lambda step=step: again.playback.step(step))
    bench.clock.at(105, again.playback.leave)
    again.main()
    assert bench.indices == [0, 9, 8, 9, 0, 1]


@pytest.mark.parametrize(("seconds", "index"), [(0.0, 0), (0.45, 5), (0.5, 5), (99.0, 9)])
def test_a_replay_is_sought_from_its_beginning(seconds, index):
    bench = ten_pictures()
    again = bench.again()
    again.playback.play(playing=False)
    again.playback.seek(seconds)
    bench.clock.at(101, again.playback.leave)
    again.main()
    assert bench.indices == [index]
    assert again.at == pytest.approx(index / 10)


def test_a_part_of_a_replay_is_looped():
    bench = ten_pictures()
    again = bench.again()
    again.playback.loop(0.25, 0.55)
    bench.clock.at(101.25, again.playback.leave)
    again.main()
    assert bench.indices[-6:] in ([3, 4, 5] * 2, [4, 5, 3] * 2, [5, 3, 4] * 2)


def test_one_picture_is_a_replay_too():
    bench = Bench()
    bench.keep(4, 1.0)
    again = bench.again()
    bench.clock.at(101.2, again.playback.leave)
    again.main()
    assert (again.length, again.at) == (0.5, 0.0)
    assert bench.indices == [4, 4, 4]
