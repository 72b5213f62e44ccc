"""The report of a training session: one page of HTML that needs nothing else, on a screen or on paper."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from html import escape
from importlib import resources
from math import isfinite, nan
from pathlib import PurePath

from vitpose_live.data import RepetitionRecord
from vitpose_live.data.training import Trace, TrainingSession, TrainingSet
from vitpose_live.fitness.measures import MEASURES
from vitpose_live.fitness.report_charts import bars, lines

Pictures = Mapping[tuple[int, int], bytes]
"""JPEG of the far end of repetitions, by the places of the set in its session and of the repetition in its set."""

LEAST_RANGE = 15.0
"""Degrees that a joint must have moved for its two sides to be compared."""
_UNITS = {"deg": "°"}


def best_and_worst(one: TrainingSet) -> tuple[int, int | None]:
    """Return the places of the best repetition of a set and of its worst; of a single one there is no worst.

    A complete one is better than a partial one, one without a fault than one with, a large range than a small one.
    """

    def worth(place: int) -> tuple[bool, bool, float]:
        repetition = one.repetitions[place]
        reached = repetition.range_of_motion
        return repetition.complete, not repetition.fault, reached if isfinite(reached) else 0.0

    places = range(len(one.repetitions))
    best = max(places, key=worth)
    return best, min((place for place in places if place != best), key=worth, default=None)


def symmetry(repetition: RepetitionRecord, traces: Mapping[str, Trace]) -> float:
    """Return how far the side that moved less went, as a share of the other; NaN where that cannot be told.

    Only from the front both sides look alike, and a repetition of one side has nothing to compare.
    """
    pair = _pair(traces)
    if pair is None or repetition.view != "front" or repetition.side in ("left", "right"):
        return nan
    ranges = [_range(traces[name], repetition) for name in pair]
    if not all(isfinite(each) for each in ranges) or max(ranges) < LEAST_RANGE:
        return nan
    return min(ranges) / max(ranges)


def report_page(session: TrainingSession, pictures: Pictures | None = None) -> str:
    """Return the page.

    Parameters
    ----------
    session
        What was trained.
    pictures
        Of its repetitions; the best and the worst of each set are shown.
    """
    body = "".join(_set(session, number, pictures or {}) for number in range(len(session.sets)))
    parts = {
        "title": escape(_headline(session)),
        "source": escape(session.source if "://" in session.source else PurePath(session.source).name),
        "when": escape(session.started.strftime("%Y-%m-%d %H:%M")),
        "sets": body or "<p>No repetition was seen.</p>",
    }
    page = (resources.files(__package__) / "report.html").read_text("utf-8")
    return re.sub("@([a-z]+)@", lambda found: parts[found[1]], page)


def _headline(session: TrainingSession) -> str:
    counts: dict[str, int] = {}
    for one in session.sets:
        counts[one.exercise] = counts.get(one.exercise, 0) + one.count
    return (
        ", ".join(f"{count} \N{MULTIPLICATION SIGN} {_words(name)}" for name, count in counts.items())
        or "Nothing counted"
    )


def _set(session: TrainingSession, number: int, pictures: Pictures) -> str:
    one = session.sets[number]
    partial = f'<span class="partial">+ {one.partial} partial</span>' if one.partial else ""
    people = {each.person for each in session.sets}
    who = f" · person {one.person}" if len(people) > 1 else ""
    head = (
        f"<h2>{escape(_words(one.exercise).capitalize())}<small>set {number + 1}{who} · "
        f"from {_clock(one.start)} to {_clock(one.end)}</small></h2>"
        f'<p class="count"><b>{one.count}</b>{partial}</p>'
    )
    return f"<section>{head}{_thumbnails(number, one, pictures)}{_charts(one)}{_table(one)}</section>"


def _thumbnails(number: int, one: TrainingSet, pictures: Pictures) -> str:
    best, worst = best_and_worst(one)
    figures = []
    for what, place in (("Best", best), ("Weakest", worst)):
        picture = None if place is None else pictures.get((number, place))
        if picture is None or place is None:
            continue
        said = f"{what}: repetition {place + 1}"
        if fault := one.repetitions[place].fault:
            said += f", {_words(fault)}"
        data = b64encode(picture).decode("ascii")
        figures.append(
            f'<figure><img alt="{escape(said)}" src="data:image/jpeg;base64,{data}">'
            f"<figcaption>{escape(said)}</figcaption></figure>"
        )
    return f'<div class="pictures">{"".join(figures)}</div>' if figures else ""


def _charts(one: TrainingSet) -> str:
    labels = [str(place) for place in range(1, len(one.repetitions) + 1)]
    ranges = [(repetition.range_of_motion * 100,) for repetition in one.repetitions]
    tempos = [(each.eccentric_s, each.pause_s, each.concentric_s) for each in one.repetitions]
    spans = [(repetition.start, repetition.end) for repetition in one.repetitions]
    traced = lines(one.traces, spans, unit="°", title="Angles over time; repetitions are shaded")
    drawn = [
        ("Range, share of the textbook's", bars(ranges, labels, unit="%", title="Range of each repetition"), []),
        ("Tempo", bars(tempos, labels, unit=" s", title="Tempo of each repetition"), _TEMPO),
        ("Angles over time", traced, [(f"line{place}", _words(name)) for place, name in enumerate(one.traces)]),
    ]
    return "".join(f"<h3>{heading}</h3>{_legend(entries)}{chart}" for heading, chart, entries in drawn if chart)


_TEMPO = [("bar0", "eccentric"), ("bar1", "pause"), ("bar2", "concentric")]


def _legend(entries: list[tuple[str, str]]) -> str:
    said = "".join(f'<span class="{key}">{escape(name)}</span>' for key, name in entries)
    return f'<p class="legend">{said}</p>' if said else ""


def _table(one: TrainingSet) -> str:
    measures = list(dict.fromkeys(name for each in one.repetitions for name in each.measures))
    heads = ["", "at", "range", "eccentric", "pause", "concentric", *map(_words, measures), "symmetry", "form"]
    rows = "".join(
        f"<tr{'' if each.complete else ' class=partial'}>{''.join(_cells(place, each, one, measures))}</tr>"
        for place, each in enumerate(one.repetitions, 1)
    )
    return f"<table><tr>{''.join(f'<th>{escape(head)}</th>' for head in heads)}</tr>{rows}</table>"


def _cells(place: int, each: RepetitionRecord, one: TrainingSet, measures: list[str]) -> Iterator[str]:
    form = _words(each.fault) if each.complete else f"partial{each.fault and ', '}{_words(each.fault)}"
    side = "" if each.side == "together" else f" {each.side}"
    values = [
        f"{place}{side}",
        _clock(each.start),
        _number(each.range_of_motion * 100, ".0f", "%"),
        *(_number(seconds, ".1f", " s") for seconds in (each.eccentric_s, each.pause_s, each.concentric_s)),
        *(_measure(name, each.measures.get(name, nan)) for name in measures),
        _number(symmetry(each, one.traces) * 100, ".0f", "%"),
        form,
    ]
    return (f"<td>{escape(value)}</td>" for value in values)


def _measure(name: str, value: float) -> str:
    unit = _UNITS.get(MEASURES[name].unit, "") if name in MEASURES else ""
    return _number(value, ".0f" if unit else ".2f", unit)


def _number(value: float, form: str, unit: str) -> str:
    return f"{value:{form}}{unit}" if isfinite(value) else "\N{EN DASH}"


def _pair(traces: Mapping[str, Trace]) -> tuple[str, str] | None:
    for name in traces:
        other = name.replace("left_", "right_", 1)
        if name.startswith("left_") and other in traces:
            return name, other
    return None


def _range(trace: Trace, repetition: RepetitionRecord) -> float:
    """Return the range of a trace in a repetition; NaN where less than half of it is known."""
    window = [value for time, value in trace if repetition.start <= time <= repetition.end]
    known = [value for value in window if isfinite(value)]
    return max(known) - min(known) if len(known) * 2 > len(window) else nan


def _words(name: str) -> str:
    return name.replace("_", " ")


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
