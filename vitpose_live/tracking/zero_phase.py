"""Smooths whole recordings without any lag, as laboratories of biomechanics do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import atan, ceil, pi, tan
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline, PchipInterpolator
from scipy.signal import butter, sosfiltfilt

from vitpose_live.data.checks import frozen_array, unit_scores
from vitpose_live.errors import InvalidArrayError, SettingsError
from vitpose_live.tracking.left_right import body_size, swapped

Floats = NDArray[np.float64]

ORDER, PASSES = 2, 2

OUTLIER_REACH = 3
"""Frames before and after that say where a joint should be: glitches of half of them are found."""

OUTLIER_SIGMAS = 4.0
LIMB_ACCELERATION = 60.0
"""Body sizes per second^2: a foot that kicks (100 m/s^2) is no outlier."""

MEDIAN_LENGTH = 1.1774
"""Median length of a two-dimensional normal vector whose coordinates have deviation 1: sqrt(2 ln 2)."""

SWAP_SECONDS = 1.0
"""Left and right are taken for exchanged for at most this long."""

PAD_CYCLES = 3.0
"""Length of the reflected margin at either end, in cycles of the cutoff: transients die in it."""


class Steadied(NamedTuple):
    """One person's keypoints after smoothing.

    Attributes
    ----------
    points
        (t, k, 2) px; NaN where missing.
    scores
        (t, k) as given; where a joint was filled in, the lower of those on either side; 0 where missing.
    """

    points: Floats
    scores: Floats


def zero_phase(
    times: Any,
    points: Any,
    scores: Any,
    mirror_pairs: Sequence[tuple[int, int]] = (),
    *,
    cutoff: float = 6.0,
    gap_seconds: float = 0.5,
    keypoint_score: float = 0.1,
) -> Steadied:
    """Smooth one person's keypoints over a whole recording.

    Left and right joints that were exchanged for a moment are put right (`left_right`); what stands out from the frames
    around it is dropped (Hampel's identifier, unless a limb could have got there); gaps are filled in; and a
    Butterworth low-pass runs over the evenly resampled time forwards and backwards, so that nothing comes late. Its
    order is 4 and it halves the power at `cutoff`, both passes together: each pass is of order 2, with a cutoff
    corrected for the other (Winter, Biomechanics and Motor Control of Human Movement, 4th ed., chapter 2).

    A joint is smoothed from one gap longer than `gap_seconds` to the next. When there are fewer than two frames per
    cycle of `cutoff` nothing is filtered.

    Parameters
    ----------
    times
        (t,) seconds, ascending; the intervals may differ.
    points
        (t, k, 2) px; NaN where missing.
    scores
        (t, k) 0..1; a joint scored below `keypoint_score` is taken for missing.
    mirror_pairs
        Pairs of joints that can be exchanged, as in `Skeleton.mirror_pairs`; none are repaired if left out.
    cutoff
        Hz.
    gap_seconds
        Joints missing between two measurements at most this far apart are filled in; longer gaps stay.
    keypoint_score
        Least score of a joint that is believed.

    Raises
    ------
    InvalidArrayError
        When shapes do not fit, or times do not ascend.
    SettingsError
        When an option is out of range.
    """
    for name, value in (("cutoff", cutoff), ("gap_seconds", gap_seconds)):
        if not value > 0:
            raise SettingsError(f"{name}: expected more than 0, got {value}")
    times, points, scores = _checked(times, points, scores)
    if len(times) < 2:
        return Steadied(points, scores)
    good = np.isfinite(points).all(axis=2) & (scores >= keypoint_score) & (scores > 0)
    points[~good] = np.nan
    _untangle(times, points, scores, mirror_pairs)
    points[_outliers(times, points)] = np.nan

    result = Steadied(np.full_like(points, np.nan), np.zeros_like(scores))
    step = float(np.median(np.diff(times)))
    for joint in range(points.shape[1]):
        rows = np.flatnonzero(np.isfinite(points[:, joint, 0]))
        for part in _unbroken(times, rows, gap_seconds):
            span = slice(part[0], part[-1] + 1)
            result.points[span, joint] = _low_pass(times[part], points[part, joint], times[span], step, cutoff)
            result.scores[span, joint] = _fill_scores(part, scores[part, joint])
    return result


def _checked(times: Any, points: Any, scores: Any) -> tuple[Floats, Floats, Floats]:
    times = frozen_array("times", times, ("t",), np.float64)
    points = np.array(points, np.float64)
    if points.shape == (0,):
        points = points.reshape(0, 0, 2)
    if points.ndim != 3 or points.shape[::2] != (len(times), 2):
        raise InvalidArrayError(f"points: expected shape ({len(times)}, k, 2), got {points.shape}")
    if not np.isfinite(times).all() or (np.diff(times) <= 0).any():
        raise InvalidArrayError("times: expected finite ascending seconds")
    if np.shape(scores) != points.shape[:2] and len(times):
        raise InvalidArrayError(f"scores: expected shape {points.shape[:2]}, got {np.shape(scores)}")
    scores = unit_scores("scores", np.reshape(scores, points.shape[:2]), ("t", "k")).astype(np.float64)
    return times, points, scores


def _untangle(times: Floats, points: Floats, scores: Floats, mirror_pairs: Sequence[tuple[int, int]]) -> None:
    """Give back, in place, what belongs to the other side."""
    flags = swapped(times, points, mirror_pairs, SWAP_SECONDS)
    for (left, right), rows in zip(mirror_pairs, flags.T, strict=True):
        for values in (points, scores):
            values[rows, left], values[rows, right] = values[rows, right], values[rows, left]


def _outliers(times: Floats, points: Floats) -> NDArray[np.bool_]:
    """(t, k) joints further from the median of the frames around them than noise and limbs go."""
    reach = min(OUTLIER_REACH, (len(times) - 1) // 2)
    if not reach:
        return np.zeros(points.shape[:2], np.bool_)
    margin = np.full((reach, *points.shape[1:]), np.nan)
    around = np.lib.stride_tricks.sliding_window_view(np.concatenate([margin, points, margin]), 2 * reach + 1, axis=0)
    middle = _median(around)
    away = np.hypot(*np.moveaxis(points - middle, -1, 0))
    spread = _median(np.hypot(*np.moveaxis(around - middle[..., None], 2, 0))) / MEDIAN_LENGTH
    usual = _median(spread.T)  # of the whole recording: seven values may happen to agree
    ticks = np.gradient(times)[:, None]
    limit = OUTLIER_SIGMAS * np.fmax(spread, usual) + LIMB_ACCELERATION * body_size(points) * ticks**2 / 2
    seen = np.isfinite(around[:, :, 0])
    inside = (seen[..., :reach].sum(axis=-1) > 1) & (seen[..., -reach:].sum(axis=-1) > 1)
    return np.asarray((away > limit) & inside)  # at the ends nothing says where a joint should be


def _median(values: Floats) -> Floats:
    """Median along the last axis of those that are not NaN; NaN where all are."""
    ordered = np.sort(values, axis=-1)  # NaN last
    count = np.isfinite(ordered).sum(axis=-1, keepdims=True)
    low, high = (np.take_along_axis(ordered, np.maximum(count - 1 + up, 0) // 2, axis=-1) for up in (0, 1))
    return np.asarray(0.5 * (low + high)[..., 0])


def _unbroken(times: Floats, rows: NDArray[np.intp], limit: float) -> Iterator[NDArray[np.intp]]:
    """Split `rows` where more than `limit` seconds lie between two of them."""
    breaks = np.flatnonzero(np.diff(times[rows]) > limit) + 1
    return (part for part in np.split(rows, breaks) if len(part))


def _low_pass(times: Floats, values: Floats, wanted: Floats, step: float, cutoff: float) -> Floats:
    """(w, 2) `values` (t, 2) at `times`, low-passed, at the `wanted` times between the first and the last."""
    if len(times) < 2:
        return values
    fine = PchipInterpolator(times, values)
    count = max(round((times[-1] - times[0]) / step), 1) + 1
    even = np.linspace(times[0], times[-1], count)
    rate = (count - 1) / (times[-1] - times[0])
    if cutoff >= rate / 2:
        return np.asarray(fine(wanted))
    margin = min(ceil(PAD_CYCLES * rate / cutoff), count - 1)
    smooth = sosfiltfilt(butterworth(cutoff, rate), fine(even), axis=0, padlen=margin)
    return np.asarray(CubicSpline(even, smooth)(wanted))


def butterworth(cutoff: float, rate: float) -> Floats:
    """Sections, as scipy has them, of a low-pass that halves the power at `cutoff` Hz after a pass in either direction.

    The bilinear transform maps frequencies by a tangent; the correction for `PASSES` applies there.
    """
    correction = (2 ** (1 / PASSES) - 1) ** (1 / (2 * ORDER))
    corrected = atan(tan(pi * cutoff / rate) / correction) / pi
    return np.asarray(butter(ORDER, 2 * corrected, output="sos"))


def _fill_scores(rows: NDArray[np.intp], scores: Floats) -> Floats:
    """Scores of all frames from the first to the last of `rows`, in between the lower one of those on either side."""
    every = np.arange(rows[0], rows[-1] + 1)
    after = np.searchsorted(rows, every)
    before = np.searchsorted(rows, every, side="right") - 1
    return np.minimum(scores[before], scores[after])
