"""One suite that every source passes: subclass it and give it a source to open."""

from __future__ import annotations

import gc
import itertools
import threading
from abc import ABC, abstractmethod
from pathlib import Path
from time import monotonic_ns

import numpy as np
import pytest

from vitpose_live.data import Frame
from vitpose_live.errors import SourceError


def open_files() -> set[str]:
    """What this process has open beside libraries and terminals (Linux)."""
    links = set()
    for link in Path("/proc/self/fd").iterdir():
        try:
            links.add(f"{link.name}:{link.readlink()}")
        except FileNotFoundError:  # the handle that lists the folder
            continue
    return links


class SourceContract(ABC):
    """What the pipeline may rely on, of a source that comes to an end by itself."""

    @abstractmethod
    @pytest.fixture
    def opened(self, tmp_path: Path):
        """Return a function that opens a fresh source of at least three frames each time it is called."""

    def test_frames_are_read_only_rgb(self, opened):
        with opened() as source:
            for frame in source:
                assert isinstance(frame, Frame)
                assert frame.image.dtype == np.uint8
                assert frame.image.ndim == 3
                assert frame.image.shape[2] == 3
                assert not frame.image.flags.writeable

    def test_there_is_no_trouble(self, opened):
        with opened() as source:
            for _ in source:
                assert source.trouble == ""
        assert source.trouble == ""

    def test_indices_count_up_from_zero(self, opened):
        with opened() as source:
            indices = [frame.index for frame in source]
        assert indices == list(range(len(indices)))
        assert len(indices) >= 3

    def test_time_starts_at_zero_and_strictly_increases(self, opened):
        with opened() as source:
            times = [frame.time for frame in source]
        assert times[0] == 0
        assert all(earlier < later for earlier, later in itertools.pairwise(times))

    def test_capture_clock_never_goes_back(self, opened):
        with opened() as source:
            captured = [frame.captured_ns for frame in source]
        assert captured == sorted(captured)
        assert captured[0] > 0

    def test_info_is_complete_once_open_and_agrees_with_the_frames(self, opened):
        with opened() as source:
            info = source.info
            frames = list(source)
            assert source.info == info
        assert (info.width, info.height) == (frames[0].width, frames[0].height)
        assert info.frame_count == len(frames)
        assert info.duration is not None
        assert frames[-1].time < info.duration
        if info.fps:
            assert info.duration == pytest.approx(len(frames) / info.fps, abs=0.5 / info.fps)

    def test_a_healthy_source_has_no_problems(self, opened):
        with opened() as source:
            assert source.problems == ()
            for _ in source:
                pass
            assert source.problems == ()

    def test_a_frame_keeps_its_pixels_after_the_next_one(self, opened):
        with opened() as source:
            frames = list(source)
        with opened() as source:
            for kept, fresh in zip(frames, source, strict=True):
                assert np.array_equal(kept.image, fresh.image)

    def test_iterating_again_starts_again(self, opened):
        with opened() as source:
            first = [(frame.index, frame.time, frame.image.tobytes()) for frame in source]
            again = [(frame.index, frame.time, frame.image.tobytes()) for frame in source]
        assert first == again

    def test_a_new_iteration_ends_the_one_before(self, opened):
        with opened() as source:
            before = iter(source)
            next(before)
            after = iter(source)
            assert next(after).index == 0
            assert next(before, None) is None
            assert next(after).index == 1

    def test_closing_in_the_middle_ends_the_iteration(self, opened):
        with opened() as source:
            seen = 0
            for _ in source:
                seen += 1
                source.close()
        assert seen == 1

    def test_closing_twice_is_fine_and_iterating_closed_is_an_error(self, opened):
        source = opened()
        source.close()
        source.close()
        with pytest.raises(SourceError, match="closed") as caught:
            iter(source)
        assert caught.value.hint

    def test_closing_from_another_thread_ends_the_iteration(self, opened):
        for _ in range(10):
            source = opened()
            started, counts = threading.Event(), []

            def consume(source=source, started=started, counts=counts):
                count = 0
                for _ in source:
                    count += 1
                    started.set()
                counts.append(count)

            consumer = threading.Thread(target=consume, name="vitpose-test-consumer")
            consumer.start()
            assert started.wait(20)
            source.close()
            consumer.join(20)
            assert not consumer.is_alive()
            assert counts[0] >= 1

    def test_an_exception_in_the_consumer_closes_the_source(self, opened):
        source = opened()

        def consume():
            with source:
                for _ in source:
                    raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            consume()
        with pytest.raises(SourceError):
            iter(source)

    @pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="lists open files as Linux does")
    def test_no_file_stays_open(self, opened):
        opened().close()  # what is loaded once, is loaded now
        gc.collect()
        self.settle()
        before = open_files()
        with opened() as source:
            for _ in source:
                pass
        source = opened()
        next(iter(source))
        source.close()
        self.settle()
        assert open_files() == before
        next(iter(opened()))  # never closed by hand
        gc.collect()
        self.settle()
        assert open_files() == before

    def settle(self) -> None:  # noqa: B027  most have no other side
        """Wait until the other side has noticed."""


