"""A recording analysed first, then gone over again, smoothed with what was before and what comes after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from vitpose_live.app.interrupt import Request
from vitpose_live.app.recollection import Recollection
from vitpose_live.app.tape import Again, Tape
from vitpose_live.data import FrameResult, SourceInfo
from vitpose_live.pipeline import Analyzer, Runner, Status
from vitpose_live.pipeline.protocols import Coach, Sink, Source

Run = Callable[[Runner, SourceInfo], Status]
"""Runs one pass to its end, or to where it was asked to stop, and returns its status."""

Step = Callable[[str, float], object]
"""Called before each pass with what is done in it and with the share of the whole work that is done at its end."""

WRITTEN = ("smooth", "coach", "deliver")
"""Stages of the second pass."""

ANALYSIS = 0.8
"""Share of the work: drawing and recording take about a quarter of the time of the analysis."""


def run_twice(
    source: Source,
    analyzer: Analyzer,
    sinks: Sequence[Sink],
    run: Run,
    asked: Request,
    *,
    step: Step,
    pictures: bool,
    coach: Coach | None = None,
) -> tuple[Status, tuple[str, ...]]:
    """Analyse `source`, smooth what was found without any lag, write it to `sinks`.

    Parameters
    ----------
    source
        A recording.
    analyzer
        Without a smoother and without a coach.
    asked
        Set when the run is to end early. During the analysis that ends the analysis, and what was analysed is still
        smoothed and written; while that is written, it ends the writing.
    pictures
        Whether `sinks` look at the pictures.
    coach
        Sees what was smoothed.

    Returns
    -------
    Status
        Of both passes together.
    tuple of str
        The source's problems.
    """
    with Tape(analyzer.pose_estimator.skeleton) as tape:
        step("analysing", ANALYSIS if sinks else 1.0)
        first = run(Runner(source, analyzer, [tape]), source.info)
        problems = source.problems
        if not sinks:
            return first, problems
        cut_short = asked.is_set()
        if cut_short:
            asked.clear()
        step("writing what was analysed" if cut_short else "writing", 1.0)
        again = Again(source, tape, pictures=pictures)
        second = run(Runner(again, Recollection(tape, coach, detections=tape.detections), sinks), again.info)
    if cut_short:
        asked.set()
    timings = {**first.timings, **{name: time for name, time in second.timings.items() if name in WRITTEN}}
    share = second.delivered / max(len(tape), 1)  # of what was analysed
    detected = round(first.detected * share)
    written = replace(
        first, delivered=second.delivered, detected=detected, people_seen=second.people_seen, time=second.time
    )
    return replace(written, timings=timings), problems


def smoothed_results(source: Source, analyzer: Analyzer, coach: Coach | None = None) -> Iterator[FrameResult]:
    """Analyse the whole of `source`, then yield each frame with what was found in it, smoothed without any lag.

    The `coach` sees what was smoothed.
    """
    with Tape(analyzer.pose_estimator.skeleton) as tape:
        for _ in Runner(source, analyzer, [tape]):
            pass
        yield from Runner(Again(source, tape, pictures=True), Recollection(tape, coach, detections=tape.detections))
