import numpy as np
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
