"""Runs that somebody watches and may end early."""

from __future__ import annotations

from collections.abc import Callable

from vitpose_live.app.interrupt import Request
from vitpose_live.data import SourceInfo
from vitpose_live.pipeline import Runner, Status

Watch = Callable[[Status, SourceInfo], None]
"""Called a few times a second with the status of a run."""


def run_watched(runner: Runner, info: SourceInfo, *, asked: Request, watch: Watch | None) -> Status:
    """Run to the end, which comes early when that is `asked` for; return the status then."""
    runner.start()
    try:
        while not runner.join(timeout=0.1):
            if asked.is_set():
                runner.stop()
            if watch is not None:
                watch(runner.status(), info)
        if watch is not None:
            watch(runner.status(), info)
    except BaseException as error:
        runner.abort(error)
        runner.join()
        raise
    return runner.status()
