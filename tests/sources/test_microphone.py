"""A microphone tells when its sound was captured, says what is wrong with it, and is listened to again."""

import threading

import numpy as np
import pytest

from vitpose_live.errors import SourceError
from vitpose_live.sources.microphone import DEFAULT, RATE, Microphone, Patience, SampleClock

BLOCK = 960
SECOND = 1_000_000_000


def arrivals(random, count, *, stall):
    """Moments in ns at which blocks arrive that end 20 ms apart: a few ms late, one in twenty `stall` ms."""
    ends = (1 + np.arange(count)) * BLOCK * SECOND // RATE
    late = np.where(random.random(count) < 0.05, stall, 4 * random.random(count)) * 1e6
    return np.maximum.accumulate(ends + late).astype(int).tolist()


@pytest.mark.parametrize("stall", [0, 30, 200])
def test_blocks_that_come_late_were_captured_when_they_were(stall):
    clock = SampleClock()
    told = [clock.captured(BLOCK, moment) for moment in arrivals(np.random.default_rng(1), 500, stall=stall)]
    off = np.array(told) - np.arange(500) * BLOCK * SECOND // RATE
    assert (off >= -1).all()  # never before it was
    assert off[50:].max() <= 2e6  # the one that comes soonest tells of all


def test_a_card_that_lost_sound_is_believed_soon():
    clock = SampleClock()
    for moment in arrivals(np.random.default_rng(1), 200, stall=2):
        clock.captured(BLOCK, moment)
    lost = SECOND // 2
    told = [clock.captured(BLOCK, 4 * SECOND + lost + (index + 1) * SECOND // 50) for index in range(150)]
    assert told[-1] == pytest.approx(4 * SECOND + lost + 149 * SECOND // 50, abs=1000)


class Device:
    """A microphone that does as a test says."""

    def __init__(self, put):
        self.put = put
        self.running = True
        self.closed = threading.Event()

    def speak(self, loudness=0.5, count=BLOCK):
        self.put(np.full(count, loudness, np.float32).tobytes())

    def close(self):
        self.closed.set()


class Ear:
    """A microphone, what is heard with it, and a way to wait for what becomes of it."""

    def __init__(self, opens=None, **patience):
        self.said = threading.Condition()
        self.devices = []
        self.blocks = []
        patience = Patience(**({"settling": 0.0, "again": 0.001} | patience))
        self.opens = opens or (lambda name: None)
        self.microphone = Microphone("Lesson", self.hear, changed=self.tell, open_=self.open, patience=patience)

    def open(self, name, put):
        self.opens(name)
        with self.said:
            self.devices.append(Device(put))
            self.said.notify_all()
            return self.devices[-1]

    def hear(self, samples, captured_ns):
        with self.said:
            self.blocks.append(samples)
            self.said.notify_all()

    def tell(self):
        with self.said:
            self.said.notify_all()

    def until(self, condition):
        with self.said:
            assert self.said.wait_for(condition, 20)


@pytest.fixture
def listen():
    made = []

    def make(*arguments, **patience):
        made.append(Ear(*arguments, **patience))
        return made[-1]

    yield make
    for ear in made:
        ear.microphone.close(20)
        assert not ear.microphone._thread.is_alive()
        assert all(device.closed.is_set() for device in ear.devices)


def test_what_is_said_is_heard_and_how_loud_it_is(listen):
    ear = listen()
    ear.until(lambda: ear.devices)
    assert not ear.microphone.arrives
    ear.devices[0].speak(-0.5)
    ear.until(lambda: ear.blocks)
    assert ear.blocks[0].shape == (BLOCK, 1)
    assert ear.microphone.arrives
    assert ear.microphone.level == pytest.approx(0.5)
    for _ in range(20):
        ear.devices[0].speak(0.01)
    ear.until(lambda: len(ear.blocks) == 21)
    assert ear.microphone.level == pytest.approx(0.5 * 0.93**20, rel=1e-3)
    assert ear.microphone.trouble is None
    assert ear.microphone.problems == ()


def test_its_first_sound_only_tells_how_late_it_comes(listen):
    ear = listen(settling=3600.0)
    ear.until(lambda: ear.devices)
    ear.devices[0].speak()
    assert ear.microphone.wait(20)
    assert ear.blocks == []


@pytest.mark.parametrize("how", ["stops", "falls silent"])
def test_one_that_is_lost_is_told_of_and_heard_again(listen, how):
    ear = listen(stuck=0.001 if how == "falls silent" else 3600.0)
    ear.until(lambda: ear.devices)
    ear.devices[0].speak()
    ear.until(lambda: ear.blocks)
    ear.devices[0].running = how == "falls silent"
    ear.until(lambda: ear.microphone.trouble is not None)
    assert str(ear.microphone.trouble) == "the microphone Lesson was lost"
    assert ear.microphone.level == 0
    assert ear.microphone.problems == ("the microphone Lesson was lost 1 time; it is silent there",)
    ear.until(lambda: len(ear.devices) == 2)
    ear.devices[1].speak()
    ear.until(lambda: ear.microphone.trouble is None)


def test_that_it_is_not_there_is_no_news_of_one_that_was_lost(listen):
    seen = []

    def opens(name):
        seen.append(name)
        if len(seen) > 1:
            raise SourceError("there is none")

    ear = listen(opens)
    ear.until(lambda: ear.devices)
    ear.devices[0].speak()
    ear.until(lambda: ear.blocks)
    ear.devices[0].running = False
    ear.until(lambda: ear.microphone.trouble is not None)
    ear.devices[0].closed.wait(20)
    while len(seen) < 4:
        ear.devices[0].closed.wait(20)
    assert str(ear.microphone.trouble) == "the microphone Lesson was lost"


def test_one_that_cannot_be_opened_says_why(listen):
    def opens(name):
        raise SourceError(f"there is no {name}", hint="plug it in")

    ear = listen(opens)
    assert not ear.microphone.wait(20)
    assert (str(ear.microphone.trouble), ear.microphone.trouble.hint) == ("there is no Lesson", "plug it in")


def test_a_fault_does_not_end_it(listen):
    seen = []

    def opens(name):
        seen.append(name)
        if len(seen) == 1:
            raise RuntimeError("oh")

    ear = listen(opens)
    ear.until(lambda: ear.microphone.trouble is not None)
    assert str(ear.microphone.trouble) == "RuntimeError: oh"
    ear.until(lambda: ear.devices)


def test_nothing_but_zeros_is_told_of(listen):
    ear = listen(silent=0.0)
    ear.until(lambda: ear.devices)
    while ear.microphone.trouble is None:
        ear.devices[0].speak(0.0)
    assert str(ear.microphone.trouble) == "only silence comes from the microphone Lesson"
    assert ear.microphone.arrives
    while ear.microphone.trouble is not None:
        ear.devices[0].speak(0.001)
    assert len(ear.devices) == 1


def test_nobody_waits_for_sound_that_hangs():
    gate = threading.Event()

    def opens(name, put):
        gate.wait(60)
        raise SourceError("too late")

    changed = []
    microphone = Microphone(
        DEFAULT, lambda *_: None, changed=lambda: changed.append(1), open_=opens, patience=Patience(opening=0.0)
    )
    assert not microphone.wait(20)
    assert "does not answer" in str(microphone.trouble)
    microphone.close()  # comes back
    assert microphone._thread.is_alive()
    gate.set()
    microphone.close(20)
    assert not microphone._thread.is_alive()
    assert changed == []  # nobody is told of what they left
