"""Poses as supervision's annotators take them."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from sinks.exports.recordings import two_people

from vitpose_live.errors import VitposeLiveError
from vitpose_live.sinks.exports import to_supervision


def test_people_are_what_supervision_expects():
    supervision = pytest.importorskip("supervision", reason="supervision is not installed")
    sequence = two_people(missing=0.3)
    poses = sequence.at(1)[1]
    found = to_supervision(poses)
    assert isinstance(found, supervision.KeyPoints)
    missing = np.isnan(poses.keypoints[..., 0])
    assert missing.any()
    assert not found.xy[missing].any()
    assert np.array_equal(found.xy[~missing], poses.keypoints[~missing])
    assert np.array_equal(found.keypoint_confidence, poses.scores)
    assert found.data["track_id"].tolist() == poses.track_ids.tolist()
    assert len(to_supervision(sequence.at(5)[1])) == 0


def test_the_arrays_are_the_callers_own(monkeypatch):
    monkeypatch.setitem(sys.modules, "supervision", SimpleNamespace(KeyPoints=lambda **given: given))
    found = to_supervision(two_people().at(1)[1])
    for name in ("xy", "keypoint_confidence", "class_id", "visible"):
        assert found[name].flags.writeable
    assert found["data"]["track_id"].flags.writeable


def test_without_supervision_or_with_an_old_one_it_says_what_to_install(monkeypatch):
    def old(*, xy: object, class_id: object, confidence: object, data: object) -> None:
        raise AssertionError

    poses = two_people().at(0)[1]
    for module in (None, SimpleNamespace(KeyPoints=old, __version__="0.20.0")):
        monkeypatch.setitem(sys.modules, "supervision", module)
        with pytest.raises(VitposeLiveError, match="supervision") as failure:
            to_supervision(poses)
        assert "pip install" in failure.value.hint
