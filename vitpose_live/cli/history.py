"""``vitpose-live history``: what was trained, on this machine."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from vitpose_live.cli.output import print_line

if TYPE_CHECKING:
    from vitpose_live.data.training import TrainingSession

history = App(name="history", help="Show, export and report what was trained; it is kept on this machine only.")


@history.default
def show(*, json: bool = False, export: Path | None = None, overwrite: bool = False) -> None:
    """List every set that was trained, the newest session first.

    Parameters
    ----------
    json
        Print one JSON object instead.
    export
        Write all of it to this .csv or .json instead.
    overwrite
        Replace an exported file that exists.
    """
    from vitpose_live.app.training import own_history  # noqa: PLC0415
    from vitpose_live.sinks.history_files import session_json, write_history  # noqa: PLC0415

    sessions = own_history().sessions()
    if export is not None:
        write_history(export, sessions, overwrite=overwrite)
        print_line(str(export.resolve()))
    elif json:
        print_line(json_format.dumps({"sessions": [session_json(one) for one in sessions]}, allow_nan=False))
    else:
        for session in sessions:
            _print(session)
        if not sessions:
            print_line("nothing was trained yet; `vitpose-live process VIDEO --exercise squat` counts a video")


@history.command
def report(
    session: int, /, *, output: Annotated[Path, Parameter(name=["--output", "-o"])], overwrite: bool = False
) -> None:
    """Write a page about a session; its pictures are not kept, so it has none of them.

    Parameters
    ----------
    session
        Its number, from `history`.
    output
        The page, .html.
    overwrite
        Replace a page that exists.
    """
    from vitpose_live.app.training import own_history  # noqa: PLC0415
    from vitpose_live.fitness.report import report_page  # noqa: PLC0415
    from vitpose_live.sinks.pages import PAGE_SUFFIXES, write_text  # noqa: PLC0415

    page = report_page(own_history().session(session))
    write_text(output, page, PAGE_SUFFIXES, overwrite=overwrite)
    print_line(str(output.resolve()))


@history.command
def forget(*sessions: int) -> None:
    """Remove sessions from the history.

    Parameters
    ----------
    sessions
        Their numbers, from `history`.
    """
    from vitpose_live.app.training import own_history  # noqa: PLC0415
    from vitpose_live.errors import SettingsError  # noqa: PLC0415

    if not sessions:
        raise SettingsError("no session is named", hint="`vitpose-live history` lists them")
    for session in sessions:
        own_history().forget(session)
        print_line(f"session {session} is forgotten")


def _print(session: TrainingSession) -> None:
    print_line(f"session {session.id}   {session.started:%Y-%m-%d %H:%M}   {session.source}")
    for one in session.sets:
        faults = sum(bool(repetition.fault) for repetition in one.repetitions)
        partial = f" and {one.partial} partial" if one.partial else ""
        form = f", {faults} with a fault" if faults else ""
        print_line(
            f"  person {one.person}   {one.count} x {one.exercise}{partial}{form}, {one.start:.1f} s to {one.end:.1f} s"
        )
