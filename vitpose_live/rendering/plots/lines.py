"""Lines over time, left and right together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from vitpose_live.rendering.plots.page import CENTRE, INK, LEFT, QUIET, RIGHT, SHADE
from vitpose_live.rendering.plots.series import Repetition, thinned

COLOURS = {"left": LEFT, "right": RIGHT, "": CENTRE}


def draw_line(axes: Axes, times: NDArray[np.float64], values: NDArray[np.float64], side: str) -> None:
    """Draw the values of one side; what stands alone between two gaps is a dot."""
    times, values = thinned(times, values)
    axes.plot(times, values, color=COLOURS[side], linestyle="-" if side != "right" else (0, (5, 1.2)))
    known = np.isfinite(np.concatenate([[np.nan], values, [np.nan]]))
    alone = known[1:-1] & ~known[:-2] & ~known[2:]
    axes.plot(times[alone], values[alone], ".", color=COLOURS[side], markersize=2)


def shade(axes: Axes, repetitions: Sequence[Repetition], scale: float, *, labels: int = 0) -> None:
    """Shade the spans of the repetitions, and write at most so many of their labels above."""
    every = -(-len(repetitions) // max(labels, 1))
    for number, one in enumerate(repetitions, 1):
        axes.axvspan(one.start / scale, one.end / scale, color=SHADE, linewidth=0)
        if labels and number % every == 0:
            middle = (one.start + one.end) / 2 / scale
            axes.text(
                middle,
                1.02,
                one.label,
                transform=axes.get_xaxis_transform(),
                ha="center",
                va="bottom",
                fontsize=6.5,
                color=QUIET,
            )


def key(figure: Figure, sides: Iterable[str], *, repetitions: bool) -> None:
    """Explain the colours, beside the title."""
    words = {"left": "left", "right": "right", "": "middle"}
    there = set(sides)
    entries: list[Line2D | Patch] = [
        Line2D([], [], color=COLOURS[side], linestyle="-" if side != "right" else (0, (5, 1.2)), label=words[side])
        for side in words
        if side in there and (side or len(there) == 1)
    ]
    if repetitions:
        entries.append(Patch(color=SHADE, label="repetition"))
    figure.legend(handles=entries, loc="upper right", ncols=4, labelcolor=INK, borderaxespad=0.3, handlelength=2.4)
