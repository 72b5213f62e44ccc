"""``vitpose-live exercises``: what can be counted, what that takes, and whether a file of one's own will do."""

from __future__ import annotations

import sys
from pathlib import Path

from cyclopts import App

from vitpose_live.cli.output import print_line

exercises = App(name="exercises", help="List, show and check the exercises that can be counted and coached.")


@exercises.command(name="list")
def list_exercises() -> None:
    """List every exercise, the built-in ones and one's own; says where the latter belong."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from vitpose_live.app.exercises import exercise_rows, own_exercises  # noqa: PLC0415

    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("name", "title", "counts", "judges", "from"):
        table.add_column(heading, no_wrap=heading != "judges")
    for row in exercise_rows():
        table.add_row(*row)
    # a pipe has no width to cut the text to
    console = Console(width=None if sys.stdout.isatty() else 240)
    console.print(table, markup=False)
    print_line(f"your own belong in {own_exercises()}")


@exercises.command
def show(name: str, /) -> None:
    """Print the TOML of an exercise, under what it measures: a beginning for one's own.

    Parameters
    ----------
    name
        A name from `exercises list`, or a file.
    """
    from vitpose_live.app.exercises import described, exercise_text  # noqa: PLC0415

    for line in (*(f"# {line}".rstrip() for line in described(name)), "", *exercise_text(name).splitlines()):
        print_line(line)


@exercises.command
def check(file: Path, /) -> None:
    """Say what is wrong with the file of an exercise, and where; the exit status is 1 then.

    Parameters
    ----------
    file
        TOML file.
    """
    from vitpose_live.app.exercises import check_file  # noqa: PLC0415

    exercise = check_file(file)
    print_line(f"{file}: {exercise.title} ({exercise.name}) is fine")
