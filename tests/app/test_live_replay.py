from dataclasses import replace

import numpy as np
import pytest
from fakes import BoxDetector, CentrePose

import vitpose_live as vl
from vitpose_live.app.live_replay import ReplayBuffer

ANALYZER = vl.Analyzer(BoxDetector((8, 8, 40, 60)), CentrePose())


def result(index, *, fps=30.0, size=(64, 96)):
    """A soft picture, as pictures of people are, that tells its index."""
    shade = np.linspace(40, 200, size[1])[None, :, None] + np.array([0, 20, 40])
    image = np.broadcast_to(shade + index % 10, (*size, 3)).astype(np.uint8)
    return ANALYZER.analyze(vl.Frame(image, index, index / fps, 7))


def test_what_comes_back_is_what_went_in_but_for_the_jpeg():
    buffer, given = ReplayBuffer(), result(5)
    buffer.append(given)
    (back,) = buffer.replay()
    assert (back.frame.index, back.frame.time, back.frame.captured_ns) == (5, 5 / 30, 7)
    assert back.poses is given.poses
    assert back.tracks is given.tracks
    assert np.abs(back.frame.image.astype(int) - given.frame.image).max() <= 6  # red is still red
    assert not back.frame.image.flags.writeable


def test_it_reaches_back_as_far_as_it_says_and_no_further():
    buffer = ReplayBuffer(seconds=1.0)
    for index in range(90):
        buffer.append(result(index))
    times = buffer.replay().times
    assert times[-1] == pytest.approx(89 / 30)
    assert 1 - 1 / 29 < times[-1] - times[0] <= 1


def test_its_memory_is_bounded():
    buffer = ReplayBuffer(seconds=1e9, most_bytes=20_000)
    for index in range(200):
        buffer.append(result(index))
    assert 10_000 < buffer.bytes <= 20_000
    assert sum(len(kept.jpeg) for kept in buffer.replay().kept) == buffer.bytes
    assert buffer.replay()[-1].frame.index == 199


def test_numbers_lead_to_neighbours():
    buffer = ReplayBuffer(seconds=1.0)
    numbers = [buffer.append(result(index)) for index in range(60)]
    assert numbers == list(range(60))
    assert buffer.get(59).time == pytest.approx(59 / 30)
    assert buffer.get(60) is None
    assert buffer.get(3) is None  # gone
    assert buffer.oldest.number in (29, 30)
    buffer.clear()
    assert buffer.oldest is None
    assert buffer.get(59) is None
    assert buffer.bytes == 0
    assert buffer.append(result(60)) == 60


def test_a_time_leads_to_the_first_at_or_after_it():
    buffer = ReplayBuffer(seconds=1.0)
    assert buffer.at(0.0) is None
    for index in range(60):
        buffer.append(result(index))
    assert buffer.at(1.5).rest.frame.index == 45
    assert buffer.at(1.51).rest.frame.index == 46
    assert buffer.at(0.5) is None
    assert buffer.at(2.5) is None


def test_a_replay_stays_as_it_is():
    buffer = ReplayBuffer(seconds=1.0)
    for index in range(10):
        buffer.append(result(index))
    replay = buffer.replay()
    buffer.clear()
    assert len(replay) == 10
    assert [each.frame.index for each in replay[4:6]] == [4, 5]


def test_the_latest_part_of_a_replay():
    buffer = ReplayBuffer(seconds=10.0)
    assert len(buffer.replay().latest(1.0)) == 0
    for index in range(90):
        buffer.append(result(index))
    assert [each.frame.index for each in buffer.replay().latest(0.11)] == [86, 87, 88, 89]
    assert buffer.replay().latest(99.0).times == buffer.replay().times


def test_where_its_clock_began_is_told_by_the_picture_that_came_quickest():
    buffer = ReplayBuffer()
    assert (buffer.span, buffer.origin) == (0.0, 0.0)
    for index, lag in enumerate((0.3, 0.1, 0.2)):
        made = result(index)
        captured_ns = round((50 + made.frame.time + lag) * 1e9)
        buffer.append(replace(made, frame=replace(made.frame, captured_ns=captured_ns)))
    assert buffer.origin == pytest.approx(50.1)
    assert buffer.span == pytest.approx(2 / 30)
