"""The report's charts as inline SVG, which every browser draws by itself: colours come from the page's style sheet.

By hand, since a plotting library is a heavy thing to install for bars and lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise
from math import floor, isfinite, log10

from vitpose_live.data.training import Trace

_WIDTH, _HEIGHT = 720, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 8, 10, 24
_WIDEST_BAR = 48.0
_LONGEST_GAP = 5
"""A line is broken where nothing is known for longer than so many samples."""

Span = tuple[float, float]


class _Axes:
    """Places values in a chart: x and y are the spans that it shows."""

    def __init__(self, x: Span, y: Span) -> None:
        self._x, self._y = x, y

    def x(self, value: float) -> float:
        low, high = self._x
        return _LEFT + (value - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        low, high = self._y
        return _HEIGHT - _BOTTOM - (value - low) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)

    def rules(self, unit: str) -> Iterator[str]:
        """Yield the horizontal lines, and what they stand for."""
        for value in ticks(*self._y):
            y = self.y(value)
            yield f'<line class="rule" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            yield f'<text class="tick" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}{unit}</text>'

    def times(self) -> Iterator[str]:
        """Yield the seconds below."""
        for value in ticks(*self._x):
            yield _below(self.x(value), f"{value:g} s")


def ticks(low: float, high: float) -> list[float]:
    """Return three to seven round values from `low` to `high`."""
    rough = (high - low) / 5
    unit = 10.0 ** floor(log10(rough))
    step = next(unit * times for times in (1, 2, 5, 10) if unit * times >= rough)
    first = floor(low / step)
    values = [round(step * count, 10) for count in range(first, first + 12)]
    return [value for value in values if low <= value <= high]


def bars(columns: Sequence[Sequence[float]], labels: Sequence[str], *, unit: str, title: str) -> str:
    """Draw a bar for each of `columns`, whose parts stand on each other.

    Parameters
    ----------
    columns
        Values from the bottom up, each at least 0; what is not known is left out.
    labels
        What stands below each.
    unit
        Behind the numbers on the left.
    title
        What is to be seen, for those who cannot see it.
    """
    known = [[value if isfinite(value) else 0.0 for value in column] for column in columns]
    axes = _Axes((0, max(len(known), 1)), (0, max([sum(column) for column in known], default=0) * 1.05 or 1))
    parts = list(axes.rules(escape(unit)))
    wide = min(_WIDEST_BAR, (axes.x(1) - axes.x(0)) * 0.7)
    for place, column in enumerate(known):
        middle, foot = axes.x(place + 0.5), 0.0
        for number, value in enumerate(column):
            top, bottom = axes.y(foot + value), axes.y(foot)
            parts.append(
                f'<rect class="bar{number}" x="{middle - wide / 2:.1f}" y="{top:.1f}" width="{wide:.1f}"'
                f' height="{bottom - top:.1f}"/>'
            )
            foot += value
        if len(known) <= 30 or place % 5 == 4:
            parts.append(_below(middle, labels[place]))
    return _svg(parts, title)


def lines(traces: Mapping[str, Trace], spans: Sequence[Span], *, unit: str, title: str) -> str:
    """Draw `traces` over time, upon the `spans` of the repetitions.

    Parameters
    ----------
    traces
        (seconds, value) by name; a line is broken where a value is not known.
    spans
        Start and end of each repetition, seconds.
    unit, title
        As for `bars`.
    """
    times = [time for trace in traces.values() for time, _ in trace]
    values = [value for trace in traces.values() for _, value in trace if isfinite(value)]
    if not values or min(times) == max(times):
        return ""
    margin = (max(values) - min(values)) * 0.05 or 1.0
    axes = _Axes((min(times), max(times)), (min(values) - margin, max(values) + margin))
    parts = []
    for start, end in spans:
        first, last = axes.x(max(start, min(times))), axes.x(min(end, max(times)))
        parts.append(
            f'<rect class="span" x="{first:.1f}" y="{_TOP}" width="{max(last - first, 0):.1f}"'
            f' height="{_HEIGHT - _TOP - _BOTTOM}"/>'
        )
    parts += [*axes.rules(escape(unit)), *axes.times()]
    for number, trace in enumerate(traces.values()):
        for piece in _pieces(trace):
            points = " ".join(f"{axes.x(time):.1f},{axes.y(value):.1f}" for time, value in piece)
            parts.append(f'<polyline class="line{number}" points="{points}"/>')
    return _svg(parts, title)


def _pieces(trace: Trace) -> Iterator[Trace]:
    """Yield the parts of a trace in which it is known."""
    known = [point for point in trace if isfinite(point[1])]
    longest = _LONGEST_GAP * min((other[0] - one[0] for one, other in pairwise(trace)), default=0.0)
    cuts = [place for place, (one, other) in enumerate(pairwise(known), 1) if other[0] - one[0] > longest]
    for first, last in pairwise((0, *cuts, len(known))):
        if last - first > 1:
            yield tuple(known[first:last])


def _below(x: float, text: str) -> str:
    return f'<text class="tick" x="{x:.1f}" y="{_HEIGHT - 6}" text-anchor="middle">{escape(text)}</text>'


def _svg(parts: Sequence[str], title: str) -> str:
    said = escape(title)
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{said}"><title>{said}</title>'
        f"{''.join(parts)}</svg>"
    )
