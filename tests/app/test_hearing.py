"""Sound goes with the pictures of its moment, whichever of them comes first."""

import numpy as np
import pytest

from vitpose_live.app.hearing import Heard, Placing

BLOCK = np.zeros((960, 1), np.float32)
TICK = 20_000_000


@pytest.mark.parametrize("late", [0, 3, 200, -4])
def test_each_block_is_with_its_picture_however_late_those_come(late):
    """A block every 20 ms, a picture every 100 that comes `late` blocks after its moment; a cut in the middle."""
    fed = []
    placing = Placing(lambda samples, start, *, cut: fed.append((start, cut)), patience=20.0)
    events = [(tick, 1, tick) for tick in range(200)] + [(tick + late, 0, tick) for tick in range(10, 200, 5)]
    seconds = 0.0
    for _, sound, tick in sorted(events):
        if sound:
            placing.hear(BLOCK, tick * TICK)
        elif not 100 <= tick < 150:
            if tick > 10:
                seconds += 0.1 if tick != 150 else 0.03
            placing.see(tick * TICK, seconds, cut=tick == 150)
    placing.see(1000 * TICK, seconds + 17.0)  # so that all of it has been seen
    before = [(tick - 10) / 50 for tick in range(10, 97)]  # the last picture is seen for 30 ms
    after = [1.73 + (tick - 150) / 50 for tick in range(150, 200)]
    assert [start for start, _ in fed] == pytest.approx([*before, *after])
    assert [index for index, (_, cut) in enumerate(fed) if cut] == [len(before)]


def test_neither_sound_nor_pictures_are_kept_for_ever():
    placing = Placing(print, patience=1.0)
    for tick in range(200):
        placing.hear(BLOCK, tick * TICK)
    assert len(placing._waiting) == 51
    placing = Placing(print, patience=1.0)
    for tick in range(200):
        placing.see(tick * TICK, tick / 50)
    assert len(placing._places) == 51


def test_a_cut_among_pictures_that_nobody_heard_is_still_a_cut():
    fed = []
    placing = Placing(lambda samples, start, *, cut: fed.append(cut), patience=1.0)
    for tick in range(200):
        placing.see(tick * TICK, tick / 50, cut=tick == 20)
    placing.hear(BLOCK, 198 * TICK)
    assert fed == [True]


def test_the_latest_is_kept():
    heard = Heard(1.0)
    for tick in range(200):
        heard.append(BLOCK, tick * TICK)
    assert [captured for _, captured in heard] == [tick * TICK for tick in range(149, 200)]
