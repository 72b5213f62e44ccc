"""Words on the command line that are wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from vitpose_live.errors import UnknownNameError, VitposeLiveError


class UsageError(VitposeLiveError):
    """The command line itself is wrong."""


@contextmanager
def typed_names() -> Iterator[None]:
    """Make an unknown name in the block, which somebody has typed, wrong usage."""
    try:
        yield
    except UnknownNameError as error:
        raise UsageError(error.message, hint=error.hint) from error
