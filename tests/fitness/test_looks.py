import numpy as np
import pytest
from fitness.figures import COCO, POSTURES, drawn

from vitpose_live.fitness.exercise_files import exercise_names, load_exercise
from vitpose_live.fitness.looks import JOINTS, Limits, Sight, looks

COLUMNS = [COCO.index(name) for name in JOINTS]
SIDES = {"left": "right", "right": "left"}
FEATURES = sorted(
    {
        one.feature
        for look in looks().values()
        for part in (look.rest, look.effort, look.change, look.always)
        for one in part
    }
)


def pose(posture, around=60.0):
    return drawn(posture, around)[0][None, COLUMNS].astype(float)


def features(joints, **options):
    sight = Sight(joints, **options)
    return {feature: sight.read(feature) for feature in FEATURES}


def same(one, other, *, but=()):
    for feature in one:
        if feature not in but:
            np.testing.assert_allclose(one[feature], other[feature], rtol=1e-6, atol=1e-6, err_msg=feature)


@pytest.fixture
def seen():
    return np.concatenate([pose(POSTURES["squat"][end]) for end in ("rest", "effort")])


def test_size_and_place_do_not_matter(seen):
    same(features(seen), features(3.5 * seen + (40.0, -7.0)))


def test_nor_does_which_side_is_left_or_a_mirror(seen):
    swapped = [JOINTS.index("_".join([SIDES.get(name.split("_")[0], name.split("_")[0]), *name.split("_")[1:]]))
               for name in JOINTS]  # fmt: skip
    same(features(seen), features(seen * (-1.0, 1.0)))
    same(features(seen), features(seen[:, swapped]))


def test_a_stretched_picture_has_the_same_features_but_those_that_it_cannot_have(seen):
    own = ("width", "wrist_travel")
    stretched = features(seen * (2.0, 0.7), stretched=True)
    same(features(seen), stretched, but=own)
    assert all(np.isnan(stretched[name]).all() for name in own)


def test_what_is_not_seen_is_not_known(seen):
    seen[:, [JOINTS.index("left_wrist"), JOINTS.index("right_wrist")]] = np.nan
    found = features(seen)
    assert np.isnan(found["wrist-nose"]).all()
    assert not np.isnan(found["hip-knee/hip-ankle"]).any()


def test_heights_of_somebody_who_stands():
    sight = Sight(pose(POSTURES["front_raise"]["rest"], 0.0))
    assert 0 <= sight.read("ankle")[0] < sight.read("knee")[0] < sight.read("hip")[0] < sight.read("shoulder")[0]
    assert sight.read("nose")[0] == 1
    assert sight.read("trunk")[0] > 0.95
    assert sight.read("hip-knee/hip-ankle")[0] == pytest.approx(0.53, abs=0.02)


def test_what_travels_is_what_moves_in_the_picture():
    ends = [drawn(POSTURES["pull_up"][end], 0.0, hanging=hanging)[0][COLUMNS].astype(float)
            for hanging in (True, False) for end in ("rest", "effort")]  # fmt: skip
    body, hands = np.array(ends[:2]), np.array(ends[2:])
    assert Sight(body).read("wrist_travel")[0] == pytest.approx(-1.0)
    assert Sight(hands).read("wrist_travel")[0] > 0.5


def test_unknown_features_are_no_match_unless_they_need_not_be_known():
    assert not Limits("nose", 0.0, 1.0).holds(float("nan"))
    assert Limits("nose", 0.0, 1.0, known=False).holds(float("nan"))
    assert not Limits("nose", 0.0, 1.0, known=False).holds(1.5)


def test_something_that_is_no_feature_is_an_error(seen):
    with pytest.raises(ValueError, match="not a feature"):
        Sight(seen).read("hip--knee")


def test_limits_are_limits_of_exercises_there_are():
    assert set(looks()) <= set(exercise_names())
    for name, look in looks().items():
        assert min(len(look.rest), len(look.effort)) > 0, name
        assert look.least_s < load_exercise(name).timing.maximum_s
        for one in (*look.rest, *look.effort, *look.change, *look.always):
            assert one.least < one.most, (name, one)


@pytest.mark.parametrize("exercise", sorted(set(looks()) - {"high_knees"}))
def test_a_figure_is_within_the_limits_of_its_own_exercise_and_the_other_way_round_of_none(exercise):
    hanging = exercise == "pull_up"
    ends = [
        drawn(POSTURES[exercise][end], 75.0 if exercise not in ("jumping_jack", "lateral_raise") else 20.0,
              hanging=hanging)[0][None, COLUMNS].astype(float)
        for end in ("rest", "effort")
    ]  # fmt: skip
    rest, effort, whole = *ends, np.concatenate(ends)
    assert looks()[exercise].differs(rest, effort, whole, stretched=False) == ""
    assert looks()[exercise].differs(effort, rest, whole, stretched=False) != ""
