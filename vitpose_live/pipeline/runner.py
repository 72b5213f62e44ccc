"""The threads: capture -> detection -> analysis -> delivery, with bounded hand-offs between them.

::

    NEW --start()--> RUNNING --end of source, or stop()--> STOPPING --everything delivered--> DONE
                        `------------ first exception of any thread ---------------------> FAILED

The detector knows nothing of the frames before, so it runs ahead of the rest of the analysis on a thread of its own,
and the results are the plain loop's to the bit. A file's frames wait for the analysis and nothing is lost; a live
source's are dropped in favour of newer ones in exactly one place, the capture channel. Everything analysed is
delivered. The first exception of any thread stops the run, makes the sinks abort, and is raised by `Runner.join`.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from time import monotonic, perf_counter
from types import TracebackType
from typing import Protocol, Self

from vitpose_live.data import Frame, FrameResult
from vitpose_live.errors import PipelineError
from vitpose_live.pipeline.analyzer import Look
from vitpose_live.pipeline.channel import Channel, Overflow
from vitpose_live.pipeline.protocols import Sink, Source
from vitpose_live.pipeline.status import Meter, RunState, Status


class _Analyzes(Protocol):
    def look(self, frame: Frame) -> Look: ...

    def follow(self, look: Look) -> FrameResult: ...


class Runner:
    """Feeds a source through an analyzer into sinks, each step on its own thread.

    Parameters
    ----------
    source
        Open source; closing it stays with whoever opened it.
    analyzer
        `Analyzer`, or anything with its two halves; each half is used from one thread only.
    sinks
        Written in this order; closed when the run ends well, aborted when it fails.
    """

    FILE_CAPACITY = 8
    LOOK_CAPACITY = 8
    RESULT_CAPACITY = 4

    def __init__(self, source: Source, analyzer: _Analyzes, sinks: Sequence[Sink] = ()) -> None:
        self._source = source
        self._analyzer = analyzer
        self._sinks = tuple(sinks)
        self._unfinished = deque(sinks)
        self._frames: Channel[Frame] = (
            Channel(1, Overflow.DROP_OLDEST) if source.info.live else Channel(self.FILE_CAPACITY, Overflow.BLOCK)
        )
        # a live source's newest frame must not wait behind older ones that are already looked at
        self._looks: Channel[Look] = Channel(1 if source.info.live else self.LOOK_CAPACITY, Overflow.BLOCK)
        self._results: Channel[FrameResult] = Channel(self.RESULT_CAPACITY, Overflow.BLOCK)
        self._meter = Meter()
        self._lock = threading.Lock()
        self._state = RunState.NEW
        self._error: BaseException | None = None
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start the threads and return."""
        self._begin(self._capture, self._detect, self._analyze, self._deliver)

    def stop(self) -> None:
        """Ask the run to end soon: no new frames; what is analysed is still delivered. Returns at once."""
        with self._lock:
            if self._state is RunState.RUNNING:
                self._state = RunState.STOPPING
        self._frames.close(discard=True)
        self._looks.close(discard=True)

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end and raise the run's first exception.

        Parameters
        ----------
        timeout
            Seconds to wait at most; None waits for the end.

        Returns
        -------
        bool
            True when the run has ended, False when the time was up first.
        """
        deadline = None if timeout is None else monotonic() + timeout
        for thread in self._threads:
            thread.join(None if deadline is None else max(0.0, deadline - monotonic()))
            if thread.is_alive():
                return False
        self._raise_first()
        return True

    def run(self) -> None:
        """Start, and wait for the end."""
        self.start()
        self.join()

    def __iter__(self) -> Iterator[FrameResult]:
        """Run with the caller as the delivery thread: yields each result once the sinks have it.

        Leaving the loop early stops the run; its sinks are closed, not aborted.
        """
        self._begin(self._capture, self._detect, self._analyze)
        try:
            yield from self._delivery()
        except GeneratorExit:
            self.stop()
            self._results.close(discard=True)
            self._close_sinks()
            raise
        except BaseException as error:  # noqa: BLE001  raised by _raise_first, once the threads are gone
            self._fail(error)
            self._abort_sinks()
        finally:
            for thread in self._threads:
                thread.join()
        self._raise_first()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if error is None:
            self.join()
        else:  # the body's own exception is the one to see
            for thread in self._threads:
                thread.join()

    def status(self) -> Status:
        """Return a snapshot; callable from any thread at any time."""
        return self._meter.snapshot(self._state_now(), self._frames.dropped)

    def _state_now(self) -> RunState:
        with self._lock:
            if self._error is not None:
                return RunState.FAILED
            if self._threads and not any(thread.is_alive() for thread in self._threads):
                return RunState.DONE
            return self._state

    def _begin(self, *bodies: Callable[[], None]) -> None:
        with self._lock:
            if self._state is not RunState.NEW:
                raise PipelineError("a Runner runs once", hint="build a new one for the next run")
            self._state = RunState.RUNNING
        self._threads = [
            threading.Thread(target=self._guard, args=(body,), name=f"vitpose-{body.__name__.strip('_')}")
            for body in bodies
        ]
        for thread in self._threads:
            thread.start()

    def _guard(self, body: Callable[[], None]) -> None:
        try:
            body()
        except BaseException as error:  # noqa: BLE001  a thread's exception belongs to the caller of join()
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        with self._lock:
            self._error = self._error or error
        for channel in (self._frames, self._looks, self._results):
            channel.close(discard=True)

    def _raise_first(self) -> None:
        if self._error is not None:
            raise self._error

    def _capture(self) -> None:
        try:
            started = perf_counter()
            for frame in self._source:
                self._meter.captured((perf_counter() - started) * 1e3)
                if not self._frames.put(frame):
                    return
                started = perf_counter()
        finally:
            self._frames.close()

    def _detect(self) -> None:
        for frame in self._frames:
            if not self._looks.put(self._analyzer.look(frame)):
                return
        self._looks.close()

    def _analyze(self) -> None:
        for look in self._looks:
            started = perf_counter()
            result = self._analyzer.follow(look)
            self._meter.analyzed(result, (perf_counter() - started) * 1e3)
            if not self._results.put(result):
                return
        self._results.close()

    def _deliver(self) -> None:
        try:
            for _ in self._delivery():
                pass
        except BaseException:
            self._abort_sinks()
            raise

    def _delivery(self) -> Iterator[FrameResult]:
        """Write every result to every sink and yield it; at the end close the sinks, or abort them after a failure."""
        for result in self._results:
            started = perf_counter()
            for sink in self._sinks:
                sink.write(result)
            self._meter.delivered(result, (perf_counter() - started) * 1e3)
            yield result
        # an earlier thread notes its exception before it closes the channel, so this sees it
        if self._error is None:
            self._close_sinks()
        else:
            self._abort_sinks()

    def _close_sinks(self) -> None:
        """Close every sink even when one of them fails, then raise the first failure."""
        first: BaseException | None = None
        while self._unfinished:
            sink = self._unfinished.popleft()
            try:
                sink.close()
            except BaseException as error:  # noqa: BLE001  raised below, once the others are safe
                first = first or error
                sink.abort()
        if first is not None:
            raise first

    def _abort_sinks(self) -> None:
        while self._unfinished:
            self._unfinished.popleft().abort()
