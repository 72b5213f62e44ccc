"""Words on the command line that are wrong."""

from __future__ import annotations

from vitpose_live.errors import VitposeLiveError


class UsageError(VitposeLiveError):
    """The command line itself is wrong."""
