"""The person's wish to end, which may come at any moment, and more than once."""

import signal
import sys
import threading

import pytest

from vitpose_live.app.interrupt import interruptible


@pytest.fixture
def anywhere():
    """Return what has a signal strike at the first lines that run in a handler of one."""
    usual = sys.gettrace()

    def strike(times):
        left = iter(range(times))

        def trace(frame, event, arg):
            if event == "line" and frame.f_code.co_name != "strike" and next(left, None) is not None:
                signal.raise_signal(signal.SIGINT)
            return trace

        sys.settrace(trace)

    yield strike
    sys.settrace(usual)


def test_it_may_be_asked_again_while_it_is_asked(anywhere):
    with interruptible() as asked:
        assert not asked.is_set()
        anywhere(8)
        signal.raise_signal(signal.SIGINT)
        sys.settrace(None)
        assert asked.is_set()


def test_afterwards_a_signal_is_what_it_was():
    before = signal.getsignal(signal.SIGINT)
    with interruptible():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_off_the_main_thread_nobody_can_ask():
    seen = []

    def run():
        before = signal.getsignal(signal.SIGINT)
        with interruptible() as asked:
            seen.append((asked.is_set(), signal.getsignal(signal.SIGINT) is before))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [(False, True)]
