"""The threads: capture, detection, analysis, delivery, with bounded hand-offs between them.

::

    NEW --start()--> RUNNING --end of source, or stop()--> STOPPING --sinks closed--> DONE
                        `------------ first exception of any thread ---------------------> FAILED

A file: capture -> detection -> analysis -> delivery. The detector knows nothing of the frames before, so it runs ahead
of the rest of the analysis, nothing is lost, and the results are the plain loop's to the bit. (When it runs is another
matter where the interval is adaptive: there it is part of the analysis, so that this stays true.)

A live source: capture -> analysis -> delivery, and the detector beside them. The newest frame wins: older ones are
dropped before they are analysed, and counted. The analysis never waits for the detector, which looks at one frame
at a time; what it finds is taken in at the time of that frame, before the next frame that comes.

Everything analysed is delivered. The first exception of any thread stops the run, makes the sinks abort, and is raised
by `Runner.join`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from time import monotonic, perf_counter
from types import TracebackType
from typing import Protocol, Self, TypeVar

from vitpose_live.data import Frame, FrameResult
from vitpose_live.errors import PipelineError
from vitpose_live.pipeline.analyzer import Look
from vitpose_live.pipeline.channel import Channel, Overflow
from vitpose_live.pipeline.outlets import Outlets
from vitpose_live.pipeline.protocols import Sink, Source
from vitpose_live.pipeline.status import Meter, RunState, Status

T = TypeVar("T")


class _Analyzes(Protocol):
    def look(self, frame: Frame) -> Look: ...

    def ask(self, frame: Frame) -> bool: ...

    def detect(self, frame: Frame) -> Look: ...

    def fuse(self, look: Look) -> None: ...

    def follow(self, look: Look) -> FrameResult: ...


class Runner:
    """Feeds a source through an analyzer into sinks, each step on its own thread.

    Parameters
    ----------
    source
        Open source. Closing it stays with whoever opened it, but `stop` closes a live one, which may wait for ever
        for a frame that does not come.
    analyzer
        `Analyzer`, or anything with its parts. `look` and `detect` are used from one thread, the rest from another.
    sinks
        Written in this order; closed when the run ends well, aborted when it fails.
    """

    FILE_CAPACITY = 8
    LOOK_CAPACITY = 8
    RESULT_CAPACITY = 4
    LIVE_WINDOW = 512
    """Latest frames over which a live run's times are taken: a person wants to know how it goes now."""

    def __init__(self, source: Source, analyzer: _Analyzes, sinks: Sequence[Sink] = ()) -> None:
        self._source = source
        self._analyzer = analyzer
        self._outlets = Outlets(sinks)
        self._live = live = source.info.live
        self._frames: Channel[Frame] = (
            Channel(1, Overflow.DROP_OLDEST) if live else Channel(self.FILE_CAPACITY, Overflow.BLOCK)
        )
        self._asked: Channel[Frame] = Channel(1, Overflow.BLOCK)
        self._looks: Channel[Look] = Channel(1 if live else self.LOOK_CAPACITY, Overflow.BLOCK)
        # a slow sink makes the analysis wait and so shows as drops, not as results that grow old in a queue
        self._results: Channel[FrameResult] = Channel(1 if live else self.RESULT_CAPACITY, Overflow.BLOCK)
        self._meter = Meter(self.LIVE_WINDOW) if live else Meter()
        self._lock = threading.Lock()
        self._state = RunState.NEW
        self._error: BaseException | None = None
        self._threads: list[threading.Thread] = []
        self._delivered = threading.Event()

    def start(self) -> None:
        """Start the threads and return. A live run ends with the program at the latest, a file's at its end."""
        self._begin(*self._stages(), self._deliver, *((self._watch_interpreter,) if self._live else ()))

    def stop(self) -> None:
        """Ask the run to end soon: no new frames; what is analysed is still delivered. Returns at once."""
        self._advance(RunState.RUNNING, RunState.STOPPING)
        for channel in (self._frames, self._asked, self._looks):
            channel.close(discard=True)
        self._wake_capture()

    def abort(self, error: BaseException) -> None:
        """End the run as failed: the sinks abort, and `join` raises `error` unless the run failed before."""
        with self._lock:
            self._error = self._error or error
            self._state = RunState.FAILED
        for channel in (self._frames, self._asked, self._looks, self._results):
            channel.close(discard=True)
        self._wake_capture()

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
        if self._state is RunState.NEW:
            raise PipelineError("the run has not been started", hint="call start() first")
        deadline = None if timeout is None else monotonic() + timeout
        for thread in self._threads:
            thread.join(None if deadline is None else max(0.0, deadline - monotonic()))
            if thread.is_alive():
                return False
        if self._error is not None:
            raise self._error
        return True

    def run(self) -> None:
        """Start, and wait for the end."""
        self.start()
        self.join()

    def __iter__(self) -> Iterator[FrameResult]:
        """Run with the caller as the delivery thread: yields each result once the sinks have it.

        Leaving the loop early stops the run; its sinks are closed, not aborted.
        """
        self._begin(*self._stages(), self._watch_interpreter)
        try:
            yield from self._delivery()
        except GeneratorExit:
            self.stop()
            self._results.close(discard=True)
            self._outlets.close()
            raise
        except BaseException as error:  # noqa: BLE001  raised by join, once the threads are gone
            self.abort(error)
            self._outlets.abort()
        finally:
            self._delivered.set()
            self._wait()
            self._finished()
        self.join()

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
            self._wait()

    def status(self) -> Status:
        """Return a snapshot; callable from any thread at any time."""
        with self._lock:
            state = self._state
        return self._meter.snapshot(state, self._frames.dropped, self._source.trouble)

    def _stages(self) -> tuple[Callable[[], None], ...]:
        if self._live:
            return self._capture, self._detect_asked, self._analyze_live
        return self._capture, self._detect, self._analyze

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

    def _wake_capture(self) -> None:
        if self._live:
            self._source.close()

    def _wait(self) -> None:
        for thread in self._threads:
            thread.join()

    def _guard(self, body: Callable[[], None]) -> None:
        try:
            body()
        except BaseException as error:  # noqa: BLE001  a thread's exception belongs to the caller of join()
            self.abort(error)

    def _advance(self, before: RunState, after: RunState) -> None:
        with self._lock:
            if self._state is before:
                self._state = after

    def _finished(self) -> None:
        self._advance(RunState.RUNNING, RunState.DONE)
        self._advance(RunState.STOPPING, RunState.DONE)

    def _capture(self) -> None:
        started = perf_counter()
        due = 0
        for frame in self._source:
            # a live source leaves a gap in its numbers where it let go of a frame before we asked for it
            self._meter.captured((perf_counter() - started) * 1e3, skipped=frame.index - due if self._live else 0)
            due = frame.index + 1
            if not self._frames.put(frame):
                return
            started = perf_counter()
        self._advance(RunState.RUNNING, RunState.STOPPING)
        self._frames.close()

    def _detect(self) -> None:
        for frame in self._frames:
            if not self._looks.put(self._analyzer.look(frame)):
                return
        self._looks.close()

    def _analyze(self) -> None:
        for look in self._looks:
            if not self._results.put(self._metered(self._analyzer.follow, look)):
                return
        self._results.close()

    def _detect_asked(self) -> None:
        for frame in self._asked:
            if not self._looks.put(self._analyzer.detect(frame)):
                return

    def _analyze_live(self) -> None:
        for frame in self._frames:
            if not self._results.put(self._metered(self._follow_live, frame)):
                return
        for channel in (self._asked, self._looks):  # nobody will want to know any more
            channel.close(discard=True)
        self._results.close()

    def _follow_live(self, frame: Frame) -> FrameResult:
        look = self._looks.poll()
        if look is not None:
            self._analyzer.fuse(look)
        if self._analyzer.ask(frame):
            self._asked.put(frame)
        return self._analyzer.follow(Look(frame, None, 0.0))

    def _metered(self, analyze: Callable[[T], FrameResult], given: T) -> FrameResult:
        started = perf_counter()
        result = analyze(given)
        self._meter.analyzed(result, (perf_counter() - started) * 1e3)
        return result

    def _watch_interpreter(self) -> None:
        """Stop when the program ends: a camera never does, and nobody will take any more results out of a loop."""
        while not self._delivered.wait(0.2):
            if not threading.main_thread().is_alive():
                self.stop()
                self._results.close(discard=True)
                return

    def _deliver(self) -> None:
        try:
            for _ in self._delivery():
                pass
        except BaseException:
            self._outlets.abort()
            raise
        finally:
            self._delivered.set()
        self._finished()

    def _delivery(self) -> Iterator[FrameResult]:
        """Write every result to every sink and yield it; at the end close the sinks, or abort them after a failure."""
        for result in self._results:
            started = perf_counter()
            self._outlets.write(result)
            self._meter.delivered(result, (perf_counter() - started) * 1e3)
            yield result
        # a thread that fails notes its exception before the channels are closed, so this sees it
        if self._error is None:
            self._outlets.close()
        else:
            self._outlets.abort()
