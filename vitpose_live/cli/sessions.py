"""``vitpose-live render`` and ``analyze``: a saved session drawn and coached again, without any network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from vitpose_live.cli.output import print_line, print_result, say_problems
from vitpose_live.errors import SettingsError

if TYPE_CHECKING:
    from vitpose_live.app.analyze import AnalysisReport
    from vitpose_live.app.render import RenderReport
    from vitpose_live.app.settings import Smoothing

DONE, INTERRUPTED = 0, 130
Steadied = Literal["saved", "none", "one_euro", "adaptive", "zero_phase"]


def render(
    session: Path,
    /,
    *,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    layout: Literal["annotated", "side_by_side", "clean"] | None = None,
    background: Literal["picture", "black"] = "picture",
    body_part: str | None = None,
    smoothing: Steadied = "saved",
    exercise: str | None = None,
    boxes: Annotated[bool, Parameter(negative="--no-boxes")] = True,
    ids: Annotated[bool, Parameter(negative="--no-ids")] = True,
    skeletons: Annotated[bool, Parameter(negative="--no-skeletons")] = True,
    angles: bool = False,
    kpt_thr: float | None = None,
    line_width: float | None = None,
    quality: Literal["small", "standard", "high"] | None = None,
    start: float = 0.0,
    end: float | None = None,
    duration: float | None = None,
    json: bool = False,
    overwrite: bool = False,
) -> int:
    """Draw a saved session again, as it was or in another way; no network runs.

    Parameters
    ----------
    session
        Session folder, .vpl, or a keypoint table: .parquet, .csv, .json.
    output
        Video, MP4. [default: NAME_rendered.mp4, beside the session]
    layout
        annotated, side_by_side (the picture and beside it the same annotated), clean. [default: as when it was made]
    background
        picture, or black: skeletons on black.
    body_part
        Draw these keypoints only: body, no-face, face, hands, upper, lower, left, right, or names, with commas.
    smoothing
        saved, or another one over what was measured: none, one_euro, adaptive, zero_phase.
    exercise
        Coach this exercise: a name, a TOML file, auto, or none. [default: as when it was made]
    boxes
        Draw the boxes.
    ids
        Write who is who.
    skeletons
        Draw the skeletons.
    angles
        Draw joint angles.
    kpt_thr
        Least keypoint score to draw, 0.0-1.0. [default: as when it was made]
    line_width
        Width of a bone in pixels. [default: as large as the person]
    quality
        small, standard, high. [default: as when it was made]
    start
        Begin at this second of the session.
    end
        End before this second.
    duration
        End after so many seconds.
    json
        Print one JSON object instead of the summary.
    overwrite
        Replace a video that exists.
    """
    from vitpose_live.app.console import ProgressLine, prepare_process  # noqa: PLC0415
    from vitpose_live.app.render import render_session  # noqa: PLC0415
    from vitpose_live.app.saved_session import SavedSession  # noqa: PLC0415
    from vitpose_live.app.session_drawing import RenderOptions  # noqa: PLC0415
    from vitpose_live.app.settings import Layout  # noqa: PLC0415

    if duration is not None:
        if end is not None:
            raise SettingsError("duration: --end says already where to end", hint="give one of them")
        end = start + duration
    options = RenderOptions(
        smoothing=_smoothing(smoothing),
        exercise=exercise,
        layout=None if layout is None else Layout(layout),
        black=background == "black",
        body_part=body_part,
        kpt_thr=kpt_thr,
        line_width=line_width,
        boxes=boxes,
        ids=ids,
        skeletons=skeletons,
        angles=angles,
        start=start,
        end=end,
        recording={} if quality is None else {"quality": quality},
    )
    opened = SavedSession.open(session)
    prepare_process()
    with ProgressLine() as progress:
        report = render_session(
            opened,
            output or opened.path.absolute().with_name(f"{opened.path.stem}_rendered.mp4"),
            options,
            overwrite=overwrite,
            watch=progress.update,
            tell=progress.tell,
            step=progress.begin,
        )
    say_problems(report.problems, interrupted=report.interrupted)
    print_result(report, _print_rendering, as_json=json)
    return INTERRUPTED if report.interrupted else DONE


def analyze(
    session: Path,
    /,
    *,
    exercise: str,
    report: Path | None = None,
    smoothing: Steadied = "saved",
    save: bool = False,
    json: bool = False,
    overwrite: bool = False,
) -> int:
    """Count and coach what is done in a saved session; no network runs, and the history stays as it is.

    Parameters
    ----------
    session
        Session folder, .vpl, or a keypoint table: .parquet, .csv, .json.
    exercise
        A name from `exercises list`, a TOML file, or auto to recognise it.
    report
        Page about what was trained, .html.
    smoothing
        saved, or another one over what was measured: none, one_euro, adaptive, zero_phase.
    save
        Write repetitions and cues into the session, in place of those in it.
    json
        Print one JSON object instead of the summary.
    overwrite
        Replace a page that exists.
    """
    from vitpose_live.app.analyze import analyze_session  # noqa: PLC0415
    from vitpose_live.app.console import ProgressLine, prepare_process  # noqa: PLC0415
    from vitpose_live.app.saved_session import SavedSession  # noqa: PLC0415

    opened = SavedSession.open(session)
    prepare_process()
    with ProgressLine() as progress:
        done = analyze_session(
            opened,
            exercise,
            smoothing=_smoothing(smoothing),
            report=report,
            overwrite=overwrite,
            save=save,
            watch=progress.update,
            tell=progress.tell,
            step=progress.begin,
        )
    say_problems(done.problems, interrupted=done.interrupted)
    print_result(done, _print_analysis, as_json=json)
    return INTERRUPTED if done.interrupted else DONE


def _smoothing(name: Steadied) -> Smoothing | None:
    from vitpose_live.app.settings import Smoothing  # noqa: PLC0415

    return None if name == "saved" else Smoothing(name)


def _print_rendering(report: RenderReport) -> None:
    delivered = report.status.delivered
    speed = delivered / report.seconds if report.seconds else 0.0
    print_line(f"{delivered} frames, {report.duration:.2f} s, {speed:.1f} fps")
    if delivered:
        print_line(f"video     {report.video.resolve()}")


def _print_analysis(report: AnalysisReport) -> None:
    from vitpose_live.app.console import trained  # noqa: PLC0415

    print_line(f"{report.status.delivered} frames, {report.duration:.2f} s")
    for line in trained(report.training):
        print_line(line)
    for what, path in (("report", report.report), ("session", report.saved)):
        if path is not None:
            print_line(f"{what:<9} {path.resolve()}")
