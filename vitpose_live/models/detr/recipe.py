"""What a checkpoint's files say of its use: how pictures go in, and which of its answers are people.

Read without transformers, whose import takes longer than loading a converted network. The rules are those of its image
processors, by family; `tests/models/detr` holds both side by side.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vitpose_live.errors import ModelError
from vitpose_live.models.normalisation import read_normalisation

_BILINEAR = 2
"""Pillow's number for it, as the files have it."""
_RESAMPLINGS = range(6)
_MOST_PIXELS = 4096
"""On a side: no detector looks at more, and a wrong number should not take all memory."""


@dataclass(frozen=True, slots=True)
class Scoring:
    """How a network's answers become scores.

    Parameters
    ----------
    exclusive
        Each answer is of one class or of none (softmax; the last logit stands for none), not of each independently
        (sigmoid).
    limit
        How many of the strongest pairs of answer and class are looked at, whatever their class; None: as many as
        there are answers. Has no meaning when exclusive.
    """

    exclusive: bool = False
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """How pictures go in, and how answers are scored.

    Parameters
    ----------
    size
        (height, width) in pixels to which every picture is scaled; None: `edges` with its aspect kept.
    edges
        Pixels of the shorter side, and the most that the longer one may have.
    multiple
        Sides that keep the aspect are cut down to a multiple of this.
    resample
        Pillow's number of the interpolation.
    scale, shift
        Per channel: what a pixel of 0..255 is multiplied by, and what is added then.
    scoring
        How answers are scored.
    """

    size: tuple[int, int] | None
    edges: tuple[int, int]
    multiple: int
    resample: int
    scale: tuple[float, ...]
    shift: tuple[float, ...]
    scoring: Scoring

    def input_size(self, height: int, width: int) -> tuple[int, int]:
        """Return (height, width) that a picture of `height` x `width` pixels is scaled to."""
        if self.size is not None:
            return self.size
        short, long = min(height, width), max(height, width)
        shorter, most = self.edges
        exact = float(shorter)
        if long / short * shorter > most:
            exact = most * short / long
            shorter = round(exact)
        # the reference cuts the longer side off and leaves a picture alone whose shorter side is right
        longer = long if short == shorter else int(exact * long / short)
        shorter, longer = (max(side - side % self.multiple, self.multiple) for side in (shorter, longer))
        return (shorter, longer) if height <= width else (longer, shorter)


@dataclass(frozen=True, slots=True)
class _Family:
    """What one of transformers' image processors does where the files do not say."""

    scoring: Scoring
    size: Mapping[str, int]
    normalise: bool = True
    multiple: int = 1
    stride: int = 1


_EDGES = {"shortest_edge": 800, "longest_edge": 1333}
_EACH, _BEST_100, _ONE = Scoring(), Scoring(limit=100), Scoring(exclusive=True)
_FAMILIES = {
    "RTDetr": _Family(_EACH, {"height": 640, "width": 640}, normalise=False, stride=32),
    "RfDetr": _Family(_EACH, _EDGES),
    "ConditionalDetr": _Family(_BEST_100, _EDGES),
    "DeformableDetr": _Family(_BEST_100, _EDGES),
    "Detr": _Family(_ONE, _EDGES),
    "Yolos": _Family(_ONE, _EDGES, multiple=16),
}
_FAMILY_OF = {
    "rt_detr": "RTDetr",
    "rt_detr_v2": "RTDetr",
    "d_fine": "RTDetr",
    "deimv2": "RTDetr",
    "rf_detr": "RfDetr",
    "conditional_detr": "ConditionalDetr",
    "dab-detr": "ConditionalDetr",
    "deformable_detr": "DeformableDetr",
    "lw_detr": "DeformableDetr",
    "detr": "Detr",
    "table-transformer": "Detr",
    "yolos": "Yolos",
}
"""Architecture to image processor, for files that do not name one."""
_PROCESSOR = re.compile(r"(\w+?)(?:ImageProcessor|FeatureExtractor)(?:Fast|Pil)?")

_PEOPLE = {"person", "people", "pedestrian", "human"}
_COCO_PERSON = {80: 0, 91: 1}
"""Where people are among COCO's classes: 80 in a row, or 91 with the holes that its numbering has."""


