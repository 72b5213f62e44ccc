"""The example that the ViTPose model card prints, with the real weights where somebody has put them."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from check_card import PIXELS, SCORE, compare, find_weights, nearest

from vitpose_live import Poses, load_skeleton


def test_the_cards_example_is_reproduced(shared_data):
    """The folder that VITPOSE_LIVE_WEIGHTS names holds vitpose-plus-base and rtdetr_r50vd_coco_o365."""
    folder = os.environ.get("VITPOSE_LIVE_WEIGHTS")
    if folder is None:
        pytest.skip("needs the real weights; VITPOSE_LIVE_WEIGHTS can name a folder that holds them")
    expected = json.loads((shared_data / "coco" / "seed_expected_139.json").read_text("utf-8"))
    detector, pose = (find_weights(expected[part], Path(folder)) for part in ("detector", "pose"))
    assert detector is not None, f"no {expected['detector']} in {folder}"
    assert pose is not None, f"no {expected['pose']} in {folder}"
    image = shared_data / "coco" / "images" / expected["image"]
    for away in compare(expected, image, detector, pose):
        assert away.pixels <= PIXELS
        assert away.score <= SCORE


def test_a_person_who_is_elsewhere_is_far_away():
    skeleton = load_skeleton("coco17")
    keypoints = np.arange(68, dtype=np.float32).reshape(2, 17, 2)
    poses = Poses(keypoints, np.full((2, 17), 0.5), np.arange(2), np.tile([0, 0, 9, 9], (2, 1)), skeleton)
    printed = {"Nose": [34.0, 35.5, 0.5], "L_Eye": [36.0, 37.0, 0.51]}
    away = nearest(printed, poses)
    assert (away.pixels, away.joints) == (pytest.approx(0.5), 2)
    assert away.score == pytest.approx(0.01, abs=1e-6)
    assert nearest({"Nose": [500.0, 0.0, 0.5]}, poses).pixels > 400
    assert nearest(printed, Poses.empty(skeleton)).pixels == float("inf")
