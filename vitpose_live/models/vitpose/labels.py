"""Which skeleton a checkpoint answers with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from vitpose_live.data import Skeleton, load_skeleton, skeleton_by_keypoints, skeleton_names
from vitpose_live.data.skeleton import normalised_keypoint_name
from vitpose_live.models.vitpose.original_layout import DATASETS, SKELETON_KEY

_PLACEHOLDER = re.compile(r"LABEL_\d+")


def skeleton_of(config: Any, dataset_index: int) -> Skeleton:
    """Return the skeleton that a transformers ViTPose configuration names.

    A converted checkpoint says it outright; else its labels decide. Where they are placeholders (``LABEL_0``),
    `dataset_index` says which set it was trained on, and that set's skeleton is taken if it has as many keypoints; the
    published ViTPose+ heads are all COCO's. What is left gets numbered keypoints.
    """
    named = getattr(config, SKELETON_KEY, None)
    if named in skeleton_names() and len(load_skeleton(named)) == config.num_labels:
        return load_skeleton(named)
    labels = [str(config.id2label[index]) for index in range(config.num_labels)]
    if all(map(_PLACEHOLDER.fullmatch, labels)):
        for name in (trained_for(dataset_index), trained_for(0)):
            if name in skeleton_names() and len(load_skeleton(name)) == len(labels):
                return load_skeleton(name)
        return Skeleton("unnamed", tuple(f"keypoint_{index}" for index in range(len(labels))))
    names = [normalised_keypoint_name(label) for label in labels]
    known = skeleton_by_keypoints(names)
    if known is not None:
        return known
    if len(set(names)) < len(names):
        names = [f"{name}_{index}" for index, name in enumerate(names)]
    edges = getattr(config, "edges", None) or ()
    return Skeleton("own", tuple(names), tuple((int(a), int(b)) for a, b in edges), _mirror_pairs(names))


def trained_for(dataset_index: int) -> str:
    """Return the skeleton of the data set that an expert of ViTPose+ was trained for."""
    names = tuple(DATASETS.values())
    return names[dataset_index] if dataset_index < len(names) else "unknown"


def skeleton_from_facts(facts: Mapping[str, Any]) -> Skeleton:
    """Return the skeleton that a kept network remembers; a built-in one comes with its sigmas."""
    keypoints = tuple(facts["keypoints"])
    if facts["name"] in skeleton_names() and (known := load_skeleton(facts["name"])).keypoints == keypoints:
        return known
    edges, mirror_pairs = (tuple((int(a), int(b)) for a, b in facts[key]) for key in ("edges", "mirror_pairs"))
    return Skeleton(facts["name"], keypoints, edges, mirror_pairs)


def _mirror_pairs(names: list[str]) -> tuple[tuple[int, int], ...]:
    places = {name: place for place, name in enumerate(names)}
    return tuple(
        (place, places[twin])
        for name, place in places.items()
        if name.startswith("left_") and (twin := "right_" + name.removeprefix("left_")) in places
    )
