import numpy as np
import pytest
from fakes import BoxDetector, CentrePose, frame

import vitpose_live as vl
from vitpose_live.pipeline.status import Meter, RunState


def test_memory_does_not_grow_with_the_run():
    meter = Meter(window=16)
    for value in range(1000):
        meter.captured(float(value))
    status = meter.snapshot(RunState.RUNNING, 0)
    assert status.captured == 1000
    assert status.timings["capture"].p50 == np.median(np.arange(984, 1000))


def test_people_seen_counts_each_id_once():
    analyzer = vl.Analyzer(BoxDetector((0, 0, 3, 5), (4, 0, 7, 5)), CentrePose())
    meter = Meter()
    for index in range(6):
        meter.delivered(analyzer.analyze(frame(index)), 1.0)
    status = meter.snapshot(RunState.RUNNING, 0)
    assert (status.people, status.people_seen, status.delivered) == (2, 2, 6)
    assert status.fps > 0


def test_the_rate_tells_the_truth_when_nothing_comes_any_more():
    analyzer = vl.Analyzer(BoxDetector((0, 0, 3, 5)), CentrePose())
    clock = [0]
    meter = Meter(now=lambda: clock[0])

    def rate(state=RunState.RUNNING):
        return meter.snapshot(state, 0).fps

    for index in range(41):
        clock[0] = index * 25_000_000
        meter.delivered(analyzer.analyze(frame(index)), 1.0)
    assert rate() == pytest.approx(40)
    clock[0] += 900_000_000  # a hiccup, not yet a stop
    assert rate() == pytest.approx(40)
    clock[0] += 3_100_000_000
    assert rate() == pytest.approx(0.25)
    assert rate(RunState.DONE) == pytest.approx(40)  # what the run did, once it is over
