"""Ctrl-C is heard whenever it comes, and whatever is made of it."""

from __future__ import annotations

import os
import signal
import sys
import threading

import pytest

from vitpose_live import __main__ as program
from vitpose_live import cli
from vitpose_live.app import interrupt
from vitpose_live.app.interrupt import asked_early, interruptible, remember_interrupts

pytestmark = pytest.mark.skipif(os.name == "nt", reason="sends signals as a terminal does")


@pytest.fixture(autouse=True)
def handlers(monkeypatch):
    """Whoever changes them here has changed nothing afterwards."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    interrupt._early.clear()
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def press():
    os.kill(os.getpid(), signal.SIGINT)


def swallow(*_):
    """Do what some modules do while they are imported."""
    try:
        press()
    except KeyboardInterrupt:
        raise ImportError("initialization failed") from None


def test_what_was_swallowed_before_the_run_ends_the_run():
    remember_interrupts()
    assert not asked_early()
    with interruptible() as asked:
        assert not asked.is_set()
    with pytest.raises(ImportError):
        swallow()
    assert asked_early()
    with interruptible() as asked:
        assert asked.is_set()


def test_a_run_is_asked_not_interrupted():
    remember_interrupts()
    with interruptible() as asked:
        press()
        assert asked.is_set()
    assert not asked_early()


def test_who_asks_twice_is_heard_at_once(monkeypatch):
    ended = []
    monkeypatch.setattr(os, "_exit", ended.append)
    remember_interrupts()
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            press()
    assert ended == [130]


def test_a_program_in_the_background_hears_it_too():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    remember_interrupts()
    with pytest.raises(KeyboardInterrupt):
        press()


def test_a_run_that_is_to_outlive_its_terminal_does():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with interruptible() as asked:
        os.kill(os.getpid(), signal.SIGHUP)
        assert not asked.is_set()
        os.kill(os.getpid(), signal.SIGTERM)
        assert asked.is_set()
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN


@pytest.mark.parametrize("command", [press, swallow, lambda: cli.INTERRUPTED], ids=["heard", "disguised", "obeyed"])
@pytest.mark.parametrize("where", ["import", "command"])
def test_the_status_says_so(monkeypatch, where, command):
    if where == "import":
        monkeypatch.setattr(cli, "run", lambda _: command())
    else:
        monkeypatch.setattr(cli, "app", lambda *_, **__: command())
    monkeypatch.setattr(sys, "argv", ["vitpose-live", "process"])
    with pytest.raises(SystemExit) as caught:
        program.main()
    assert caught.value.code == 130
    press()  # on the way out it is no news


@pytest.mark.parametrize("where", ["import", "command"])
def test_what_is_really_missing_is_said(monkeypatch, capsys, where):
    def missing(*_, **__):
        raise ImportError("no library")

    monkeypatch.setattr(cli, *(("run", missing) if where == "import" else ("_help", lambda _: "")))
    if where == "command":
        monkeypatch.setattr(cli, "app", missing)
    monkeypatch.setattr(sys, "argv", ["vitpose-live", "process"])
    with pytest.raises((SystemExit, ImportError)) as caught:
        program.main()
    if where == "command":
        assert caught.value.code == 1
        assert "no library" in capsys.readouterr().err


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
