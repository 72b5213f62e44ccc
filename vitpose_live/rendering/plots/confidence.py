"""How sure the model was of each joint, over time."""

from __future__ import annotations

import warnings

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure
from numpy.typing import NDArray

from vitpose_live.data import PoseSequence, Skeleton
from vitpose_live.rendering.plots.page import ABSENT, INK, page, styled, time_axis
from vitpose_live.rendering.plots.series import BODY, MANY, series_of, spelled

_COLUMNS = 1400
"""Most columns of the map: about as many as the page has dots."""


def confidence_figure(sequence: PoseSequence, person: int, *, title: str) -> Figure:
    """Draw the scores of a person's keypoints: a row per joint, a column per moment, grey while the person is away.

    Of a skeleton with more than 60 keypoints those of the face and the hands are averaged.
    """
    rows = sequence.of(person)
    groups = _groups(sequence.skeleton)
    scores = np.stack([sequence.scores[rows][:, columns].mean(axis=1) for _, columns in groups], axis=1)
    series = series_of(sequence, person, scores)
    means = np.nanmean(series.values, axis=0)
    picture, start, end = _columns(series.times, series.values)
    with styled():
        figure = page(
            1.0 + 0.135 * len(groups) + 0.4,
            title,
            "Score of every joint, 0 where it is missing; grey: the person is away. Right: the mean.",
        )
        axes = figure.subplots()
        colours = colormaps["viridis"].with_extremes(bad=ABSENT)
        image = axes.imshow(
            picture.T,
            aspect="auto",
            interpolation="nearest",
            cmap=colours,
            vmin=0,
            vmax=1,
            extent=(start, end, len(groups) - 0.5, -0.5),
        )
        axes.set_yticks(range(len(groups)), [spelled(name) for name, _ in groups])
        axes.tick_params(axis="y", length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
        means_axis = axes.secondary_yaxis("right")
        means_axis.set_yticks(range(len(groups)), [f"{mean:.2f}" for mean in means])
        means_axis.tick_params(length=0)
        means_axis.spines["right"].set_visible(False)
        time_axis(axes, series.unit)
        bar = figure.colorbar(image, ax=axes, pad=0.015, aspect=30, fraction=0.04)
        bar.set_label("Score", color=INK)
        bar.outline.set_visible(False)
    return figure


def _groups(skeleton: Skeleton) -> list[tuple[str, list[int]]]:
    """Return the rows of the map: names and columns, several where they are averaged."""
    names = skeleton.keypoints
    if len(names) <= MANY:
        return [(name, [column]) for column, name in enumerate(names)]
    rows = [(name, [column]) for column, name in enumerate(names) if name in BODY or "toe" in name]
    shown = {column for _, columns in rows for column in columns}
    rest: dict[str, list[int]] = {}
    for column, name in enumerate(names):
        if column not in shown:
            hand = any(part in name for part in ("hand", "thumb", "finger"))
            rest.setdefault(f"{name.partition('_')[0]} hand" if hand else "face", []).append(column)
    return rows + [(f"{name} ({len(columns)})", columns) for name, columns in rest.items()]


def _columns(times: NDArray[np.float64], values: NDArray[np.float64]) -> tuple[NDArray[np.float64], float, float]:
    """(c, g) means over equal spans of time, NaN where nothing is, and the times at which they begin and end."""
    apart = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    start, end = float(times[0]) - apart / 2, float(times[-1]) + apart / 2
    count = int(min(_COLUMNS, max(1, round((end - start) / apart))))
    places = np.clip(((times - start) / (end - start) * count).astype(int), 0, count - 1)
    picture = np.full((count, values.shape[1]), np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a span in which nothing is known is what NaN is for
        for place in np.unique(places):
            picture[place] = np.nanmean(values[places == place], axis=0)
    return picture, start, end
