"""Keypoints over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from vitpose_live.data import PoseSequence
from vitpose_live.errors import OutputError
from vitpose_live.rendering.plots.lines import draw_line, key, shade
from vitpose_live.rendering.plots.page import page, styled, time_axis
from vitpose_live.rendering.plots.series import MANY, Repetition, pairs_of, series_of, visible_points


def keypoint_figure(
    sequence: PoseSequence, person: int, *, title: str, repetitions: Sequence[Repetition] = ()
) -> Figure:
    """Draw x and y of a person's keypoints, left and right together.

    Of a skeleton with more than 60 keypoints those of the body and the feet.

    Raises
    ------
    OutputError
        When no keypoint is ever visible.
    """
    k = len(sequence.skeleton)
    series = series_of(sequence, person, visible_points(sequence, person).reshape(-1, 2 * k))
    groups = [
        (name, columns)
        for name, columns in pairs_of(sequence.skeleton)
        if any(np.isfinite(series.values[:, 2 * column]).any() for column, _ in columns)
    ]
    if not groups:
        raise OutputError(f"no keypoint of person {person} is ever visible", hint="plot confidence to see why")
    what = "Body and feet; pixels" if k > MANY else "Pixels"
    with styled():
        figure = page(
            0.8 + 0.72 * len(groups),
            title,
            f"{what} from the upper left corner of the picture; y is drawn downwards. Gaps: not visible.",
        )
        plots = figure.subplots(len(groups), 2, sharex=True, squeeze=False)
        for place, (pair, (name, columns)) in enumerate(zip(plots, groups, strict=True)):
            for axis, axes in enumerate(pair):
                shade(axes, repetitions, series.scale, labels=18 * (place == 0))
                for column, side in columns:
                    draw_line(axes, series.times, series.values[:, 2 * column + axis], side)
                axes.yaxis.set_major_locator(MaxNLocator(3))
                axes.grid(axis="y")
                axes.margins(x=0.005)
            pair[0].set_ylabel(name.capitalize())
            pair[1].invert_yaxis()
        plots[0, 0].set_title("x (px)", loc="left", pad=10 if repetitions else 4)
        plots[0, 1].set_title("y (px)", loc="left", pad=10 if repetitions else 4)
        for axes in plots[-1]:
            time_axis(axes, series.unit)
        figure.align_ylabels()
        key(figure, (side for _, columns in groups for _, side in columns), repetitions=bool(repetitions))
    return figure
