"""A saved recording in the formats of other tools."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vitpose_live.app.measuring import sports2d_angles
from vitpose_live.app.saved_session import open_session
from vitpose_live.data import PoseSequence, SourceKind
from vitpose_live.errors import SettingsError, UnknownNameError
from vitpose_live.registry import exporters
from vitpose_live.sinks.exports import ExportFiles, Material, only, output_folder, steady_clock, unsmoothed
from vitpose_live.sinks.names import safe_name

HEIGHTS = (0.3, 3.0)
"""Least and most metres that a person's height may be."""
_STEADY = frozenset(("trc", "mot", "c3d"))
"""Formats whose frames are evenly apart in time."""
_COCO = frozenset(("coco", "coco-dataset"))
_DIGITS = 18
"""Of numbers that a picture's id has room for."""


def export_session(
    path: Path,
    formats: Sequence[str],
    *,
    folder: Path | None = None,
    person: int | None = None,
    height: float | None = None,
    raw: bool = False,
    overwrite: bool = False,
    tell: Callable[[str], object] = lambda _: None,
) -> list[Path]:
    """Write the session or the table of keypoints at `path` in other formats; of each format all of it, or nothing.

    Parameters
    ----------
    path
        Session folder or table of keypoints.
    formats
        Names from `vitpose_live.registry.exporters`.
    folder
        Where the files go, made if missing; None for beside the session.
    person
        Track id of the one person to export; None exports everybody.
    height
        Of that person in metres: TRC and C3D are then in millimetres.
    raw
        Whether keypoints are exported as they were before smoothing.
    overwrite
        Whether files that exist may be replaced.
    tell
        Called with what should be known of the session and of the result.

    Returns
    -------
    The files and folders written.

    Raises
    ------
    UnknownNameError
        When there is no such format; nothing is written then.
    SettingsError
        When no format is asked for, or `height` is out of range.
    SourceError
        When `path` cannot be read.
    OutputError
        When there is no such person or a format cannot be written; those written before stay.
    """
    export = {name: _exporter(name) for name in formats}
    if not export:
        raise SettingsError("to: no format is named", hint=f"known: {', '.join(exporters.names())}")
    if height is not None and not HEIGHTS[0] <= height <= HEIGHTS[1]:
        raise SettingsError(
            f"height: expected {HEIGHTS[0]:g}..{HEIGHTS[1]:g} metres, got {height:g}", hint="such as 1.80"
        )
    session = open_session(path)
    for problem in session.problems:
        tell(problem)
    sequence = session.sequence
    if raw:
        sequence = unsmoothed(sequence)
    if person is not None:
        sequence = only(sequence, person)
    folder = output_folder(folder, path)
    image_ids = picture_numbers(sequence) if _COCO & set(formats) else None
    material = Material(sequence, safe_name(path.resolve().stem), sports2d_angles, height, image_ids, session.sizes)
    _explain(material, export, tell)
    written: list[Path] = []
    for write in export.values():
        with ExportFiles(folder, overwrite=overwrite, source=path) as files:
            write(material, files)
        written += files.written
    return written


def picture_numbers(sequence: PoseSequence) -> NDArray[np.int64] | None:
    """Return (f,) the numbers that name the pictures of a folder or pattern of stills, as COCO's pictures are named.

    None where the source is anything else, has changed, cannot be looked at, or not all of its pictures are named so.
    """
    about = sequence.metadata.get("source")
    if not isinstance(about, Mapping) or about.get("kind") != SourceKind.STILLS:
        return None
    names = _picture_names(str(about.get("uri", "")))
    # a still that could not be read has left its number in the times, not in the frames
    places = (sequence.times * sequence.fps).round().astype(np.int64)
    if len(names) < 2 or not len(places) or places.min() < 0 or places.max() >= len(names):
        return None
    if not all(name.isascii() and name.isdecimal() and len(name) <= _DIGITS for name in names):
        return None
    numbers = np.array([int(name) for name in names], np.int64)[places]
    return numbers if len(set(numbers.tolist())) == len(numbers) else None


def _picture_names(uri: str) -> list[str]:
    """Return the names, without endings, of the pictures of a folder or a pattern in the order of the source.

    A session may come from anybody: only names are read, and of one folder.
    """
    from vitpose_live.sources.images import natural_key, picture_files  # noqa: PLC0415  # cv2 only where it is needed

    path = Path(uri)
    if "**" in uri or not path.name:
        return []
    try:
        if path.is_dir():
            pictures = picture_files(path.iterdir())
        elif path.parent.is_dir():
            pictures = picture_files(one for one in path.parent.iterdir() if fnmatch(one.name, path.name))
        else:
            return []
    except (OSError, ValueError):  # gone, forbidden, or no path at all; which ids are written is told
        return []
    return [picture.stem for picture in sorted(pictures, key=natural_key)]


def _exporter(name: str) -> Callable[[Material, ExportFiles], None]:
    try:
        found: Callable[[Material, ExportFiles], None] = exporters.get(name)
    except UnknownNameError as error:
        if name == "bvh":
            raise UnknownNameError(
                "BVH is not offered: it stores rotations of bones in space, and these poses are in a picture",
                hint="trc and c3d hold the keypoints themselves",
            ) from error
        raise
    return found


def _explain(material: Material, formats: Collection[str], tell: Callable[[str], object]) -> None:
    """Say what in the files is not as in the recording, or cannot be seen from them."""
    names = set(formats)
    if names & _STEADY:
        clock = steady_clock(material.sequence)
        if not clock.exact:
            which = ", ".join(sorted(names & _STEADY))
            tell(f"{which}: the frames are not evenly apart in time, so values are interpolated at {clock.rate:g} Hz")
        lengths = " and ".join(sorted(names & {"trc", "c3d"}, reverse=True))
        if material.height is None and lengths:
            tell(f"{lengths}: in pixels; --person ID --height METRES makes them millimetres")
    if names & _COCO:
        what = "frame numbers" if material.image_ids is None else "the numbers in the pictures' names"
        tell(f"coco: image ids are {what}")
