import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitpose_live.pipeline import Channel, Overflow


def in_thread(body):
    thread = threading.Thread(target=body)
    thread.start()
    return thread


def test_capacity_below_one_is_refused():
    with pytest.raises(ValueError, match="capacity"):
        Channel(0, Overflow.BLOCK)


@given(st.lists(st.integers(), max_size=60), st.integers(1, 5))
def test_blocking_channel_hands_over_everything_in_order(items, capacity):
    channel = Channel(capacity, Overflow.BLOCK)

    def produce():
        assert all(channel.put(item) for item in items)
        channel.close()

    producer = in_thread(produce)
    assert list(channel) == items
    producer.join()
    assert channel.dropped == 0


@given(st.lists(st.integers(), max_size=60), st.integers(1, 5))
def test_dropping_channel_keeps_the_newest_and_counts_the_rest(items, capacity):
    channel = Channel(capacity, Overflow.DROP_OLDEST)
    assert all(channel.put(item) for item in items)
    channel.close()
    kept = list(channel)
    assert kept == items[-capacity:]
    assert channel.dropped == len(items) - len(kept)


def test_put_after_close_is_refused():
    channel = Channel(1, Overflow.BLOCK)
    channel.close()
    assert channel.put(1) is False
    assert list(channel) == []


def test_close_keeps_what_waits_and_discard_drops_it():
    kept, dropped = Channel(2, Overflow.BLOCK), Channel(2, Overflow.BLOCK)
    for channel in (kept, dropped):
        channel.put(1)
    kept.close()
    dropped.close(discard=True)
    assert list(kept) == [1]
    assert list(dropped) == []


def test_close_wakes_a_waiting_consumer():
    channel = Channel(1, Overflow.BLOCK)
    got = []
    consumer = in_thread(lambda: got.extend(channel))
    channel.close()
    consumer.join(10)
    assert not consumer.is_alive()
    assert got == []


def test_close_wakes_a_waiting_producer():
    channel = Channel(1, Overflow.BLOCK)
    channel.put(0)
    taken = []
    producer = in_thread(lambda: taken.append(channel.put(1)))
    channel.close()
    producer.join(10)
    assert not producer.is_alive()
    assert taken == [False]
