"""A file read from the middle on."""

from __future__ import annotations

from collections.abc import Iterator

from vitpose_live.app.live_playback import Playback
from vitpose_live.data import Frame, SourceInfo
from vitpose_live.pipeline.protocols import Recorded


class FileFrom:
    """A file from some second on, its last frame where that is beyond the end.

    Parameters
    ----------
    source
        The file.
    start
        Seconds.
    playback
        A new jump ends the reading up to there.
    """

    def __init__(self, source: Recorded, start: float, playback: Playback) -> None:
        self._source = source
        self._start = start
        self._playback = playback

    @property
    def info(self) -> SourceInfo:
        """What is known of the file."""
        return self._source.info

    @property
    def problems(self) -> tuple[str, ...]:
        """What went wrong so far."""
        return self._source.problems

    @property
    def trouble(self) -> str:
        """Nothing: a file's frames always come."""
        return self._source.trouble

    def close(self) -> None:
        """Close the file."""
        self._source.close()

    def __iter__(self) -> Iterator[Frame]:
        skipped = None
        for frame in self._source.frames(self._start):
            if frame.time >= self._start:
                skipped = None
                yield frame
            elif self._playback.jumping:  # nobody waits for this any more
                return
            else:
                skipped = frame
        if skipped is not None:  # beyond the end is the end
            yield skipped
