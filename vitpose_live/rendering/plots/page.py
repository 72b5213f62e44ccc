"""What all plots share: size, letters, colours, and how they are written."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.layout_engine import ConstrainedLayoutEngine

KINDS: Final = ("png", "svg")
WIDTH: Final = 7.2
"""Inches: two columns of a journal."""
HEAD: Final = 0.48
"""Inches of it that the title and the note take."""
DPI: Final = 200

LEFT: Final = "#0072B2"
"""The person's own left side, everywhere blue and orange are (Okabe & Ito), dark enough for thin lines on white."""
RIGHT: Final = "#D55E00"
CENTRE: Final = "#3C3C3C"
"""Neither side."""
SHADE: Final = "#EFEDE6"
"""Behind a repetition."""
ABSENT: Final = "#E3E3E3"
"""Where there is nothing to be known."""
RULE: Final = "#D9D9D9"
INK: Final = "#1E1E1E"
QUIET: Final = "#6A6A6A"

_STYLE: Final[Any] = {
    "font.size": 8,
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same picture everywhere
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": RULE,
    "grid.linewidth": 0.5,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "lines.linewidth": 1.0,
    "lines.solid_joinstyle": "round",
    "path.simplify": True,
    "svg.fonttype": "path",
    "svg.hashsalt": "vitpose-live",  # the same file every time
    "text.parse_math": False,  # a dollar in a name is a dollar
}


def styled() -> Any:
    """Return the context in which plots are made and written."""
    return rc_context(_STYLE)


def page(height: float, title: str, note: str) -> Figure:
    """Return an empty page, `height` inches high, under a title and a note on what is to be seen."""
    layout = ConstrainedLayoutEngine(w_pad=0.05, h_pad=0.04, rect=(0, 0, 1, 1 - HEAD / height))
    figure = Figure(figsize=(WIDTH, height), dpi=DPI, layout=layout, facecolor="white")
    figure.text(0.01, 1 - 0.08 / height, legible(title), va="top", fontsize=9.5, fontweight="bold", color=INK)
    figure.text(0.01, 1 - 0.29 / height, legible(note), va="top", fontsize=7.5, color=QUIET)
    return figure


def time_axis(axes: Axes, unit: str) -> None:
    """Label the axis of time of the lowest plot."""
    axes.set_xlabel(f"Time ({unit})")


def save(figure: Figure, path: Path, kind: str) -> None:
    """Write `figure` to `path` as one of `KINDS`.

    Raises
    ------
    OSError
        When it cannot be written.
    """
    with styled():
        figure.savefig(path, format=kind, dpi=DPI, metadata={"Date": None} if kind == "svg" else None)


def legible(text: str) -> str:
    """Return `text` with a box for every letter that the font lacks, and no control characters."""
    return "".join(letter if letter == "\n" or ord(letter) in _letters() else "□" for letter in text)


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    return frozenset(get_font(findfont(FontProperties(family="DejaVu Sans"))).get_charmap())
