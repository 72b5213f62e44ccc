import threading

from vitpose_live.errors import OutputError
from vitpose_live.ui.errands import Errands


def test_errands_are_done_in_order_and_a_failure_stops_nobody():
    done, failed = [], []
    errands = Errands(failed.append)
    errands.run(lambda: done.append(1))

    def fail():
        raise OutputError("the disk is full", hint="make room")

    errands.run(fail)
    errands.run(lambda: 1 / 0)
    errands.run(lambda: done.append(2))
    assert errands.wait(20)
    assert done == [1, 2]
    assert [error.message for error in failed] == ["the disk is full", "ZeroDivisionError: division by zero"]
    assert "bug" in failed[1].hint
    assert errands.close(20)


def test_of_the_same_key_the_latest_counts():
    errands, done, gate = Errands(lambda error: None), [], threading.Event()
    errands.run(lambda: gate.wait(20))
    for number in range(10):
        errands.run(lambda number=number: done.append(number), key="seek")
    gate.set()
    assert errands.wait(20)
    assert done == [9]
    assert errands.close(20)


def test_closing_drops_what_waits_and_does_the_last_thing():
    errands, done, started, gate = Errands(lambda error: None), [], threading.Event(), threading.Event()
    errands.run(lambda: started.set() or gate.wait(20))
    errands.run(lambda: done.append("waiting"))
    assert started.wait(20)
    assert not errands.close(0.01, last=lambda: done.append("last"))  # still at its first errand
    gate.set()
    assert errands.close(20)
    assert done == ["last"]
    errands.run(lambda: done.append("too late"))
    assert done == ["last"]
