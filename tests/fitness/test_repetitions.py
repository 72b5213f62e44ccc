import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitpose_live.fitness.exercise import Timing
from vitpose_live.fitness.repetitions import RepetitionCounter, Stage

REST_S = 1.0


def bell(seconds, height=1.0):
    """Signal of one repetition that takes `seconds`, as a function of time."""
    return lambda t: height * (1 - math.cos(2 * math.pi * t / seconds)) / 2 if 0 <= t <= seconds else 0.0


def series(*parts, rest=REST_S):
    """Repetitions one after the other with rests between; returns a function of time and its duration."""
    starts, time = [], rest
    for seconds, height in parts:
        starts.append((time, bell(seconds, height)))
        time += seconds + rest
    return (lambda t: sum(shape(t - start) for start, shape in starts)), time


def observe(signal, seconds, fps=30.0, counter=None, begin=0.0, keep=lambda index: True):
    counter = counter or RepetitionCounter(Timing())
    swings = []
    for index in range(round(seconds * fps)):
        if keep(index):
            swing = counter.observe(signal(index / fps), begin + index / fps)
            swings += [swing] if swing else []
    return counter, swings


@settings(max_examples=40, deadline=None)
@given(
    fps=st.floats(10, 120),
    count=st.integers(1, 8),
    seconds=st.floats(0.8, 5),
    height=st.floats(0.3, 1.4),
    rest=st.floats(0.2, 3),
    base=st.floats(-0.3, 0.5),
)
def test_repetitions_are_counted_at_any_rate_size_pace_and_level(fps, count, seconds, height, rest, base):
    signal, end = series(*[(seconds, height)] * count, rest=rest)
    counter, swings = observe(lambda t: base + signal(t), end + 0.5, fps)
    assert (counter.repetitions, counter.partial_repetitions) == (count, 0)
    assert len(swings) == count


@pytest.mark.parametrize("fps", [15, 30, 60])
def test_they_are_counted_through_noise_and_dropped_frames(fps):
    rng = np.random.default_rng(fps)
    signal, end = series(*[(2.0, 0.8)] * 10)
    counter, _ = observe(lambda t: signal(t) + rng.normal(0, 0.05), end, fps, keep=lambda index: rng.random() >= 0.3)
    assert counter.repetitions == 10


@pytest.mark.parametrize(("fps", "per_second"), [(10, 1.5), (15, 2.3), (30, 2.3), (120, 2.3)])
def test_jumping_jacks_may_be_fast(fps, per_second):
    def signal(t):
        return 0.5 - 0.5 * math.cos(2 * math.pi * t * per_second)

    counter, _ = observe(signal, 10, fps, RepetitionCounter(Timing(0.3)))
    assert abs(counter.repetitions - 10 * per_second) <= 2  # the first is over before it is believed


@pytest.mark.parametrize("fps", [10, 30, 60])
@pytest.mark.parametrize("noise", [0.0, 0.02, 0.03])
def test_who_stands_still_does_nothing(fps, noise):
    rng = np.random.default_rng(0)
    counter, swings = observe(lambda t: rng.normal(0, noise), 60, fps)
    assert counter.repetitions == counter.partial_repetitions == len(swings) == 0
    assert counter.stage is Stage.REST


@pytest.mark.parametrize("fps", [10, 30, 60])
@pytest.mark.parametrize("noise", [0.06, 0.1, 0.2])
def test_joints_that_flutter_badly_do_next_to_nothing(fps, noise):
    rng = np.random.default_rng(1)
    counter, _ = observe(lambda t: rng.normal(0, noise), 60, fps)
    assert counter.repetitions + counter.partial_repetitions <= 2


@pytest.mark.parametrize("phase", [0.1, 0.3, 0.5])
def test_who_has_been_counted_goes_on_at_once_after_a_gap(phase):
    def jacks(t):
        return 0.5 - 0.5 * math.cos(2 * math.pi * 1.2 * t)

    whole, _ = observe(jacks, 12, counter=RepetitionCounter(Timing(0.3)))
    gaps, _ = observe(
        jacks,
        12,
        counter=RepetitionCounter(Timing(0.3)),
        keep=lambda index: index < 90 or (index / 30 + phase) % 2 > 0.25,
    )
    assert whole.repetitions - gaps.repetitions <= 1


def test_joints_that_jump_just_before_somebody_is_lost_are_no_repetition():
    signal, end = series((2, 1), (2, 1), (2, 1))
    jump = end + 0.5

    def jumping(t):
        return 0.8 if jump - 0.2 <= t < jump else signal(t)

    counter, _ = observe(jumping, end + 3, keep=lambda index: not jump <= index / 30 < jump + 0.3)
    assert (counter.repetitions, counter.partial_repetitions) == (3, 0)


def test_the_first_counts_before_it_is_over():
    counter, swings = observe(bell(2.0), 1.7)
    assert counter.repetitions == 1
    assert swings == []
    swing = counter.close()
    assert swing.end == pytest.approx(1.7, abs=0.05)
    assert counter.close() is None


def test_going_there_alone_does_not_count():
    counter, _ = observe(lambda t: min(t, 1.0), 10)
    assert counter.repetitions == 0


def test_a_wobble_on_the_way_is_not_a_turn():
    def signal(t):
        return bell(4.0)(t - 1) - 0.25 * bell(0.6)(t - 2.8)

    counter, swings = observe(signal, 7)
    assert counter.repetitions == 1
    assert len(swings) == 1


def test_partial_repetitions_are_kept_apart():
    signal, end = series((2, 1), (2, 1), (2, 1), (2, 0.35), (2, 1))
    counter, swings = observe(signal, end)
    assert (counter.repetitions, counter.partial_repetitions) == (4, 1)
    assert [swing.complete for swing in swings] == [True, True, True, False, True]


