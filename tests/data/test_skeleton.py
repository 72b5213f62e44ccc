import json

import numpy as np
import pytest

import vitpose_live as vl
from vitpose_live.data import skeleton_names
from vitpose_live.errors import InvalidArrayError, UnknownNameError


@pytest.mark.parametrize("name", skeleton_names())
def test_built_in_skeletons_are_sound(name):
    skeleton = vl.load_skeleton(name)
    assert skeleton.name == name
    order = skeleton.mirror_order
    np.testing.assert_array_equal(order[order], np.arange(len(skeleton)))
    for keypoint, partner in zip(skeleton.keypoints, order, strict=True):
        side = keypoint.replace("left_", "*").replace("right_", "*")
        other = skeleton.keypoints[partner]
        assert other.replace("left_", "*").replace("right_", "*") == side
        assert (other == keypoint) == ("*" not in side)
    assert {tuple(sorted(edge)) for edge in skeleton.edges} == {tuple(sorted(e)) for e in skeleton.edges}
    mirrored = {tuple(sorted((order[a], order[b]))) for a, b in skeleton.edges}
    assert mirrored == {tuple(sorted(edge)) for edge in skeleton.edges}
    assert len(skeleton.sigmas) in (0, len(skeleton))


def test_coco17_is_the_published_one(shared_data):
    category = json.loads((shared_data / "coco/person_keypoints.json").read_text())["categories"][0]
    skeleton = vl.load_skeleton("coco17")
    assert list(skeleton.keypoints) == category["keypoints"]
    assert {tuple(sorted(edge)) for edge in skeleton.edges} == {
        tuple(sorted((first - 1, second - 1))) for first, second in category["skeleton"]
    }


def test_joints_are_addressed_by_name():
    skeleton = vl.load_skeleton("coco17")
    assert skeleton.index("left_knee") == 13
    with pytest.raises(UnknownNameError, match="left_kne") as caught:
        skeleton.index("left_kne")
    assert "left_knee" in caught.value.hint


def test_unknown_skeleton_offers_the_nearest():
    with pytest.raises(UnknownNameError, match="unknown skeleton 'coco71'") as caught:
        vl.load_skeleton("coco71")
    assert caught.value.hint == "did you mean coco17?"


def test_a_path_is_no_skeleton_name():
    with pytest.raises(UnknownNameError):
        vl.load_skeleton("../skeletons/coco17")


def test_equal_by_name_and_keypoints():
    assert vl.Skeleton("a", ("x", "y")) == vl.Skeleton("a", ("x", "y"), edges=((0, 1),))
    assert vl.Skeleton("a", ("x",)) != vl.Skeleton("a", ("y",))
    assert len({vl.Skeleton("a", ("x",)), vl.Skeleton("a", ("x",))}) == 1


@pytest.mark.parametrize(
    "values",
    [
        {"keypoints": ()},
        {"keypoints": ("x", "x")},
        {"keypoints": ("x", "y"), "edges": ((0, 2),)},
        {"keypoints": ("x", "y"), "edges": ((1, 1),)},
        {"keypoints": ("x", "y", "z"), "mirror_pairs": ((0, 1), (1, 2))},
        {"keypoints": ("x", "y"), "sigmas": [0.1]},
    ],
)
def test_unsound_skeletons_are_refused(values):
    with pytest.raises(InvalidArrayError):
        vl.Skeleton("odd", **values)