class LiveContract(ABC):
    """What the pipeline may rely on, of a source that goes on until it is closed."""

    @abstractmethod
    @pytest.fixture
    def opened(self, tmp_path: Path):
        """Return a function that opens a fresh source that works each time it is called."""

    def read(self, source, count: int = 12) -> list[Frame]:
        return list(itertools.islice(source, count))

    def test_it_is_live_and_says_what_it_gives(self, opened):
        with opened() as source:
            info, frames = source.info, self.read(source)
            assert source.info == info
        assert info.live
        assert (info.frame_count, info.duration, info.audio_path) == (None, None, None)
        assert (info.width, info.height) == (frames[0].width, frames[0].height)

    def test_frames_are_read_only_rgb_and_keep_their_pixels(self, opened):
        with opened() as source:
            frames, copies = [], []
            for frame in itertools.islice(source, 12):
                frames.append(frame)
                copies.append(frame.image.copy())
        for frame, copy in zip(frames, copies, strict=True):
            assert frame.image.dtype == np.uint8
            assert frame.image.shape == (frame.height, frame.width, 3)
            assert not frame.image.flags.writeable
            assert np.array_equal(frame.image, copy)

    def test_index_and_time_start_at_zero_and_strictly_increase_in_every_iteration(self, opened):
        with opened() as source:
            for _ in range(2):
                frames = self.read(source)
                assert (frames[0].index, frames[0].time) == (0, 0)
                for earlier, later in itertools.pairwise(frames):
                    assert earlier.index < later.index
                    assert earlier.time < later.time
                    assert earlier.captured_ns <= later.captured_ns

    def test_there_is_no_trouble_and_no_problem(self, opened):
        with opened() as source:
            for _ in self.read(source):
                assert source.trouble == ""
            assert source.problems == ()

    def test_the_first_frame_is_not_an_old_one(self, opened):
        with opened() as source:
            before = monotonic_ns()
            assert next(iter(source)).captured_ns >= before - 200_000_000  # it may have been on its way

    def test_a_new_iteration_ends_the_one_before(self, opened):
        with opened() as source:
            before = iter(source)
            next(before)
            after = iter(source)
            assert next(after).index == 0
            assert next(before, None) is None
            assert next(after).index > 0

    def test_closing_in_the_middle_ends_the_iteration(self, opened):
        with opened() as source:
            seen = 0
            for _ in source:
                seen += 1
                source.close()
        assert seen == 1

    def test_closing_twice_is_fine_and_iterating_closed_is_an_error(self, opened):
        source = opened()
        source.close()
        source.close()
        assert source.trouble == ""
        with pytest.raises(SourceError, match="closed"):
            iter(source)

    def test_closing_from_another_thread_ends_the_iteration(self, opened):
        source = opened()
        started, ended = threading.Event(), threading.Event()

        def consume():
            for _ in source:
                started.set()
            ended.set()

        consumer = threading.Thread(target=consume, name="vitpose-test-consumer")
        consumer.start()
        assert started.wait(20)
        source.close()
        assert ended.wait(20)
        consumer.join()

    @pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="lists open files as Linux does")
    def test_no_thread_and_no_file_stays(self, opened):
        opened().close()  # what is loaded once, is loaded now
        gc.collect()
        self.settle()
        threads, files = threading.active_count(), open_files()
        with opened() as source:
            self.read(source)
        next(iter(opened()))  # never closed by hand
        gc.collect()
        self.settle()
        assert threading.active_count() == threads
        assert open_files() == files

    def settle(self) -> None:  # noqa: B027  most have no other side
        """Wait until the other side has noticed."""
