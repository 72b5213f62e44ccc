"""Bounded hand-off between two threads."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from enum import Enum
from typing import Generic, TypeVar

T = TypeVar("T")


class Overflow(Enum):
    """What `Channel.put` does when the channel is full."""

    BLOCK = "block"
    """Wait for room: nothing is lost and the producer is slowed down (files)."""
    DROP_OLDEST = "drop_oldest"
    """The newest wins: the oldest waiting item is dropped and counted (live sources)."""


class Channel(Generic[T]):
    """A queue of at most `capacity` items from one thread to another, which can be closed from any.

    Every wait ends when the channel is closed, so nobody hangs on a partner that is gone.

    Parameters
    ----------
    capacity
        Items that may wait; at least 1.
    overflow
        What happens when one more comes.
    """

    def __init__(self, capacity: int, overflow: Overflow) -> None:
        if capacity < 1:
            raise ValueError(f"capacity: expected at least 1, got {capacity}")
        self._items: deque[T] = deque()
        self._capacity = capacity
        self._overflow = overflow
        self._changed = threading.Condition()
        self._closed = False
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """Items dropped because a newer one came."""
        return self._dropped

    def put(self, item: T) -> bool:
        """Hand `item` over; False once the channel is closed, and then `item` is not taken."""
        with self._changed:
            while len(self._items) >= self._capacity and not self._closed:
                if self._overflow is Overflow.DROP_OLDEST:
                    self._items.popleft()
                    self._dropped += 1
                else:
                    self._changed.wait()
            if self._closed:
                return False
            self._items.append(item)
            self._changed.notify_all()
            return True

    def poll(self) -> T | None:
        """Take an item if one is waiting, without waiting for it."""
        with self._changed:
            if not self._items:
                return None
            item = self._items.popleft()
            self._changed.notify_all()
            return item

    def __iter__(self) -> Iterator[T]:
        """Yield items until the channel is closed and what was waiting is consumed."""
        while True:
            with self._changed:
                while not self._items and not self._closed:
                    self._changed.wait()
                if not self._items:
                    return
                item = self._items.popleft()
                self._changed.notify_all()
            yield item
            del item  # while waiting for the next one, do not keep this one's picture alive

    def close(self, *, discard: bool = False) -> None:
        """End the stream and wake every waiting thread; `discard` also drops what is waiting, uncounted."""
        with self._changed:
            self._closed = True
            if discard:
                self._items.clear()
            self._changed.notify_all()
