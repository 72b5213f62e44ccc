import json
import tomllib
from importlib import resources

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vitpose_live as vl
from vitpose_live.data import normalised_keypoint_name, skeleton_by_keypoints, skeleton_names
from vitpose_live.errors import InvalidArrayError, UnknownNameError

SIZES = {
    "aic14": 14, "ap10k17": 17, "apt36k17": 17, "blazepose33": 33, "coco17": 17, "mpii16": 16, "synthpose52": 52,
    "wholebody133": 133,
}  # fmt: skip
HUMAN = sorted(SIZES.keys() - {"ap10k17", "apt36k17"})
ANIMALS_BY_LABEL = [
    "L_Eye", "R_Eye", "Nose", "Neck", "Root of tail", "L_Shoulder", "L_Elbow", "L_F_Paw", "R_Shoulder", "R_Elbow",
    "R_F_Paw", "L_Hip", "L_Knee", "L_B_Paw", "R_Hip", "R_Knee", "R_B_Paw",
]  # fmt: skip
COCO_BY_LABEL = [
    "Nose", "L_Eye", "R_Eye", "L_Ear", "R_Ear", "L_Shoulder", "R_Shoulder", "L_Elbow", "R_Elbow", "L_Wrist", "R_Wrist",
    "L_Hip", "R_Hip", "L_Knee", "R_Knee", "L_Ankle", "R_Ankle",
]  # fmt: skip
MARKERS_BY_LABEL = [
    "sternum", "rshoulder", "lshoulder", "r_lelbow", "l_lelbow", "r_melbow", "l_melbow", "r_lwrist", "l_lwrist",
    "r_mwrist", "l_mwrist", "r_ASIS", "l_ASIS", "r_PSIS", "l_PSIS", "r_knee", "l_knee", "r_mknee", "l_mknee",
    "r_ankle", "l_ankle", "r_mankle", "l_mankle", "r_5meta", "l_5meta", "r_toe", "l_toe", "r_big_toe", "l_big_toe",
    "l_calc", "r_calc", "C7", "L2", "T11", "T6",
]  # fmt: skip


def table(name):
    return tomllib.loads((resources.files("vitpose_live.data") / "skeletons" / f"{name}.toml").read_text("utf-8"))


def pieces(skeleton):
    """Sets of keypoint names that the edges hold together."""
    groups = [{name} for name in skeleton.keypoints]
    for first, second in skeleton.edges:
        touched = [group for group in groups if {skeleton.keypoints[first], skeleton.keypoints[second]} & group]
        groups = [group for group in groups if group not in touched] + [set().union(*touched)]
    return groups


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


def test_the_built_in_skeletons_and_their_sizes():
    assert {name: len(vl.load_skeleton(name)) for name in skeleton_names()} == SIZES


@pytest.mark.parametrize("name", HUMAN)
def test_a_persons_joints_have_cocos_names(name):
    limbs = {
        f"{side}_{joint}"
        for side in ("left", "right")
        for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    }
    assert limbs <= set(vl.load_skeleton(name).keypoints)


@pytest.mark.parametrize("name", ["wholebody133", "synthpose52"])
def test_skeletons_that_extend_cocos_begin_with_it(name):
    coco, skeleton = vl.load_skeleton("coco17"), vl.load_skeleton(name)
    assert skeleton.keypoints[:17] == coco.keypoints
    assert set(coco.edges) <= set(skeleton.edges)


@pytest.mark.parametrize("name", sorted(SIZES.keys() - {"wholebody133"}))
def test_the_edges_hold_every_joint_together(name):
    assert len(pieces(vl.load_skeleton(name))) == 1


def test_only_the_features_of_the_face_stand_apart():
    body, *features = sorted(pieces(vl.load_skeleton("wholebody133")), key=len, reverse=True)
    assert len(body) == 17 + 6 + 2 * 21
    # jaw, outer mouth, nose, inner lips, two eyes, two brows
    assert [len(feature) for feature in features] == [17, 12, 9, 8, 6, 6, 5, 5]


@pytest.mark.parametrize("name", sorted(SIZES.keys() - {"blazepose33", "synthpose52"}))
def test_sigmas_are_those_of_a_body(name):
    skeleton = vl.load_skeleton(name)
    assert len(skeleton.sigmas) == len(skeleton)
    assert (skeleton.sigmas > 0.005).all()
    assert (skeleton.sigmas < 0.18).all()
    # the hip is the hardest of the limbs to place, in every data set
    assert skeleton.sigmas[skeleton.index("left_hip")] > skeleton.sigmas[skeleton.index("left_knee")]


def test_wholebody_repeats_cocos_sigmas():
    np.testing.assert_array_equal(vl.load_skeleton("wholebody133").sigmas[:17], vl.load_skeleton("coco17").sigmas)


@pytest.mark.parametrize(
    ("position", "name"),
    [
        (17, "left_big_toe"), (22, "right_heel"), (23, "right_contour_1"), (31, "contour_middle"),
        (39, "left_contour_1"), (59, "right_eye1"), (68, "left_eye1"), (91, "left_hand_root"), (99, "left_forefinger4"),
        (112, "right_hand_root"), (132, "right_pinky_finger4"),
    ],
)  # fmt: skip
def test_wholebody_is_in_the_data_sets_order(position, name):
    assert vl.load_skeleton("wholebody133").keypoints[position] == name