def test_somebody_who_goes_less_far_from_now_on_is_counted_again():
    signal, end = series(*[(2, 1.2)] * 3, *[(2, 0.4)] * 6)
    counter, _ = observe(signal, end)
    assert counter.repetitions >= 7
    assert counter.repetitions + counter.partial_repetitions == 9


def test_after_a_pause_the_range_is_found_anew():
    first, end = series(*[(2, 1.4)] * 3)
    second, rest = series(*[(2, 0.3)] * 4)
    counter, _ = observe(first, end)
    observe(lambda t: 0.0, 10, counter=counter, begin=end)
    observe(second, rest, counter=counter, begin=end + 10)
    assert (counter.repetitions, counter.partial_repetitions) == (7, 0)


@pytest.mark.parametrize(("seconds", "counted"), [(0.5, 0), (1.0, 0), (1.5, 1), (8.0, 1), (14.0, 0)])
def test_too_short_and_too_long_is_none(seconds, counted):
    signal, end = series((seconds, 1.0))
    counter, _ = observe(signal, end, 60, RepetitionCounter(Timing(1.2, 10.0)))
    assert counter.repetitions == counted


def test_what_cannot_be_told_freezes_everything():
    signal, end = series(*[(2, 1)] * 3)
    counter, _ = observe(signal, end)
    for index in range(300):
        assert counter.observe(math.nan, end + index / 30) is None
        assert counter.stage is None
        assert math.isnan(counter.level)
    assert (counter.repetitions, counter.partial_repetitions) == (3, 0)


@pytest.mark.parametrize("gap", [0.3, 1.0, 2.0])
def test_a_repetition_survives_a_gap(gap):
    signal, end = series((4, 1))
    counter, _ = observe(lambda t: math.nan if abs(t - 3) < gap / 2 else signal(t), end)
    assert counter.repetitions == 1


def test_a_repetition_does_not_survive_a_long_absence():
    counter, _ = observe(bell(2.0), 1.0)
    observe(lambda t: bell(2.0)(t + 1), 1.5, counter=counter, begin=30.0)
    assert counter.repetitions == 0
    observe(bell(2.0), 2.5, counter=counter, begin=31.5)
    assert counter.repetitions == 1


def test_joints_that_jump_as_somebody_appears_count_for_nothing():
    counter = RepetitionCounter(Timing())
    for visit in range(20):
        observe(lambda t: float(int(t * 10) % 2), 0.35, counter=counter, begin=visit * 1.0)
    assert counter.repetitions == counter.partial_repetitions == 0


def test_time_that_stands_still_or_goes_back_is_left_out():
    signal, end = series(*[(2, 1)] * 3)
    plain, again = RepetitionCounter(Timing()), RepetitionCounter(Timing())
    for index in range(round(end * 30)):
        time = index / 30
        plain.observe(signal(time), time)
        again.observe(signal(time), time)
        again.observe(1.5, time)
        again.observe(-1.5, time - 0.5)
    assert plain.repetitions == again.repetitions == 3


@pytest.mark.parametrize("fps", [15, 30, 120])
def test_a_swing_is_timed(fps):
    """2 s there, 1 s at the far end, 1 s back, measured from 10 to 90 % of the way."""

    def signal(t):
        return float(np.interp(t, [1, 3, 4, 5], [0, 1, 1, 0]))

    _, (swing,) = observe(signal, 7, fps)
    assert swing.start == pytest.approx(1.2, abs=0.2)
    assert swing.out_s == pytest.approx(1.6, abs=0.2)
    assert swing.far_s == pytest.approx(1.3, abs=0.2)
    assert swing.back_s == pytest.approx(0.8, abs=0.15)
    assert swing.start + swing.out_s + swing.far_s + swing.back_s == pytest.approx(swing.end)
    assert swing.size == pytest.approx(1.0, abs=0.03)


def test_the_stages_follow_each_other():
    signal, end = series(*[(3, 1)] * 3, rest=0.6)
    counter, seen = RepetitionCounter(Timing()), []
    for index in range(round((end + 3) * 30)):
        counter.observe(signal(index / 30), index / 30)
        if counter.stage is not None and (not seen or seen[-1] is not counter.stage):
            seen.append(counter.stage)
    one = [Stage.OUT, Stage.FAR, Stage.BACK, Stage.NEAR]
    assert seen == [Stage.REST, *one * 3, Stage.REST]


def test_the_level_is_of_the_persons_own_range():
    signal, end = series(*[(3, 0.5)] * 4)
    counter, _ = observe(signal, end - 1 - 1.5)
    assert counter.level == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(("midway", "counted"), [(True, 1), (False, 0)])
def test_a_recording_may_begin_within_a_repetition(midway, counted):
    counter, _ = observe(lambda t: bell(3.0)(t + 1.5), 4, counter=RepetitionCounter(Timing(midway=midway)))
    assert counter.repetitions == counted


def test_who_gets_up_after_a_while_has_not_begun_within_a_repetition():
    counter, _ = observe(
        lambda t: float(np.interp(t, [10, 11], [1, 0])), 14, counter=RepetitionCounter(Timing(midway=True))
    )
    assert counter.repetitions == 0


def test_who_hovers_on_the_way_back_is_counted_once_and_not_waited_for():
    way = [0.0] * 30 + [i / 30 for i in range(30)] + [1 - 0.65 * i / 20 for i in range(20)] + [0.35] * 600 + [0.0] * 30
    counter = RepetitionCounter(Timing(0.3, 5.0))
    ends = [swing.end for i, value in enumerate(way) if (swing := counter.observe(value, i / 30)) is not None]
    assert (counter.repetitions, len(ends)) == (1, 1)
    assert ends[0] < 10
