"""When a file's pictures are shown, by a clock that only waiting moves."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitpose_live.app.live_playback import Playback, Turn
from vitpose_live.errors import SettingsError


class Clock:
    """Stands in for a condition: to wait is to move the clock; what is waited for without end is an error."""

    def __init__(self):
        self.time = 100.0
        self.then = []

    def now(self):
        return self.time

    def wait(self, seconds):
        if self.then:
            self.then.pop(0)()
            return
        assert seconds is not None, "waits for ever"
        assert seconds > 0
        self.time += seconds

    def notify_all(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def playback(clock):
    return Playback(clock.now, clock)


def shown(playback, clock, times):
    """The clock's times at which pictures of these times are shown, from the first one's on."""
    at = []
    for time in times:
        assert playback.turn(time) is Turn.SHOW
        at.append(clock.time)
    return [each - at[0] for each in at]


TIMES = [0.0, 0.04, 0.1, 0.5]


@pytest.mark.parametrize("speed", [0.25, 1.0, 2.0])
def test_pictures_are_shown_at_their_own_times(playback, clock, speed):
    playback.speed = speed
    assert shown(playback, clock, TIMES) == pytest.approx([time / speed for time in TIMES])


@settings(deadline=None)
@given(st.lists(st.floats(0.001, 1), min_size=2, max_size=20), st.floats(0.25, 2))
def test_no_time_is_lost_or_won(gaps, speed):
    clock = Clock()
    playback = Playback(clock.now, clock)
    playback.speed = speed
    times = [sum(gaps[:index]) for index in range(len(gaps))]
    assert shown(playback, clock, times)[-1] == pytest.approx(times[-1] / speed)


def test_a_late_picture_is_shown_at_once_and_the_next_does_not_hurry(playback, clock):
    shown(playback, clock, [0.0])
    clock.time += 3.0
    late = clock.time
    assert playback.turn(0.04) is Turn.SHOW
    assert clock.time == late
    playback.turn(0.08)
    assert clock.time == pytest.approx(late + 0.04)


def test_a_little_delay_is_caught_up(playback, clock):
    start = clock.time
    shown(playback, clock, [0.0])
    clock.time += 0.09
    for time in (0.04, 0.08, 0.12):
        playback.turn(time)
    assert clock.time == pytest.approx(start + 0.12)


def test_a_new_speed_counts_from_now(playback, clock):
    shown(playback, clock, [0.0, 1.0])
    playback.speed = 0.5
    assert playback.turn(1.1) is Turn.SHOW
    at = clock.time
    playback.turn(1.2)
    assert clock.time == pytest.approx(at + 0.2)


@pytest.mark.parametrize("speed", [0.1, 2.1, float("nan")])
def test_an_impossible_speed_is_refused(playback, speed):
    with pytest.raises(SettingsError, match="speed: expected"):
        playback.speed = speed


def test_pause_waits_until_it_goes_on(playback, clock):
    shown(playback, clock, [0.0])
    playback.play(playing=False)
    clock.then = [lambda: None, lambda: playback.play(playing=True)]
    assert playback.turn(0.04) is Turn.SHOW
    assert playback.playing


def test_steps_pause_and_are_taken_one_by_one(playback, clock):
    playback.step(2)
    assert not playback.playing
    assert [playback.turn(0.1), playback.turn(0.2)] == [Turn.SHOW, Turn.SHOW]
    playback.step(-3)
    assert [playback.turn(0.3) for _ in range(3)] == [Turn.BACK] * 3
    clock.then = [playback.leave]
    assert playback.turn(0.3) is Turn.LEAVE


def test_a_seek_comes_before_what_is_next_and_the_latest_wins(playback):
    playback.seek(3.0)
    playback.seek(7.0)
    assert playback.turn(0.0) is Turn.JUMP
    assert playback.jumping
    assert playback.take_target() == 7.0
    assert not playback.jumping
    assert playback.turn(7.0) is Turn.SHOW


def test_a_seek_while_paused_shows_one_picture(playback, clock):
    playback.play(playing=False)
    playback.seek(2.0)
    assert playback.turn(0.0) is Turn.JUMP
    playback.take_target()
    assert playback.turn(2.0) is Turn.SHOW
    clock.then = [playback.leave]
    assert playback.turn(2.04) is Turn.LEAVE


def test_before_the_start_is_the_start(playback):
    playback.seek(-5.0)
    playback.turn(1.0)
    assert playback.take_target() == 0.0


def test_a_loop_leads_back_to_its_start(playback):
    playback.loop(1.0, 2.0)
    assert playback.turn(1.96) is Turn.SHOW
    assert playback.turn(2.0) is Turn.JUMP
    assert playback.take_target() == 1.0


def rounds(playback, clock, file, count):
    """Play `file`, a list of times, as a run does; return when which picture is shown."""
    at, index = [], 0
    for _ in range(1000):
        if len(at) == count:
            return at
        upcoming = file[index] if index < len(file) else None
        if playback.turn(upcoming) is Turn.JUMP:
            target = playback.take_target()
            index = next((each for each, time in enumerate(file) if time >= target), len(file) - 1)
        else:
            at.append((round(clock.time - 100, 3), index))
            index += 1
    raise AssertionError(f"goes round without showing anything: {at}")


@pytest.mark.parametrize("speed", [0.5, 1.0])
def test_the_last_picture_of_a_loop_is_seen_as_long_as_the_others(playback, clock, speed):
    playback.speed = speed
    playback.loop(0.1, 0.3)
    seen = rounds(playback, clock, [0.0, 0.1, 0.2, 0.3, 0.4], 7)
    assert seen == [(round(0.1 * n / speed, 3), index) for n, index in enumerate([0, 1, 2, 1, 2, 1, 2])]


@pytest.mark.parametrize("loop", [(0.2, 0.3), (0.11, 0.19)])  # of one picture, and of none
def test_a_short_loop_stays_at_one_picture_and_takes_its_time(playback, clock, loop):
    playback.loop(*loop)
    playback.seek(loop[0])
    assert rounds(playback, clock, [0.0, 0.1, 0.2, 0.3, 0.4], 3) == [(0.0, 2), (0.1, 2), (0.2, 2)]


@pytest.mark.parametrize("start", [0.2, 0.39, 0.45])
def test_a_loop_over_the_end_takes_its_time_too(playback, clock, start):
    playback.loop(start, None)
    playback.seek(start)
    seen = rounds(playback, clock, [0.0, 0.1, 0.2, 0.3, 0.4], 6)
    pictures = [2, 3, 4] * 2 if start == 0.2 else [4] * 6
    assert [index for _, index in seen] == pictures
    gaps = [later[0] - earlier[0] for earlier, later in pairwise(seen)]
    assert min(gaps) > 0.03


def test_a_pause_right_after_a_seek_still_shows_where_it_led(playback, clock):
    playback.seek(2.0)
    assert playback.turn(0.0) is Turn.JUMP
    playback.take_target()
    playback.play(playing=False)
    assert playback.turn(2.0) is Turn.SHOW
    clock.then = [playback.leave]
    assert playback.turn(2.04) is Turn.LEAVE


@pytest.mark.parametrize(("loop", "start"), [((1.5, None), 1.5), ((None, 9.0), 0.0)])
def test_a_loop_to_the_end_leads_back_from_there(playback, loop, start):
    playback.loop(*loop)
    assert playback.turn(None) is Turn.JUMP
    assert playback.take_target() == start


def test_a_loop_can_be_ended_and_does_not_drag_along_whoever_is_paused(playback, clock):
    playback.loop(1.0, 2.0)
    playback.play(playing=False)
    playback.step(1)
    assert playback.turn(5.0) is Turn.SHOW
    playback.loop(None, None)
    playback.play(playing=True)
    assert playback.turn(5.04) is Turn.SHOW


@pytest.mark.parametrize("loop", [(2.0, 1.0), (1.0, 1.0), (-1.0, 1.0)])
def test_an_impossible_loop_is_refused(playback, loop):
    with pytest.raises(SettingsError, match="loop"):
        playback.loop(*loop)


def test_at_the_end_a_step_on_is_forgotten(playback, clock):
    playback.step(1)
    clock.then = [lambda: playback.seek(0.0)]
    assert playback.turn(None) is Turn.JUMP


def test_leaving_wins_over_everything(playback):
    playback.seek(1.0)
    playback.leave()
    assert playback.turn(0.0) is Turn.LEAVE
    assert playback.jumping


def test_a_picture_can_be_given_its_moment(playback, clock):
    playback.speed = 0.5
    playback.align(clock.time + 3.0, 7.0)
    start = clock.time
    playback.turn(7.0)
    assert clock.time == pytest.approx(start + 3.0)
    playback.turn(7.1)
    assert clock.time == pytest.approx(start + 3.2)
