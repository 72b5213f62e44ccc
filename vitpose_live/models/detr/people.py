"""A detector's answers to people, by the rules of transformers' ``post_process_object_detection``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vitpose_live.models.boxes import Boxes
from vitpose_live.models.detr.recipe import Scoring

Floats = NDArray[np.float32]

_STEEPEST = np.float32(80)
"""Logit beyond which a score is 0 or 1 anyway, and its exponential would overflow."""


def people(logits: Floats, boxes: Floats, labels: Sequence[int], scoring: Scoring, conf: float) -> tuple[Boxes, Floats]:
    """Return the people among a network's answers, strongest first.

    Parameters
    ----------
    logits
        (queries, classes).
    boxes
        (queries, 4) centre x, centre y, width, height in units of the picture.
    labels
        The classes that are people.
    scoring
        How logits become scores.
    conf
        Only what scores higher than this is a person.

    Returns
    -------
    boxes : (n, 4) float32
        x1, y1, x2, y2 in units of the picture; they may reach beyond it.
    scores : (n,) float32
        0..1, falling.
    """
    strengths, good = (
        _of_one_class(logits, labels) if scoring.exclusive else _of_each_class(logits, labels, scoring, conf)
    )
    chosen = np.flatnonzero(good & (strengths > conf))
    chosen = chosen[np.argsort(-strengths[chosen], kind="stable")]
    centres, halves = boxes[chosen, :2], boxes[chosen, 2:] * np.float32(0.5)
    return np.concatenate([centres - halves, centres + halves], axis=1), strengths[chosen]


def _of_one_class(logits: Floats, labels: Sequence[int]) -> tuple[Floats, NDArray[np.bool_]]:
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    scores = (weights / weights.sum(axis=1, keepdims=True))[:, :-1]
    return scores.max(axis=1), np.isin(scores.argmax(axis=1), labels)


def _of_each_class(
    logits: Floats, labels: Sequence[int], scoring: Scoring, conf: float
) -> tuple[Floats, NDArray[np.bool_]]:
    scores = 1 / (1 + np.exp(-np.clip(logits, -_STEEPEST, _STEEPEST)))
    strengths = scores[:, list(labels)].max(axis=1)
    limit = len(logits) if scoring.limit is None else scoring.limit
    if np.count_nonzero(scores > conf) <= limit:
        return strengths, np.ones(len(logits), bool)
    # other classes take places from people here, as in the reference
    return strengths, strengths >= np.partition(scores, -limit, axis=None)[-limit]
