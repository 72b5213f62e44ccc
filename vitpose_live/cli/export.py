"""``vitpose-live export``: a saved recording in the formats of other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from vitpose_live.cli.output import print_line, say


def export(
    session: Path,
    /,
    *,
    to: tuple[str, ...],
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    person: int | None = None,
    height: float | None = None,
    raw: bool = False,
    overwrite: bool = False,
) -> None:
    """Write a saved session, or a table of keypoints, in the formats of other tools; prints what was written.

    Parameters
    ----------
    session
        Session folder (.vpl) or table of keypoints (.parquet, .csv, .json).
    to
        Formats, parted by commas: coco, coco-dataset, openpose, trc, mot, c3d, npz, parquet, csv, json.
    output
        Folder for the files, made if missing. [default: beside the session]
    person
        Export only the person with this track id.
    height
        Height of that person in metres: TRC and C3D are then in millimetres, not pixels.
    raw
        Export the keypoints as they were before smoothing.
    overwrite
        Replace files that exist.
    """
    from vitpose_live.app.exporting import export_session  # noqa: PLC0415

    formats = [name for word in to for name in word.lower().replace(",", " ").split()]
    written = export_session(
        session, formats, folder=output, person=person, height=height, raw=raw, overwrite=overwrite, tell=say
    )
    for path in written:
        print_line(str(path))
