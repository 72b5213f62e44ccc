"""What this machine has to share out."""

from __future__ import annotations

import os


def available_cores() -> int:
    """Return how many processor cores this process may use; at least 1."""
    if hasattr(os, "sched_getaffinity"):  # Linux, where a container or taskset may allow fewer than there are
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
