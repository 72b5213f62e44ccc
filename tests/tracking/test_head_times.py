import numpy as np
import pytest
from heads_scene import METRE, covered, result, standing

from vitpose_live.tracking.head_times import HOLD, LOOK_BACK, HeadTimes

HEAD = np.array([(0.11 * np.cos(a), 0.125 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 24)]) * METRE
WALK = 1.4 * METRE
"""Pixels per second."""


def walker(time):
    return standing(100.0 + WALK * time, 100.0)


def head(time):
    return HEAD + np.array([100.0 + WALK * time, 100.0])


def lived(times, **more):
    heads = HeadTimes()
    for time in times:
        heads.observe(result(time, {1: walker(time)}, **more))
    return heads


FRAMES = [n / 30 for n in range(30, 61)]


def test_while_somebody_is_tracked_the_head_is_where_it_is():
    heads = lived(FRAMES)
    for time in FRAMES:
        assert covered(heads.at(time), head(time)).all()
        assert not covered(heads.at(time), head(time) + np.array([0.6 * METRE, 0])).any()


@pytest.mark.parametrize("away", [0.03, 0.3, 0.6, 1.0])
def test_before_and_after_it_moves_on_and_grows(away):
    heads = lived(FRAMES)
    assert covered(heads.at(FRAMES[0] - away), head(FRAMES[0] - away)).all()
    assert covered(heads.at(FRAMES[-1] + away), head(FRAMES[-1] + away)).all()
    # and if they stood still, or started slowly
    for share in (0.0, 0.3, 0.7):
        assert covered(heads.at(FRAMES[0] - away), head(FRAMES[0]) - (share * WALK * away, 0)).all()


def test_not_for_ever():
    heads = lived(FRAMES)
    assert heads.at(FRAMES[0] - LOOK_BACK - 0.01) == ()
    assert heads.at(FRAMES[-1] + HOLD + 0.01) == ()


def test_over_a_gap_it_is_between():
    heads = lived([*FRAMES, *(time + 2.0 for time in FRAMES)])
    for away in (0.1, 0.5, 0.9):
        time = FRAMES[-1] + away
        assert covered(heads.at(time), head(time)).all()


def test_the_first_picture_of_a_track_says_nothing_of_its_speed():
    heads = lived([1.0])
    assert covered(heads.at(0.8), head(1.0)).all()


def test_strangers_are_covered_before_anybody_tracks_them():
    heads = HeadTimes()
    points = walker(1.0)
    box = [[*(points.min(axis=0) - 20), *(points.max(axis=0) + 20)]]
    heads.observe(result(1.0, {}, seen=box))
    for time in (0.5, 0.9, 1.0, 1.15, 1.4):
        assert covered(heads.at(time), head(1.0)).all(), time
    assert heads.at(1.0 + HOLD + 0.1) == ()


def test_a_stranger_who_is_tracked_at_last_is_that_person():
    heads = HeadTimes()
    for time in (1.0, 1.1, 1.2):
        points = walker(time)
        heads.observe(result(time, {}, seen=[[*(points.min(axis=0) - 20), *(points.max(axis=0) + 20)]]))
    for n in range(3, 12):
        heads.observe(result(1.0 + n / 10, {4: walker(1.0 + n / 10)}))
    now = heads.at(2.1)
    assert covered(now, head(2.1)).all()
    assert max(area[4] for area in now) < 0.25 * METRE  # no ghost beside
    assert covered(heads.at(1.1), head(1.1)).all()


def test_detections_of_people_who_are_tracked_add_nothing():
    points = walker(1.0)
    box = [*(points.min(axis=0) - 25), *(points.max(axis=0) + 15)]
    tracked, seen = HeadTimes(), HeadTimes()
    tracked.observe(result(1.0, {1: points}))
    seen.observe(result(1.0, {1: points}, seen=[box]))
    assert tracked.at(1.0) == seen.at(1.0)
    seen.observe(result(1.1, {1: points}, seen=[box, [500, 100, 580, 400]]))
    assert covered(seen.at(1.1), np.array([[540.0, 140.0]])).all()


def test_a_late_word_of_the_detector_belongs_to_its_own_time():
    heads = HeadTimes()
    points = walker(1.0)
    late = result(1.2, {}, seen=[[*(points.min(axis=0) - 20), *(points.max(axis=0) + 20)]])
    object.__setattr__(late, "detected_time", 1.0)
    heads.observe(late)
    radii = [max(area[4] for area in heads.at(time)) for time in (1.0, 1.2)]
    assert radii[0] < radii[1]


def test_it_forgets_what_is_long_ago():
    heads = lived([n / 30 for n in range(300)])
    heads.forget(9.0)
    assert covered(heads.at(9.5), head(9.5)).all()
    assert covered(heads.at(9.0), head(9.0)).all()
    assert sum(map(len, heads._seen.values())) < 65
    for n in range(300, 400):
        heads.observe(result(n / 30, {}))
        heads.forget(n / 30)
    assert not heads._seen
