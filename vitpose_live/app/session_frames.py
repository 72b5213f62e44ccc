"""The pictures of a saved session once more: from its own video, from what it was made of, or black."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vitpose_live.app.checked_poses import reading
from vitpose_live.app.saved_session import SavedSession
from vitpose_live.data import Frame, SourceInfo
from vitpose_live.errors import SessionError, SourceError, SourceNotFoundError
from vitpose_live.sinks.canvas import unfit
from vitpose_live.sinks.picture_track import TIME_BASE
from vitpose_live.sources import open_source
from vitpose_live.sources.base import MediaSource
from vitpose_live.sources.video import VideoFile

_NEAR_S = 0.002
"""By how much the time of a picture may differ from that of its frame: containers round."""
_MOST_PIXELS = 1 << 27
"""Of a picture that is only said to have been so large: 400 MB."""
_NO_PICTURES = "use --background black"


class SessionFrames:
    """Frames of a saved session, a source for a run. Where a frame's picture is missing the frame is left out.

    Parameters
    ----------
    session
        Whose frames.
    places
        Which of them, counted from 0; one after the other.
    black
        Whether to leave out the pictures, even where there are some.

    Attributes
    ----------
    notices
        What there is to know of where the pictures come from, a line each.
    """

    trouble = ""

    def __init__(self, session: SavedSession, places: range, *, black: bool = False) -> None:
        self._session = session
        self._places = places
        self._begin = float(session.sequence.times[0]) if len(session.sequence) else 0.0
        self._shown = 0
        self.notices: tuple[str, ...] = ()
        self._video = session.video is not None and not black
        self._sizes = session.sizes if session.sizes.all() else np.full_like(session.sizes, _extent(session))
        self._opened: MediaSource | None = None if black or self._video else self._original()
        if self._opened is None:
            _check_extent(session, self._sizes[places.start : places.stop])
        if session.video is not None and not black:
            self._opened = VideoFile(session.video)
        self.info = self._described()

    @property
    def problems(self) -> tuple[str, ...]:
        """Those of the pictures' file, and how many frames had none."""
        left = len(self._places) - self._shown
        missing = (f"{left} of {len(self._places)} frames have no picture and were left out",) if left else ()
        return (*(self._opened.problems if self._opened is not None else ()), *missing)

    def close(self) -> None:
        """Let go of the file."""
        if self._opened is not None:
            self._opened.close()

    def __iter__(self) -> Iterator[Frame]:
        self._shown = 0
        sequence = self._session.sequence
        for place, image, captured_ns in self._pictures() if self._opened is not None else self._dark():
            self._shown += 1
            yield Frame(image, int(sequence.frames[place]), float(sequence.times[place]), captured_ns)

    def _dark(self) -> Iterator[tuple[int, NDArray[np.uint8], int]]:
        image = np.zeros((0, 0, 3), np.uint8)
        for place in self._places:
            width, height = self._sizes[place].tolist()
            if image.shape != (height, width, 3):
                image = np.zeros((height, width, 3), np.uint8)
            yield place, image, 0

    def _pictures(self) -> Iterator[tuple[int, NDArray[np.uint8], int]]:
        assert self._opened is not None
        if not self._places:
            return
        times, due, stop = self._session.sequence.times, self._places.start, self._places.stop
        if self._video:
            times = _recorded(times)
        for frame in self._opened.frames(float(times[due])):
            time = frame.time
            place = _nearest(times, time)
            if place >= stop or time > times[-1] + _NEAR_S:
                return
            if abs(times[place] - time) > _NEAR_S:
                said = time + self._begin if self._video else time
                raise self._foreign(f"has a picture at {said:.3f} s that was not analysed")
            if place >= due:
                due = place + 1
                yield place, self._as_it_was(frame.image, place), frame.captured_ns

    def _as_it_was(self, image: NDArray[np.uint8], place: int) -> NDArray[np.uint8]:
        width, height = self._sizes[place].tolist()
        if self._video:
            return unfit(image, width, height)
        if image.shape[:2] != (height, width):
            raise self._foreign(f"has a picture of {image.shape[1]}x{image.shape[0]}, not {width}x{height}")
        return image

    def _foreign(self, what: str) -> SourceError:
        if self._video:
            return SessionError(f"the video in {self._session.path} is another session's: it {what}", hint=_NO_PICTURES)
        return SourceError(f"{self._session.source_path} is not what it was: it {what}", hint=_NO_PICTURES)

    def _original(self) -> MediaSource | None:
        """Open the file that the session was made of, if it is still there and may be shown."""
        session, why = self._session, ""
        path = session.source_path
        if _private(session):
            why = "people are not to be recognised in it"
        elif path is None or session.info.live:
            why = "it was live" if session.info.live else "it was no file"
        else:
            try:
                with reading(path):  # no disk may take such a name
                    if not path.exists():
                        raise SourceNotFoundError(f"{path} is not there any more")
                    opened = open_source(path)
            except SourceError as error:
                why = str(error)
            else:
                if _same(opened.info, session.info):
                    self.notices = (f"the session has no video; the pictures are those of {path}",)
                    return opened
                opened.close()
                why = f"{path} is not what it was"
        self.notices = (f"the session has no video, and its source cannot be shown ({why}): skeletons on black",)
        return None

    def _described(self) -> SourceInfo:
        session, places, opened = self._session, self._places, self._opened
        times = session.sequence.times
        until = session.info.duration if places.stop == len(times) else float(times[places.stop])
        info = replace(session.info, frame_count=len(places), duration=until, live=False)
        width, height = self._sizes[places.start].tolist() if places else (0, 0)
        info = replace(info, width=width, height=height)
        if opened is None:
            return info
        start = opened.info.start_time - (self._begin if self._video else 0.0)
        return replace(info, audio_path=opened.info.audio_path, start_time=start)


def _recorded(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """(f,) times that frames of `times` (f,) have in the session's own video: it begins with the first, in ticks."""
    ticks = np.rint((times - times[0]) / float(TIME_BASE))
    order = np.arange(len(ticks))  # no two pictures have the same tick
    ticks = np.maximum.accumulate(ticks - order) + order
    return (ticks * float(TIME_BASE)).astype(np.float64)


def _nearest(times: NDArray[np.float64], time: float) -> int:
    after = min(int(np.searchsorted(times, time)), len(times) - 1)
    return after - 1 if after and time - times[after - 1] < times[after] - time else after


def _private(session: SavedSession) -> bool:
    said = session.metadata.get("privacy", "off")
    return said not in ("off", None)


def _same(now: SourceInfo, then: SourceInfo) -> bool:
    return (now.width, now.height, now.kind) == (then.width, then.height, then.kind)


def _check_extent(session: SavedSession, sizes: NDArray[np.int64]) -> None:
    pixels = sizes.prod(axis=1)
    if (pixels > _MOST_PIXELS).any():
        width, height = sizes[pixels.argmax()].tolist()
        raise SessionError(
            f"{session.path}: pictures of {width}x{height} cannot be drawn again",
            hint=f"a picture may have {_MOST_PIXELS / 1e6:.0f} million pixels",
        )


def _extent(session: SavedSession) -> tuple[int, int]:
    """Width and height that hold everybody, of a table that does not say how large its pictures were."""
    sequence = session.sequence
    if not len(sequence.rows):
        return 640, 480
    right, bottom = np.clip(np.ceil(sequence.boxes[:, 2:].max(axis=0)), 2, 4096).astype(int).tolist()
    return right, bottom
