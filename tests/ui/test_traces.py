import numpy as np
import pytest
from ui.scenes import scene

from vitpose_live.fitness import measure
from vitpose_live.ui.traces import DEFAULT, JOINTS, NAMES, Traces, side_of

SMALL, LARGE, LARGER = (10, 10, 60, 150), (200, 10, 320, 330), (400, 10, 620, 350)
KNEE = NAMES.index("left_knee")


def played(traces, times, *people, locked=None, **options):
    for time in times:
        traces.follow(scene(*people, time=time, **options), locked, 0.3)


def frames(start, end, fps=30):
    return np.arange(round(start * fps), round(end * fps)) / fps


def test_what_is_traced_is_what_is_measured():
    traces = Traces()
    played(traces, [1.0, 1.1], (1, LARGE))
    times, degrees = traces.curves()
    assert times == pytest.approx([-0.1, 0.0])
    angles = measure(scene((1, LARGE)).poses)
    for name, expected in zip(angles.names, angles.degrees[0], strict=True):
        assert degrees[:, NAMES.index(name)] == pytest.approx([expected, expected])
    assert np.isnan(degrees[:, NAMES.index("left_ankle")]).all()
    assert traces.known == set(angles.names)


def test_nothing_yet_is_empty():
    times, degrees = Traces().curves()
    assert times.shape == (0,)
    assert degrees.shape == (0, len(NAMES))


def test_the_latest_seconds_are_kept_at_any_rate():
    for fps, samples in ((5, 51), (60, 601)):
        traces = Traces()
        played(traces, frames(0, 12, fps), (1, LARGE), size=(64, 36))
        times, _ = traces.curves()
        assert len(times) == samples
        assert times[0] == pytest.approx(-10)
        assert (np.diff(times) > 0).all()


def test_the_largest_person_is_shown_until_somebody_is_much_larger():
    traces = Traces()
    played(traces, [0.0, 0.1], (1, SMALL), (2, LARGE))
    assert traces.person == 2
    bit_larger = (200, 10, 330, 350)
    played(traces, [0.2, 0.3], (1, bit_larger), (2, LARGE))
    assert traces.person == 2
    assert len(traces.curves()[0]) == 4
    played(traces, [0.4], (2, LARGE), (3, LARGER))
    assert traces.person == 3
    assert len(traces.curves()[0]) == 1  # never two people in one line


def test_the_one_locked_on_to_is_shown_however_small_and_wherever():
    traces = Traces()
    played(traces, [0.0, 0.1], (1, SMALL), (2, LARGE))
    played(traces, [0.2], (1, SMALL), (2, LARGE), locked=1)
    assert traces.person == 1
    assert len(traces.curves()[0]) == 1
    played(traces, [0.3], (2, LARGE), locked=1)
    assert traces.person == 1
    assert np.isnan(traces.curves()[1][-1]).all()
    played(traces, [0.4], (1, SMALL), (2, LARGE))  # let go
    assert traces.person == 2
    assert len(traces.curves()[0]) == 1


def test_who_is_taken_up_again_under_another_id_goes_on():
    traces = Traces()
    played(traces, [0.0, 0.1], (1, LARGE), (2, SMALL), locked=1)
    played(traces, [0.2], (2, SMALL), locked=1)
    played(traces, [0.3], (2, SMALL), (3, LARGE), locked=3)
    assert traces.person == 3
    _, degrees = traces.curves()
    assert np.isnan(degrees[:, KNEE]).tolist() == [False, False, True, False]
    # but another one who was there all the time is another one
    played(traces, [0.4], (2, SMALL), locked=2)
    assert len(traces.curves()[0]) == 1


def test_a_short_absence_is_a_gap_and_a_long_one_is_for_good():
    traces = Traces()
    played(traces, [0.0, 0.1], (1, LARGE))
    played(traces, [0.2, 0.3], (2, SMALL))
    played(traces, [0.4], (1, LARGE), (2, SMALL))
    assert traces.person == 1
    assert np.isnan(traces.curves()[1][:, KNEE]).tolist() == [False, False, True, True, False]
    played(traces, [0.5, 1.0, 1.5], (2, SMALL))
    assert traces.person == 2


def test_joints_below_the_threshold_are_a_gap():
    traces = Traces()
    played(traces, [0.0], (1, LARGE))
    played(traces, [0.1], (1, LARGE), score=0.2)
    played(traces, [0.2], (1, LARGE))
    assert np.isnan(traces.curves()[1][:, KNEE]).tolist() == [False, True, False]


def test_a_step_back_takes_away_what_comes_later():
    traces = Traces()
    played(traces, frames(0, 3), (1, LARGE))
    before = len(traces.curves()[0])
    played(traces, [2.0], (1, LARGE))
    times, _ = traces.curves()
    assert len(times) == 61 < before
    assert times[0] == pytest.approx(-2)
    assert (np.diff(times) > 0).all()
    played(traces, [2.0], (1, LARGE))  # the same picture once more
    assert len(traces.curves()[0]) == 61


def test_a_loop_shows_what_led_to_its_start_and_no_line_across():
    traces = Traces()
    played(traces, frames(0, 6), (1, LARGE))
    for _ in range(3):
        played(traces, frames(4, 6), (1, LARGE))
    times, degrees = traces.curves()
    assert len(times) == 180
    assert np.isfinite(degrees[:, KNEE]).all()
    played(traces, frames(0, 1), (1, LARGE))
    assert traces.curves()[0][0] == pytest.approx(-29 / 30)


def test_a_leap_on_leaves_a_gap_and_a_far_one_nothing():
    traces = Traces()
    played(traces, [0.0, 0.1, 5.0, 5.1], (1, LARGE))
    times, degrees = traces.curves()
    gap = np.isnan(degrees[:, KNEE])
    assert gap.tolist() == [False, False, True, False, False]
    assert (np.diff(times) > 0).all()
    played(traces, [60.0], (1, LARGE))
    assert np.isfinite(traces.curves()[1][:, KNEE]).sum() == 1


def test_cleared_it_knows_nobody():
    traces = Traces()
    played(traces, [0.0, 0.1], (1, LARGE), locked=1)
    traces.clear()
    assert traces.person is None
    assert len(traces.curves()[0]) == 0
    played(traces, [7.0], (2, SMALL))
    assert traces.person == 2


def test_every_angle_belongs_to_a_joint_and_a_side():
    assert sorted(name for names in JOINTS.values() for name in names) == sorted(NAMES)
    assert [side_of(name) for name in JOINTS["knee"]] == ["left", "right"]
    assert side_of("trunk_lean") == "centre"
    assert set(DEFAULT) == {"left_knee", "right_knee", "left_elbow", "right_elbow"}
