"""Poses from files that anybody may have written: checked, and refused in one line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from vitpose_live.data import Poses, Skeleton
from vitpose_live.data.sequence import PoseSequence
from vitpose_live.errors import InvalidArrayError, SessionError, SourceError, SourceNotFoundError
from vitpose_live.sinks.session_rows import sequence_of

MOST_VALUES = 1 << 29
"""Of a table: two gigabytes; a larger one is no recording but an attack."""
MOST_SECONDS = 1e7
"""A third of a year: no clock that starts with a recording says more."""
LONGEST_SIDE = 16_384
_MOST_WHOLE = 1 << 63
"""TOML and JSON have whole numbers without end, of which Python can make neither floats nor words."""
_WIDEST_SIGMA = 1e3


@contextmanager
def reading(path: Path, hint: str = "") -> Iterator[None]:
    """Turn what goes wrong while `path` is read into one line."""
    try:
        yield
    except SourceError:
        raise  # one of them is a FileNotFoundError too, and says it already
    except FileNotFoundError as error:
        raise SourceNotFoundError(f"{path} is not there", hint="check the path") from error
    except pa.ArrowException as error:  # some of them are an OSError or a ValueError, too
        raise SessionError(f"{path} cannot be read: {_line(error)}", hint=hint) from error
    except OSError as error:
        raise SessionError(f"{path} cannot be read: {error.strerror or _line(error)}", hint=hint) from error
    except InvalidArrayError as error:
        raise SessionError(f"{path}: {error}", hint=error.hint or hint) from error


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def parsed(text: bytes) -> Any:
    """Return what `text`, JSON, says."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidArrayError(f"its metadata is not JSON: {error}") from error


def bounded(document: Any) -> None:
    """Refuse whole numbers that no 64 bits hold anywhere in `document`, which was parsed.

    Raises
    ------
    InvalidArrayError
        When there is one.
    """
    rest = [document]
    while rest:  # it may be nested deeper than calls may be
        value = rest.pop()
        if isinstance(value, int) and not -_MOST_WHOLE <= value < _MOST_WHOLE:
            raise InvalidArrayError("it holds a whole number of more than 64 bits")
        if isinstance(value, Mapping):
            rest += value.values()
        elif isinstance(value, list):
            rest += value


def skeleton_of(document: Any) -> Skeleton:
    """Return the skeleton that `document`, from a file, describes.

    Raises
    ------
    InvalidArrayError
        When it describes none.
    """
    if not isinstance(document, Mapping):
        raise InvalidArrayError("the skeleton is not described")
    bounded(document)
    name, keypoints = document.get("name"), document.get("keypoints")
    if not isinstance(name, str) or not isinstance(keypoints, list) or not all(isinstance(k, str) for k in keypoints):
        raise InvalidArrayError("the skeleton has no name or no list of keypoints")
    pairs = {key: document.get(key, []) for key in ("edges", "mirror_pairs")}
    for key, given in pairs.items():
        if not isinstance(given, list) or not all(
            isinstance(pair, list) and all(type(joint) is int for joint in pair) for pair in given
        ):
            raise InvalidArrayError(f"skeleton {name!r}: {key}: expected pairs of whole numbers")
    sigmas = document.get("sigmas", [])
    if not isinstance(sigmas, list) or not all(
        isinstance(sigma, int | float) and 0 <= sigma <= _WIDEST_SIGMA for sigma in sigmas
    ):
        raise InvalidArrayError(f"skeleton {name!r}: sigmas: expected numbers in 0..{_WIDEST_SIGMA:.0f}")
    edges, mirror_pairs = (tuple(map(tuple, given)) for given in pairs.values())
    return Skeleton(name, tuple(keypoints), edges, mirror_pairs, np.array(sigmas, np.float32))


def checked(
    rows: NDArray[Any],
    frames: NDArray[np.int64],
    times: NDArray[np.float64],
    skeleton: Skeleton,
    described: Mapping[str, Any],
) -> PoseSequence:
    """Return the sequence that `rows` of `person_type` make up, after checking that they can be people."""
    check_times(times)
    bounded(described)
    for field in ("keypoints", "raw"):
        if field in (rows.dtype.names or ()):
            Poses(rows[field][..., :2], rows[field][..., 2], np.arange(len(rows)), rows["box"], skeleton)
    known = rows["box_score"][~np.isnan(rows["box_score"])]
    if ((known < 0) | (known > 1)).any():
        raise InvalidArrayError("box_score: expected scores in 0..1")
    source = described.get("source")
    source = source if isinstance(source, Mapping) else {}
    width, height = (side_of(source.get(name, 0)) for name in ("width", "height"))
    fps = source.get("fps", 0.0)
    fps = float(fps) if isinstance(fps, int | float) and 0 <= fps < 1e6 else 0.0
    return sequence_of(rows, frames, times, skeleton, width=width, height=height, fps=fps, metadata=described)


def check_times(times: NDArray[np.float64]) -> None:
    """Refuse times that no clock has."""
    if not (np.abs(times) < MOST_SECONDS).all():
        raise InvalidArrayError(f"time_s: expected finite seconds, fewer than {MOST_SECONDS:.0f}")


def side_of(value: Any) -> int:
    """Return the side of a picture in pixels, from a file."""
    if type(value) is not int or not 0 <= value <= LONGEST_SIDE:
        raise InvalidArrayError(f"the size of the pictures cannot be {str(value)[:40]!r}")
    return value
