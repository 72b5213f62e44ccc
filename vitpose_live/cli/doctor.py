"""``vitpose-live doctor``: what works on this machine, what does not, and what to do about it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from vitpose_live.cli.output import print_line, print_result

if TYPE_CHECKING:
    from vitpose_live.app.doctor import Diagnosis

_MARKS = {"ok": "✓", "absent": "-", "warning": "!", "broken": "✗"}
_PLAIN = {"ok": "+", "absent": "-", "warning": "!", "broken": "x"}
_VERDICT = {True: "all that is needed works", False: "something that is needed does not work"}


def doctor(*, json: bool = False) -> int:
    """Look at everything this program needs of the machine; say what is wrong and how it is mended.

    Exit status 1 when something that is needed does not work.

    Parameters
    ----------
    json
        Print one JSON object instead.
    """
    from rich.console import Console  # noqa: PLC0415
    from rich.markup import escape  # noqa: PLC0415

    from vitpose_live.app.doctor import examine  # noqa: PLC0415

    console = Console(stderr=True)
    with console.status("looking") as status:  # silent where stderr is no terminal
        diagnosis = examine(lambda part: status.update(f"looking at {escape(part)}"))
    print_result(diagnosis, _print, as_json=json)
    return 0 if diagnosis.ok else 1


def _print(diagnosis: Diagnosis) -> None:
    marks = _marks()
    width = max(len(check.name) for checks in diagnosis.groups.values() for check in checks)
    for group, checks in diagnosis.groups.items():
        print_line(group)
        for check in checks:
            print_line(f"  {marks[check.state]} {check.name:<{width}}  {check.text}")
            if check.remedy:
                print_line(f"    {'':<{width}}  -> {check.remedy}")
        print_line("")
    print_line(f"{marks['ok' if diagnosis.ok else 'broken']} {_VERDICT[diagnosis.ok]}")


def _marks() -> dict[str, str]:
    """Return the signs of the states that this terminal can show."""
    try:
        "".join(_MARKS.values()).encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return _PLAIN
    return _MARKS
