import numpy as np
import pytest

from vitpose_live.fitness.velocity import WINDOW_S, Velocities


def told(of, times):
    """Degrees per second at each of `times` of an angle that is `of` the time."""
    velocities = Velocities()
    return np.array([velocities.observe({"knee": of(time), "other": 7.0}, time)["knee"] for time in times])


def swing(time):
    return 120 + 50 * np.cos(np.pi * time)  # there and back in two seconds


def truth(time):
    return -50 * np.pi * np.sin(np.pi * time)


@pytest.mark.parametrize("fps", [10, 15, 24, 30, 60, 120])
def test_a_known_swing_at_every_frame_rate(fps):
    times = np.arange(0, 6, 1 / fps)
    found, settled = told(swing, times), times >= 2 * WINDOW_S
    np.testing.assert_allclose(found[settled], truth(times - WINDOW_S / 2)[settled], atol=8)
    assert np.nanmax(np.abs(found)) == pytest.approx(50 * np.pi, rel=0.03)


def test_a_steady_movement_is_exact_whatever_the_frames():
    times = np.cumsum(np.random.default_rng(0).uniform(0.005, 0.06, 200))
    found = told(lambda time: 30 - 80 * time, times)
    assert np.isnan(found[0])
    np.testing.assert_allclose(found[times - times[0] >= 0.11], -80)


@pytest.mark.parametrize("fps", [15, 30, 60])
def test_noise_stays_small(fps):
    random, times = np.random.default_rng(1), np.arange(0, 60, 1 / fps)
    found = told(lambda time: 90 + random.normal(0, 1), times)
    assert np.nanstd(found) < 10
    assert np.nanstd(np.diff(90 + random.normal(0, 1, len(times))) * fps) > 15  # that of two frames alone


def test_nothing_is_told_of_what_is_not_visible():
    times = np.arange(0, 3, 1 / 30)
    found = told(lambda time: np.nan if 1 <= time < 1.5 else 40 * time, times)
    hidden = (times >= 1) & (times < 1.5)
    assert np.isnan(found[hidden]).all()
    assert np.isnan(found[(times >= 1.5) & (times < 1.55)]).all()
    np.testing.assert_allclose(found[(times > 0.2) & ~hidden & ((times < 1) | (times > 1.65))], 40)


def test_a_gap_and_a_jump_back_begin_anew():
    for times in ([0.0, 0.1, 0.2, 5.0], [3.0, 3.1, 3.2, 1.0]):
        found = told(lambda time: 10 * time, times)
        assert found[2] == pytest.approx(10)
        assert np.isnan(found[3])


def test_other_angles_than_before_begin_anew():
    velocities = Velocities()
    for time in (0.0, 0.1, 0.2):
        velocities.observe({"knee": time}, time)
    assert np.isnan(velocities.observe({"elbow": 1.0}, 0.3)["elbow"])
    assert velocities.observe({}, 0.4) == {}