def read_recipe(
    name: str, model_type: str, preprocessor: Mapping[str, Any], size: Sequence[int] | None = None
) -> Recipe:
    """Read ``preprocessor_config.json``.

    Parameters
    ----------
    name
        The model's name, for errors.
    model_type
        Its architecture as transformers names it.
    preprocessor
        The file; empty when there is none.
    size
        (height, width) to use instead of what the file says.

    Raises
    ------
    ModelError
        When the model is no detector that is known, or wants its pictures prepared in a way that is not supported.
    """
    family = _family(name, model_type, preprocessor)
    wanted = preprocessor.get("size", family.size) if size is None else {"height": size[0], "width": size[1]}
    fixed, edges = _size(name, wanted, preprocessor.get("max_size", 1333))
    if fixed is not None and any(side % family.stride for side in fixed):
        raise ModelError(
            f"{name}: input size {fixed[1]} x {fixed[0]} cannot be used", hint=f"use multiples of {family.stride}"
        )
    pads = preprocessor.get("do_pad", True) and preprocessor.get("pad_size") is not None
    if pads or not preprocessor.get("do_resize", True):
        how = "padded to one size" if pads else "not scaled"
        raise ModelError(f"{name} wants its pictures {how}, which is not supported", hint="use another detector")
    scale, shift = read_normalisation(name, preprocessor, normalise=family.normalise)
    resample = preprocessor.get("resample", _BILINEAR)
    if resample not in _RESAMPLINGS or isinstance(resample, bool):
        raise ModelError(f"{name}: resample in its preprocessor_config.json cannot be used: {resample!r:.80}")
    return Recipe(
        size=fixed,
        edges=edges,
        multiple=family.multiple,
        resample=resample,
        scale=scale,
        shift=shift,
        scoring=family.scoring,
    )


def _family(name: str, model_type: str, preprocessor: Mapping[str, Any]) -> _Family:
    processor = preprocessor.get("image_processor_type") or preprocessor.get("feature_extractor_type") or ""
    match = _PROCESSOR.fullmatch(str(processor))
    family = match[1] if match else ""
    family = family if family in _FAMILIES else _FAMILY_OF.get(model_type, "")
    if not family:
        raise ModelError(
            f"{name} is a {model_type} model, not a detector that can be run",
            hint=f"supported are {', '.join(_FAMILY_OF)}",
        )
    return _FAMILIES[family]


def _is_side(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MOST_PIXELS


def _size(name: str, size: Any, most: Any) -> tuple[tuple[int, int] | None, tuple[int, int]]:
    """Return the fixed size, or None and the two edges."""
    if _is_side(size) and _is_side(most):  # as files before 2023 have it
        return None, (size, most)
    if isinstance(size, Mapping):
        edges: Any = (size.get("shortest_edge"), size.get("longest_edge"))
        if all(map(_is_side, edges)):
            return None, edges
        sides: Any = (size.get("height"), size.get("width"))
        if all(map(_is_side, sides)):
            return sides, (0, 0)
    raise ModelError(
        f"{name}: the size in its preprocessor_config.json cannot be used: {size}",
        hint="expected height and width, or shortest_edge and longest_edge",
    )


def person_labels(name: str, config: Mapping[str, Any]) -> tuple[int, ...]:
    """Return which of a network's classes are people, by their names in ``config.json``.

    A configuration that only has placeholders (``LABEL_0`` ...) but as many classes as COCO has COCO's.

    Raises
    ------
    ModelError
        When no class is called person; the labels that there are, are named.
    """
    labels = {int(number): str(label) for number, label in config.get("id2label", {}).items()}
    if not labels:
        labels = {number: f"LABEL_{number}" for number in range(config.get("num_labels", 2))}
    people = tuple(number for number, label in sorted(labels.items()) if label.strip().lower() in _PEOPLE)
    if people:
        return people
    if len(labels) in _COCO_PERSON and all(label == f"LABEL_{number}" for number, label in labels.items()):
        return (_COCO_PERSON[len(labels)],)
    first = ", ".join(label for _, label in sorted(labels.items())[:8])
    more = f" and {len(labels) - 8} more" if len(labels) > 8 else ""
    raise ModelError(
        f"{name} does not detect people: its classes are {first}{more}",
        hint="if one of them is people, call it person in id2label of its config.json",
    )
