"""Gives limbs that a pose network took for those of the other side back to theirs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STRONGLY = 1 / 3
"""Exchanging must leave at most this share of the jump."""

LEAST_JUMP = 0.1
"""Jumps smaller than this, in body sizes, both joints together, may as well be noise."""

MEMORY_SECONDS = 0.25
"""A joint not seen for longer may have gone anywhere."""


def swapped(times: Floats, points: Floats, mirror_pairs: Sequence[tuple[int, int]], limit: float) -> NDArray[np.bool_]:
    """Tell in which frames which mirror pair is exchanged.

    A pair is taken for exchanged from the frame on where both joints jump and exchanging them takes nearly all of the
    jump away, whether they are expected to stay or to go on as they were going (legs that cross in a walk do the
    latter), until the same happens the other way round. An exchange that begins or ends just where both meet is not
    seen. What lasts longer than `limit` is no mistake: a person has turned, or something else was one.

    Parameters
    ----------
    times
        (t,) seconds, ascending.
    points
        (t, k, 2) px; NaN where missing.
    mirror_pairs
        p pairs of columns of `points`.
    limit
        Seconds for which a pair can be exchanged.

    Returns
    -------
    (t, p)
    """
    flags = np.zeros((len(times), len(mirror_pairs)), np.bool_)
    if not flags.size:
        return flags
    pairs = points[:, np.array(mirror_pairs)]  # (t, p, 2, 2)
    least = LEAST_JUMP * body_size(points)
    state = np.zeros(len(mirror_pairs), np.bool_)
    last = before = np.full(pairs.shape[1:], np.nan)
    last_time = before_time = np.full(len(mirror_pairs), np.nan)
    for row, time in enumerate(times):
        seen = np.isfinite(pairs[row]).all(axis=(1, 2))
        state = state & (time - last_time <= MEMORY_SECONDS)
        now = np.where(state[:, None, None], pairs[row, :, ::-1], pairs[row])
        known = last_time - before_time <= MEMORY_SECONDS
        pace = np.divide(time - last_time, last_time - before_time, out=np.zeros(len(known)), where=known)
        onwards = last + np.where(known[:, None, None], last - before, 0) * pace[:, None, None]
        keep, exchange = (np.fmin(_way(last, pair), _way(onwards, pair)) for pair in (now, now[:, ::-1]))
        turn = seen & (keep > least) & (exchange < STRONGLY * keep) & (time - last_time <= MEMORY_SECONDS)
        state = state ^ turn
        now = np.where(turn[:, None, None], now[:, ::-1], now)
        flags[row] = state & seen
        before, last = (np.where(seen[:, None, None], new, old) for new, old in ((last, before), (now, last)))
        before_time, last_time = np.where(seen, last_time, before_time), np.where(seen, time, last_time)
    for column in flags.T:
        _drop_long_runs(column, times, limit)
    return flags


def body_size(points: Floats) -> float:
    """Longer side, in px, of a person as they are most of the time; 0 when nothing is seen."""
    seen = np.isfinite(points).all(axis=2)
    rows = seen.sum(axis=1) > 1
    if not rows.any():
        return 0.0
    sides = np.nanmax(points[rows], axis=1) - np.nanmin(points[rows], axis=1)
    return float(np.median(sides.max(axis=1)))


def _way(start: Floats, end: Floats) -> Floats:
    """(p,) how far both joints of (p, 2, 2) pairs go, together."""
    way = end - start
    return np.asarray(np.hypot(way[..., 0], way[..., 1]).sum(axis=1))


def _drop_long_runs(flags: NDArray[np.bool_], times: Floats, limit: float) -> None:
    """Clear, in place, runs of True in `flags` (t,) that last longer than `limit` seconds."""
    edges = np.flatnonzero(np.diff(flags.astype(np.int8), prepend=0, append=0))
    for start, end in edges.reshape(-1, 2):
        if times[min(end, len(times) - 1)] - times[start] > limit:
            flags[start:end] = False