def test_the_face_is_mirrored_as_the_data_set_says():
    """The pairs are those of MMPose's coco_wholebody.py, which numbers the face from 0."""
    runs = [range(17), range(17, 27), range(31, 36), [36, 37, 38, 39, 42, 43, 44, 45], [40, 41, 46, 47]]
    runs += [range(48, 55), range(55, 60), range(60, 65), range(65, 68)]
    expected = {first: second for run in runs for first, second in zip(run, reversed(run), strict=True)}
    expected |= {40: 47, 47: 40, 41: 46, 46: 41}
    order = vl.load_skeleton("wholebody133").mirror_order[23:91] - 23
    assert {face: order[face] for face in expected} == expected
    assert all(order[face] == face for face in set(range(68)) - expected.keys())


@pytest.mark.parametrize("name", skeleton_names())
def test_a_skeletons_file_says_where_it_comes_from_and_labels_only_what_differs(name):
    text = (resources.files("vitpose_live.data") / "skeletons" / f"{name}.toml").read_text("utf-8")
    assert text.startswith("# ")
    labels = table(name).get("labels", {})
    assert labels.keys() <= set(vl.load_skeleton(name).keypoints)
    assert all(normalised_keypoint_name(label) != keypoint for keypoint, label in labels.items())


def test_coco17_is_the_published_one(shared_data):
    category = json.loads((shared_data / "coco/person_keypoints.json").read_text())["categories"][0]
    skeleton = vl.load_skeleton("coco17")
    assert list(skeleton.keypoints) == category["keypoints"]
    assert {tuple(sorted(edge)) for edge in skeleton.edges} == {
        tuple(sorted((first - 1, second - 1))) for first, second in category["skeleton"]
    }


def test_blazepose33_is_the_published_one(shared_data):
    names = (shared_data / "reps/keypoint_names.txt").read_text().split()
    assert skeleton_by_keypoints(names) == vl.load_skeleton("blazepose33")


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


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Nose", "nose"), ("L_Eye", "left_eye"), ("R_Shoulder", "right_shoulder"), ("Left Wrist", "left_wrist"),
        ("left-knee", "left_knee"), ("LShoulder", "left_shoulder"), ("rightBigToe", "right_big_toe"),
        ("ankle_r", "right_ankle"), ("Root of tail", "root_of_tail"), ("L_F_Paw", "left_f_paw"), ("L2", "l2"),
        ("C7", "c7"), ("r_ASIS", "right_asis"), ("face-12", "face_12"), (" lip  top ", "lip_top"), ("Leg", "leg"),
        ("", ""), ("_-_", ""),
    ],
)  # fmt: skip
def test_published_labels_are_read(label, name):
    assert normalised_keypoint_name(label) == name


@pytest.mark.parametrize("name", skeleton_names())
def test_our_own_names_need_no_reading(name):
    for keypoint in vl.load_skeleton(name).keypoints:
        assert normalised_keypoint_name(keypoint) == keypoint


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=20))
def test_reading_a_label_twice_changes_nothing(label):
    once = normalised_keypoint_name(label)
    assert normalised_keypoint_name(once) == once


@pytest.mark.parametrize("name", sorted(SIZES.keys() - {"apt36k17"}))
def test_a_skeleton_is_found_by_its_keypoints(name):
    skeleton = vl.load_skeleton(name)
    assert skeleton_by_keypoints(skeleton.keypoints) == skeleton
    assert skeleton_by_keypoints([keypoint.replace("_", " ").title() for keypoint in skeleton.keypoints]) == skeleton
    assert skeleton_by_keypoints(skeleton.keypoints[:-1]) is None
    assert skeleton_by_keypoints(skeleton.keypoints[::-1]) is None


@pytest.mark.parametrize(
    ("labels", "name"),
    [
        (COCO_BY_LABEL, "coco17"),
        (COCO_BY_LABEL + MARKERS_BY_LABEL, "synthpose52"),
        (ANIMALS_BY_LABEL, "ap10k17"),
        (
            [*vl.load_skeleton("wholebody133").keypoints[:23]]
            + [f"face-{number}" for number in range(68)]
            + [*vl.load_skeleton("wholebody133").keypoints[91:]],
            "wholebody133",
        ),
    ],
)
def test_a_skeleton_is_found_by_the_data_sets_own_labels(labels, name):
    assert skeleton_by_keypoints(labels) == vl.load_skeleton(name)


@pytest.mark.parametrize("names", [[], ["LABEL_0", "LABEL_1"], [""] * 17])
def test_unknown_keypoints_find_no_skeleton(names):
    assert skeleton_by_keypoints(names) is None


def test_a_joint_and_its_side_marker_are_told_apart():
    skeleton = skeleton_by_keypoints(COCO_BY_LABEL + MARKERS_BY_LABEL)
    assert skeleton.index("left_knee") == 13
    assert skeleton.keypoints[17 + MARKERS_BY_LABEL.index("l_knee")] == "left_lateral_knee"
