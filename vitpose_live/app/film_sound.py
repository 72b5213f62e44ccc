"""The sound of a file, on its way into a recording that is made while the file plays."""

from __future__ import annotations

from collections.abc import Callable

from vitpose_live.app.hearing import Feed
from vitpose_live.errors import SourceError, VitposeLiveError
from vitpose_live.sources.file_sound import FileSound

_SAME = 1e-6  # seconds


class FilmSound:
    """Copies the sound that belongs to each picture recorded.

    Pictures of a file are recorded at the file's own pace, whatever the speed at which they are watched and however
    long they are paused; so is their sound. Where the recording jumps in the file, its sound jumps, too: each picture
    is heard with what was to be heard when the file showed it.

    Parameters
    ----------
    sound
        Of the file; closed by `finish`.
    feed
        Takes the sound, in the recording's time.
    interval
        Seconds for which the last picture is seen.
    told
        Called with what the sound failed of; the recording goes on in silence.
    """

    def __init__(
        self, sound: FileSound, feed: Feed, interval: float, told: Callable[[VitposeLiveError], object]
    ) -> None:
        self._sound: FileSound | None = sound
        self._feed = feed
        self._interval = interval
        self._told = told
        self._before: tuple[float, float] | None = None
        self._cut = True

    def see(self, time: float, seconds: float) -> None:
        """Take in that the file's picture of `time` is at `seconds` of the recording, and copy what was before it."""
        if self._before is not None:
            begin, start = self._before
            lasts = seconds - start
            self._copy(begin, begin + lasts, start)
            self._cut = abs(time - begin - lasts) > _SAME
        self._before = time, seconds

    def finish(self) -> None:
        """Copy what belongs to the last picture, and let go of the file; does nothing the second time."""
        if self._before is not None and self._sound is not None:
            begin, start = self._before
            self._copy(begin, begin + self._interval, start)
        if self._sound is not None and self._sound.damaged:
            self._told(SourceError(f"{self._sound.damaged} packets of the sound are damaged; they are silent"))
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        sound, self._sound = self._sound, None
        if sound is not None:
            sound.close()

    def _copy(self, begin: float, end: float, start: float) -> None:
        if self._sound is None:
            return
        try:
            samples = self._sound.read(begin, end)
        except SourceError as error:
            self.close()
            self._told(error)
            return
        self._feed(samples, start, cut=self._cut)
