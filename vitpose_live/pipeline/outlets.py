"""The sinks of a run as one: each gets every result, and each ends exactly once."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from vitpose_live.data import FrameResult
from vitpose_live.errors import CutShortError, OutputError
from vitpose_live.pipeline.protocols import Keeping, Sink


class Outlets:
    """Writes to sinks in their order; closes or aborts those that have not ended yet."""

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = tuple(sinks)
        self._unfinished = deque(sinks)

    def write(self, result: FrameResult) -> None:
        """Hand `result` to every sink.

        When one of them cannot write it, the run is over: those that can keep what they have, and the error says where.
        """
        failed: OutputError | None = None
        for sink in self._sinks:
            try:
                sink.write(result)
            except OutputError as error:
                failed = failed or error
        if failed is not None:
            self._keep(failed)
            raise failed

    def close(self) -> None:
        """Close every sink even when one of them fails, then raise the first failure."""
        first: BaseException | None = None
        while self._unfinished:
            sink = self._unfinished.popleft()
            try:
                sink.close()
            except BaseException as error:  # noqa: BLE001  raised below, once the others are safe
                first = first or error
                self._unfinished.append(sink)
                self._abort_last()
        if isinstance(first, OutputError):
            self._keep(first)
        if first is not None:
            raise first

    def abort(self) -> None:
        """Abort every sink that has not ended."""
        while self._unfinished:
            self._abort_last()

    def _keep(self, error: OutputError) -> None:
        """Have sinks keep what they have, and add to `error` where; one that cannot is aborted with the others."""
        saved = []
        for sink in self._sinks:
            if isinstance(sink, Keeping):
                with suppress(Exception):  # what brought this about matters more
                    saved += [str(path) for path in sink.keep() if str(path) not in f"{error} {error.hint}"]
        if saved:
            error.message += f"; {'also ' if isinstance(error, CutShortError) else ''}saved: {', '.join(saved)}"

    def _abort_last(self) -> None:
        """Abort one sink; what brought this about matters more than that the clean-up failed too."""
        with suppress(Exception):
            self._unfinished.pop().abort()
