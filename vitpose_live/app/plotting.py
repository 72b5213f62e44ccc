"""Pictures of a saved recording: its angles, keypoints, confidences and motion over time, and a contact sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitpose_live.app.measuring import included_angles
from vitpose_live.app.saved_session import SavedSession, open_session
from vitpose_live.data import Frame, FrameResult, PoseSequence
from vitpose_live.errors import OutputError, SettingsError
from vitpose_live.registry import unknown_name
from vitpose_live.sinks.exports import ExportFiles, only, output_folder
from vitpose_live.sinks.names import safe_name

PLOTS = ("angles", "keypoints", "confidence", "heat", "sheet")
"""What can be drawn."""
KINDS = ("png", "svg")
PICTURES = 12
"""On a contact sheet."""
_PRESENT = 1.0
"""Seconds that people must be there to be plotted without being named."""


def plot_session(
    path: Path,
    plots: Sequence[str] = PLOTS,
    *,
    folder: Path | None = None,
    kind: str = "png",
    person: int | None = None,
    overwrite: bool = False,
    tell: Callable[[str], object] = lambda _: None,
) -> list[Path]:
    """Draw the session or the table of keypoints at `path`; of each plot all its files, or none.

    Parameters
    ----------
    path
        Session folder or table of keypoints.
    plots
        Of `PLOTS`.
    folder
        Where the files go, made if missing; None for beside the session.
    kind
        One of `KINDS`; the contact sheet is a PNG always.
    person
        Track id of the one person to plot; None plots everybody who is there for a second, as far as there is
        anything to draw.
    overwrite
        Whether files that exist may be replaced.
    tell
        Called with what is missing in the session and what was left out.

    Returns
    -------
    The files written.

    Raises
    ------
    UnknownNameError
        When there is no such plot.
    SettingsError
        When `kind` is none of `KINDS`.
    SourceError
        When `path` cannot be read.
    OutputError
        When there is no such person, there is nothing to draw, or a file cannot be written; plots written before stay.
    """
    _check(plots, kind)
    session = open_session(path)
    for problem in session.problems:
        tell(problem)
    sequence = session.sequence if person is None else only(session.sequence, person)
    drawn = [name for name in dict.fromkeys(plots) if name != "sheet"]
    people = _people(sequence, person, tell) if drawn else []
    if "sheet" not in plots and not people:
        raise OutputError("nobody is there for a second", hint="--person ID plots anybody")
    folder = output_folder(folder, path)
    stem = safe_name(path.resolve().stem)
    written: list[Path] = []
    for name in drawn:
        with ExportFiles(folder, overwrite=overwrite, source=path) as files:
            for one, figure in _figures(name, session, people, stem, None if person is not None else tell):
                _save(figure, files.file(f"{stem}_person{one}_{name}.{kind}"), kind)
        written += files.written
    if "sheet" in plots:
        with ExportFiles(folder, overwrite=overwrite, source=path) as files:
            _write_sheet(session, sequence, stem, files.file(f"{stem}_sheet.png"), tell)
        written += files.written
    if not written:
        raise OutputError("there is nothing to draw of anybody", hint="plot confidence to see why")
    return written


def _check(plots: Sequence[str], kind: str) -> None:
    for name in plots:
        if name not in PLOTS:
            raise unknown_name("plot", name, PLOTS)
    if kind not in KINDS or not plots:
        raise SettingsError(f"format: expected {' or '.join(KINDS)}" if plots else "to: no plot is named")


def _people(sequence: PoseSequence, person: int | None, tell: Callable[[str], object]) -> list[int]:
    """Return whom to plot, and tell who is left out."""
    if person is not None:
        return [person]
    here: list[int] = []
    left: list[int] = []
    for one in sequence.people:
        times = sequence.times[sequence.rows[sequence.of(one)]]
        (here if times[-1] - times[0] >= _PRESENT else left).append(one)
    if left:
        who = ", ".join(map(str, left[:12])) + (" ..." if len(left) > 12 else "")
        tell(f"left out, there for less than a second: {who}; --person ID plots anybody")
    return here


def _figures(
    name: str, session: SavedSession, people: Sequence[int], stem: str, tell: Callable[[str], object] | None
) -> Iterator[tuple[int, Any]]:
    """Yield the figure of each of `people`; `tell` of whom there is nothing to draw, an error where it is None."""
    for one in people:
        try:
            figure = _figure(name, session, one, f"{stem} · person {one}")
        except OutputError as error:
            if tell is None:
                raise
            tell(f"left out: {error}")
        else:
            yield one, figure


def _figure(name: str, session: SavedSession, person: int, title: str) -> Any:
    # takes half a second to import: only those who plot pay
    from vitpose_live.rendering import plots  # noqa: PLC0415

    sequence = session.sequence
    spans = [plots.Repetition(*span) for span in _repetitions(session, person)]
    if name == "angles":
        measured = included_angles(sequence, person)
        return plots.angle_figure(sequence, person, measured, title=f"{title} · joint angles", repetitions=spans)
    if name == "keypoints":
        return plots.keypoint_figure(sequence, person, title=f"{title} · keypoints", repetitions=spans)
    if name == "confidence":
        return plots.confidence_figure(sequence, person, title=f"{title} · confidence")
    first = int(sequence.rows[sequence.of(person)[0]])
    picture = next((frame.image for frame in _frames(session, first, lambda _: None) if frame.image.any()), None)
    return plots.heat_figure(sequence, person, title=f"{title} · motion", picture=picture)


def _repetitions(session: SavedSession, person: int) -> Iterator[tuple[float, float, str]]:
    """Yield start, end and number of each repetition; partial ones are not numbered."""
    number = 0
    for event in session.events:
        one = event.repetition
        if one is not None and event.track_id == person and one.end > one.start:
            number += one.complete
            yield one.start, one.end, str(number) if one.complete else "partial"


def _save(figure: Any, path: Path, kind: str) -> None:
    from vitpose_live.rendering.plots import save  # noqa: PLC0415  # as above
    from vitpose_live.sinks.target import writing  # noqa: PLC0415

    with writing(path):
        save(figure, path, kind)


def _write_sheet(
    session: SavedSession, sequence: PoseSequence, stem: str, path: Path, tell: Callable[[str], object]
) -> None:
    """Draw a few moments, spread evenly over the frames, on the session's pictures or on black."""
    from vitpose_live.rendering import SkeletonRenderer, contact_sheet  # noqa: PLC0415  # cv2 only where it is needed
    from vitpose_live.sinks.stills import write_png  # noqa: PLC0415

    count = min(PICTURES, len(sequence))
    middles = (np.arange(count) + 0.5) * len(sequence) / max(count, 1)
    renderer = SkeletonRenderer()
    images: list[NDArray[np.uint8]] = []
    captions: list[str] = []
    for place in middles.astype(int).tolist():
        for frame in _frames(session, place, tell if not images else lambda _: None):
            tracks, poses, _ = sequence.at(place)
            images.append(renderer.draw(FrameResult(frame, tracks, poses)))
            captions.append(f"{frame.time:.2f} s  ·  frame {frame.index}")
    if not images:
        raise OutputError("there is no frame in the recording")
    write_png(path, contact_sheet(images, captions, title=stem))


def _frames(session: SavedSession, place: int, tell: Callable[[str], object]) -> Iterator[Frame]:
    """Yield the frame at `place` with its picture, or with black where none was kept; nothing where it is damaged."""
    from vitpose_live.app.session_frames import SessionFrames  # noqa: PLC0415  # av only where it is needed

    with closing(SessionFrames(session, range(place, place + 1))) as frames:
        for notice in frames.notices:
            tell(notice)
        yield from frames
