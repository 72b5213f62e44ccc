"""Files of text, written all at once."""

from __future__ import annotations

from collections.abc import Collection

from vitpose_live.sinks.target import OutputTarget, PathLike, writing

PAGE_SUFFIXES = (".html", ".htm")
"""Of pages for a browser."""


def write_text(path: PathLike, text: str, suffixes: Collection[str], *, overwrite: bool = False) -> None:
    """Write `text` as UTF-8 to `path`, which ends in one of `suffixes`.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    target = OutputTarget(path, overwrite=overwrite, suffixes=suffixes)
    try:
        with writing(path):
            target.begin().write_text(text, "utf-8", newline="")
        target.commit()
    finally:
        target.discard()  # nothing is left to discard after commit
