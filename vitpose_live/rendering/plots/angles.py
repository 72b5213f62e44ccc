"""Joint angles over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from vitpose_live.data import PoseSequence
from vitpose_live.errors import OutputError
from vitpose_live.rendering.plots.lines import draw_line, key, shade
from vitpose_live.rendering.plots.page import page, styled, time_axis
from vitpose_live.rendering.plots.series import Repetition, Series, series_of, spelled


def angle_figure(
    sequence: PoseSequence,
    person: int,
    angles: tuple[Sequence[str], NDArray[np.floating]],
    *,
    title: str,
    repetitions: Sequence[Repetition] = (),
) -> Figure:
    """Draw a person's joint angles, a plot for each joint, left and right together, upon shaded repetitions.

    Parameters
    ----------
    angles
        Names, and (m, a) degrees in the rows of `person`, NaN where not visible. One that is never visible is left out.
    title
        Of what this is.
    repetitions
        Spans to shade.

    Raises
    ------
    OutputError
        When no angle is ever visible.
    """
    names, degrees = angles
    series = series_of(sequence, person, degrees)
    rows = _rows(names, series)
    if not rows:
        raise OutputError(f"no joint angle of person {person} is ever visible", hint="plot confidence to see why")
    with styled():
        figure = page(
            0.75 + 0.98 * len(rows),
            title,
            "Joint angles in the picture; a straight limb has 180°, an upright trunk leans 0°. Gaps: not visible.",
        )
        plots = figure.subplots(len(rows), 1, sharex=True, squeeze=False)[:, 0]
        for place, (axes, (name, columns)) in enumerate(zip(plots, rows, strict=True)):
            shade(axes, repetitions, series.scale, labels=40 * (place == 0))
            for column, side in columns:
                draw_line(axes, series.times, series.values[:, column], side)
            axes.set_ylabel(f"{spelled(name).capitalize()} (°)")
            axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 3, 6, 10]))
            axes.grid(axis="y")
            axes.margins(x=0.005)
        time_axis(plots[-1], series.unit)
        figure.align_ylabels()
        key(figure, (side for _, columns in rows for _, side in columns), repetitions=bool(repetitions))
    return figure


def _rows(names: Sequence[str], series: Series) -> list[tuple[str, list[tuple[int, str]]]]:
    """Return the joints of which anything is known, with the columns and sides of each."""
    found: dict[str, list[tuple[int, str]]] = {}
    for column, name in enumerate(names):
        side, _, rest = name.partition("_")
        known = side in ("left", "right")
        if np.isfinite(series.values[:, column]).any():
            found.setdefault(rest if known else name, []).append((column, side if known else ""))
    return list(found.items())
