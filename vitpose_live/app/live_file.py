"""A file on show: read from wherever is asked for, and shown at its own pace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from vitpose_live.app.live_playback import Playback, Turn
from vitpose_live.app.live_replay import ReplayBuffer
from vitpose_live.data import Frame, FrameResult, SourceInfo
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


class FilePlayer:
    """Shows the results of a file as `playback` paces them.

    A jump within what is kept shows that again. For any other the file is to be read again, from `start` on.

    Parameters
    ----------
    playback
        Says when what is shown.
    kept
        The latest results, for steps back and near jumps.
    hide
        Gives a result as it may be seen by now.
    show
        Hands a result over to be seen once more.
    show_first
        Hands a result over that was not seen before.
    stand
        Called with whether all of the file has been shown, before each picture.

    Attributes
    ----------
    start
        Where to read the file from, in seconds.
    """

    def __init__(
        self,
        playback: Playback,
        kept: ReplayBuffer,
        hide: Callable[[FrameResult], FrameResult],
        show: Callable[[FrameResult], None],
        show_first: Callable[[FrameResult], None],
        stand: Callable[[bool], None],
    ) -> None:
        self._playback = playback
        self._kept = kept
        self._hide = hide
        self._show = show
        self._show_first = show_first
        self._stand = stand
        self._shown = -1  # number of the result on show
        self.start = 0.0

    def play(self, results: Iterable[FrameResult]) -> None:
        """Show `results` and stay at their end, until the file is to be read again, or left."""
        for result in results:
            if not self._present(result):
                break
        else:
            self._present(None)
        self._kept.clear()

    def _present(self, fresh: FrameResult | None) -> bool:
        """Show what is due until `fresh` was shown; None is the end of the file. False when the reading is over."""
        while True:
            again = self._kept.get(self._shown + 1)
            upcoming = again.rest if again is not None else fresh
            self._stand(upcoming is None)
            turn = self._playback.turn(None if upcoming is None else upcoming.frame.time)
            if turn is Turn.LEAVE:
                return False
            if turn is Turn.JUMP:
                if not self._jump_within():
                    return False
            elif turn is Turn.BACK:
                self._back()
            elif again is not None:
                self._shown = again.number
                self._show(again.result())
            else:
                assert fresh is not None
                hidden = self._hide(fresh)
                self._shown = self._kept.append(hidden)
                self._show_first(hidden)
                return True

    def _jump_within(self) -> bool:
        """Jump to what is kept; False when it is not, and the file is to be read again."""
        self.start = self._playback.take_target()
        found = self._kept.at(self.start)
        if found is not None:
            self._shown = found.number - 1
        return found is not None

    def _back(self) -> None:
        """Show what was before, from memory or, further back, from the file."""
        before = self._kept.get(self._shown - 1)
        if before is not None:
            self._shown = before.number
            self._show(before.result())
            return
        oldest = self._kept.oldest
        if oldest is not None and oldest.rest.frame.index > 0:
            interval = oldest.time / oldest.rest.frame.index  # the mean so far: pictures of a file are even enough
            self._playback.seek(oldest.time - 1.5 * interval)
