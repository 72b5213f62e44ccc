"""Where and how much a person moved."""

from __future__ import annotations

import cv2
import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize, PowerNorm
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from vitpose_live.data import PoseSequence
from vitpose_live.errors import OutputError
from vitpose_live.rendering.plots.page import INK, QUIET, page, styled
from vitpose_live.rendering.plots.series import visible_points

_BRIDGED = 0.2
"""Seconds between two frames across which a distance is measured, more where frames are further apart."""
_GRID = 160
"""Cells along the longer side of the picture."""
_PALE = 0.25
"""How much of the picture under the map is seen."""


def heat_figure(sequence: PoseSequence, person: int, *, title: str, picture: NDArray[np.uint8] | None = None) -> Figure:
    """Draw how far each joint travelled, upon the person's typical posture, and where in the picture joints were.

    Parameters
    ----------
    title
        Of what this is.
    picture
        (height, width, 3) uint8 RGB of the recording, drawn pale below the map; None leaves it white.

    Raises
    ------
    OutputError
        When the person never shows two keypoints.
    """
    rows = sequence.of(person)
    points = visible_points(sequence, person)
    posture = _typical(points)
    if np.isfinite(posture[:, 0]).sum() < 2:
        raise OutputError(f"person {person} never shows two keypoints", hint="plot confidence to see why")
    travelled = _travelled(points, sequence.times[sequence.rows[rows]])
    with styled():
        aspect = float(np.clip(sequence.width / sequence.height, 0.7, 1.7)) if sequence.height else 1.2
        figure = page(
            3.2 + 1.2 / aspect,
            title,
            "Left: distance travelled by each joint, on a typical posture. Right: where the joints were, and how long.",
        )
        left, right = figure.subplots(1, 2, width_ratios=(1, 0.85 * aspect))
        _draw_posture(figure, left, sequence, posture, travelled)
        _draw_places(figure, right, sequence, points, picture)
    return figure


def _travelled(points: NDArray[np.float64], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """(k,) pixels that each joint of (m, k, 2) went, added up from frame to frame; NaN where it is never there."""
    steps = np.hypot(*np.moveaxis(np.diff(points, axis=0), 2, 0))
    apart = np.diff(times)
    if len(apart):
        steps[apart > max(_BRIDGED, 1.5 * float(np.median(apart)))] = np.nan
    known = np.isfinite(steps).any(axis=0)
    return np.where(known, np.nansum(steps, axis=0), np.nan)


def _typical(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(k, 2) the pose that is nearest to the median one, of those in which most joints are there."""
    there = np.isfinite(points[..., 0]).sum(axis=1)
    full = points[there == there.max()]
    middle = full - np.nanmean(full, axis=1, keepdims=True) if there.max() else full
    away = np.nansum(np.abs(middle - np.median(middle, axis=0)), axis=(1, 2))
    return np.asarray(full[int(away.argmin())], np.float64)


def _draw_posture(
    figure: Figure, axes: Axes, sequence: PoseSequence, posture: NDArray[np.float64], travelled: NDArray[np.float64]
) -> None:
    most = float(np.nanmax(travelled)) if np.isfinite(travelled).any() else 1.0
    scale, colours = Normalize(0, most or 1.0), colormaps["plasma"].with_extremes(bad="#BBBBBB")
    edges = [edge for edge in sequence.skeleton.edges if np.isfinite(posture[list(edge)]).all()]
    bones = [posture[list(edge)] for edge in edges]
    values = np.array([travelled[list(edge)].mean() for edge in edges])
    thick = 4.5 if len(posture) <= 60 else 2.0
    axes.add_collection(LineCollection(bones, colors=INK, linewidths=thick + 1.4, capstyle="round"))
    axes.add_collection(
        LineCollection(bones, array=values, cmap=colours, norm=scale, linewidths=thick, capstyle="round")
    )
    shown = np.isfinite(posture[:, 0])
    dots = axes.scatter(
        posture[shown, 0],
        posture[shown, 1],
        c=travelled[shown],
        cmap=colours,
        norm=scale,
        s=34 if len(posture) <= 60 else 6,
        edgecolors=INK,
        linewidths=0.7,
        zorder=3,
    )
    axes.set_aspect("equal")
    axes.margins(0.12)
    axes.autoscale_view()
    axes.invert_yaxis()
    axes.set_axis_off()
    figure.colorbar(dots, ax=axes, location="bottom", aspect=22, shrink=0.8, pad=0.02, label="Distance travelled (px)")


def _draw_places(
    figure: Figure,
    axes: Axes,
    sequence: PoseSequence,
    points: NDArray[np.float64],
    picture: NDArray[np.uint8] | None,
) -> None:
    width, height = sequence.width, sequence.height
    if picture is not None:
        height, width = picture.shape[:2]
    if not (width and height):
        width, height = (max(1, int(np.ceil(np.nanmax(points[..., axis])))) for axis in (0, 1))
    cell = max(width, height) / _GRID
    columns, lines = max(1, round(width / cell)), max(1, round(height / cell))
    known = points[np.isfinite(points[..., 0])]
    counted, _, _ = np.histogram2d(known[:, 1], known[:, 0], bins=(lines, columns), range=((0, height), (0, width)))
    apart = float(np.median(np.diff(sequence.times))) if len(sequence) > 1 else 0.0
    smooth = cv2.GaussianBlur(counted * (apart or 1.0), (0, 0), 1.6)
    extent = (0.0, float(width), float(height), 0.0)
    # square roots show where somebody only passed beside where somebody stood
    shade = np.sqrt(smooth / (smooth.max() or 1.0))
    image = axes.imshow(
        smooth,
        cmap="magma_r",
        extent=extent,
        alpha=np.clip(1.6 * shade, 0, 1),
        norm=PowerNorm(0.5, 0, float(smooth.max()) or 1.0),
        interpolation="bilinear",
    )
    if picture is not None:
        grey = picture.mean(axis=2)
        axes.imshow(255 - (255 - grey) * _PALE, cmap="gray", vmin=0, vmax=255, extent=extent, zorder=-1)
    else:  # without a picture only the part that anything happened in tells something
        (x0, y0), (x1, y1) = known.min(axis=0), known.max(axis=0)
        margin = 0.15 * max(x1 - x0, y1 - y0, cell)
        axes.set_xlim(max(x0 - margin, 0), min(x1 + margin, width))
        axes.set_ylim(min(y1 + margin, height), max(y0 - margin, 0))
    axes.set_aspect("equal")
    axes.set_xlabel("x (px)")
    axes.set_ylabel("y (px)")
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_color(QUIET)
    bar = figure.colorbar(image, ax=axes, location="bottom", aspect=30, shrink=0.8, pad=0.02, ticks=MaxNLocator(4))
    bar.set_label(f"Joint seconds per cell of {cell:.2g} px" if apart else "Joints per cell")
