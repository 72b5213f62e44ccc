"""How a checkpoint wants the numbers of its pictures, as ``preprocessor_config.json`` says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from vitpose_live.errors import ModelError

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""ImageNet's, per channel, for pixels of 0..1."""

Channels = tuple[float, ...]


def read_normalisation(
    name: str, preprocessor: Mapping[str, Any], *, normalise: bool = True
) -> tuple[Channels, Channels]:
    """Return per channel what a pixel of 0..255 is multiplied by, and what is added then.

    Parameters
    ----------
    name
        The model's name, for errors.
    preprocessor
        The file; empty when there is none.
    normalise
        Whether its kind is normalised where the file does not say.

    Raises
    ------
    ModelError
        When a value cannot be used.
    """
    rescale = 1.0
    if preprocessor.get("do_rescale", True):
        rescale = _number(name, "rescale_factor", preprocessor.get("rescale_factor", 1 / 255))
    mean: Channels = (0.0,) * 3
    std: Channels = (1.0,) * 3
    if preprocessor.get("do_normalize", normalise):
        mean = _channels(name, "image_mean", preprocessor.get("image_mean", _MEAN))
        std = _channels(name, "image_std", preprocessor.get("image_std", _STD))
    if not all(std):
        raise _unusable(name, "image_std", std)
    return tuple(rescale / each for each in std), tuple(-centre / each for centre, each in zip(mean, std, strict=True))


def _channels(name: str, key: str, value: Any) -> Channels:
    if not isinstance(value, (list, tuple)) or len(value) != 3:
        raise _unusable(name, key, value)
    return tuple(_number(name, key, each) for each in value)


def _number(name: str, key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise _unusable(name, key, value)
    return float(value)


def _unusable(name: str, key: str, value: Any) -> ModelError:
    return ModelError(
        f"{name}: {key} in its preprocessor_config.json cannot be used: {value!r:.80}",
        hint="expected finite numbers, one for each of the three channels",
    )
