import numpy as np
import pytest
from ui.scenes import scene

from vitpose_live.ui.people import PersonLock, Trails, person_at

LEFT, RIGHT = (50, 50, 150, 300), (400, 50, 500, 300)


def test_a_click_means_the_smallest_person_there():
    result = scene((1, (0, 0, 600, 350)), (2, LEFT))
    assert person_at(result, 100, 100) == 2
    assert person_at(result, 300, 100) == 1
    assert person_at(result, 630, 100) is None


def test_the_lock_follows_the_same_id_wherever_it_goes():
    lock = PersonLock()
    lock.choose(2)
    lock.follow(scene((1, LEFT), (2, RIGHT), time=0.0))
    lock.follow(scene((1, RIGHT), (2, LEFT), time=0.1))
    assert lock.person == 2


@pytest.mark.parametrize(("gap", "place", "taken"), [(1.0, RIGHT, 3), (9.0, RIGHT, 2), (1.0, LEFT, 2)])
def test_somebody_new_where_the_person_was_lost_is_taken_for_them(gap, place, taken):
    lock = PersonLock()
    lock.choose(2)
    lock.follow(scene((1, LEFT), (2, RIGHT), time=0.0))
    lock.follow(scene((1, LEFT), time=0.1))
    lock.follow(scene((1, LEFT), (3, place), time=gap))
    assert lock.person == taken


def test_who_was_there_before_is_never_taken_for_them():
    lock = PersonLock()
    lock.choose(2)
    lock.follow(scene((1, LEFT), (2, RIGHT), time=0.0))
    lock.follow(scene((1, RIGHT), time=0.1))
    assert lock.person == 2


def test_letting_go_ends_it():
    lock = PersonLock()
    lock.choose(2)
    lock.choose(None)
    lock.follow(scene((2, LEFT)))
    assert lock.person is None


def test_trails_keep_the_latest_moments_only():
    trails = Trails(seconds=1.0)
    for step in range(60):
        trails.follow(scene((1, (step, 0, step + 100, 300)), time=step / 30), 0.3)
    lines = trails.lines()
    assert list(lines) == [1]
    assert len(lines[1]) == 4  # both wrists, both ankles
    for points, ages in lines[1]:
        assert len(points) <= 17
        assert (np.diff(points[:, 0]) > 0).all()
        assert np.diff(ages).min() > -0.1
        assert ages[0] == pytest.approx(1.0, abs=0.1)
        assert ages[-1] == 0.0


def test_the_end_of_a_trail_is_where_the_joint_is_now():
    trails = Trails()
    for step in range(10):
        result = scene((1, (7 * step, 0, 7 * step + 100, 300)), time=step / 30)
        trails.follow(result, 0.3)
        wrist = result.poses.keypoints[0, result.poses.skeleton.index("left_wrist")]
        if step:
            assert any(np.allclose(points[-1], wrist) for points, _ in trails.lines()[1])


def test_a_jump_in_time_starts_afresh():
    trails = Trails(seconds=1.0)
    for time in (5.0, 5.1, 2.0, 2.1):
        trails.follow(scene((1, LEFT), time=time), 0.3)
    assert {len(points) for points, _ in trails.lines()[1]} == {2}


def test_joints_below_the_threshold_leave_no_trail():
    trails = Trails()
    for time in (0.0, 0.1):
        trails.follow(scene((1, LEFT), time=time, score=0.2), 0.3)
    assert trails.lines() == {}
