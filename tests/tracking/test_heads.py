import numpy as np
import pytest
from heads_scene import BODY, FACE, METRE, NAMES, covered, result, standing
from hypothesis import given, settings
from hypothesis import strategies as st

import vitpose_live as vl
from vitpose_live.tracking.heads import HeadFinder, upper_part

HEAD = np.array([(0.11 * np.cos(a), 0.125 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 24)])
"""The rim of a head in metres, hair and chin, around its middle."""


def find(*results):
    finder = HeadFinder()
    for each in results:
        found = finder.find(each)
    return found


def head(x=320.0, y=100.0, metre=METRE):
    return HEAD * metre + (x, y)


@given(st.floats(0, 360), st.floats(40, 600))
@settings(max_examples=50, deadline=None)
def test_the_whole_head_is_covered_however_the_person_lies(turn, metre):
    ((sighting),) = find(result(0.0, {7: standing(turn=turn, metre=metre)}))
    assert sighting.key == 7
    assert covered(sighting.areas, head(metre=metre)).all()
    assert max(area[4] for area in sighting.areas) < 0.25 * metre  # and not half of the picture


@given(st.sets(st.sampled_from(FACE), max_size=4), st.sampled_from([0, 90, 180, 250]))
@settings(max_examples=60, deadline=None)
def test_whatever_is_seen_of_the_face(hidden, turn):
    (sighting,) = find(result(0.0, {1: standing(turn=turn)}, hidden=hidden))
    assert covered(sighting.areas, head()).all()


@pytest.mark.parametrize("turn", [0, 90, 180, 300])
def test_somebody_who_turns_away_is_covered_where_the_head_was_seen_on_the_trunk(turn):
    seen = [result(0.0, {1: standing(turn=turn)})]
    moved = standing(360.0, 130.0, turn=turn)
    (sighting,) = find(*seen, *(result(0.1 * n, {1: moved}, hidden=FACE) for n in range(5, 9)))
    assert covered(sighting.areas, head(360.0, 130.0)).all()


def test_with_half_of_the_trunk_too():
    seen = result(0.0, {1: standing()})
    later = result(0.1, {1: standing(330.0)}, hidden=(*FACE, "left_hip", "right_hip"))
    (sighting,) = find(seen, later)
    assert covered(sighting.areas, head(330.0)).all()


def test_with_no_trunk_where_it_was_in_the_box():
    seen = result(0.0, {1: standing()})
    (sighting,) = find(seen, result(0.1, {1: standing(350.0)}, hidden=NAMES))
    assert covered(sighting.areas, head(350.0)).all()


def test_what_is_guessed_grows():
    def radius(after):
        (sighting,) = find(result(0.0, {1: standing()}), result(after, {1: standing()}, hidden=FACE))
        return sighting.areas[0][4] / max(area[4] for area in find(result(0.0, {1: standing()}))[0].areas)

    assert 1.2 < radius(0.1) < radius(1.0)


def test_with_no_pose_the_upper_part_of_the_box():
    given = result(0.0, {1: standing()}, hidden=NAMES)
    (sighting,) = find(given)
    assert sighting.areas == (upper_part(given.tracks.boxes[0].tolist()),)
    assert covered(sighting.areas, head()).all()
    nobody_posed = vl.FrameResult(given.frame, given.tracks, vl.Poses.empty(given.poses.skeleton))
    assert find(nobody_posed)[0].areas == sighting.areas


@pytest.mark.parametrize("box", [(100, 50, 180, 350), (100, 50, 250, 350), (100, 50, 400, 350), (100, 50, 600, 200)])
def test_the_upper_part_of_a_box(box):
    left, top, right, bottom = box
    across = np.linspace(left + 0.1 * (right - left), right - 0.1 * (right - left), 15)
    down = (0.02, 0.15, 0.3) if right - left < 1.2 * (bottom - top) else (0.02, 0.3, 0.6, 0.98)
    points = np.array([(x, top + share * (bottom - top)) for x in across for share in down])
    assert covered([upper_part(box)], points).all()


def test_a_head_that_jumps_is_covered_where_it_was_as_well():
    (sighting,) = find(result(0.0, {1: standing()}), result(1 / 30, {1: standing(500.0, 300.0)}))
    assert covered(sighting.areas, head()).all()
    assert covered(sighting.areas, head(500.0, 300.0)).all()
    between = np.array([[410.0, 200.0]])
    assert not covered(sighting.areas, between).any()


def test_what_was_smoothed_late_is_not_gone_by():
    given = result(0.0, {1: standing()})
    late = vl.FrameResult(
        given.frame, given.tracks, given.poses.with_keypoints(given.poses.keypoints - 90), raw=given.poses
    )
    assert covered(find(late)[0].areas, head()).all()


def test_a_mirrored_person_has_a_mirrored_veil():
    people = [standing(), standing(340.0, 110.0), standing(350.0, 115.0)]
    mirror = [NAMES.index(name.replace("left", "?").replace("right", "left").replace("?", "right")) for name in NAMES]
    mirrored = [(each * (-1, 1) + (639, 0))[mirror] for each in people]
    hidden = [(), (), FACE]
    one = find(*(result(n / 10, {1: each}, hidden=h) for n, (each, h) in enumerate(zip(people, hidden, strict=True))))
    two = find(*(result(n / 10, {1: each}, hidden=h) for n, (each, h) in enumerate(zip(mirrored, hidden, strict=True))))
    assert len(one[0].areas) == len(two[0].areas)
    for area, other in zip(one[0].areas, two[0].areas, strict=True):
        assert (639 - other[0], other[1], 639 - other[2], other[3], other[4]) == pytest.approx(area, abs=0.01)


@pytest.mark.parametrize("name", ["mpii16", "aic14", "blazepose33", "wholebody133", "synthpose52"])
def test_other_skeletons(name):
    skeleton = vl.load_skeleton(name)
    more = {"head_top": (0, -0.12), "upper_neck": (0, 0.14), "neck": (0, 0.14)}
    at = {joint: np.array({**BODY, **more}[joint]) for joint in skeleton.keypoints if joint in {**BODY, **more}}
    points = np.array([at.get(joint, (np.nan, np.nan)) for joint in skeleton.keypoints]) * METRE + (320.0, 100.0)
    scores = np.where(np.isnan(points).any(axis=1), 0, 0.9)
    box = np.array([[250.0, 60.0, 390.0, 430.0]])
    poses = vl.Poses(points[None], scores[None], [1], box, skeleton)
    given = vl.FrameResult(result(0.0, {}).frame, vl.Tracks(box, [1], [True]), poses)
    assert covered(find(given)[0].areas, head()).all()


def test_everybody_has_a_head_and_nobody_none():
    assert find(result(0.0, {})) == []
    both = find(result(0.0, {3: standing(), 5: standing(500.0)}))
    assert [each.key for each in both] == [3, 5]
