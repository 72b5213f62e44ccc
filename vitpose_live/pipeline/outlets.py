"""The sinks of a run as one: each gets every result, and each ends exactly once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from vitpose_live.data import FrameResult
from vitpose_live.errors import OutputError
from vitpose_live.pipeline.protocols import Keeping, Sink


class Outlets:
    """Writes to sinks in their order; closes or aborts those that have not ended yet."""

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = tuple(sinks)
        self._unfinished = deque(sinks)

    def write(self, result: FrameResult) -> None:
        """Hand `result` to every sink.

        When one of them cannot write it, those that can keep what they have do so, and the error's hint says where.
        """
        try:
            for sink in self._sinks:
                sink.write(result)
        except OutputError as error:
            for kept in self._keep():
                error.hint = "; ".join(text for text in (error.hint, f"what was kept until then is {kept}") if text)
            raise

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
        if first is not None:
            raise first

    def abort(self) -> None:
        """Abort every sink that has not ended."""
        while self._unfinished:
            self._abort_last()

    def _keep(self) -> Iterator[Path]:
        """Have sinks keep what they have, and yield where; one that cannot is aborted with the others."""
        for sink in self._sinks:
            if isinstance(sink, Keeping):
                kept = None
                with suppress(Exception):  # what brought this about matters more
                    kept = sink.keep()
                if kept is not None:
                    yield kept

    def _abort_last(self) -> None:
        """Abort one sink; what brought this about matters more than that the clean-up failed too."""
        with suppress(Exception):
            self._unfinished.pop().abort()
