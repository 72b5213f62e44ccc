"""Answers to people, held against transformers' own post-processing."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import ConditionalDetrImageProcessorPil, DetrImageProcessorPil, RTDetrImageProcessorPil
from transformers.models.rt_detr.modeling_rt_detr import RTDetrObjectDetectionOutput

from vitpose_live.models.detr.people import people
from vitpose_live.models.detr.recipe import Scoring

RULES = {
    "each": (RTDetrImageProcessorPil, Scoring()),
    "best 100": (ConditionalDetrImageProcessorPil, Scoring(limit=100)),
    "one": (DetrImageProcessorPil, Scoring(exclusive=True)),
}


def reference(processor, logits, boxes, label, conf):
    outputs = RTDetrObjectDetectionOutput(
        logits=torch.from_numpy(logits)[None], pred_boxes=torch.from_numpy(boxes)[None]
    )
    (found,) = processor().post_process_object_detection(outputs, threshold=conf, target_sizes=[(1, 1)])
    person = found["labels"] == label
    scores, order = found["scores"][person].sort(descending=True, stable=True)
    return found["boxes"][person][order].numpy(), scores.numpy()


@pytest.mark.parametrize("rule", RULES)
@given(st.integers(1, 150), st.integers(2, 30), st.floats(0, 0.9), st.floats(-3, 3), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_people_are_those_of_the_reference(rule, queries, classes, conf, bias, seed):
    processor, scoring = RULES[rule]
    rng = np.random.default_rng(seed)
    logits = rng.normal(bias, 2, (queries, classes)).astype(np.float32)
    boxes = rng.random((queries, 4), np.float32)
    # a label that exists, whether or not the last class stands for none
    label = int(rng.integers(classes - 1))
    expected_boxes, expected_scores = reference(processor, logits, boxes, label, conf)
    found_boxes, found_scores = people(logits, boxes, (label,), scoring, conf)
    np.testing.assert_allclose(found_scores, expected_scores, atol=1e-6)
    np.testing.assert_allclose(found_boxes, expected_boxes, atol=1e-6)


def test_other_classes_take_places_from_people():
    logits = np.full((4, 3), 5, np.float32)
    logits[:, 0] = [1, 2, 3, 4]
    # four places for four queries, and eight other things are stronger
    boxes, scores = people(logits, np.ones((4, 4), np.float32), (0,), Scoring(), 0.3)
    assert boxes.shape == (0, 4)
    assert scores.shape == (0,)
    logits[:, 1:] = -5
    assert len(people(logits, np.ones((4, 4), np.float32), (0,), Scoring(), 0.3)[1]) == 4


def test_the_strongest_come_first_and_extreme_logits_do_no_harm():
    logits = np.array([[-1e4, 0], [0, 0], [1e4, 0], [2, 0]], np.float32)
    boxes = np.tile(np.array([0.5, 0.5, 0.2, 0.4], np.float32), (4, 1))
    found, scores = people(logits, boxes, (0,), Scoring(limit=8), 0.3)
    np.testing.assert_allclose(scores, [1, 0.8807971, 0.5], atol=1e-6)
    np.testing.assert_allclose(found[0], [0.4, 0.3, 0.6, 0.7], atol=1e-6)


@pytest.mark.parametrize("exclusive", [True, False])
def test_one_person_of_two_kinds_is_one_person(exclusive):
    logits = np.array([[3, 2.5, -9, -9], [1, 4, -9, -9], [-9, -9, 4, -9]], np.float32)
    _, scores = people(logits, np.ones((3, 4), np.float32), (0, 1), Scoring(exclusive, 100), 0.3)
    assert len(scores) == 2
