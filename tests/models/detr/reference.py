"""The model card's own recipe for detectors, and how near two answers are."""

from __future__ import annotations

import numpy as np


def recipe(model, processor, image: np.ndarray, conf: float = 0.3):
    """Return boxes and scores of people, strongest first, as the model card gets them."""
    inputs = processor(images=image, input_data_format="channels_last", return_tensors="pt")
    outputs = model(pixel_values=inputs["pixel_values"])
    (found,) = processor.post_process_object_detection(outputs, threshold=conf, target_sizes=[image.shape[:2]])
    person = np.array([model.config.id2label[label] == "person" for label in found["labels"].tolist()], bool)
    boxes, scores = found["boxes"].numpy()[person], found["scores"].numpy()[person]
    order = np.argsort(-scores, kind="stable")
    return boxes[order], scores[order]


def matched(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return (n,) how far each row of `first` is from the nearest of `second`: the largest difference in a row."""
    return np.abs(first[:, None] - second[None]).max(axis=2).min(axis=1)
