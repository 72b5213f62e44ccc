"""Array checks at construction: each error names the argument, what was expected and what was given."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitpose_live.errors import InvalidArrayError

Shape = tuple[int | str, ...]


def frozen_array(name: str, value: Any, shape: Shape, dtype: type[np.generic]) -> NDArray[Any]:
    """Return `value` as a read-only array of `dtype` after checking its `shape`.

    Parameters
    ----------
    name
        The argument's name as the caller wrote it, for the error.
    value
        Anything `numpy.asarray` takes; an empty list of people stands for every ``(0, ...)`` shape.
    shape
        Expected sizes; a string stands for "any" and is how the error names it, as in ``("n", 4)``.
    dtype
        Values are cast to it, except that a float is never rounded to an integer silently.

    Raises
    ------
    InvalidArrayError
        When the shape does not fit or the values cannot be cast.
    """
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise InvalidArrayError(f"{name}: rows of different lengths") from error
    if array.dtype.kind not in "biuf":
        raise InvalidArrayError(f"{name}: expected numbers, got dtype {array.dtype}")
    if array.dtype.kind == "f" and array.size and issubclass(dtype, np.integer):
        raise InvalidArrayError(f"{name}: expected integers, got dtype {array.dtype}")
    if array.shape == (0,) and isinstance(shape[0], str):
        array = array.reshape(tuple(0 if isinstance(size, str) else size for size in shape))
    fits = array.shape == shape or (
        array.ndim == len(shape)
        and all(isinstance(want, str) or want == got for want, got in zip(shape, array.shape, strict=True))
    )
    if not fits:
        raise InvalidArrayError(f"{name}: expected shape {_spell(shape)}, got {_spell(array.shape)}")
    # a view, so that freezing never reaches the caller's own array
    array = array.astype(dtype, copy=False).view()
    array.flags.writeable = False
    return array


def instance(name: str, value: Any, kind: type) -> None:
    """Check that `value` is a `kind`; what people pass first is the bare array inside."""
    if not isinstance(value, kind):
        raise InvalidArrayError(
            f"{name}: expected a {kind.__name__}, got {type(value).__name__}",
            hint=f"wrap it: vitpose_live.{kind.__name__}(...)",
        )


def same_length(owner: str, **arrays: NDArray[Any]) -> None:
    """Check that all `arrays` hold one row per person."""
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        spelled = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise InvalidArrayError(f"{owner}: expected one row per person in each array, got {spelled}")


def boxes_xyxy(name: str, value: Any) -> NDArray[np.float32]:
    """Return (n, 4) float32 boxes after checking that they are finite and x1 <= x2, y1 <= y2."""
    boxes: NDArray[np.float32] = frozen_array(name, value, ("n", 4), np.float32)
    if not np.isfinite(boxes).all():
        raise InvalidArrayError(f"{name}: expected finite x1, y1, x2, y2, got NaN or infinity")
    if (boxes[:, 2:] < boxes[:, :2]).any():
        row = int(np.flatnonzero((boxes[:, 2:] < boxes[:, :2]).any(axis=1))[0])
        raise InvalidArrayError(
            f"{name}: expected x1 <= x2 and y1 <= y2, got {boxes[row].tolist()} in row {row}",
            hint="boxes are x1, y1, x2, y2 in pixels, not x, y, width, height",
        )
    return boxes


def unit_scores(name: str, value: Any, shape: Shape) -> NDArray[np.float32]:
    """Return float32 scores after checking that all lie in 0..1."""
    scores: NDArray[np.float32] = frozen_array(name, value, shape, np.float32)
    outside = ~((scores >= 0) & (scores <= 1))
    if outside.any():
        raise InvalidArrayError(f"{name}: expected scores in 0..1, got {float(scores[outside][0]):g}")
    return scores


def _spell(shape: Shape) -> str:
    return "(" + ", ".join(map(str, shape)) + (",)" if len(shape) == 1 else ")")
