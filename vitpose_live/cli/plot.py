"""``vitpose-live plot``: pictures of a saved recording."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from vitpose_live.cli.output import print_line, say


def plot(
    session: Path,
    /,
    *,
    to: tuple[str, ...] = ("angles,keypoints,confidence,heat,sheet",),
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    format: Literal["png", "svg"] = "png",  # noqa: A002  the flag's name
    person: int | None = None,
    overwrite: bool = False,
) -> None:
    """Draw a saved session, or a table of keypoints; prints what was written.

    Parameters
    ----------
    session
        Session folder (.vpl) or table of keypoints (.parquet, .csv, .json).
    to
        Plots, parted by commas: angles, keypoints, confidence, heat (where and how much somebody moved), sheet
        (a few moments side by side).
    output
        Folder for the files, made if missing. [default: beside the session]
    format
        The contact sheet is a PNG always.
    person
        Plot only the person with this track id.
    overwrite
        Replace files that exist.
    """
    from vitpose_live.app.plotting import plot_session  # noqa: PLC0415

    plots = [name for word in to for name in word.lower().replace(",", " ").split()]
    written = plot_session(session, plots, folder=output, kind=format, person=person, overwrite=overwrite, tell=say)
    for path in written:
        print_line(str(path))
